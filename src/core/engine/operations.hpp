// Every question and every change has one name, JSON parameters and a JSON answer. The command line runs an
// operation on the store itself or, when a daemon owns the data, through DIR/admin.sock; the HTTP API runs
// the same ones. So all three doors agree. Thread-safe.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

// Told now and then by long work: what is going on, how far (total 0: not known).
using Progress = std::function<void(std::string_view what, std::size_t done, std::size_t total)>;

struct Caller {
    std::string who;  // "cli:<user>", "credential:<key>", "session"; goes into the run
    Progress progress = [](std::string_view, std::size_t, std::size_t) {};
    // Waits so long for its turn, then hears "store_busy"; 0: as long as it takes.
    std::chrono::milliseconds patience{0};
    // For the audit. From where: a client's address, "socket", "cli", "config", "daemon".
    std::string from = {}, request = {};
    std::string reason = {};  // why; "" = the parameter "reason", which every operation may have
};

struct Operation {
    std::string name;      // "matrix", "people.import", "run.revert"
    bool changes = false;  // needs the owner of the data directory
    std::string
        scope;  // scope that an HTTP credential needs: "read", "admin"; "access": the admin socket only
    Result<ordered_json> (*run)(Bridge& bridge, const json& params, const Caller& caller);
    bool begins = false;    // may be the first thing that is done with a new data directory
    bool own_turn = false;  // takes Bridge::changing itself, for as long as it needs it
    bool audited = false;   // a question that is in the audit: what is told leaves us. Needs the owner too
};

const std::vector<Operation>& operations();
const Operation* find_operation(std::string_view name);
// Error "unknown_operation" when there is none of that name. What changes something, and what is marked as
// audited, is in the audit before it begins and after it ended: without its intent there it is not done.
Result<ordered_json> run_operation(Bridge& bridge, std::string_view name, const json& params,
                                   const Caller& caller);

}  // namespace capbridge::engine
