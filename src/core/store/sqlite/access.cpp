#include "core/store/sqlite/access.hpp"

#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::store {
namespace {

constexpr std::size_t secret_bytes = 32;

std::string secret_hash(std::string_view salt, std::string_view secret) {
    return sha256(std::string(salt) + std::string(secret));
}

// Tokens are looked up by their hash, so they have no salt.
std::string token_hash(std::string_view token) {
    return sha256("capbridge token " + std::string(token));
}

constexpr std::size_t salt_bytes = 16;
constexpr std::string_view select_credential =
    "select credential.key, name, scopes, created, revoked, source, rotated, salt, hash, "
    "coalesce(certificate, '') "
    "from credential left join credential_certificate using (key) ";

CredentialRow credential_row(const Query& rows) {
    CredentialRow row;
    row.key = rows.text(0);
    row.name = rows.text(1);
    row.scopes = split(rows.text(2), ' ');
    row.created = rows.instant(3);
    if (!rows.is_null(4)) row.revoked = rows.instant(4);
    row.source = rows.text(5);
    if (!rows.is_null(6)) row.rotated = rows.instant(6);
    row.certificate = rows.text(9);
    return row;
}

// Keys are typed on command lines, where what begins with a dash is an option.
std::string new_key() {
    for (;;) {
        auto key = random_token(12);
        if (key.front() != '-' && key.front() != '_') return key;
    }
}

}  // namespace

std::shared_ptr<const SqliteAccess::KnownByKey> SqliteAccess::known() {
    // Held while reading too: a change that commits meanwhile then forgets what was read before it.
    const std::lock_guard lock(mutex_);
    if (known_) return known_;
    auto read = std::make_shared<KnownByKey>();
    auto database = connections_.readers.lease();
    auto rows = database->query(select_credential);
    while (rows.step()) {
        Known one{credential_row(rows), std::string(rows.blob(7)), std::string(rows.blob(8))};
        auto key = one.row.key;
        read->emplace(std::move(key), std::move(one));
    }
    known_ = std::move(read);
    return known_;
}

Status SqliteAccess::change(Writer::Job job) {
    auto status = connections_.write(std::move(job));
    const std::lock_guard lock(mutex_);
    known_.reset();
    return status;
}

Result<NewCredential> SqliteAccess::add_credential(std::string_view name,
                                                   const std::vector<std::string>& scopes, Instant now,
                                                   std::string_view source) {
    NewCredential out;
    out.row = {new_key(), std::string(name), scopes, now, std::nullopt, std::string(source), {}, {}};
    out.secret = random_token(secret_bytes);
    const auto salt = random_bytes(salt_bytes);
    CAPBRIDGE_TRY(change([&](Writing& writing) -> Status {
        writing.database
            .query(
                "insert into credential(key, org, name, scopes, salt, hash, created, source) values (?1, ?2, "
                "?3, ?4, ?5, ?6, ?7, ?8)")
            .bind(out.row.key, own_organisation, name, join(scopes, " "), Blob{salt},
                  Blob{secret_hash(salt, out.secret)}, now, source)
            .run();
        return {};
    }));
    return out;
}

Result<NewCredential> SqliteAccess::add_certified(std::string_view name,
                                                  const std::vector<std::string>& scopes, Instant now,
                                                  std::string_view source, std::string_view certificate) {
    NewCredential out;
    out.row = {new_key(),    std::string(name),   scopes, now,
               std::nullopt, std::string(source), {},     std::string(certificate)};
    const auto salt = random_bytes(salt_bytes);
    CAPBRIDGE_TRY(change([&](Writing& writing) -> Status {
        auto& database = writing.database;
        // One that was revoked gives its certificate back.
        database
            .query(
                "delete from credential_certificate where certificate = ?1 and key in "
                "(select key from credential where revoked is not null)")
            .bind(certificate)
            .run();
        {
            auto rows = database.query("select key from credential_certificate where certificate = ?1");
            rows.bind(certificate);
            if (rows.step())
                return fail("conflict", "The credential " + rows.string(0) +
                                            " has this certificate: revoke it first, or use another one.");
        }
        // Its hash is of a secret that nobody was told.
        database
            .query(
                "insert into credential(key, org, name, scopes, salt, hash, created, source) values "
                "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .bind(out.row.key, own_organisation, name, join(scopes, " "), Blob{salt},
                  Blob{random_bytes(secret_bytes)}, now, source)
            .run();
        database.query("insert into credential_certificate(certificate, key) values (?1, ?2)")
            .bind(certificate, out.row.key)
            .run();
        return {};
    }));
    return out;
}

