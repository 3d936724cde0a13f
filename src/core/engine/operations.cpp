#include "core/engine/operations.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "core/base/log.hpp"
#include "core/base/log_context.hpp"
#include "core/engine/audit.hpp"
#include "core/engine/audited_answer.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/past.hpp"
#include "core/engine/sync/outcome.hpp"

namespace capbridge::engine {

const std::vector<Operation>& operations() {
    static const auto all = [] {
        std::vector<Operation> list;
        for (auto part :
             {ask_operations,        decide_operations,      people_operations,     assign_operations,
              team_operations,       identity_questions,     identity_decisions,    merge_operations,
              source_operations,     sync_operations,        check_operations,      attest_operations,
              preview_operations,    report_operations,      learning_operations,   pack_operations,
              package_questions,     package_changes,        next_operations,       lint_operations,
              assert_operations,     product_operations,     deployment_operations, assurance_operations,
              quarantine_operations, completions_operations, run_operations,        forward_operations,
              statement_operations,  access_operations,      suggest_operations,    config_operations,
              erase_operations,      export_operations,      retention_operations,  audit_operations,
              backup_operations,     status_operations}) {
            for (auto& operation : part()) list.push_back(std::move(operation));
        }
        return list;
    }();
    return all;
}

const Operation* find_operation(std::string_view name) {
    for (const auto& operation : operations()) {
        if (operation.name == name) return &operation;
    }
    return nullptr;
}

namespace {

// A number that no whole number of ours can be (RFC 8259, 6): what reading it as one gives is undefined.
constexpr double most_exact = 9007199254740992;

std::optional<std::string> too_large(const json& params) {
    for (const auto& [name, value] : params.items()) {
        if (value.is_number_float() && std::abs(value.get<double>()) > most_exact) return name;
    }
    return std::nullopt;
}

Result<ordered_json> perform(Bridge& bridge, const Operation* operation, const json& params,
                             const Caller& caller) {
    if (const auto name = too_large(params))
        return fail("bad_parameter", "the number is larger than any that can be meant", "/" + *name);
    std::unique_lock<std::timed_mutex> turn;
    if (operation->changes && operation->scope != "access" && !operation->own_turn) {
        CAPBRIDGE_LET(turn, take_turn(bridge, caller));
    }
    try {
        if (!operation->changes && params.contains("known_at"))
            return bridge.pasts().ask(*operation, params, caller);
        if (params.contains("valid_at") && !params.contains("as_of")) {  // two names of one thing
            json named = params;
            named["as_of"] = std::move(named["valid_at"]);
            return operation->run(bridge, named, caller);
        }
        return operation->run(bridge, params, caller);
    } catch (const json::exception&) {
        return fail("bad_parameter", "a parameter is not of the kind that '" + operation->name + "' wants");
    } catch (const std::exception& e) {  // a store that cannot be read has no other way to say so
        log::error("operation_failed", {{"operation", operation->name}, {"error", e.what()}});
        return fail("store_io", std::string("the store cannot be read: ") + e.what());
    }
}

store::NewAuditEntry intent_of(Bridge& bridge, const Operation& operation, const json& params,
                               const Caller& caller) {
    auto shown = audited_parameters(bridge.store().audit(), operation.name, params);
    store::NewAuditEntry out;
    out.at = bridge.now();
    out.phase = "intent";
    out.who = caller.who;
    out.what = operation.name;
    out.subject = shown.subject.dump();
    out.from = caller.from.empty() ? "daemon" : caller.from;
    out.request = caller.request.empty() ? log::context().request : caller.request;
    out.why = caller.reason.empty() ? get_string(params, "reason") : caller.reason;
    out.details = shown.details.dump();
    return out;
}

// Of the intent, with what came of it: the run, and counts, which are numbers and nothing else.
store::NewAuditEntry outcome_of(store::NewAuditEntry intent, std::int64_t n, Instant at,
                                const Result<ordered_json>& answer) {
    intent.phase = "outcome";
    intent.of = n;
    intent.at = at;
    intent.subject = intent.details = "{}";
    intent.why.clear();
    intent.outcome = answer ? "ok" : answer.error().code;
    if (!answer || !answer->is_object()) return intent;
    if (const auto run = answer->find("run"); run != answer->end() && run->is_number_integer())
        intent.run = run->get<std::int64_t>();
    ordered_json counts = ordered_json::object();
    if (const auto found = answer->find("counts"); found != answer->end() && found->is_object()) {
        for (const auto& [name, count] : found->items()) {
            if (count.is_number_integer()) counts[name] = count;
        }
    }
    ordered_json details = ordered_json::object();
    if (auto made = audited_answer(intent.what, *answer); !made.empty()) details["made"] = std::move(made);
    if (!counts.empty()) details["counts"] = std::move(counts);
    intent.details = details.dump();
    return intent;
}

}  // namespace

Result<ordered_json> run_operation(Bridge& bridge, std::string_view name, const json& params,
                                   const Caller& caller) {
    const auto* operation = find_operation(name);
    if (operation == nullptr)
        return fail("unknown_operation", "there is no operation '" + std::string(name) + "'");
    if (!params.is_object()) return fail("bad_parameter", "the parameters must be an object");
    std::optional<log::Scope> scope;
    if (!caller.request.empty() && log::context().request.empty())
        scope.emplace(log::Context{caller.request});
    if (!is_audited(*operation)) return perform(bridge, operation, params, caller);
    auto& audit = bridge.store().audit();
    auto intent = intent_of(bridge, *operation, params, caller);
    CAPBRIDGE_LET(const auto mark, audit.append(intent));
    auto answer = perform(bridge, operation, params, caller);
    const auto outcome = outcome_of(std::move(intent), mark.n, bridge.now(), answer);
    // What is done is done: the caller hears its answer, and the next start writes the outcome that lacks.
    if (const auto told = audit.append(outcome); !told)
        log::error("audit.not_written", {{"code", told.error().code}, {"of", std::to_string(mark.n)}});
    return answer;
}

namespace {

constexpr std::chrono::milliseconds between_looks{500}, short_look{20};
// So many entries are folded in about a second: whoever waits for more than these says so first.
constexpr std::int64_t soon_folded = 10'000;

// How long a caller still waits.
class Patience {
public:
    explicit Patience(const Caller& caller)
        : bounded_(caller.patience.count() > 0), until_(std::chrono::steady_clock::now() + caller.patience) {}
    [[nodiscard]] bool bounded() const { return bounded_; }
    [[nodiscard]] bool is_out() const { return bounded_ && std::chrono::steady_clock::now() >= until_; }
    [[nodiscard]] std::chrono::milliseconds look() const {
        if (!bounded_) return between_looks;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now());
        return std::clamp(left, std::chrono::milliseconds{0}, between_looks);
    }

private:
    bool bounded_;
    std::chrono::steady_clock::time_point until_;
};

tl::unexpected<Error> busy() {
    return fail("store_busy", "another change is being made just now: please try again");
}

bool is_far_behind(Bridge& bridge) {
    return bridge.store().journal().watermark().seq - bridge.store().projection().cursor() > soon_folded;
}

// Not under Bridge::changing, so that nobody else waits for it: a large delivery takes a while to fold.
Status wait_for_fold(Bridge& bridge, const Patience& patience) {
    for (bool woken = false; is_far_behind(bridge); woken = true) {
        if (bridge.stopping) return fail("stopping", "the bridge is stopping");
        if (patience.is_out()) return busy();
        if (!woken) bridge.wake();
        std::this_thread::sleep_for(short_look);
    }
    return {};
}

}  // namespace

