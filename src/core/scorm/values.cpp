#include "core/scorm/values.hpp"

#include <charconv>
#include <cmath>
#include <string>

#include "core/base/text.hpp"

namespace capbridge::scorm {

std::optional<double> parse_decimal(std::string_view text) {
    const std::string trimmed = trim(text);
    const char* begin = trimmed.data();
    const char* const end = begin + trimmed.size();
    if (trimmed.size() > 1 && *begin == '+' && begin[1] != '-') ++begin;
    double value = 0;
    const auto [stop, error] = std::from_chars(begin, end, value, std::chars_format::fixed);
    // from_chars also takes "inf" and "nan".
    if (error != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
    const std::string word = lower_ascii(trim(text));
    if (word == "true" || word == "1") return true;
    if (word == "false" || word == "0") return false;
    return std::nullopt;
}

bool has_placeholder(std::string_view text) {
    const auto between = [&](std::string_view open, std::string_view close) {
        const auto at = text.find(open);
        return at != std::string_view::npos && text.find(close, at + open.size()) != std::string_view::npos;
    };
    return between("{{", "}}") || between("[[", "]]") || text.find("@@") != std::string_view::npos;
}

}  // namespace capbridge::scorm
