// A JSON body taken apart into the texts of its rows, so that one broken row (bad UTF-8, nested without end,
// a number nobody can read) costs that row and not the page, and so that a row can be handed on byte for
// byte. The scan follows brackets and quotes only; what it cuts out is then parsed strictly, row by row. A
// body that ends in the middle was cut off on its way. Pure; any thread; holds views into the text that it
// was given.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace plugins {

using RawMembers = std::vector<std::pair<std::string_view, std::string_view>>;  // name without quotes, value

namespace detail {

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool take(char c) {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    [[nodiscard]] bool at_end() {
        skip_blanks();
        return at_ == text_.size();
    }
    // The next value's text; nullopt when the text ends within it. Loops, so that no depth can exhaust the
    // stack.
    std::optional<std::string_view> value() {
        skip_blanks();
        const auto from = at_;
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                if (!string()) return std::nullopt;
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                if (depth == 0) break;
                --depth;
                ++at_;
            } else if (depth == 0 && (c == ',' || c == ':' || is_blank(c))) {
                break;
            } else {
                ++at_;
                continue;  // a number or a literal goes on
            }
            if (depth == 0) break;
        }
        if (depth != 0 || at_ == from) return std::nullopt;
        return text_.substr(from, at_ - from);
    }

private:
    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }
    bool string() {
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
            } else if (text_[at_] == '"') {
                ++at_;
                return true;
            }
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace detail

// nullopt: the text is no whole array.
inline std::optional<std::vector<std::string_view>> raw_elements(std::string_view array) {
    detail::Scanner scan(array);
    std::vector<std::string_view> out;
    if (!scan.take('[')) return std::nullopt;
    if (!scan.take(']')) {
        do {
            const auto value = scan.value();
            if (!value) return std::nullopt;
            out.push_back(*value);
        } while (scan.take(','));
        if (!scan.take(']')) return std::nullopt;
    }
    return scan.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

// nullopt: the text is no whole object. Names that are written with escapes keep them.
inline std::optional<RawMembers> raw_members(std::string_view object) {
    detail::Scanner scan(object);
    RawMembers out;
    if (!scan.take('{')) return std::nullopt;
    if (!scan.take('}')) {
        do {
            const auto name = scan.value();
            if (!name || name->size() < 2 || !name->starts_with('"') || !scan.take(':')) return std::nullopt;
            const auto value = scan.value();
            if (!value) return std::nullopt;
            out.emplace_back(name->substr(1, name->size() - 2), *value);
        } while (scan.take(','));
        if (!scan.take('}')) return std::nullopt;
    }
    return scan.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

// "" when there is none.
inline std::string_view raw_member(const RawMembers& members, std::string_view name) {
    for (const auto& [n, value] : members) {
        if (n == name) return value;
    }
    return {};
}

// Strict: well-formed, UTF-8, no deeper than `deepest` (a frame of the wire holds 64). nullopt otherwise.
inline std::optional<nlohmann::json> parse_row(std::string_view text, int deepest = 60) {
    bool too_deep = false;
    auto parsed = nlohmann::json::parse(
        text,
        [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
            too_deep = too_deep || depth > deepest;
            return !too_deep;
        },
        false);
    if (too_deep || parsed.is_discarded()) return std::nullopt;
    return parsed;
}

}  // namespace plugins
