#include "canvas/learner.hpp"

#include "common/answer.hpp"
#include "common/instant.hpp"

namespace canvas {
namespace {

using nlohmann::json;

std::optional<std::int64_t> count_of(const json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end() || !it->is_number_integer() || it->get<std::int64_t>() < 0) return std::nullopt;
    return it->get<std::int64_t>();
}

// Reads completed_at into `out`; false when there is something that is no instant.
bool read_completed(const json& object, Progress& out) {
    const auto it = object.find("completed_at");
    if (it == object.end() || it->is_null()) return true;
    const auto instant =
        it->is_string() ? plugins::read_instant(it->get_ref<const std::string&>()) : std::nullopt;
    if (instant) out.completed = plugins::write_instant(*instant);
    return instant.has_value();
}

std::string site(const Settings& settings, const Course& course) {
    return settings.url + "/courses/" + course.id;
}

}  // namespace

Ordered identifiers_of(const Settings& settings, const json& enrolment, const std::string& user) {
    auto who = Ordered::array();
    const auto it = enrolment.find("user");
    const json person = it != enrolment.end() && it->is_object() ? *it : json::object();
    for (const auto& wanted : settings.identifiers) {
        auto value = plugins::text_of(person, wanted.member.c_str());
        if (value.empty()) value = plugins::text_of(enrolment, wanted.member.c_str());
        if (value.empty()) continue;
        Ordered identifier{{"scheme", wanted.scheme}};
        if (!wanted.issuer.empty()) identifier["issuer"] = wanted.issuer;
        identifier["value"] = std::move(value);
        who.push_back(std::move(identifier));
    }
    if (settings.account_identifier) who.push_back({{"scheme", "account:" + settings.url}, {"value", user}});
    return who;
}

Progress read_progress(const json& progress) {
    Progress out;
    if (!progress.is_object()) {
        out.reason = "the progress is no JSON object";
        return out;
    }
    if (progress.contains("error")) return out;  // no requirements, or no student any more
    const auto wanted = count_of(progress, "requirement_count");
    const auto met = count_of(progress, "requirement_completed_count");
    if (!wanted || !met) {
        out.reason = "the requirement counts are no numbers";
    } else if (!read_completed(progress, out)) {
        out.reason = "completed_at is no instant";
    } else if (!out.completed.empty() || (*wanted > 0 && *met >= *wanted)) {
        out.what = "completed";
    } else if (*wanted > 0) {
        out.incomplete = true;
        if (*met > 0) out.what = "in_progress";
    }
    return out;
}

Progress read_module(const json& module) {
    Progress out;
    const auto state = plugins::text_of(module, "state");
    if (!read_completed(module, out)) {
        out.reason = "completed_at is no instant";
    } else if (state == "completed") {
        out.what = "completed";
    } else if (state == "started") {
        out.what = "in_progress";
        out.completed.clear();
        out.incomplete = true;
    } else if (state == "locked" || state == "unlocked") {
        out.incomplete = true;
    }
    return out;
}

Ordered course_record(const Settings& settings, const Course& named) {
    Ordered out{{"id", named.id}, {"iri", site(settings, named)}};
    if (!named.title.empty()) out["title"] = named.title;
    out["type"] = "course";
    out["url"] = site(settings, named);
    return out;
}

Ordered completion_record(const Ordered& who, Ordered activity, const std::string& key,
                          const Progress& progress) {
    Ordered occurred{{"precision", "unknown"}};
    if (progress.what == "completed" && !progress.completed.empty())
        occurred = {{"value", progress.completed}, {"precision", "instant"}, {"basis", "completed"}};
    return {{"who", who},
            {"activity", std::move(activity)},
            {"key", key},
            {"what", progress.what},
            {"occurred", std::move(occurred)}};
}

Ordered withdraw_record(const std::string& key) {
    return {{"kind", "completion"}, {"key", key}, {"reason", "Canvas shows it as not completed"}};
}

Ordered course_activity(const Settings& settings, const Course& course) {
    Ordered out{{"id", course.id}, {"iri", site(settings, course)}};
    if (!course.title.empty()) out["title"] = course.title;
    out["type"] = "course";
    return out;
}

Ordered module_activity(const Settings& settings, const Course& course, const json& module) {
    const auto id = plugins::text_of(module, "id");
    Ordered out{{"id", course.id + "/modules/" + id}, {"iri", site(settings, course) + "/modules/" + id}};
    if (const auto title = plugins::text_of(module, "name"); !title.empty()) out["title"] = title;
    out["type"] = "module";
    return out;
}

std::string course_key(const Course& course, const std::string& user) {
    return "course/" + course.id + "/user/" + user;
}

std::string module_key(const Course& course, const std::string& module, const std::string& user) {
    return "course/" + course.id + "/module/" + module + "/user/" + user;
}

}  // namespace canvas
