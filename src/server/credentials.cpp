#include "server/credentials.hpp"

#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "server/backend.hpp"
#include "server/live.hpp"

namespace capbridge::server {
namespace {

bool is_bearer(std::string_view authorization) {
    return lower_ascii(authorization.substr(0, 7)) == "bearer ";
}

Response unauthorised(const Request& request, std::string_view message) {
    auto response = error_response(401, "unauthorised", message);
    // The page asks with this header: Basic would make the browser put up a password box that nobody can fill
    // in.
    const bool from_page = !request.header("x-capbridge-page").empty();
    if (is_bearer(request.header("authorization"))) {  // RFC 6750, 3
        return std::move(response).with("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    }
    response.with("WWW-Authenticate",
                  from_page ? "Session realm=\"capbridge\"" : "Basic realm=\"capbridge\", charset=\"UTF-8\"");
    return response;
}

// What follows the scheme, when the header has it.
std::optional<std::string> after_scheme(std::string_view authorization, std::string_view scheme) {
    if (lower_ascii(authorization.substr(0, scheme.size())) != scheme) return std::nullopt;
    return trim(authorization.substr(scheme.size()));
}

std::optional<Principal> by_basic(const Backend& backend, std::string_view encoded) {
    const auto pair = from_base64(encoded);
    if (!pair) return std::nullopt;
    const auto colon = pair->find(':');
    if (colon == std::string::npos || !is_utf8(*pair)) return std::nullopt;
    const auto row = backend.check_credential(std::string_view(*pair).substr(0, colon),
                                              std::string_view(*pair).substr(colon + 1));
    if (!row) return std::nullopt;
    return Principal{"credential:" + row->key, row->key, row->scopes, row->source};
}

// A browser shows its certificate by itself, also for a page of somebody else: what comes from one does not
// count.
bool shows_certificate(const Request& request) {
    return !request.client_certificate.empty() && request.header("origin").empty() &&
           request.header("sec-fetch-site").empty();
}

std::optional<Principal> by_certificate(const Backend& backend, const std::string& sha256) {
    const auto row = backend.check_certificate ? backend.check_certificate(sha256) : std::nullopt;
    if (!row) return std::nullopt;
    return Principal{"credential:" + row->key, row->key, row->scopes, row->source};
}

std::optional<Principal> by_token(const Backend& backend, std::string_view token) {
    const auto live = backend.live ? backend.live->get() : nullptr;
    const auto& check_token = live ? live->check_token : backend.check_token;
    if (!check_token) return std::nullopt;
    auto found = check_token(token);
    if (!found) return std::nullopt;
    return Principal{found->who, found->who, std::move(found->scopes), std::move(found->source)};
}

std::optional<Principal> by_authorization(const Backend& backend, std::string_view authorization) {
    if (const auto encoded = after_scheme(authorization, "basic ")) return by_basic(backend, *encoded);
    if (const auto token = after_scheme(authorization, "bearer ")) return by_token(backend, *token);
    return std::nullopt;
}

// Whatever a client sent as the name: for whoever looks it up.
std::string claimed_key(std::string_view authorization) {
    const auto encoded = after_scheme(authorization, "basic ");
    const auto pair = encoded ? from_base64(*encoded) : std::nullopt;
    return pair ? pair->substr(0, pair->find(':')) : std::string();
}

bool is_ours(std::string_view scope) {  // not xAPI's
    return scope == "read" || scope == "admin" || scope == "attest" || scope == "metrics" || scope == "audit";
}

}  // namespace

bool Principal::may(std::span<const std::string> any_of) const {
    return std::any_of(any_of.begin(), any_of.end(), [&](const auto& scope) {
        // What is bound shares its source with others: there is no "mine" that it could read.
        if (!source.empty() && (is_ours(scope) || scope == "statements/read/mine")) return false;
        return std::any_of(scopes.begin(), scopes.end(),
                           [&](const auto& has) { return has == "all" || has == scope; });
    });
}

bool brings_no_credential(const Request& request, bool for_session) {
    return request.header("authorization").empty() && !shows_certificate(request) &&
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

Admission admit(const Backend& backend, const Request& request, std::span<const std::string> scopes,
                bool for_session) {
    Principal principal;
    if (const auto authorization = request.header("authorization"); !authorization.empty()) {
        auto found = by_authorization(backend, authorization);
        if (!found)
            return {{},
                    unauthorised(request,
                                 "The key or the secret is wrong, the credential was revoked, or the "
                                 "token does not hold."),
                    claimed_key(authorization)};
        principal = std::move(*found);
    } else if (for_session && (request.method == "GET" || request.method == "HEAD") &&
               has_session(backend, request)) {
        principal = {"session", "", {"read"}, {}};
    } else if (shows_certificate(request)) {
        auto found = by_certificate(backend, request.client_certificate);
        if (!found)
            return {{},
                    unauthorised(request,
                                 "No credential belongs to the client certificate: `capbridge credential "
                                 "add NAME --scope SCOPE --certificate FILE` makes one.")};
        principal = std::move(*found);
    } else {
        return {{}, no_credential(request)};
    }
    if (!principal.may(scopes)) {
        return {{},
                error_response(
                    403, "forbidden",
                    "The credential needs the scope " + join({scopes.begin(), scopes.end()}, " or ") + "."),
                principal.key};
    }
    return {std::move(principal), {}};
}

std::string session_cookie_of(const Backend& backend, const Request& request, std::string_view token,
                              long seconds) {
    std::string cookie =
        std::string(session_cookie) + "=" + std::string(token) + "; Path=" + prefix_of(backend) +
        "/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(token.empty() ? 0 : seconds);
    if (request.over_tls || (backend.live && backend.live->get()->edge.public_url.is_https()))
        cookie += "; Secure";
    return cookie;
}

}  // namespace capbridge::server
