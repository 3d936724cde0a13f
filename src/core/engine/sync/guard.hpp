// What a guard holds a run for, in numbers: kept with the held source, so that a person's yes is one to what
// the person saw. Values; pure; any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "core/base/json.hpp"

namespace capbridge::engine {

struct GuardHit {
    std::string code;         // "snapshot_fell" or "leavers"
    std::string kind, scope;  // of the snapshot that fell; "" of leavers
    std::size_t missing = 0;  // facts that would be withdrawn, people who would leave
    std::size_t of = 0;       // that there were

    [[nodiscard]] ordered_json to_json() const;  // without the code
    // Absent when the details have no numbers.
    static std::optional<GuardHit> read(const std::string& code, const json& details);
    // A yes to this is one to that too: a twentieth more, or two, is the drift between looking and answering.
    [[nodiscard]] bool covers(const GuardHit& now) const;
};

// By which a person names what is held: other numbers have another one.
std::string hold_code(const std::string& held, const std::string& details);

}  // namespace capbridge::engine
