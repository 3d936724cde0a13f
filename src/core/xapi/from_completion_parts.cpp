#include "core/xapi/from_completion_parts.hpp"

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/xapi/iri.hpp"

namespace capbridge::xapi {

std::string_view what_text(Completion::What what) {
    switch (what) {
        case Completion::What::completed:
            return "completed";
        case Completion::What::passed:
            return "passed";
        case Completion::What::failed:
            return "failed";
        case Completion::What::in_progress:
            return "in_progress";
        case Completion::What::responded:
            return "responded";
        case Completion::What::withdrawn:
            break;
    }
    return "withdrawn";
}

std::string_view verb_of(Completion::What what) {
    switch (what) {
        case Completion::What::passed:
            return verb::passed;
        case Completion::What::failed:
            return verb::failed;
        case Completion::What::in_progress:
            return verb::progressed;
        case Completion::What::responded:
            return verb::responded;
        case Completion::What::completed:
        case Completion::What::withdrawn:
            break;
    }
    return verb::completed;
}

std::string activity_type(const Completion& c) {
    const std::string base = "http://adlnet.gov/expapi/activities/";
    if (c.activity_type.empty()) return base + "course";
    const bool whole = c.activity_type.find(':') != std::string::npos && is_iri(c.activity_type);
    return whole ? c.activity_type : base + url_encode(c.activity_type);
}

Told told_of(const Completion& c) {
    if (c.of_attempt) return {c.of_attempt->completed, c.of_attempt->success};
    Told told;
    if (c.what != Completion::What::in_progress) told.completed = true;
    if (c.what == Completion::What::passed) told.success = true;
    if (c.what == Completion::What::failed) told.success = false;
    return told;
}

Score sound(const Score& s) {
    Score out;
    if (s.scaled && *s.scaled >= -1 && *s.scaled <= 1) out.scaled = s.scaled;
    const bool range = !s.min || !s.max || *s.min < *s.max;
    const bool inside = !s.raw || ((!s.min || *s.raw >= *s.min) && (!s.max || *s.raw <= *s.max));
    if (range && inside) {
        out.raw = s.raw;
        out.min = s.min;
        out.max = s.max;
    }
    return out;
}

json score_json(const Score& score) {
    json out = json::object();
    const auto s = sound(score);
    if (s.scaled) out["scaled"] = *s.scaled;
    if (s.raw) out["raw"] = *s.raw;
    if (s.min) out["min"] = *s.min;
    if (s.max) out["max"] = *s.max;
    return out;
}

json activities_around(const Attempt& attempt) {
    const std::string types = "http://adlnet.gov/expapi/activities/";
    const auto activity = [](const std::string& id, const std::string& type) {
        return json{{"id", id}, {"definition", {{"type", type}}}};
    };
    json out{{"category", json::array({activity("https://w3id.org/xapi/scorm", types + "profile")})},
             {"grouping", json::array({activity(attempt.course, types + "course"),
                                       activity(attempt.id, types + "attempt")})}};
    if (!attempt.parent.empty()) out["parent"] = json::array({activity(attempt.parent, types + "lesson")});
    // The profile leaves open how an objective tells what it is about: here it says so.
    if (!attempt.competency.empty())
        out["other"] = json::array({activity(attempt.competency, std::string(requirement_type))});
    return out;
}

std::string statement_id(const Completion& c, std::string_view actor_key, std::string_view activity,
                         const SourceContext& source, int revision, std::string_view digest) {
    std::string name;
    name.reserve(actor_key.size() + activity.size() + c.key.size() + digest.size() + 16);
    name.append(actor_key).append("\n").append(activity).append("\n").append(c.key).append("\n");
    name.append(digest).append("\n").append(std::to_string(revision));
    // Facts of other kinds may have the same key.
    if (c.of_attempt) name += "\nscorm_attempt";
    if (c.activity_type == competency_type) name += "\ncompetency_held";
    return uuid_v5(source.source_uuid, name);
}

bool is_plain(const Completion& c) {
    return c.level.empty() && c.how.empty() && !c.of_attempt;
}

}  // namespace capbridge::xapi
