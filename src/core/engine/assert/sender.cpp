#include "core/engine/assert/sender.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/competency/assertion_statement.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/operation_list.hpp"
#include "core/framework/xapi_profile.hpp"
#include "core/people/people.hpp"

namespace capbridge::engine {
namespace {

using competency::Asserted;
using competency::Holding;
using competency::Said;

constexpr std::size_t a_batch = 500;
constexpr const char* own_number = "uuid";

// Something to be said of one person.
struct Due {
    std::string person, archetype, factor;
    std::string key;  // of the state: under whom it was said first
    Said said = Said::achieved;
    std::optional<Asserted> last;
    xapi::Agent agent;
    std::vector<int> items;  // of an achieved one
    std::vector<std::string> requirements;
    std::optional<Day> day, valid_to;
    std::string reason;
};

struct Cell {
    std::string archetype, factor;
    friend auto operator<=>(const Cell&, const Cell&) = default;
};
struct State {
    std::string key;
    Asserted last;
};
using States = std::map<std::string, std::map<Cell, State>>;  // by who the person is today

class Round {
public:
    Round(Bridge& bridge, std::shared_ptr<const competency::Rules> rules, const AssertionSettings& settings,
          const AssertionRound& round)
        : bridge_(bridge),
          rules_(std::move(rules)),
          settings_(settings),
          round_(round),
          here_(bridge.store().installation()),
          today_(day_of(bridge.now())),
          holdings_(*rules_, today_) {
        for (auto& one : framework::competencies(rules_->framework))
            known_.insert({std::move(one.archetype), std::move(one.factor)});
    }

    void look() {
        read_states();
        bridge_.store().projection().each_person(false,
                                                 [&](const competency::PersonFacts& p) { look_at(p); });
        // Of whom nothing is known any more: what they had stood on them.
        for (const auto& [person, cells] : states_) {
            for (const auto& [cell, state] : cells) lose(person, cell, state, {false, false, {}, gone});
        }
    }

    [[nodiscard]] const std::vector<Due>& due() const { return due_; }

    ordered_json told() const {
        std::map<std::string, std::size_t> counts;
        std::map<std::tuple<std::string, std::string, std::string>, std::size_t> by;
        for (const auto& one : due_) {
            const bool renewed = one.last && one.said == Said::achieved && one.last->said == Said::achieved;
            ++counts[renewed ? "renewed" : std::string(competency::text(one.said))];
            ++by[{one.archetype, one.factor, std::string(competency::text(one.said))}];
        }
        ordered_json out{{"counts", ordered_json::object()}, {"by", ordered_json::array()}};
        for (const auto* name : {"achieved", "renewed", "expired", "revoked"})
            out["counts"][name] = counts[name];
        out["counts"]["no_identifier"] = no_identifier_;
        out["counts"]["not_in_framework"] = not_in_framework_;
        for (const auto& [what, count] : by) {
            const auto& [archetype, factor, said] = what;
            out["by"].push_back(
                {{"archetype", archetype.empty() ? ordered_json(nullptr) : ordered_json(archetype)},
                 {"factor", factor},
                 {"said", said},
                 {"statements", count}});
        }
        return out;
    }

    Status say(std::int64_t run, const Caller& caller) {
        store::Batch batch;
        const auto flush = [&]() -> Status {
            if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
            if (batch.entries.empty()) return {};
            batch.run = run;
            batch.who = caller.who;
            batch.owner = assertion_owner;
            auto full = std::exchange(batch, {});
            CAPBRIDGE_TRY(bridge_.store().journal().append(std::move(full)));
            return {};
        };
        std::optional<competency::PersonFacts> facts;
        for (std::size_t i = 0; i < due_.size(); ++i) {
            const auto& one = due_[i];
            if (one.said == Said::achieved && (!facts || facts->person.id != one.person))
                facts = bridge_.store().projection().person_facts(one.person);
            add(batch, one, facts ? &*facts : nullptr);
            if (batch.entries.size() >= 2 * a_batch) {
                CAPBRIDGE_TRY(flush());
                caller.progress("saying competencies", i + 1, due_.size());
            }
        }
        return flush();
    }

private:
    static constexpr auto gone = competency::Reason::identity_unresolved;

