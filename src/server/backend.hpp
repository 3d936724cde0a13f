// What the HTTP edge and the admin socket need of the bridge, as functions: tests put their own in their
// place. Every function may be called from several threads at once.
#pragma once
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>  // functions take json by value
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/metrics.hpp"
#include "core/engine/operations.hpp"
#include "core/engine/statements.hpp"
#include "server/http_server.hpp"
#include "server/readiness.hpp"
#include "server/server.hpp"

namespace capbridge::server {

struct Backend {
    std::function<Result<ordered_json>(std::string_view name, const json& params,
                                       const engine::Caller& caller)>
        run;
    std::function<std::string(const ordered_json& matrix)> matrix_csv;
    std::function<std::vector<engine::MetricFamily>()> metrics;  // of sources and targets, for GET /metrics
    std::function<Observed()> observe = {};                      // null: there is nothing to see
    std::function<std::optional<store::CredentialRow>(std::string_view sha256)> check_certificate = {};

    std::function<void(engine::Post post, std::function<void(engine::PostOutcome)> done)> post_statements;
    // Only of the owner, when one is given.
    std::function<std::optional<store::StatementRow>(std::string_view id,
                                                     const std::optional<std::string>& owner)>
        statement;
    std::function<std::vector<store::StatementRow>(const store::StatementQuery& query)> statements;
    std::function<store::Journal::Watermark()> watermark;
    std::function<std::optional<std::string>(std::string_view activity)> definition_of;
    std::function<std::vector<std::string>(std::string_view agent_key)> names_of;
    std::function<std::vector<std::string>(std::int64_t seq)> attachments_of;
    store::Documents* documents = nullptr;
    std::function<bool(const std::string& agent_key)> is_erased = {};  // what is put for them is not kept
    store::Attachments* attachments = nullptr;
    store::Packages* packages = nullptr;
    std::uint64_t most_package_bytes = std::uint64_t{2} << 30;  // of an upload

    std::function<std::optional<store::CredentialRow>(std::string_view key, std::string_view secret)>
        check_credential;
    CheckToken check_token;  // of OAuth 2 bearer tokens; null: no issuer is configured
    // The session token, when the link is good.
    std::function<std::optional<std::string>(std::string_view token, Instant now, Instant session_expires)>
        redeem_login_link;
    std::function<bool(std::string_view token, Instant now)> check_session;
    std::function<void(std::string_view token)> end_session;

    Edge edge = {};
    std::string version = "unknown";
    std::shared_ptr<const Live> live = {};  // what changes while the server runs; null: what stands above
    // For the audit; null: it is not told.
    std::function<void(engine::Refusal refusal)> refused;
    std::function<void(const engine::Caller& caller, std::string_view what)> happened;

    std::function<Instant()> now;
    std::string iri_base;  // homePage of the authority that a credential's statements get
};

Backend backend_of(engine::Bridge& bridge);
// What Server::start does once it has the functions.
Result<std::unique_ptr<Server>> start_server(Backend backend, const Options& options,
                                             const HttpLimits& limits = {});

}  // namespace capbridge::server
