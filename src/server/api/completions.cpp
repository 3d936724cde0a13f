// POST /api/v1/completions: facts of a source from a client that is bound to it (docs/completions.md).
#include <nlohmann/json.hpp>

#include "server/application.hpp"
#include "server/caller.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr JsonLimits body_limits{.bytes = 8u << 20, .depth = 16};

// An array of records, one record, or {"completions": [...]}.
Result<json> records_of(const Call& call) {
    CAPBRIDGE_TRY(Parameters::parse(call.request.query, {}));
    CAPBRIDGE_LET(auto body, parse_json(call.request.body, body_limits));
    if (body.is_array()) return body;
    if (!body.is_object())
        return fail("bad_parameter", "The body must be a completion, or an array of them.");
    if (!body.contains("completions")) return json::array({std::move(body)});
    if (body.size() > 1 || !body["completions"].is_array())
        return fail("bad_parameter", "'completions' is an array, and stands alone.", "/completions");
    return std::move(body["completions"]);
}

}  // namespace

void add_completions_routes(Router& router, const Backend& backend) {
    router.add(
        {"POST",
         "/api/v1/completions",
         Lane::slow,
         {"statements/write"},
         false,
         [&backend](Call& call, const Responder& respond) {
             if (call.principal.source.empty()) {
                 return respond(error_response(
                     403, "forbidden",
                     "Completions belong to a source: this needs a credential that is bound to one "
                     "(capbridge credential add NAME --scope statements/write --source SOURCE)."));
             }
             auto records = records_of(call);
             if (!records) return respond(error_response(records.error()));
             const json parameters{{"source", call.principal.source}, {"completions", std::move(*records)}};
             const auto answer = backend.run("completions.post", parameters, caller_of(call));
             respond(answer ? json_response(*answer) : error_response(answer.error()));
         }});
}

}  // namespace capbridge::server
