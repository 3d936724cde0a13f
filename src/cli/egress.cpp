#include "cli/egress.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/configured_sources.hpp"
#include "cli/session.hpp"
#include "core/net/http_client.hpp"
#include "core/net/url.hpp"

namespace capbridge::cli {
namespace {

struct Way {
    std::set<std::string> whatfor, sources;
};

// The target itself and, unless it is this machine, the proxy of the environment: NO_PROXY may except either.
std::vector<std::string> hosts_of_target(const json& target) {
    const auto url = net::read_url(get_string(target.value("settings", json::object()), "url"));
    if (!url) return {};
    std::vector<std::string> out{url->authority()};
    const auto proxy = url->is_loopback() ? std::string() : net::environment_proxy(url->scheme == "https");
    if (!proxy.empty() && proxy != out.front()) out.push_back(proxy);
    return out;
}

std::string host_of(const net::SyslogTarget& target) {
    const bool is_v6 = target.host.find(':') != std::string::npos && !target.host.starts_with('[');
    return (is_v6 ? "[" + target.host + "]" : target.host) + ":" + std::to_string(target.port);
}

}  // namespace

Result<ordered_json> ways_out(const Configuration& configuration) {
    const auto adapters = installed_adapters(configuration.plugins, configuration.require_sandbox);
    std::map<std::string, Way> ways;
    ordered_json out{{"egress", ordered_json::array()},
                     {"sources", ordered_json::array()},
                     {"forward", ordered_json::array()},
                     {"syslog", nullptr}};
    for (const auto& source : configuration.sources) {
        CAPBRIDGE_LET(const auto hosts, egress_of(*adapters, source));
        const auto name = get_string(source, "name");
        out["sources"].push_back({{"name", name}, {"hosts", hosts}});
        for (const auto& host : hosts) {
            ways[host].whatfor.insert("source " + name);
            ways[host].sources.insert(name);
        }
    }
    for (const auto& target : configuration.forward) {
        const auto name = get_string(target, "name");
        const auto hosts = hosts_of_target(target);
        out["forward"].push_back({{"name", name},
                                  {"url", get_string(target.value("settings", json::object()), "url")},
                                  {"hosts", hosts}});
        for (const auto& host : hosts) ways[host].whatfor.insert("forwarding target " + name);
    }
    if (const auto& syslog = configuration.log.syslog) {
        out["syslog"] = host_of(syslog->target);
        ways[host_of(syslog->target)].whatfor.insert("syslog");
    }
    for (const auto& [host, way] : ways)
        out["egress"].push_back({{"host", host}, {"for", way.whatfor}, {"sources", way.sources}});
    return out;
}

}  // namespace capbridge::cli
