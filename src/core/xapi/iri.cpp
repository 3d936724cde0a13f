#include "core/xapi/iri.hpp"

#include <algorithm>

namespace capbridge::xapi {

bool is_iri(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
    const auto scheme = text.substr(0, colon);
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (!letter(scheme[0])) return false;
    if (!std::all_of(scheme.begin(), scheme.end(), [&](char c) {
            return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        }))
        return false;
    return std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == '"' || c == '{' ||
               c == '}' || c == '|' || c == '\\' || c == '^' || c == '`';
    });
}

}  // namespace capbridge::xapi
