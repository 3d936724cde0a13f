// Every way out that a configuration means the daemon to have, for whoever writes the firewall's rules:
// sources with their token services and proxies, forwarding, the syslog server. Connects to nothing.
#pragma once
#include "cli/configuration.hpp"
#include "core/base/json.hpp"

namespace capbridge::cli {

// {"egress": [{"host", "for", "sources"}], "sources": [{"name", "hosts"}], "forward": [{"name", "url",
// "hosts"}], "syslog": HOST or null}; a host is "host:port", or a pattern of these.
Result<ordered_json> ways_out(const Configuration& configuration);

}  // namespace capbridge::cli
