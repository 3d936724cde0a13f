#include "core/competency/duplicates.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/mapping_draft.hpp"
#include "core/competency/similarity_words.hpp"

namespace capbridge::competency {
namespace {

constexpr std::size_t most_learning = 50'000, rare_words = 3, most_with_word = 300, most_in_group = 20,
                      most_parts = 200, shortest_code = 4;
constexpr double same_code = 0.5, same_parts = 0.9, one_place = 0.6, other_year = 0.85, one_number = 0.85;

// Where an id lives: all but its last part.
std::string place_of(const std::string& iri) {
    const auto end = iri.find_last_not_of("/#");
    const auto at = iri.find_last_of("/#?:", end == std::string::npos ? iri.size() : end);
    return at == std::string::npos ? iri : iri.substr(0, at + 1);
}
std::string code_of(const std::string& iri) {
    auto code = iri.substr(place_of(iri).size());
    while (!code.empty() && (code.back() == '/' || code.back() == '#')) code.pop_back();
    // "7" or "id=12" are counted by each platform for itself.
    const bool letters = std::any_of(code.begin(), code.end(),
                                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    return letters && code.size() >= shortest_code && code.find('=') == std::string::npos ? lower_ascii(code)
                                                                                          : std::string();
}
bool is_year(const std::string& number) {
    return number.size() == 4 && (number.starts_with("19") || number.starts_with("20"));
}

struct Entry {
    std::vector<std::string> ids;  // one, or all of a learning item
    std::string title;
    const MappingSet* set = nullptr;  // of a learning item
    const LearningItem* item = nullptr;
    std::set<std::string> places, codes, parts;
    Features words;
    std::set<std::string> numbers, years;
    double length = 0;
};

struct Pair {
    double score;
    std::size_t a, b;
    std::string reason;
};

class Finder {
public:
    Finder(const Rules& rules, const LearningSeen& seen) {
        for (const auto& a : seen.activities) by_id_[a.id] = &a;
        for (const auto& set : rules.mappings) {
            for (const auto& item : set.items) {
                for (const auto& id : item.activities) mapped_.insert(id);
                add(item.activities, item.title, &set, &item);
            }
        }
        for (const auto& a : seen.activities) {
            const auto triage = seen.triage.find(a.id);
            if (mapped_.contains(a.id) || (triage != seen.triage.end() && !triage->second.relevant)) continue;
            if (const auto whole = whole_of(a.id); !whole.empty()) {
                parts_of_[whole].push_back(a.id.substr(whole.size()));
            } else {
                add({a.id}, a.title, nullptr, nullptr);
            }
        }
        for (auto& entry : entries_) {
            for (const auto& id : entry.ids) {
                const auto it = parts_of_.find(id);
                if (it == parts_of_.end()) continue;
                for (const auto& part : it->second) {
                    if (entry.parts.size() < most_parts) entry.parts.insert(part);
                }
            }
        }
        weigh();
    }

    std::vector<std::vector<Pair>> groups(double least) {
        auto pairs = find_pairs(least);
        std::sort(pairs.begin(), pairs.end(), [](const Pair& x, const Pair& y) {
            return x.score != y.score ? x.score > y.score : std::pair(x.a, x.b) < std::pair(y.a, y.b);
        });
        std::vector<std::size_t> group(entries_.size());
        std::iota(group.begin(), group.end(), std::size_t{0});
        std::map<std::size_t, std::vector<std::size_t>> members;
        std::map<std::size_t, std::vector<Pair>> links;
        const auto members_of = [&](std::size_t g) -> std::vector<std::size_t>& {
            auto& list = members[g];
            if (list.empty()) list.push_back(g);
            return list;
        };
        for (auto& pair : pairs) {
            const auto to = group[pair.a], from = group[pair.b];
            if (to == from) continue;
            auto& into = members_of(to);
            auto moved = members_of(from);
            if (into.size() + moved.size() > most_in_group) continue;
            for (const auto m : moved) group[m] = to;
            into.insert(into.end(), moved.begin(), moved.end());
            auto& list = links[to];
            list.insert(list.end(), links[from].begin(), links[from].end());
            list.push_back(std::move(pair));
            members.erase(from);
            links.erase(from);
        }
        std::vector<std::vector<Pair>> out;
        for (auto& [id, list] : links) {
            if (!list.empty()) out.push_back(std::move(list));
        }
        std::stable_sort(out.begin(), out.end(),
                         [](const auto& x, const auto& y) { return score_of(x) > score_of(y); });
        return out;
    }

    // A chain is as strong as its weakest link.
    static double score_of(const std::vector<Pair>& links) {
        double out = 1;
        for (const auto& link : links) out = std::min(out, link.score);
        return out;
    }

    [[nodiscard]] ordered_json write(const std::vector<Pair>& links) const {
        std::set<std::size_t> members;
        std::vector<std::string> reasons;
        for (const auto& link : links) {
            members.insert({link.a, link.b});
            if (std::find(reasons.begin(), reasons.end(), link.reason) == reasons.end())
                reasons.push_back(link.reason);
        }
        auto activities = ordered_json::array();
        std::vector<std::string> ids;
        const Entry* head =
            nullptr;  // whose title the item would have: a learning item's, else of most people
        std::size_t most = 0;
        for (const auto m : members) {
            const auto& entry = entries_[m];
            std::size_t people = 0;
            for (const auto& id : entry.ids) {
                const auto it = by_id_.find(id);
                const auto* known = it == by_id_.end() ? nullptr : it->second;
                people = std::max(people, known == nullptr ? 0 : known->people);
                activities.push_back(
                    {{"id", id},
                     {"title",
                      text_or_null(known == nullptr || known->title.empty() ? entry.title : known->title)},
                     {"people", known == nullptr ? 0 : known->people},
                     {"source", place_of(id)},
                     {"learning_item", entry.item == nullptr ? ordered_json() : ordered_json(entry.item->id)},
                     {"mapping", entry.set == nullptr ? ordered_json() : ordered_json(entry.set->id)}});
                if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
            }
            const bool better = head == nullptr || (entry.item != nullptr && head->item == nullptr) ||
                                ((entry.item != nullptr) == (head->item != nullptr) && people > most);
            if (better) head = &entry, most = people;
        }
        const auto id = head->item != nullptr ? head->item->id : short_name(head->title, "learning");
        return {{"score", rounded(score_of(links))},
                {"reason", join(reasons, "; ")},
                {"activities", std::move(activities)},
                {"draft", {{"id", id}, {"title", head->title}, {"activities", ids}}}};
    }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    void add(std::vector<std::string> ids, const std::string& title, const MappingSet* set,
             const LearningItem* item) {
        if (entries_.size() >= most_learning) return;
        Entry entry;
        entry.title = title;
        entry.set = set;
        entry.item = item;
        for (const auto& id : ids) {
            entry.places.insert(place_of(id));
            if (auto code = code_of(id); !code.empty()) entry.codes.insert(std::move(code));
        }
        entry.ids = std::move(ids);
        entry.words = reader_.read(title);
        // A pair of neighbours adds nothing to two titles that are compared whole.
        std::erase_if(entry.words.list,
                      [](const Feature& f) { return f.key.find(' ') != std::string::npos; });
        for (const auto& number : entry.words.numbers)
            (is_year(number) ? entry.years : entry.numbers).insert(number);
        std::erase_if(entry.words.list, [](const Feature& f) { return is_year(f.key); });
        entries_.push_back(std::move(entry));
    }

    // The longest known id that it stands below: it is a part of that.
    [[nodiscard]] std::string whole_of(const std::string& id) const {
        const auto scheme = id.find("://");
        const auto host = id.find('/', scheme == std::string::npos ? 0 : scheme + 3);
        if (host == std::string::npos) return {};
        // From the shortest, so that an objective belongs to the course and not to its SCO.
        for (auto at = id.find('/', host + 1); at != std::string::npos; at = id.find('/', at + 1)) {
            if (by_id_.contains(id.substr(0, at)) || mapped_.contains(id.substr(0, at)))
                return id.substr(0, at);
        }
        return {};
    }

    void weigh() {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            for (const auto& f : entries_[i].words.list) with_word_[f.key].push_back(i);
        }
        for (auto& entry : entries_) {
            double sum = 0;
            for (const auto& f : entry.words.list) sum += weight(f) * weight(f);
            entry.length = std::sqrt(sum);
        }
    }
    [[nodiscard]] double weight(const Feature& f) const {
        const auto with = static_cast<double>(with_word_.at(f.key).size());
        return std::log(1 + (static_cast<double>(entries_.size()) + 1) / with);
    }

    std::vector<Pair> find_pairs(double least) {
        std::set<std::pair<std::size_t, std::size_t>> tried;
        std::vector<Pair> out;
        const auto compare_all = [&](const std::vector<std::size_t>& list) {
            if (list.size() > most_with_word) return;
            for (std::size_t i = 0; i < list.size(); ++i) {
                for (std::size_t j = i + 1; j < list.size(); ++j) {
                    const auto pair = std::minmax(list[i], list[j]);
                    if (pair.first == pair.second || !tried.insert(pair).second) continue;
                    auto [score, reason] = compare(entries_[pair.first], entries_[pair.second]);
                    if (score >= least) out.push_back({score, pair.first, pair.second, std::move(reason)});
                }
            }
        };
        // Only what shares a title, one of its rarest words, a part or a code can be alike.
        std::map<std::string, std::vector<std::size_t>> by_title, by_word, by_part, by_code;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            auto& entry = entries_[i];
            by_title[title_key(entry.title)].push_back(i);
            auto list = entry.words.list;
            std::stable_sort(list.begin(), list.end(), [&](const Feature& a, const Feature& b) {
                return with_word_.at(a.key).size() < with_word_.at(b.key).size();
            });
            for (std::size_t k = 0; k < std::min(rare_words, list.size()); ++k)
                by_word[list[k].key].push_back(i);
            for (const auto& part : entry.parts) by_part[part].push_back(i);
            for (const auto& code : entry.codes) by_code[code].push_back(i);
        }
        by_title.erase("");
        for (const auto* index : {&by_title, &by_word, &by_part, &by_code}) {
            for (const auto& [key, list] : *index) compare_all(list);
        }
        return out;
    }

