#include <unistd.h>

#include <algorithm>

#include "core/base/text.hpp"
#include "core/net/syslog.hpp"

namespace capbridge::net {
namespace {

constexpr std::size_t most_value = 2048, most_text = 48u << 10, most_fields = 32;

// 1*n printable ASCII without what `but` has; "-" is the nil value.
std::string name_of(std::string_view text, std::size_t most, std::string_view but) {
    std::string out;
    for (const char c : text) {
        if (out.size() == most) break;
        if (c > ' ' && c < 0x7F) out += but.find(c) == std::string_view::npos ? c : '_';
    }
    return out.empty() ? "-" : out;
}

std::string cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    auto end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end));
}

// PARAM-VALUE: UTF-8, with three characters escaped; line breaks would be legal and would confuse most.
std::string value_of(std::string_view text) {
    std::string out;
    for (const char c : cut(text, most_value)) {
        if (c == '"' || c == '\\' || c == ']') out += '\\';
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return is_utf8(out) ? out : "?";
}

}  // namespace

std::string syslog_text(const SyslogMessage& m, int facility, const std::string& host) {
    std::string out = "<" + std::to_string(facility * 8 + std::clamp(m.severity, 0, 7)) + ">1 " +
                      format_instant(m.at) + " " + name_of(host, 255, "") + " capbridge " +
                      std::to_string(::getpid()) + " " + name_of(m.msgid, 32, "") + " ";
    if (m.fields.empty()) out += "-";
    for (std::size_t i = 0; i < std::min(m.fields.size(), most_fields); ++i) {
        if (i == 0) out += "[capbridge@32473";
        out += " " + name_of(m.fields[i].first, 32, "=]\"") + "=\"" + value_of(m.fields[i].second) + "\"";
        if (i + 1 == std::min(m.fields.size(), most_fields)) out += "]";
    }
    auto text = cut(m.text, most_text);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    if (!text.empty()) out += " " + text;
    return out;
}

std::string syslog_frame(const std::string& text) {
    return std::to_string(text.size()) + " " + text;
}

}  // namespace capbridge::net
