// The versions of a rule file that were ever published, with who and when: read from the runs that published
// them, newest first. Internal to engine; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

struct PublishedRule {
    std::string id, version, text, who;
    Instant recorded{};
    std::int64_t run = 0, seq = 0;
    bool reverted = false;
    bool in_force = false;  // of a kind of which one at a time counts (profile): that one
};
// `id`: only of this one; "" = of all of the kind. Only the last `most_runs` runs are looked through.
inline constexpr std::size_t most_runs = 20000;
std::vector<PublishedRule> rule_history(Bridge& bridge, const std::string& kind, const std::string& id = {});
// {id, version, state: in_force|before|reverted, who, published_at, run}
ordered_json published_json(const PublishedRule& rule);

}  // namespace capbridge::engine
