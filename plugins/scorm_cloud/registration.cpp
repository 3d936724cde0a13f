#include "scorm_cloud/registration.hpp"

#include <cmath>

#include "common/answer.hpp"
#include "scorm_cloud/members.hpp"

namespace scorm_cloud {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostInstances = 1'000'000;
constexpr double kMostSeconds = 1e9;

Ordered score_of(const json& row) {
    const auto scaled = number_of(part(row, "score"), "scaled");
    if (!scaled || *scaled < 0 || *scaled > 100) return {};
    return {{"raw", *scaled}, {"min", 0}, {"max", 100}, {"scaled", *scaled / 100}};
}

// What the registration says; "" for nothing.
std::string what_of(const json& row) {
    const auto completion = plugins::text_of(row, "registrationCompletion");
    const auto success = plugins::text_of(row, "registrationSuccess");
    if (success == "PASSED") return "passed";
    if (success == "FAILED") return "failed";
    if (completion == "COMPLETED") return "completed";
    const bool begun = completion == "INCOMPLETE" || !plugins::text_of(row, "firstAccessDate").empty();
    return begun ? "in_progress" : "";
}

std::optional<std::string> instant_of(const json& row, const char* member) {
    const auto instant = plugins::read_instant(plugins::text_of(row, member), plugins::Bare::utc);
    return instant ? std::optional(plugins::write_instant(*instant)) : std::nullopt;
}

Ordered occurred_of(const json& row, const std::string& what) {
    // The first access stays what it is while the learner goes on; `updated` would make a new fact of each
    // visit.
    const char* second = what == "in_progress" ? "firstAccessDate" : "updated";
    if (what != "in_progress") {
        if (const auto completed = instant_of(row, "completedDate"))
            return {{"value", *completed}, {"precision", "instant"}, {"basis", "completed"}};
    }
    if (const auto seen = instant_of(row, second))
        return {{"value", *seen}, {"precision", "instant"}, {"basis", "observed"}};
    return {{"precision", "unknown"}};
}

}  // namespace

Ordered who_of(const json& row, const Settings& settings) {
    auto who = Ordered::array();
    const auto& learner = part(row, "learner");
    if (auto id = plugins::text_of(learner, "id"); !id.empty()) {
        Ordered identifier{{"scheme", settings.scheme}};
        if (!settings.issuer.empty()) identifier["issuer"] = settings.issuer;
        identifier["value"] = std::move(id);
        who.push_back(std::move(identifier));
    }
    if (auto email = plugins::text_of(learner, "email"); settings.email && !email.empty())
        who.push_back({{"scheme", "email"}, {"value", std::move(email)}});
    return who;
}

Ordered activity_of(const json& row) {
    const auto& course = part(row, "course");
    Ordered out{{"id", plugins::text_of(course, "id")}};
    if (auto title = plugins::text_of(course, "title"); !title.empty()) out["title"] = std::move(title);
    out["type"] = "course";
    return out;
}

std::int64_t instance_of(const json& row) {
    const auto it = row.find("instance");
    return it != row.end() && it->is_number_integer() && *it >= 0 && *it < kMostInstances
               ? it->get<std::int64_t>()
               : 0;
}

std::string key_of(const json& row) {
    return plugins::text_of(row, "id") + "/" + std::to_string(instance_of(row));
}

std::string revision_of(const json& row) {
    const auto version = plugins::text_of(part(row, "course"), "version");
    return version.empty() ? "" : "course version " + version;
}

Registration read_registration(const json& row, const Settings& settings) {
    Registration out;
    const auto refuse = [&out](const char* column, const char* why) {
        out.column = column;
        out.reason = why;
        return out;
    };
    if (!row.is_object()) return refuse("", "the registration is no JSON object");
    out.updated = plugins::read_instant(plugins::text_of(row, "updated"), plugins::Bare::utc);
    const auto id = plugins::text_of(row, "id");
    if (id.empty() || id.size() > 1000) return refuse("id", "the registration has no id that can be used");
    out.key = key_of(row);
    if (!out.updated) return refuse("updated", "the time of the update is no instant");
    const auto what = what_of(row);
    if (what.empty() || (what == "in_progress" && !settings.in_progress)) return out;

    auto who = who_of(row, settings);
    if (who.empty()) return refuse("learner", "nobody is named");
    auto activity = activity_of(row);
    if (activity["id"] == "") return refuse("course", "no course is named");
    Ordered record{{"who", std::move(who)},
                   {"activity", std::move(activity)},
                   {"key", out.key},
                   {"what", what},
                   {"occurred", occurred_of(row, what)}};
    if (auto score = score_of(row); !score.is_null()) record["score"] = std::move(score);
    record["attempt"] = instance_of(row) + 1;
    if (const auto seconds = number_of(row, "totalSecondsTracked");
        seconds && *seconds > 0 && *seconds < kMostSeconds)
        record["duration"] = "PT" + std::to_string(std::llround(*seconds)) + "S";
    if (auto revision = revision_of(row); !revision.empty()) record["revision"] = std::move(revision);
    out.completion = std::move(record);
    return out;
}

}  // namespace scorm_cloud