    [[nodiscard]] std::pair<double, std::string> compare(const Entry& a, const Entry& b) const {
        std::vector<std::string> reasons;
        double open = 1;
        if (const double alike = titles_alike(a, b, reasons); alike > 0) open *= 1 - alike;
        std::size_t common = 0;
        for (const auto& part : a.parts) common += b.parts.contains(part) ? 1 : 0;
        if (common > 0) {
            const auto fewer = static_cast<double>(std::min(a.parts.size(), b.parts.size()));
            open *= 1 - same_parts * static_cast<double>(common) / fewer;
            reasons.push_back("parts with the same identifiers (" + std::to_string(common) + ")");
        }
        const bool codes = std::any_of(a.codes.begin(), a.codes.end(),
                                       [&](const auto& code) { return b.codes.contains(code); });
        if (codes) {
            open *= 1 - same_code;
            reasons.emplace_back("the same code at the end of the id");
        }
        double score = 1 - open;
        if (a.numbers != b.numbers) {
            // Level 2 is not level 3; where only one has a number it may be the same.
            if (!a.numbers.empty() && !b.numbers.empty()) return {0, {}};
            score *= one_number;
            reasons.emplace_back("a number in one title only");
        }
        if (a.years != b.years && !a.years.empty() && !b.years.empty()) {
            score *= other_year;
            reasons.emplace_back("of different years");
        }
        const bool together = std::any_of(a.places.begin(), a.places.end(),
                                          [&](const auto& place) { return b.places.contains(place); });
        if (together) {
            score *= one_place;
            reasons.emplace_back("but one place lists both");
        }
        return {score, join(reasons, ", ")};
    }

