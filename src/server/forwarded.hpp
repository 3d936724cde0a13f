// Where a request comes from when proxies stand before us, and how this installation is called from outside.
// Only a proxy that the configuration names is believed; of a chain the nearest address that is no such
// proxy's is the client's. X-Forwarded-For and X-Forwarded-Proto, or Forwarded (RFC 7239): one of the two, as
// configured, since a proxy passes on the other as the client sent it. Values; any thread.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "server/http.hpp"

namespace capbridge::server {

// Addresses and networks that a configuration names.
class Networks {
public:
    // Addresses ("10.1.2.3", "::1") and networks ("10.0.0.0/8"). Error "bad_address", where = the index.
    static Result<Networks> read(const std::vector<std::string>& networks);
    [[nodiscard]] bool contain(std::string_view address) const;
    [[nodiscard]] bool empty() const { return networks_.empty(); }
    // Indexes of the networks that are wider than anybody's own: more than /8 (IPv4) or /32 (IPv6).
    [[nodiscard]] std::vector<std::size_t> wide() const;
    // The index of the first of these that has an address in common with one of `others`.
    [[nodiscard]] std::optional<std::size_t> overlap(const Networks& others) const;

private:
    struct Network {
        std::array<unsigned char, 16> bits{};  // IPv4 as ::ffff:a.b.c.d
        int length = 128;
    };
    std::vector<Network> networks_;
};

struct TrustedProxies {
    Networks networks = {};
    enum class Header { x_forwarded, forwarded } header = Header::x_forwarded;
    // Sets Request::from and ::over_tls, which are of the connection, to what a trusted proxy says. False
    // when it says no address of a client, or the chain has one that cannot be read: who asks is then not
    // known.
    bool look_through(Request& request) const;
};
// Somebody passed the request on and says so, whether that is believed or not.
bool was_forwarded(const Request& request);

// "https://learning.trust.example/capbridge": what users, clients and browsers call this installation.
class PublicUrl {
public:
    PublicUrl() = default;  // not told: addresses are relative
    // Error "bad_address".
    static Result<PublicUrl> read(const std::string& url);
    [[nodiscard]] const std::string& text() const { return text_; }      // without a slash at its end; or ""
    [[nodiscard]] const std::string& prefix() const { return prefix_; }  // "/capbridge", or ""
    [[nodiscard]] bool is_https() const { return text_.starts_with("https://"); }
    // Of a whole host name: then browsers may be told to use TLS only. Beside other applications that is for
    // whoever runs the host.
    [[nodiscard]] bool has_own_host() const { return !text_.empty() && prefix_.empty(); }
    // Takes the prefix off a path that a proxy passed on with it.
    void strip(std::string& path) const;

private:
    std::string text_, prefix_;
};

// What of the configuration says where we stand.
struct Edge {
    PublicUrl public_url = {};
    TrustedProxies trusted_proxies = {};
    Networks metrics_open_to = {};  // who may read /metrics without a credential
};

}  // namespace capbridge::server
