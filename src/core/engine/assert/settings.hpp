// Whether and which competencies are said to others: the decision "assertion.settings". Values; any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/competency/assertion.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

inline constexpr const char* assertion_settings_kind = "assertion.settings";
inline constexpr const char* assertion_state_kind = "assertion.state";  // key "PERSON|ARCHETYPE|FACTOR"
inline constexpr const char* assertion_owner = "system:assertions";     // of our statements

struct AssertionSettings {
    bool on = false;
    std::vector<std::string> tiers;       // foundational, advanced; empty = both
    std::vector<std::string> archetypes;  // of the advanced tier; empty = all
    std::vector<std::string> factors;     // empty = all
    // By which identifier people are named, the first that somebody has: a scheme such as "esr-employee", or
    // "uuid": our own number of the person, which says nothing to who does not know it from us.
    std::vector<std::string> actor;
    std::optional<Day> since;  // what was achieved before is not said

    [[nodiscard]] bool wants(const competency::Rules& rules, const competency::Holding& holding) const;
};
// Errors "bad_parameter": a name that the framework does not have, no day, an empty choice.
Result<AssertionSettings> read_assertion_settings(const json& value, const competency::Rules& rules);
json to_json(const AssertionSettings& settings);
// Those in force; off when there are none. What the framework in force does not know any more is left as it
// is and matches nothing.
AssertionSettings assertion_settings(Bridge& bridge);

}  // namespace capbridge::engine
