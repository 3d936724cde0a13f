#include "core/scorm/structure.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

// "en" of "en-GB".
std::string first_part(std::string_view language) {
    return lower_ascii(language.substr(0, language.find_first_of("-_")));
}

}  // namespace

const std::string& text_in(const Texts& texts, std::string_view language) {
    static const std::string none;
    const auto find = [&](const auto& fits) {
        const auto at = std::find_if(texts.begin(), texts.end(), fits);
        return at == texts.end() ? nullptr : &at->text;
    };
    const std::string wanted = lower_ascii(language), broad = first_part(language);
    if (const auto* text = find([&](const Text& t) { return lower_ascii(t.language) == wanted; }))
        return *text;
    if (const auto* text =
            find([&](const Text& t) { return !broad.empty() && first_part(t.language) == broad; }))
        return *text;
    if (const auto* text = find([&](const Text& t) { return first_part(t.language) == "en"; })) return *text;
    return texts.empty() ? none : texts.front().text;
}

}  // namespace capbridge::scorm
