#include "core/engine/write_back/push.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/sync/memory.hpp"
#include "core/engine/sync/outcome.hpp"
#include "core/engine/write_back/ledger.hpp"
#include "core/engine/write_back/plan.hpp"
#include "core/engine/write_back/push_state.hpp"
#include "core/engine/write_back/statement_feed.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t shown = 100;
constexpr std::size_t entries_counted = 1'000'000;  // by a dry run
constexpr double even_dice = 0.5;                   // one daemon pushes: there is nobody to keep apart from

class Pushing {
public:
    Pushing(Bridge& bridge, store::SourceRow source, SourceOptions options, WriteBack write_back,
            Awards awards, bool retry, const Caller& caller)
        : bridge_(bridge),
          source_(std::move(source)),
          options_(std::move(options)),
          write_back_(std::move(write_back)),
          awards_(std::move(awards)),
          caller_(caller),
          today_(day_of(bridge.now())),
          plan_(bridge_, source_, awards_, write_back_.own_evidence, retry, today_) {
        if (write_back_.statements) feed_.emplace(bridge_, source_, *write_back_.statements, retry);
    }

    ordered_json preview() {
        ordered_json out{{"source", source_.name},
                         {"dry_run", true},
                         {"awards", ordered_json::array()},
                         {"unmet", ordered_json::array()}};
        for (const auto& planned : plan_.to_push) {
            if (out["awards"].size() == shown) break;
            ordered_json one{{"person", planned.award.person},
                             {"competency", awards_.rule(planned.award).competency}};
            if (planned.key_day) one["again"] = true;
            out["awards"].push_back(std::move(one));
        }
        for (const auto& unmet : plan_.unmet) {
            if (out["unmet"].size() == shown) break;
            out["unmet"].push_back({{"person", unmet.person}, {"competency", unmet.competency}});
        }
        const auto statements = feed_ ? feed_->waiting(entries_counted) : 0;
        out["counts"] = {{"wanted", plan_.wanted},   {"to_push", plan_.to_push.size()},
                         {"same", plan_.same},       {"own", plan_.own},
                         {"waiting", plan_.waiting}, {"unmet", plan_.unmet.size()},
                         {"statements", statements}};
        return out;
    }

    Result<ordered_json> run() {
        CAPBRIDGE_TRY(plan_.settle());
        CAPBRIDGE_LET(auto first, next_item());
        if (!first) return ordered_json{{"source", source_.name}, {"counts", counts()}};
        CAPBRIDGE_LET(const auto adapter, bridge_.adapters()->find(source_.adapter));
        store::RunRow run;
        run.kind = "push";
        run.source = source_.name;
        run.adapter = adapter.id;
        run.adapter_version = adapter.version;
        run.adapter_sha256 = adapter.sha256;
        run.who = caller_.who;
        run.what = "writing back to " + source_.name;
        return in_run(bridge_, run, [&](store::RunRow& row) -> Result<ordered_json> {
            const auto pushed = push_all(std::move(*first));
            row.counts = counts().dump();
            if (!pushed) return fail(pushed.error());
            return ordered_json{{"source", source_.name}, {"counts", counts()}};
        });
    }

private:
    // Awards first, then statements; nothing when all is done.
    Result<std::optional<PushItem>> next_item() {
        for (; next_award_ < plan_.to_push.size(); ++next_award_) {
            const auto& planned = plan_.to_push[next_award_];
            auto record = awards_.record(planned.award, today_);
            if (!record) continue;
            return std::optional(
                PushItem{award_kind, planned.push_key(), std::move(*record), planned.previous});
        }
        if (!feed_) return std::optional<PushItem>{};
        CAPBRIDGE_LET(auto batch, feed_->next());
        if (!batch) return std::optional<PushItem>{};
        return std::optional(PushItem{"statements", batch->key, std::move(batch->record), nullptr});
    }

    Status push_all(PushItem first) {
        StoredMemory memory(bridge_.store().sources(), source_.uuid);
        CAPBRIDGE_LET(const auto opened, bridge_.adapters()->open(settings_of(source_, options_, &memory)));
        std::optional<PushItem> waiting = std::move(first);
        Status failed;
        const auto next = [&]() -> std::optional<PushItem> {
            if (waiting) return std::exchange(waiting, std::nullopt);
            if (!failed || bridge_.stopping) return std::nullopt;
            auto item = next_item();
            if (!item) failed = fail(item.error());
            return item ? std::move(*item) : std::nullopt;
        };
        CAPBRIDGE_TRY(opened->push(
            next, [&](const PushItem& item, const Result<json>& receipt) { return settle(item, receipt); },
            bridge_.stopping));
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        return failed;
    }

