// What an erasure takes from the journal, and who else has it: worked out before anything is written.
#pragma once
#include <string>
#include <vector>

#include "core/engine/privacy/known_as.hpp"
#include "core/store/erasing.hpp"

namespace capbridge::engine {

store::Erasing plan_erasing(Bridge& bridge, const KnownAs& known, const std::vector<std::string>& erasures);
// What they were known by and nobody else is: for the ledger.
std::vector<std::string> digests_of(const KnownAs& known, const store::ErasureKey& key);

// Somebody outside who was told of them.
struct Told {
    std::string kind;  // "target", "source"
    std::string name;
    std::size_t by_forwarding = 0;  // statements of which it will hear that they are void
    std::size_t by_hand = 0;        // that, or what was written back, it keeps until somebody asks it
};
struct Telling {
    std::vector<Told> told;
    std::vector<store::NewStatement> voiding;  // one for each statement that a target had, each once
};
// Before the tombstones are put: filters look at what the statements say.
Telling who_was_told(Bridge& bridge, const KnownAs& known, const std::string& erasure);

}  // namespace capbridge::engine
