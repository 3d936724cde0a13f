// The run-time data of a registration (activityDetails, a tree of activities) as a scorm_attempt: each
// activity that was tracked by itself, which is a SCO or an asset. Words and formats stay as they are, the
// bridge converts them. Locations and suspend data are not taken, answers to questions only where the
// settings ask for them: they are the learner's.
#include <vector>

#include "common/answer.hpp"
#include "scorm_cloud/members.hpp"

namespace scorm_cloud {
namespace {

using nlohmann::json;

constexpr std::size_t kMostScos = 2000;

void put(Ordered& object, const char* member, std::string text) {
    if (!text.empty()) object[member] = std::move(text);
}

// A text or a number, as it stands.
void put_value(Ordered& object, const char* member, const json& from, const char* name) {
    const auto it = from.is_object() ? from.find(name) : from.end();
    if (!from.is_object() || it == from.end()) return;
    if (it->is_number() || (it->is_string() && !it->get_ref<const std::string&>().empty()))
        object[member] = *it;
}

bool says_nothing(const std::string& word) {
    return word.empty() || word == "UNKNOWN" || word == "unknown";
}

// cmi.score as run-time data has it: four texts, any of them empty.
Ordered runtime_score(const json& runtime) {
    Ordered out = Ordered::object();
    put_value(out, "raw", runtime, "scoreRaw");
    put_value(out, "min", runtime, "scoreMin");
    put_value(out, "max", runtime, "scoreMax");
    put_value(out, "scaled", runtime, "scoreScaled");
    return out;
}

Ordered objectives_of(const json& runtime) {
    auto out = Ordered::array();
    for (const auto& one : part(runtime, "runtimeObjectives")) {
        auto id = plugins::text_of(one, "id");
        if (id.empty()) continue;
        Ordered objective{{"id", std::move(id)}};
        put(objective, "completion", plugins::text_of(one, "runtimeObjectiveCompletionStatus"));
        put(objective, "success", plugins::text_of(one, "runtimeObjectiveSuccessStatus"));
        put(objective, "description", plugins::text_of(one, "description"));
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
        for (const char* member : {"type", "description"})
            put(interaction, member, plugins::text_of(one, member));
        for (const char* member : {"result", "latency"}) put_value(interaction, member, one, member);
        put_value(interaction, "learner_response", one, "learnerResponse");
        put(interaction, "timestamp", plugins::text_of(one, "timestampUtc"));
        auto patterns = Ordered::array();
        for (const auto& pattern : part(one, "correctResponses")) {
            if (pattern.is_string()) patterns.push_back(Ordered(pattern));
        }
        if (!patterns.empty()) interaction["correct_responses"] = std::move(patterns);
        out.push_back(std::move(interaction));
    }
    return out;
}

Ordered sco_of(const json& activity, bool with_interactions) {
    const auto& runtime = part(activity, "runtime");
    Ordered sco{{"id", plugins::text_of(activity, "id")}};
    put(sco, "title", plugins::text_of(activity, "title"));
    const auto completion = plugins::text_of(runtime, "completionStatus"),
               success = plugins::text_of(runtime, "runtimeSuccessStatus");
    put(sco, "completion",
        says_nothing(completion) ? plugins::text_of(activity, "activityCompletion") : completion);
    put(sco, "success", says_nothing(success) ? plugins::text_of(activity, "activitySuccess") : success);
    put(sco, "mode", plugins::text_of(runtime, "mode"));
    put(sco, "credit", plugins::text_of(runtime, "credit"));
    if (auto score = runtime_score(runtime); !score.empty()) sco["score"] = std::move(score);
    put_value(sco, "time", runtime, "totalTime");
    if (!sco.contains("time")) put_value(sco, "time", activity, "timeTracked");
    if (auto objectives = objectives_of(runtime); !objectives.empty())
        sco["objectives"] = std::move(objectives);
    if (!with_interactions) return sco;
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
            scos.push_back(sco_of(activity, settings.interactions));
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
