// Texts of others (adapters, servers, files) before a person, a log or a JSON answer gets them: bounded, and
// without anything that a terminal would act on. Pure functions; any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace capbridge {

// At most so many bytes from its beginning, and no character cut in two.
std::string_view cut_text(std::string_view text, std::size_t most_bytes);

// UTF-8 in one line: controls (C0, DEL, C1), ends of lines and marks that turn the direction of writing
// become spaces, bytes that are no UTF-8 question marks. More than `most_bytes` is cut off.
std::string plain_text(std::string_view text, std::size_t most_bytes = std::string_view::npos);

}  // namespace capbridge
