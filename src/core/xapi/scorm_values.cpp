#include "core/xapi/scorm_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/xapi/duration.hpp"

namespace capbridge::xapi {
namespace {

constexpr double most_seconds = 1e9;
constexpr std::size_t longest_time = 64;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// nullptr: absent, null or an empty text. LMSs write those where nothing was ever set.
const json* told(const json& from, const char* member) {
    if (!from.is_object()) return nullptr;
    const auto it = from.find(member);
    if (it == from.end() || it->is_null()) return nullptr;
    if (it->is_string() && trim(it->get_ref<const std::string&>()).empty()) return nullptr;
    return &*it;
}

// One word of a member, or nothing. `may_say` are those that it can be.
std::string word_in(const json& from, const char* member, std::initializer_list<std::string_view> may_say,
                    const std::string& where, LeftOuts& left_out) {
    const auto* value = told(from, member);
    if (value == nullptr) return {};
    auto word = value->is_string() ? cmi_word(value->get_ref<const std::string&>()) : std::string("?");
    if (word == "unknown" || word == "notattempted") return {};
    if (std::find(may_say.begin(), may_say.end(), word) != may_say.end()) return word;
    left_out.push_back({where + "/" + member, "is no word of SCORM for it"});
    return {};
}

struct Mark {
    std::optional<double> value;
    bool percent = false;
};

Mark mark_in(const json& score, const char* member, const std::string& where, LeftOuts& left_out) {
    const auto* value = told(score, member);
    if (value == nullptr) return {};
    Mark out;
    if (value->is_string()) {
        auto text = trim(value->get_ref<const std::string&>());
        out.percent = text.ends_with('%');
        if (out.percent) text.pop_back();
        out.value = cmi_number(text);
    } else {
        out.value = cmi_number(*value);
    }
    if (!out.value) left_out.push_back({where + "/" + member, "is no number that can be relied on"});
    return out;
}

// The part that a unit has, without zeros in front; "" when it is nothing.
std::string part_of_time(std::string_view digits, char unit) {
    const auto from = digits.find_first_not_of('0');
    if (from == std::string_view::npos) return {};
    std::string out(digits.substr(from));
    if (out.front() == '.') out.insert(0, "0");
    if (out.find_first_not_of("0.") == std::string::npos) return {};
    return out + unit;
}

std::string clock_duration(std::string_view hours, std::string_view minutes, std::string_view seconds) {
    const auto out =
        "PT" + part_of_time(hours, 'H') + part_of_time(minutes, 'M') + part_of_time(seconds, 'S');
    return out == "PT" ? "PT0S" : out;
}

bool are_seconds(std::string_view text, std::size_t digits) {
    const auto point = std::min(text.find('.'), text.size());
    const auto fraction = point < text.size() ? text.substr(point + 1) : std::string_view("0");
    return all_digits(text.substr(0, point)) && point <= digits && all_digits(fraction);
}

std::optional<std::string> of_clock(std::string_view text) {
    const auto first = text.find(':'), second = text.find(':', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto hours = text.substr(0, first), minutes = text.substr(first + 1, second - first - 1),
               seconds = text.substr(second + 1);
    if (!all_digits(hours) || hours.size() > 7 || !all_digits(minutes) || minutes.size() > 2 ||
        !are_seconds(seconds, 2))
        return std::nullopt;
    return clock_duration(hours, minutes, seconds);
}

std::optional<std::string> of_digits(std::string_view text) {
    const auto whole = text.substr(0, text.find('.'));
    if (whole.size() <= 5) {
        return are_seconds(text, 5) ? std::optional(clock_duration("0", "0", text)) : std::nullopt;
    }
    // 120530 may be five past noon or 33 hours; with a zero in front it is a clock.
    const auto hours = whole.size() - 4;
    const auto minutes = text.substr(hours, 2), seconds = text.substr(hours + 2);
    const bool clock = whole.front() == '0' && whole.size() <= 8 && all_digits(whole) && minutes < "60" &&
                       seconds.substr(0, 2) < "60" && are_seconds(seconds, 2);
    return clock ? std::optional(clock_duration(text.substr(0, hours), minutes, seconds)) : std::nullopt;
}

std::optional<std::string> of_iso(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (!is_duration(text)) return std::nullopt;
    auto cut = comparable_duration(text);
    return parse_duration(cut) ? std::optional(std::move(cut)) : std::nullopt;
}

}  // namespace

Edition edition_of(std::string_view text) {
    const auto has = [&](std::string_view part) { return contains_ignoring_case(text, part); };
    if (has("2004") || has("1.3")) return Edition::v2004;
    return has("1.2") || has("aicc") ? Edition::v1_2 : Edition::unknown;
}

std::string cmi_word(std::string_view text) {
    std::string out;
    for (const char c : lower_ascii(trim(text))) {
        if (c != ' ' && c != '_' && c != '-') out += c;
    }
    return out;
}

CmiStatus read_status(const json& from, const std::string& where, LeftOuts& left_out) {
    const auto any = {std::string_view("passed"), std::string_view("completed"), std::string_view("failed"),
                      std::string_view("incomplete"), std::string_view("browsed")};
    const auto status = word_in(from, "status", any, where, left_out);
    const auto completion = word_in(from, "completion", any, where, left_out);
    const auto success = word_in(from, "success", {"passed", "failed"}, where, left_out);
    CmiStatus out;
    for (const auto& word : {status, completion}) {
        if (word == "completed") out.completed = true;
        if (!word.empty()) out.begun = true;
    }
    for (const auto& word : {success, status, completion}) {
        if (word != "passed" && word != "failed") continue;
        out.success = word == "passed";
        break;
    }
    return out;
}

std::optional<double> cmi_number(const json& value) {
    double number = 0;
    if (value.is_number()) {
        number = value.get<double>();
    } else if (value.is_string()) {
        auto text = trim(value.get_ref<const std::string&>());
        if (text.starts_with('+')) text.erase(0, 1);
        const auto comma = text.find(',');
        if (comma != std::string::npos) {
            // A group of three behind a whole number: nobody can tell a thousand from one.
            const bool group =
                text.size() - comma == 4 && comma <= 4 && text.front() != '0' && !text.starts_with("-0");
            if (group || text.find_first_of(",.", comma + 1) != std::string::npos ||
                text.find('.') != std::string::npos)
                return std::nullopt;
            text[comma] = '.';
        }
        if (text.empty() || text.find_first_not_of("-+.0123456789eE") != std::string::npos)
            return std::nullopt;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    } else {
        return std::nullopt;
    }
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

void tell_unsound(const Score& s, const std::string& where, LeftOuts& left_out) {
    if (s.scaled && (*s.scaled < -1 || *s.scaled > 1))
        left_out.push_back({where + "/scaled", "lies outside -1 to 1"});
    if (s.min && s.max && *s.min >= *s.max)
        left_out.push_back({where + "/min", "is not below max: the range is left out"});
    else if (s.raw && ((s.min && *s.raw < *s.min) || (s.max && *s.raw > *s.max)))
        left_out.push_back({where + "/raw", "lies outside min and max"});
}

Score read_cmi_score(const json& from, Edition edition, const std::string& at, LeftOuts& left_out) {
    const auto* score = told(from, "score");
    const auto where = at + "/score";
    if (score == nullptr) return {};
    if (!score->is_object()) {
        left_out.push_back({where, "is no object with raw, min, max and scaled"});
        return {};
    }
    const auto raw = mark_in(*score, "raw", where, left_out),
               scaled = mark_in(*score, "scaled", where, left_out);
    Score out{scaled.value, raw.value, mark_in(*score, "min", where, left_out).value,
              mark_in(*score, "max", where, left_out).value};
    if (out.scaled && scaled.percent) *out.scaled /= 100;
    tell_unsound(out, where, left_out);
    if (out.scaled && (*out.scaled < -1 || *out.scaled > 1)) out.scaled.reset();
    if (out.min && out.max && *out.min >= *out.max) {
        out.min.reset();
        out.max.reset();
        // The range was meant to be something: the mark is not taken for one of a hundred.
        return out;
    }
    if (out.raw && ((out.min && *out.raw < *out.min) || (out.max && *out.raw > *out.max)))
        return {out.scaled, {}, {}, {}};

    // What the raw mark is of.
    auto top = out.max;
    if (!top && (raw.percent || edition == Edition::v1_2)) top = 100.0;
    const double bottom = out.min.value_or(0);
    if (!out.raw || !top) return out;
    if (raw.percent && *top != 100) {
        left_out.push_back({where + "/raw", "is a percentage, but max is not 100"});
        return {out.scaled, {}, {}, {}};
    }
    if (!out.max && (*out.raw > *top || *out.raw < bottom)) {
        left_out.push_back({where + "/raw", "lies outside 0 to 100, and there is no max"});
        return {out.scaled, {}, {}, {}};
    }
    if (!out.scaled && bottom < *top && *out.raw >= bottom)
        out.scaled = (*out.raw - bottom) / (*top - bottom);
    return out;
}

std::optional<std::string> cmi_duration(const json& value) {
    if (value.is_number()) {
        const double seconds = value.get<double>();
        if (!std::isfinite(seconds) || seconds < 0 || seconds > most_seconds) return std::nullopt;
        const auto hundredths = std::llround(seconds * 100);
        auto text = std::to_string(hundredths / 100) + "." + (hundredths % 100 < 10 ? "0" : "") +
                    std::to_string(hundredths % 100);
        return comparable_duration(clock_duration("0", "0", text));
    }
    if (!value.is_string()) return std::nullopt;
    auto text = trim(value.get_ref<const std::string&>());
    if (text.empty() || text.size() > longest_time) return std::nullopt;
    if (text[0] == 'P' || text[0] == 'p') return of_iso(std::move(text));
    const auto out = text.find(':') == std::string::npos ? of_digits(text) : of_clock(text);
    return out ? std::optional(comparable_duration(*out)) : std::nullopt;
}

bool is_no_time(std::string_view duration) {
    return duration.find_first_of("123456789") == std::string_view::npos;
}

std::string read_time(const json& from, const std::string& where, LeftOuts& left_out) {
    for (const auto* member : {"time", "session_time"}) {
        const auto* value = told(from, member);
        if (value == nullptr) continue;
        const auto duration = cmi_duration(*value);
        if (!duration) {
            left_out.push_back({where + "/" + member, "is no duration of SCORM or ISO 8601"});
            return {};  // the last session alone would pass for all of them
        }
        if (!is_no_time(*duration)) return *duration;
    }
    return {};
}

}  // namespace capbridge::xapi
