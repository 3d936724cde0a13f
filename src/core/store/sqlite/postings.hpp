// By which keys a statement is found. A statement that refers to another (a StatementRef object, voiding
// statements too) is found by the other's keys as well, and so on along the chain (xAPI 1.0.3 part 3, 2.1.3):
// the target's postings are written again under the seq of the referrer, whichever of the two came first. So
// a query needs no OR and no UNION. Chains are followed for 16 links. On the writer's thread.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/sqlite/writer.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::store {

struct Posting {
    std::int64_t kind, id;
    friend auto operator<=>(const Posting&, const Posting&) = default;
};
// How a statement row keeps its own keys (a few bytes), so that a later referrer finds them without the body.
std::string pack(const std::vector<Posting>& postings);
std::vector<Posting> unpack(std::string_view packed);

std::vector<Posting> intern_keys(Terms& terms, const std::vector<xapi::Key>& keys);

// Writes the postings of the statement at `seq`, which is stored already: its own, those along its targets,
// and all of them again for its referrers that came before it. `id` and `target` are 16 bytes, target may be
// empty.
void write_postings(Database& database, std::int64_t seq, std::string_view id, std::string_view target,
                    const std::vector<Posting>& own);

}  // namespace capbridge::store
