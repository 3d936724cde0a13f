// Credentials for clients, and one-time links for people.
#include <nlohmann/json.hpp>
#include <set>

#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

constexpr auto link_lives = std::chrono::minutes{15};

const std::set<std::string>& known_scopes() {
    static const std::set<std::string> scopes{"all", "statements/write", "statements/read", "read", "admin"};
    return scopes;
}

// {name, scopes: [..]} -> {key, secret}: the secret is shown this once.
Result<ordered_json> credential_add(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto name, need_text(params, "name"));
    std::vector<std::string> scopes;
    for (const auto& scope : params.value("scopes", json::array())) {
        if (!scope.is_string() || !known_scopes().contains(scope.get<std::string>())) {
            std::string known;
            for (const auto& one : known_scopes()) known += (known.empty() ? "" : ", ") + one;
            return fail("bad_parameter", "unknown scope " + scope.dump() + "; known are: " + known,
                        "/scopes");
        }
        scopes.push_back(scope.get<std::string>());
    }
    if (scopes.empty()) return fail("bad_parameter", "a credential needs at least one scope", "/scopes");
    CAPBRIDGE_LET(const auto made, bridge.store().access().add_credential(name, scopes, bridge.now()));
    return ordered_json{{"name", name}, {"scopes", scopes}, {"key", made.row.key}, {"secret", made.secret}};
}

Result<ordered_json> credential_list(Bridge& bridge, const json&, const Caller&) {
    ordered_json out{{"credentials", ordered_json::array()}};
    for (const auto& c : bridge.store().access().credentials()) {
        out["credentials"].push_back(
            {{"key", c.key},
             {"name", c.name},
             {"scopes", c.scopes},
             {"created", format_instant(c.created)},
             {"revoked", c.revoked ? ordered_json(format_instant(*c.revoked)) : ordered_json(nullptr)}});
    }
    return out;
}

// {key}
Result<ordered_json> credential_revoke(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto key, need_text(params, "key"));
    CAPBRIDGE_TRY(bridge.store().access().revoke_credential(key, bridge.now()));
    return ordered_json{{"key", key}, {"revoked", true}};
}

// {} -> {path, expires}: the caller knows the address of the daemon.
Result<ordered_json> login_link(Bridge& bridge, const json&, const Caller&) {
    const auto expires = bridge.now() + link_lives;
    CAPBRIDGE_LET(const auto token, bridge.store().access().add_login_link(expires));
    return ordered_json{{"path", "/login/" + token}, {"expires", format_instant(expires)}};
}

}  // namespace

std::vector<Operation> access_operations() {
    return {
        {"credential.add", true, "access", credential_add, true},
        {"credential.list", false, "access", credential_list},
        {"credential.revoke", true, "access", credential_revoke},
        {"login-link", true, "access", login_link},
    };
}

}  // namespace capbridge::engine
