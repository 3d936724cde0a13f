// By which keys a statement is found. A statement that refers to another (a StatementRef object, voiding
// statements too) is found by the other's keys as well, and so on along the chain (xAPI 1.0.3 part 3, 2.1.3):
// the target's postings are written again under the seq of the referrer, whichever of the two came first. So
// a query needs no OR and no UNION. Chains are followed for 16 links. Whose a statement is (its owner) is not
// handed on. On the writer's thread.
#pragma once
#include <string_view>
#include <vector>

#include "core/store/sqlite/posting.hpp"
#include "core/store/sqlite/writer.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::store {

// Each once, and none of a wide kind that the narrow one implies.
std::vector<Posting> intern_keys(Terms& terms, const std::vector<xapi::Key>& keys);

// For the statement at `seq`, which is stored already and whose own postings are `own`: gives it those along
// its targets, and all of them to its referrers that came before it, if `may_be_referred_to`. `id` and
// `target` are 16 bytes, target may be empty.
void inherit_postings(Writing& writing, std::int64_t seq, std::string_view id, std::string_view target,
                      const std::vector<Posting>& own, bool may_be_referred_to);

}  // namespace capbridge::store
