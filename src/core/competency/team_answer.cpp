// What a team's coverage says: its items, who holds them, and who could close a gap soonest.
#include <tuple>

#include "core/competency/cells.hpp"
#include "core/competency/team_members.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

constexpr std::size_t holders_shown = 20, closes_shown = 3;

}  // namespace

std::string_view text(TeamCoverage::State state) {
    switch (state) {
        case TeamCoverage::State::gap:
            return "gap";
        case TeamCoverage::State::expiring:
            return "expiring";
        case TeamCoverage::State::single_holder:
            return "single_holder";
        case TeamCoverage::State::covered:
            break;
    }
    return "covered";
}

ordered_json TeamCoverage::Impl::head(const std::vector<Item>& all) const {
    std::map<std::string_view, std::size_t> states;
    for (const auto& m : members) ++states[member_state(m)];
    Tally tally;
    for (const auto& item : all) tally.add(item);
    return {{"id", team.id},
            {"version", team.version},
            {"name", team.name},
            {"quorum", team.quorum},
            {"archetypes", archetype_ids(archetypes())},
            {"deployment", text_or_null(team.deployment)},
            {"members",
             {{"all", members.size()},
              {"in_team", states["in_team"]},
              {"left", states["left"]},
              {"unknown", states["unknown"]}}},
            {"counts", tally.to_json()}};
}

// Who could come to hold it soonest: who has begun the learning before who has not, then the shortest
// learning, then who acts in an archetype whose item it is.
ordered_json TeamCoverage::Impl::closes(const Item& item) const {
    struct Way {
        const Member* member;
        const Rules::Use* use;
        bool begun, acts;
        [[nodiscard]] auto rank() const {
            const int minutes = use->item->minutes;
            return std::tuple(!begun, minutes == 0, minutes, !acts);
        }
    };
    const bool product = !item.context.empty();
    std::vector<Way> ways;
    const auto learning = rules.ways_to(item.requirement, item.context, as_of);
    for (std::size_t m = 0; m < members.size(); ++m) {
        const auto& member = members[m];
        const bool holds = std::find(item.holders.begin(), item.holders.end(), m) != item.holders.end();
        if (holds || !member.in_post || member.exempt[product].contains(item.requirement) ||
            (product && !member.uses_deployment))
            continue;
        std::optional<Way> best;
        for (const auto* use : learning) {
            const Way way{&member, use, member.begun.contains(use->ref), member.acts_in(item.archetypes)};
            if (!best || way.rank() < best->rank()) best = way;
        }
        if (best) ways.push_back(*best);
    }
    std::stable_sort(ways.begin(), ways.end(),
                     [](const Way& a, const Way& b) { return a.rank() < b.rank(); });
    auto out = ordered_json::array();
    for (std::size_t i = 0; i < std::min(ways.size(), closes_shown); ++i) {
        const auto& [member, use, begun, acts] = ways[i];
        const int minutes = use->item->minutes;
        out.push_back({{"person", member->person},
                       {"learning_item", use->item->id},
                       {"title", use->item->title},
                       {"mapping", use->ref},
                       {"minutes", minutes == 0 ? ordered_json(nullptr) : ordered_json(minutes)},
                       {"needs", text(use->kind_needed())},
                       {"begun", begun}});
    }
    return out;
}

ordered_json TeamCoverage::Impl::item_json(const Item& item) const {
    const auto& r = requirement(item.requirement);
    const bool product = !item.context.empty();
    ordered_json out = {{"requirement", r.id},
                        {"title", r.title},
                        {"level", r.level},
                        {"kind", r.kind == framework::Kind::skill ? "skill" : "knowledge"},
                        {"factor", product ? ordered_json(nullptr) : ordered_json(r.factor)},
                        {"group", product ? ordered_json(r.group) : ordered_json(nullptr)},
                        {"context", text_or_null(item.context)},
                        {"archetypes", archetype_ids(item.archetypes)},
                        {"state", text(item.state)},
                        {"held_by", item.holders.size()},
                        {"single_holder", item.is_covered() && item.holders.size() == 1},
                        {"covered_until", day_or_null(item.covered_until)},
                        {"holders", ordered_json::array()}};
    for (std::size_t i = 0; i < std::min(item.holders.size(), holders_shown); ++i)
        out["holders"].push_back(members[item.holders[i]].person);
    if (item.is_covered()) return out;
    out["missing"] = quorum() - item.holders.size();
    const bool learning = !rules.ways_to(item.requirement, item.context, as_of).empty();
    const bool assessor = rules.allows({EvidenceKind::attested, true, {}}, item.requirement);
    out["closed_by"] = learning ? "learning" : assessor ? "attestation" : "nothing";
    out["closes"] = closes(item);
    return out;
}

ordered_json TeamCoverage::Impl::factors(const std::vector<Item>& all) const {
    const auto& f = rules.framework;
    std::vector<Tally> by_factor(f.factors.size()), by_group(f.groups.size());
    for (const auto& item : all) {
        const auto& r = requirement(item.requirement);
        if (item.context.empty()) {
            if (const int x = f.factor_index(r.factor); x >= 0)
                by_factor[static_cast<std::size_t>(x)].add(item);
            continue;
        }
        for (std::size_t g = 0; g < f.groups.size(); ++g) {
            if (f.groups[g].id == r.group) by_group[g].add(item);
        }
    }
    auto out = ordered_json::array();
    const auto put = [&](const char* axis, const std::string& id, const Tally& tally) {
        if (tally.items == 0) return;
        ordered_json entry = {{axis, id}};
        entry.update(tally.to_json());
        out.push_back(std::move(entry));
    };
    for (std::size_t x = 0; x < by_factor.size(); ++x) put("factor", f.factors[x].id, by_factor[x]);
    for (std::size_t g = 0; g < by_group.size(); ++g) put("group", f.groups[g].id, by_group[g]);
    return out;
}

ordered_json TeamCoverage::summary() const {
    return impl_->head(impl_->items());
}

ordered_json TeamCoverage::answer() const {
    const auto all = impl_->items();
    auto head = impl_->head(all);
    auto counts = head["counts"];
    head.erase("counts");
    head.erase("members");
    ordered_json out = {{"team", std::move(head)},
                        {"as_of", format_day(impl_->as_of)},
                        {"days", impl_->days},
                        {"counts", std::move(counts)}};
    std::vector<std::size_t> held(impl_->members.size());
    for (const auto& item : all) {
        for (const auto m : item.holders) ++held[m];
    }
    auto& members = out["members"] = ordered_json::array();
    for (std::size_t m = 0; m < impl_->members.size(); ++m) {
        const auto& member = impl_->members[m];
        const bool leaves = member.known && member.last_day != no_end;
        members.push_back(
            {{"person", member.person},
             {"name", member.known ? ordered_json(member.name) : ordered_json(nullptr)},
             {"state", impl_->member_state(member)},
             {"archetypes", impl_->archetype_ids(member.archetypes)},
             {"last_day", leaves ? ordered_json(format_day(member.last_day)) : ordered_json(nullptr)},
             {"holds", held[m]}});
    }
    out["factors"] = impl_->factors(all);
    auto& items = out["items"] = ordered_json::array();
    for (const auto& item : all) items.push_back(impl_->item_json(item));
    out["problems"] = impl_->problems;
    return out;
}

}  // namespace capbridge::competency
