// Who may have an identifier that several people hold. Internal to this folder. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/people/people.hpp"

namespace capbridge::people {

// One person's copy of a shared identifier.
struct Holder {
    Person* person;
    std::size_t at;  // in person->identifiers
    [[nodiscard]] Identifier& identifier() const { return person->identifiers[at]; }
    // The employee number that the person is known by, which readers put first: it is nobody else's, whatever
    // a file says.
    [[nodiscard]] bool is_own_number() const {
        return at == 0 && person->identifiers[0].scheme == "esr-employee";
    }
};

// Gives each holder the identifier for its own time, when these times do not overlap: an address that was
// given out again then credits each with what each has done. The time of a person runs from the first to the
// last day of all employments (without a date: for ever; a gap between two employments counts), within the
// validity that the identifier has already. False, and nothing is changed, when two of the times overlap.
bool give_each_its_time(const std::vector<Holder>& holders);

}  // namespace capbridge::people
