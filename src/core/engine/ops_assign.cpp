// Archetypes of people, in bulk: rules propose (ops_propose.cpp), managers confirm or reject, files decide.
// Each assignment is a decision in the journal with who and when, so that a run can be taken back. Proposing
// and deciding can be asked first what they would do (dry_run).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/demand.hpp"
#include "core/engine/assignments.hpp"
#include "core/engine/decision_writer.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

using competency::PersonFacts;
using State = people::Assignment::State;

// Whose decision it was may be told; who told it is known, and always stands there.
std::string decided_by(const json& params, const Caller& caller) {
    const auto by = get_string(params, "by");
    return by.empty() || by == caller.who ? caller.who : caller.who + " for " + by;
}

// {csv, issuer, name, by}
Result<ordered_json> assign_import(Bridge& bridge, const json& params, const Caller& caller) {
    const auto csv = get_string(params, "csv");
    CAPBRIDGE_LET(const auto issuer, need_text(params, "issuer"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto name = get_string(params, "name", "assignments");
    auto read = people::read_assignments(csv, issuer, rules->framework);
    if (!read) {
        auto error = read.error();
        error.where = name;
        return fail(std::move(error));
    }
    const auto known = assignments_by_key(bridge);
    std::vector<store::NewDecision> decisions;
    std::size_t changed = 0, same = 0;
    for (const auto& row : read->rows_read) {
        const auto person =
            bridge.store().projection().person_by_identifier(row.who.scheme, row.who.issuer, row.who.value);
        if (!person) {
            read->exceptions.push_back({row.line, "unknown_person",
                                        "nobody is known by this employee number; import the people first"});
            continue;
        }
        people::Assignment assignment{*person,  row.archetype, row.state, "import:" + name,
                                      row.from, row.to,        {}};
        if (row.state != State::proposed) assignment.decided_by = decided_by(params, caller);
        const auto it = known.find(assignment.key());
        // A proposal does not undo what somebody has decided.
        const bool decided =
            it != known.end() && row.state == State::proposed && it->second.state != State::proposed;
        if (decided || (it != known.end() && it->second == assignment)) {
            ++same;
            continue;
        }
        ++changed;
        decisions.push_back({"assignment", assignment.key(), people::to_json(assignment).dump(), {}});
    }
    const ordered_json counts{
        {"rows", read->rows}, {"changed", changed}, {"same", same}, {"exceptions", read->exceptions.size()}};
    return write_assignments(bridge, caller, "assignments from " + name, std::move(decisions),
                             {{"counts", counts}, {"exceptions", exceptions_json(read->exceptions)}});
}

// Which proposals a manager decides on: all that is given must hold.
struct Filter {
    std::string archetype, person, rule;
    competency::Scope scope;
    bool by_scope = false;

    static Result<Filter> of(Bridge& bridge, const json& params, const competency::Rules& rules) {
        Filter out;
        out.archetype = get_string(params, "archetype");
        if (const auto person = get_string(params, "person"); !person.empty()) {
            CAPBRIDGE_LET(out.person, known_person(bridge, person, "person"));
        }
        out.rule = get_string(params, "rule");
        auto& s = out.scope;
        s.unit = get_string(params, "unit");
        s.staff_group = get_string(params, "staff_group");
        s.job_role = get_string(params, "job_role");
        s.team = get_string(params, "team");
        s.deployment = get_string(params, "deployment");
        s.descendants = params.value("descendants", true);
        out.by_scope = !(s.unit + s.staff_group + s.job_role + s.team + s.deployment).empty();
        if (!params.value("all", false) && !out.by_scope && (out.archetype + out.person + out.rule).empty()) {
            return fail(
                "bad_parameter",
                "say which proposals: all, or an archetype, unit, staff group, job role, team, deployment, "
                "rule or person");
        }
        if (!out.archetype.empty() && rules.framework.archetype_index(out.archetype) < 0)
            return fail("bad_parameter", "there is no archetype '" + out.archetype + "'", "/archetype");
        if (!s.team.empty() && rules.team(s.team) == nullptr)
            return fail("not_found", "there is no team '" + s.team + "'", "team");
        if (!s.deployment.empty() && rules.deployment_index(s.deployment) < 0)
            return fail("not_found", "there is no deployment '" + s.deployment + "'", "deployment");
        return out;
    }
    // "SET" or "SET/RULE", whatever the version.
    [[nodiscard]] bool is_of_rule(const people::Assignment& a) const {
        if (rule.empty()) return true;
        const auto whole = "rule:" + rule;
        return a.origin.starts_with(whole + (rule.find('/') == std::string::npos ? "/" : "@"));
    }
};

// {by?, state: confirmed|rejected, dry_run?, and which: all? | archetype?, unit?, descendants?, staff_group?,
// job_role?, team?, deployment?, rule? (SET or SET/RULE), person? (uuid or identifier)}: decides proposals.
Result<ordered_json> assign_decide(Bridge& bridge, const json& params, const Caller& caller) {
    const auto state_name = get_string(params, "state", "confirmed");
    if (state_name != "confirmed" && state_name != "rejected")
        return fail("bad_parameter", "state must be confirmed or rejected", "/state");
    const bool dry = params.value("dry_run", false);
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto filter, Filter::of(bridge, params, *rules));
    const auto today = day_of(bridge.now());
    const competency::InScope in_scope(*rules, filter.scope, today);
    std::vector<store::NewDecision> decisions;
    Changes changes({state_name});
    const auto& unit = filter.scope.unit;
    bool unit_known = unit.empty() || rules->units.knows(unit);
    std::size_t newly_assigned = 0;
    bridge.store().projection().each_person(false, [&](const PersonFacts& facts) {
        for (const auto& e : facts.person.employments) unit_known = unit_known || e.unit == unit;
        if (!filter.person.empty() && facts.person.id != filter.person) return;
        if (filter.by_scope && !in_scope(facts.person)) return;
        std::size_t here = 0;
        auto then = facts.assignments;
        for (auto& assignment : then) {
            if (assignment.state != State::proposed || !filter.is_of_rule(assignment) ||
                (!filter.archetype.empty() && assignment.archetype != filter.archetype))
                continue;
            ++here;
            changes.add(0, unit_of(facts.person, today), assignment.archetype, facts.person.id);
            assignment.state = state_name == "confirmed" ? State::confirmed : State::rejected;
            assignment.decided_by = decided_by(params, caller);
            decisions.push_back({"assignment", assignment.key(), people::to_json(assignment).dump(), {}});
        }
        const auto assigned = [&](const auto& assignments) {
            return !competency::roles_of(assignments, rules->framework, today).confirmed.empty();
        };
        newly_assigned += here > 0 && competency::is_staff(facts.person, today) &&
                                  !assigned(facts.assignments) && assigned(then)
                              ? 1
                              : 0;
    });
    if (!unit_known) return fail("not_found", "there is no unit '" + unit + "'", "unit");
    ordered_json out{{"counts", {{state_name, decisions.size()}}}, {"dry_run", dry}};
    changes.write(out);
    if (dry) decisions.clear();
    CAPBRIDGE_LET(out, write_assignments(bridge, caller, state_name + " proposals", std::move(decisions),
                                         std::move(out)));
    const auto unassigned = out["states"]["people_unassigned"].get<std::size_t>();
    if (dry) out["people_unassigned_after"] = unassigned - newly_assigned;
    return out;
}

// {}
Result<ordered_json> assign_status(Bridge& bridge, const json&, const Caller&) {
    CAPBRIDGE_LET(auto states, assignment_states(bridge));
    return ordered_json{{"states", std::move(states)},
                        {"people", bridge.store().projection().all_people().size()}};
}

}  // namespace

std::vector<Operation> assign_operations() {
    return {
        {"assign.propose", true, "admin", assign_propose},
        {"assign.import", true, "admin", assign_import},
        {"assign.decide", true, "admin", assign_decide},
        {"assign.status", false, "read", assign_status},
    };
}

}  // namespace capbridge::engine
