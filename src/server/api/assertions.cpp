// Competencies said to others, over HTTP: the framework's xAPI Profile for whoever reads the statements, and
// the switch for whoever administers.
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "server/application.hpp"
#include "server/caller.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr std::chrono::seconds longest_wait{5};  // for a turn; then 503 with Retry-After
constexpr JsonLimits body_limits{.bytes = 64u << 10, .depth = 8};

Result<Response> profile(const Backend& backend, const Call& call) {
    CAPBRIDGE_LET(const auto given, Parameters::parse(call.request.query, {"id"}));
    json params = json::object();
    if (given.has("id")) params["id"] = given.text("id");
    CAPBRIDGE_LET(const auto answer, backend.run("framework.profile", params, caller_of(call)));
    return Response{200, "application/ld+json", answer.dump(), {}};
}

Result<Response> show(const Backend& backend, const Call& call) {
    CAPBRIDGE_TRY(Parameters::parse(call.request.query, {}).map([](const Parameters&) {}));
    CAPBRIDGE_LET(const auto answer, backend.run("assertions.show", json::object(), caller_of(call)));
    return json_response(answer);
}

Result<Response> change(const Backend& backend, const Call& call, const char* operation) {
    CAPBRIDGE_TRY(Parameters::parse(call.request.query, {}).map([](const Parameters&) {}));
    json params = json::object();
    if (!trim(call.request.body).empty()) {
        CAPBRIDGE_LET(params, parse_json(call.request.body, body_limits));
        if (!params.is_object()) return fail("bad_parameter", "The body must be a JSON object.");
    }
    auto caller = caller_of(call);
    caller.patience = longest_wait;
    CAPBRIDGE_LET(const auto answer, backend.run(operation, params, caller));
    return json_response(answer);
}

void reply(const Result<Response>& response, const Responder& respond) {
    respond(response ? *response : error_response(response.error()));
}

}  // namespace

void add_assertion_routes(Router& router, const Backend& backend) {
    router.add(
        {"GET",
         "/api/v1/framework/profile.jsonld",
         Lane::slow,
         {"read"},
         true,
         [&backend](const Call& call, const Responder& respond) { reply(profile(backend, call), respond); }});
    router.add(
        {"GET",
         "/api/v1/assertions",
         Lane::slow,
         {"admin"},
         false,
         [&backend](const Call& call, const Responder& respond) { reply(show(backend, call), respond); }});
    for (const auto& [path, operation] : {std::pair{"/api/v1/assertions/settings", "assertions.set"},
                                          std::pair{"/api/v1/assertions/send", "assertions.send"},
                                          std::pair{"/api/v1/assertions/backfill", "assertions.backfill"}}) {
        router.add({"POST",
                    path,
                    Lane::change,
                    {"admin"},
                    false,
                    [&backend, operation = operation](const Call& call, const Responder& respond) {
                        reply(change(backend, call, operation), respond);
                    }});
    }
}

}  // namespace capbridge::server
