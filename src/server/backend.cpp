// The one place where the server meets the real bridge.
#include "server/backend.hpp"

#include <algorithm>

#include <algorithm>

#include "core/base/log.hpp"

#include "core/competency/answers.hpp"
#include "core/engine/forward/report.hpp"
#include "core/engine/health_metrics.hpp"
#include "core/engine/packages.hpp"
#include "core/engine/privacy/door.hpp"
#include "core/engine/sync/report.hpp"
#include "server/live.hpp"

namespace capbridge::server {
namespace {

Observed observed(engine::Bridge& bridge) {
    auto& store = bridge.store();
    Observed out;
    out.store = store.facts();
    // In this order: what is appended meanwhile is no lag.
    out.journal = store.journal().watermark().seq;
    out.folded = store.projection().cursor();
    if (out.folded < out.journal) {
        const auto first = store.entry_at(out.folded + 1);
        out.lag_seconds = std::max(0.0, std::chrono::duration<double>(bridge.now() - first.stored).count());
    }
    return out;
}

}  // namespace

std::string prefix_of(const Backend& backend) {
    return backend.live ? backend.live->get()->edge.public_url.prefix() : std::string();
}

Backend backend_of(engine::Bridge& bridge) {
    auto& store = bridge.store();
    Backend b;
    b.run = [&bridge](std::string_view name, const json& params, const engine::Caller& caller) {
        return engine::run_operation(bridge, name, params, caller);
    };
    b.metrics = [&bridge] {
        auto out = engine::forward_metrics(bridge);
        for (auto& family : engine::sync_metrics(bridge)) out.push_back(std::move(family));
        for (auto& family : engine::health_metrics(bridge)) out.push_back(std::move(family));
        return out;
    };
    b.observe = [&bridge] { return observed(bridge); };
    b.check_certificate = [&store](std::string_view sha256) {
        return store.access().credential_of_certificate(sha256);
    };
    b.matrix_csv = [](const ordered_json& matrix) { return competency::matrix_csv(matrix); };
    b.post_statements = [&bridge](engine::Post post, std::function<void(engine::PostOutcome)> done) {
        engine::post_statements(bridge, std::move(post), std::move(done));
    };
    b.statement = [&store](std::string_view id, const std::optional<std::string>& owner) {
        return store.journal().statement(id, owner);
    };
    b.statements = [&store](const store::StatementQuery& query) { return store.journal().statements(query); };
    b.watermark = [&store] { return store.journal().watermark(); };
    b.definition_of = [&bridge](std::string_view activity) {
        return engine::definition_of_activity(bridge, activity);
    };
    b.names_of = [&store](std::string_view agent_key) { return store.journal().names_of(agent_key); };
    b.attachments_of = [&store](std::int64_t seq) { return store.journal().attachments_of(seq); };
    b.documents = &store.documents();
    b.is_erased = [&bridge](const std::string& agent_key) { return engine::is_barred(bridge, agent_key); };
    b.attachments = &store.attachments();
    b.packages = &store.packages();
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
    b.refused = [&bridge](engine::Refusal refusal) {
        // A name that is no key may be a person's, typed in the wrong place.
        const auto known = bridge.store().access().credentials();
        if (std::none_of(known.begin(), known.end(),
                         [&](const auto& one) { return one.key == refusal.credential; }))
            refusal.credential.clear();
        bridge.refusals.note(bridge, std::move(refusal));
    };
    b.happened = [&bridge](const engine::Caller& caller, std::string_view what) {
        if (const auto told = engine::audit_event(bridge, caller, what); !told)
            log::error("audit.not_written", {{"code", told.error().code}});
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
