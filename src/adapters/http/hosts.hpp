// Which hosts an adapter's requests may reach: those that its descriptor AND the configuration allow.
//
// The configuration names: every entry of http.hosts, and the host and port of each of the adapter's settings
// whose name is `url` or `endpoint`, or ends in `_url` or `_endpoint`. An entry without a port means 443.
// The descriptor names: "host", "host:port", "*.example.org" (below it, at any depth), any port when none is
// written; "*" leaves the choice to the configuration. A pattern never fits an address. When the
// configuration names nothing, the hosts that the descriptor writes out in full are meant (port 443). This
// machine itself (a loopback address) is for the configuration alone to name, and so is every address by
// another way: where a name leads to is looked at again when it is connected to
// (net::HttpRequest::named_addresses). Pure, immutable; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/net/url.hpp"

namespace capbridge::adapters {

class HostRule {
public:
    // "host", "host:port", "*.host", "*.host:port", "*"; without a port `default_port` ("" = any).
    HostRule(const std::string& text, const std::string& default_port);
    [[nodiscard]] bool fits(const net::Url& url) const;
    [[nodiscard]] bool is_pattern() const { return below_ || name_.empty(); }
    [[nodiscard]] bool is_any() const { return name_.empty(); }
    // Is every host of the other one of ours too? Ports are left aside.
    [[nodiscard]] bool covers(const HostRule& other) const;
    // A name with a dot that is no address and no name of this machine or its link.
    [[nodiscard]] bool is_public_name() const;
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] std::string text() const;  // "*.example.org:443"

private:
    std::string name_, port_;
    bool below_ = false;
};

class AllowedHosts {
public:
    AllowedHosts(const std::vector<std::string>& descriptor, const std::vector<std::string>& configured,
                 const json& settings);
    // Error "config" says whether descriptor or configuration stands against it.
    [[nodiscard]] Status check(const net::Url& url) const;
    // What may be reached, sorted, "host:port".
    [[nodiscard]] std::vector<std::string> list() const;
    // The configured hosts as they are, "host:port".
    [[nodiscard]] std::vector<std::string> configured() const;
    // Configured hosts that the descriptor does not allow.
    [[nodiscard]] std::vector<std::string> in_vain() const;

private:
    [[nodiscard]] bool described(const HostRule& rule) const;
    std::vector<HostRule> descriptor_, configured_;
};

}  // namespace capbridge::adapters
