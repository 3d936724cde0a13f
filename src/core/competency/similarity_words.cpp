#include "core/competency/similarity_words.hpp"

#include <libstemmer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_set>

#include "core/base/text.hpp"

namespace capbridge::competency {
namespace {

constexpr std::size_t most_bytes = 20'000, most_segments = 400, longest_word = 64;

// Words of every sentence, and words of every course list. Sorted by nothing: read once into a set.
constexpr std::string_view silent_words =
    "a about above across after again against all along also although always am among an and another any are "
    "around as at away back be because been before behind being below beside besides best better between "
    "both "
    "bring bringing brings but by can cannot chief come comes could did different do does doing done down "
    "during each either else end ends ever every everybody everyone example examples far few first fit fits "
    "for from further general get gets give given gives go goes going good had has have having he her here "
    "how however i if in instance into is it item its itself just keep kind kinds knew know knowing known "
    "knows last lead least less let like little long look looks made main make makes making many may mean "
    "means meant might more most much must my need needs never new next no none nor not nothing now number "
    "of off often on once one only onto or other others our out over own part parts people person place "
    "place point put rather real really relevant same say says see seen set sets several shall should show "
    "shows since so some somebody something stand stands still such suitable take taken takes tell than that "
    "the their them then there these they thing things this those three through thus till time to together "
    "too towards two type types under until up upon us use used useful uses using various very via want was "
    "way ways we well went were what when where whether which while who whole whom whose why will with "
    "within without work works would yes yet you your yours "
    "activity annual assessment attend attendance beginner beginners certificate class classroom course "
    "courses day days e-learning edition elearning essential essentials half hour hours introduce introduces "
    "introduction introductory learner learners lesson level mandatory minute minutes module modules online "
    "overview participant participants part programme refresher resource session sessions staff starter "
    "topic topics training unit update webinar week weeks workshop year yearly";

const std::unordered_set<std::string>& silent() {
    static const auto set = [] {
        std::unordered_set<std::string> out;
        for (auto& word : split(silent_words, ' ')) out.insert(std::move(word));
        return out;
    }();
    return set;
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// One code point from `text`; 0 where it is no UTF-8 (one byte is taken then).
char32_t next_point(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const unsigned lead = byte(at);
    const std::size_t more = lead < 0x80       ? 0
                             : lead >> 5 == 6  ? 1
                             : lead >> 4 == 14 ? 2
                             : lead >> 3 == 30 ? 3
                                               : 9;
    if (more == 0) return at++, lead;
    if (more == 9) return ++at, 0;
    char32_t point = lead & (0x3fu >> more);
    for (std::size_t i = 1; i <= more; ++i) {
        if (byte(at + i) >> 6 != 2) return ++at, 0;
        point = point << 6 | (byte(at + i) & 0x3f);
    }
    at += more + 1;
    return point;
}

bool parts_words(char32_t point) {
    if (point < 0x80) {
        return !(point >= '0' && point <= '9') && !(point >= 'a' && point <= 'z') &&
               !(point >= 'A' && point <= 'Z');
    }
    return point < 0xc0 || (point >= 0x2000 && point <= 0x206f) || point == 0xd7 || point == 0xf7 ||
           (point >= 0x3000 && point <= 0x303f) || point == 0xfeff;
}

}  // namespace

WordReader::WordReader(const std::vector<framework::Term>& glossary)
    : stemmer_(sb_stemmer_new("english", "UTF_8")) {
    for (std::size_t i = 0; i < glossary.size(); ++i) {
        subject_.push_back(glossary[i].subject);
        terms_.push_back(glossary[i].term);
        learn(glossary[i].term, static_cast<int>(i));
        for (const auto& other : glossary[i].also) learn(other, static_cast<int>(i));
    }
}

WordReader::~WordReader() {
    sb_stemmer_delete(stemmer_);
}

std::string WordReader::stem_of(const std::string& lower) const {
    if (stemmer_ == nullptr || lower.size() > longest_word) return lower;
    const auto* stem = sb_stemmer_stem(stemmer_, reinterpret_cast<const sb_symbol*>(lower.data()),
                                       static_cast<int>(lower.size()));
    if (stem == nullptr) return lower;
    return {reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(stemmer_))};
}

std::vector<WordReader::Word> WordReader::words_of(std::string_view text) const {
    std::vector<Word> out;
    text = text.substr(0, most_bytes);
    std::string lower, written;
    const auto flush = [&] {
        while (!lower.empty() && lower.back() == '\'') lower.pop_back(), written.pop_back();
        if (lower.ends_with("'s")) lower.resize(lower.size() - 2), written.resize(written.size() - 2);
        // DCB0129 is DCB 0129.
        const auto digit = lower.find_first_of("0123456789");
        if (digit != std::string::npos && digit >= 2 && lower.size() - digit >= 2 &&
            is_digits(std::string_view(lower).substr(digit))) {
            const auto rest = lower.substr(digit);
            out.push_back({stem_of(lower.substr(0, digit)), written.substr(0, digit), false});
            out.push_back({rest, rest, false});
        } else if (!lower.empty()) {
            const bool says_nothing = silent().contains(lower) || (lower.size() == 1 && !is_digits(lower));
            out.push_back({stem_of(lower), written, says_nothing});
        }
        lower.clear();
        written.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto begin = at;
        const auto point = next_point(text, at);
        if (point == '\'' || point == 0x2019) {
            if (!lower.empty()) lower += '\'', written += '\'';
        } else if (parts_words(point)) {
            flush();
        } else if (point < 0x80) {
            lower += point >= 'A' && point <= 'Z' ? static_cast<char>(point + 32) : static_cast<char>(point);
            written += static_cast<char>(point);
        } else {
            const auto bytes = text.substr(begin, at - begin);
            written += bytes;
            lower += bytes;
            // The capitals of Latin-1: their small letters stand 32 further on.
            if (point >= 0xc0 && point <= 0xde) lower.back() = static_cast<char>(lower.back() + 32);
        }
    }
    flush();
    return out;
}

void WordReader::learn(std::string_view phrase, int term) {
    Phrase out;
    out.term = term;
    for (auto& word : words_of(phrase)) out.stems.push_back(std::move(word.stem));
    if (out.stems.empty()) return;
    const auto first = out.stems.front();
    phrases_[first].push_back(std::move(out));
}

void WordReader::find_terms(const std::vector<Word>& words, Features& out) const {
    std::map<int, std::string> found;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto it = phrases_.find(words[i].stem);
        if (it == phrases_.end()) continue;
        for (const auto& phrase : it->second) {
            if (i + phrase.stems.size() > words.size()) continue;
            bool same = true;
            for (std::size_t k = 1; same && k < phrase.stems.size(); ++k)
                same = words[i + k].stem == phrase.stems[k];
            if (!same) continue;
            std::string written = words[i].written;
            for (std::size_t k = 1; k < phrase.stems.size(); ++k) written += " " + words[i + k].written;
            const auto term = static_cast<std::size_t>(phrase.term);
            if (lower_ascii(written) != lower_ascii(terms_[term])) written += " (" + terms_[term] + ")";
            found.try_emplace(phrase.term, std::move(written));
        }
    }
    for (auto& [term, written] : found) {
        out.speaks_of_subject = out.speaks_of_subject || subject_[static_cast<std::size_t>(term)];
        out.list.push_back({"#" + std::to_string(term), std::move(written), 1});
    }
}

