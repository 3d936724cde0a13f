// JSON written as text, for records that come by the million: no values are made on the way. Text that goes
// in is UTF-8. Pure; any thread.
//   std::string out = "{";
//   add_text(out, "key", key); add_raw(out, "score", "1.5"); out += '}';
#pragma once
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace plugins {

inline void append_json_text(std::string& out, std::string_view utf8) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;  // of `utf8`, not copied yet
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(utf8, plain, i - plain);
        plain = i + 1;
        out += '\\';
        if (c == '"' || c == '\\') {
            out += static_cast<char>(c);
        } else if (c == '\n') {
            out += 'n';
        } else {
            out += "u00";
            out += hex[c >> 4];
            out += hex[c & 15];
        }
    }
    out.append(utf8, plain, utf8.size() - plain);
    out += '"';
}

// A member of the object, or of the list when `name` is empty, that `out` ends in.
inline void add_name(std::string& out, std::string_view name) {
    if (!out.empty() && out.back() != '{' && out.back() != '[') out += ',';
    if (name.empty()) return;
    out += '"';
    out += name;  // one of ours: nothing to escape
    out += "\":";
}

inline void add_raw(std::string& out, std::string_view name, std::string_view json) {
    add_name(out, name);
    out += json;
}

inline void add_text(std::string& out, std::string_view name, std::string_view utf8) {
    add_name(out, name);
    append_json_text(out, utf8);
}

inline void add_number(std::string& out, std::string_view name, double value) {  // finite
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    add_raw(out, name,
            error == std::errc{} ? std::string_view(text, static_cast<std::size_t>(end - text)) : "0");
}

}  // namespace plugins
