#include "core/store/sqlite/settling.hpp"

#include <algorithm>

namespace capbridge::store {
namespace {

constexpr const char* put_block =
    "insert or replace into posting_block(kind, id, block, bits) values (?1, ?2, ?3, ?4)";
constexpr const char* next_rows =
    "select kind, id, seq from posting where (kind, id, seq) > (?1, ?2, ?3) order by kind, id, seq limit ?4";

}  // namespace

void Settling::load() {
    settled_ = settled_committed_ = database_.integer("select seq from settled");
    inherited_ = database_.integer("select count(*) from (select 1 from posting limit 1)") != 0;
    if (inherited_) phase_ = Phase::sweeping;
}

bool Settling::has_work() const {
    return phase_ != Phase::waiting || young_.mark().seq >= last_seq_of(block_of(settled_ + 1));
}

std::size_t Settling::pace(std::size_t statements) const {
    // The posting table's rows, in merging and sweeping, are not counted beforehand: they cost little each.
    return 64 + 2 * statements * keys_a_block_ / BlockBits::size * (inherited_ ? 8 : 1);
}

void Settling::step(std::size_t rows) {
    while (rows > 0 && has_work()) {
        switch (phase_) {
            case Phase::waiting:
                begin();
                break;
            case Phase::copying:
                rows -= std::min(rows, copy(rows));
                break;
            case Phase::merging:
                rows -= std::min(rows, merge(rows));
                break;
            case Phase::sweeping:
                rows -= std::min(rows, sweep(rows));
                break;
        }
    }
}

void Settling::begin() {
    const auto view = young_.view();
    const auto found = view.blocks.find(block_of(settled_ + 1));
    keys_.clear();
    copied_ = 0;
    if (found != view.blocks.end()) {  // complete, and we are the one thread that would append to it
        block_ = found->second;
        keys_.reserve(block_->offsets.size());
        for (const auto& [key, offsets] : block_->offsets) keys_.emplace_back(key, &offsets);
        std::sort(keys_.begin(), keys_.end());
        keys_a_block_ = std::max<std::size_t>(keys_.size(), 1024);
    }
    phase_ = Phase::copying;
}

std::size_t Settling::copy(std::size_t rows) {
    const auto block = block_of(settled_ + 1);
    auto insert = database_.query(put_block);
    const auto end = std::min(keys_.size(), copied_ + rows);
    const auto count = end - copied_;
    for (; copied_ < end; ++copied_) {
        const auto& [key, offsets] = keys_[copied_];
        const auto posting = Posting::unpacked(key);
        const auto packed = pack_offsets(*offsets);
        insert.bind(posting.kind, posting.id, block, KeptBlob{packed}).run();
        insert.reset();
    }
    if (copied_ == keys_.size()) {
        phase_ = Phase::merging;
        at_ = 0;
        at_seq_ = -1;
    }
    return count;
}

std::size_t Settling::merge(std::size_t rows) {
    const auto block = block_of(settled_ + 1);
    std::size_t count = 0;
    if (inherited_) {
        const auto from = Posting::unpacked(at_);
        auto next = database_.query(next_rows);
        next.bind(from.kind, from.id, at_seq_, rows);
        std::uint64_t key = 0;
        BlockBits bits;
        bool any = false;
        const auto put = [&] {
            if (any) add_to_block(block, Posting::unpacked(key), bits);
            bits = {};
            any = false;
        };
        for (; next.step(); ++count) {
            at_ = Posting{next.integer(0), next.integer(1)}.packed();
            at_seq_ = next.integer(2);
            if (at_ != key) put();
            key = at_;
            if (block_of(at_seq_) != block) continue;
            bits.set(offset_of(at_seq_));
            any = true;
        }
        put();
    }
    if (count == rows) return count;
    settled_ = last_seq_of(block);
    database_.query("update settled set seq = ?1").bind(settled_).run();
    block_.reset();
    keys_.clear();
    phase_ = inherited_ ? Phase::sweeping : Phase::waiting;
    at_ = 0;
    at_seq_ = -1;
    return count;
}

// Readers leave rows up to settled.seq aside, so there is no hurry.
std::size_t Settling::sweep(std::size_t rows) {
    const auto from = Posting::unpacked(at_);
    std::vector<std::pair<Posting, std::int64_t>> old;
    std::size_t count = 0;
    {
        auto next = database_.query(next_rows);
        next.bind(from.kind, from.id, at_seq_, rows);
        for (; next.step(); ++count) {
            const Posting posting{next.integer(0), next.integer(1)};
            at_ = posting.packed();
            at_seq_ = next.integer(2);
            if (at_seq_ <= settled_) old.emplace_back(posting, at_seq_);
        }
    }
    auto remove = database_.query("delete from posting where kind = ?1 and id = ?2 and seq = ?3");
    for (const auto& [posting, seq] : old) {
        remove.bind(posting.kind, posting.id, seq).run();
        remove.reset();
    }
    if (count < rows) {
        phase_ = Phase::waiting;
        inherited_ = database_.integer("select count(*) from (select 1 from posting limit 1)") != 0;
    }
    return count;
}

void Settling::add_to_block(std::int64_t block, const Posting& posting, const BlockBits& more) {
    auto bits = more;
    {
        auto known =
            database_.query("select bits from posting_block where kind = ?1 and id = ?2 and block = ?3");
        known.bind(posting.kind, posting.id, block);
        if (known.step() && !add_packed(known.blob(0), bits))
            throw Failure(sqlite_error(SQLITE_CORRUPT, "posting_block"));
    }
    database_.query(put_block).bind(posting.kind, posting.id, block, Blob{pack(bits)}).run();
}

void Settling::add(const Posting& posting, const std::vector<std::int64_t>& seqs) {
    auto at = seqs.begin();
    // The bits of a whole block at once, as far as it is in hand: they are read and written as one row.
    const auto bits_of_block = [&](std::int64_t block, auto from, auto to) {
        BlockBits bits;
        for (; from != to; ++from) bits.set(offset_of(*from));
        add_to_block(block, posting, bits);
    };
    const auto end_of_block = [&](auto from) {
        return std::upper_bound(from, seqs.end(), last_seq_of(block_of(*from)));
    };
    while (at != seqs.end() && *at <= settled_) {
        const auto end = end_of_block(at);
        bits_of_block(block_of(*at), at, end);
        at = end;
    }
    if (at == seqs.end()) return;
    // Merging may have passed the place of these rows in the table.
    if (phase_ == Phase::merging && block_of(*at) == block_of(settled_ + 1))
        bits_of_block(block_of(*at), at, end_of_block(at));
    auto insert = database_.query("insert or ignore into posting(kind, id, seq) values (?1, ?2, ?3)");
    for (; at != seqs.end(); ++at) {
        insert.bind(posting.kind, posting.id, *at).run();
        insert.reset();
    }
    inherited_ = true;
}

void Settling::committed() {
    if (settled_ == settled_committed_) return;
    settled_committed_ = settled_;
    young_.drop(settled_);
}

void Settling::rolled_back() {
    settled_ = settled_committed_;
    block_.reset();
    keys_.clear();
    phase_ = inherited_ ? Phase::sweeping : Phase::waiting;
    at_ = 0;
    at_seq_ = -1;
}

}  // namespace capbridge::store
