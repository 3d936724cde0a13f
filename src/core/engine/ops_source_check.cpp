// source.check: would a sync of a source work? Holds neither the source nor anybody's turn, so that it
// answers beside a sync of an hour.
#include <nlohmann/json.hpp>

#include "core/engine/operation_list.hpp"
#include "core/engine/source_check.hpp"
#include "core/engine/sync/memory.hpp"
#include "core/engine/sync/options.hpp"

namespace capbridge::engine {
namespace {

Result<std::chrono::seconds> patience_of(const json& params) {
    const auto it = params.find("timeout_seconds");
    if (it == params.end()) return longest_check;
    const auto most = longest_check.count();
    if (!it->is_number_integer() || it->get<std::int64_t>() < 1 || it->get<std::int64_t>() > most)
        return fail("bad_parameter", "'timeout_seconds' is a whole number from 1 to " + std::to_string(most),
                    "/timeout_seconds");
    return std::chrono::seconds{it->get<std::int64_t>()};
}

// {source, timeout_seconds?}
Result<ordered_json> source_check(Bridge& bridge, const json& params, const Caller& caller) {
    if (bridge.adapters() == nullptr) return fail("internal", "this process has no adapters");
    CAPBRIDGE_LET(const auto name, need_text(params, "source"));
    CAPBRIDGE_LET(const auto patience, patience_of(params));
    const auto source = bridge.store().sources().source(name);
    if (!source)
        return fail("not_found", "there is no source '" + name + "' (capbridge source list)", "/source");
    CAPBRIDGE_LET(const auto options, options_of(*source));
    // What the adapter would remember of this is forgotten; the calls that it made count.
    BorrowedMemory memory(bridge.store().sources(), source->uuid);
    caller.progress("checking " + name, 0, 0);
    return check_source(*bridge.adapters(), settings_of(*source, options, &memory), patience,
                        bridge.stopping);
}

}  // namespace

std::vector<Operation> check_operations() {
    return {{"source.check", true, "admin", source_check, false, true}};
}

}  // namespace capbridge::engine
