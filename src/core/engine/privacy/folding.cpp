#include "core/engine/privacy/folding.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <optional>

#include "core/base/text.hpp"

namespace capbridge::engine {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr char other_sign = '\x1f';  // stands for every sign beyond ASCII: no part of a word

struct Point {
    UChar32 code = 0;  // below 0: a byte that is no UTF-8, less 256
    std::uint32_t at = 0;
};

std::vector<Point> points_of(std::string_view text) {
    std::vector<Point> out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        const auto letter = text.substr(at, size);
        const auto place = static_cast<std::uint32_t>(at);
        if (size > 1 && !is_utf8(letter)) {
            out.push_back({lead - 256, place});
            ++at;
            continue;
        }
        UChar32 code = size == 1 ? lead : lead & (0x7F >> size);
        for (std::size_t i = 1; i < letter.size(); ++i)
            code = code << 6 | (static_cast<unsigned char>(letter[i]) & 0x3F);
        out.push_back({code, place});
        at += size;
    }
    return out;
}

std::optional<UChar32> unit_at(const std::vector<Point>& points, std::size_t at) {
    if (at + 6 > points.size() || points[at].code != '\\' || points[at + 1].code != 'u') return std::nullopt;
    UChar32 out = 0;
    for (auto i = at + 2; i < at + 6; ++i) {
        const auto c = points[i].code;
        const auto digit = c >= '0' && c <= '9'   ? c - '0'
                           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                  : -1;
        if (digit < 0) return std::nullopt;
        out = out * 16 + digit;
    }
    return out;
}

UChar32 short_escape(UChar32 c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return 0;
    }
}

// What is no escape stays as it is: the text need not be JSON.
std::vector<Point> unescape(const std::vector<Point>& points) {
    std::vector<Point> out;
    out.reserve(points.size());
    for (std::size_t i = 0; i < points.size();) {
        const auto at = points[i].at;
        if (auto unit = unit_at(points, i)) {
            i += 6;
            if (U16_IS_LEAD(*unit)) {
                const auto trail = unit_at(points, i);
                if (trail && U16_IS_TRAIL(*trail)) {
                    unit = U16_GET_SUPPLEMENTARY(*unit, *trail);
                    i += 6;
                }
            }
            out.push_back({U_IS_SURROGATE(*unit) ? 0xFFFD : *unit, at});
            continue;
        }
        const auto one =
            points[i].code == '\\' && i + 1 < points.size() ? short_escape(points[i + 1].code) : 0;
        out.push_back({one != 0 ? one : points[i].code, at});
        i += one != 0 ? 2 : 1;
    }
    return out;
}

std::vector<Point> points_of(std::string_view text, int escaped) {
    auto points = points_of(text);
    for (int i = 0; i < escaped; ++i) points = unescape(points);
    return points;
}

void append(std::string& to, UChar32 code) {
    if (code < 0) {
        to += static_cast<char>(code + 256);
        return;
    }
    icu::UnicodeString(code).toUTF8String(to);
}

// An accented letter becomes the letter and its accents, as others write it from the start.
void append_letter(std::string& to, UChar32 code) {
    UErrorCode error = U_ZERO_ERROR;
    const auto* nfkd = icu::Normalizer2::getNFKDInstance(error);
    auto letter = icu::UnicodeString(code).foldCase();
    if (U_SUCCESS(error)) letter = nfkd->normalize(letter, error).foldCase();
    if (U_FAILURE(error)) return append(to, code);
    letter.toUTF8String(to);
}

void append_folded(std::string& to, UChar32 code) {
    if (code < 0) return append(to, code);
    if (code < 0x80) {
        to += static_cast<char>(code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code);
        return;
    }
    const auto type = u_charType(code);
    if (type == U_FORMAT_CHAR) return;  // a soft hyphen, a mark of direction: nobody sees them
    if (u_isalnum(code) || (U_MASK(type) & U_GC_M_MASK) != 0) return append_letter(to, code);
    to += u_isUWhiteSpace(code)              ? ' '
          : type == U_DASH_PUNCTUATION       ? '-'
          : code == 0x2018 || code == 0x2019 ? '\''
                                             : other_sign;
}

}  // namespace

Folded fold(std::string_view text, int escaped) {
    const auto as_it_is = [](char c) { return static_cast<unsigned char>(c) < 0x80 && !is_space(c); };
    char before = 'x';
    const bool plain = std::all_of(text.begin(), text.end(), [&](char c) {
        const bool another = c == ' ' && before != ' ';
        before = c;
        return another || as_it_is(c);
    });
    if (escaped == 0 && plain) return {lower_ascii(text), {}};
    Folded out;
    out.text.reserve(text.size());
    out.from.reserve(text.size() + 1);
    for (const auto& point : points_of(text, escaped)) {
        const bool space = point.code >= 0 && (u_isUWhiteSpace(point.code) != 0);
        if (space && out.text.ends_with(' ')) continue;
        if (space) {
            out.text += ' ';
        } else {
            append_folded(out.text, point.code);
        }
        out.from.resize(out.text.size(), point.at);
    }
    out.from.push_back(static_cast<std::uint32_t>(text.size()));
    return out;
}

std::string unescaped(std::string_view text, int escaped) {
    if (escaped == 0) return std::string(text);
    std::string out;
    for (const auto& point : points_of(text, escaped)) append(out, point.code);
    return out;
}

}  // namespace capbridge::engine
