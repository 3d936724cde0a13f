// By which keys a statement is found. A statement that refers to another (a StatementRef object, voiding
// statements too) is found by the other's keys as well, and so on along the chain (xAPI 1.0.3 part 3, 2.1.3):
// the target's postings are written again under the seq of the referrer, whichever of the two came first. So
// a query needs no OR and no UNION. On the writer's thread.
//
// Not handed on: whose a statement is (its owner); and nothing along a chain on which a statement came from a
// client that is bound to its source (Batch::only_own), unless all on it have the same owner. Or one could
// refer to a foreign statement and learn by queries what it says.
//
// Bounds, for there is one writer and anybody may refer to anything: a chain is followed for 16 links; a
// statement hands on its first 64 keys (verb, registration, object and actor are the first of them); and one
// append writes 16 postings for each of its statements and most_inherited more. Of what is too much, the keys
// of the nearer links and the first keys are kept, for all referrers alike; the rest is left out for good, so
// a referrer is then not found by it.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "core/store/sqlite/posting.hpp"
#include "core/store/sqlite/writer.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::store {

inline constexpr std::size_t most_inherited = 4096;

// Each once, the most telling kinds first, and none of a wide kind that the narrow one implies.
std::vector<Posting> intern_keys(Terms& terms, const std::vector<xapi::Key>& keys);

// A statement that is stored already, with its own postings.
struct Arrival {
    std::int64_t seq = 0;
    std::string_view id, target;  // 16 bytes; target may be empty
    const std::vector<Posting>& own;
    std::int64_t owner = 0;  // a term, 0 nobody
    bool only_own = false;
    bool may_be_referred_to = false;
};

// Gives it the keys along its targets, and all of them to its referrers that came before it. `allowed` is
// what is left of most_inherited for this append.
void inherit_postings(Writing& writing, const Arrival& arrival, std::size_t& allowed);

}  // namespace capbridge::store
