#include "server/credentials.hpp"

#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "server/backend.hpp"

namespace capbridge::server {
namespace {

Response unauthorised(const Request& request, std::string_view message) {
    auto response = error_response(401, "unauthorised", message);
    // The page asks with this header: Basic would make the browser put up a password box that nobody can fill
    // in.
    const bool from_page = !request.header("x-capbridge-page").empty();
    response.with("WWW-Authenticate",
                  from_page ? "Session realm=\"capbridge\"" : "Basic realm=\"capbridge\", charset=\"UTF-8\"");
    return response;
}

std::optional<Principal> by_basic(const Backend& backend, std::string_view authorization) {
    constexpr std::string_view scheme = "basic ";
    if (lower_ascii(authorization.substr(0, scheme.size())) != scheme) return std::nullopt;
    const auto pair = from_base64(trim(authorization.substr(scheme.size())));
    if (!pair) return std::nullopt;
    const auto colon = pair->find(':');
    if (colon == std::string::npos || !is_utf8(*pair)) return std::nullopt;
    const auto row = backend.check_credential(std::string_view(*pair).substr(0, colon),
                                              std::string_view(*pair).substr(colon + 1));
    if (!row) return std::nullopt;
    return Principal{"credential:" + row->key, row->key, row->scopes};
}

}  // namespace

bool Principal::may(std::string_view scope) const {
    return std::any_of(scopes.begin(), scopes.end(),
                       [&](const auto& has) { return has == "all" || has == scope; });
}

bool brings_no_credential(const Request& request, bool for_session) {
    return request.header("authorization").empty() &&
           (!for_session || request.cookie(session_cookie).empty());
}

Response no_credential(const Request& request) {
    return unauthorised(request,
                        "This needs a credential: Basic with the key and secret that `capbridge "
                        "credential add` gave.");
}

bool has_session(const Backend& backend, const Request& request) {
    const auto token = request.cookie(session_cookie);
    return !token.empty() && backend.check_session(token, backend.now());
}

Admission admit(const Backend& backend, const Request& request, std::string_view scope, bool for_session) {
    Principal principal;
    if (const auto authorization = request.header("authorization"); !authorization.empty()) {
        auto found = by_basic(backend, authorization);
        if (!found)
            return {{},
                    unauthorised(request, "The key or the secret is wrong, or the credential was revoked.")};
        principal = std::move(*found);
    } else if (for_session && (request.method == "GET" || request.method == "HEAD") &&
               has_session(backend, request)) {
        principal = {"session", "", {"read"}};
    } else {
        return {{}, no_credential(request)};
    }
    if (!principal.may(scope)) {
        return {{},
                error_response(403, "forbidden",
                               "The credential lacks the scope \"" + std::string(scope) + "\".")};
    }
    return {std::move(principal), {}};
}

std::string session_cookie_of(const Request& request, std::string_view token, long seconds) {
    std::string cookie =
        std::string(session_cookie) + "=" + std::string(token) +
        "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(token.empty() ? 0 : seconds);
    // Only a proxy in front of us knows that the browser came over TLS. A wrong claim costs the claimer its
    // own session.
    if (lower_ascii(request.header("x-forwarded-proto")) == "https") cookie += "; Secure";
    return cookie;
}

}  // namespace capbridge::server
