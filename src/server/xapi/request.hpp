// What the resources of xAPI have in common: the edition that a request speaks (xAPI 1.0.3 part 3, 3.3;
// IEEE 9274.1.1, 4.1.5), whose statements and documents its caller may touch, agents and preconditions in
// its parameters and headers. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/store/documents.hpp"
#include "core/xapi/statement.hpp"
#include "core/xapi/version.hpp"
#include "server/credentials.hpp"
#include "server/http.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {

// Error "bad_version" when the header is missing or names no edition that is spoken here.
Result<xapi::Version> version_of(const Request& request);
// What the answer's own version header says. A request without the header is of a client older than 1.0,
// which is told 0.95 (the last version before 1.0 made the header a must).
std::string_view answer_version(const Request& request);

// Whose the statements of this caller are (store::Batch::owner).
std::string owner_of(const Principal& principal);
// Only the statements of this owner may be read by the caller; nothing = those of all.
std::optional<std::string> readable_owner(const Principal& principal);

// An Agent or identified Group as JSON with exactly one identifier of the right shape. Error "bad_parameter".
Result<json> agent_parameter(const Parameters& parameters, const std::string& name = "agent");
// A UUID in lower case, or "" when the parameter is not there. Error "bad_parameter".
Result<std::string> uuid_parameter(const Parameters& parameters, const std::string& name);
tl::unexpected<Error> bad_parameter(std::string_view name, std::string_view needs);

// If-Match and If-None-Match; tags may come without their quotes, as old clients send them.
store::Precondition precondition_of(const Request& request);

}  // namespace capbridge::server
