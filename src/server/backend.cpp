// The one place where the server meets the real bridge.
#include "server/backend.hpp"

#include "core/base/log.hpp"

#include "core/competency/answers.hpp"

namespace capbridge::server {

Backend backend_of(engine::Bridge& bridge) {
    auto& store = bridge.store();
    Backend b;
    b.run = [&bridge](std::string_view name, const json& params, const engine::Caller& caller) {
        return engine::run_operation(bridge, name, params, caller);
    };
    b.matrix_csv = [](const ordered_json& matrix) { return competency::matrix_csv(matrix); };
    b.post_statements = [&bridge](std::string_view body, std::string_view required_id, const json& authority,
                                  const std::string& who, std::function<void(Result<engine::Posted>)> done) {
        engine::post_statements(bridge, body, required_id, authority, who, std::move(done));
    };
    b.statement = [&store](std::string_view id) { return store.journal().statement(id); };
    b.statements = [&store](const store::StatementQuery& query) { return store.journal().statements(query); };
    b.watermark = [&store] { return store.journal().watermark(); };
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
    return start_server(backend_of(bridge), options);
}

}  // namespace capbridge::server
