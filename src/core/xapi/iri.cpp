#include "core/xapi/iri.hpp"

#include <algorithm>
#include <array>

namespace capbridge::xapi {
namespace {

enum Kind : unsigned char { never = 0, anywhere = 1, in_scheme = 2, letter = 4 };

constexpr auto kinds = [] {
    std::array<unsigned char, 256> out{};
    for (unsigned c = '!'; c < 256; ++c) out[c] = anywhere;
    for (const unsigned char c : {'<', '>', '"', '{', '}', '|', '\\', '^', '`'}) out[c] = never;
    out[0x7F] = never;
    for (unsigned c = '0'; c <= '9'; ++c) out[c] |= in_scheme;
    for (const unsigned char c : {'+', '-', '.'}) out[c] |= in_scheme;
    for (unsigned c = 'a'; c <= 'z'; ++c) {
        out[c] |= in_scheme | letter;
        out[c - 32] |= in_scheme | letter;
    }
    return out;
}();

bool is(char c, Kind kind) {
    return (kinds[static_cast<unsigned char>(c)] & kind) != 0;
}

}  // namespace

bool is_iri(std::string_view text) {
    std::size_t colon = 0;
    while (colon < text.size() && is(text[colon], in_scheme)) ++colon;
    if (colon == 0 || colon + 1 >= text.size() || text[colon] != ':' || !is(text[0], letter)) return false;
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(colon), text.end(),
                       [](char c) { return is(c, anywhere); });
}

}  // namespace capbridge::xapi