Result<std::unique_lock<std::timed_mutex>> take_turn(Bridge& bridge, const Caller& caller) {
    const Patience patience(caller);
    std::unique_lock<std::timed_mutex> turn(bridge.changing, std::defer_lock);
    // Who had the turn before may just have stored a whole directory: not folded with the turn in hand
    // either.
    do {
        if (turn.owns_lock()) turn.unlock();
        if (patience.bounded()) CAPBRIDGE_TRY(wait_for_fold(bridge, patience));
        ++bridge.changes_waiting;
        while (!turn.try_lock_for(patience.look())) {
            if (bridge.stopping || patience.is_out()) break;
            caller.progress("waiting for another change to end", 0, 0);
        }
        --bridge.changes_waiting;
        if (!turn.owns_lock()) {
            if (bridge.stopping) return fail("stopping", "the bridge is stopping");
            return busy();
        }
    } while (patience.bounded() && is_far_behind(bridge));
    // A sync under way has perhaps stored what is not folded yet, and whoever changes something reads the
    // fold.
    if (!bridge.syncing.at_work().empty()) CAPBRIDGE_TRY(bridge.project());
    return turn;
}

Result<SyncBoard::Hold> hold_source(Bridge& bridge, const std::string& source, const std::string& what,
                                    const Caller& caller) {
    const Patience patience(caller);
    while (patience.bounded()) {
        if (auto hold = bridge.syncing.try_hold(source, what)) return std::move(*hold);
        if (bridge.stopping) return fail("stopping", "the bridge is stopping");
        if (patience.is_out())
            return fail("store_busy", "source " + source + " is at work just now: please try again");
        std::this_thread::sleep_for(short_look);
    }
    return bridge.syncing.hold(source, what, bridge.stopping, [&](const std::string& other) {
        caller.progress("waiting for the " + other + " of " + source + " to end", 0, 0);
    });
}

