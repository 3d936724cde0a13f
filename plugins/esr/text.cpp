#include "esr/text.hpp"

#include <algorithm>
#include <chrono>

namespace esr_adapter {
namespace {

// Windows-1252, 0x80 to 0x9f; five of them are nothing there either.
constexpr char32_t kWindows[32] = {0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                   0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
                                   0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                   0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// A byte from 0x80 on.
void append_upper(std::string& out, unsigned char byte) {
    const char32_t c = byte < 0xa0 ? kWindows[byte - 0x80] : byte;
    if (c < 0x800) {
        out += static_cast<char>(0xc0 | (c >> 6));
    } else {
        out += static_cast<char>(0xe0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    }
    out += static_cast<char>(0x80 | (c & 0x3f));
}

int number(std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

bool append_escaped(std::string& out, std::string_view latin1) {
    for (const char c : latin1) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            if (c != '\t') return false;
            out += ' ';
        } else if (byte >= 0x80) {
            append_upper(out, byte);
        } else {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
    }
    return true;
}

void append_quoted(std::string& out, std::string_view utf8) {
    out += '"';
    for (const char c : utf8) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

std::string utf8(std::string_view latin1) {
    std::string out;
    for (const char c : latin1) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            append_upper(out, byte);
        } else {
            out += byte < 0x20 || byte == 0x7f ? ' ' : c;
        }
    }
    return out;
}

std::optional<Day> read_day(std::string_view text) {
    if (text.size() != 8 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    const int year = number(text.substr(0, 4)), month = number(text.substr(4, 2)),
              day = number(text.substr(6, 2));
    const std::chrono::year_month_day ymd{std::chrono::year{year},
                                          std::chrono::month{static_cast<unsigned>(month)},
                                          std::chrono::day{static_cast<unsigned>(day)}};
    if (!ymd.ok() || year < 1800) return std::nullopt;
    return year >= 4700 ? kNever : year * 10'000 + month * 100 + day;
}

void append_iso(std::string& out, Day day) {
    const auto two = [&](int value) {
        out += static_cast<char>('0' + value / 10);
        out += static_cast<char>('0' + value % 10);
    };
    two(day / 1'000'000);
    two(day / 10'000 % 100);
    out += '-';
    two(day / 100 % 100);
    out += '-';
    two(day % 100);
}

std::string read_stamp(std::string_view text) {
    const bool whole = text.size() == 15 && text[8] == ' ';
    if (!whole && text.size() != 8) return {};
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i != 8 && !is_digit(text[i])) return {};
    }
    return std::string(text) + (whole ? "" : " 000000");
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == '-';
    });
}

bool like_national_insurance(std::string_view text) {
    std::string packed;
    for (const char c : text) {
        if (c != ' ') packed += c;
        if (packed.size() > 9) return false;
    }
    return packed.size() == 9 && is_letter(packed[0]) && is_letter(packed[1]) && is_letter(packed[8]) &&
           std::all_of(packed.begin() + 2, packed.begin() + 8, is_digit);
}

void Json::name(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
}

void Json::text(std::string_view member, std::string_view latin1, std::string_view column) {
    if (latin1.empty()) return;
    name(member);
    out_ += '"';
    if (!append_escaped(out_, latin1)) throw Unusable{column, "the field has control characters"};
    out_ += '"';
}

void Json::day(std::string_view member, Day day) {
    name(member);
    out_ += '"';
    append_iso(out_, day);
    out_ += '"';
}

void Json::raw(std::string_view member, std::string_view json) {
    name(member);
    out_ += json;
}

void Json::members(std::string_view fragment) {
    if (fragment.empty()) return;
    if (out_.size() > 1) out_ += ',';
    out_ += fragment;
}

}  // namespace esr_adapter
