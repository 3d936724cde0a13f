// Addresses of other systems, taken apart by the parser that will use them (libcurl's), so that no second one
// can see another host in them. Pure; any thread.
#pragma once
#include <optional>
#include <string>

#include "core/base/result.hpp"

namespace capbridge::net {

struct Url {
    std::string scheme, host, port;  // lower case; the port is the scheme's own when none is written
    std::string path, query;         // as written; the query without its question mark
    bool has_user = false, has_fragment = false;
    [[nodiscard]] bool same_origin(const Url& other) const {
        return scheme == other.scheme && host == other.host && port == other.port;
    }
    // This machine by any of its names: 127.0.0.1, 0.0.0.0, [::1], [::ffff:127.0.0.1], localhost, x.localhost
    // (address.hpp). "127.evil.example" is a name, not an address.
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] std::string authority() const { return host + ":" + port; }
};

// nullopt: no address, or a scheme that libcurl does not speak.
std::optional<Url> read_url(const std::string& text);

// What a request to this address would be refused for before anything is sent: error "bad_url" (no http or
// https address, or one with a user or a fragment in it) or "insecure" (http to another machine).
Status check_url(const std::string& url, bool allow_http);

}  // namespace capbridge::net
