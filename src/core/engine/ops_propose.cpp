// Rules propose archetypes: over the staff record, and over teams and deployments. What they would newly
// propose, and what they no longer would, can be seen first, per unit and archetype (dry_run).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/competency/demand.hpp"
#include "core/engine/assignments.hpp"
#include "core/engine/operation_list.hpp"
#include "core/people/import.hpp"

namespace capbridge::engine {
namespace {

using competency::PersonFacts;
using State = people::Assignment::State;

// What the rules of a set ask of people beyond their staff record.
class Belonging {
public:
    static Result<Belonging> of(people::RuleSet& set, const competency::Rules& rules, Day today) {
        using Field = people::Rule::Condition::Field;
        Belonging out(rules, today);
        std::set<std::string> teams;
        for (const auto& rule : set.rules) {
            for (const auto& condition : rule.all) {
                for (const auto& id : condition.any_of) {
                    if (condition.field == Field::team && rules.team(id) == nullptr)
                        return fail("not_found",
                                    "the rule '" + rule.id + "' names the team '" + id +
                                        "', and no such team is in force (capbridge team publish)",
                                    "rules");
                    if (condition.field == Field::deployment && rules.deployment_index(id) < 0)
                        return fail(
                            "not_found",
                            "the rule '" + rule.id + "' names the deployment '" + id +
                                "', and no such deployment is in force (capbridge deployment publish)",
                            "rules");
                    if (condition.field == Field::team) teams.insert(id);
                    if (condition.field == Field::deployment) out.deployments_.insert(id);
                }
            }
        }
        for (const auto& id : teams) {
            for (const auto& member : rules.team(id)->members) out.teams_[member.person].push_back(id);
        }
        people::place(set, [&](std::string_view unit) { return out.below(unit); });
        return out;
    }
    [[nodiscard]] people::Belongs operator()(const people::Person& person) const {
        people::Belongs out;
        if (const auto at = teams_.find(person.id); at != teams_.end()) out.teams = at->second;
        for (const auto& id : deployments_) {
            if (rules_.works_with(person, rules_.deployment_index(id), today_)) out.deployments.push_back(id);
        }
        return out;
    }

private:
    Belonging(const competency::Rules& rules, Day today) : rules_(rules), today_(today) {}
    // Rules do not mind the case of letters; the tree does.
    [[nodiscard]] std::vector<std::string> below(std::string_view unit) const {
        if (rules_.units.knows(unit)) return rules_.units.with_descendants(unit);
        for (const auto& node : rules_.units.nodes()) {
            if (lower_ascii(node.name) == lower_ascii(unit)) return rules_.units.with_descendants(node.name);
        }
        return {};
    }

    const competency::Rules& rules_;
    Day today_;
    std::unordered_map<std::string, std::vector<std::string>> teams_;  // by person
    std::set<std::string> deployments_;
};

// What came from this rule set keeps to the post that it rests on: a post that was extended goes on asking.
// Nothing when the dates are those of today's proposal already, or somebody gave them otherwise.
std::optional<people::Assignment> with_dates_of(const people::Assignment& proposal,
                                                const people::Assignment& known, const std::string& set) {
    if (known.state == State::rejected || !known.origin.starts_with("rule:" + set + "/")) return {};
    auto out = known;
    out.from = proposal.from;
    out.to = proposal.to;
    // One post may follow another: who was confirmed for the first one was asked then, and stays so.
    const bool earlier = proposal.from && (!known.from || *known.from < *proposal.from);
    const bool touching = !known.to || !proposal.from || *proposal.from <= *known.to + std::chrono::days{1};
    if (known.state == State::confirmed && earlier && touching) out.from = known.from;
    if (out.from == known.from && out.to == known.to) return {};
    out.origin = proposal.origin;
    return out;
}

}  // namespace

// {rules (text or object), name, dry_run?}: proposes archetypes to everyone whom the rules fit today; what a
// person confirmed or rejected stays. Proposals of the same rule set that no longer fit are withdrawn; what
// came from it, confirmed or not, gets the dates of today's proposal.
Result<ordered_json> assign_propose(Bridge& bridge, const json& params, const Caller& caller) {
    const auto given = params.find("rules");
    std::string text;
    if (given != params.end() && given->is_object()) {
        text = given->dump(2);
    } else {
        CAPBRIDGE_LET(text, need_text(params, "rules"));
    }
    const bool dry = params.value("dry_run", false);
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(auto set, people::load_rules(text, get_string(params, "name", "rules"), rules->framework));
    const auto today = day_of(bridge.now());
    CAPBRIDGE_LET(const auto belonging, Belonging::of(set, *rules, today));
    auto known = assignments_by_key(bridge);
    std::vector<store::NewDecision> decisions;
    std::size_t added = 0, same = 0, decided = 0, refreshed = 0, people = 0, without = 0;
    Changes changes({"proposed", "withdrawn", "refreshed"});
    std::set<std::string> gone;  // proposals of this set that do not fit any more
    for (const auto& [key, assignment] : known) {
        if (assignment.state == State::proposed && assignment.origin.starts_with("rule:" + set.id + "/"))
            gone.insert(key);
    }
    std::unordered_map<std::string, std::string> units;  // of people who have such proposals
    for (const auto& key : gone) units[known.at(key).person];
    bridge.store().projection().each_person(false, [&](const PersonFacts& facts) {
        ++people;
        const auto unit = unit_of(facts.person, today);
        if (const auto at = units.find(facts.person.id); at != units.end()) at->second = unit;
        const auto proposals = people::propose(set, facts.person, today, belonging(facts.person));
        for (const auto& proposal : proposals) {
            const auto key = proposal.key();
            gone.erase(key);
            const auto it = known.find(key);
            if (it == known.end()) {
                ++added;
                changes.add(0, unit, proposal.archetype, facts.person.id);
                decisions.push_back({"assignment", key, people::to_json(proposal).dump(), {}});
            } else if (const auto anew = with_dates_of(proposal, it->second, set.id)) {
                ++refreshed;
                changes.add(2, unit, proposal.archetype, facts.person.id);
                decisions.push_back({"assignment", key, people::to_json(*anew).dump(), {}});
            } else {
                ++(it->second.state == State::proposed ? same : decided);
            }
        }
        const auto roles = competency::roles_of(facts.assignments, rules->framework, today);
        const bool has_any = !proposals.empty() || !roles.confirmed.empty() || !roles.proposed.empty();
        without += !has_any && competency::is_staff(facts.person, today) ? 1 : 0;
    });
    for (const auto& key : gone) {
        const auto& assignment = known.at(key);
        changes.add(1, units[assignment.person], assignment.archetype, assignment.person);
        decisions.push_back({"assignment", key, "", {}});
    }
    std::sort(decisions.begin(), decisions.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    ordered_json out{{"counts",
                      {{"people", people},
                       {"proposed_now", added},
                       {"same", same},
                       {"already_decided", decided},
                       {"refreshed", refreshed},
                       {"withdrawn", gone.size()},
                       {"people_without_any", without}}},
                     {"dry_run", dry}};
    changes.write(out);
    if (dry) decisions.clear();
    return write_assignments(bridge, caller, "proposals of rules " + set.id + " " + set.version,
                             std::move(decisions), std::move(out));
}

}  // namespace capbridge::engine
