#include "core/scorm/path_key.hpp"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "core/base/text.hpp"

namespace capbridge::scorm {

std::string path_key(std::string_view utf8) {
    const bool ascii =
        std::all_of(utf8.begin(), utf8.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) return lower_ascii(utf8);
    UErrorCode error = U_ZERO_ERROR;
    const auto* nfc = icu::Normalizer2::getNFCInstance(error);
    if (U_FAILURE(error)) return lower_ascii(utf8);
    auto text =
        icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
    text = nfc->normalize(text.foldCase(), error);
    std::string key;
    if (U_FAILURE(error)) return lower_ascii(utf8);
    text.toUTF8String(key);
    return key;
}

}  // namespace capbridge::scorm
