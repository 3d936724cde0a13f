#include "core/scorm/xml_tags.hpp"

namespace capbridge::scorm::xml {
namespace {

// Only ASCII matters here: all other characters of UTF-16 are one that means nothing in a tag.
class Characters {
public:
    Characters(std::string_view bytes, std::string_view encoding)
        : bytes_(bytes), wide_(encoding.starts_with("UTF-16")), big_(encoding == "UTF-16BE") {}
    [[nodiscard]] std::size_t size() const { return wide_ ? bytes_.size() / 2 : bytes_.size(); }
    [[nodiscard]] char operator[](std::size_t index) const {
        if (!wide_) return bytes_[index];
        const char first = bytes_[2 * index], second = bytes_[2 * index + 1];
        if (big_) return first == '\0' ? second : '.';
        return second == '\0' ? first : '.';
    }

private:
    std::string_view bytes_;
    bool wide_, big_;
};

}  // namespace

int overfull_tag(std::string_view bytes, std::string_view encoding, std::size_t most) {
    const Characters text(bytes, encoding);
    bool in_tag = false;
    char quote = '\0';
    std::size_t values = 0;
    int line = 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') ++line;
        if (c == '<') {  // never inside of a value
            const char next = i + 1 < text.size() ? text[i + 1] : '\0';
            in_tag = next != '!' && next != '?' && next != '/';
            quote = '\0';
            values = 0;
        } else if (!in_tag) {
            continue;
        } else if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '>') {
            in_tag = false;
        } else if (c == '"' || c == '\'') {
            quote = c;
            if (++values > most) return line;
        }
    }
    return 0;
}

}  // namespace capbridge::scorm::xml
