// Values as manifests write them. Pure; any thread.
#pragma once
#include <optional>
#include <string_view>

namespace capbridge::scorm {

// xs:decimal ("80", "+0.5", "-1"), space around it allowed; no exponent, no NaN.
std::optional<double> parse_decimal(std::string_view text);

// xs:boolean, in any letter case; nothing for other text.
std::optional<bool> parse_boolean(std::string_view text);

// "{{title}}", "[[title]]", "@@title": what a template leaves behind that was never filled in.
bool has_placeholder(std::string_view text);

}  // namespace capbridge::scorm
