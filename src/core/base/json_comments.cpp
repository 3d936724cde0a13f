#include "core/base/json_comments.hpp"

#include <algorithm>

namespace capbridge {
namespace {

// What a comment is made of becomes a blank each, but line breaks stay.
void blank(std::string& text, std::size_t begin, std::size_t end) {
    for (auto at = begin; at < end; ++at) {
        if (text[at] != '\n' && text[at] != '\r') text[at] = ' ';
    }
}

int line_at(std::string_view text, std::size_t at) {
    return 1 +
           static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

// After the closing quote. A string that does not end on its line is not JSON: comments go on behind it.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '\n'; ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return at;
}

}  // namespace

Result<std::string> without_comments(std::string_view text) {
    std::string out(text);
    std::size_t comma = std::string::npos;  // the last thing that was no blank, when that was a comma
    for (std::size_t at = 0; at < out.size();) {
        const char c = out[at];
        if (c == '"') {
            at = end_of_string(out, at);
            comma = std::string::npos;
        } else if (out.compare(at, 2, "//") == 0) {
            const auto end = std::min(out.find('\n', at), out.size());
            blank(out, at, end);
            at = end;
        } else if (out.compare(at, 2, "/*") == 0) {
            const auto close = out.find("*/", at + 2);
            if (close == std::string::npos)
                return fail("invalid_json",
                            "the comment that begins here with /* does not end; close it with */", {},
                            line_at(text, at));
            blank(out, at, close + 2);
            at = close + 2;
        } else {
            if (c == ',') {
                comma = at;
            } else if (c == '}' || c == ']') {
                if (comma != std::string::npos)
                    return fail("invalid_json",
                                std::string("not valid JSON: nothing follows this comma but the closing '") +
                                    c + "' of line " + std::to_string(line_at(text, at)) +
                                    "; remove the comma",
                                {}, line_at(text, comma));
                comma = std::string::npos;
            } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
                comma = std::string::npos;
            }
            ++at;
        }
    }
    return out;
}

}  // namespace capbridge
