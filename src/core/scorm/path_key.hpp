// What two names have in common that many systems cannot keep apart: the same letters in another case, or the
// same accents written in another way (Unicode case folding and NFC, by ICU). Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace capbridge::scorm {

std::string path_key(std::string_view utf8);

}  // namespace capbridge::scorm
