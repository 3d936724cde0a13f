// Writes many decisions of one run, in batches, telling progress; and how an answer lists the rows of a file
// that were not taken. Internal to engine; one thread.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/operations.hpp"
#include "core/people/import.hpp"

namespace capbridge::engine {

inline ordered_json exceptions_json(const std::vector<people::Exception>& exceptions) {
    constexpr std::size_t shown = 200;
    auto out = ordered_json::array();
    for (std::size_t i = 0; i < exceptions.size() && i < shown; ++i) {
        const auto& e = exceptions[i];
        ordered_json one{{"line", e.line}, {"code", e.code}, {"message", e.message}};
        if (!e.column.empty()) one["column"] = e.column;
        out.push_back(std::move(one));
    }
    return out;
}

inline store::RunRow run_of(const Caller& caller, std::string kind, std::string what) {
    store::RunRow run;
    run.kind = std::move(kind);
    run.who = caller.who;
    run.what = std::move(what);
    return run;
}

class DecisionWriter {
public:
    DecisionWriter(Bridge& bridge, const Caller& caller, std::int64_t run, std::string what,
                   std::size_t total)
        : bridge_(bridge), caller_(caller), what_(std::move(what)), total_(total) {
        batch_.run = run;
        batch_.who = caller.who;
    }
    Status add(store::NewDecision decision) {
        batch_.entries.emplace_back(std::move(decision));
        return batch_.entries.size() < a_batch ? Status{} : flush();
    }
    Status flush() {
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        if (batch_.entries.empty()) return {};
        written_ += batch_.entries.size();
        store::Batch next;
        next.run = batch_.run;
        next.who = batch_.who;
        std::swap(next, batch_);
        CAPBRIDGE_TRY(bridge_.store().journal().append(std::move(next)));
        caller_.progress(what_, written_, total_);
        return {};
    }

private:
    static constexpr std::size_t a_batch = 2000;
    Bridge& bridge_;
    const Caller& caller_;
    std::string what_;
    std::size_t total_, written_ = 0;
    store::Batch batch_;
};

}  // namespace capbridge::engine
