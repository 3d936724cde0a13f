#include "core/competency/brief.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/competency/cells.hpp"
#include "core/competency/coverage.hpp"
#include "core/competency/demand.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

constexpr std::size_t learning_shown = 5;

// One requirement in one context, over the people of whom it is asked.
struct Line {
    std::size_t asked = 0, lacking = 0, running_out = 0;  // of each
    std::size_t together = 0, together_hold = 0, together_safe = 0;
    std::optional<Day> first_end;
    std::map<std::string_view, std::size_t> reasons;  // of those who lack it

    // Nobody holds it, or nobody will.
    [[nodiscard]] bool is_gap() const { return together > 0 && together_safe == 0; }
    [[nodiscard]] std::size_t needed() const { return lacking + running_out + (is_gap() ? 1 : 0); }
};

}  // namespace

struct BriefBuilder::Impl {
    Impl(const Rules& its_rules, Question its_question, Options its_options)
        : rules(its_rules),
          question(std::move(its_question)),
          options(its_options),
          demands(rules, question.as_of),
          states(rules, question.as_of),
          in_scope(rules, question.scope, question.as_of),
          wanted(rules.framework.archetype_index(question.scope.archetype)) {}

    void add(const PersonFacts& person);
    void count(Line& line, Demand demand, const State& state) const;
    [[nodiscard]] ordered_json write(int requirement, int deployment, const Line& line) const;

    const Rules& rules;
    Question question;
    Options options;
    Demands demands;
    States states;
    InScope in_scope;
    int wanted;
    std::size_t people = 0;
    std::map<std::pair<int, int>, Line> lines;  // requirement, deployment
};

void BriefBuilder::Impl::count(Line& line, Demand demand, const State& state) const {
    const bool runs_out = state.holds() && state.until && *state.until <= options.by;
    if (runs_out && (!line.first_end || *state.until < *line.first_end)) line.first_end = state.until;
    if (demand == Demand::collective) {
        ++line.together;
        line.together_hold += state.holds() ? 1 : 0;
        line.together_safe += state.holds() && !runs_out ? 1 : 0;
    } else {
        ++line.asked;
        line.lacking += state.holds() ? 0 : 1;
        line.running_out += runs_out ? 1 : 0;
    }
    if (!state.holds()) ++line.reasons[text(state.reason)];
}

void BriefBuilder::Impl::add(const PersonFacts& person) {
    if (!in_scope(person.person)) return;
    const auto& plan = demands.of(person.person, person.assignments);
    const auto& confirmed = plan.roles.confirmed;
    if (wanted >= 0 && std::find(confirmed.begin(), confirmed.end(), wanted) == confirmed.end()) return;
    ++people;
    // By deployment, archetype, requirement: under two archetypes an item may be asked twice, and is lacking
    // once; what is asked of each is the more.
    std::map<std::pair<int, int>, Demand> asked;
    for (const auto& item : plan.items) {
        if (item.demand == Demand::optional) continue;
        if (wanted >= 0 && item.archetype >= 0 && item.archetype != wanted) continue;
        const auto [at, is_new] = asked.try_emplace({item.deployment, item.requirement}, item.demand);
        if (item.demand == Demand::required) at->second = Demand::required;
    }
    int loaded = -2;
    for (const auto& [key, demand] : asked) {
        const auto [deployment, requirement] = key;
        if (!counts(rules.framework.requirements[static_cast<std::size_t>(requirement)])) continue;
        if (deployment != loaded) {
            states.load(person,
                        deployment < 0 ? "" : rules.deployments[static_cast<std::size_t>(deployment)].id);
            loaded = deployment;
        }
        if (states.is_exempt(requirement)) continue;
        count(lines[{requirement, deployment}], demand, states.at(requirement));
    }
}

