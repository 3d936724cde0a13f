#include "core/xapi/from_completion.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
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
        case Completion::What::completed:
        case Completion::What::withdrawn:
            break;
    }
    return verb::completed;
}

std::optional<double> number(const json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end() || !it->is_number()) return std::nullopt;
    const double value = it->get<double>();
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// A score that xAPI would refuse (raw outside min..max, scaled outside -1..1) is not passed on; the
// completion is.
json score_json(const Score& s) {
    json out = json::object();
    if (s.scaled && *s.scaled >= -1 && *s.scaled <= 1) out["scaled"] = *s.scaled;
    const bool range = !s.min || !s.max || *s.min < *s.max;
    const bool inside = !s.raw || ((!s.min || *s.raw >= *s.min) && (!s.max || *s.raw <= *s.max));
    if (range && inside) {
        if (s.raw) out["raw"] = *s.raw;
        if (s.min) out["min"] = *s.min;
        if (s.max) out["max"] = *s.max;
    }
    return out;
}

}  // namespace

Result<Completion> read_completion(const json& record) {
    if (!record.is_object()) return rejected("", "a completion is an object");
    Completion out;
    const auto who = record.find("who");
    if (who == record.end() || !who->is_array() || who->empty()) return rejected("/who", "says nobody");
    for (const auto& one : *who) {
        Identifier id{get_string(one, "scheme"), get_string(one, "issuer"), trim(get_string(one, "value"))};
        if (!id.scheme.empty() && !id.value.empty()) out.who.push_back(std::move(id));
    }
    if (out.who.empty()) return rejected("/who", "has no identifier with a scheme and a value");

    const auto activity = record.value("activity", json::object());
    out.activity_id = get_string(activity, "id");
    out.activity_iri = get_string(activity, "iri");
    out.activity_title = get_string(activity, "title");
    out.activity_type = get_string(activity, "type", "course");
    if (out.activity_id.empty() && out.activity_iri.empty())
        return rejected("/activity", "needs an id or an iri");
    if (!out.activity_iri.empty() && !is_iri(out.activity_iri))
        return rejected("/activity/iri", "is not an absolute IRI");

    out.key = get_string(record, "key");
    if (out.key.empty()) return rejected("/key", "is missing: the LMS's own id of this fact");
    const auto what = what_of(get_string(record, "what"));
    if (!what) return rejected("/what", "must be completed, passed, failed, in_progress or withdrawn");
    out.what = *what;

    const auto occurred = record.value("occurred", json::object());
    const auto precision = get_string(occurred, "precision", "unknown");
    if (precision != "unknown") {
        const auto value = get_string(occurred, "value");
        const auto when = parse_when(value);
        if (!when) return rejected("/occurred/value", "is not a day (YYYY-MM-DD) or an RFC 3339 time");
        out.occurred = *when;
        // The day as the source wrote it: in UTC it may be the day before.
        if (precision == "day") out.occurred = *parse_when(value.substr(0, 10));
    }
    out.basis = get_string(occurred, "basis");
    out.zone = get_string(occurred, "zone");
    if (const auto score = record.find("score"); score != record.end() && score->is_object()) {
        out.score = {number(*score, "scaled"), number(*score, "raw"), number(*score, "min"),
                     number(*score, "max")};
    }
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
    return sha256_hex(facts.dump());
}

std::string activity_iri(const Completion& c, const SourceContext& source) {
    return c.activity_iri.empty() ? source.activity_base + url_encode(c.activity_id) : c.activity_iri;
}

json statement_of(const Completion& c, const Agent& actor, const SourceContext& source, int revision) {
    const auto activity = activity_iri(c, source);
    const auto name =
        actor.key() + "\n" + activity + "\n" + c.key + "\n" + digest_of(c) + "\n" + std::to_string(revision);
    json definition{{"type", "http://adlnet.gov/expapi/activities/" +
                                 (c.activity_type.empty() ? "course" : url_encode(c.activity_type))}};
    if (!c.activity_title.empty()) definition["name"] = {{"und", c.activity_title}};

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

    json result = json::object();
    if (c.what != Completion::What::in_progress) result["completion"] = true;
    if (c.what == Completion::What::passed) result["success"] = true;
    if (c.what == Completion::What::failed) result["success"] = false;
    if (auto score = score_json(c.score); !score.empty()) result["score"] = std::move(score);
    if (!c.duration.empty()) result["duration"] = c.duration;

    const auto verb = verb_of(c.what);
    json out{
        {"id", uuid_v5(source.source_uuid, name)},
        {"version", "1.0.0"},
        {"actor", actor.to_json()},
        {"verb", {{"id", verb}, {"display", {{"en", verb.substr(verb.rfind('/') + 1)}}}}},
        {"object", {{"objectType", "Activity"}, {"id", activity}, {"definition", std::move(definition)}}},
        {"context", {{"platform", source.source_name}, {"extensions", std::move(extensions)}}}};
    if (!result.empty()) out["result"] = std::move(result);
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