    Status settle(const PushItem& item, const Result<json>& receipt) {
        const bool refused = !receipt && (receipt.error().code == "adapter_rejected" ||
                                          receipt.error().code == "adapter_not_found");
        if (!receipt && !refused) return {};  // not about this item: it ends the pushing
        caller_.progress("writing back to " + source_.name, ++done_, 0);
        bridge_.syncing.progress(source_.name, done_);
        if (item.kind != award_kind)
            return refused ? feed_->refused(receipt.error()) : feed_->taken(*receipt);
        const auto& planned = plan_.to_push[next_award_++];
        auto row = bridge_.store()
                       .sources()
                       .push(source_.uuid, award_kind, planned.ledger_key)
                       .value_or(store::PushRow{});
        row.kind = award_kind;
        row.key = planned.ledger_key;
        auto digest = planned.digest();
        if (row.digest != digest) row.tries = 0;
        row.digest = std::move(digest);
        // The receipt of another push key says nothing about this one.
        if (planned.previous.is_null()) row.receipt.clear();
        ++(refused ? rejected_ : pushed_);
        row = refused ? refused_row(std::move(row), receipt.error(), bridge_.now())
                      : pushed_row(std::move(row), *receipt, bridge_.now());
        return bridge_.store().sources().put_push(source_.uuid, row);
    }

    [[nodiscard]] ordered_json counts() const {
        return {{"wanted", plan_.wanted},
                {"pushed", pushed_},
                {"same", plan_.same},
                {"own", plan_.own},
                {"rejected", rejected_},
                {"waiting", plan_.waiting},
                {"unmet", plan_.unmet.size()},
                {"statements", feed_ ? feed_->sent : 0},
                {"statements_rejected", feed_ ? feed_->rejected : 0}};
    }

    Bridge& bridge_;
    const store::SourceRow source_;
    const SourceOptions options_;
    const WriteBack write_back_;
    const Awards awards_;
    const Caller& caller_;
    const Day today_;
    AwardPlan plan_;
    std::optional<StatementFeed> feed_;
    std::size_t next_award_ = 0, done_ = 0;
    std::size_t pushed_ = 0, rejected_ = 0;
};

Result<ordered_json> push_now(Bridge& bridge, const store::SourceRow& source, const SourceOptions& options,
                              const WriteBack& write_back, const PushRequest& request, const Caller& caller) {
    CAPBRIDGE_LET(const auto slot, bridge.syncing.slot(bridge.stopping));
    CAPBRIDGE_TRY(bridge.project());
    CAPBRIDGE_LET(auto awards, Awards::make(bridge, write_back.awards));
    Pushing pushing(bridge, source, options, write_back, std::move(awards), request.retry, caller);
    return request.dry_run ? Result<ordered_json>(pushing.preview()) : pushing.run();
}

PushState state_after_push(PushState state, const Result<ordered_json>& answer, const WriteBack& write_back,
                           const std::string& uuid, Instant began, Instant now) {
    state.last_try = began;
    state.next_due.reset();
    if (answer) {
        const auto unmet = answer->at("counts").value("unmet", std::size_t{0});
        return {began, now, write_back.schedule.next(began, uuid), {}, {}, 0, false, unmet};
    }
    state.error_code = answer.error().code;
    state.error = answer.error().message;
    ++state.failures;
    state.stopped = ending_of(answer.error()) == Ending::configuration;
    if (!state.stopped) state.next_due = now + back_off(state.failures, answer.error(), even_dice);
    return state;
}

}  // namespace

Result<ordered_json> push_source(Bridge& bridge, const std::string& name, const PushRequest& request,
                                 const Caller& caller) {
    if (bridge.adapters() == nullptr) return fail("internal", "this process has no adapters");
    CAPBRIDGE_LET(const auto hold, hold_source(bridge, name, "push", caller));
    const auto source = bridge.store().sources().source(name);
    if (!source) return fail("not_found", "there is no source '" + name + "' (capbridge source list)");
    CAPBRIDGE_LET(const auto options, options_of(*source));
    CAPBRIDGE_LET(const auto write_back, read_write_back(options.write_back));
    if (!write_back.is_set())
        return fail("no_write_back", "source " + name + " has no 'write_back' (docs/syncing.md)");
    if (bridge.store().sources().source_state(source->uuid).stopped == "quarantined")
        return fail("quarantined",
                    "the adapter of " + name + " is quarantined; capbridge source resume " + name);
    const auto began = bridge.now();
    auto answer = push_now(bridge, *source, options, write_back, request, caller);
    if (request.dry_run || (!answer && ending_of(answer.error()) == Ending::given_up)) return answer;
    const auto state = state_after_push(read_push_state(bridge, source->uuid), answer, write_back,
                                        source->uuid, began, bridge.now());
    const auto kept = keep_push_state(bridge, source->uuid, state);
    if (!kept && answer) return fail(kept.error());
    bridge.syncing.changed();
    return answer;
}

}  // namespace capbridge::engine
