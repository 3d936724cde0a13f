#include "esr/memory.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "common/whole_number.hpp"
#include "esr/posts.hpp"

namespace esr_adapter {

using nlohmann::json;

namespace {

constexpr std::size_t kFewLeavers = 1000;  // of so many nothing is gained
constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";

template <class Map, class Key, class Forget>
void forget_older_half(Map& all, const Key& key, const Forget& forget) {
    std::vector<decltype(key(*all.begin()))> keys;
    for (const auto& each : all) keys.push_back(key(each));
    auto middle = keys.begin() + static_cast<std::ptrdiff_t>(keys.size() / 2);
    std::nth_element(keys.begin(), middle, keys.end());
    std::size_t excess = keys.size() - keys.size() / 2;
    for (auto it = all.begin(); it != all.end() && excess > 0;) {
        const bool old = !(*middle < key(*it));
        excess -= old ? 1 : 0;
        it = old ? forget(it) : std::next(it);
    }
}

Day last_start(const Assignment& assignment) {
    return assignment.posts.empty() ? 0 : assignment.posts.rbegin()->first;
}

bool has_details(const Assignment& assignment) {
    return !assignment.number.empty() || std::any_of(assignment.posts.begin(), assignment.posts.end(),
                                                     [](const auto& post) { return post.second.known; });
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

// The half that left longest ago. Only a post that comes for the first time would need them.
bool Memory::forget_leavers_without_posts() {
    std::set<std::string_view> in_posts;
    for (const auto& [id, assignment] : assignments) in_posts.insert(assignment.person);
    std::map<std::string_view, Day> some;
    for (const auto& [person, service] : leavers) {
        if (in_posts.contains(person)) continue;
        auto& last = some[person];
        for (const auto& [start, left] : service) last = std::max(last, left == kNever ? start : left);
    }
    if (some.size() <= kFewLeavers) return false;
    forget_older_half(
        some, [](const auto& each) { return each.second; },
        [&](auto it) {
            leavers.erase(leavers.find(it->first));
            return std::next(it);
        });
    return true;
}

// One step; false: there is nothing left to forget.
bool Memory::forget_some() {
    bool titles = false, details = false;
    for (auto& [id, assignment] : assignments) {
        details = details || has_details(assignment);
        for (auto& [start, post] : assignment.posts) {
            titles = titles || !post.title.empty();
            post.title.clear();
        }
    }
    if (titles) return true;
    pruned = true;
    if (forget_leavers_without_posts()) return true;
    if (tombstones.size() > 1000) {
        forget_older_half(
            tombstones, [](const auto& each) { return each.second; },
            [&](auto it) { return tombstones.erase(it); });
    } else if (details) {
        std::map<std::string_view, Assignment*> some;
        for (auto& [id, assignment] : assignments) {
            if (has_details(assignment)) some[id] = &assignment;
        }
        forget_older_half(
            some, [](const auto& each) { return last_start(*each.second); },
            [&](auto it) {
                it->second->person = it->second->number = {};
                for (auto& [start, post] : it->second->posts) {
                    Post bare;
                    bare.end = post.end;
                    bare.ended = post.ended;
                    post = std::move(bare);
                }
                return std::next(it);
            });
    } else if (!assignments.empty()) {
        forget_older_half(
            assignments, [](const auto& each) { return last_start(each.second); },
            [&](auto it) { return assignments.erase(it); });
    } else if (!positions.empty()) {
        forget_older_half(
            positions, [](const auto& each) { return each.first; },
            [&](auto it) { return positions.erase(it); });
    } else if (!leavers.empty() || !tombstones.empty()) {
        leavers.clear();
        tombstones.clear();
    } else {
        return false;
    }
    return true;
}

std::string Memory::text(std::vector<std::string>& parts) {
    while (tombstones.size() > kMostTombstones) {
        pruned = true;
        forget_older_half(
            tombstones, [](const auto& each) { return each.second; },
            [&](auto it) { return tombstones.erase(it); });
    }
    auto packed = pack_definitions(definitions);
    for (const auto& id : packed.none) definitions.erase(id);
    pruned = pruned || !packed.none.empty();
    parts = std::move(packed.parts);
    if (const auto mark = mark_of(parts); mark != place.mark) {
        // The slot of the last checkpoint stays as it is until the next one.
        place = {place.mark.empty() ? 0 : 1 - place.slot, static_cast<int>(parts.size()), mark};
    }
    json out{{"definitions", std::move(packed.first)}};
    if (!place.mark.empty())
        out["more"] = {{"slot", place.slot}, {"parts", place.parts}, {"mark", place.mark}};
    for (;;) {
        Words words;
        std::vector<std::pair<std::string, std::string>> rows;
        for (const auto& [id, facts] : positions)
            rows.emplace_back(id, words.number_of(facts.staff_group) + "," + words.number_of(facts.job_role));
        out["positions"] = pack(rows);
        rows.clear();
        for (const auto& [id, assignment] : assignments)
            rows.emplace_back(id, packed_assignment(assignment, words));
        out["assignments"] = pack(rows);
        rows.clear();
        for (const auto& [person, service] : leavers) rows.emplace_back(person, packed_service(service));
        out["leavers"] = pack(rows);
        out["words"] = words.list();
        std::map<std::string, std::string> by_stamp;
        for (const auto& [key, stamp] : tombstones) {
            auto& keys = by_stamp[stamp];
            keys += (keys.empty() ? "" : " ") + key;
        }
        out["tombstones"] = by_stamp;
        out["pruned"] = pruned;
        if (auto text = out.dump(); text.size() <= kMostBytes || !forget_some()) return text;
    }
}

Memory Memory::parse(std::string_view json_text) {
    const auto given = json::parse(json_text);
    Memory out;
    const auto words = given.at("words").get<std::vector<std::string>>();
    for (auto& [id, value] : unpack(given.at("positions").get_ref<const std::string&>())) {
        const auto parts = split_at(value, ',');
        if (parts.size() != 2) throw std::runtime_error("no position");
        out.positions[id] = {word_at(words, parts[0]), word_at(words, parts[1])};
    }
    if (const auto& definitions = given.at("definitions"); definitions.is_string()) {
        unpack_definitions(definitions.get_ref<const std::string&>(), out.definitions);
    } else {  // as it was in the first version
        for (const auto& row : definitions)
            out.definitions[row.at(0).get<std::string>()] = {row.at(1).get<std::string>(),
                                                             row.at(2).get<std::string>()};
    }
    if (const auto more = given.find("more"); more != given.end()) {
        const auto slot = plugins::whole_number(more->at("slot"));
        const auto parts = plugins::whole_number(more->at("parts"));
        if (slot < 0 || slot > 1 || parts < 0 || parts > kMostParts) throw std::runtime_error("no place");
        out.place = {static_cast<int>(slot), static_cast<int>(parts), more->at("mark").get<std::string>()};
    }
    if (const auto starts = given.find("starts"); starts != given.end()) {  // in the first version, too
        for (auto& [id, value] : unpack(starts->get_ref<const std::string&>())) {
            for (const auto day : split_at(value, ','))
                out.assignments[id].posts[static_cast<Day>(of_base36(day))];
        }
    } else {
        for (auto& [id, value] : unpack(given.at("assignments").get_ref<const std::string&>()))
            out.assignments[id] = unpacked_assignment(value, words);
        for (auto& [id, value] : unpack(given.at("leavers").get_ref<const std::string&>()))
            out.leavers[id] = unpacked_service(value);
    }
    for (const auto& [stamp, keys] : given.at("tombstones").items()) {
        for (const auto key : split_at(keys.get_ref<const std::string&>(), ' '))
            out.tombstones[std::string(key)] = stamp;
    }
    out.pruned = given.at("pruned").get<bool>();
    return out;
}

}  // namespace esr_adapter