    void read_states() {
        auto& store = bridge_.store();
        std::set<std::string> merged;
        for (auto& decision : store.journal().decisions_in_force("person.merge"))
            merged.insert(std::move(decision.key));
        for (const auto& decision : store.journal().decisions_in_force(assertion_state_kind)) {
            const auto parts = split(decision.key, '|');
            auto last = competency::asserted_from_json(json::parse(decision.payload, nullptr, false));
            if (parts.size() != 3 || !last) continue;
            const auto person = merged.contains(parts[0]) ? store.projection().survivor(parts[0]) : parts[0];
            // Of two who turned out to be one the word that still stands counts.
            auto& cell = states_[person][{parts[1], parts[2]}];
            if (cell.key.empty() || cell.last.said != Said::achieved) cell = {decision.key, std::move(*last)};
        }
    }

    void look_at(const competency::PersonFacts& person) {
        const auto& held = holdings_.of(person);
        auto known = states_.extract(person.person.id);
        for (const auto& holding : held) {
            const auto& f = rules_->framework;
            const Cell cell{holding.archetype < 0
                                ? std::string()
                                : f.archetypes[static_cast<std::size_t>(holding.archetype)].id,
                            f.factors[static_cast<std::size_t>(holding.factor)].id};
            if (!known) {
                look_at(person, cell, holding, nullptr);
                continue;
            }
            const auto it = known.mapped().find(cell);
            look_at(person, cell, holding, it == known.mapped().end() ? nullptr : &it->second);
            if (it != known.mapped().end()) known.mapped().erase(it);
        }
        if (!known) return;
        // Not asked any more: what was said stands as long as what it stood on does.
        for (const auto& [cell, state] : known.mapped())
            lose(person.person.id, cell, state, holdings_.stand(state.last.requirements));
    }

    void look_at(const competency::PersonFacts& person, const Cell& cell, const Holding& holding,
                 const State* state) {
        if (state == nullptr && !holding.complete) return;
        std::vector<std::string> ids;
        for (const int i : holding.items)
            ids.push_back(rules_->framework.requirements[static_cast<std::size_t>(i)].id);
        const bool live = state != nullptr && state->last.said == Said::achieved;
        const auto standing = live ? holdings_.stand(state->last.requirements) : competency::Standing{};
        const auto said = competency::to_say(state == nullptr ? nullptr : &state->last, &holding, standing,
                                             ids, may_begin(holding, state != nullptr));
        if (!said) return;
        if (*said != Said::achieved) return lose(person.person.id, cell, *state, standing);
        Due one;
        one.person = person.person.id;
        one.archetype = cell.archetype;
        one.factor = cell.factor;
        one.key = state != nullptr ? state->key : one.person + "|" + cell.archetype + "|" + cell.factor;
        if (state != nullptr) one.last = state->last;
        one.items = holding.items;
        one.requirements = std::move(ids);
        one.day = holding.day;
        one.valid_to = holding.valid_to;
        one.agent = live ? state->last.agent : agent_of(person.person);
        if (one.agent.key().empty()) {
            ++no_identifier_;
            return;
        }
        due_.push_back(std::move(one));
    }

    // What was said once may be said again, however old it is: a mapping that was withdrawn by mistake and
    // put back must not leave it revoked with the receivers.
    [[nodiscard]] bool may_begin(const Holding& holding, bool was_said) const {
        if (!settings_.wants(*rules_, holding)) return false;
        if (was_said) return true;
        const auto& since = round_.back_fill ? round_.since : settings_.since;
        if (!since) return round_.back_fill || holding.day.has_value();
        return holding.day && *holding.day >= *since;
    }

    void lose(const std::string& person, const Cell& cell, const State& state,
              const competency::Standing& standing) {
        if (state.last.said != Said::achieved || standing.holds) return;
        // Of an earlier framework: the profile of today's has no such competency to speak of.
        if (!known_.contains(cell)) {
            ++not_in_framework_;
            return;
        }
        Due one;
        one.person = person;
        one.archetype = cell.archetype;
        one.factor = cell.factor;
        one.key = state.key;
        one.said = standing.expired ? Said::expired : Said::revoked;
        one.last = state.last;
        one.agent = state.last.agent;
        one.requirements = state.last.requirements;
        if (standing.expired) one.day = standing.until;
        one.reason = competency::text(standing.reason);
        due_.push_back(std::move(one));
    }

    [[nodiscard]] xapi::Agent agent_of(const people::Person& person) const {
        for (const auto& scheme : settings_.actor) {
            if (scheme == own_number) return people::agent_of("person", "", person.id, here_.iri_base);
            for (const auto& id : person.identifiers) {
                if (id.scheme == scheme && id.valid_on(today_))
                    return people::agent_of(id.scheme, id.issuer, id.value, here_.iri_base);
            }
        }
        return {};
    }

