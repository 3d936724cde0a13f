#include "cli/token_issuers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace capbridge::cli {
namespace {

engine::TokenIssuer::ScopeMap scope_map(const json& scopes) {
    engine::TokenIssuer::ScopeMap out;
    for (const auto& [theirs, ours] : scopes.items()) {
        auto& granted = out[theirs];
        for (const auto& scope : ours) {
            if (scope.is_string()) granted.push_back(scope.get<std::string>());
        }
    }
    return out;
}

}  // namespace

std::vector<engine::TokenIssuer> read_token_issuers(
    const json& list,
    const std::function<std::optional<std::string>(const std::string& pointer, const std::string& path)>&
        load,
    const std::function<void(const std::string& pointer, std::string code, std::string message)>& report) {
    std::vector<engine::TokenIssuer> out;
    std::set<std::pair<std::string, std::string>> seen;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto& entry = list[i];
        if (!entry.is_object()) continue;  // told by the schema
        const auto at = "/token_issuers/" + std::to_string(i);
        engine::TokenIssuer one;
        one.issuer = get_string(entry, "issuer");
        one.audience = get_string(entry, "audience");
        one.scope_claim = get_string(entry, "scope_claim", "scope");
        one.source = get_string(entry, "source");
        if (const auto scopes = entry.find("scopes"); scopes != entry.end() && scopes->is_object())
            one.scopes = scope_map(*scopes);
        if (!one.issuer.empty() && !one.audience.empty() && !seen.insert({one.issuer, one.audience}).second)
            report(at + "/issuer", "duplicate_issuer",
                   "'" + one.issuer + "' is there twice for the audience '" + one.audience + "'");
        if (!entry.contains("keys")) continue;
        const auto path = get_string(entry, "keys");
        auto keys = load(at + "/keys", path);
        if (!keys) continue;
        one.keys = std::move(*keys);
        if (const auto made = engine::TokenIssuers::make({one}); !made) {
            const auto& error = made.error();
            const auto member = error.where.substr(std::min(error.where.size(), std::size_t{2}));
            report(at + member, error.code,
                   member == "/keys" ? "'" + path + "' is of no use: " + error.message : error.message);
            continue;
        }
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace capbridge::cli
