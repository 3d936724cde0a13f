#include "core/competency/team_coverage.hpp"

#include "core/competency/demand.hpp"
#include "core/competency/team_members.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

// Going on with it would help.
bool is_begun(const Contribution& c) {
    return !c.counts &&
           (c.why_not == "in_progress" || c.why_not == "needs_pass" || c.why_not == "score_too_low");
}

}  // namespace

TeamCoverage::Impl::Impl(const Rules& its_rules, const Team& its_team, Day its_day, int its_days)
    : rules(its_rules),
      team(its_team),
      as_of(its_day),
      days(its_days),
      deployment(its_team.deployment.empty() ? -1 : its_rules.deployment_index(its_team.deployment)) {
    const auto& f = rules.framework;
    for (const auto& member : team.members) {
        // Two members may have turned out to be one person.
        const auto [at, is_new] = places.try_emplace(member.person, members.size());
        if (is_new) members.emplace_back().person = member.person;
        auto& m = members[at->second];
        m.as_confirmed = m.as_confirmed || member.archetypes.empty();
        for (const auto& id : member.archetypes) {
            if (const int a = archetype(id); a >= 0) m.archetypes.push_back(a);
        }
        std::sort(m.archetypes.begin(), m.archetypes.end());
    }
    for (const auto& id : team.archetypes) {
        if (const int a = archetype(id); a >= 0) named.push_back(a);
    }
    std::sort(named.begin(), named.end());
    for (const auto& id : team.requirements) {
        const int i = f.requirement_index(id);
        if (i < 0) {
            problems.push_back("the framework " + f.id + " has no requirement " + in_quotes(id));
        } else if (is_product_specific(requirement(i)) && deployment < 0) {
            problems.push_back("the requirement " + in_quotes(id) +
                               " is about a product, and the team has no deployment");
        } else if (!counts(requirement(i))) {
            problems.push_back("the level of the requirement " + in_quotes(id) +
                               " is lost in the source, so nothing can meet it");
        } else {
            single.insert(i);
        }
    }
    if (!team.deployment.empty() && deployment < 0)
        problems.push_back("there is no deployment " + in_quotes(team.deployment));
}

int TeamCoverage::Impl::archetype(const std::string& id) {
    const int a = rules.framework.archetype_index(id);
    if (a < 0)
        problems.push_back("the framework " + rules.framework.id + " has no archetype " + in_quotes(id));
    return a;
}

void TeamCoverage::Impl::add(const PersonFacts& facts) {
    const auto at = places.find(facts.person.id);
    if (at == places.end() || members[at->second].known) return;
    auto& m = members[at->second];
    m.known = true;
    m.name = facts.person.name;
    m.in_post = is_staff(facts.person, as_of);
    if (!facts.person.employments.empty()) {
        m.last_day = as_of;
        for (const auto& e : facts.person.employments)
            m.last_day = std::max(m.last_day, e.to.value_or(no_end));
    }
    if (m.as_confirmed) {
        const auto confirmed = roles_of(facts.assignments, rules.framework, as_of).confirmed;
        m.archetypes.insert(m.archetypes.end(), confirmed.begin(), confirmed.end());
        std::sort(m.archetypes.begin(), m.archetypes.end());
    }
    m.archetypes.erase(std::unique(m.archetypes.begin(), m.archetypes.end()), m.archetypes.end());
    m.uses_deployment = deployment >= 0 && rules.works_with(facts.person, deployment, {});
    for (const auto& record : facts.records) {
        const bool product = !record.context.empty();
        if (product && record.context != team.deployment) continue;
        if (record.overriding.in_force(as_of)) m.exempt[product].insert(record.requirement);
        const auto state = state_at(record, as_of, rules.policy.amber_days);
        if (state.holds()) m.holds[product][record.requirement] = state.until.value_or(no_end);
        for (const auto& c : record.evidence) {
            if (is_begun(c) && (!c.from || *c.from <= as_of)) m.begun.insert(c.mapping);
        }
    }
}

std::vector<int> TeamCoverage::Impl::archetypes() const {
    if (!team.archetypes.empty()) return named;
    std::set<int> all;
    for (const auto& m : members) {
        if (m.in_post) all.insert(m.archetypes.begin(), m.archetypes.end());
    }
    return {all.begin(), all.end()};
}

std::vector<TeamCoverage::Item> TeamCoverage::Impl::items() const {
    std::vector<Item> out;
    const auto wanted = archetypes();
    for (std::size_t i = 0; i < rules.framework.requirements.size(); ++i) {
        const auto& r = rules.framework.requirements[i];
        if (!counts(r)) continue;
        Item item;
        item.requirement = static_cast<int>(i);
        const bool product = is_product_specific(r);
        if (product) item.context = team.deployment;
        if (r.tier == advanced_tier) {
            for (const auto& id : r.archetypes) {
                const int a = rules.framework.archetype_index(id);
                if (std::binary_search(wanted.begin(), wanted.end(), a)) item.archetypes.push_back(a);
            }
        }
        if (item.archetypes.empty() && !(product && deployment >= 0) && !single.contains(item.requirement))
            continue;
        judge(item, product);
        out.push_back(std::move(item));
    }
    return out;
}

void TeamCoverage::Impl::judge(Item& item, bool product) const {
    std::vector<Day> ends;
    for (std::size_t m = 0; m < members.size(); ++m) {
        const auto held = members[m].holds[product].find(item.requirement);
        if (!members[m].in_post || held == members[m].holds[product].end()) continue;
        item.holders.push_back(m);
        ends.push_back(std::min(held->second, members[m].last_day));
    }
    if (ends.size() < quorum()) return;
    // As long as the quorum's last one holds it.
    std::sort(ends.begin(), ends.end(), std::greater<>());
    const auto end = ends[quorum() - 1];
    if (end != no_end) item.covered_until = end;
    item.state = end != no_end && end <= as_of + std::chrono::days{days} ? State::expiring
                 : ends.size() == 1                                      ? State::single_holder
                                                                         : State::covered;
}

TeamCoverage::TeamCoverage(const Rules& rules, const Team& team, Day as_of, int days)
    : impl_(std::make_unique<Impl>(rules, team, as_of, days)) {}
TeamCoverage::~TeamCoverage() = default;
TeamCoverage::TeamCoverage(TeamCoverage&&) noexcept = default;

void TeamCoverage::add(const PersonFacts& person) {
    impl_->add(person);
}
const Team& TeamCoverage::team() const {
    return impl_->team;
}
std::vector<int> TeamCoverage::archetypes() const {
    return impl_->archetypes();
}
std::vector<TeamCoverage::Item> TeamCoverage::items() const {
    return impl_->items();
}

}  // namespace capbridge::competency
