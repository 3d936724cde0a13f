// HTTP requests to other systems (libcurl): verified TLS, time limits, bounded answers, no redirects to
// another host. One client holds its connections open and is used by one thread at a time; several clients
// may work at once.
#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"

namespace capbridge::net {

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
};
struct HttpAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names lower case
    std::string body;
    [[nodiscard]] std::string header(std::string_view lower_name) const;  // "" when there is none
};

// What a request to this address would be refused for before anything is sent: error "bad_url" (no http or
// https address, or one with a user or a fragment in it) or "insecure" (http to another machine).
Status check_url(const std::string& url, bool allow_http);

class HttpClient {
public:
    virtual ~HttpClient() = default;
    // Errors: those of check_url(), "bad_request" (a header or method that HTTP cannot carry), "unreachable"
    // (no connection, name or route), "tls" (the certificate does not hold, or the CA file cannot be read),
    // "timeout", "too_large", "http" (what came was no HTTP, or ended too early), "cancelled". A status of
    // 400 or 500 is an answer, not an error; so is a redirect to another scheme, host or port. No message has
    // the address's query or anything that was sent.
    virtual Result<HttpAnswer> send(const HttpRequest& request) = 0;
};
std::unique_ptr<HttpClient> make_http_client();

}  // namespace capbridge::net
