// The postings of the youngest statements, in memory: those that no posting_block has yet. A statement row
// keeps its own keys, so nothing is lost with the memory: load() reads them again. Keys that a statement has
// from those it refers to are not here but in the table `posting`, for they may come at any time.
//
// The owner's writer publishes what it has committed, before anybody is told of it. A process that only reads
// beside an owner follows the database instead. Thread-safe; a View stays as it was but for what is appended
// to its last block, beyond its `last`.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "core/base/time.hpp"
#include "core/store/sqlite/block_bits.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/posting.hpp"

namespace capbridge::store {

struct YoungPosting {
    std::int64_t seq = 0;
    Posting posting;
};

class Young {
public:
    struct Block {
        std::unordered_map<std::uint64_t, std::vector<std::uint16_t>> offsets;  // by Posting::packed()
    };
    using Blocks = std::map<std::int64_t, std::shared_ptr<Block>>;
    struct Mark {
        std::int64_t seq = 0;
        Instant stored{};
    };
    struct View {
        Blocks blocks;
        std::int64_t last = 0;  // seqs beyond it are not all here yet
    };

    // What the database holds beyond settled.seq. Before the writer begins.
    void load(Database& database, Mark mark);
    // After the commit that holds them. Postings in order of seq.
    void publish(const std::vector<YoungPosting>& postings, Mark mark);
    // After the commit by which posting_block has all up to there.
    void drop(std::int64_t settled);

    // The last entry that is committed and published.
    [[nodiscard]] Mark mark() const;
    [[nodiscard]] View view() const;  // take it before the snapshot that it is used with
    // For a process without a writer, within a snapshot: reads what came since.
    View follow(Database& database, std::int64_t settled);
    // Adds the statements of the block that have the key. False: none has.
    bool add(const Block& block, const Posting& posting, BlockBits& bits) const;

private:
    static std::int64_t read_blocks(Database& database, std::int64_t after, Blocks& into);

    mutable std::shared_mutex mutex_;
    Blocks blocks_;
    Mark mark_;
    std::int64_t read_ = 0;     // follow(): up to where
    std::int64_t dropped_ = 0;  // follow(): blocks of seqs up to there are gone
};

}  // namespace capbridge::store
