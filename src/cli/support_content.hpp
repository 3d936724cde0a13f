// What goes into a support bundle, cleared of what nobody outside the trust may see: no names, e-mail
// addresses or numbers of people, no secrets. What goes in is chosen member by member, so that what is new
// stays out until somebody decides. Pure; any thread.
#pragma once
#include <string>

#include "core/base/json.hpp"

namespace capbridge::cli {

// A configuration with everything but what says how it is built left out: secrets, filters by people, the
// user and query of addresses, a webhook's path, and each value that the schema does not know (settings of
// adapters, what stands in a wrong place).
ordered_json configuration_for_support(const json& document);
// Of the operation "status": counts and states; no titles, no addresses of learning.
ordered_json status_for_support(const ordered_json& status);
// Of the operation "source.list", with the runs of "source.show" when they are there.
ordered_json source_for_support(const ordered_json& source);
// Log lines: e-mail addresses are taken out, though none should be in.
std::string log_for_support(const std::string& text);

}  // namespace capbridge::cli
