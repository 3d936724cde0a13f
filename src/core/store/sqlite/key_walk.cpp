#include "core/store/sqlite/key_walk.hpp"

#include <string>

namespace capbridge::store {
namespace {

// The next row is nearer than a look from the root, but not if it takes many.
constexpr int most_steps = 4;

// Each connection prepares each of them once: the slot makes the texts different.
std::string blocks_sql(bool ascending, int slot) {
    return std::string("select block, bits from posting_block where kind = ?1 and id = ?2 and block ") +
           (ascending ? ">= ?3 order by block" : "<= ?3 order by block desc") + " /* " +
           std::to_string(slot) + " */";
}

}  // namespace

KeySnapshot::KeySnapshot(Connections& connections, Database& reader)
    : database(reader),
      young_(connections.young()),
      view_(connections.writer ? young_.view() : Young::View{}),
      snapshot_(reader),
      settled_(reader.integer("select seq from settled")) {
    if (!connections.writer) view_ = young_.follow(reader, settled_);
}

KeyWalk::KeyWalk(const KeySnapshot& snapshot, const std::vector<Posting>& any_of, bool ascending, int slot)
    : ascending_(ascending), first_young_(block_of(snapshot.settled() + 1)) {
    for (const auto& posting : any_of) {
        settled_.push_back({posting, snapshot.database.query(blocks_sql(ascending_, slot++))});
        read_young(snapshot, posting);
    }
}

void KeyWalk::read_young(const KeySnapshot& snapshot, const Posting& posting) {
    for (const auto& [number, block] : snapshot.blocks()) {
        if (number < first_young_) continue;
        if (BlockBits bits; snapshot.young().add(*block, posting, bits)) young_[number].unite(bits);
    }
    auto inherited =
        snapshot.database.query("select seq from posting where kind = ?1 and id = ?2 and seq > ?3");
    inherited.bind(posting.kind, posting.id, snapshot.settled());
    while (inherited.step()) young_[block_of(inherited.integer(0))].set(offset_of(inherited.integer(0)));
}

void KeyWalk::read(Source& source) const {
    source.at_end = !source.rows.step();
    if (!source.at_end) source.block = source.rows.integer(0);
}

void KeyWalk::seek(Source& source, std::int64_t block) const {
    if (source.begun) {
        for (int steps = 0; !source.at_end && before(source.block, block) && steps < most_steps; ++steps)
            read(source);
        if (source.at_end || !before(source.block, block)) return;
        source.rows.reset();
    }
    source.rows.bind(source.posting.kind, source.posting.id, block);
    source.begun = true;
    read(source);
}

std::optional<std::int64_t> KeyWalk::seek(std::int64_t block) {
    std::optional<std::int64_t> nearest;
    const auto found = [&](std::int64_t at) {
        if (!nearest || before(at, *nearest)) nearest = at;
    };
    if (ascending_) {
        if (const auto young = young_.lower_bound(block); young != young_.end()) found(young->first);
    } else if (auto young = young_.upper_bound(block); young != young_.begin()) {
        found((--young)->first);
    }
    // Going back all of the young come first, going forth last.
    const bool look_at_settled = ascending_ ? block < first_young_ : !nearest;
    for (auto& source : settled_) {
        if (!look_at_settled) break;
        seek(source, block);
        // What a crash left of the block that was settling does not count.
        if (!source.at_end && source.block >= first_young_ && !ascending_) seek(source, first_young_ - 1);
        if (!source.at_end && source.block < first_young_) found(source.block);
    }
    if (nearest) at_ = *nearest;
    return nearest;
}

BlockBits KeyWalk::bits() const {
    if (at_ >= first_young_) {
        const auto young = young_.find(at_);
        return young == young_.end() ? BlockBits{} : young->second;
    }
    BlockBits out;
    for (const auto& source : settled_) {
        if (!source.begun || source.at_end || source.block != at_) continue;
        if (!add_packed(source.rows.blob(1), out))
            throw Failure(sqlite_error(SQLITE_CORRUPT, "posting_block"));
    }
    return out;
}

std::vector<std::int64_t> seqs_of(const KeySnapshot& snapshot, const Posting& posting) {
    std::vector<std::int64_t> out;
    KeyWalk walk(snapshot, {posting}, true);
    for (auto block = walk.seek(0); block; block = walk.seek(*block + 1)) {
        const auto bits = walk.bits();
        for (int at = bits.next(0); at >= 0; at = bits.next(at + 1)) {
            const auto seq = first_seq_of(*block) + at;
            if (seq <= snapshot.last()) out.push_back(seq);
        }
    }
    return out;
}

}  // namespace capbridge::store
