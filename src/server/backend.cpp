// The one place where the server meets the real bridge.
#include "server/backend.hpp"

#include "core/base/log.hpp"

#include "core/competency/answers.hpp"
#include "core/engine/forward/report.hpp"
#include "core/engine/sync/report.hpp"

namespace capbridge::server {

Backend backend_of(engine::Bridge& bridge) {
    auto& store = bridge.store();
    Backend b;
    b.run = [&bridge](std::string_view name, const json& params, const engine::Caller& caller) {
        return engine::run_operation(bridge, name, params, caller);
    };
    b.metrics = [&bridge] { return engine::forward_metrics(bridge) + engine::sync_metrics(bridge); };
    b.matrix_csv = [](const ordered_json& matrix) { return competency::matrix_csv(matrix); };
    b.post_statements = [&bridge](engine::Post post, std::function<void(engine::PostOutcome)> done) {
        engine::post_statements(bridge, std::move(post), std::move(done));
    };
    b.statement = [&store](std::string_view id, const std::optional<std::string>& owner) {
        return store.journal().statement(id, owner);
    };
    b.statements = [&store](const store::StatementQuery& query) { return store.journal().statements(query); };
    b.watermark = [&store] { return store.journal().watermark(); };
    b.definition_of = [&store](std::string_view activity) { return store.journal().definition_of(activity); };
    b.names_of = [&store](std::string_view agent_key) { return store.journal().names_of(agent_key); };
    b.attachments_of = [&store](std::int64_t seq) { return store.journal().attachments_of(seq); };
    b.documents = &store.documents();
    b.attachments = &store.attachments();
    b.check_credential = [&store](std::string_view key, std::string_view secret) {
        return store.access().check_credential(key, secret);
    };
    b.redeem_login_link = [&store](std::string_view token, Instant now, Instant session_expires) {
        return store.access().redeem_login_link(token, now, session_expires);
    };
    b.check_session = [&store](std::string_view token, Instant now) {
        return store.access().check_session(token, now);
    };
    b.end_session = [&store](std::string_view token) {
        if (const auto ended = store.access().end_session(token); !ended)
            log::warn("session_not_ended", {{"code", ended.error().code}});
    };
    b.now = [&bridge] { return bridge.now(); };
    b.iri_base = store.installation().iri_base;
    return b;
}

Result<std::unique_ptr<Server>> Server::start(engine::Bridge& bridge, const Options& options) {
    auto backend = backend_of(bridge);
    backend.check_token = options.check_token;
    return start_server(std::move(backend), options);
}

}  // namespace capbridge::server
