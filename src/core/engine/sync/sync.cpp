#include "core/engine/sync/sync.hpp"

#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "core/base/log.hpp"
#include "core/engine/intake.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/sync/guard.hpp"
#include "core/engine/sync/guarded_stream.hpp"
#include "core/engine/sync/memory.hpp"
#include "core/engine/sync/outcome.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t rejected_shown = 20;

double dice() {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

class Syncing {
public:
    Syncing(Bridge& bridge, store::SourceRow source, SourceOptions options, const SyncRequest& request,
            const Caller& caller)
        : bridge_(bridge),
          source_(std::move(source)),
          options_(std::move(options)),
          request_(request),
          caller_(caller),
          state_(state_of(bridge, source_, options_)),
          answers_(answers()) {}

    Result<ordered_json> run() {
        CAPBRIDGE_TRY(check_answer());
        if (state_.stopped == "quarantined" && !request_.dry_run)
            return fail("quarantined", "the adapter of " + source_.name + " failed " +
                                           std::to_string(state_.crashes) +
                                           " times in a row and is not run any more (last: " + state_.error +
                                           "). When it is mended: capbridge source resume " + source_.name);
        CAPBRIDGE_LET(const auto slot, bridge_.syncing.slot(bridge_.stopping));
        SyncEnd end;
        end.began = bridge_.now();
        end.full = full_ = request_.full || source_.cursor.empty() ||
                           options_.schedule.full_due(state_.last_full, end.began);
        auto answer = with_run();
        if (request_.dry_run) return answer;
        if (!answer) end.error = answer.error();
        end.details = details_;
        end.answered = answers_;
        end.kept_to_gap = kept_to_gap_;
        end.nothing_usable = !usable_;
        end.brought = brought_;
        end.now = bridge_.now();
        end.full = full_;
        end.dice = dice();
        const auto state = state_after(state_, end, options_, source_.uuid);
        const auto kept = bridge_.store().sources().put_source_state(source_.uuid, state);
        if (!kept && answer) return fail(kept.error());
        bridge_.syncing.changed();
        if (!answer) {
            log::error("sync_failed", {{"source", source_.name},
                                       {"code", answer.error().code},
                                       {"in_a_row", std::to_string(state.failures)},
                                       {"state", !state.held.empty() ? "held" : state.stopped}});
        }
        return answer;
    }

private:
    // Read under the hold: of two who say yes at once the second says it to what holds the source then.
    Status check_answer() const {
        if (!request_.answers) return {};
        const bool other = !request_.held.empty() && state_.held != request_.held;
        const auto now = hold_code(state_.held, state_.details);
        if (!state_.held.empty() && !other && (request_.yes.empty() || request_.yes == now)) return {};
        const auto what = state_.held.empty() ? "nothing holds it"
                          : other             ? "what waits is " + state_.held
                                              : "what waits is " + state_.held + " " + now;
        return fail("not_held", "nothing of source " + source_.name + " waits for a yes" +
                                    (request_.held.empty() ? "" : " about " + request_.held) +
                                    (request_.yes.empty() ? "" : " to " + request_.yes) + "; " + what +
                                    " (capbridge source show " + source_.name + ")");
    }

    Result<ordered_json> with_run() {
        auto adapter = bridge_.adapters()->find(source_.adapter);
        if (!adapter) return fail(adapter.error());
        store::RunRow run;
        run.kind = "sync";
        run.source = source_.name;
        run.adapter = adapter->id;
        run.adapter_version = adapter->version;
        run.adapter_sha256 = adapter->sha256;
        run.who = caller_.who;
        run.what = "sync of " + source_.name;
        run.cursor_before = source_.cursor;
        if (!request_.dry_run)
            return in_run(bridge_, run, [&](store::RunRow& row) { return pull_into(row); });
        CAPBRIDGE_LET(auto out, pull_into(run));
        out["dry_run"] = true;
        return out;
    }

    Result<ordered_json> pull_into(store::RunRow& row) {
        auto& sources = bridge_.store().sources();
        StoredMemory stored(sources, source_.uuid);
        BorrowedMemory borrowed(sources, source_.uuid);
        SourceMemory& memory = request_.dry_run ? static_cast<SourceMemory&>(borrowed) : stored;
        auto settings = settings_of(source_, options_, &memory, accepted_settings());
        settings.cassette = request_.cassette;
        settings.cassette_folder = request_.cassette_folder;
        CAPBRIDGE_LET(auto opened, bridge_.adapters()->open(settings));

        Intake intake(bridge_, source_, row.id, caller_.progress, intake_options());
        GuardedStream stream(bridge_, intake, source_.name);
        auto pulled = opened->pull(full_ ? "" : source_.cursor, stream, bridge_.stopping);
        if (!pulled && pulled.error().code == "adapter_bad_cursor" && !full_) {
            // The source no longer knows where we stopped: from the beginning; known facts are no-ops.
            log::warn("cursor_refused", {{"source", source_.name}});
            full_ = true;
            CAPBRIDGE_LET(opened, bridge_.adapters()->open(settings));
            pulled = opened->pull({}, stream, bridge_.stopping);
        }
        if (pulled) {
            pulled = finish(intake, stream);
        } else if (intake.gap() && is_held_code(pulled.error().code)) {
            // What came before the gap is whole. A guard that holds it stands before the gap.
            if (auto before = finish(intake, stream); !before) {
                pulled = std::move(before);
            } else {
                kept_to_gap_ = true;
                answers_.hits.clear();  // used: what comes behind the gap is seen by nobody yet
            }
        }
        if (const auto& gap = intake.gap()) details_ = gap->to_json();
        if (const auto& held = intake.held()) details_ = held->to_json();
        const auto counts = intake.counts().to_json();
        row.counts = counts.dump();
        brought_ = (pulled || kept_to_gap_) && intake.brought_something();
        if (!pulled) return fail(pulled.error());
        const auto& c = intake.counts();
        usable_ = c.read > c.rejected;
        if (c.rejected > 0 && !usable_) return nothing_usable(row.id);
        auto out = answer_of(counts, row.id, opened->too_young());
        if (request_.dry_run) out["examples"] = intake.examples();
        return out;
    }

    // Others have their turn between slices of it. Who people are is said by one source at a time, or two
    // would make one person twice.
    Status finish(Intake& intake, GuardedStream& stream) {
        std::optional<SyncBoard::Hold> people;
        if (intake.spoke_of_people()) {
            CAPBRIDGE_LET(auto hold, bridge_.syncing.hold("/people", source_.name, bridge_.stopping,
                                                          [](const std::string&) {}));
            people.emplace(std::move(hold));
            CAPBRIDGE_TRY(bridge_.project());
        }
        {
            CAPBRIDGE_LET(auto turn, stream.turn());
            CAPBRIDGE_TRY(intake.finish([&] { return stream.give_way(turn); }));
        }
        return people ? bridge_.project() : Status{};
    }

    // What was said yes to before, and now: a yes to what holds the source is none to what stands behind it,
    // nor to worse than was seen.
    Answers answers() const {
        const auto details = json::parse(state_.details, nullptr, false);
        auto out = Answers::read(details);
        if (request_.accept && !state_.held.empty()) out.add(state_.held, details);
        return out;
    }

    // The adapter is told by the gap's key. An earlier gap lies before the cursor by now, or no checkpoint
    // came between the two.
    json accepted_settings() const {
        return answers_.gaps.empty() ? json::object() : json{{"accept_gap", answers_.gaps.back().key}};
    }

    IntakeOptions intake_options() const {
        IntakeOptions out;
        out.full = full_;
        out.dry_run = request_.dry_run;
        out.accepted = answers_.hits;
        out.accepted_gaps = answers_.gaps;
        const bool shows_all = request_.accept && request_.dry_run && state_.held.empty();
        out.accept_fall = out.accept_leavers = shows_all;
        out.fall_at_most = options_.guards.fall;
        out.leavers_at_most = options_.guards.leavers;
        return out;
    }

    // Without the values that were left out of records which were taken (run.show has them).
    std::vector<store::RejectedRow> rejected_of(std::int64_t run) {
        auto rows = bridge_.store().sources().rejected(run);
        std::erase_if(rows, [](const auto& row) { return row.code == left_out_code; });
        return rows;
    }

    tl::unexpected<Error> nothing_usable(std::int64_t run) {
        const auto first = rejected_of(run);
        return fail(
            "nothing_usable",
            "nothing of what was read could be used" +
                (first.empty() ? std::string() : "; first: " + first[0].where + ": " + first[0].message) +
                " (capbridge run show " + std::to_string(run) + " has them all)");
    }

    ordered_json answer_of(const ordered_json& counts, std::int64_t run, std::size_t too_young) {
        ordered_json out{{"source", source_.name},
                         {"full", full_},
                         {"counts", counts},
                         {"rejected", ordered_json::array()}};
        if (too_young > 0) out["too_young"] = too_young;
        const auto rejected = rejected_of(run);
        for (std::size_t i = 0; i < rejected.size() && i < rejected_shown; ++i) {
            out["rejected"].push_back(
                {{"where", rejected[i].where}, {"code", rejected[i].code}, {"message", rejected[i].message}});
        }
        return out;
    }

    Bridge& bridge_;
    const store::SourceRow source_;
    const SourceOptions options_;
    const SyncRequest request_;
    const Caller& caller_;
    const store::SourceStateRow state_;
    Answers answers_;
    bool full_ = false, usable_ = false, kept_to_gap_ = false, brought_ = false;
    ordered_json details_ = nullptr;
};

ordered_json error_answer(const std::string& source, const Error& error) {
    return {{"source", source}, {"error", {{"code", error.code}, {"message", error.message}}}};
}

ordered_json instant_json(const std::optional<Instant>& at) {
    return at ? ordered_json(format_instant(*at)) : ordered_json(nullptr);
}

}  // namespace

