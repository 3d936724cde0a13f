// Sets of offsets: bits, their packed form, and what is none.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/store/sqlite/block_bits.hpp"

namespace capbridge::store::test {
namespace {

BlockBits bits_of(const std::set<int>& offsets) {
    BlockBits out;
    for (const int offset : offsets) out.set(offset);
    return out;
}

std::set<int> offsets_of(const BlockBits& bits) {
    std::set<int> out;
    for (int at = bits.next(0); at >= 0; at = bits.next(at + 1)) out.insert(at);
    return out;
}

std::set<int> some(int count, unsigned seed) {
    std::mt19937 random(seed);
    std::set<int> out;
    while (static_cast<int>(out.size()) < count) out.insert(static_cast<int>(random() % BlockBits::size));
    return out;
}

TEST(BlockBitsTest, WalksInBothDirections) {
    const std::set<int> offsets{0, 63, 64, 65, 1000, BlockBits::size - 1};
    const auto bits = bits_of(offsets);
    EXPECT_EQ(offsets_of(bits), offsets);
    std::set<int> back;
    for (int at = bits.previous(BlockBits::size - 1); at >= 0; at = bits.previous(at - 1)) back.insert(at);
    EXPECT_EQ(back, offsets);
    EXPECT_EQ(bits.count(), 6);
    EXPECT_EQ(BlockBits{}.next(0), -1);
    EXPECT_EQ(BlockBits{}.previous(BlockBits::size - 1), -1);
    EXPECT_EQ(bits.next(BlockBits::size), -1);
}

TEST(BlockBitsTest, IntersectsUnitesAndKeepsARange) {
    auto bits = bits_of({1, 70, 200, 300});
    bits.intersect(bits_of({70, 300, 301}));
    EXPECT_EQ(offsets_of(bits), (std::set<int>{70, 300}));
    bits.unite(bits_of({71, 16000}));
    EXPECT_EQ(offsets_of(bits), (std::set<int>{70, 71, 300, 16000}));
    for (const auto& [first, last] : {std::pair{71, 300}, {70, 71}, {64, 127}, {0, 16383}, {301, 299}}) {
        auto kept = bits;
        kept.keep(first, last);
        std::set<int> expected;
        for (const int at : offsets_of(bits)) {
            if (at >= first && at <= last) expected.insert(at);
        }
        EXPECT_EQ(offsets_of(kept), expected) << first << " to " << last;
    }
}

TEST(BlockBitsTest, PacksIntoTheShortestFormAndBack) {
    const auto most = static_cast<std::size_t>(1 + BlockBits::size / 8);
    for (const int count : {0, 1, 2, 1023, 1024, 1025, 8000, 15359, 15360, 16383, 16384}) {
        const auto offsets = some(count, static_cast<unsigned>(count));
        const auto bits = bits_of(offsets);
        const auto packed = pack(bits);
        EXPECT_LE(packed.size(), most);
        EXPECT_LE(packed.size(),
                  1 + 2 * static_cast<std::size_t>(std::min(count, BlockBits::size - count)) + most);
        EXPECT_EQ(pack_offsets({offsets.begin(), offsets.end()}), packed);
        BlockBits read;
        ASSERT_TRUE(add_packed(packed, read)) << count;
        EXPECT_EQ(read, bits) << count;
        // Added to what is there already.
        BlockBits more = bits_of({5, 9000});
        ASSERT_TRUE(add_packed(packed, more));
        auto both = bits;
        both.unite(bits_of({5, 9000}));
        EXPECT_EQ(more, both);
    }
    EXPECT_EQ(pack(bits_of(some(16384, 1))).size(), 1u) << "all of a block is one byte";
}

TEST(BlockBitsTest, RefusesWhatIsNotPacked) {
    BlockBits bits;
    EXPECT_FALSE(add_packed("", bits));
    EXPECT_FALSE(add_packed("\x03", bits));
    EXPECT_FALSE(add_packed(std::string_view("\0\1", 2), bits)) << "half an offset";
    EXPECT_FALSE(add_packed(std::string_view("\0\xFF\xFF", 3), bits)) << "beyond the block";
    EXPECT_FALSE(add_packed(std::string_view("\2\0\x40", 3), bits));
    EXPECT_FALSE(add_packed("\x01 too short", bits));
}

}  // namespace
}  // namespace capbridge::store::test
