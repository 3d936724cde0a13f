// Credentials for clients, and one-time links for people.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/scopes.hpp"

namespace capbridge::engine {
namespace {

constexpr auto link_lives = std::chrono::minutes{15};

ordered_json or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}
ordered_json or_null(const std::optional<Instant>& at) {
    return at ? ordered_json(format_instant(*at)) : ordered_json(nullptr);
}

// Lists of credentials go to terminals.
bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == 0x7f;
}

// {name, scopes: [..], source?, certificate?} -> {name, scopes, source, key, secret}: the secret is shown
// this once; with the SHA-256 (hex) of a client certificate there is none, the certificate stands for it.
// Bound to a source (by its name), the client reads and writes only what is the source's.
Result<ordered_json> credential_add(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto name, need_text(params, "name"));
    if (std::any_of(name.begin(), name.end(), is_control))
        return fail("bad_parameter", "the name of a credential has no control characters", "/name");
    std::string source;
    if (params.contains("source")) {
        CAPBRIDGE_LET(const auto wanted, need_text(params, "source"));
        const auto row = bridge.store().sources().source(wanted);
        if (!row)
            return fail("no_such_source",
                        "there is no source '" + wanted + "' (capbridge source list shows them)", "/source");
        source = row->uuid;
    }
    const auto asked = params.value("scopes", std::vector<std::string>());
    if (asked.empty()) return fail("bad_parameter", "a credential needs at least one scope", "/scopes");
    const auto scopes = granted_scopes(asked, !source.empty());
    if (!scopes) return fail(scopes.error().code, scopes.error().message, "/scopes");
    if (params.contains("certificate")) {
        CAPBRIDGE_LET(const auto given, need_text(params, "certificate"));
        const auto certificate = lower_ascii(given);
        if (certificate.size() != 64 ||
            certificate.find_first_not_of("0123456789abcdef") != std::string::npos)
            return fail("bad_parameter", "the SHA-256 of the certificate is 64 hex digits", "/certificate");
        CAPBRIDGE_LET(const auto made, bridge.store().access().add_certified(name, *scopes, bridge.now(),
                                                                             source, certificate));
        return ordered_json{{"name", name},
                            {"scopes", *scopes},
                            {"source", or_null(get_string(params, "source"))},
                            {"key", made.row.key},
                            {"certificate", certificate}};
    }
    CAPBRIDGE_LET(const auto made,
                  bridge.store().access().add_credential(name, *scopes, bridge.now(), source));
    return ordered_json{{"name", name},
                        {"scopes", *scopes},
                        {"source", or_null(get_string(params, "source"))},
                        {"key", made.row.key},
                        {"secret", made.secret}};
}

Result<ordered_json> credential_list(Bridge& bridge, const json&, const Caller&) {
    std::map<std::string, std::string> names;
    for (auto& source : bridge.store().sources().sources()) names[source.uuid] = source.name;
    ordered_json out{{"credentials", ordered_json::array()}};
    for (const auto& c : bridge.store().access().credentials()) {
        const auto name = names.find(c.source);
        out["credentials"].push_back({{"key", c.key},
                                      {"name", c.name},
                                      {"scopes", c.scopes},
                                      {"source", or_null(name == names.end() ? c.source : name->second)},
                                      {"certificate", or_null(c.certificate)},
                                      {"created", format_instant(c.created)},
                                      {"rotated", or_null(c.rotated)},
                                      {"revoked", or_null(c.revoked)}});
    }
    return out;
}

// {key} -> {key, name, secret}: the old secret no longer fits from now on.
Result<ordered_json> credential_rotate(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto key, need_text(params, "key"));
    auto made = bridge.store().access().rotate_credential(key, bridge.now());
    if (!made) {
        auto error = made.error();
        if (error.code == "not_found" || error.code == "revoked") error.where = "/key";
        return fail(std::move(error));
    }
    return ordered_json{{"key", key}, {"name", made->row.name}, {"secret", made->secret}};
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
        {"credential.rotate", true, "access", credential_rotate},
        {"credential.revoke", true, "access", credential_revoke},
        {"login-link", true, "access", login_link},
    };
}

}  // namespace capbridge::engine
