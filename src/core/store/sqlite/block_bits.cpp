#include "core/store/sqlite/block_bits.hpp"

#include <algorithm>
#include <bit>

namespace capbridge::store {
namespace {

constexpr char as_list = 0, as_bits = 1, as_gaps = 2;
constexpr std::size_t bytes_of_bits = BlockBits::size / 8;
// As many offsets as take no more room than all bits.
constexpr std::size_t most_listed = bytes_of_bits / 2;

void put_offset(std::string& out, unsigned offset) {
    out += static_cast<char>(offset & 0xFF);
    out += static_cast<char>(offset >> 8);
}

unsigned byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

// False: not a list of offsets.
template <class Each>
bool each_offset(std::string_view list, const Each& each) {
    if (list.size() % 2 != 0) return false;
    for (std::size_t i = 0; i < list.size(); i += 2) {
        const auto offset = static_cast<int>(byte_at(list, i) | byte_at(list, i + 1) << 8);
        if (offset >= BlockBits::size) return false;
        each(offset);
    }
    return true;
}

}  // namespace

void BlockBits::unite(const BlockBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}

void BlockBits::intersect(const BlockBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}

void BlockBits::keep(int first, int last) {
    for (int word = 0; word < static_cast<int>(words_.size()); ++word) {
        auto& bits = words_[static_cast<std::size_t>(word)];
        const int low = word * 64, high = low + 63;
        if (high < first || low > last) {
            bits = 0;
            continue;
        }
        if (low < first) bits &= ~std::uint64_t{0} << (first - low);
        if (high > last) bits &= ~std::uint64_t{0} >> (high - last);
    }
}

int BlockBits::count() const {
    int out = 0;
    for (const auto word : words_) out += std::popcount(word);
    return out;
}

int BlockBits::next(int offset) const {
    if (offset >= size) return -1;
    auto i = index(offset);
    auto word = words_[i] & ~std::uint64_t{0} << (offset % 64);
    while (word == 0) {
        if (++i == words_.size()) return -1;
        word = words_[i];
    }
    return static_cast<int>(i) * 64 + std::countr_zero(word);
}

int BlockBits::previous(int offset) const {
    if (offset < 0) return -1;
    auto i = index(offset);
    auto word = words_[i] & ~std::uint64_t{0} >> (63 - offset % 64);
    while (word == 0) {
        if (i-- == 0) return -1;
        word = words_[i];
    }
    return static_cast<int>(i) * 64 + 63 - std::countl_zero(word);
}

std::string pack(const BlockBits& bits) {
    const auto count = static_cast<std::size_t>(bits.count());
    std::string out;
    if (count <= most_listed) {
        out += as_list;
        for (int at = bits.next(0); at >= 0; at = bits.next(at + 1))
            put_offset(out, static_cast<unsigned>(at));
    } else if (BlockBits::size - count <= most_listed) {
        out += as_gaps;
        for (int at = 0; at < BlockBits::size; ++at) {
            if (!bits.test(at)) put_offset(out, static_cast<unsigned>(at));
        }
    } else {
        out.reserve(1 + bytes_of_bits);
        out += as_bits;
        for (std::size_t i = 0; i < bytes_of_bits; ++i)
            out += static_cast<char>(bits.word(i / 8) >> (8 * (i % 8)) & 0xFF);
    }
    return out;
}

std::string pack_offsets(const std::vector<std::uint16_t>& ascending) {
    if (ascending.size() > most_listed) {
        BlockBits bits;
        for (const auto offset : ascending) bits.set(offset);
        return pack(bits);
    }
    std::string out;
    out.reserve(1 + 2 * ascending.size());
    out += as_list;
    for (const auto offset : ascending) put_offset(out, offset);
    return out;
}

bool add_packed(std::string_view packed, BlockBits& bits) {
    if (packed.empty()) return false;
    const auto rest = packed.substr(1);
    if (packed[0] == as_list) return each_offset(rest, [&](int offset) { bits.set(offset); });
    if (packed[0] == as_gaps) {
        BlockBits all;
        all.fill();
        if (!each_offset(rest, [&](int offset) { all.remove(offset); })) return false;
        bits.unite(all);
        return true;
    }
    if (packed[0] != as_bits || rest.size() != bytes_of_bits) return false;
    for (std::size_t i = 0; i < bytes_of_bits / 8; ++i) {
        std::uint64_t word = 0;
        for (std::size_t byte = 8; byte-- > 0;) word = word << 8 | byte_at(rest, i * 8 + byte);
        bits.unite_word(i, word);
    }
    return true;
}

}  // namespace capbridge::store
