// What a source's services need of the network, and whether their settings can work: for `capbridge check`.
// Reads secrets' files to say whether they are there, and connects to nothing. Any thread.
#pragma once
#include <string>
#include <vector>

#include "core/base/problem.hpp"
#include "core/engine/ports.hpp"

namespace capbridge::adapters {

// Of `http` and `fetch`, with pointers /http/..., /fetch/... A warning: hosts that the adapter's descriptor
// does not allow, so that naming them is in vain.
Problems check_service_settings(const engine::SourceSettings& settings, const engine::AdapterInfo& adapter);

// "host:port", sorted: the allowed hosts, token services, the proxy, and where files are fetched from. A
// pattern stands as it is ("*.example.org:443"); a port * stands for those that an FTP server picks. Through
// a proxy the others are reached by it alone.
std::vector<std::string> egress_of(const engine::SourceSettings& settings,
                                   const engine::AdapterInfo& adapter);

}  // namespace capbridge::adapters
