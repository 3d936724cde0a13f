#include "core/engine/tokens.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/engine/scopes.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_token_bytes = 16u << 10;

tl::unexpected<Error> bad_token(std::string message) {
    return fail("bad_token", std::move(message));
}

// The claim that names the issuer, of a token that nobody has verified yet.
std::string claimed_issuer(std::string_view token) {
    const auto jws = read_jws(token);
    if (!jws) return {};
    const auto claims = parse_json(jws->payload, {.bytes = most_token_bytes, .depth = 16});
    return claims && claims->is_object() ? get_string(*claims, "iss") : std::string();
}

// A text of scopes with spaces between them (RFC 8693, 4.2), or an array of texts.
std::vector<std::string> scopes_in(const json& claims, const std::string& claim) {
    const json* value = nullptr;
    if (claim.starts_with('/')) {
        const json::json_pointer pointer(claim);  // checked in make()
        if (claims.contains(pointer)) value = &claims.at(pointer);
    } else if (const auto it = claims.find(claim); it != claims.end()) {
        value = &*it;
    }
    std::vector<std::string> out;
    if (value == nullptr) return out;
    if (value->is_string()) {
        for (auto& scope : split(value->get<std::string>(), ' ')) {
            if (!scope.empty()) out.push_back(std::move(scope));
        }
    }
    if (value->is_array()) {
        for (const auto& scope : *value) {
            if (scope.is_string()) out.push_back(scope.get<std::string>());
        }
    }
    return out;
}

bool means_the_same_everywhere(const std::string& scope) {
    return is_xapi_scope(scope) && scope != "all" && scope != "profile";
}

std::vector<std::string> mapped(const TokenIssuer& issuer, const std::vector<std::string>& theirs) {
    std::vector<std::string> ours;
    const bool bound = !issuer.source.empty();
    for (const auto& scope : theirs) {
        if (!issuer.scopes) {
            if (means_the_same_everywhere(scope) && !(bound && scope == "statements/read/mine"))
                ours.push_back(scope);
        } else if (const auto it = issuer.scopes->find(scope); it != issuer.scopes->end()) {
            ours.insert(ours.end(), it->second.begin(), it->second.end());
        }
    }
    return ours;
}

// The issuer without its scheme. The subject may be a person's name or number, so it is not shown; the same
// one always gives the same digest.
std::string who(const std::string& issuer, const std::string& subject) {
    auto name = issuer;
    if (const auto scheme = name.find("://"); scheme != std::string::npos) name.erase(0, scheme + 3);
    while (name.ends_with('/')) name.pop_back();
    return "token:" + name + "/" + sha256_hex(issuer + "\n" + subject).substr(0, 16);
}

Status check_pointer(const std::string& claim) {
    if (!claim.starts_with('/')) return {};
    try {
        static_cast<void>(json::json_pointer(claim));
    } catch (const json::exception&) {
        return fail("bad_parameter", "'" + claim + "' is not a JSON pointer");
    }
    return {};
}

}  // namespace

Result<TokenIssuers> TokenIssuers::make(std::vector<TokenIssuer> issuers) {
    TokenIssuers out;
    for (std::size_t i = 0; i < issuers.size(); ++i) {
        auto& settings = issuers[i];
        const auto at = [&](const char* member, Error error) {
            error.where = "/" + std::to_string(i) + member;
            return fail(std::move(error));
        };
        auto keys = KeySet::read(settings.keys);
        if (!keys) return at("/keys", keys.error());
        if (const auto checked = check_pointer(settings.scope_claim); !checked)
            return at("/scope_claim", checked.error());
        if (settings.scopes) {
            for (auto& [theirs, ours] : *settings.scopes) {
                auto granted = granted_scopes(ours, !settings.source.empty());
                if (!granted) return at("/scopes", granted.error());
                ours = std::move(*granted);
            }
        }
        settings.keys.clear();
        out.issuers_.push_back({std::move(settings), std::move(*keys)});
    }
    return out;
}

Result<TokenPrincipal> TokenIssuers::check_token(std::string_view token, Instant now) const {
    if (token.size() > most_token_bytes) return bad_token("The token is too long.");
    const auto claimed = claimed_issuer(token);
    Error error{"bad_token", "The token is of no issuer that is known here.", {}, 0};
    // The same issuer may be there for several audiences.
    for (const auto& [settings, keys] : issuers_) {
        if (settings.issuer != claimed) continue;
        const auto claims = keys.verify(token, settings.issuer, settings.audience, now);
        if (!claims) {
            error = claims.error();
            continue;
        }
        auto subject = get_string(*claims, "sub");
        if (subject.empty()) subject = get_string(*claims, "client_id");
        if (subject.empty()) return bad_token("The token does not say whose it is: it has no 'sub'.");
        const auto granted = granted_scopes(mapped(settings, scopes_in(*claims, settings.scope_claim)),
                                            !settings.source.empty());
        if (!granted) return fail(granted.error());
        return TokenPrincipal{who(settings.issuer, subject), *granted, settings.source};
    }
    return fail(std::move(error));
}

}  // namespace capbridge::engine
