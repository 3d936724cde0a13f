#include "core/store/sqlite/posting.hpp"

namespace capbridge::store {
namespace {

void put(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out += static_cast<char>(value | 0x80);
        value >>= 7;
    }
    out += static_cast<char>(value);
}

std::uint64_t take(std::string_view& in) {
    std::uint64_t value = 0;
    for (int shift = 0; !in.empty() && shift < 64; shift += 7) {
        const auto byte = static_cast<unsigned char>(in.front());
        in.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) break;
    }
    return value;
}

}  // namespace

std::string pack(const std::vector<Posting>& postings) {
    std::string out;
    for (const auto& posting : postings) {
        put(out, static_cast<std::uint64_t>(posting.kind));
        put(out, static_cast<std::uint64_t>(posting.id));
    }
    return out;
}

std::vector<Posting> unpack(std::string_view packed, std::size_t most) {
    std::vector<Posting> out;
    while (!packed.empty() && out.size() < most) {
        const auto kind = static_cast<std::int64_t>(take(packed));
        const auto id = static_cast<std::int64_t>(take(packed));
        out.push_back({kind, id});
    }
    return out;
}

}  // namespace capbridge::store
