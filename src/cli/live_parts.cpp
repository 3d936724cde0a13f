#include "cli/live_parts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"

namespace capbridge::cli {
namespace {

// The source may be one that is only about to be put.
Status check_sources(const Configuration& next, engine::Bridge& bridge) {
    for (const auto& issuer : next.token_issuers) {
        const bool named = std::any_of(next.sources.begin(), next.sources.end(), [&](const json& source) {
            return get_string(source, "name") == issuer.source;
        });
        if (issuer.source.empty() || named || bridge.store().sources().source(issuer.source)) continue;
        return fail("no_such_source", "the issuer " + issuer.issuer + " is bound to the source '" +
                                          issuer.source + "', which there is not");
    }
    return {};
}

// Null without issuers.
Result<server::CheckToken> check_token_of(std::vector<engine::TokenIssuer> issuers, engine::Bridge& bridge) {
    if (issuers.empty()) return server::CheckToken{};
    for (auto& issuer : issuers) {
        if (issuer.source.empty()) continue;
        const auto source = bridge.store().sources().source(issuer.source);
        if (!source) return fail("no_such_source", "there is no source '" + issuer.source + "'");
        issuer.source = source->uuid;
    }
    CAPBRIDGE_LET(auto made, engine::TokenIssuers::make(std::move(issuers)));
    const auto known = std::make_shared<const engine::TokenIssuers>(std::move(made));
    return server::CheckToken([known,
                               &bridge](std::string_view token) -> std::optional<engine::TokenPrincipal> {
        auto principal = known->check_token(token, bridge.now());
        if (principal) return std::move(*principal);
        // Neither has a claim's value in it.
        log::info("token_refused", {{"code", principal.error().code}, {"why", principal.error().message}});
        return std::nullopt;
    });
}

}  // namespace

LiveParts::LiveParts(engine::Bridge& bridge)
    : bridge_(bridge), live_(std::make_shared<server::Live>(server::LiveSettings{})) {
    // What a request reads is swapped as one.
    add([this](const Configuration& next) -> Result<Commit> {
        CAPBRIDGE_TRY(check_sources(next, bridge_));
        auto unbound = next.token_issuers;
        for (auto& issuer : unbound) issuer.source.clear();
        if (!unbound.empty()) CAPBRIDGE_TRY(engine::TokenIssuers::make(std::move(unbound)));
        return Commit([this, issuers = next.token_issuers, origins = next.cors_origins,
                       most = next.most_package_bytes, edge = next.edge] {
            auto check = check_token_of(issuers, bridge_);
            // Looked at above: only a source that another command took away since can be missing.
            if (!check) log::error("tokens_not_checked", {{"why", check.error().message}});
            live_->set({server::Cors(origins), check ? std::move(*check) : server::CheckToken{}, most, edge});
        });
    });
    add([this](const Configuration& next) -> Result<Commit> {
        return Commit([this, most = next.parallel_syncs] { bridge_.syncing.set_parallel(most); });
    });
    add([this](const Configuration& next) -> Result<Commit> {
        return Commit([this, backup = next.backup] { bridge_.backups.set(backup); });
    });
}

Result<LiveParts::Commit> LiveParts::prepare(const Configuration& next) {
    std::vector<Commit> commits;
    for (const auto& part : parts_) {
        CAPBRIDGE_LET(auto commit, part(next));
        if (commit) commits.push_back(std::move(commit));
    }
    return Commit([commits = std::move(commits)] {
        for (const auto& commit : commits) commit();
    });
}

}  // namespace capbridge::cli
