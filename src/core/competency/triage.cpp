#include "core/competency/triage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/competency/cells.hpp"

namespace capbridge::competency {
namespace {

constexpr const char* not_yet = "not_yet";

struct Line {
    const MappingSet* set = nullptr;  // of an item of a mapping
    const LearningItem* item = nullptr;
    std::vector<const SeenActivity*> activities;
    std::string title;
    std::string_view triage = not_yet;
    std::size_t people = 0, statements = 0;
};

class List {
public:
    List(const Rules& rules, const LearningSeen& seen) : rules_(rules), seen_(seen) {
        for (const auto& a : seen.activities) by_id_[a.id] = &a;
        add_items();
        add_unmapped();
        std::stable_sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
            return std::pair(a.people, a.statements) > std::pair(b.people, b.statements);
        });
    }

    [[nodiscard]] ordered_json write(const LearningQuery& query) const {
        ordered_json out = {{"counts", counts()}};
        std::size_t total = 0;
        auto list = ordered_json::array();
        for (const auto& line : lines_) {
            if (!query.triage.empty() && query.triage != line.triage) continue;
            if (!query.text.empty() && !mentions(line, query.text)) continue;
            if (total >= query.offset && list.size() < query.limit) list.push_back(to_json(line));
            ++total;
        }
        out["total"] = total;
        out["offset"] = query.offset;
        out["learning"] = std::move(list);
        return out;
    }

private:
    [[nodiscard]] const Triage* triage_of(std::string_view activity) const {
        const auto it = seen_.triage.find(activity);
        return it == seen_.triage.end() ? nullptr : &it->second;
    }

    void add_items() {
        for (const auto& set : rules_.mappings) {
            for (const auto& item : set.items) {
                Line line;
                line.set = &set;
                line.item = &item;
                line.title = item.title;
                bool all_irrelevant = !item.activities.empty();
                for (const auto& id : item.activities) {
                    const auto* triage = triage_of(id);
                    all_irrelevant = all_irrelevant && triage != nullptr && !triage->relevant;
                    mapped_.insert(id);
                    const auto found = by_id_.find(id);
                    if (found == by_id_.end()) continue;
                    line.activities.push_back(found->second);
                    // Somebody may have taken it under two ids, so sums would count them twice.
                    line.people = std::max(line.people, found->second->people);
                    line.statements += found->second->statements;
                }
                line.triage = all_irrelevant ? "irrelevant" : "relevant";
                by_title_[title_key(item.title)].push_back(lines_.size());
                lines_.push_back(std::move(line));
            }
        }
    }

    void add_unmapped() {
        for (const auto& a : seen_.activities) {
            if (mapped_.contains(a.id)) continue;
            Line line;
            line.activities.push_back(&a);
            line.title = a.title;
            line.people = a.people;
            line.statements = a.statements;
            if (const auto* triage = triage_of(a.id))
                line.triage = triage->relevant ? "relevant" : "irrelevant";
            if (const auto same = by_title_.find(title_key(a.title));
                !a.title.empty() && same != by_title_.end()) {
                auto& list = looks_like_[a.id];
                for (const auto index : same->second)
                    list.emplace_back(lines_[index].set->id, lines_[index].item->id);
            }
            lines_.push_back(std::move(line));
        }
    }

    [[nodiscard]] ordered_json counts() const {
        std::size_t mapped = 0, irrelevant = 0, waiting = 0, undecided = 0, statements = 0, never = 0;
        for (const auto& line : lines_) {
            if (line.item != nullptr) {
                ++mapped;
                never += line.activities.empty() ? 1 : 0;
            } else if (line.triage == "irrelevant") {
                ++irrelevant;
            } else if (line.triage == "relevant") {
                ++waiting;
            } else {
                ++undecided;
                statements += line.statements;
            }
        }
        return {{"learning_items", mapped},       {"learning_items_never_seen", never},
                {"relevant_not_mapped", waiting}, {"irrelevant", irrelevant},
                {"not_yet_looked_at", undecided}, {"not_yet_looked_at_statements", statements}};
    }

    static bool mentions(const Line& line, const std::string& text) {
        if (contains_ignoring_case(line.title, text)) return true;
        if (line.item != nullptr && contains_ignoring_case(line.item->id, text)) return true;
        return std::any_of(line.activities.begin(), line.activities.end(), [&](const SeenActivity* a) {
            return contains_ignoring_case(a->id, text) || contains_ignoring_case(a->title, text);
        });
    }

    [[nodiscard]] ordered_json activity_json(const std::string& id, const SeenActivity* seen) const {
        ordered_json out = {{"id", id},
                            {"title", text_or_null(seen == nullptr ? "" : seen->title)},
                            {"people", seen == nullptr ? 0 : seen->people},
                            {"statements", seen == nullptr ? 0 : seen->statements}};
        if (seen != nullptr && !seen->package.empty()) out["package"] = seen->package;
        if (const auto* triage = triage_of(id)) {
            out["triage"] = {{"relevance", triage->relevant ? "relevant" : "irrelevant"},
                             {"who", triage->who},
                             {"why", text_or_null(triage->why)},
                             {"at", triage->at}};
        } else {
            out["triage"] = nullptr;
        }
        return out;
    }

    [[nodiscard]] ordered_json to_json(const Line& line) const {
        const bool mapped = line.item != nullptr;
        ordered_json out = {
            {"learning_item", mapped ? ordered_json(line.item->id) : ordered_json()},
            {"mapping", mapped ? ordered_json(line.set->id + "@" + line.set->version) : ordered_json()},
            {"title", text_or_null(line.title)},
            {"triage", line.triage == not_yet ? "not_yet_looked_at" : std::string(line.triage)},
            {"people", line.people},
            {"statements", line.statements}};
        auto& activities = out["activities"] = ordered_json::array();
        if (!mapped) {
            activities.push_back(activity_json(line.activities.front()->id, line.activities.front()));
            auto& same = out["same_title_as"] = ordered_json::array();
            if (const auto it = looks_like_.find(line.activities.front()->id); it != looks_like_.end()) {
                for (const auto& [set, item] : it->second)
                    same.push_back({{"mapping", set}, {"learning_item", item}});
            }
            return out;
        }
        out["minutes"] = line.item->minutes > 0 ? ordered_json(line.item->minutes) : ordered_json();
        std::set<int> gives;
        for (const auto& id : line.item->activities) {
            const auto found = by_id_.find(id);
            activities.push_back(activity_json(id, found == by_id_.end() ? nullptr : found->second));
            for (const auto& use : rules_.uses_of(id)) {
                for (const int r : use.requirements) {
                    if (rules_.allows({use.kind_needed(), false, use.mapping->method}, r)) gives.insert(r);
                }
            }
        }
        out["requirements_given"] = gives.size();
        return out;
    }

    const Rules& rules_;
    const LearningSeen& seen_;
    std::unordered_map<std::string_view, const SeenActivity*> by_id_;
    std::set<std::string, std::less<>> mapped_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_title_;  // of learning items: lines
    std::unordered_map<std::string, std::vector<std::pair<std::string, std::string>>> looks_like_;
    std::vector<Line> lines_;
};

}  // namespace

ordered_json learning_list(const Rules& rules, const LearningSeen& seen, const LearningQuery& query) {
    return List(rules, seen).write(query);
}

bool fits_pattern(std::string_view pattern, std::string_view text) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    // The last * takes one more character each time that what follows it does not fit.
    std::size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(text[t]))) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::string title_key(std::string_view title) {
    return lower_ascii(collapse_spaces(title));
}

}  // namespace capbridge::competency
