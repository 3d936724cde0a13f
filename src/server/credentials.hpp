// Who asks, and what that lets them do. Clients send Basic with the key and secret of a credential, or an
// OAuth 2 bearer token, or have shown the client certificate of a credential; the browser page has a session
// cookie, which may read and nothing else. There is no built-in credential. Reads the store: not for the io
// thread.
#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/http.hpp"

namespace capbridge::server {

struct Backend;

inline constexpr std::string_view session_cookie = "capbridge_session";

struct Principal {
    std::string who;  // "credential:<key>", "token:<issuer>/<digest>", "session", "" = nobody
    std::string key;  // of the credential; of a token: who
    std::vector<std::string> scopes;
    std::string source = {};  // uuid of the source that it is bound to, or ""
    // Has one of them. "all" may everything, but when bound to a source nothing outside xAPI.
    [[nodiscard]] bool may(std::span<const std::string> any_of) const;
    [[nodiscard]] bool may(std::initializer_list<std::string> any_of) const {
        return may(std::span(any_of.begin(), any_of.size()));
    }
};

// The caller of a request for a route, or the 401 or 403 to send. Sessions count only where `for_session` and
// for GET and HEAD: a cookie travels by itself, so it must not be able to change anything.
struct Admission {
    std::optional<Principal> principal;
    std::optional<Response> refusal;
    std::string key = {};  // of a refused credential: what the client called it, or whose it is
};
Admission admit(const Backend& backend, const Request& request, std::span<const std::string> scopes,
                bool for_session);

// Nothing in the request claims to be a credential; and the answer to that. Reads no store: for the io
// thread.
bool brings_no_credential(const Request& request, bool for_session);
Response no_credential(const Request& request);

bool has_session(const Backend& backend, const Request& request);
// The value of Set-Cookie; an empty token takes the cookie away.
std::string session_cookie_of(const Backend& backend, const Request& request, std::string_view token,
                              long seconds);

}  // namespace capbridge::server
