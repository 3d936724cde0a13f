// Access on SQLite. Secrets and tokens are 256 random bits, so one salted SHA-256 is enough: nobody can try
// them out, and a slow password hash would only make every request slow.
#pragma once
#include "core/store/access.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

class SqliteAccess final : public Access {
public:
    explicit SqliteAccess(Connections& connections) : connections_(connections) {}

    Result<NewCredential> add_credential(std::string_view name, const std::vector<std::string>& scopes,
                                         Instant now) override;
    std::vector<CredentialRow> credentials() override;
    Status revoke_credential(std::string_view key, Instant now) override;
    std::optional<CredentialRow> check_credential(std::string_view key, std::string_view secret) override;
    Result<std::string> add_login_link(Instant expires) override;
    std::optional<std::string> redeem_login_link(std::string_view token, Instant now,
                                                 Instant session_expires) override;
    bool check_session(std::string_view token, Instant now) override;
    Status end_session(std::string_view token) override;

private:
    Connections& connections_;
};

}  // namespace capbridge::store
