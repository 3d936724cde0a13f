// The Agents and Activities resources (xAPI 1.0.3 part 3, 2.4 and 2.5; IEEE 9274.1.1, 4.1.6.3 and 4.1.6.4):
// what statements told so far. Somebody of whom nothing is known is still answered with what was asked.
#include "core/xapi/descriptions.hpp"

#include <nlohmann/json.hpp>

#include "core/xapi/iri.hpp"
#include "server/xapi/resources.hpp"

namespace capbridge::server {

Result<Response> get_person(const Call& call, const Backend& backend) {
    CAPBRIDGE_TRY(version_of(call.request).map([](auto) {}));
    CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query, {"agent"}));
    CAPBRIDGE_LET(const auto agent, agent_parameter(p));
    return json_response(xapi::person_of(agent, backend.names_of(xapi::read_agent(agent).key())));
}

Result<Response> get_activity(const Call& call, const Backend& backend) {
    CAPBRIDGE_TRY(version_of(call.request).map([](auto) {}));
    CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query, {"activityId"}));
    const auto id = p.text("activityId");
    if (!xapi::is_iri(id)) return bad_parameter("activityId", "the IRI of an activity");
    ordered_json activity{{"objectType", "Activity"}, {"id", id}};
    if (const auto definition = backend.definition_of(id))
        activity["definition"] = ordered_json::parse(*definition, nullptr, false);
    return json_response(activity);
}

}  // namespace capbridge::server
