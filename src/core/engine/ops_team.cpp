// Teams: what each covers of what it needs, what would close its gaps, and taking a team out of force.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/engine/identity_decide.hpp"
#include "core/engine/members.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/teams.hpp"

namespace capbridge::engine {
namespace {

using competency::Rules;
using competency::Team;
using competency::TeamCoverage;

constexpr std::size_t teams_shown = 500;
constexpr int longest_days = 3660;

Result<int> days_of(const json& params, const Rules& rules) {
    const auto it = params.find("days");
    if (it == params.end() || it->is_null()) return rules.policy.amber_days;
    if (!it->is_number_integer() || *it < 0 || *it > longest_days)
        return fail("bad_parameter", "the days ahead are a number from 0 to 3660", "days");
    return it->get<int>();
}

TeamCoverage coverage_of(Bridge& bridge, const Rules& rules, const Team& team, Day as_of, int days) {
    TeamCoverage coverage(rules, team, as_of, days);
    std::set<std::string> members;
    for (const auto& member : team.members) members.insert(member.person);
    for (const auto& id : members) {
        if (const auto facts = bridge.store().projection().person_facts(id)) coverage.add(*facts);
    }
    return coverage;
}

// {as_of?, days?}
Result<ordered_json> team_list(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto as_of, day_parameter(bridge, params, "as_of"));
    CAPBRIDGE_LET(const auto days, days_of(params, *rules));
    ordered_json out{{"as_of", format_day(as_of)},
                     {"days", days},
                     {"total", rules->teams.size()},
                     {"teams", ordered_json::array()}};
    for (std::size_t i = 0; i < std::min(rules->teams.size(), teams_shown); ++i)
        out["teams"].push_back(coverage_of(bridge, *rules, rules->teams[i], as_of, days).summary());
    return out;
}

Result<const Team*> team_of(const Rules& rules, const json& params) {
    CAPBRIDGE_LET(const auto id, need_text(params, "team"));
    const auto* team = rules.team(id);
    if (team == nullptr)
        return fail("not_found", "there is no team '" + id + "' (capbridge team list shows them)", "team");
    return team;
}

// {team, as_of?, days?}
Result<ordered_json> team_coverage(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto* team, team_of(*rules, params));
    CAPBRIDGE_LET(const auto as_of, day_parameter(bridge, params, "as_of"));
    CAPBRIDGE_LET(const auto days, days_of(params, *rules));
    return coverage_of(bridge, *rules, *team, as_of, days).answer();
}

// {team}: it is no more; publishing it again puts it back.
Result<ordered_json> team_withdraw(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_TRY(check_members(params, {{"team"}}));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto* team, team_of(*rules, params));
    const auto id = team->id;
    return decide(bridge, caller, "decision", "team " + id + " withdrawn", {{"team", id, "", {}}},
                  {{"team", id}, {"counts", {{"withdrawn", 1}}}});
}

}  // namespace

void fill_teams(Bridge& bridge, const Rules& rules, const competency::Question& question,
                ordered_json& matrix) {
    competency::TeamsInMatrix teams(rules, question);
    auto& projection = bridge.store().projection();
    if (question.as_of < day_of(bridge.now())) {  // judged from the evidence
        for (const auto& id : teams.members()) {
            if (const auto facts = projection.person_facts(id)) teams.add(*facts);
        }
    } else {
        projection.people_facts({teams.members().begin(), teams.members().end()},
                                [&](const competency::PersonFacts& facts) { teams.add(facts); });
    }
    teams.fill(matrix);
}

Status check_team(const Team& team, const framework::Framework& framework, const std::string& name) {
    std::vector<std::string> wrong;
    const auto archetypes = [&](const std::vector<std::string>& ids, const std::string& where) {
        for (const auto& id : ids) {
            if (framework.archetype_index(id) < 0)
                wrong.push_back(name + ": " + where + ": there is no archetype '" + id +
                                "' [unknown_archetype]");
        }
    };
    archetypes(team.archetypes, "/archetypes");
    for (std::size_t i = 0; i < team.members.size(); ++i)
        archetypes(team.members[i].archetypes, "/members/" + std::to_string(i) + "/archetypes");
    for (const auto& id : team.requirements) {
        const int index = framework.requirement_index(id);
        if (index < 0) {
            wrong.push_back(name + ": /requirements: the framework " + framework.id +
                            " has no requirement '" + id + "' [unknown_requirement]");
        } else if (framework.requirements[static_cast<std::size_t>(index)].tier == "product-specific" &&
                   team.deployment.empty()) {
            wrong.push_back(name + ": /requirements: '" + id +
                            "' is about a product: say which \"deployment\" the team looks after "
                            "[deployment_needed]");
        }
    }
    if (wrong.empty()) return {};
    std::string all;
    for (const auto& line : wrong) all += (all.empty() ? "" : "\n") + line;
    return fail("invalid_document", all, name);
}

std::vector<std::string> team_warnings(Bridge& bridge, const Rules& rules, std::string_view id) {
    std::vector<std::string> out;
    const auto* team = rules.team(id);
    if (team == nullptr) return out;
    if (!team->deployment.empty() && rules.deployment_index(team->deployment) < 0)
        out.push_back("there is no deployment '" + team->deployment +
                      "' yet, so no product items are counted (capbridge deployment publish)");
    for (std::size_t i = 0; i < team->members.size(); ++i) {
        if (bridge.store().projection().person(team->members[i].person)) continue;
        out.push_back("member " + std::to_string(i + 1) +
                      " is nobody that the bridge knows, and is not counted until it does");
    }
    return out;
}

std::vector<Operation> team_operations() {
    return {
        {"team.list", false, "read", team_list},
        {"team.coverage", false, "read", team_coverage},
        {"team.withdraw", true, "admin", team_withdraw},
    };
}

}  // namespace capbridge::engine
