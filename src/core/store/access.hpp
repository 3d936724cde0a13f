// Credentials (key and secret per client, scopes), one-time login links and browser sessions. Only hashes are
// stored; comparing takes constant time. Thread-safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::store {

struct CredentialRow {
    std::string key, name;
    std::vector<std::string> scopes;
    Instant created{};
    std::optional<Instant> revoked;
    std::string source = {};  // uuid of the source that it is bound to; "" when it is not
    std::optional<Instant> rotated = {};
    std::string certificate = {};  // SHA-256 (hex) of the client certificate that stands for it; "" for none
};

struct NewCredential {
    CredentialRow row;
    std::string secret;  // shown once; "" of one that a certificate stands for
};

class Access {
public:
    virtual ~Access() = default;
    virtual Result<NewCredential> add_credential(std::string_view name,
                                                 const std::vector<std::string>& scopes, Instant now,
                                                 std::string_view source = {}) = 0;
    // One that has no secret: the client proves that it has the certificate of this SHA-256 (64 hex digits).
    // Error "conflict": another credential that is not revoked has it.
    virtual Result<NewCredential> add_certified(std::string_view name, const std::vector<std::string>& scopes,
                                                Instant now, std::string_view source,
                                                std::string_view certificate) = 0;
    virtual std::optional<CredentialRow> credential_of_certificate(std::string_view certificate) = 0;
    virtual std::vector<CredentialRow> credentials() = 0;
    // A new secret for the key; the old one no longer fits. Errors "not_found", "revoked".
    virtual Result<NewCredential> rotate_credential(std::string_view key, Instant now) = 0;
    virtual Status revoke_credential(std::string_view key, Instant now) = 0;
    // The credential when key and secret fit and it is not revoked.
    virtual std::optional<CredentialRow> check_credential(std::string_view key, std::string_view secret) = 0;

    virtual Result<std::string> add_login_link(Instant expires) = 0;  // the token
    // Uses the link up and gives a session token, or nothing when the link is unknown, used or expired.
    virtual std::optional<std::string> redeem_login_link(std::string_view token, Instant now,
                                                         Instant session_expires) = 0;
    virtual bool check_session(std::string_view token, Instant now) = 0;
    virtual Status end_session(std::string_view token) = 0;  // no error when there is none
};

}  // namespace capbridge::store
