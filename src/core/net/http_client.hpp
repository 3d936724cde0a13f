// HTTP requests to other systems (libcurl): verified TLS of 1.2 or later, time limits, bounded answers, no
// redirects to another host. One client holds its connections open and is used by one thread at a time;
// several clients may work at once.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/net/url.hpp"

namespace capbridge::net {

// The way out. Requests to this machine itself take no proxy.
struct Proxy {
    std::string url;           // http://HOST:PORT; "" = as the environment says (HTTPS_PROXY, NO_PROXY)
    std::string user, secret;  // Basic, when the user is not empty
    std::string no_proxy;      // hosts that are asked directly, separated by commas; as NO_PROXY
};

struct HttpRequest {
    std::string method = "GET", url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string user, secret;  // Basic, when the user is not empty
    std::chrono::milliseconds timeout{30'000};
    std::size_t most_answer_bytes = 8u << 20;
    bool allow_http = false;                    // http:// to others than this machine
    std::string ca_file;                        // PEM: trust these instead of the system's; "" = the system's
    const std::atomic<bool>* cancel = nullptr;  // turns true: the request ends within a second
    int most_redirects = 3;
    // A kept connection may have been closed meanwhile, and then libcurl sends the request again. True: on a
    // connection of its own, so that it leaves this machine once at most.
    bool once = false;
    Proxy proxy;
    // Given: a name may not lead to this machine, its link or a multicast address (address.hpp), unless the
    // address is one of these ("127.0.0.1:8080"), or the proxy's as it is configured. An address that is
    // written in `url` itself is its writer's to answer for.
    std::optional<std::vector<std::string>> named_addresses;
    std::vector<std::string> resolve;  // "HOST:PORT:ADDRESS" instead of asking a name server, for tests
    // Asked on the sending thread before so many more bytes of a body are kept; may wait, which does not
    // count for `timeout`. False: the request is given up ("cancelled").
    std::function<bool(std::size_t bytes)> may_keep;
};
struct HttpAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names lower case
    std::string body;
    std::string redirect;  // the absolute address that a redirect names which was not followed
    [[nodiscard]] std::string header(std::string_view lower_name) const;  // "" when there is none
};

class HttpClient {
public:
    virtual ~HttpClient() = default;
    // Errors: those of check_url(), "bad_request" (a header or method that HTTP cannot carry), "unreachable"
    // (no connection, name or route: nothing was sent), "address" (what the name leads to is not to be
    // connected to: nothing was sent), "proxy" (it refused to connect), "tls" (the certificate does not hold,
    // or the CA file cannot be read), "timeout", "too_large", "http" (what came was no HTTP, or the
    // connection ended too early), "cancelled". A status of 400 or 500 is an answer, not an error; so is a
    // redirect to another scheme, host or port. No message has the address's query or anything that was sent.
    virtual Result<HttpAnswer> send(const HttpRequest& request) = 0;
};
std::unique_ptr<HttpClient> make_http_client();

// "host:port" of a proxy's address, as libcurl understands it (1080 where no port is written, 443 for https);
// "" when it is none.
std::string proxy_authority(const std::string& address);
// Where requests of a Proxy without `url` go by this process's environment, for https addresses or for http
// ones; "" when it names no proxy. NO_PROXY may except hosts from it.
std::string environment_proxy(bool https);

}  // namespace capbridge::net
