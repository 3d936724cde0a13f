// Questions: they change nothing and run beside everything else.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/teams.hpp"

namespace capbridge::engine {
namespace {

Result<competency::Question> question_of(Bridge& bridge, const json& params) {
    competency::Question q;
    CAPBRIDGE_LET(q.as_of, day_parameter(bridge, params, "as_of"));
    q.scope = {get_string(params, "unit"),        get_string(params, "staff_group"),
               get_string(params, "job_role"),    get_string(params, "archetype"),
               params.value("descendants", true), get_string(params, "team"),
               get_string(params, "deployment")};
    q.organisation = bridge.store().installation().organisation;
    q.watermark = bridge.store().projection().cursor();
    return q;
}

// What held on an earlier day is judged from the evidence; for today the dates of the records are enough, and
// much faster.
bool in_the_past(Bridge& bridge, const competency::Question& question) {
    return question.as_of < day_of(bridge.now());
}

// A unit, staff group or job role that nobody was ever employed in is a mistake, not an empty answer.
class KnownPlaces {
public:
    KnownPlaces(const competency::Rules& rules, const competency::Scope& scope)
        : wanted_{scope.unit, scope.staff_group, scope.job_role},
          seen_{rules.units.knows(scope.unit), false, false} {}
    void see(const people::Person& person) {
        for (const auto& e : person.employments) {
            const std::string_view has[] = {e.unit, e.staff_group, e.job_role};
            for (std::size_t i = 0; i < 3; ++i) seen_[i] = seen_[i] || has[i] == wanted_[i];
        }
    }
    [[nodiscard]] Status check() const {
        static constexpr const char* names[] = {"unit", "staff_group", "job_role"};
        static constexpr const char* words[] = {"unit", "staff group", "job role"};
        for (std::size_t i = 0; i < 3; ++i) {
            if (wanted_[i].empty() || seen_[i]) continue;
            return fail("not_found", std::string("there is no ") + words[i] + " '" + wanted_[i] + "'",
                        names[i]);
        }
        return {};
    }

private:
    std::string wanted_[3];
    bool seen_[3];
};

Status known_scope(const competency::Rules& rules, const competency::Scope& scope) {
    if (!scope.team.empty() && rules.team(scope.team) == nullptr)
        return fail("not_found", "there is no team '" + scope.team + "'", "team");
    if (!scope.deployment.empty() && rules.deployment_index(scope.deployment) < 0)
        return fail("not_found", "there is no deployment '" + scope.deployment + "'", "deployment");
    return {};
}

// {as_of?, unit?, descendants?, staff_group?, job_role?, team?, deployment?, archetype?}
Result<ordered_json> matrix(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto question, question_of(bridge, params));
    if (!question.scope.archetype.empty() && rules->framework.archetype_index(question.scope.archetype) < 0) {
        return fail("not_found", "there is no archetype '" + question.scope.archetype + "'", "archetype");
    }
    if (!in_the_past(bridge, question)) {
        if (auto kept = bridge.standings.matrix(question)) return std::move(*kept);
    }
    competency::MatrixBuilder builder(*rules, question);
    CAPBRIDGE_TRY(known_scope(*rules, question.scope));
    KnownPlaces places(*rules, question.scope);
    bridge.store().projection().each_person(in_the_past(bridge, question),
                                            [&](const competency::PersonFacts& person) {
                                                places.see(person.person);
                                                builder.add(person);
                                            });
    CAPBRIDGE_TRY(places.check());
    auto answer = builder.finish();
    fill_teams(bridge, *rules, question, answer);
    return answer;
}

// A person by uuid, by scheme, issuer and value joined with colons ("esr-employee:nymouth:10000017"), by the
// whole value of an identifier, or by the whole name. Never by a part: a mistyped number must not show
// somebody else.
Result<std::string> person_id(Bridge& bridge, const std::string& text) {
    auto& projection = bridge.store().projection();
    if (is_uuid(text)) return projection.survivor(lower_uuid(text));
    if (const auto first = text.find(':'); first != std::string::npos) {
        const auto last = text.rfind(':');
        const auto issuer = last > first ? text.substr(first + 1, last - first - 1) : "";
        if (const auto id =
                projection.person_by_identifier(text.substr(0, first), issuer, text.substr(last + 1)))
            return *id;
    }
    store::PeopleQuery query;
    query.text = text;
    query.limit = 1000;
    std::vector<std::string> found;
    const auto wanted = lower_ascii(text);
    for (const auto& p : projection.find_people(query).first) {
        const bool fits =
            lower_ascii(p.name) == wanted ||
            std::any_of(p.identifiers.begin(), p.identifiers.end(),
                        [&](const people::Identifier& i) { return lower_ascii(i.value) == wanted; });
        if (fits) found.push_back(p.id);
    }
    if (found.size() == 1) return found.front();
    if (found.size() > 1) {
        return fail(
            "ambiguous",
            std::to_string(found.size()) + " people fit; give a uuid (capbridge people list finds it)",
            "person");
    }
    return fail("not_found",
                "nobody is known by that; give a uuid, SCHEME:ISSUER:VALUE, or a whole name or number "
                "(capbridge people list finds them)",
                "person");
}

Result<competency::PersonFacts> person_of(Bridge& bridge, const json& params) {
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    CAPBRIDGE_LET(const auto id, person_id(bridge, text));
    auto person = bridge.store().projection().person_facts(id);
    if (!person) return fail("not_found", "there is no such person", "/person");
    return std::move(*person);
}

ordered_json person_json(const people::Person& person, const std::vector<people::Assignment>& assignments) {
    ordered_json out{{"id", person.id}, {"name", person.name}};
    out["employments"] = ordered_json::array();
    const auto day = [](const std::optional<Day>& d) {
        return d ? ordered_json(format_day(*d)) : ordered_json(nullptr);
    };
    for (const auto& e : person.employments) {
        out["employments"].push_back({{"unit", e.unit},
                                      {"staff_group", e.staff_group},
                                      {"job_role", e.job_role},
                                      {"position", e.position},
                                      {"from", day(e.from)},
                                      {"to", day(e.to)}});
    }
    out["archetypes"] = ordered_json::array();
    for (const auto& a : assignments) {
        out["archetypes"].push_back({{"archetype", a.archetype},
                                     {"state", people::state_text(a.state)},
                                     {"origin", a.origin},
                                     {"from", day(a.from)},
                                     {"to", day(a.to)}});
    }
    out["teams"] = ordered_json::array();
    out["identifiers"] = ordered_json::array();
    for (const auto& i : person.identifiers) {
        out["identifiers"].push_back({{"scheme", i.scheme},
                                      {"issuer", i.issuer},
                                      {"value", i.value},
                                      {"valid_from", day(i.valid_from)},
                                      {"valid_to", day(i.valid_to)}});
    }
    return out;
}

// {person}
Result<ordered_json> person(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_TRY(bridge.rules());
    CAPBRIDGE_LET(const auto facts, person_of(bridge, params));
    auto out = person_json(facts.person, facts.assignments);
    out["merged"] = bridge.store().projection().merged_into(facts.person.id);
    return out;
}

// {text?, unit?, staff_group?, job_role?, archetype?, unassigned?, limit?, offset?}
Result<ordered_json> people_list(Bridge& bridge, const json& params, const Caller&) {
    store::PeopleQuery query;
    query.text = get_string(params, "text");
    query.unit = get_string(params, "unit");
    query.staff_group = get_string(params, "staff_group");
    query.job_role = get_string(params, "job_role");
    query.archetype = get_string(params, "archetype");
    query.unassigned = params.value("unassigned", false);
    query.limit = std::min<std::size_t>(params.value("limit", std::size_t{50}), 1000);
    query.offset = params.value("offset", std::size_t{0});
    const auto [people, total] = bridge.store().projection().find_people(query);
    ordered_json out{{"total", total}, {"offset", query.offset}, {"people", ordered_json::array()}};
    for (const auto& p : people)
        out["people"].push_back(person_json(p, bridge.store().projection().assignments_of(p.id)));
    return out;
}

// {person, as_of?}
Result<ordered_json> record(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto question, question_of(bridge, params));
    CAPBRIDGE_LET(const auto facts, person_of(bridge, params));
    return competency::person_record(facts, *rules, question);
}

