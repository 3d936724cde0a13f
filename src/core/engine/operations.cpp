#include "core/engine/operations.hpp"

#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/sync/outcome.hpp"

namespace capbridge::engine {

const std::vector<Operation>& operations() {
    static const auto all = [] {
        std::vector<Operation> list;
        for (auto part : {ask_operations, decide_operations, people_operations, identity_questions,
                          identity_decisions, merge_operations, source_operations, sync_operations,
                          quarantine_operations, completions_operations, run_operations, forward_operations,
                          statement_operations, access_operations}) {
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

Result<ordered_json> run_operation(Bridge& bridge, std::string_view name, const json& params,
                                   const Caller& caller) {
    const auto* operation = find_operation(name);
    if (operation == nullptr)
        return fail("unknown_operation", "there is no operation '" + std::string(name) + "'");
    if (!params.is_object()) return fail("bad_parameter", "the parameters must be an object");
    std::unique_lock<std::timed_mutex> turn;
    if (operation->changes && operation->scope != "access" && !operation->own_turn) {
        CAPBRIDGE_LET(turn, take_turn(bridge, caller));
    }
    try {
        return operation->run(bridge, params, caller);
    } catch (const json::exception&) {
        return fail("bad_parameter", "a parameter is not of the kind that '" + operation->name + "' wants");
    } catch (const std::exception& e) {  // a store that cannot be read has no other way to say so
        log::error("operation_failed", {{"operation", operation->name}, {"error", e.what()}});
        return fail("store_io", std::string("the store cannot be read: ") + e.what());
    }
}

Result<std::unique_lock<std::timed_mutex>> take_turn(Bridge& bridge, const Caller& caller) {
    std::unique_lock<std::timed_mutex> turn(bridge.changing, std::defer_lock);
    ++bridge.changes_waiting;
    while (!turn.try_lock_for(std::chrono::milliseconds{500})) {
        if (bridge.stopping) break;
        caller.progress("waiting for another change to end", 0, 0);
    }
    --bridge.changes_waiting;
    if (!turn.owns_lock()) return fail("stopping", "the bridge is stopping");
    // A sync under way has perhaps stored what is not folded yet, and whoever changes something reads the
    // fold.
    if (!bridge.syncing.at_work().empty()) CAPBRIDGE_TRY(bridge.project());
    return turn;
}

Result<SyncBoard::Hold> hold_source(Bridge& bridge, const std::string& source, const std::string& what,
                                    const Caller& caller) {
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