    double titles_alike(const Entry& a, const Entry& b, std::vector<std::string>& reasons) const {
        if (a.words.list.empty() || b.words.list.empty()) return 0;  // "Introduction" is no title to go by
        if (title_key(a.title) == title_key(b.title)) {
            reasons.emplace_back("the same title");
            return 0.95;
        }
        double product = 0;
        std::vector<std::string> words;
        for (const auto& f : a.words.list) {
            for (const auto& g : b.words.list) {
                if (f.key != g.key) continue;
                product += weight(f) * weight(g);
                words.push_back(lower_ascii(f.word));
            }
        }
        const double alike = product / (a.length * b.length);
        if (words.empty()) return 0;
        reasons.push_back("titles alike in " + join(words, ", "));
        return 0.9 * alike;
    }

    WordReader reader_;
    std::vector<Entry> entries_;
    std::unordered_map<std::string, const SeenActivity*> by_id_;
    std::set<std::string> mapped_;
    std::map<std::string, std::vector<std::string>> parts_of_;
    std::unordered_map<std::string, std::vector<std::size_t>> with_word_;
};

}  // namespace

ordered_json likely_duplicates(const Rules& rules, const LearningSeen& seen, const DuplicatesQuery& query) {
    Finder finder(rules, seen);
    std::size_t total = 0;
    auto list = ordered_json::array();
    for (const auto& links : finder.groups(query.min_score)) {
        auto group = finder.write(links);
        const auto asked = [&](const ordered_json& activity) {
            const auto id = activity.at("id").get<std::string>();
            return std::find(query.activities.begin(), query.activities.end(), id) != query.activities.end();
        };
        const auto& activities = group.at("activities");
        if (!query.activities.empty() && std::none_of(activities.begin(), activities.end(), asked)) continue;
        if (total >= query.offset && list.size() < query.limit) list.push_back(std::move(group));
        ++total;
    }
    return {{"counts", {{"learning", finder.size()}, {"groups", total}}},
            {"total", total},
            {"offset", query.offset},
            {"duplicates", std::move(list)}};
}

}  // namespace capbridge::competency
