// JSON as people write their configuration: with // and /* */ comments. Comments become blanks, so that every
// line and every JSON pointer stays where it was, and the rest is read by parse_json(). Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge {

// Errors "invalid_json", with the line: a comment that does not end, a comma before a closing bracket. What
// else is wrong with the text is left for the parser to say.
Result<std::string> without_comments(std::string_view text);

}  // namespace capbridge
