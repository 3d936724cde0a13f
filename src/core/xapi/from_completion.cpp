#include "core/xapi/from_completion.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/xapi/from_completion_parts.hpp"
#include "core/xapi/iri.hpp"

namespace capbridge::xapi {
namespace {

tl::unexpected<Error> rejected(std::string where, std::string message) {
    return fail("rejected_record", std::move(message), std::move(where));
}

std::optional<Completion::What> what_of(std::string_view text) {
    using What = Completion::What;
    if (text == "completed") return What::completed;
    if (text == "passed") return What::passed;
    if (text == "failed") return What::failed;
    if (text == "in_progress") return What::in_progress;
    if (text == "withdrawn") return What::withdrawn;
    return std::nullopt;
}

std::optional<double> number(const json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end() || !it->is_number()) return std::nullopt;
    const double value = it->get<double>();
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<std::vector<Identifier>> read_who(const json& record) {
    const auto who = record.find("who");
    if (who == record.end() || !who->is_array() || who->empty()) return rejected("/who", "says nobody");
    std::vector<Identifier> out;
    out.reserve(who->size());
    for (const auto& one : *who) {
        Identifier id{get_string(one, "scheme"), get_string(one, "issuer"), trim(get_string(one, "value"))};
        if (!id.scheme.empty() && !id.value.empty()) out.push_back(std::move(id));
    }
    if (out.empty()) return rejected("/who", "has no identifier with a scheme and a value");
    return out;
}

Status read_activity(const json& record, Completion& into) {
    static const json nothing = json::object();
    const auto found = record.find("activity");
    const auto& activity = found == record.end() ? nothing : *found;
    into.activity_id = get_string(activity, "id");
    into.activity_iri = get_string(activity, "iri");
    into.activity_title = get_string(activity, "title");
    into.activity_type = get_string(activity, "type", "course");
    if (into.activity_id.empty() && into.activity_iri.empty())
        return rejected("/activity", "needs an id or an iri");
    if (!into.activity_iri.empty() && !is_iri(into.activity_iri))
        return rejected("/activity/iri", "is not an absolute IRI");
    return {};
}

Status read_occurred(const json& record, Completion& into) {
    const auto occurred = record.find("occurred");
    if (occurred == record.end()) return {};
    const auto precision = get_string(*occurred, "precision", "unknown");
    if (precision != "unknown") {
        const auto value = get_string(*occurred, "value");
        const auto when = parse_when(value);
        if (!when) return rejected("/occurred/value", "is not a day (YYYY-MM-DD) or an RFC 3339 time");
        into.occurred = *when;
        // The day as the source wrote it: in UTC it may be the day before.
        if (precision == "day") into.occurred = *parse_when(value.substr(0, 10));
    }
    into.basis = get_string(*occurred, "basis");
    into.zone = get_string(*occurred, "zone");
    return {};
}

Score read_score(const json& object) {
    const auto score = object.find("score");
    if (score == object.end() || !score->is_object()) return {};
    return {number(*score, "scaled"), number(*score, "raw"), number(*score, "min"), number(*score, "max")};
}

Result<Completion> read_completion(const json& record) {
    if (!record.is_object()) return rejected("", "a completion is an object");
    Completion out;
    CAPBRIDGE_LET(out.who, read_who(record));
    CAPBRIDGE_TRY(read_activity(record, out));
    out.key = get_string(record, "key");
    if (out.key.empty()) return rejected("/key", "is missing: the LMS's own id of this fact");
    const auto what = what_of(get_string(record, "what"));
    if (!what) return rejected("/what", "must be completed, passed, failed, in_progress or withdrawn");
    out.what = *what;

    CAPBRIDGE_TRY(read_occurred(record, out));
    out.score = read_score(record);
    if (const auto attempt = record.find("attempt"); attempt != record.end() && attempt->is_number_integer())
        out.attempt = attempt->get<int>();
    if (const auto duration = get_string(record, "duration"); !duration.empty()) {
        if (!parse_duration(duration)) return rejected("/duration", "is not an ISO 8601 duration");
        out.duration = duration;
    }
    if (const auto expires = get_string(record, "expires"); !expires.empty()) {
        if (parse_when(expires)) out.expires = parse_day(expires.substr(0, 10));
        if (!out.expires) return rejected("/expires", "is not a day (YYYY-MM-DD)");
    }
    return out;
}

std::string digest_of(const Completion& c) {
    if (is_plain(c)) return sha256_hex(digest_text(c));
    json facts{{"what", what_text(c.what)},
               {"activity", c.activity_iri.empty() ? c.activity_id : c.activity_iri},
               {"occurred", c.occurred.text()},
               {"score", score_json(c.score)},
               {"attempt", c.attempt},
               {"duration", c.duration},
               {"expires", c.expires ? format_day(*c.expires) : ""}};
    auto& who = facts["who"] = json::array();
    for (const auto& one : c.who) who.push_back({one.scheme, one.issuer, one.value});
    std::sort(who.begin(), who.end());  // a source may list them in another order next time
    if (!c.level.empty()) facts["level"] = c.level;
    if (!c.how.empty()) facts["how"] = c.how;
    if (c.of_attempt) {
        if (c.of_attempt->completed) facts["completed"] = *c.of_attempt->completed;
        if (c.of_attempt->success) facts["success"] = *c.of_attempt->success;
        if (!c.of_attempt->competency.empty()) facts["competency"] = c.of_attempt->competency;
        if (const auto& said = c.of_attempt->responded)
            facts["responded"] = {said->type, said->response, said->description, said->patterns};
    }
    return sha256_hex(facts.dump());
}

std::string activity_iri(const Completion& c, const SourceContext& source) {
    return c.activity_iri.empty() ? source.activity_base + url_encode(c.activity_id) : c.activity_iri;
}

json statement_of(const Completion& c, const Agent& actor, const SourceContext& source, int revision) {
    const auto activity = activity_iri(c, source);
    json definition{{"type", activity_type(c)}};
    if (!c.activity_title.empty()) definition["name"] = {{"und", c.activity_title}};

    const auto* said = c.of_attempt && c.of_attempt->responded ? &*c.of_attempt->responded : nullptr;
    if (said != nullptr && !said->type.empty()) {
        definition["interactionType"] = said->type;
        if (!said->patterns.empty()) definition["correctResponsesPattern"] = said->patterns;
    }
    if (said != nullptr && !said->description.empty())
        definition["description"] = {{"und", said->description}};

    json extensions{{std::string(extension::source),
                     {{"id", source.source_uuid}, {"key", c.key}, {"revision", revision}}}};
    json occurred{{"precision", c.occurred.precision == When::Precision::instant ? "instant"
                                : c.occurred.precision == When::Precision::day   ? "day"
                                                                                 : "unknown"}};
    if (c.occurred.precision != When::Precision::unknown) occurred["value"] = c.occurred.text();
    if (!c.basis.empty()) occurred["basis"] = c.basis;
    if (!c.zone.empty()) occurred["zone"] = c.zone;
    extensions[std::string(extension::occurred)] = std::move(occurred);
    if (c.expires) extensions[std::string(extension::expires)] = format_day(*c.expires);

    if (!c.level.empty()) extensions[std::string(extension::competency)]["level"] = c.level;
    if (!c.how.empty()) extensions[std::string(extension::competency)]["how"] = c.how;

    json result = json::object();
    const auto told = told_of(c);
    if (told.completed) result["completion"] = *told.completed;
    if (told.success) result["success"] = *told.success;
    if (auto score = score_json(c.score); !score.empty()) result["score"] = std::move(score);
    if (!c.duration.empty()) result["duration"] = c.duration;
    if (said != nullptr && !said->response.empty()) result["response"] = said->response;

    const auto verb = verb_of(c.what);
    json out{
        {"id", statement_id(c, actor.key(), activity, source, revision, digest_of(c))},
        {"version", "1.0.0"},
        {"actor", actor.to_json()},
        {"verb", {{"id", verb}, {"display", {{"en", verb.substr(verb.rfind('/') + 1)}}}}},
        {"object", {{"objectType", "Activity"}, {"id", activity}, {"definition", std::move(definition)}}},
        {"context", {{"platform", source.source_name}, {"extensions", std::move(extensions)}}}};
    if (!result.empty()) out["result"] = std::move(result);
    if (c.of_attempt) out["context"]["contextActivities"] = activities_around(*c.of_attempt);
    // A day is not a time: without an instant the timestamp is left to the store, and the day stands in the
    // extension.
    if (c.occurred.precision == When::Precision::instant) out["timestamp"] = format_instant(c.occurred.at);
    return out;
}

json voiding_statement(std::string_view target, const SourceContext& source, std::string_view reason) {
    return json{
        {"id", uuid_v5(source.source_uuid, "void\n" + std::string(target) + "\n" + std::string(reason))},
        {"version", "1.0.0"},
        {"actor",
         {{"objectType", "Agent"},
          {"account", {{"homePage", "https://w3id.org/capbridge/sources"}, {"name", source.source_uuid}}}}},
        {"verb", {{"id", verb::voided}, {"display", {{"en", "voided"}}}}},
        {"object", {{"objectType", "StatementRef"}, {"id", target}}}};
}

}  // namespace capbridge::xapi