Features WordReader::read(std::string_view text) const {
    Features out;
    const auto words = words_of(text);
    find_terms(words, out);
    std::map<std::string, std::pair<std::string, int>> counts;
    const Word* before = nullptr;
    for (const auto& word : words) {
        if (is_digits(word.stem)) out.numbers.push_back(word.stem);
        if (word.silent) continue;
        if (!is_digits(word.stem) || word.stem.size() > 2) {
            ++counts.try_emplace(word.stem, word.written, 0).first->second.second;
            if (before != nullptr) {
                ++counts.try_emplace(before->stem + " " + word.stem, before->written + " " + word.written, 0)
                      .first->second.second;
            }
            before = &word;
        }
    }
    for (auto& [key, value] : counts)
        out.list.push_back({key, std::move(value.first), 1 + std::log(static_cast<double>(value.second))});
    return out;
}

std::vector<std::string> segments_of(std::string_view text) {
    std::vector<std::string> out;
    const auto add = [&](std::string_view part) {
        auto trimmed = trim(part);
        if (trimmed.size() > 1 && out.size() < most_segments &&
            std::find(out.begin(), out.end(), trimmed) == out.end())
            out.push_back(std::move(trimmed));
    };
    text = text.substr(0, most_bytes);
    add(text);
    for (const auto marks : {std::string_view(".?!\n\r"), std::string_view(".?!\n\r,;:()\"")}) {
        std::size_t begin = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (marks.find(text[i]) == std::string_view::npos) continue;
            // "1.2" and "e.g." are no ends of sentences.
            const bool inside = text[i] == '.' && i + 1 < text.size() && text[i + 1] != ' ' &&
                                text[i + 1] != '\n' && text[i + 1] != '\r';
            if (inside) continue;
            add(text.substr(begin, i - begin));
            begin = i + 1;
        }
        add(text.substr(begin));
    }
    return out;
}

}  // namespace capbridge::competency
