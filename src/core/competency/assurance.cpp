#include "core/competency/assurance.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "core/competency/cells.hpp"
#include "core/competency/documents.hpp"
#include "core/competency/succession.hpp"

namespace capbridge::competency {
namespace {

using Kind = Answer::Kind;
using Asked = framework::Question;

constexpr std::array kinds{Kind::open, Kind::no, Kind::partly, Kind::yes, Kind::not_applicable};

std::size_t place(Kind kind) {
    return static_cast<std::size_t>(kind);
}

struct Counts {
    std::array<std::size_t, kinds.size()> of{};
    std::size_t questions = 0;
    void add(Kind kind) {
        ++questions;
        ++of[place(kind)];
    }
    [[nodiscard]] ordered_json to_json() const {
        ordered_json each = ordered_json::object();
        for (const auto kind : kinds) each[std::string(text(kind))] = of[place(kind)];
        return {{"questions", questions},
                {"answered", questions - of[place(Kind::open)]},
                {"counts", std::move(each)}};
    }
};

// What was said of each question of one deployment, in order of record.
using Said = std::map<std::string, std::vector<const Answer*>, std::less<>>;

Said said_of(const Deployment& deployment, const std::vector<Answer>& answers, std::optional<Day> as_of) {
    Said out;
    for (const auto& answer : answers) {
        if (answer.deployment == deployment.id && (!as_of || answer.on <= *as_of))
            out[answer.question].push_back(&answer);
    }
    return out;
}

const Answer* standing_of(const Said& said, std::string_view question) {
    const auto it = said.find(question);
    return it == said.end() ? nullptr : it->second.back();
}

Kind kind_of(const Answer* answer) {
    return answer == nullptr ? Kind::open : answer->kind;
}

const std::string& name_of(const std::vector<framework::Group>& list, const std::string& id) {
    const auto it = std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.id == id; });
    return it == list.end() ? id : it->name;
}

ordered_json deployment_json(const Deployment& d) {
    return {{"id", d.id},
            {"product", d.product},
            {"version", d.version},
            {"unit", d.unit},
            {"go_live", day_or_null(d.go_live)}};
}

ordered_json question_json(const Rules& rules, const Asked& q) {
    const int archetype = rules.framework.archetype_index(q.archetype);
    return {
        {"question", q.id},
        {"table", q.table},
        {"archetype", q.archetype},
        {"archetype_name",
         archetype < 0 ? q.archetype : rules.framework.archetypes[static_cast<std::size_t>(archetype)].name},
        {"title", q.title},
        {"source_line", q.source_line == 0 ? ordered_json() : ordered_json(q.source_line)}};
}

void write_answer(ordered_json& out, const Answer& a) {
    out["on"] = format_day(a.on);
    out["who"] = a.who;
    out["recorded_at"] = format_instant(a.recorded);
    out["document"] = text_or_null(a.document);
    out["note"] = text_or_null(a.note);
    out["run"] = a.run;
}

ordered_json item_json(const Rules& rules, const Asked& q, const Said& said, const Said& before,
                       const Deployment* former) {
    auto out = question_json(rules, q);
    const auto* answer = standing_of(said, q.id);
    out["state"] = text(kind_of(answer));
    if (answer != nullptr) write_answer(out, *answer);
    const auto history = said.find(q.id);
    out["answers"] = history == said.end() ? 0 : history->second.size();
    // What was said of the version before helps to answer, and answers nothing.
    const auto* then = former == nullptr ? nullptr : standing_of(before, q.id);
    out["version_before"] = then == nullptr || then->kind == Kind::open
                                ? ordered_json()
                                : ordered_json{{"deployment", former->id},
                                               {"version", former->version},
                                               {"state", text(then->kind)},
                                               {"on", format_day(then->on)},
                                               {"document", text_or_null(then->document)}};
    return out;
}

bool fits(const ChecklistFilter& filter, const Asked& q, Kind kind) {
    return (filter.archetype.empty() || filter.archetype == q.archetype) &&
           (filter.factor.empty() || filter.factor == q.factor) &&
           (filter.state.empty() || filter.state == text(kind));
}

}  // namespace

std::string_view text(Answer::Kind kind) {
    switch (kind) {
        case Kind::no:
            return "no";
        case Kind::partly:
            return "partly";
        case Kind::yes:
            return "yes";
        case Kind::not_applicable:
            return "not_applicable";
        default:
            return "open";
    }
}

std::optional<Answer::Kind> answer_kind(std::string_view wanted) {
    for (const auto kind : kinds) {
        if (text(kind) == wanted) return kind;
    }
    return {};
}

json to_json(const Answer& a) {
    json out = {{"deployment", a.deployment},
                {"question", a.question},
                {"answer", text(a.kind)},
                {"on", format_day(a.on)}};
    put(out, "document", a.document);
    put(out, "note", a.note);
    return out;
}

