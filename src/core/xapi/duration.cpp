#include "core/xapi/duration.hpp"

namespace capbridge::xapi {
namespace {

bool digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t digits_from(std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (at + count < text.size() && digit(text[at + count])) ++count;
    return count;
}

bool separator(char c) {
    return c == '.' || c == ',';
}

}  // namespace

bool is_duration(std::string_view text) {
    if (text.size() < 3 || text[0] != 'P') return false;
    std::string_view units = "YMWD";  // those that may still come
    bool in_time = false, any = false, weeks = false, fraction = false;
    for (std::size_t at = 1; at < text.size();) {
        if (text[at] == 'T' && !in_time) {
            if (weeks) return false;
            in_time = true;
            any = false;
            units = "HMS";
            ++at;
            continue;
        }
        if (fraction) return false;  // only the last part has one
        const auto whole = digits_from(text, at);
        if (whole == 0) return false;
        at += whole;
        if (at < text.size() && separator(text[at])) {
            const auto parts = digits_from(text, at + 1);
            if (parts == 0) return false;
            at += 1 + parts;
            fraction = true;
        }
        if (at == text.size()) return false;
        const auto unit = units.find(text[at]);
        if (unit == std::string_view::npos) return false;
        if (!in_time && text[at] == 'W') {
            if (any) return false;
            weeks = true;
        } else if (weeks) {
            return false;
        }
        units.remove_prefix(unit + 1);
        any = true;
        ++at;
    }
    return any;
}

std::string comparable_duration(std::string_view text) {
    std::string out(text);
    const auto point = out.find_first_of(".,");
    if (point == std::string::npos) return out;
    const auto count = digits_from(out, point + 1);
    const auto end = point + 1 + count;
    if (count == 0 || end >= out.size()) return out;
    auto kept = out[end] == 'S' && count > 2 ? 2 : count;
    while (kept > 0 && out[point + kept] == '0') --kept;
    out[point] = '.';
    const auto from = kept == 0 ? point : point + 1 + kept;
    out.erase(from, end - from);
    return out;
}

}  // namespace capbridge::xapi
