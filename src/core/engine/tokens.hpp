// Bearer tokens (RFC 6750): JSON Web Tokens (RFC 7519, 9068) of configured issuers. A token is checked
// without asking anybody: its signature, audience and time tell; so it cannot be revoked before it ends.
// Immutable; thread-safe. No claim's value gets into an error or a log.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/jose.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::engine {

struct TokenIssuer {
    std::string issuer, audience;       // as the claims "iss" and "aud" have them
    std::string keys;                   // the text of its JWK Set (RFC 7517)
    std::string scope_claim = "scope";  // a claim's name, or a JSON pointer ("/realm_access/roles")
    // Their scope -> ours; what is not in it counts for nothing. Without a map xAPI's scopes count under
    // their own names, but for those that mean something else elsewhere ("profile" in OpenID Connect) or open
    // more than statements ("all").
    using ScopeMap = std::map<std::string, std::vector<std::string>>;
    std::optional<ScopeMap> scopes;
    std::string source;  // uuid of the source that its clients are bound to; "" when they are not
};

// Who sends a token.
struct TokenPrincipal {
    std::string who;  // "token:login.trust.example/3f2a90c417be5d06": the issuer, and a digest of the subject
    std::vector<std::string> scopes;
    std::string source;
};

class TokenIssuers {
public:
    // Errors "bad_key_set" and "bad_parameter" (a scope), where = "/<index>/keys" or "/<index>/scopes".
    static Result<TokenIssuers> make(std::vector<TokenIssuer> issuers);
    [[nodiscard]] bool empty() const { return issuers_.empty(); }
    // Error "bad_token". A token without any scope that counts is good, and may do nothing.
    [[nodiscard]] Result<TokenPrincipal> check_token(std::string_view token, Instant now) const;

private:
    struct Issuer {
        TokenIssuer settings;
        KeySet keys;
    };
    std::vector<Issuer> issuers_;
};

}  // namespace capbridge::engine