Result<ordered_json> sync_source(Bridge& bridge, const std::string& name, const SyncRequest& request,
                                 const Caller& caller) {
    if (bridge.adapters() == nullptr) return fail("internal", "this process has no adapters");
    CAPBRIDGE_LET(const auto hold, hold_source(bridge, name, "sync", caller));
    auto source = bridge.store().sources().source(name);
    if (!source) return fail("not_found", "there is no source '" + name + "' (capbridge source list)");
    if (source->adapter == no_adapter)
        return fail("no_adapter", "nothing is read from source " + name +
                                      ": completions are posted to it (docs/completions.md)");
    CAPBRIDGE_LET(auto options, options_of(*source));
    return Syncing(bridge, std::move(*source), std::move(options), request, caller).run();
}

Result<ordered_json> sync_sources(Bridge& bridge, const std::vector<std::string>& names,
                                  const SyncRequest& request, const Caller& caller) {
    std::vector<ordered_json> answers(names.size());
    std::atomic<std::size_t> next{0}, failed{0};
    std::mutex telling;
    const Caller together{caller.who, [&](std::string_view what, std::size_t done, std::size_t total) {
                              const std::lock_guard lock(telling);
                              caller.progress(what, done, total);
                          }};
    const auto work = [&] {
        for (auto i = next++; i < names.size(); i = next++) {
            Result<ordered_json> done = fail("internal", "the sync did not answer");
            try {
                done = sync_source(bridge, names[i], request, together);
            } catch (const std::exception& e) {  // a store that cannot be read
                done = fail("store_io", std::string("the store cannot be read: ") + e.what());
            }
            failed += done ? 0 : 1;
            answers[i] = done ? std::move(*done) : error_answer(names[i], done.error());
        }
    };
    std::vector<std::thread> others;
    const auto parallel = static_cast<std::size_t>(bridge.syncing.parallel());
    while (others.size() + 1 < std::min(parallel, names.size())) others.emplace_back(work);
    work();
    for (auto& thread : others) thread.join();
    if (bridge.stopping && failed > 0) return fail("stopping", "the bridge is stopping");
    return ordered_json{{"syncs", answers}, {"failed", failed.load()}};
}

