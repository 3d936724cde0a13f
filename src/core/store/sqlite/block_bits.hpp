// Which statements of a block of seqs have a key: a set of offsets into the block, in memory as one bit for
// each, and packed for the disk as whatever is shortest. Values and pure functions; any thread.
//
// Packed: one byte that says how, then
//   0  the offsets that are in the set, ascending, two bytes each (little endian)
//   1  all bits, the lowest offset first, the lowest bit of a byte first
//   2  the offsets that are NOT in the set, as in 0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::store {

class BlockBits {
public:
    static constexpr int size = 16384;  // seqs of a block

    void set(int offset) { words_[index(offset)] |= bit(offset); }
    [[nodiscard]] bool test(int offset) const { return (words_[index(offset)] & bit(offset)) != 0; }
    void fill() { words_.fill(~std::uint64_t{0}); }
    void remove(int offset) { words_[index(offset)] &= ~bit(offset); }
    // 64 offsets at a time, the lowest in the lowest bit.
    [[nodiscard]] std::uint64_t word(std::size_t i) const { return words_[i]; }
    void unite_word(std::size_t i, std::uint64_t word) { words_[i] |= word; }
    void unite(const BlockBits& other);
    void intersect(const BlockBits& other);
    void keep(int first, int last);  // inclusive; the rest is taken out
    [[nodiscard]] int count() const;
    // The nearest offset of the set at or after (before) `offset`; -1: there is none.
    [[nodiscard]] int next(int offset) const;
    [[nodiscard]] int previous(int offset) const;
    friend bool operator==(const BlockBits&, const BlockBits&) = default;

private:
    static constexpr std::size_t index(int offset) { return static_cast<std::size_t>(offset) / 64; }
    static constexpr std::uint64_t bit(int offset) { return std::uint64_t{1} << (offset % 64); }
    std::array<std::uint64_t, size / 64> words_{};
};

// The block of a seq, and its place there.
inline constexpr std::int64_t block_of(std::int64_t seq) {
    return seq / BlockBits::size;
}
inline constexpr int offset_of(std::int64_t seq) {
    return static_cast<int>(seq % BlockBits::size);
}
inline constexpr std::int64_t first_seq_of(std::int64_t block) {
    return block * BlockBits::size;
}
inline constexpr std::int64_t last_seq_of(std::int64_t block) {
    return (block + 1) * BlockBits::size - 1;
}

std::string pack(const BlockBits& bits);
std::string pack_offsets(const std::vector<std::uint16_t>& ascending);
// Adds what is packed to `bits`. False: these bytes were not packed by us.
bool add_packed(std::string_view packed, BlockBits& bits);

}  // namespace capbridge::store
