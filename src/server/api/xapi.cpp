// The routes of xAPI (1.0.3 part 3, 2; IEEE 9274.1.1, 4.1.6) with the scopes that open them, and About.
#include <nlohmann/json.hpp>

#include "server/application.hpp"
#include "server/xapi/refusal.hpp"
#include "server/xapi/resources.hpp"

namespace capbridge::server {
namespace {

using Scopes = std::vector<std::string>;

Result<Response> about(const Call& call, const Backend&) {
    CAPBRIDGE_TRY(Parameters::parse(call.request.query, {}).map([](const Parameters&) {}));
    return json_response({{"version", {"2.0.0", "1.0.3", "1.0.2", "1.0.1", "1.0.0"}}});
}

// A handler that answers at once.
Handler answering(const Backend& backend, Result<Response> (*answer)(const Call&, const Backend&)) {
    return [&backend, answer](const Call& call, const Responder& respond) {
        auto response = answer(call, backend);
        respond(response ? std::move(*response) : refusal(accepts_problem(call.request), response.error()));
    };
}

void add_statements(Router& router, const Backend& backend) {
    const std::string path = "/xapi/statements";
    const Scopes write{"statements/write"};
    const StatementsIn in(backend);
    const StatementsOut out(backend);
    router.add({"GET",
                path,
                Lane::quick,
                {"statements/read", "statements/read/mine", "all/read"},
                false,
                [out](const Call& call, const Responder& respond) { out.get(call, respond); }});
    router.add({"POST", path, Lane::brief, write, false,
                [in](Call& call, const Responder& respond) { in.write(call, respond, false); }});
    router.add({"PUT", path, Lane::brief, write, false,
                [in](Call& call, const Responder& respond) { in.write(call, respond, true); }});
}

void add_documents(Router& router, const Backend& backend, DocumentResource::Kind kind,
                   const std::string& path, const std::string& scope) {
    const DocumentResource documents(backend, kind);
    router.add({"GET",
                path,
                Lane::quick,
                {scope, "all/read"},
                false,
                [documents](const Call& call, const Responder& respond) { documents.get(call, respond); }});
    router.add({"PUT", path, Lane::quick, {scope}, false, [documents](Call& call, const Responder& respond) {
                    documents.put(call, respond);
                }});
    router.add({"POST", path, Lane::quick, {scope}, false, [documents](Call& call, const Responder& respond) {
                    documents.post(call, respond);
                }});
    router.add(
        {"DELETE",
         path,
         Lane::quick,
         {scope},
         false,
         [documents](const Call& call, const Responder& respond) { documents.remove(call, respond); }});
}

}  // namespace

void add_xapi_routes(Router& router, const Backend& backend) {
    using Kind = DocumentResource::Kind;
    const Scopes readers{"statements/read", "statements/read/mine", "all/read", "profile", "define"};
    router.add({"GET", "/xapi/about", Lane::io, {}, false, answering(backend, about)});
    add_statements(router, backend);
    add_documents(router, backend, Kind::state, "/xapi/activities/state", "state");
    add_documents(router, backend, Kind::activity_profile, "/xapi/activities/profile", "profile");
    add_documents(router, backend, Kind::agent_profile, "/xapi/agents/profile", "profile");
    router.add({"GET", "/xapi/agents", Lane::quick, readers, false, answering(backend, get_person)});
    router.add({"GET", "/xapi/activities", Lane::quick, readers, false, answering(backend, get_activity)});
}

}  // namespace capbridge::server