store::SourceStateRow state_of(Bridge& bridge, const store::SourceRow& source, const SourceOptions& options) {
    const auto stored = bridge.store().sources().source_state(source.uuid);
    auto state = believable(stored, options.schedule, bridge.now(), source.uuid);
    if (state == stored) return state;
    log::warn("clock_was_ahead",
              {{"source", source.name},
               {"was_due", stored.next_due ? format_instant(*stored.next_due) : std::string("-")},
               {"is_due", state.next_due ? format_instant(*state.next_due) : std::string("-")}});
    return state;
}

ordered_json sync_state_json(Bridge& bridge, const store::SourceRow& source) {
    const auto state = bridge.store().sources().source_state(source.uuid);
    const auto options = options_of(source);
    const auto work = bridge.syncing.at_work();
    const auto now = work.find(source.name);
    ordered_json out;
    out["state"] = now != work.end()        ? "at work"
                   : !state.stopped.empty() ? "stopped"
                   : !state.held.empty()    ? "held"
                   : state.failures > 0     ? "failing"
                   : state.last_ok          ? "ok"
                                            : "new";
    if (now != work.end()) out["at_work"] = {{"what", now->second.what}, {"read", now->second.done}};
    out["last_try"] = instant_json(state.last_try);
    out["last_ok"] = instant_json(state.last_ok);
    out["last_full"] = instant_json(state.last_full);
    out["last_new"] = instant_json(state.last_new);
    out["without_new"] = options && is_without_new(state, *options, bridge.now());
    out["next_due"] = options ? instant_json(due_at(state, options->schedule, bridge.now(), source.uuid))
                              : ordered_json(nullptr);
    out["failures"] = state.failures;
    out["error"] = nullptr;
    if (!state.error_code.empty()) out["error"] = {{"code", state.error_code}, {"message", state.error}};
    out["stopped"] = state.stopped.empty() ? ordered_json(nullptr) : ordered_json(state.stopped);
    out["held"] = nullptr;
    if (!state.held.empty()) {
        auto details = ordered_json::parse(state.details.empty() ? "null" : state.details);
        auto answered = ordered_json::array();
        if (details.is_object() && details.contains("answered")) {
            answered = details["answered"];
            details.erase("answered");
        }
        out["held"] = {{"code", state.held},
                       {"yes", hold_code(state.held, state.details)},
                       {"details", std::move(details)},
                       {"answered", std::move(answered)}};
    }
    return out;
}

}  // namespace capbridge::engine