// {person, requirement, context?, as_of?} for an item of a person; for a cell {archetype?, factor} or
// {context, group}, and unit?, staff_group?, job_role?, as_of?
Result<ordered_json> explain(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(auto question, question_of(bridge, params));
    if (params.contains("person")) {
        CAPBRIDGE_LET(const auto requirement, need_text(params, "requirement"));
        CAPBRIDGE_LET(const auto facts, person_of(bridge, params));
        return competency::explain_person(facts, *rules, question, requirement,
                                          get_string(params, "context"));
    }
    competency::CellPlace place;
    const auto given = [&](std::string_view name) { return !get_string(params, name).empty(); };
    if (given("context") || given("group")) {
        if (given("factor") || given("archetype")) {
            return fail("bad_parameter",
                        "a cell is of a factor (and an archetype), or of a deployment and a group",
                        given("factor") ? "factor" : "archetype");
        }
        CAPBRIDGE_LET(place.context, need_text(params, "context"));
        CAPBRIDGE_LET(place.group, need_text(params, "group"));
    } else {
        place.archetype = get_string(params, "archetype");  // "": the foundation, asked of everyone
        CAPBRIDGE_LET(place.factor, need_text(params, "factor"));
        question.scope.archetype.clear();  // the cell's archetype is not a further narrowing
    }
    competency::CellExplainer explainer(*rules, question, std::move(place));
    bridge.store().projection().each_person(in_the_past(bridge, question),
                                            [&](const competency::PersonFacts& p) { explainer.add(p); });
    return explainer.finish();
}

}  // namespace

std::vector<Operation> ask_operations() {
    return {
        {"matrix", false, "read", matrix},           {"person", false, "read", person},
        {"people.list", false, "read", people_list}, {"record", false, "read", record},
        {"explain", false, "read", explain},
    };
}

}  // namespace capbridge::engine