    void add(store::Batch& batch, const Due& due, const competency::PersonFacts* facts) {
        auto& journal = bridge_.store().journal();
        Asserted now;
        now.said = due.said;
        now.at = bridge_.now();
        now.agent = due.agent;
        now.requirements = due.requirements;
        now.day = due.day;
        now.valid_to = due.valid_to;
        now.revision = due.last ? due.last->revision + 1 : 1;
        const auto id = [&] {
            return uuid_v5(here_.uuid, "assertion\n" + due.key + "\n" + std::to_string(now.revision));
        };
        // A run that was taken back leaves statements behind, voided.
        while (journal.statement(id())) ++now.revision;
        now.statement = id();
        // What belongs together is in order of its times.
        if (due.last && now.at <= due.last->at) now.at = due.last->at + std::chrono::milliseconds{1};

        competency::Assertion out;
        out.said = due.said;
        out.id = now.statement;
        out.registration = uuid_v5(here_.uuid, "assertion\n" + due.key);
        out.at = now.at;
        out.agent = due.agent;
        out.organisation = people::agent_of("organisation", "", here_.organisation_uuid, here_.iri_base);
        out.organisation_name = here_.organisation;
        out.bridge = here_.uuid;
        out.archetype = due.archetype;
        out.factor = due.factor;
        if (due.last && due.last->said == Said::achieved) out.former = due.last->statement;
        out.day = due.day;
        out.valid_to = due.valid_to;
        out.reason = due.reason;
        out.items = due.requirements.size();
        if (due.said == Said::achieved && facts != nullptr)
            competency::add_evidence(out, *facts, due.items, today_);
        batch.entries.emplace_back(new_statement(competency::assertion_statement(rules_->framework, out)));
        batch.entries.emplace_back(
            store::NewDecision{assertion_state_kind, due.key, competency::to_json(now).dump(), {}});
    }

    Bridge& bridge_;
    std::shared_ptr<const competency::Rules> rules_;
    const AssertionSettings& settings_;
    const AssertionRound& round_;
    const store::Installation here_;
    const Day today_;
    competency::Holdings holdings_;
    States states_;
    std::vector<Due> due_;
    std::set<Cell> known_;
    std::size_t no_identifier_ = 0, not_in_framework_ = 0;
};

}  // namespace

Result<ordered_json> say_competencies(Bridge& bridge, const AssertionSettings& settings,
                                      const AssertionRound& round, const Caller& caller) {
    CAPBRIDGE_TRY(bridge.project());
    CAPBRIDGE_LET(auto rules, bridge.rules());
    Round now(bridge, std::move(rules), settings, round);
    now.look();
    auto told = now.told();
    if (round.dry_run || now.due().empty()) return told;
    store::RunRow run;
    run.kind = "request";  // its statements are voided when it is taken back
    run.who = caller.who;
    run.what = round.back_fill ? "competencies said, with those of before" : "competencies said";
    return in_run(bridge, run, [&](store::RunRow& row) -> Result<ordered_json> {
        CAPBRIDGE_TRY(now.say(row.id, caller));
        return told;
    });
}

ordered_json said_so_far(Bridge& bridge) {
    std::map<Cell, std::map<std::string, std::size_t>> by;
    std::map<std::string, std::size_t> all;
    for (const auto& decision : bridge.store().journal().decisions_in_force(assertion_state_kind)) {
        const auto parts = split(decision.key, '|');
        const auto last = competency::asserted_from_json(json::parse(decision.payload, nullptr, false));
        if (parts.size() != 3 || !last) continue;
        const std::string said(competency::text(last->said));
        ++by[{std::string(parts[1]), std::string(parts[2])}][said];
        ++all[said];
    }
    ordered_json out{{"said", ordered_json::object()}, {"by", ordered_json::array()}};
    for (const auto* said : {"achieved", "expired", "revoked"}) out["said"][said] = all[said];
    for (auto& [cell, counts] : by) {
        ordered_json one{
            {"archetype", cell.archetype.empty() ? ordered_json(nullptr) : ordered_json(cell.archetype)},
            {"factor", cell.factor}};
        for (const auto* said : {"achieved", "expired", "revoked"}) one[said] = counts[said];
        out["by"].push_back(std::move(one));
    }
    return out;
}

}  // namespace capbridge::engine
