#include "core/engine/privacy/redaction.hpp"

#include <algorithm>
#include <set>

#include "core/base/text.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t shortest = 5, long_word = 8;

unsigned char lower(char c) {
    return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

// A letter or digit, or a part of a letter beyond ASCII: a name does not end there.
bool goes_on(char c) {
    const auto low = lower(c);
    return (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || low >= 0x80 || low == '_';
}

bool is_telling_name(const std::string& name) {
    return name.size() >= shortest && name.find(' ') != std::string::npos;
}

bool is_telling_value(const std::string& value) {
    if (value.size() < shortest) return false;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (std::all_of(value.begin(), value.end(), digit)) return false;
    return value.size() >= long_word || std::any_of(value.begin(), value.end(), [&](char c) {
               return digit(c) || c == '@' || c == '.' || c == '_';
           });
}

}  // namespace

Redaction::Redaction(const KnownAs& known, std::string mark) : mark_(std::move(mark)) {
    std::set<std::string> words;
    for (const auto& name : known.own_names) {
        if (is_telling_name(name)) words.insert(lower_ascii(name));
    }
    // What was said of them by mistake, or is another's at another time, would be taken from somebody else.
    for (const auto& actor : known.actors) {
        if (actor.shared) continue;
        for (const auto& each : actor.identifiers) {
            if (is_telling_value(each.value)) {
                words.insert(lower_ascii(each.value));
                words.insert(lower_ascii(url_encode(each.value)));
            }
            words.insert(lower_ascii(people::text_of(each)));
            words.insert(lower_ascii(people::identifier_key(each)));
        }
    }
    words.erase("");
    words_.assign(words.begin(), words.end());
    std::stable_sort(words_.begin(), words_.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (std::size_t i = 0; i < words_.size(); ++i)
        beginning_[static_cast<unsigned char>(words_[i].front())].push_back(i);
}

// The number stands before the mark, which is of one length: no end of it can be taken for what follows.
const std::string& Redaction::mark_of(std::string_view spelling) {
    auto found = marks_.find(spelling);
    if (found == marks_.end()) {
        auto mark = "erased-" + std::to_string(marks_.size() + 1) + "-" + mark_;
        found = marks_.emplace(std::string(spelling), std::move(mark)).first;
    }
    return found->second;
}

std::optional<std::string> Redaction::operator()(std::string_view text) {
    std::string out;
    std::size_t copied = 0;
    const auto matches = [&](std::size_t at, const std::string& word) {
        if (word.size() > text.size() - at) return false;
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (lower(text[at + i]) != static_cast<unsigned char>(word[i])) return false;
        }
        const auto end = at + word.size();
        return end == text.size() || !goes_on(text[end]) || !goes_on(word.back());
    };
    bool found = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto& candidates = beginning_[lower(text[at])];
        const auto fits = candidates.empty() || (at > 0 && goes_on(text[at - 1]))
                              ? candidates.end()
                              : std::find_if(candidates.begin(), candidates.end(),
                                             [&](std::size_t one) { return matches(at, words_[one]); });
        if (fits == candidates.end()) {
            ++at;
            continue;
        }
        found = true;
        const auto size = words_[*fits].size();
        out.append(text.substr(copied, at - copied)).append(mark_of(text.substr(at, size)));
        copied = at += size;
    }
    if (!found) return std::nullopt;
    return out.append(text.substr(copied));
}

}  // namespace capbridge::engine
