#include "core/engine/privacy/redaction.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/engine/privacy/folding.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t shortest = 5, short_word = 5;

// Of a folded text. A letter or digit, or a part of a letter beyond ASCII: a name does not end there.
bool goes_on(char c) {
    const auto low = static_cast<unsigned char>(c);
    return (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || low >= 0x80 || low == '_';
}

// "Will Read", "May Day": without capitals these are words of any text.
bool needs_capitals(std::string_view folded_name) {
    for (std::size_t begin = 0; begin < folded_name.size();) {
        const auto end = std::min(folded_name.find(' ', begin), folded_name.size());
        if (end - begin > short_word) return false;
        begin = end + 1;
    }
    return true;
}

bool is_telling_name(std::string_view folded_name) {
    return folded_name.size() >= shortest && folded_name.find(' ') != std::string_view::npos;
}

// A word of a language has neither.
bool is_telling_value(const std::string& value) {
    if (value.size() < shortest) return false;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (std::all_of(value.begin(), value.end(), digit)) return false;
    return std::any_of(value.begin(), value.end(),
                       [&](char c) { return digit(c) || c == '@' || c == '.' || c == '_'; });
}

std::string with_plus(std::string text) {
    for (auto at = text.find("%20"); at != std::string::npos; at = text.find("%20", at))
        text.replace(at, 3, "+");
    return text;
}

}  // namespace

Redaction::Redaction(const KnownAs& known, std::string mark) : mark_(std::move(mark)) {
    std::map<std::string, Word> words;
    const auto add = [&](std::string_view text, bool name) {
        auto folded = fold(text).text;
        if (folded.empty()) return;
        const bool capitals = name && needs_capitals(folded);
        words.try_emplace(folded, Word{folded, name, capitals, false});
    };
    for (const auto& name : known.own_names) {
        if (!is_telling_name(fold(name).text)) continue;
        add(name, true);
        add(url_encode(name), false);
        add(with_plus(url_encode(name)), false);
    }
    // What was said of them by mistake, or is another's at another time, would be taken from somebody else.
    for (const auto& actor : known.actors) {
        if (actor.shared) continue;
        for (const auto& each : actor.identifiers) {
            if (is_telling_value(each.value)) {
                add(each.value, false);
                add(url_encode(each.value), false);
            }
            add(people::text_of(each), false);
            add(people::identifier_key(each), false);
        }
    }
    for (const auto& text : known.of_others) {
        auto folded = fold(text).text;
        words[folded] = {folded, false, false, true};
    }
    for (auto& [text, word] : words) words_.push_back(std::move(word));
    std::stable_sort(words_.begin(), words_.end(),
                     [](const auto& a, const auto& b) { return a.text.size() > b.text.size(); });
    for (std::size_t i = 0; i < words_.size(); ++i)
        beginning_[static_cast<unsigned char>(words_[i].text.front())].push_back(i);
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

// Whether it stands there as a whole: "lee@demo.example" is no part of "ann.lee@demo.example", nor "Ann Lee"
// of "Ann Lee-Jones". A dash that is none of ASCII separates words of a text.
bool Redaction::fits(const Folded& folded, std::string_view text, std::size_t at, const Word& word) {
    const auto& seen = folded.text;
    if (seen.compare(at, word.text.size(), word.text) != 0) return false;
    const auto end = at + word.text.size();
    const auto joins = [&](std::size_t place) {
        const char c = seen[place];
        if (c == '-') return text[folded.place(place)] == '-';
        return !word.is_name && (c == '.' || c == '+' || c == '@');
    };
    if (at > 0 && (goes_on(seen[at - 1]) || (at > 1 && joins(at - 1) && goes_on(seen[at - 2])))) return false;
    if (end < seen.size() && goes_on(word.text.back()) &&
        (goes_on(seen[end]) || (end + 1 < seen.size() && joins(end) && goes_on(seen[end + 1]))))
        return false;
    if (!word.capitals) return true;
    for (auto begin = at; begin < end; ++begin) {
        if (begin > at && seen[begin - 1] != ' ') continue;
        const char c = text[folded.place(begin)];
        if (c >= 'a' && c <= 'z') return false;
    }
    return true;
}

std::optional<std::string> Redaction::without(std::string_view text, int escaped) {
    const auto folded = fold(text, escaped);
    const auto& seen = folded.text;
    std::string out;
    std::size_t copied = 0;
    bool found = false;
    for (std::size_t at = 0; at < seen.size();) {
        const auto& candidates = beginning_[static_cast<unsigned char>(seen[at])];
        const auto one = std::find_if(candidates.begin(), candidates.end(), [&](std::size_t candidate) {
            return fits(folded, text, at, words_[candidate]);
        });
        if (one == candidates.end()) {
            ++at;
            continue;
        }
        const auto& word = words_[*one];
        const auto begin = folded.place(at), end = folded.place(at + word.text.size());
        at += word.text.size();
        if (word.is_of_others) continue;
        found = true;
        // One mark for one spelling, escaped or not: a term says what the body means.
        out.append(text.substr(copied, begin - copied))
            .append(mark_of(unescaped(text.substr(begin, end - begin), escaped)));
        copied = end;
    }
    if (!found) return std::nullopt;
    return out.append(text.substr(copied));
}

}  // namespace capbridge::engine