ordered_json BriefBuilder::Impl::write(int requirement, int deployment, const Line& line) const {
    const auto& r = rules.framework.requirements[static_cast<std::size_t>(requirement)];
    const auto* d = deployment < 0 ? nullptr : &rules.deployments[static_cast<std::size_t>(deployment)];
    const std::string context = d == nullptr ? "" : d->id;
    ordered_json out = {
        {"requirement", r.id},
        {"title", r.title},
        {"kind", r.kind == framework::Kind::skill ? "skill" : "knowledge"},
        {"level", r.level},
        {"tier", r.tier},
        {"factor", text_or_null(r.factor)},
        {"group", text_or_null(r.group)},
        {"context", text_or_null(context)},
        {"needed", line.needed()},
        {"of_each", {{"asked", line.asked}, {"lacking", line.lacking}, {"running_out", line.running_out}}},
        {"together", {{"asked", line.together}, {"holders", line.together_hold}, {"gap", line.is_gap()}}}};
    const auto least = least_evidence(rules, requirement);
    out["evidence"] = {{"least", text_or_null(std::string(least))},
                       {"says", evidence_words(least)},
                       {"assessors", assessors_for(rules, requirement, question.as_of)}};
    const auto ways = learning_for(rules, requirement, context, question.as_of);
    out["learning_exists"] = !ways.empty();
    auto& learning = out["learning"] = ordered_json::array();
    for (std::size_t i = 0; i < ways.size() && i < learning_shown; ++i) {
        const auto& item = *ways[i]->item;
        learning.push_back(
            {{"id", item.id},
             {"title", item.title},
             {"minutes", item.minutes > 0 ? ordered_json(item.minutes) : ordered_json(nullptr)}});
    }
    // The earliest day that is known. Who lacks something without a day lacks it now.
    const bool lacks = line.lacking > 0 || (line.is_gap() && line.together_hold == 0);
    std::optional<Day> when = line.first_end;
    std::string why = when ? "next_expiry" : "";
    if (lacks && d != nullptr && d->go_live && (!when || *d->go_live < *when)) {
        when = d->go_live;
        why = *d->go_live < question.as_of ? "since_go_live" : "go_live";
    } else if (lacks && (d == nullptr || !d->go_live)) {
        when.reset();
        why = "now";
    }
    out["by_when"] = day_or_null(when);
    out["why_then"] = why;
    out["next_expiry"] = day_or_null(line.first_end);
    auto& reasons = out["reasons"] = ordered_json::object();
    for (const auto& [code, n] : line.reasons) reasons[std::string(code)] = n;
    return out;
}

BriefBuilder::BriefBuilder(const Rules& rules, Question question, Options options)
    : impl_(std::make_unique<Impl>(rules, std::move(question), options)) {}
BriefBuilder::~BriefBuilder() = default;

void BriefBuilder::add(const PersonFacts& person) {
    impl_->add(person);
}

ordered_json BriefBuilder::finish() const {
    const auto& q = impl_->question;
    const auto& rules = impl_->rules;
    std::vector<std::pair<std::pair<int, int>, const Line*>> needed;
    std::size_t cases = 0, nothing = 0;
    for (const auto& [key, line] : impl_->lines) {
        if (line.needed() == 0) continue;
        const std::string context =
            key.second < 0 ? "" : rules.deployments[static_cast<std::size_t>(key.second)].id;
        const bool exists = rules.reachable(key.first, context, q.as_of);
        if (impl_->options.nothing_exists && exists) continue;
        cases += line.needed();
        nothing += exists ? 0 : 1;
        needed.emplace_back(key, &line);
    }
    std::stable_sort(needed.begin(), needed.end(),
                     [](const auto& a, const auto& b) { return a.second->needed() > b.second->needed(); });
    ordered_json out = {{"as_of", format_day(q.as_of)}, {"by", format_day(impl_->options.by)}};
    out["scope"] = {{"organisation", q.organisation},
                    {"unit", text_or_null(q.scope.unit)},
                    {"descendants", q.scope.descendants},
                    {"staff_group", text_or_null(q.scope.staff_group)},
                    {"job_role", text_or_null(q.scope.job_role)},
                    {"archetype", text_or_null(q.scope.archetype)},
                    {"team", text_or_null(q.scope.team)},
                    {"deployment", text_or_null(q.scope.deployment)}};
    out["people"] = impl_->people;
    out["lines_total"] = needed.size();
    out["cases"] = cases;
    out["without_learning"] = nothing;
    auto& lines = out["lines"] = ordered_json::array();
    for (std::size_t i = 0; i < needed.size() && i < impl_->options.limit; ++i)
        lines.push_back(impl_->write(needed[i].first.first, needed[i].first.second, *needed[i].second));
    out["rules"] = rules.version_text();
    out["watermark"] = q.watermark;
    return out;
}

}  // namespace capbridge::competency
