// Access on SQLite. Secrets and tokens are 256 random bits, so one salted SHA-256 is enough: nobody can try
// them out, and a slow password hash would only make every request slow. Credentials are checked with each
// request, so they are kept in memory: read by the first check and again after a change, which only the owner
// of the data directory (this process) can make.
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>

#include "core/store/access.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

class SqliteAccess final : public Access {
public:
    explicit SqliteAccess(Connections& connections) : connections_(connections) {}

    Result<NewCredential> add_credential(std::string_view name, const std::vector<std::string>& scopes,
                                         Instant now, std::string_view source) override;
    Result<NewCredential> add_certified(std::string_view name, const std::vector<std::string>& scopes,
                                        Instant now, std::string_view source,
                                        std::string_view certificate) override;
    std::optional<CredentialRow> credential_of_certificate(std::string_view certificate) override;
    Result<NewCredential> rotate_credential(std::string_view key, Instant now) override;
    std::vector<CredentialRow> credentials() override;
    Status revoke_credential(std::string_view key, Instant now) override;
    std::optional<CredentialRow> check_credential(std::string_view key, std::string_view secret) override;
    Result<std::string> add_login_link(Instant expires) override;
    std::optional<std::string> redeem_login_link(std::string_view token, Instant now,
                                                 Instant session_expires) override;
    bool check_session(std::string_view token, Instant now) override;
    Status end_session(std::string_view token) override;

private:
    struct Known {
        CredentialRow row;
        std::string salt, hash;
    };
    using KnownByKey = std::unordered_map<std::string, Known>;
    std::shared_ptr<const KnownByKey> known();
    Status change(Writer::Job job);  // of credentials: what is known is forgotten afterwards

    Connections& connections_;
    std::mutex mutex_;
    std::shared_ptr<const KnownByKey> known_;  // null: to be read
};

}  // namespace capbridge::store
