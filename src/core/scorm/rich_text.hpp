// Markdown (CommonMark, through libcmark) as HTML that is safe to show: what looks like HTML in the source is
// shown as text, links that could run code lose their target. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/base/html.hpp"

namespace capbridge::scorm {

// Blocks. Headings of any level become `heading` and the levels below it.
std::string markdown_html(std::string_view markdown, int heading = 3);
// One line: the same without the paragraph around it. Several paragraphs are joined.
std::string markdown_inline(std::string_view markdown);
// The words alone.
std::string markdown_words(std::string_view markdown);

}  // namespace capbridge::scorm
