#include "server/api/call_parameters.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Result<json> read(const Parameters& given, const std::string& name) {
    if (is_one_of(name, {"as_of", "valid_at", "by"})) {
        CAPBRIDGE_LET(const auto day, given.day(name));
        return json(format_day(*day));
    }
    if (is_one_of(name, {"descendants", "nothing_exists", "retrain"})) {
        CAPBRIDGE_LET(const auto flag, given.flag(name));
        return json(*flag);
    }
    if (is_one_of(name, {"limit", "offset", "each"})) {
        CAPBRIDGE_LET(const auto number, given.integer(name, 0, 1'000'000'000));
        return json(*number);
    }
    return json(given.text(name));
}

void add_captures(const Call& call, json& out) {
    for (const auto& [name, value] : call.captures) out[name] = value;
}

}  // namespace

Result<json> query_parameters(const Call& call, const std::vector<std::string_view>& takes) {
    // Parameters::parse wants a list that is known where it is called.
    CAPBRIDGE_LET(const auto given,
                  Parameters::parse(
                      call.request.query,
                      {"activity",    "min_score", "archetype", "as_of",          "by",       "deployment",
                       "descendants", "each",      "factor",    "format",         "job_role", "known_at",
                       "limit",       "list",      "offset",    "nothing_exists", "retrain",  "rules",
                       "staff_group", "state",     "team",      "text",           "triage",   "unit",
                       "valid_at",    "version"}));
    json out = json::object();
    for (const auto& [named, value] : given.all()) {
        const auto name = named == "valid_at" ? std::string("as_of") : named;  // two names of one thing
        if (std::find(takes.begin(), takes.end(), name) == takes.end())
            return fail("unknown_parameter", "There is no parameter \"" + named + "\" here.", named);
        if (out.contains(name))
            return fail("duplicate_parameter", "as_of and valid_at are one parameter: give one.", named);
        CAPBRIDGE_LET(out[name], read(given, named));
    }
    add_captures(call, out);
    return out;
}

Result<json> body_parameters(const Call& call, const JsonLimits& limits) {
    CAPBRIDGE_TRY(Parameters::parse(call.request.query, {}));
    json out = json::object();
    if (!trim(call.request.body).empty()) {
        CAPBRIDGE_LET(out, parse_json(call.request.body, limits));
        if (!out.is_object()) return fail("bad_parameter", "The body must be a JSON object.");
    }
    add_captures(call, out);
    return out;
}

}  // namespace capbridge::server
