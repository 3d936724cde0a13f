// The run-time data of a registration (activityDetails, a tree of activities) as a scorm_attempt: each
// activity that was tracked by itself, which is a SCO or an asset. Answers to questions, locations and
// suspend data are not taken: they are the learner's, and nothing here needs them.
#include <regex>
#include <vector>

#include "common/answer.hpp"
#include "scorm_cloud/members.hpp"

namespace scorm_cloud {
namespace {

using nlohmann::json;

constexpr std::size_t kMostScos = 2000;

std::string completion_of(const json& activity, const char* member) {
    const auto text = plugins::text_of(activity, member);
    if (text == "COMPLETED" || text == "completed") return "completed";
    if (text == "INCOMPLETE" || text == "incomplete") return "incomplete";
    if (text == "NOT_ATTEMPTED" || text == "not attempted" || text == "not_attempted") return "not_attempted";
    return text.empty() ? "" : "unknown";
}

std::string success_of(const json& activity, const char* member) {
    const auto text = plugins::text_of(activity, member);
    if (text == "PASSED") return "passed";
    if (text == "FAILED") return "failed";
    return text.empty() ? "" : "unknown";
}

// ISO 8601, or the hours:minutes:seconds of SCORM 1.2; "" for none and for what is neither.
std::string time_of(const json& object, const char* member) {
    static const std::regex iso(R"(P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)"),
        clock(R"((\d{1,7}):(\d{1,2}):(\d{1,2}(\.\d{1,6})?))");
    const auto text = plugins::text_of(object, member);
    std::smatch m;
    if (text.size() > 60) return {};
    if (text.size() > 2 && std::regex_match(text, iso)) return text;
    if (!std::regex_match(text, m, clock)) return {};
    return "PT" + std::to_string(std::stol(m[1])) + "H" + std::to_string(std::stol(m[2])) + "M" + m[3].str() +
           "S";
}

// cmi.score as run-time data has it: four texts, any of them empty.
Ordered runtime_score(const json& runtime) {
    Ordered out = Ordered::object();
    for (const auto& [from, to] :
         {std::pair{"scoreRaw", "raw"}, std::pair{"scoreMin", "min"}, std::pair{"scoreMax", "max"}}) {
        if (const auto value = number_of(runtime, from)) out[to] = *value;
    }
    if (const auto scaled = number_of(runtime, "scoreScaled"); scaled && *scaled >= -1 && *scaled <= 1)
        out["scaled"] = *scaled;
    return out;
}

void put(Ordered& object, const char* member, std::string text) {
    if (!text.empty()) object[member] = std::move(text);
}

Ordered objectives_of(const json& runtime) {
    auto out = Ordered::array();
    for (const auto& one : part(runtime, "runtimeObjectives")) {
        auto id = plugins::text_of(one, "id");
        if (id.empty()) continue;
        Ordered objective{{"id", std::move(id)}};
        put(objective, "completion", completion_of(one, "runtimeObjectiveCompletionStatus"));
        put(objective, "success", success_of(one, "runtimeObjectiveSuccessStatus"));
        if (auto score = runtime_score(one); !score.empty()) objective["score"] = std::move(score);
        out.push_back(std::move(objective));
    }
    return out;
}

Ordered interactions_of(const json& runtime) {
    auto out = Ordered::array();
    for (const auto& one : part(runtime, "runtimeInteractions")) {
        auto id = plugins::text_of(one, "id");
        if (id.empty()) continue;
        Ordered interaction{{"id", std::move(id)}};
        for (const char* member : {"type", "result", "latency", "weighting"})
            put(interaction, member, plugins::text_of(one, member));
        put(interaction, "timestamp", plugins::text_of(one, "timestampUtc"));
        out.push_back(std::move(interaction));
    }
    return out;
}

Ordered sco_of(const json& activity) {
    const auto& runtime = part(activity, "runtime");
    Ordered sco{{"id", plugins::text_of(activity, "id")}};
    put(sco, "title", plugins::text_of(activity, "title"));
    auto completion = completion_of(runtime, "completionStatus");
    put(sco, "completion", completion.empty() ? completion_of(activity, "activityCompletion") : completion);
    auto success = success_of(runtime, "runtimeSuccessStatus");
    put(sco, "success",
        success.empty() || success == "unknown" ? success_of(activity, "activitySuccess") : success);
    if (auto score = runtime_score(runtime); !score.empty()) sco["score"] = std::move(score);
    auto time = time_of(runtime, "totalTime");
    put(sco, "time", time.empty() ? time_of(activity, "timeTracked") : time);
    if (auto objectives = objectives_of(runtime); !objectives.empty())
        sco["objectives"] = std::move(objectives);
    if (auto interactions = interactions_of(runtime); !interactions.empty())
        sco["interactions"] = std::move(interactions);
    return sco;
}

}  // namespace

Ordered attempt_record(const json& row, const Settings& settings) {
    auto scos = Ordered::array();
    std::vector<const json*> open{&part(row, "activityDetails")};
    while (!open.empty() && scos.size() < kMostScos) {  // in the order of the course
        const auto& activity = *open.back();
        open.pop_back();
        const auto& children = part(activity, "children");
        for (auto i = children.size(); i > 0; --i) open.push_back(&children[i - 1]);
        // A SCO that was never opened has no run-time data.
        if (part(activity, "runtime").is_object() && !plugins::text_of(activity, "id").empty())
            scos.push_back(sco_of(activity));
    }
    auto who = who_of(row, settings);
    auto activity = activity_of(row);
    if (scos.empty() || who.empty() || activity["id"] == "") return {};
    Ordered record{{"who", std::move(who)},
                   {"activity", std::move(activity)},
                   {"key", key_of(row)},
                   {"attempt", instance_of(row) + 1}};
    if (const auto updated = plugins::read_instant(plugins::text_of(row, "updated"), plugins::Bare::utc))
        record["occurred"] = {
            {"value", plugins::write_instant(*updated)}, {"precision", "instant"}, {"basis", "observed"}};
    record["scos"] = std::move(scos);
    if (auto revision = revision_of(row); !revision.empty()) record["revision"] = std::move(revision);
    return record;
}

}  // namespace scorm_cloud
