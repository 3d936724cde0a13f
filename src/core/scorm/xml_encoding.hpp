// In which encoding a manifest is really written (XML 1.0, appendix F, and what packages get wrong): byte
// order mark first, then UTF-16 told by its NULs, then the declaration; bytes that are not what they claim to
// be are read as Windows-1252, which is what old authoring tools wrote. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace capbridge::scorm::xml {

struct Encoding {
    std::string declared;  // "" when not
    bool byte_order_mark = false;
    bool utf16_unmarked = false;  // UTF-16 without a mark
    std::string use;              // the encoding to read it in, when not the one that the parser would find
};

Encoding look_at_encoding(std::string_view bytes);

// For a second try, when the parser stumbled over the encoding: "UTF-8" or "windows-1252", or "" when there
// is nothing else to try.
std::string other_encoding(std::string_view bytes, const Encoding& first);

// Windows-1252 as UTF-8; its five unused bytes become U+FFFD.
std::string from_1252(std::string_view bytes);

}  // namespace capbridge::scorm::xml
