#include "core/base/plain_text.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace capbridge {
namespace {

bool goes_on(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

bool is_control(std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
    if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
    // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069
    return character.size() == 3 && byte(0) == 0xE2 &&
           ((byte(1) == 0x80 &&
             (byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE))) ||
            (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9));
}

}  // namespace

std::string_view cut_text(std::string_view text, std::size_t most_bytes) {
    if (text.size() <= most_bytes) return text;
    auto end = most_bytes;
    // A character has at most three bytes behind its first; more is no UTF-8 anyway.
    for (int i = 0; i < 3 && end > 0 && goes_on(text[end]); ++i) --end;
    return text.substr(0, goes_on(text[end]) ? most_bytes : end);
}

std::string plain_text(std::string_view text, std::size_t most_bytes) {
    std::string out;
    out.reserve(std::min(text.size(), most_bytes));
    for (std::size_t at = 0; at < text.size();) {
        auto end = at + 1;
        while (end < text.size() && end < at + 4 && goes_on(text[end])) ++end;
        auto character = text.substr(at, end - at);
        std::string_view said = character;
        if (!is_utf8(character)) {
            character = character.substr(0, 1);
            said = is_utf8(character) ? character : "?";
        }
        if (is_control(character)) said = " ";
        if (out.size() + said.size() > most_bytes) break;
        out += said;
        at += character.size();
    }
    return out;
}

}  // namespace capbridge
