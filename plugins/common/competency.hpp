// The text by which ESR, and exports that follow it, name a competency, in its parts:
//   NHS|CSTF|Fire Safety - 2 Years|        authority NHS, group CSTF, title "Fire Safety", renewal P2Y
//   277|CNST                               authority 277, title "CNST"
// The whole text, without trailing bars, is the competency's id in all records: it is what every row of a
// held competency has, while the number of the definition is often missing. Pure; any thread.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plugins {

struct Competency {
    std::string id;         // the text as it stands, trimmed, without trailing bars
    std::string authority;  // NHS or a VPD; "" when the text does not begin with one
    std::string group;      // CSTF, KSF, LOCAL, ...
    std::string title;      // for people: without authority, group and renewal
    std::string renewal;    // ISO 8601, "" when the text says none
};

namespace competency_detail {

inline std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

inline std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

inline bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

inline bool is_authority(std::string_view text) {
    return text == "NHS" || (text.size() == 3 && is_number(text));
}

inline bool says_no_renewal(std::string_view text) {
    const auto words = lower(text);
    return words == "no renewal" || words == "no specified renewal" || words == "once only" ||
           words == "no expiry";
}

}  // namespace competency_detail

// "2" and "Year" -> "P2Y"; "" when it is no such period.
inline std::string period_of(std::string_view count, std::string_view units) {
    if (!competency_detail::is_number(count) || count.size() > 3) return {};
    while (count.size() > 1 && count.front() == '0') count.remove_prefix(1);
    if (count == "0") return {};
    const auto unit = competency_detail::lower(units);
    for (const std::string_view name : {"year", "month", "week", "day"}) {
        const bool plural = unit.size() == name.size() + 1 && unit.back() == 's' && unit.starts_with(name);
        if (unit == name || plural || unit == name.substr(0, 1))
            return "P" + std::string(count) + static_cast<char>(name[0] - 'a' + 'A');
    }
    return {};
}

namespace competency_detail {

// Takes " - 2 Years" off the end of a title and answers P2Y.
inline std::string take_renewal(std::string& title) {
    const auto dash = title.rfind('-');
    if (dash == std::string::npos) return {};
    const auto words = trimmed(std::string_view(title).substr(dash + 1));
    const auto before = std::string(trimmed(std::string_view(title).substr(0, dash)));
    if (before.empty()) return {};
    if (says_no_renewal(words)) {
        title = before;
        return {};
    }
    const auto space = words.find(' ');
    if (space == std::string_view::npos) return {};
    auto period = period_of(words.substr(0, space), trimmed(words.substr(space + 1)));
    if (!period.empty()) title = before;
    return period;
}

}  // namespace competency_detail

// The same bytes that go in come out: any encoding that has ASCII in it.
inline Competency read_competency(std::string_view text) {
    text = competency_detail::trimmed(text);
    while (!text.empty() && (text.back() == '|' || text.back() == ' ')) text.remove_suffix(1);
    Competency out;
    out.id = text;
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const auto bar = std::min(text.find('|', from), text.size());
        parts.emplace_back(competency_detail::trimmed(text.substr(from, bar - from)));
        from = bar + 1;
    }
    std::size_t first = 0;
    if (parts.size() > 1 && competency_detail::is_authority(parts[0])) {
        out.authority = parts[0];
        first = 1;
        if (parts.size() > 2) out.group = parts[first++];
    }
    for (; first < parts.size(); ++first) {
        auto renewal = competency_detail::take_renewal(parts[first]);
        if (out.renewal.empty()) out.renewal = std::move(renewal);
        if (parts[first].empty()) continue;
        if (!out.title.empty()) out.title += '|';  // a bar that belongs to the name
        out.title += parts[first];
    }
    if (out.title.empty()) out.title = out.id;
    return out;
}

}  // namespace plugins