std::optional<CredentialRow> SqliteAccess::credential_of_certificate(std::string_view certificate) {
    const auto all = known();
    for (const auto& [key, one] : *all) {  // a fingerprint is no secret: there is nothing to time here
        if (one.row.certificate == certificate && !certificate.empty() && !one.row.revoked) return one.row;
    }
    return std::nullopt;
}

Result<NewCredential> SqliteAccess::rotate_credential(std::string_view key, Instant now) {
    NewCredential out;
    out.secret = random_token(secret_bytes);
    const auto salt = random_bytes(salt_bytes);
    CAPBRIDGE_TRY(change([&](Writing& writing) -> Status {
        {
            auto rows = writing.database.query(std::string(select_credential) + "where credential.key = ?1");
            rows.bind(key);
            if (!rows.step()) return fail("not_found", "There is no credential of this key.");
            out.row = credential_row(rows);
        }
        if (out.row.revoked) return fail("revoked", "The credential was revoked: add another one instead.");
        if (!out.row.certificate.empty())
            return fail("conflict",
                        "A certificate stands for this credential, it has no secret: add one for the "
                        "new certificate, and revoke this one.");
        out.row.rotated = now;
        writing.database.query("update credential set salt = ?2, hash = ?3, rotated = ?4 where key = ?1")
            .bind(key, Blob{salt}, Blob{secret_hash(salt, out.secret)}, now)
            .run();
        return {};
    }));
    return out;
}

std::vector<CredentialRow> SqliteAccess::credentials() {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_credential) + "order by created, credential.key");
    std::vector<CredentialRow> out;
    while (rows.step()) out.push_back(credential_row(rows));
    return out;
}

Status SqliteAccess::revoke_credential(std::string_view key, Instant now) {
    return change([&](Writing& writing) -> Status {
        // The first revocation keeps its date.
        writing.database.query("update credential set revoked = coalesce(revoked, ?2) where key = ?1")
            .bind(key, now)
            .run();
        if (writing.database.changes() == 0) return fail("not_found", "There is no credential of this key.");
        return {};
    });
}

std::optional<CredentialRow> SqliteAccess::check_credential(std::string_view key, std::string_view secret) {
    static const Known nobody{{}, std::string(salt_bytes, '\0'), std::string(32, '\0')};
    const auto all = known();
    const auto found = all->find(std::string(key));
    // As much work for a key that is not there, or no longer, as for one that is.
    const auto& one = found == all->end() ? nobody : found->second;
    const bool fits = equal_in_constant_time(secret_hash(one.salt, secret), one.hash);
    if (!fits || found == all->end() || one.row.revoked) return std::nullopt;
    return one.row;
}

Result<std::string> SqliteAccess::add_login_link(Instant expires) {
    auto token = random_token(secret_bytes);
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        writing.database.query("insert into login_link(hash, org, expires) values (?1, ?2, ?3)")
            .bind(Blob{token_hash(token)}, own_organisation, expires)
            .run();
        return {};
    }));
    return token;
}

std::optional<std::string> SqliteAccess::redeem_login_link(std::string_view token, Instant now,
                                                           Instant session_expires) {
    std::optional<std::string> session;
    const auto status = connections_.write([&](Writing& writing) -> Status {
        auto& database = writing.database;
        database.query("delete from login_link where expires <= ?1").bind(now).run();
        database.query("delete from session where expires <= ?1").bind(now).run();
        database.query("delete from login_link where hash = ?1").bind(Blob{token_hash(token)}).run();
        if (database.changes() == 0) return {};
        session = random_token(secret_bytes);
        database.query("insert into session(hash, org, expires) values (?1, ?2, ?3)")
            .bind(Blob{token_hash(*session)}, own_organisation, session_expires)
            .run();
        return {};
    });
    return status ? session : std::nullopt;
}

bool SqliteAccess::check_session(std::string_view token, Instant now) {
    auto database = connections_.readers.lease();
    return database->query("select 1 from session where hash = ?1 and expires > ?2")
        .bind(Blob{token_hash(token)}, now)
        .step();
}

Status SqliteAccess::end_session(std::string_view token) {
    return connections_.write([&](Writing& writing) -> Status {
        writing.database.query("delete from session where hash = ?1").bind(Blob{token_hash(token)}).run();
        return {};
    });
}

}  // namespace capbridge::store
