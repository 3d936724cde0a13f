#include "core/engine/learning_seen.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/engine/operation_list.hpp"
#include "core/engine/packages.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_titles = 20'000;

// Of a definition's name, a language map: English where there is one, else the first.
std::string name_of(const std::optional<std::string>& definition) {
    if (!definition) return {};
    const auto parsed = json::parse(*definition, nullptr, false);
    if (!parsed.is_object()) return {};
    const auto name = parsed.find("name");
    if (name == parsed.end() || !name->is_object()) return {};
    std::string first;
    for (const auto& [language, text] : name->items()) {
        if (!text.is_string()) continue;
        if (language == "en" || language.starts_with("en-")) return text.get<std::string>();
        if (first.empty()) first = text.get<std::string>();
    }
    return first;
}

// What somebody takes as a whole; modules, objectives and interactions are shown once statements speak of
// them.
bool is_taken(scorm::PackageActivity::Kind kind) {
    using Kind = scorm::PackageActivity::Kind;
    return kind == Kind::course || kind == Kind::sco || kind == Kind::au;
}

}  // namespace

competency::LearningSeen learning_seen(Bridge& bridge) {
    competency::LearningSeen out;
    std::map<std::string, competency::SeenActivity> all;
    for (const auto& row : bridge.store().sources().catalogue("", "course")) {
        if (row.iri.empty()) continue;
        auto& a = all[row.iri];
        if (a.title.empty()) a.title = row.title;
    }
    std::vector<std::pair<std::size_t, std::string>> untitled;
    for (const auto& row : bridge.store().projection().activities()) {
        auto& a = all[row.activity];
        a.statements = row.statements;
        a.people = row.people;
        if (a.title.empty()) untitled.emplace_back(row.people, row.activity);
    }
    if (untitled.size() > most_titles) {
        std::stable_sort(untitled.begin(), untitled.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
        untitled.resize(most_titles);
    }
    for (const auto& [people, activity] : untitled)
        all[activity].title = name_of(bridge.store().journal().definition_of(activity));
    for (const auto& package : bridge.packages()->packages()) {
        for (const auto& activity : package.activities) {
            const auto met = all.find(activity.iri);
            if (met == all.end() && !is_taken(activity.kind)) continue;
            auto& a = met == all.end() ? all[activity.iri] : met->second;
            if (a.title.empty()) a.title = scorm::text_in(activity.name);
            a.package = package.key;
        }
    }
    for (auto& [id, a] : all) {
        a.id = id;
        out.activities.push_back(std::move(a));
    }
    for (const auto& decision : bridge.store().journal().decisions_in_force("learning.triage")) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        if (!payload.is_object()) continue;
        out.triage[decision.key] = {get_string(payload, "relevance") == "relevant", decision.who,
                                    get_string(payload, "why"), format_instant(decision.recorded)};
    }
    return out;
}

Result<competency::Question> learning_question(Bridge& bridge, const json& params,
                                               const competency::Rules& rules) {
    competency::Question q;
    CAPBRIDGE_LET(q.as_of, day_parameter(bridge, params, "as_of"));
    q.scope = {get_string(params, "unit"),        get_string(params, "staff_group"),
               get_string(params, "job_role"),    get_string(params, "archetype"),
               params.value("descendants", true), get_string(params, "team"),
               get_string(params, "deployment")};
    q.organisation = bridge.store().installation().organisation;
    q.watermark = bridge.store().projection().cursor();
    const auto& s = q.scope;
    if (!s.archetype.empty() && rules.framework.archetype_index(s.archetype) < 0)
        return fail("not_found", "there is no archetype '" + s.archetype + "'", "archetype");
    if (!s.team.empty() && rules.team(s.team) == nullptr)
        return fail("not_found", "there is no team '" + s.team + "'", "team");
    if (!s.deployment.empty() && rules.deployment_index(s.deployment) < 0)
        return fail("not_found", "there is no deployment '" + s.deployment + "'", "deployment");
    return q;
}

Status each_person_of(Bridge& bridge, const competency::Rules& rules, const competency::Question& question,
                      const std::function<void(const competency::PersonFacts&)>& visit) {
    const auto& s = question.scope;
    bool unit = s.unit.empty() || rules.units.knows(s.unit), group = s.staff_group.empty(),
         role = s.job_role.empty();
    bridge.store().projection().each_person(question.as_of < day_of(bridge.now()),
                                            [&](const competency::PersonFacts& person) {
                                                for (const auto& e : person.person.employments) {
                                                    unit = unit || e.unit == s.unit;
                                                    group = group || e.staff_group == s.staff_group;
                                                    role = role || e.job_role == s.job_role;
                                                }
                                                visit(person);
                                            });
    if (!unit) return fail("not_found", "there is no unit '" + s.unit + "'", "unit");
    if (!group) return fail("not_found", "there is no staff group '" + s.staff_group + "'", "staff_group");
    if (!role) return fail("not_found", "there is no job role '" + s.job_role + "'", "job_role");
    return {};
}

Result<std::size_t> limit_of(const json& params, std::size_t otherwise, std::size_t most) {
    const auto it = params.find("limit");
    if (it == params.end() || it->is_null()) return otherwise;
    if (!it->is_number_integer() || *it < 1 || *it > most)
        return fail("bad_parameter", "the limit is a number from 1 to " + std::to_string(most), "limit");
    return it->get<std::size_t>();
}

}  // namespace capbridge::engine
