#include "adapters/http/redactor.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "core/base/ids.hpp"

namespace capbridge::adapters {
namespace {

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
// What a place in a text may mean, besides the byte that stands there.
struct Readings {
    std::array<Written, 6> all{};
    std::size_t count = 0;
    void add(char meant, std::size_t size) {
        if (count < all.size()) all[count++] = {meant, size};
    }
};

constexpr std::size_t kMostLayers = 3;  // of percent-encoding, JSON within JSON, entities

int byte_at(std::string_view text, std::size_t at) {
    const auto digit = [&](std::size_t i) { return i < text.size() ? hex_value(text[i]) : -1; };
    return digit(at) < 0 || digit(at + 1) < 0 ? -1 : digit(at) * 16 + digit(at + 1);
}

// %2F, %252F, %25252F
void read_percent(std::string_view text, std::size_t at, Readings& out) {
    for (std::size_t layer = 0; layer < kMostLayers; ++layer) {
        const auto from = at + 1 + 2 * layer;
        const auto byte = byte_at(text, from);
        if (byte < 0) return;
        out.add(static_cast<char>(byte), from + 2 - at);
        if (byte != '%') return;
    }
}

// JSON's \/ \" \\ and \u002f, also with the backslashes of a text that was written as JSON again.
void read_backslashes(std::string_view text, std::size_t at, Readings& out) {
    constexpr std::size_t most = (std::size_t{1} << kMostLayers) - 1;
    std::size_t slashes = 1;
    while (slashes < most && at + slashes < text.size() && text[at + slashes] == '\\') ++slashes;
    const auto next = at + slashes;
    if (next < text.size() && (text[next] == '/' || text[next] == '"')) out.add(text[next], slashes + 1);
    if (text.substr(next).starts_with("u00") && byte_at(text, next + 3) >= 0)
        out.add(static_cast<char>(byte_at(text, next + 3)), slashes + 5);
    if (slashes >= 2) out.add('\\', 2);
    if (slashes >= 4) out.add('\\', 4);
}

// &amp; &#47; &#x2F; and with &amp; for their ampersand.
void read_entity(std::string_view text, std::size_t at, Readings& out) {
    static constexpr std::array<std::pair<std::string_view, char>, 8> kNames{{{"lt;", '<'},
                                                                              {"gt;", '>'},
                                                                              {"quot;", '"'},
                                                                              {"apos;", '\''},
                                                                              {"sol;", '/'},
                                                                              {"plus;", '+'},
                                                                              {"equals;", '='},
                                                                              {"nbsp;", ' '}}};
    auto from = at + 1;
    for (std::size_t layer = 0; layer < kMostLayers && text.substr(from).starts_with("amp;"); ++layer) {
        from += 4;
        out.add('&', from - at);
    }
    const auto rest = text.substr(from, 10);
    for (const auto& [name, meant] : kNames) {
        if (rest.starts_with(name)) out.add(meant, from + name.size() - at);
    }
    if (!rest.starts_with('#')) return;
    const bool hex = rest.size() > 1 && (rest[1] == 'x' || rest[1] == 'X');
    int point = 0;
    for (std::size_t i = hex ? 2 : 1; i < rest.size() && point < 0x100; ++i) {
        if (rest[i] == ';') {
            if (point > 0) out.add(static_cast<char>(point), from + i + 1 - at);
            return;
        }
        const auto digit = hex_value(rest[i]);
        if (digit < 0 || (!hex && digit > 9)) return;
        point = point * (hex ? 16 : 10) + digit;
    }
}

bool may_mean_another(char c) {
    return c == '%' || c == '\\' || c == '&' || c == '+';
}

Readings readings_at(std::string_view text, std::size_t at) {
    Readings out;
    if (text[at] == '%') read_percent(text, at, out);
    if (text[at] == '\\') read_backslashes(text, at, out);
    if (text[at] == '&') read_entity(text, at, out);
    if (text[at] == '+') out.add(' ', 1);
    return out;
}

// How many bytes of line ends are there, as they are or as JSON and addresses write them: base64 in mail and
// in PEM has one after every 64 or 76 characters.
std::size_t line_end_at(std::string_view text, std::size_t at) {
    auto end = at;
    while (end < text.size()) {
        const auto rest = text.substr(end, 5);
        if (rest[0] == '\r' || rest[0] == '\n') {
            ++end;
        } else if (rest.starts_with("\\r") || rest.starts_with("\\n")) {
            end += 2;
        } else if (rest.starts_with("%0D") || rest.starts_with("%0A") || rest.starts_with("%0d") ||
                   rest.starts_with("%0a")) {
            end += 3;
        } else if (rest.starts_with("&#13;") || rest.starts_with("&#10;")) {
            end += 5;
        } else {
            break;
        }
    }
    return end - at;
}

// Where the ways to read a text have come to; few are open at a time.
class Ends {
public:
    void add(std::size_t end) {
        if (count_ < all_.size() && std::find(begin(), this->end(), end) == this->end()) all_[count_++] = end;
    }
    [[nodiscard]] const std::size_t* begin() const { return all_.data(); }
    [[nodiscard]] const std::size_t* end() const { return all_.data() + count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }

private:
    std::array<std::size_t, 8> all_{};
    std::size_t count_ = 0;
};

void step(std::string_view text, std::size_t at, char wanted, Ends& out) {
    if (at >= text.size()) return;
    if (text[at] == wanted) out.add(at + 1);
    if (!may_mean_another(text[at])) return;
    const auto readings = readings_at(text, at);
    for (std::size_t i = 0; i < readings.count; ++i) {
        if (readings.all[i].meant == wanted) out.add(at + readings.all[i].size);
    }
}

// How many bytes of the text from there write the pattern; 0: they do not.
std::size_t match(std::string_view text, std::size_t at, std::string_view pattern) {
    if (text.substr(at).starts_with(pattern)) return pattern.size();
    Ends ends;
    ends.add(at);
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        Ends next;
        for (const auto end : ends) {
            step(text, end, pattern[i], next);
            if (i == 0 || !next.empty()) continue;
            if (const auto skipped = line_end_at(text, end); skipped > 0)
                step(text, end + skipped, pattern[i], next);
        }
        if (next.empty()) return 0;
        ends = next;
    }
    return *std::max_element(ends.begin(), ends.end()) - at;
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
    if (pattern.size() >= Redactor::kShortest &&
        std::find(patterns_.begin(), patterns_.end(), pattern) == patterns_.end())
        patterns_.push_back(std::move(pattern));
}

void Redactor::add(std::string_view secret) {
    if (secret.size() < Redactor::kShortest) return;
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
    for (std::size_t c = 0; c < begins_.size(); ++c)
        begins_[c] = !by_first_[c].empty() || may_mean_another(static_cast<char>(c));
}

bool Redactor::clean(std::string& text) const {
    const std::shared_lock lock(mutex_);
    if (patterns_.empty()) return false;
    bool found = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (!begins_[static_cast<unsigned char>(c)]) {  // most of a text
            ++at;
            continue;
        }
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        const bool next_is_written = may_mean_another(next) || next == '\r' || next == '\n';
        const auto length_of_any = [&](char first) -> std::size_t {
            for (const auto i : by_first_[static_cast<unsigned char>(first)]) {
                // Most candidates end here, which is what makes this quick.
                if (first == c && next != patterns_[i][1] && !next_is_written && !may_mean_another(c))
                    continue;
                if (const auto length = match(text, at, patterns_[i]); length > 0) return length;
            }
            return 0;
        };
        auto length = length_of_any(c);
        if (length == 0 && may_mean_another(c)) {
            const auto readings = readings_at(text, at);
            for (std::size_t i = 0; i < readings.count && length == 0; ++i)
                length = length_of_any(readings.all[i].meant);
        }
        found |= length > 0;
        for (const auto end = at + length; at < end; ++at) text[at] = '*';
        at += length == 0 ? 1 : 0;
    }
    return found;
}

}  // namespace capbridge::adapters
