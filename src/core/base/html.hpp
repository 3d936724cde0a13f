// Text as HTML shows it. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace capbridge {

// For content and for attribute values in either kind of quotes.
std::string escape_html(std::string_view text);

}  // namespace capbridge
