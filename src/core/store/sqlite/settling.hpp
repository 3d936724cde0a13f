// Settling: when a block of seqs is complete, its postings go from memory (young.hpp) and from the table
// `posting` into posting_block, one row for each key, and settled.seq advances. Readers look into
// posting_block for blocks up to settled.seq and nowhere else for them, so what a crash leaves of a block
// that was begun is not seen, and is written again. It is done in slices within the writer's transactions, so
// that it costs no commit of its own under load and no commit waits long. On the writer's thread.
#pragma once
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/store/sqlite/young.hpp"

namespace capbridge::store {

class Settling {
public:
    Settling(Database& database, Young& young) : database_(database), young_(young) {}
    void load();

    // The statements of `seqs` (ascending), which are stored, are found by this key too.
    void add(const Posting& posting, const std::vector<std::int64_t>& seqs);

    [[nodiscard]] bool has_work() const;
    // How many rows to move beside a group of so many statements, so that a block is through when the next
    // one is half full.
    [[nodiscard]] std::size_t pace(std::size_t statements) const;
    void step(std::size_t rows);
    void committed();
    void rolled_back();

private:
    enum class Phase { waiting, copying, merging, sweeping };
    void begin();
    std::size_t copy(std::size_t rows);
    std::size_t merge(std::size_t rows);
    std::size_t sweep(std::size_t rows);
    void add_to_block(std::int64_t block, const Posting& posting, const BlockBits& more);

    Database& database_;
    Young& young_;
    std::int64_t settled_ = 0;            // in this transaction
    std::int64_t settled_committed_ = 0;  // as of the last one
    bool inherited_ = false;              // the table posting may have rows
    Phase phase_ = Phase::waiting;
    std::shared_ptr<const Young::Block> block_;                                      // that is settling
    std::vector<std::pair<std::uint64_t, const std::vector<std::uint16_t>*>> keys_;  // of it, ascending
    std::size_t copied_ = 0;
    std::uint64_t at_ = 0;      // merging, sweeping: the last row's key
    std::int64_t at_seq_ = -1;  // and seq
    std::size_t keys_a_block_ = 1024;
};

}  // namespace capbridge::store
