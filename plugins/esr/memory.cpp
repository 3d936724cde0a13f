#include "esr/memory.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace esr_adapter {
namespace {

using nlohmann::json;

constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kMostTombstones = 20'000;

std::string base36(long long value) {
    char text[16];
    const auto end = std::to_chars(text, text + sizeof text, value, 36).ptr;
    return {text, end};
}

long long of_base36(std::string_view text) {
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 36);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::runtime_error("no number in base 36");
    return value;
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find(separator, from), text.size());
        parts.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return parts;
}

// Texts that stand in many positions, each once.
class Words {
public:
    std::string number_of(const std::string& word) {
        const auto [it, fresh] = numbers_.try_emplace(word, list_.size());
        if (fresh) list_.push_back(word);
        return base36(static_cast<long long>(it->second));
    }
    [[nodiscard]] const std::vector<std::string>& list() const { return list_; }

private:
    std::map<std::string, std::size_t> numbers_;
    std::vector<std::string> list_;
};

std::string packed_starts(const std::map<std::string, std::set<Day>, std::less<>>& starts) {
    std::vector<std::pair<std::string, std::string>> rows;
    rows.reserve(starts.size());
    for (const auto& [id, days] : starts) {
        std::string text;
        for (const auto day : days) text += (text.empty() ? "" : ",") + base36(day);
        rows.emplace_back(id, std::move(text));
    }
    return pack(rows);
}

// Keeps the younger half by last start.
void forget_oldest(std::map<std::string, std::set<Day>, std::less<>>& starts) {
    std::vector<Day> last;
    for (const auto& [id, days] : starts) last.push_back(days.empty() ? 0 : *days.rbegin());
    auto middle = last.begin() + static_cast<std::ptrdiff_t>(last.size() / 2);
    std::nth_element(last.begin(), middle, last.end());
    std::size_t excess = last.size() - last.size() / 2;
    for (auto it = starts.begin(); it != starts.end() && excess > 0;) {
        const bool old = it->second.empty() || *it->second.rbegin() <= *middle;
        excess -= old ? 1 : 0;
        it = old ? starts.erase(it) : std::next(it);
    }
}

}  // namespace

std::string pack(const std::vector<std::pair<std::string, std::string>>& sorted) {
    std::string out, before;
    for (const auto& [key, value] : sorted) {
        std::size_t shared = 0;
        while (shared < 35 && shared < key.size() && shared < before.size() && key[shared] == before[shared])
            ++shared;
        out += kDigits[shared];
        out.append(key, shared);
        out += ':';
        out += value;
        out += ';';
        before = key;
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> unpack(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> out;
    std::string before;
    while (!text.empty()) {
        const auto colon = text.find(':'), end = text.find(';');
        const auto shared = kDigits.find(text[0]);
        if (end == std::string_view::npos || colon == std::string_view::npos || colon > end ||
            shared == std::string_view::npos || shared > before.size() || colon == 0)
            throw std::runtime_error("no packed keys");
        before = before.substr(0, shared) + std::string(text.substr(1, colon - 1));
        out.emplace_back(before, std::string(text.substr(colon + 1, end - colon - 1)));
        text.remove_prefix(end + 1);
    }
    return out;
}

std::string Memory::text() {
    while (tombstones.size() > kMostTombstones) {
        const auto oldest =
            std::min_element(tombstones.begin(), tombstones.end(), [](const auto& a, const auto& b) {
                return a.second < b.second;
            })->second;
        for (auto it = tombstones.begin(); it != tombstones.end() && tombstones.size() > kMostTombstones;)
            it = it->second == oldest ? tombstones.erase(it) : std::next(it);
        pruned = true;
    }
    Words words;
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& [id, facts] : positions)
        rows.emplace_back(id, words.number_of(facts.staff_group) + "," + words.number_of(facts.job_role));
    json out{{"words", words.list()}, {"positions", pack(rows)}};
    auto& list = out["definitions"] = json::array();
    for (const auto& [id, facts] : definitions) list.push_back({id, facts.competency, facts.renewal});
    std::map<std::string, std::string> by_stamp;
    for (const auto& [key, stamp] : tombstones) {
        auto& keys = by_stamp[stamp];
        keys += (keys.empty() ? "" : " ") + key;
    }
    out["tombstones"] = by_stamp;
    out["pruned"] = pruned;
    const auto others = out.dump().size();
    auto dated = packed_starts(starts);
    while (others + dated.size() > kMostBytes && !starts.empty()) {
        forget_oldest(starts);
        pruned = true;
        dated = packed_starts(starts);
    }
    out["pruned"] = pruned;
    out["starts"] = std::move(dated);
    return out.dump();
}

Memory Memory::parse(std::string_view json_text) {
    const auto given = json::parse(json_text);
    Memory out;
    const auto words = given.at("words").get<std::vector<std::string>>();
    const auto word = [&](std::string_view number) {
        return words.at(static_cast<std::size_t>(of_base36(number)));
    };
    for (auto& [id, value] : unpack(given.at("positions").get_ref<const std::string&>())) {
        const auto parts = split_at(value, ',');
        if (parts.size() != 2) throw std::runtime_error("no position");
        out.positions[id] = {word(parts[0]), word(parts[1])};
    }
    for (const auto& row : given.at("definitions"))
        out.definitions[row.at(0).get<std::string>()] = {row.at(1).get<std::string>(),
                                                         row.at(2).get<std::string>()};
    for (auto& [id, value] : unpack(given.at("starts").get_ref<const std::string&>())) {
        for (const auto day : split_at(value, ',')) out.starts[id].insert(static_cast<Day>(of_base36(day)));
    }
    for (const auto& [stamp, keys] : given.at("tombstones").items()) {
        for (const auto key : split_at(keys.get_ref<const std::string&>(), ' '))
            out.tombstones[std::string(key)] = stamp;
    }
    out.pruned = given.at("pruned").get<bool>();
    return out;
}

}  // namespace esr_adapter
