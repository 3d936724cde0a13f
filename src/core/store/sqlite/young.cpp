#include "core/store/sqlite/young.hpp"

#include <mutex>

namespace capbridge::store {
namespace {

void put(Young::Blocks& blocks, const YoungPosting& young) {
    auto& block = blocks[block_of(young.seq)];
    if (!block) block = std::make_shared<Young::Block>();
    auto& offsets = block->offsets[young.posting.packed()];
    const auto offset = static_cast<std::uint16_t>(offset_of(young.seq));
    if (offsets.empty() || offsets.back() != offset) offsets.push_back(offset);
}

}  // namespace

std::int64_t Young::read_blocks(Database& database, std::int64_t after, Blocks& into) {
    auto rows = database.query("select seq, keys, owner from statement where seq > ?1 order by seq");
    rows.bind(after);
    auto last = after;
    while (rows.step()) {
        last = rows.integer(0);
        for (const auto& posting : unpack(rows.blob(1))) put(into, {last, posting});
        if (!rows.is_null(2)) put(into, {last, {posting_kind::owner, rows.integer(2)}});
    }
    return last;
}

void Young::load(Database& database, Mark mark) {
    Blocks blocks;
    read_blocks(database, database.integer("select seq from settled"), blocks);
    const std::unique_lock lock(mutex_);
    blocks_ = std::move(blocks);
    mark_ = mark;
}

void Young::publish(const std::vector<YoungPosting>& postings, Mark mark) {
    const std::unique_lock lock(mutex_);
    for (const auto& young : postings) put(blocks_, young);
    mark_ = mark;
}

void Young::drop(std::int64_t settled) {
    const std::unique_lock lock(mutex_);
    while (!blocks_.empty() && last_seq_of(blocks_.begin()->first) <= settled) blocks_.erase(blocks_.begin());
}

Young::Mark Young::mark() const {
    const std::shared_lock lock(mutex_);
    return mark_;
}

Young::View Young::view() const {
    const std::shared_lock lock(mutex_);
    return {blocks_, mark_.seq};
}

Young::View Young::follow(Database& database, std::int64_t settled) {
    const std::unique_lock lock(mutex_);
    if (settled < dropped_) {  // the snapshot is older than another reader's: rare, so it reads for itself
        View own;
        own.last = read_blocks(database, settled, own.blocks);
        return own;
    }
    read_ = read_blocks(database, std::max(read_, settled), blocks_);
    while (!blocks_.empty() && last_seq_of(blocks_.begin()->first) <= settled) blocks_.erase(blocks_.begin());
    dropped_ = settled;
    return {blocks_, read_};
}

bool Young::add(const Block& block, const Posting& posting, BlockBits& bits) const {
    const std::shared_lock lock(mutex_);
    const auto found = block.offsets.find(posting.packed());
    if (found == block.offsets.end()) return false;
    for (const auto offset : found->second) bits.set(offset);
    return true;
}

}  // namespace capbridge::store
