// What an adapter may say of a file, whatever the file: records that are JSON, cursors that it takes itself,
// and no error that would be ours.
#pragma once
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "bridge/testing.hpp"

namespace capbridge::fuzz {

inline void must(bool holds) {
    if (!holds) std::abort();
}

// `cursor` may be anything; a bad one is refused by its class, and the pull then begins anew.
inline void pull(bridge::testing::Host& host, const char* adapter, const std::string& settings,
                 std::string_view cursor) {
    const auto run_from = [&](std::string_view from) {
        bridge::testing::Bench bench(host, adapter);
        must(bench.configure(settings).code == BRIDGE_OK);
        auto run = bench.pull(from);
        must(run.code != BRIDGE_INTERNAL);
        for (const auto& event : run.events) {
            if (event.what == bridge::testing::Run::Event::What::emit)
                must(nlohmann::json::accept(event.text));
        }
        return run;
    };
    auto run = run_from(cursor);
    if (run.code == BRIDGE_BAD_CURSOR) run = run_from("");
    must(run.code != BRIDGE_BAD_CURSOR);
    if (run.code != BRIDGE_OK) return;
    // What it said it had read, it does not read again.
    const auto again = run_from(run.cursor);
    must(again.code == BRIDGE_OK);
    for (const auto& event : again.events) must(event.what != bridge::testing::Run::Event::What::emit);
}

}  // namespace capbridge::fuzz
