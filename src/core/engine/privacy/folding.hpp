// Texts as they are compared when somebody's name is looked for in them: without regard to capitals in any
// script, to how accents are put together, to the many dashes and spaces and how many of them there are, and
// to escapes of JSON. Pure; any
// thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::engine {

// Escapes are undone so many times: a JSON text may stand in a string of another, and again in one of a
// third.
constexpr int most_escaped = 4;

struct Folded {
    std::string text;  // of bytes beyond ASCII it has those of letters, digits and accents only
    // Where each byte of it came from, and the end; empty: each from its own place.
    std::vector<std::uint32_t> from;
    [[nodiscard]] std::size_t place(std::size_t at) const { return from.empty() ? at : from[at]; }
};

// `escaped`: how many times the escapes of JSON are undone first.
Folded fold(std::string_view text, int escaped = 0);
std::string unescaped(std::string_view text, int escaped);

}  // namespace capbridge::engine
