// The parameters of a change over HTTP: the members of a JSON body, and what the path names, which goes
// before them. Errors "unknown_parameter" (a query, which changes do not take), "bad_parameter" and those of
// parse_json. Pure; any thread.
#pragma once
#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "server/parameters.hpp"
#include "server/router.hpp"

namespace capbridge::server {

inline Result<json> body_parameters(const Call& call, const JsonLimits& limits) {
    CAPBRIDGE_TRY(Parameters::parse(call.request.query, {}));
    json out = json::object();
    if (!trim(call.request.body).empty()) {
        CAPBRIDGE_LET(out, parse_json(call.request.body, limits));
        if (!out.is_object()) return fail("bad_parameter", "The body must be a JSON object.");
    }
    for (const auto& [name, value] : call.captures) out[name] = value;
    return out;
}

}  // namespace capbridge::server
