#include "core/engine/privacy/redaction.hpp"

#include <algorithm>
#include <set>

#include "core/base/text.hpp"
#include "core/engine/privacy/folding.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t shortest = 5, long_word = 8;

// Of a folded text. A letter or digit, or a part of a letter beyond ASCII: a name does not end there.
bool goes_on(char c) {
    const auto low = static_cast<unsigned char>(c);
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
        if (is_telling_name(name)) words.insert(fold(name).text);
    }
    // What was said of them by mistake, or is another's at another time, would be taken from somebody else.
    for (const auto& actor : known.actors) {
        if (actor.shared) continue;
        for (const auto& each : actor.identifiers) {
            if (is_telling_value(each.value)) {
                words.insert(fold(each.value).text);
                words.insert(fold(url_encode(each.value)).text);
            }
            words.insert(fold(people::text_of(each)).text);
            words.insert(fold(people::identifier_key(each)).text);
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
    auto out = without(text, 0);
    // As it stands, and as whoever reads the strings of JSON sees it: "Zo\\u00eb" is a spelling of a name
    // too.
    for (int escaped = 1; escaped <= most_escaped; ++escaped) {
        const std::string_view rest = out ? std::string_view(*out) : text;
        if (rest.find('\\') == std::string_view::npos) break;
        if (auto less = without(rest, escaped)) out = std::move(less);
    }
    return out;
}

std::optional<std::string> Redaction::without(std::string_view text, int escaped) {
    const auto folded = fold(text, escaped);
    const auto& seen = folded.text;
    const auto matches = [&](std::size_t at, const std::string& word) {
        if (seen.compare(at, word.size(), word) != 0) return false;
        const auto end = at + word.size();
        return end == seen.size() || !goes_on(seen[end]) || !goes_on(word.back());
    };
    std::string out;
    std::size_t copied = 0;
    bool found = false;
    for (std::size_t at = 0; at < seen.size();) {
        const auto& candidates = beginning_[static_cast<unsigned char>(seen[at])];
        const auto fits = candidates.empty() || (at > 0 && goes_on(seen[at - 1]))
                              ? candidates.end()
                              : std::find_if(candidates.begin(), candidates.end(),
                                             [&](std::size_t one) { return matches(at, words_[one]); });
        if (fits == candidates.end()) {
            ++at;
            continue;
        }
        found = true;
        const auto begin = folded.place(at), end = folded.place(at + words_[*fits].size());
        // One mark for one spelling, escaped or not: a term says what the body means.
        out.append(text.substr(copied, begin - copied))
            .append(mark_of(unescaped(text.substr(begin, end - begin), escaped)));
        copied = end;
        at += words_[*fits].size();
    }
    if (!found) return std::nullopt;
    return out.append(text.substr(copied));
}

}  // namespace capbridge::engine
