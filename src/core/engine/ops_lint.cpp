// Lint: what the rules and the data say about each other that somebody should look at.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/demand.hpp"
#include "core/competency/lint.hpp"
#include "core/engine/learning_seen.hpp"
#include "core/engine/operation_list.hpp"
#include "core/people/import.hpp"

namespace capbridge::engine {
namespace {

using competency::LintFacts;
using State = people::Assignment::State;

// A rule of a set that proposes an archetype to people to whom an earlier one does, and rules against
// decisions: work grows with the number of rules, not with its square. Conditions about teams and deployments
// are passed over: such rules are not looked at here.
class ArchetypeRules {
public:
    explicit ArchetypeRules(const people::RuleSet& set, const competency::Rules& rules, Day today)
        : today_(today) {
        for (const auto& rule : set.rules) {
            if (std::any_of(rule.all.begin(), rule.all.end(),
                            [](const auto& condition) { return condition.of_person(); }))
                continue;
            people::RuleSet alone{set.id, set.version, {rule}};
            people::place(alone, [&](std::string_view unit) { return rules.units.with_descendants(unit); });
            alone_.push_back(std::move(alone));
        }
    }
    void add(const competency::PersonFacts& person) {
        std::vector<const people::Rule*> first;  // that fits, of each archetype: what is recorded
        for (const auto& set : alone_) {
            if (people::propose(set, person.person, today_).empty()) continue;
            const auto& rule = set.rules.front();
            const auto before = std::find_if(first.begin(), first.end(), [&](const auto* other) {
                return other->archetype == rule.archetype;
            });
            if (before == first.end())
                first.push_back(&rule);
            else
                ++pairs_[{(*before)->id, rule.id, rule.archetype}];
            for (const auto& a : person.assignments) {
                if (a.archetype == rule.archetype && a.state == State::rejected)
                    ++pairs_[{rule.id, "", rule.archetype}];
            }
        }
    }
    void finish(LintFacts& facts) const {
        for (const auto& [key, people] : pairs_) {
            const auto& [first, second, archetype] = key;
            (second.empty() ? facts.against : facts.overlaps).push_back({first, second, archetype, people});
        }
    }

private:
    Day today_;
    std::vector<people::RuleSet> alone_;
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> pairs_;
};

void read_teams(const competency::Rules& rules, const std::set<std::string>& known,
                const std::set<std::string>& left, LintFacts& facts) {
    for (const auto& team : rules.teams) {
        LintFacts::Absent absent{team.id};
        for (const auto& member : team.members) {
            absent.unknown += known.contains(member.person) ? 0 : 1;
            absent.left += left.contains(member.person) ? 1 : 0;
        }
        if (absent.left + absent.unknown > 0) facts.absent.push_back(absent);
    }
}

// {rules? (text of archetype rules), name?, each?}: of one code at most `each` findings (200).
Result<ordered_json> lint(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    LintFacts facts;
    facts.today = day_of(bridge.now());
    std::optional<ArchetypeRules> archetype_rules;
    if (const auto text = get_string(params, "rules"); !text.empty()) {
        CAPBRIDGE_LET(const auto set,
                      people::load_rules(text, get_string(params, "name", "rules"), rules->framework));
        archetype_rules.emplace(set, *rules, facts.today);
    }
    const auto each = params.value("each", std::size_t{200});
    if (each < 1 || each > 5000) return fail("bad_parameter", "a number from 1 to 5000 is needed", "each");
    facts.seen = learning_seen(bridge);
    facts.left_out = bridge.left_out();
    std::set<std::string> wanted, known, left;  // members of teams
    for (const auto& team : rules->teams) {
        for (const auto& member : team.members) wanted.insert(member.person);
    }
    bridge.store().projection().each_person(false, [&](const competency::PersonFacts& person) {
        if (bridge.stopping) return;
        const auto& id = person.person.id;
        const bool staff = competency::is_staff(person.person, facts.today);
        if (wanted.contains(id)) {
            known.insert(id);
            if (!staff) left.insert(id);
        }
        if (!staff) return;
        for (const auto& a : person.assignments) {
            const bool over = a.to && *a.to < facts.today;
            if (a.state == State::proposed && !over) ++facts.waiting[{a.archetype, a.origin}];
        }
        if (archetype_rules) archetype_rules->add(person);
    });
    if (bridge.stopping) return fail("stopping", "the bridge is stopping");
    read_teams(*rules, known, left, facts);
    if (archetype_rules) archetype_rules->finish(facts);
    for (const auto& credential : bridge.store().access().credentials()) {
        if (!credential.revoked) facts.credentials.insert(credential.key);
    }
    auto out = competency::lint(*rules, facts, each);
    out["rules"] = rules->version_text();
    return out;
}

}  // namespace

std::vector<Operation> lint_operations() {
    return {{"lint.show", false, "read", lint}};
}

}  // namespace capbridge::engine
