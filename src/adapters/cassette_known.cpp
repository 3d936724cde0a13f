#include "adapters/cassette_known.hpp"

#include <algorithm>
#include <cctype>

namespace capbridge::adapters {
namespace {

constexpr std::size_t kWidestGap = 3;  // between two words of one phrase: ", " or " - "

bool is_word_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80) != 0;
}

std::vector<WordPlace> words_of(std::string_view text, std::size_t from, std::size_t most, std::size_t gap) {
    std::vector<WordPlace> out;
    for (auto at = from; out.size() < most;) {
        const auto word = next_word(text, at);
        if (!word || (!out.empty() && word->begin - out.back().end > gap)) break;
        out.push_back(*word);
        at = word->end;
    }
    return out;
}

std::string phrase_of(std::string_view text, const std::vector<WordPlace>& places, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += (i == 0 ? "" : " ") + fold_case(text.substr(places[i].begin, places[i].end - places[i].begin));
    return out;
}

bool has_letters_only_of(std::string_view text, int (*test)(int)) {
    bool any = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalpha(byte) == 0) continue;
        if (test(byte) == 0) return false;
        any = true;
    }
    return any;
}

// Of Latin with its extensions, Greek and Cyrillic: the letters of European and Vietnamese names. Each takes
// as many bytes as its capital.
unsigned lower_of(unsigned point) {
    const auto in = [&](unsigned from, unsigned to) { return point >= from && point <= to; };
    if ((in(0xC0, 0xDE) && point != 0xD7) || in(0x391, 0x3AB) || in(0x410, 0x42F)) return point + 0x20;
    if (in(0x400, 0x40F)) return point + 0x50;
    if (point == 0x178) return 0xFF;
    // Capital and small letter in turn: even and odd, or odd and even.
    const bool odd_first = in(0x139, 0x148) || in(0x179, 0x17E);
    if (odd_first) return point % 2 == 1 ? point + 1 : point;
    const bool even_first = (in(0x100, 0x137) && point != 0x130 && point != 0x131) || in(0x14A, 0x177) ||
                            in(0x1DE, 0x1EF) || in(0x1F8, 0x21F) || in(0x222, 0x233) || in(0x460, 0x481) ||
                            in(0x48A, 0x4BF) || in(0x4D0, 0x52F) || in(0x1E00, 0x1E95) || in(0x1EA0, 0x1EFF);
    if (even_first) return point % 2 == 0 ? point + 1 : point;
    if (point == 0x1A0 || point == 0x1AF) return point + 1;  // Vietnamese
    if (in(0x1CD, 0x1DC)) return point % 2 == 1 ? point + 1 : point;
    switch (point) {  // Greek with accents
        case 0x386:
            return 0x3AC;
        case 0x388:
        case 0x389:
        case 0x38A:
            return point + 0x25;
        case 0x38C:
            return 0x3CC;
        case 0x38E:
        case 0x38F:
            return point + 0x3F;
        default:
            return point;
    }
}

constexpr const char* exact_mark = "=";  // no word has it
constexpr std::size_t kAll = std::string_view::npos;

}  // namespace

std::string fold_case(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        if (byte < 0x80) {
            out[i] = static_cast<char>(std::tolower(byte));
            continue;
        }
        const auto next = [&](std::size_t n) -> unsigned {
            return i + n < out.size() ? static_cast<unsigned char>(out[i + n]) & 0x3Fu : 0;
        };
        if (byte >= 0xC3 && byte <= 0xDF && i + 1 < out.size()) {
            const auto lower = lower_of((byte & 0x1Fu) << 6 | next(1));
            out[i] = static_cast<char>(0xC0 | lower >> 6);
            out[++i] = static_cast<char>(0x80 | (lower & 0x3F));
        } else if (byte == 0xE1 && i + 2 < out.size()) {
            const auto lower = lower_of((byte & 0x0Fu) << 12 | next(1) << 6 | next(2));
            out[i + 1] = static_cast<char>(0x80 | (lower >> 6 & 0x3F));
            out[i + 2] = static_cast<char>(0x80 | (lower & 0x3F));
            i += 2;
        }
    }
    return out;
}

