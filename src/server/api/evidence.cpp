// Evidence by people over HTTP (docs/evidence.md): attesting and waiving, for one person or a cohort, what
// was said, and the register of assessors. Each is a named operation of the bridge; a cohort comes as JSON or
// as CSV, with what holds for all its rows in the address.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "server/application.hpp"
#include "server/caller.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr std::chrono::seconds longest_wait{5};  // for a turn; then 503 with Retry-After
constexpr JsonLimits body_limits{.bytes = 1u << 20, .depth = 8};
constexpr JsonLimits cohort_limits{.bytes = 8u << 20, .depth = 8};

struct Change {
    const char* path;
    const char* operation;
    const char* scope;
    int status;             // of what was written; else 200
    const char* list = "";  // of a cohort: the member that holds its rows
};
constexpr Change changes[] = {
    {"/api/v1/people/{person}/attestations", "attestation.add", "attest", 201},
    {"/api/v1/attestations", "attestation.import", "attest", 201, "attestations"},
    {"/api/v1/attestations/{id}/withdraw", "attestation.withdraw", "attest", 200},
    {"/api/v1/people/{person}/self-assessments", "attestation.self", "admin", 201},
    {"/api/v1/people/{person}/overrides", "override.set", "admin", 200},
    {"/api/v1/people/{person}/overrides/end", "override.end", "admin", 200},
    {"/api/v1/overrides", "override.import", "admin", 201, "overrides"},
    {"/api/v1/assessors/{id}/end", "assessor.end", "admin", 200},
};

struct Question {
    const char* path;
    const char* operation;
};
constexpr Question questions[] = {
    {"/api/v1/attestations", "attestation.list"},
    {"/api/v1/people/{person}/attestations", "attestation.list"},
    {"/api/v1/overrides", "override.list"},
    {"/api/v1/people/{person}/overrides", "override.list"},
    {"/api/v1/assessors", "assessor.list"},
};

void put_captures(const Call& call, json& out) {
    for (const auto& [name, value] : call.captures) out[name] = value;
}

bool is_csv(const Request& request) {
    return lower_ascii(trim(request.header("content-type"))).starts_with("text/csv");
}

// The body is the file; requirements are ids, separated by semicolons.
Result<json> csv_of(Call& call) {
    CAPBRIDGE_LET(const auto given, Parameters::parse(call.request.query,
                                                      {"issuer", "dry_run", "requirements", "assessor",
                                                       "kind", "outcome", "method", "document", "reviewer",
                                                       "on", "valid_to", "context", "why", "from", "until"}));
    json out{{"csv", std::move(call.request.body)}, {"name", "a request"}};
    for (const auto& [name, value] : given.all()) out[name] = value;
    CAPBRIDGE_LET(const auto dry, given.flag("dry_run"));
    if (dry) out["dry_run"] = *dry;
    if (out.contains("requirements")) out["requirements"] = split(given.text("requirements"), ';');
    return out;
}

Result<json> body_of(Call& call, const Change& change) {
    const bool cohort = *change.list != '\0';
    if (cohort && is_csv(call.request)) return csv_of(call);
    CAPBRIDGE_TRY(Parameters::parse(call.request.query, {}));
    json out = json::object();
    if (!trim(call.request.body).empty()) {
        CAPBRIDGE_LET(out, parse_json(call.request.body, cohort ? cohort_limits : body_limits));
        if (cohort && out.is_array()) {
            json list = std::move(out);
            out = json::object();
            out[change.list] = std::move(list);
        }
        if (!out.is_object()) return fail("bad_parameter", "The body must be a JSON object.");
    }
    put_captures(call, out);
    return out;
}

Result<json> asked(const Call& call) {
    CAPBRIDGE_LET(const auto given,
                  Parameters::parse(call.request.query, {"person", "assessor", "requirement", "limit",
                                                         "offset", "known_at", "rules"}));
    json out = json::object();
    for (const char* name : {"person", "assessor", "requirement", "known_at", "rules"}) {
        if (given.has(name)) out[name] = given.text(name);
    }
    CAPBRIDGE_LET(const auto limit, given.integer("limit", 1, 1000));
    CAPBRIDGE_LET(const auto offset, given.integer("offset", 0, 1'000'000'000));
    if (limit) out["limit"] = *limit;
    if (offset) out["offset"] = *offset;
    put_captures(call, out);
    return out;
}

}  // namespace

void add_evidence_routes(Router& router, const Backend& backend) {
    for (const auto& question : questions) {
        router.add({"GET",
                    question.path,
                    Lane::slow,
                    {"read"},
                    true,
                    [&backend, &question](Call& call, const Responder& respond) {
                        const auto parameters = asked(call);
                        if (!parameters) return respond(error_response(parameters.error()));
                        const auto answer = backend.run(question.operation, *parameters, caller_of(call));
                        respond(answer ? json_response(*answer) : error_response(answer.error()));
                    }});
    }
    for (const auto& change : changes) {
        router.add({"POST",
                    change.path,
                    Lane::change,
                    {change.scope},
                    false,
                    [&backend, &change](Call& call, const Responder& respond) {
                        const auto parameters = body_of(call, change);
                        if (!parameters) return respond(error_response(parameters.error()));
                        auto caller = caller_of(call);
                        caller.patience = longest_wait;
                        const auto answer = backend.run(change.operation, *parameters, caller);
                        if (!answer) return respond(error_response(answer.error()));
                        respond(json_response(*answer, answer->contains("run") ? change.status : 200));
                    }});
    }
}

}  // namespace capbridge::server
