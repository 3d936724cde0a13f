#include "adapters/egress.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/fetch.hpp"
#include "adapters/http/hosts.hpp"
#include "adapters/http/settings.hpp"
#include "core/base/text.hpp"
#include "core/net/http_client.hpp"
#include "core/net/url.hpp"

namespace capbridge::adapters {
namespace {

void add_authority(const std::string& address, std::vector<std::string>& out) {
    if (const auto url = net::read_url(address)) out.push_back(url->authority());
}

// Where a proxy is used it is the one connected to, but NO_PROXY may except hosts: so both are listed.
void add_proxies(const HttpSettings& http, std::vector<std::string>& out) {
    std::vector<std::string> proxies;
    if (!http.proxy_url.empty()) {
        proxies = {net::proxy_authority(http.proxy_url)};
    } else if (!out.empty()) {  // only who asks somebody needs a way out
        proxies = {net::environment_proxy(true)};
        if (http.allow_http) proxies.push_back(net::environment_proxy(false));
    }
    for (auto& proxy : proxies) {
        if (!proxy.empty()) out.push_back(std::move(proxy));
    }
}

}  // namespace

Problems check_service_settings(const engine::SourceSettings& settings, const engine::AdapterInfo& adapter) {
    Problems problems;
    const auto http = read_http_settings(settings.http, problems);
    if (settings.fetch.is_object()) {
        read_fetch_settings(settings.fetch, problems);
        if (settings.folder.empty())
            problems.push_back({Problem::Severity::error,
                                "no_folder",
                                "/fetch",
                                "the source has no drop folder to fetch into",
                                0,
                                {}});
    }
    if (adapter.id.empty()) return problems;  // it is not there, and another check says so
    const AllowedHosts hosts(adapter.allowed_hosts, http.hosts, settings.settings);
    for (const auto& host : hosts.in_vain())
        problems.push_back({Problem::Severity::warning,
                            "host_in_vain",
                            "/http/hosts",
                            "the adapter's descriptor does not allow it the host " + host +
                                " (it allows: " + join(adapter.allowed_hosts, ", ") + ")",
                            0,
                            {}});
    return problems;
}

std::vector<std::string> egress_of(const engine::SourceSettings& settings,
                                   const engine::AdapterInfo& adapter) {
    Problems unused;
    const auto http = read_http_settings(settings.http, unused);
    std::vector<std::string> out;
    // An adapter whose descriptor allows it no host has nothing of an address in its settings.
    if (!adapter.allowed_hosts.empty())
        out = AllowedHosts(adapter.allowed_hosts, http.hosts, settings.settings).list();
    for (const auto& [name, auth] : http.auth) add_authority(auth.token_url, out);
    add_proxies(http, out);
    if (settings.fetch.is_object()) {
        auto url = get_string(settings.fetch, "url");
        const auto tls = settings.fetch.find("explicit_tls");
        if (tls != settings.fetch.end() && *tls == json(true) && url.starts_with("ftps:"))
            url.replace(0, 4, "ftp");  // the plain port
        add_authority(url, out);
        // FTP's files go over connections of their own, to ports that the server picks.
        if (const auto read = net::read_url(url); read && read->scheme.starts_with("ftp"))
            out.push_back(read->host + ":*");
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace capbridge::adapters