Result<ordered_json> in_run(Bridge& bridge, store::RunRow run,
                            const std::function<Result<ordered_json>(store::RunRow&)>& work) {
    auto& sources = bridge.store().sources();
    run.began = bridge.now();
    CAPBRIDGE_LET(run.id, sources.begin_run(run));
    Result<ordered_json> answer = fail("internal", "the work did not answer");
    try {
        answer = work(run);
    } catch (const std::exception& e) {
        answer = fail("internal", e.what());
    }
    run.ended = bridge.now();
    run.outcome = answer ? "ok" : is_held_code(answer.error().code) ? "held" : "failed";
    if (!answer) run.error = answer.error().text();
    if (answer && answer->contains("counts")) run.counts = (*answer)["counts"].dump();
    if (run.counts.empty()) run.counts = "{}";
    if (const auto ended = sources.end_run(run); !ended && answer) return fail(ended.error());
    log::info("run_ended", {{"run", std::to_string(run.id)},
                            {"kind", run.kind},
                            {"outcome", run.outcome},
                            {"counts", run.counts}});
    // Whatever the run stored before it failed is in the journal and counts.
    if (const auto projected = bridge.project(); !projected && answer) return fail(projected.error());
    if (answer) (*answer)["run"] = run.id;
    return answer;
}

Result<std::string> need_text(const json& params, std::string_view name) {
    const auto it = params.find(std::string(name));
    if (it == params.end() || !it->is_string() || it->get_ref<const std::string&>().empty()) {
        return fail("bad_parameter", "the parameter '" + std::string(name) + "' is needed",
                    "/" + std::string(name));
    }
    return it->get<std::string>();
}

Result<Day> day_parameter(Bridge& bridge, const json& params, std::string_view name) {
    const auto text = get_string(params, name);
    if (text.empty()) return day_of(bridge.now());
    const auto day = parse_day(text);
    if (!day)
        return fail("bad_parameter", "'" + std::string(name) + "' must be a day such as 2026-03-31",
                    "/" + std::string(name));
    return *day;
}

}  // namespace capbridge::engine
