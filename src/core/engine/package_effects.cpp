#include "core/engine/package_effects.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "core/competency/rules.hpp"

namespace capbridge::engine {
namespace {

using scorm::PackageActivity;
using List = std::vector<PackageActivity>;

constexpr std::size_t shown = 200;

ordered_json short_json(const PackageActivity& a) {
    return {{"kind", scorm::kind_name(a.kind)},
            {"iri", a.iri},
            {"identifier", a.identifier},
            {"title", scorm::text_in(a.name)}};
}

ordered_json pair_json(const scorm::ActivityPair& pair, const List& before, const List& after) {
    ordered_json out{{"before", short_json(before[pair.before])}, {"after", short_json(after[pair.after])}};
    if (!pair.why.empty()) out["same"] = pair.why;
    return out;
}

template <class Part, class Write>
ordered_json cut(const std::vector<Part>& parts, const Write& write) {
    auto out = ordered_json::array();
    for (std::size_t i = 0; i < std::min(parts.size(), shown); ++i) out.push_back(write(parts[i]));
    return out;
}

// The ids under which learning items say that the course is known, beside our own.
std::vector<std::string> aliases_of(const competency::Rules& rules, const std::string& course) {
    std::set<std::string> out;
    for (const auto& set : rules.mappings) {
        for (const auto& item : set.items) {
            const auto& ids = item.activities;
            if (std::find(ids.begin(), ids.end(), course) == ids.end()) continue;
            out.insert(ids.begin(), ids.end());
        }
    }
    out.erase(course);
    return {out.begin(), out.end()};
}

}  // namespace

ordered_json diff_json(const scorm::ActivityDiff& diff, const List& before, const List& after) {
    const auto pairs = [&](const auto& list) {
        return cut(list, [&](const auto& pair) { return pair_json(pair, before, after); });
    };
    return {{"counts",
             {{"added", diff.added.size()},
              {"removed", diff.removed.size()},
              {"likely_renamed", diff.likely_renamed.size()},
              {"retitled", diff.retitled.size()},
              {"moved", diff.moved.size()},
              {"unchanged", diff.unchanged}}},
            {"added", cut(diff.added, [&](std::size_t i) { return short_json(after[i]); })},
            {"removed", cut(diff.removed, [&](std::size_t i) { return short_json(before[i]); })},
            {"likely_renamed", pairs(diff.likely_renamed)},
            {"retitled", pairs(diff.retitled)},
            {"moved", pairs(diff.moved)}};
}

std::vector<GoingActivity> going(const scorm::ActivityDiff& diff, const List& before, const List& after) {
    std::vector<GoingActivity> out;
    for (const auto index : diff.removed) out.push_back({&before[index], nullptr});
    for (const auto& pair : diff.likely_renamed) out.push_back({&before[pair.before], &after[pair.after]});
    return out;
}

ordered_json mapping_effects(Bridge& bridge, const competency::Rules& rules, const std::string& course,
                             const std::vector<GoingActivity>& going) {
    std::unordered_map<std::string, const GoingActivity*> by_id;
    const auto aliases = aliases_of(rules, course);
    for (const auto& one : going) {
        by_id.emplace(one.activity->iri, &one);
        if (one.activity->below.empty()) continue;
        for (const auto& alias : aliases) by_id.emplace(alias + one.activity->below, &one);
    }
    ordered_json out{{"total", 0}, {"people", 0}, {"learning_items", ordered_json::array()}};
    std::vector<std::string> all;
    std::size_t total = 0;
    for (const auto& set : rules.mappings) {
        for (const auto& item : set.items) {
            std::vector<std::string> named;
            for (const auto& id : item.activities) {
                if (by_id.contains(id)) named.push_back(id);
            }
            if (named.empty()) continue;
            all.insert(all.end(), named.begin(), named.end());
            if (++total > shown) continue;
            auto uses = ordered_json::array();
            for (const auto& mapping : set.mappings) {
                if (mapping.learning_item == item.id) uses.push_back(mapping.id);
            }
            auto activities = ordered_json::array();
            for (const auto& id : named) {
                const auto& one = *by_id.at(id);
                activities.push_back(
                    {{"activity", id},
                     {"goes", one.activity->iri},
                     {"people", bridge.store().projection().people_of_activities({id}).size()},
                     {"likely_now",
                      one.instead == nullptr ? ordered_json() : ordered_json(one.instead->iri)}});
            }
            out["learning_items"].push_back(
                {{"mapping", set.id + "@" + set.version},
                 {"learning_item", item.id},
                 {"title", item.title},
                 {"mappings", std::move(uses)},
                 {"left", item.activities.size() - named.size()},  // ids that stay
                 {"people", bridge.store().projection().people_of_activities(named).size()},
                 {"activities", std::move(activities)}});
        }
    }
    out["total"] = total;
    out["people"] = all.empty() ? 0 : bridge.store().projection().people_of_activities(all).size();
    return out;
}

}  // namespace capbridge::engine