std::string in_case_of(std::string_view seen, std::string pseudonym) {
    const bool upper = has_letters_only_of(seen, std::isupper),
               lower = has_letters_only_of(seen, std::islower);
    if (!upper && !lower) return pseudonym;
    std::transform(pseudonym.begin(), pseudonym.end(), pseudonym.begin(), [&](unsigned char c) {
        return static_cast<char>(upper ? std::toupper(c) : std::tolower(c));
    });
    return pseudonym;
}

std::optional<WordPlace> next_word(std::string_view text, std::size_t from) {
    while (from < text.size() && !is_word_part(text[from])) ++from;
    if (from >= text.size()) return std::nullopt;
    auto end = from;
    while (end < text.size() && is_word_part(text[end])) ++end;
    return WordPlace{from, end};
}

void KnownPeople::learn(std::string_view original, std::string_view pseudonym, Case found) {
    const auto places = words_of(original, 0, kAll, kAll);
    if (places.empty()) return;
    const auto own = words_of(pseudonym, 0, kAll, kAll);
    const bool by_words = own.size() == places.size();
    const auto whole = original.substr(places.front().begin, places.back().end - places.front().begin);
    auto key = by_words ? phrase_of(original, places, places.size()) : exact_mark + fold_case(whole);
    const auto [it, added] = phrases_.try_emplace(std::move(key));
    if (!added) return;
    auto& entry = it->second;
    entry.original = whole;
    entry.pseudonym = pseudonym;
    entry.found = found;
    if (by_words) {
        for (const auto& [begin, end] : own) entry.words.emplace_back(pseudonym.substr(begin, end - begin));
    }
    auto& longest = longest_[phrase_of(original, places, 1)];
    longest = std::max(longest, places.size());
}

const KnownPeople::Entry* KnownPeople::find(std::string_view seen, const std::string& phrase) const {
    auto it = phrases_.find(exact_mark + fold_case(seen));
    if (it == phrases_.end()) it = phrases_.find(phrase);
    return it == phrases_.end() ? nullptr : &it->second;
}

std::optional<std::string> KnownPeople::exactly(std::string_view text) const {
    const auto places = words_of(text, 0, kAll, kAll);
    if (places.empty() || places.front().begin != 0 || places.back().end != text.size()) return std::nullopt;
    const auto* entry = find(text, phrase_of(text, places, places.size()));
    if (entry == nullptr) return std::nullopt;
    if (!entry->words.empty()) return replaced(text);
    return text == entry->original ? entry->pseudonym : in_case_of(text, entry->pseudonym);
}

std::string KnownPeople::replaced(std::string_view text) const {
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = 0; const auto first = next_word(text, at);) {
        at = first->end;
        const auto longest = longest_.find(fold_case(text.substr(first->begin, first->end - first->begin)));
        if (longest == longest_.end()) continue;
        const auto places = words_of(text, first->begin, longest->second, kWidestGap);
        for (auto count = places.size(); count > 0; --count) {
            const auto seen = text.substr(first->begin, places[count - 1].end - first->begin);
            const auto* entry = find(seen, phrase_of(text, places, count));
            if (entry == nullptr) continue;
            if (entry->found == Case::not_lower && has_letters_only_of(seen, std::islower)) continue;
            out += text.substr(done, first->begin - done);
            if (entry->words.empty())
                out += seen == entry->original ? entry->pseudonym : in_case_of(seen, entry->pseudonym);
            for (std::size_t i = 0; i < entry->words.size(); ++i) {
                if (i > 0) out += text.substr(places[i - 1].end, places[i].begin - places[i - 1].end);
                const auto word = text.substr(places[i].begin, places[i].end - places[i].begin);
                out += seen == entry->original ? entry->words[i] : in_case_of(word, entry->words[i]);
            }
            done = at = places[count - 1].end;
            break;
        }
    }
    return out += text.substr(done);
}

}  // namespace capbridge::adapters
