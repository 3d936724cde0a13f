#include "core/competency/journey.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/competency/cells.hpp"
#include "core/competency/documents.hpp"
#include "core/competency/next_learning_choice.hpp"

namespace capbridge::competency {
namespace {

struct Found {
    const MappingSet* set = nullptr;
    const LearningItem* item = nullptr;
};

std::vector<Found> find_item(const Journey::Step& step, const Rules& rules) {
    std::vector<Found> out;
    for (const auto& set : rules.mappings) {
        if (!step.mapping.empty() && set.id != step.mapping) continue;
        for (const auto& item : set.items) {
            if (item.id == step.learning_item) out.push_back({&set, &item});
        }
    }
    return out;
}

// What the learning item gives on the day, as slots.
std::vector<int> given_by(const Found& found, const std::vector<LearningChoice>& choices) {
    std::vector<int> out;
    for (const auto& choice : choices) {
        const auto& activities = found.item->activities;
        const bool its =
            choice.item->id == found.item->id &&
            std::find(activities.begin(), activities.end(), choice.activities.front()) != activities.end();
        for (std::size_t i = 0; its && i < choice.gives.size(); ++i) out.push_back(choice.gives[i].slot);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

ordered_json step_json(const Journey::Step& step, const Found& found, const std::vector<int>& given,
                       const Rules& rules) {
    const Slots slots(rules);
    ordered_json out = {
        {"learning_item", step.learning_item},
        {"mapping", found.set == nullptr ? text_or_null(step.mapping) : ordered_json(found.set->id)},
        {"title", found.item == nullptr ? ordered_json() : ordered_json(found.item->title)},
        {"minutes", found.item == nullptr || found.item->minutes == 0 ? ordered_json()
                                                                      : ordered_json(found.item->minutes)},
        {"optional", step.optional},
        {"note", text_or_null(step.note)}};
    std::set<std::string> requirements;
    for (const int slot : given)
        requirements.insert(
            rules.framework.requirements[static_cast<std::size_t>(slots.requirement(slot))].id);
    out["requirements"] = requirements;
    return out;
}

// Of the evidence that the item gave.
std::string state_of(const Found& found, const PersonFacts& person, Day as_of) {
    const std::string prefix = found.set->id + "@";
    bool begun = false, run_out = false;
    for (const auto& record : person.records) {
        for (const auto& c : record.evidence) {
            if (c.learning_item != found.item->id || !c.mapping.starts_with(prefix)) continue;
            if (c.why_not == "voided" || (c.from && *c.from > as_of)) continue;
            begun = true;
            if (!c.counts) continue;
            if (!c.to || *c.to >= as_of) return "done";
            run_out = true;
        }
    }
    return run_out ? "run_out" : begun ? "begun" : "not_begun";
}

ordered_json head(const Journey& journey) {
    return {{"id", journey.id},
            {"version", journey.version},
            {"title", journey.title},
            {"description", text_or_null(journey.description)}};
}

}  // namespace

Result<Journey> load_journey(std::string_view text, const std::string& name) {
    CAPBRIDGE_LET(const json document, read_shaped(text, name, "schemas/journey.schema.json"));
    Journey out;
    out.id = get_string(document, "id");
    out.version = get_string(document, "version");
    out.title = get_string(document, "title");
    out.description = get_string(document, "description");
    Problems problems;
    std::set<std::pair<std::string, std::string>> seen;
    std::size_t i = 0;
    for (const auto& step : document.at("steps")) {
        out.steps.push_back({get_string(step, "learning_item"), get_string(step, "mapping"),
                             step.value("optional", false), get_string(step, "note")});
        const auto& last = out.steps.back();
        if (!seen.insert({last.mapping, last.learning_item}).second) {
            problems.push_back({Problem::Severity::error, "duplicate_step",
                                pointer_append("/steps", i) + "/learning_item",
                                "the learning item '" + last.learning_item + "' is there twice", 0});
        }
        ++i;
    }
    locate(problems, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    return out;
}

Problems check_journey(const Journey& journey, const Rules& rules) {
    Problems problems;
    for (std::size_t i = 0; i < journey.steps.size(); ++i) {
        const auto& step = journey.steps[i];
        const auto found = find_item(step, rules);
        if (found.size() == 1) continue;
        const auto at = pointer_append("/steps", i) + "/learning_item";
        problems.push_back({Problem::Severity::error,
                            found.empty() ? "unknown_learning_item" : "ambiguous_learning_item", at,
                            found.empty() ? "no mapping in force has a learning item '" + step.learning_item +
                                                "' (capbridge learning list shows them)"
                                          : "several mapping files have a learning item '" +
                                                step.learning_item + "': name one with \"mapping\"",
                            0});
    }
    return problems;
}

ordered_json journey_json(const Journey& journey, const Rules& rules, Day as_of) {
    auto out = head(journey);
    int minutes = 0;
    bool all_known = true;
    auto steps = ordered_json::array();
    const auto choices = learning_choices(rules, as_of);
    for (const auto& step : journey.steps) {
        const auto all = find_item(step, rules);
        const auto found = all.empty() ? Found{} : all.front();
        std::vector<int> given;
        if (found.item != nullptr) given = given_by(found, choices);
        steps.push_back(step_json(step, found, given, rules));
        const int its = found.item == nullptr ? 0 : found.item->minutes;
        minutes += its;
        all_known = all_known && its > 0;
    }
    out["minutes"] = all_known ? ordered_json(minutes) : ordered_json();
    out["steps"] = std::move(steps);
    return out;
}

ordered_json journey_progress(const Journey& journey, const PersonFacts& person, const Rules& rules,
                              Day as_of) {
    auto out = head(journey);
    out["person"] = person.person.id;
    out["as_of"] = format_day(as_of);
    const Slots slots(rules);
    const auto choices = learning_choices(rules, as_of);
    Demands demands(rules, as_of);
    std::set<int> asked;
    for (const auto& item : demands.of(person.person, person.assignments).items)
        asked.insert(slots.of(item.requirement, item.deployment));
    States states(rules, as_of);
    const auto is_held = [&](int slot) {
        const int d = slots.deployment(slot);
        states.load(person, d < 0 ? "" : rules.deployments[static_cast<std::size_t>(d)].id);
        const int requirement = slots.requirement(slot);
        return states.at(requirement).holds() || states.is_exempt(requirement);
    };
    std::size_t needed = 0, done = 0;
    ordered_json next;
    auto steps = ordered_json::array();
    for (const auto& step : journey.steps) {
        const auto all = find_item(step, rules);
        const auto found = all.empty() ? Found{} : all.front();
        std::vector<int> given;
        if (found.item != nullptr) given = given_by(found, choices);
        auto one = step_json(step, found, given, rules);
        std::string state = "gone";  // no mapping in force has it any more
        if (found.item != nullptr) {
            state = state_of(found, person, as_of);
            std::erase_if(given, [&](int slot) { return !asked.contains(slot); });
            if (state != "done" && !given.empty() && std::all_of(given.begin(), given.end(), is_held))
                state = "not_needed";
        }
        one["state"] = state;
        if (!step.optional && state != "gone") {
            ++needed;
            const bool is_done = state == "done" || state == "not_needed";
            done += is_done ? 1 : 0;
            if (!is_done && next.is_null()) next = step.learning_item;
        }
        steps.push_back(std::move(one));
    }
    out["done"] = done;
    out["needed"] = needed;
    out["next"] = std::move(next);
    out["steps"] = std::move(steps);
    return out;
}

}  // namespace capbridge::competency
