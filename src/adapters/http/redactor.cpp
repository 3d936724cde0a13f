#include "adapters/http/redactor.hpp"

#include <algorithm>
#include <mutex>

#include "core/base/ids.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kShortest = 8;

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// One byte of a text as it is meant, and how many bytes it is written with.
struct Written {
    char meant;
    std::size_t size;
};

Written written_at(std::string_view text, std::size_t at) {
    const auto digit = [&](std::size_t i) { return at + i < text.size() ? hex_value(text[at + i]) : -1; };
    const auto byte = [&](std::size_t i) { return static_cast<char>(digit(i) * 16 + digit(i + 1)); };
    if (text[at] == '%' && digit(1) >= 0 && digit(2) >= 0) return {byte(1), 3};
    if (text[at] != '\\' || at + 1 >= text.size()) return {text[at], 1};
    if (text[at + 1] == 'u' && digit(2) == 0 && digit(3) == 0 && digit(4) >= 0 && digit(5) >= 0)
        return {byte(4), 6};
    const auto next = text[at + 1];
    return next == '/' || next == '"' || next == '\\' ? Written{next, 2} : Written{text[at], 1};
}

// How many bytes of the text from there write the pattern; 0: they do not.
std::size_t match(std::string_view text, std::size_t at, std::string_view pattern) {
    if (text.substr(at).starts_with(pattern)) return pattern.size();
    auto end = at;
    for (const char c : pattern) {
        if (end >= text.size()) return 0;
        const auto [meant, size] = written_at(text, end);
        if (meant != c && !(c == ' ' && text[end] == '+')) return 0;
        end += size;
    }
    return end - at;
}

// The characters of base64 that the secret alone decides, when `before` bytes stand before its first group.
std::string core_of_base64(std::string_view secret, std::size_t before) {
    const auto text = base64(std::string(before, '\0') + std::string(secret));
    const std::size_t from = before == 0 ? 0 : before + 1;
    const std::size_t whole = (before + secret.size()) * 8 / 6;
    return text.substr(from, whole - from);
}

}  // namespace

void Redactor::add_pattern(std::string pattern) {
    if (pattern.size() >= kShortest &&
        std::find(patterns_.begin(), patterns_.end(), pattern) == patterns_.end())
        patterns_.push_back(std::move(pattern));
}

void Redactor::add(std::string_view secret) {
    if (secret.size() < kShortest) return;
    const std::unique_lock lock(mutex_);
    const auto known = patterns_.size();
    add_pattern(std::string(secret));
    if (patterns_.size() == known) return;
    for (std::size_t before = 0; before < 3; ++before) {
        auto core = core_of_base64(secret, before);
        add_pattern(core);
        std::replace(core.begin(), core.end(), '+', '-');
        std::replace(core.begin(), core.end(), '/', '_');
        add_pattern(std::move(core));
    }
    std::sort(patterns_.begin(), patterns_.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (auto& list : by_first_) list.clear();
    for (std::uint32_t i = 0; i < patterns_.size(); ++i)
        by_first_[static_cast<unsigned char>(patterns_[i].front())].push_back(i);
}

bool Redactor::clean(std::string& text) const {
    const std::shared_lock lock(mutex_);
    if (patterns_.empty()) return false;
    bool found = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        const bool next_is_written = next == '%' || next == '\\' || next == '+';
        const auto length_of_any = [&](char first) -> std::size_t {
            for (const auto i : by_first_[static_cast<unsigned char>(first)]) {
                // Most candidates end here, which is what makes this quick.
                if (first == c && next != patterns_[i][1] && !next_is_written && c != '%' && c != '\\')
                    continue;
                if (const auto length = match(text, at, patterns_[i]); length > 0) return length;
            }
            return 0;
        };
        auto length = length_of_any(c);
        if (length == 0 && (c == '%' || c == '\\')) length = length_of_any(written_at(text, at).meant);
        if (length == 0 && c == '+') length = length_of_any(' ');
        found |= length > 0;
        for (const auto end = at + length; at < end; ++at) text[at] = '*';
        at += length == 0 ? 1 : 0;
    }
    return found;
}

}  // namespace capbridge::adapters