Result<Answer> answer_from_json(const json& payload) {
    Answer out;
    const auto kind = answer_kind(get_string(payload, "answer"));
    const auto on = day_at(payload, "on");
    out.deployment = get_string(payload, "deployment");
    out.question = get_string(payload, "question");
    if (!kind || !on || out.deployment.empty() || out.question.empty())
        return fail("invalid_document", "this is no answer to a question of a deployment");
    out.kind = *kind;
    out.on = *on;
    out.document = get_string(payload, "document");
    out.note = get_string(payload, "note");
    return out;
}

ordered_json checklist(const Rules& rules, const Deployment& deployment, const std::vector<Answer>& answers,
                       Day as_of, const ChecklistFilter& filter) {
    const auto& f = rules.framework;
    const auto said = said_of(deployment, answers, as_of);
    const auto* former = version_before(rules, deployment);
    const auto before = former == nullptr ? Said() : said_of(*former, answers, as_of);
    const auto by_go_live =
        deployment.go_live ? said_of(deployment, answers, std::min(*deployment.go_live, as_of)) : Said();
    Counts all;
    std::size_t settled_by_go_live = 0, unknown = 0;
    std::map<std::string, Counts, std::less<>> by_archetype;
    auto factors = ordered_json::array();
    for (const auto& factor : f.factors) {
        Counts counts;
        std::vector<const Asked*> items;
        for (const auto& q : f.questions) {
            if (q.factor != factor.id) continue;
            const auto kind = kind_of(standing_of(said, q.id));
            counts.add(kind);
            all.add(kind);
            by_archetype[q.archetype].add(kind);
            settled_by_go_live += kind_of(standing_of(by_go_live, q.id)) != Kind::open ? 1 : 0;
            if (fits(filter, q, kind)) items.push_back(&q);
        }
        if (counts.questions == 0) continue;
        // A question that need not be asked is as settled as a yes.
        const auto rank = [&](const Asked* q) {
            const auto kind = kind_of(standing_of(said, q->id));
            return kind == Kind::not_applicable ? place(Kind::yes) : place(kind);
        };
        std::stable_sort(items.begin(), items.end(),
                         [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
        ordered_json one = {
            {"factor", factor.id},
            {"name", factor.name},
            {"group", factor.group.empty() ? ordered_json() : ordered_json(name_of(f.groups, factor.group))}};
        one.update(counts.to_json());
        one["items"] = ordered_json::array();
        for (const auto* q : items) one["items"].push_back(item_json(rules, *q, said, before, former));
        if (!items.empty() || (filter.archetype + filter.factor + filter.state).empty())
            factors.push_back(std::move(one));
    }
    for (const auto& [question, list] : said) {
        unknown += std::none_of(f.questions.begin(), f.questions.end(),
                                [&, &id = question](const Asked& q) { return q.id == id; })
                       ? 1
                       : 0;
    }
    ordered_json out = {{"deployment", deployment_json(deployment)},
                        {"framework", {{"id", f.id}, {"version", f.version}}},
                        {"as_of", format_day(as_of)}};
    out.update(all.to_json());
    out["answered_by_go_live"] = deployment.go_live ? ordered_json(settled_by_go_live) : ordered_json();
    out["version_before"] = former == nullptr ? ordered_json() : deployment_json(*former);
    out["archetypes"] = ordered_json::array();
    for (const auto& archetype : f.archetypes) {
        const auto it = by_archetype.find(archetype.id);
        if (it == by_archetype.end()) continue;
        ordered_json one = {{"archetype", archetype.id}, {"name", archetype.name}};
        one.update(it->second.to_json());
        out["archetypes"].push_back(std::move(one));
    }
    out["factors"] = std::move(factors);
    out["former"] = unknown;
    return out;
}

ordered_json checklist_counts(const Rules& rules, const Deployment& deployment,
                              const std::vector<Answer>& answers, Day as_of) {
    const auto said = said_of(deployment, answers, as_of);
    Counts all;
    for (const auto& q : rules.framework.questions) all.add(kind_of(standing_of(said, q.id)));
    return all.to_json();
}

Result<ordered_json> question_history(const Rules& rules, const Deployment& deployment,
                                      std::string_view question, const std::vector<Answer>& answers) {
    const auto& all = rules.framework.questions;
    const auto said = said_of(deployment, answers, {});
    const auto it = said.find(question);
    const auto q = std::find_if(all.begin(), all.end(), [&](const Asked& e) { return e.id == question; });
    if (q == all.end() && it == said.end()) {
        return fail(
            "not_found",
            "the framework " + rules.framework.id + " has no question '" + std::string(question) + "'",
            "question");
    }
    ordered_json out = {{"deployment", deployment_json(deployment)},
                        {"question", q == all.end() ? ordered_json{{"question", question}, {"former", true}}
                                                    : question_json(rules, *q)},
                        {"state", text(kind_of(standing_of(said, question)))},
                        {"history", ordered_json::array()}};
    if (it == said.end()) return out;
    for (auto each = it->second.rbegin(); each != it->second.rend(); ++each) {
        ordered_json one = {{"answer", text((*each)->kind)}, {"id", (*each)->id}};
        write_answer(one, **each);
        out["history"].push_back(std::move(one));
    }
    return out;
}

}  // namespace capbridge::competency
