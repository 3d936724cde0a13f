// A request and an answer as the rest of the server sees them: plain values, no Boost. Header names are lower
// case. A Responder is the one way to answer; it may be called later and from any thread, once. One that is
// dropped without an answer answers 500, so that no client waits for ever.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/html.hpp"
#include "core/base/json.hpp"
#include "core/base/log_context.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "server/body.hpp"

namespace capbridge::server {

struct Request {
    std::string method;  // "GET", "HEAD", "POST", …
    std::string path;    // as sent, without the query
    std::string query;   // as sent, without "?"
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::shared_ptr<BodySink> sink = {};  // where the body went instead
    // The client's address; behind a proxy that is trusted, the one that it names (forwarded.hpp).
    std::string from = {};
    bool over_tls = false;                // to us, or to such a proxy
    bool placed = false;                  // from, over_tls and path are as the proxies before us say
    bool through_stranger = false;        // somebody passed it on whom the configuration does not name
    std::string client_certificate = {};  // SHA-256 of the one that the client proved to have, 64 hex digits
    log::Context context = {};            // its id and trace, once it is identified (caller.hpp)
    // "" when there is none.
    [[nodiscard]] std::string_view header(std::string_view lower_name) const;
    [[nodiscard]] std::string cookie(std::string_view name) const;
};

struct Response {
    int status = 200;
    std::string content_type;  // "" = none
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::shared_ptr<const FileBody> file = {};  // sent in the place of `body`
    Response& with(std::string name, std::string value) &;
    Response&& with(std::string name, std::string value) &&;
};

class Responder {
public:
    explicit Responder(std::function<void(Response)> send);
    void operator()(Response response) const;

private:
    struct Once;
    std::shared_ptr<Once> once_;
};

Response json_response(const ordered_json& body, int status = 200);
Response text_response(std::string_view body, int status = 200);
Response html_response(std::string body, int status = 200);
Response csv_response(std::string body, std::string_view file_name);
Response empty_response(int status);
// {"code","message","where"}; the status follows from the code.
Response error_response(const Error& error);
Response error_response(int status, std::string_view code, std::string_view message,
                        std::string_view where = {});
int status_of(std::string_view error_code);

// May stand as a header's value in any answer: printable ASCII, 1 KiB at most.
bool is_header_value(std::string_view text);

std::string http_date(Instant at);  // "Sun, 01 Mar 2026 10:00:00 GMT"

}  // namespace capbridge::server
