// The statements that have one key of a query, block by block from the newest or the oldest end. A key may
// stand for several postings (an agent in any place is the actor or another agent): the statements that have
// any of them. Used within one snapshot, by one thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/store/sqlite/block_bits.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

// A read transaction together with the young postings that belong to it. Outlives the walks in it.
class KeySnapshot {
public:
    KeySnapshot(Connections& connections, Database& reader);

    Database& database;
    [[nodiscard]] const Young& young() const { return young_; }
    [[nodiscard]] const Young::Blocks& blocks() const { return view_.blocks; }
    [[nodiscard]] std::int64_t settled() const { return settled_; }  // up to there in posting_block
    [[nodiscard]] std::int64_t last() const { return view_.last; }   // later seqs are not found by keys yet

private:
    Young& young_;
    Young::View view_;  // before the snapshot: what it shows is committed, and what it lacks is settled
    Snapshot snapshot_;
    std::int64_t settled_;
};

class KeyWalk {
public:
    // `slot`: walks that are open at the same time have different ones, as far apart as they have postings.
    KeyWalk(const KeySnapshot& snapshot, const std::vector<Posting>& any_of, bool ascending, int slot = 0);

    // The nearest block that has the key, at `block` or farther in the direction of the walk; nothing: none.
    // Later calls name the same or a farther block.
    std::optional<std::int64_t> seek(std::int64_t block);
    // The statements of the block that seek() gave last.
    [[nodiscard]] BlockBits bits() const;

private:
    struct Source {
        Posting posting;
        Query rows;
        bool begun = false, at_end = false;
        std::int64_t block = 0;
    };
    void seek(Source& source, std::int64_t block) const;
    void read(Source& source) const;
    [[nodiscard]] bool before(std::int64_t a, std::int64_t b) const { return ascending_ ? a < b : a > b; }
    void read_young(const KeySnapshot& snapshot, const Posting& posting);

    bool ascending_;
    std::int64_t first_young_;
    std::map<std::int64_t, BlockBits> young_;
    std::vector<Source> settled_;
    std::int64_t at_ = 0;
};

// All that have the key, ascending.
std::vector<std::int64_t> seqs_of(const KeySnapshot& snapshot, const Posting& posting);

}  // namespace capbridge::store
