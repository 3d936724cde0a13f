// The audit over HTTP, for a system that collects it: scope "audit", or "admin".
#include <nlohmann/json.hpp>

#include "server/application.hpp"
#include "server/caller.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr std::int64_t most_entries = 1000, most_n = std::int64_t{1} << 53;

Result<Response> list(const Backend& backend, const Call& call) {
    CAPBRIDGE_LET(const auto parameters,
                  Parameters::parse(call.request.query,
                                    {"since", "who", "what", "outcome", "request", "limit", "before"}));
    json params = json::object();
    for (const auto* name : {"since", "who", "what", "outcome", "request"}) {
        if (parameters.has(name)) params[name] = parameters.text(name);
    }
    CAPBRIDGE_LET(const auto limit, parameters.integer("limit", 1, most_entries));
    CAPBRIDGE_LET(const auto before, parameters.integer("before", 1, most_n));
    if (limit) params["limit"] = *limit;
    if (before) params["before"] = *before;
    CAPBRIDGE_LET(const auto answer, backend.run("audit.list", params, caller_of(call)));
    return json_response(answer);
}

// JSON lines as `capbridge audit export` writes them: a page from ?after on. X-Capbridge-More says that there
// are more, after X-Capbridge-Last.
Result<Response> lines(const Backend& backend, const Call& call) {
    CAPBRIDGE_LET(const auto parameters, Parameters::parse(call.request.query, {"after", "since", "limit"}));
    json params = json::object();
    if (parameters.has("since")) params["since"] = parameters.text("since");
    CAPBRIDGE_LET(const auto limit, parameters.integer("limit", 1, most_entries));
    CAPBRIDGE_LET(const auto after, parameters.integer("after", 0, most_n));
    if (limit) params["limit"] = *limit;
    if (after) params["after"] = *after;
    CAPBRIDGE_LET(const auto answer, backend.run("audit.export", params, caller_of(call)));
    std::string body;
    for (const auto& line : answer.at("lines")) body += line.get_ref<const std::string&>() + "\n";
    Response out{200, "application/x-ndjson; charset=utf-8", std::move(body), {}};
    out.with("X-Capbridge-Last", answer.at("last").dump());
    out.with("X-Capbridge-More", answer.at("more").dump());
    return out;
}

Result<Response> verify(const Backend& backend, const Call& call) {
    CAPBRIDGE_LET(const auto parameters, Parameters::parse(call.request.query, {"head"}));
    json params = json::object();
    if (parameters.has("head")) params["heads"] = json::array({parameters.text("head")});
    CAPBRIDGE_LET(const auto answer, backend.run("audit.verify", params, caller_of(call)));
    return json_response(answer);
}

}  // namespace

void add_audit_routes(Router& router, const Backend& backend) {
    const auto get = [&](const char* path, Result<Response> (*answer)(const Backend&, const Call&)) {
        router.add({"GET",
                    path,
                    Lane::slow,
                    {"admin", "audit"},
                    false,
                    [&backend, answer](const Call& call, const Responder& respond) {
                        auto response = answer(backend, call);
                        respond(response ? std::move(*response) : error_response(response.error()));
                    }});
    };
    get("/api/v1/audit", &list);
    get("/api/v1/audit/lines", &lines);
    get("/api/v1/audit/verify", &verify);
}

}  // namespace capbridge::server
