// Which learning next, for a person, a team or everybody in a scope; and curated journeys.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/attestation.hpp"
#include "core/competency/journey.hpp"
#include "core/competency/next_learning.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/learning_seen.hpp"
#include "core/engine/members.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

using competency::Journey;
using competency::NextLearning;
using Whom = NextLearning::Options::Whom;

// Self-assessments that stand, by the person whom they are about after merges.
void read_self_assessments(Bridge& bridge, NextLearning& next) {
    for (const auto& decision : bridge.store().journal().decisions_in_force("item.attestation")) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        if (!payload.is_object()) continue;
        const auto said = competency::attestation_from_json(payload);
        if (!said || said->kind != competency::EvidenceKind::self || said->withdrawn || !said->met) continue;
        const auto person = bridge.store().projection().survivor(get_string(payload, "person"));
        for (const auto& id : said->requirements) next.says_they_know(person, id, said->context);
    }
}

// {person | team | scope as of matrix, as_of?, limit?}
Result<ordered_json> next_learning(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto question, learning_question(bridge, params, *rules));
    NextLearning::Options options;
    CAPBRIDGE_LET(options.limit, limit_of(params, 20, 200));
    const auto person = get_string(params, "person");
    if (!person.empty()) {
        for (const char* name : {"unit", "staff_group", "job_role", "archetype", "team", "deployment"}) {
            if (!get_string(params, name).empty())
                return fail("bad_parameter", "a person stands alone: leave this out", name);
        }
        options.whom = Whom::person;
        CAPBRIDGE_LET(options.person, known_person(bridge, person, "person"));
    } else if (!question.scope.team.empty()) {
        options.whom = Whom::team;
        options.team = question.scope.team;
    }
    NextLearning next(*rules, question, options);
    read_self_assessments(bridge, next);
    if (options.whom == Whom::scope) {
        CAPBRIDGE_TRY(each_person_of(bridge, *rules, question,
                                     [&](const competency::PersonFacts& facts) { next.add(facts); }));
        return next.finish();
    }
    // Whoever shares a team with the person, or is of the team.
    std::vector<std::string> people;
    if (options.whom == Whom::person) people.push_back(options.person);
    for (const auto& team : rules->teams) {
        const auto is_person = [&](const auto& member) { return member.person == options.person; };
        const bool concerns = options.whom == Whom::team
                                  ? team.id == options.team
                                  : std::any_of(team.members.begin(), team.members.end(), is_person);
        for (std::size_t i = 0; concerns && i < team.members.size(); ++i)
            people.push_back(team.members[i].person);
    }
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    for (const auto& id : people) {
        if (const auto facts = bridge.store().projection().person_facts(id)) next.add(*facts);
    }
    return next.finish();
}

Result<std::vector<Journey>> journeys(Bridge& bridge) {
    std::vector<Journey> out;
    for (const auto& decision : bridge.store().journal().decisions_in_force("journey")) {
        if (decision.payload.empty()) continue;
        // One that a later version of this program would not take any more stays out.
        if (auto journey = competency::load_journey(decision.payload, "journey " + decision.key))
            out.push_back(std::move(*journey));
    }
    std::sort(out.begin(), out.end(), [](const Journey& a, const Journey& b) { return a.id < b.id; });
    return out;
}

Result<Journey> journey_of(Bridge& bridge, const json& params) {
    CAPBRIDGE_LET(const auto id, need_text(params, "journey"));
    CAPBRIDGE_LET(const auto all, journeys(bridge));
    const auto at = std::find_if(all.begin(), all.end(), [&](const Journey& j) { return j.id == id; });
    if (at == all.end())
        return fail("not_found", "there is no journey '" + id + "' (capbridge journey list shows them)",
                    "journey");
    return *at;
}

// {text, name}
Result<ordered_json> journey_publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto name = get_string(params, "name", "journey");
    CAPBRIDGE_LET(const auto journey, competency::load_journey(text, name));
    auto problems = competency::check_journey(journey, *rules);
    locate(problems, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    ordered_json out{{"kind", "journey"}, {"id", journey.id}, {"version", journey.version}};
    const auto known = bridge.store().journal().decision_in_force("journey", journey.id);
    const bool changed = !known || known->payload != text;
    out["changed"] = changed;
    if (!changed) return out;
    return decide(bridge, caller, "decision", "publish journey " + journey.id + " " + journey.version,
                  {{"journey", journey.id, text, {}}}, std::move(out));
}

// {journey}: out of force; publishing it again puts it back.
Result<ordered_json> journey_withdraw(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_TRY(check_members(params, {{"journey"}}));
    CAPBRIDGE_LET(const auto journey, journey_of(bridge, params));
    return decide(bridge, caller, "decision", "journey " + journey.id + " withdrawn",
                  {{"journey", journey.id, "", {}}}, {{"journey", journey.id}});
}

// {}
Result<ordered_json> journey_list(Bridge& bridge, const json&, const Caller&) {
    CAPBRIDGE_LET(const auto all, journeys(bridge));
    ordered_json out{{"journeys", ordered_json::array()}};
    for (const auto& j : all) {
        out["journeys"].push_back(
            {{"id", j.id}, {"version", j.version}, {"title", j.title}, {"steps", j.steps.size()}});
    }
    return out;
}

// {journey, person?, as_of?}
Result<ordered_json> journey_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto journey, journey_of(bridge, params));
    CAPBRIDGE_LET(const auto as_of, day_parameter(bridge, params, "as_of"));
    const auto text = get_string(params, "person");
    if (text.empty()) return competency::journey_json(journey, *rules, as_of);
    CAPBRIDGE_LET(const auto id, known_person(bridge, text, "person"));
    const auto person = bridge.store().projection().person_facts(id);
    if (!person) return fail("not_found", "there is no such person", "person");
    return competency::journey_progress(journey, *person, *rules, as_of);
}

}  // namespace

std::vector<Operation> next_operations() {
    return {
        {"next.learning", false, "read", next_learning},
        {"journey.publish", true, "admin", journey_publish},
        {"journey.withdraw", true, "admin", journey_withdraw},
        {"journey.list", false, "read", journey_list},
        {"journey.show", false, "read", journey_show},
    };
}

}  // namespace capbridge::engine
