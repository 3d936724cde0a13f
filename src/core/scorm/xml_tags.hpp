// Tags that cost more than they are worth: libxml2 compares each attribute of a tag with all others of it
// before it asks anybody, so a tag of a million attributes would take hours. Looked for in the bytes, before
// they are parsed. Pure; any thread.
#pragma once
#include <cstddef>
#include <string_view>

namespace capbridge::scorm::xml {

// The line (1-based) of the first tag with more than `most` attributes, namespaces counted; 0: there is none.
// `encoding`: UTF-16LE, UTF-16BE, or anything else of eight bits. Text that is not well-formed may have any
// answer.
int overfull_tag(std::string_view bytes, std::string_view encoding, std::size_t most);

}  // namespace capbridge::scorm::xml
