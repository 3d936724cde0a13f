#include "core/scorm/xml_encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/text.hpp"

namespace capbridge::scorm::xml {
namespace {

// The characters of 0x80 to 0x9F.
constexpr std::array<std::uint16_t, 32> upper_1252{
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

std::string declared_encoding(std::string_view bytes) {
    std::string head;
    for (const char c : bytes.substr(0, 512)) {
        if (c == '>') break;
        if (c != '\0') head += c;  // UTF-16 of ASCII is ASCII with NULs between
    }
    if (head.find("<?xml") == std::string::npos) return {};
    const auto at = head.find("encoding");
    if (at == std::string::npos) return {};
    const auto open = head.find_first_of("\"'", at);
    if (open == std::string::npos) return {};
    const auto close = head.find(head[open], open + 1);
    return close == std::string::npos ? std::string{} : trim(head.substr(open + 1, close - open - 1));
}

bool is_latin1(std::string_view name) {
    return name == "iso-8859-1" || name == "iso8859-1" || name == "iso_8859-1" || name == "latin1" ||
           name == "latin-1" || name == "l1";
}

bool is_1252(std::string_view name) {
    return name == "windows-1252" || name == "cp1252" || name == "cp-1252" || name == "x-cp1252" ||
           name == "ansi";
}

bool is_utf16_name(std::string_view name) {
    return name.starts_with("utf-16") || name.starts_with("utf16") || name.starts_with("ucs-2") ||
           name.starts_with("iso-10646-ucs-2");
}

// The control characters that ISO-8859-1 has there are nobody's text; the quotes and dashes of 1252 are.
bool has_upper_1252(std::string_view bytes) {
    return std::any_of(bytes.begin(), bytes.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x80 && byte <= 0x9F;
    });
}

}  // namespace

Encoding look_at_encoding(std::string_view bytes) {
    Encoding out;
    out.declared = declared_encoding(bytes);
    const std::string name = lower_ascii(out.declared);
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
        out.byte_order_mark = true;  // the mark is stronger than what the declaration says
        out.use = bytes.starts_with("\xff\xfe") ? "UTF-16LE" : "UTF-16BE";
    } else if (bytes.starts_with("\xef\xbb\xbf")) {
        out.byte_order_mark = true;
        if (!name.empty() && name != "utf-8" && name != "utf8") out.use = "UTF-8";
    } else if (bytes.size() >= 4 && bytes[0] == '<' && bytes[1] == '\0' && bytes[3] == '\0') {
        out.utf16_unmarked = true;
        out.use = "UTF-16LE";
    } else if (bytes.size() >= 4 && bytes[0] == '\0' && bytes[1] == '<' && bytes[2] == '\0') {
        out.utf16_unmarked = true;
        out.use = "UTF-16BE";
    } else if (is_1252(name) || (is_latin1(name) && has_upper_1252(bytes))) {
        out.use = "windows-1252";
    } else if (is_utf16_name(name)) {
        // Eight-bit text that was saved under its old declaration.
        out.use = is_utf8(bytes) ? "UTF-8" : "windows-1252";
    }
    return out;
}

std::string other_encoding(std::string_view bytes, const Encoding& first) {
    if (first.use.starts_with("UTF-16") || first.use == "windows-1252") return {};
    const bool utf8 = is_utf8(bytes);
    if (first.use == "UTF-8") return utf8 ? std::string{} : "windows-1252";
    const std::string name = lower_ascii(first.declared);
    if (name.empty() || name == "utf-8" || name == "utf8") return utf8 ? std::string{} : "windows-1252";
    return utf8 ? "UTF-8" : "windows-1252";
}

std::string from_1252(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 16);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
            continue;
        }
        const unsigned point = byte < 0xA0 ? upper_1252[byte - 0x80u] : byte;
        if (point < 0x800) {
            out += static_cast<char>(0xC0 | (point >> 6));
        } else {
            out += static_cast<char>(0xE0 | (point >> 12));
            out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
        }
        out += static_cast<char>(0x80 | (point & 0x3F));
    }
    return out;
}

}  // namespace capbridge::scorm::xml
