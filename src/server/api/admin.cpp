#include "server/api/admin.hpp"

#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "server/caller.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr std::chrono::seconds longest_wait{5};                   // for a turn; then 503 with Retry-After
constexpr JsonLimits body_limits{.bytes = 1u << 20, .depth = 8};  // a crosswalk may come as text

// The parameters of an operation: what the path names, and the body, a JSON object or nothing.
Result<json> parameters_of(const Call& call) {
    CAPBRIDGE_TRY(Parameters::parse(call.request.query, {}));
    json out = json::object();
    if (!trim(call.request.body).empty()) {
        CAPBRIDGE_LET(out, parse_json(call.request.body, body_limits));
        if (!out.is_object()) return fail("bad_parameter", "The body must be a JSON object.");
    }
    for (const auto& [name, value] : call.captures) out[name] = value;
    return out;
}

struct Entry {
    const char* method;
    const char* path;
    const char* operation;
    int status;  // of a success
    const char* scope = "admin";
};

// Secrets are shown once, in the answer that made them; every answer is no-store.
constexpr Entry entries[] = {
    {"GET", "/api/v1/credentials", "credential.list", 200},
    {"POST", "/api/v1/credentials", "credential.add", 201},
    {"POST", "/api/v1/credentials/{key}/rotate", "credential.rotate", 200},
    {"POST", "/api/v1/credentials/{key}/revoke", "credential.revoke", 200},
    {"GET", "/api/v1/forwards", "forward.list", 200},
    {"GET", "/api/v1/forwards/{name}", "forward.show", 200},
    {"POST", "/api/v1/forwards/{name}/retry", "forward.retry", 200},
    {"POST", "/api/v1/forwards/{name}/pause", "forward.pause", 200},
    {"POST", "/api/v1/forwards/{name}/resume", "forward.resume", 200},
    {"GET", "/api/v1/sources", "source.list", 200},
    {"POST", "/api/v1/sources/{source}/check", "source.check", 200},
    {"POST", "/api/v1/previews", "preview", 200},
    {"POST", "/api/v1/mappings/{id}/withdraw", "mapping.withdraw", 200},
    {"POST", "/api/v1/reports", "report.publish", 201},
    {"GET", "/api/v1/reports", "report.list", 200, "read"},
    {"GET", "/api/v1/reports/{id}", "report.show", 200, "read"},
    {"POST", "/api/v1/reports/{id}/verify", "report.verify", 200, "read"},
    {"POST", "/api/v1/teams", "team.publish", 201},
    {"POST", "/api/v1/teams/{team}/withdraw", "team.withdraw", 200},
    {"GET", "/api/v1/assignments", "assign.status", 200, "read"},
    {"POST", "/api/v1/assignments/propose", "assign.propose", 200},
    {"POST", "/api/v1/assignments/decide", "assign.decide", 200},
    {"POST", "/api/v1/identities/review", "identity.review", 200},
    {"POST", "/api/v1/identities/matches", "identity.matches", 200},
    {"POST", "/api/v1/identities/link", "identity.link", 200},
    {"POST", "/api/v1/identities/unlink", "identity.unlink", 200},
    {"POST", "/api/v1/identities/crosswalk", "identity.crosswalk", 200},
    {"POST", "/api/v1/identities/accept", "identity.accept", 200},
    {"POST", "/api/v1/identities/ignore", "identity.ignore", 200},
    {"POST", "/api/v1/identities/propose", "identity.propose", 200},
    {"GET", "/api/v1/identities/rules", "identity.rule.list", 200},
    {"POST", "/api/v1/identities/rules", "identity.rule.put", 200},
    {"POST", "/api/v1/identities/rules/preview", "identity.rule.preview", 200},
    {"GET", "/api/v1/identities/merges", "person.merges", 200},
    {"POST", "/api/v1/identities/merge", "person.merge", 200},
    {"POST", "/api/v1/identities/unmerge", "person.unmerge", 200},
};

bool is_change(const char* operation) {
    const auto* known = engine::find_operation(operation);
    return known != nullptr && known->changes;
}

}  // namespace

void add_admin_routes(Router& router, const Backend& backend) {
    for (const auto& entry : entries) {
        router.add({entry.method,
                    entry.path,
                    is_change(entry.operation) ? Lane::change : Lane::slow,
                    {entry.scope},
                    false,
                    [&backend, entry](Call& call, const Responder& respond) {
                        const auto parameters = parameters_of(call);
                        if (!parameters) return respond(error_response(parameters.error()));
                        auto caller = caller_of(call);
                        caller.patience = longest_wait;
                        const auto answer = backend.run(entry.operation, *parameters, caller);
                        respond(answer ? json_response(*answer, entry.status)
                                       : error_response(answer.error()));
                    }});
    }
}

}  // namespace capbridge::server
