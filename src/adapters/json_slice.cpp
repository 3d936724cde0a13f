#include "adapters/json_slice.hpp"

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

// A recursive-descent recogniser; every function leaves `at` behind what it took, or says false.
class Recogniser {
public:
    Recogniser(std::string_view text, int max_depth) : text_(text), depth_left_(max_depth) {}

    template <class OnMember>
    bool object(OnMember&& on_member) {
        if (!take('{') || --depth_left_ < 0) return false;
        spaces();
        if (!take('}')) {
            do {
                spaces();
                const std::size_t name_at = at_ + 1;
                if (!string()) return false;
                const std::string_view name = text_.substr(name_at, at_ - 1 - name_at);
                spaces();
                if (!take(':')) return false;
                spaces();
                const std::size_t value_at = at_;
                if (!value()) return false;
                on_member(name, text_.substr(value_at, at_ - value_at));
                spaces();
            } while (take(','));
            if (!take('}')) return false;
        }
        ++depth_left_;
        return true;
    }

    void spaces() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
            ++at_;
    }
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    // Outside of strings nothing else is taken.
    [[nodiscard]] bool only_ascii() const { return (seen_ & 0x8080808080808080) == 0; }

private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    bool value() {
        switch (peek()) {
            case '{':
                return object([](std::string_view, std::string_view) {});
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return word("true");
            case 'f':
                return word("false");
            case 'n':
                return word("null");
            default:
                return number();
        }
    }

    bool array() {
        if (!take('[') || --depth_left_ < 0) return false;
        spaces();
        if (!take(']')) {
            do {
                spaces();
                if (!value()) return false;
                spaces();
            } while (take(','));
            if (!take(']')) return false;
        }
        ++depth_left_;
        return true;
    }

    bool word(std::string_view w) {
        if (text_.substr(at_, w.size()) != w) return false;
        at_ += w.size();
        return true;
    }

    bool digits() {
        const auto from = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ > from;
    }

    bool number() {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            return digits();
        }
        return true;
    }

    bool unit(unsigned& code) {  // behind "\u"
        code = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            const char c = peek();
            const int digit = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) return false;
            code = code * 16 + static_cast<unsigned>(digit);
        }
        return true;
    }

    bool escape() {
        if (take('u')) {
            unsigned code = 0;
            if (!unit(code) || (code >= 0xdc00 && code < 0xe000)) return false;
            return code < 0xd800 || code >= 0xe000 ||
                   (take('\\') && take('u') && unit(code) && code >= 0xdc00 && code < 0xe000);
        }
        if (at_ == text_.size() || std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos)
            return false;
        ++at_;
        return true;
    }

    bool string() {
        if (!take('"')) return false;
        const char* p = text_.data() + at_;
        const char* const end = text_.data() + text_.size();
        while (true) {
            // Most of a record is text in strings: eight bytes at a time, as long as none of them matters.
            for (std::uint64_t word = 0; end - p >= 8; p += 8) {
                std::memcpy(&word, p, 8);
                if (matters(word)) break;
                seen_ |= word;
            }
            if (p == end) return false;
            const auto c = static_cast<unsigned char>(*p++);
            seen_ |= c;
            if (c < 0x20) return false;
            if (c != '"' && c != '\\') continue;
            at_ = static_cast<std::size_t>(p - text_.data());
            if (c == '"') return true;
            if (!escape()) return false;
            p = text_.data() + at_;
        }
    }

    // Whether a byte of it is '"', '\\' or below 0x20.
    static bool matters(std::uint64_t word) {
        constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
        const auto has_zero = [](std::uint64_t w) { return (w - ones) & ~w & highs; };
        return (((word - ones * 0x20) & ~word & highs) | has_zero(word ^ ones * '"') |
                has_zero(word ^ ones * '\\')) != 0;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_left_;
    std::uint64_t seen_ = 0;  // the bits of all bytes in strings
};

}  // namespace

std::optional<JsonObject> JsonObject::slice(std::string_view text, int max_depth) {
    JsonObject object;
    object.members_.reserve(4);
    Recogniser recogniser(text, max_depth);
    recogniser.spaces();
    bool repeated = false;
    const bool well_formed = recogniser.object([&](std::string_view name, std::string_view value) {
        repeated = repeated || !object.raw(name).empty();
        object.members_.push_back({name, value});
    });
    if (!well_formed || repeated) return std::nullopt;
    recogniser.spaces();
    if (!recogniser.at_end() || (!recogniser.only_ascii() && !is_utf8(text))) return std::nullopt;
    return object;
}

std::string_view JsonObject::raw(std::string_view name) const {
    for (const auto& member : members_) {
        if (member.name == name) return member.value;
    }
    return {};
}

std::optional<std::string> JsonObject::text(std::string_view name) const {
    const auto value = raw(name);
    if (!value.starts_with('"')) return std::nullopt;
    if (value.find('\\') == std::string_view::npos) return std::string(value.substr(1, value.size() - 2));
    return nlohmann::json::parse(value).get<std::string>();
}

}  // namespace capbridge::adapters
