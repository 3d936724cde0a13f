// The projector: tails the journal by seq and keeps people, facts and records in step with it
// (Bridge::project). In phases, so that a person with a hundred new statements is folded once: first facts
// and what is said of people in all new entries, then the people they touch (identity_fold.hpp), then the
// records of everyone, with the cursor in the last commit. A crash in between repeats work that has the same
// effect again.
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_set>

#include "core/base/json.hpp"
#include "core/engine/bridge.hpp"
#include "core/engine/history.hpp"
#include "core/engine/identity_fold.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/rulebook.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t entries_a_batch = 4000;
constexpr std::size_t people_a_batch = 500;

class Projecting {
public:
    // Facts come with their statements; `facts_anew` reads them from the statements' bodies again.
    Projecting(store::Store& store, bool facts_anew) : store_(store), facts_anew_(facts_anew) {}

    Status take(const store::Entry& entry) {
        if (const auto* statement = std::get_if<store::StatementRow>(&entry))
            return take_statement(*statement);
        return take_decision(std::get<store::DecisionRow>(entry));
    }

    Status apply() {
        if (batch_.facts.empty() && batch_.said.empty() && batch_.merges.empty() && !batch_.everyone_stale)
            return {};
        CAPBRIDGE_TRY(store_.projection().apply(batch_));
        batch_ = {};
        return {};
    }

    bool rules_changed = false;    // read them again: whether records depend on it shows then
    std::set<std::string> people;  // to be folded

    Status add_people_of_actors() {
        const std::vector<std::string> actors(actors_.begin(), actors_.end());
        for (auto& id : store_.projection().people_of_actors(actors)) people.insert(std::move(id));
        actors_.clear();
        return {};
    }

private:
    Status take_statement(const store::StatementRow& row) {
        if (!row.voids.empty()) {
            if (const auto target = store_.journal().statement(row.voids); target && !target->actor.empty())
                actors_.insert(target->actor);
            return {};
        }
        if (!row.actor.empty()) actors_.insert(row.actor);
        if (!facts_anew_) return {};
        const auto document = json::parse(row.body, nullptr, false);
        if (!document.is_object())
            return fail("store_damaged", "statement " + row.id + " of the journal is not JSON");
        if (auto fact = fact_of(document)) {
            fact->fact.seq = row.seq;
            batch_.facts.push_back(std::move(*fact));
        }
        return {};
    }

    Status take_decision(const store::DecisionRow& decision) {
        if (decision.kind == "run.revert") {
            const auto run = json::parse(decision.payload, nullptr, false).value("run", std::int64_t{0});
            for (const auto& taken_back : store_.journal().decisions_of_run(run)) {
                CAPBRIDGE_TRY(look_again(taken_back.kind, taken_back.key));
            }
            // What the run's statements gave, or lost to later ones, is gone: they are as if never said.
            for (const auto& row : store_.journal().statements_of_run(run)) {
                if (!row.actor.empty()) actors_.insert(row.actor);
            }
            return {};
        }
        return look_again(decision.kind, decision.key);
    }

    // Sets the projection of a key to the decision that is in force for it now.
    Status look_again(const std::string& kind, const std::string& key) {
        if (is_said_kind(kind)) {
            batch_.said.push_back(said_change(kind, key, store_.journal().decision_in_force(kind, key)));
            rules_changed = rules_changed || kind == "unit";
        } else if (kind == "person.merge") {
            rules_changed = true;  // teams name people who may be others now
            const auto now = store_.journal().decision_in_force(kind, key);
            batch_.merges.push_back(
                {key, now ? get_string(json::parse(now->payload, nullptr, false), "into") : std::string()});
        } else if (kind == "identity.rule") {
            batch_.everyone_stale = true;
        } else if (is_rule_kind(kind)) {  // what is not looked at is read where it is asked for
            rules_changed = true;
        }
        return {};
    }

    store::Store& store_;
    bool facts_anew_;
    store::ProjectionBatch batch_;
    std::unordered_set<std::string> actors_;
};

}  // namespace

Status Bridge::project() {
    forwarding.appended();
    const std::lock_guard lock(projecting_);
    return project_locked();
}

Status Bridge::project_locked() {
    auto& journal = store_->journal();
    auto& projection = store_->projection();
    const auto iri_base = store_->installation().iri_base;
    const auto from = projection.cursor();
    std::int64_t upto = from;
    const bool facts_anew = from == 0;
    Projecting work(*store_, facts_anew);
    for (;;) {
        const auto entries = journal.entries(
            upto, entries_a_batch, facts_anew ? store::Journal::Bodies::yes : store::Journal::Bodies::no);
        if (entries.empty()) break;
        for (const auto& entry : entries) CAPBRIDGE_TRY(work.take(entry));
        upto = store::seq_of(entries.back());
        CAPBRIDGE_TRY(work.apply());
        CAPBRIDGE_TRY(work.add_people_of_actors());
        if (stopping) return fail("stopping", "the bridge is stopping");
    }
    CAPBRIDGE_LET(auto composed, compose_stale(*store_, iri_base, stopping));
    work.people.merge(composed);
    if (work.rules_changed) forget_rules();
    CAPBRIDGE_LET(const auto rules, this->rules());
    const auto folded_by = "fold@" + std::to_string(competency::fold_version) + " " + rules->fold_text();
    if (upto == from && projection.folded_by() == folded_by && work.people.empty()) return {};
    if (projection.folded_by() != folded_by) {
        for (auto& id : projection.all_people()) work.people.insert(std::move(id));
    }

    store::ProjectionBatch batch;
    for (const auto& id : work.people) {
        store::ProjectionBatch::RecordsChange change;
        change.person = id;
        if (const auto person = projection.person(id)) {
            std::vector<std::string> actors;
            for (const auto& i : person->identifiers)
                actors.push_back(people::agent_of(i.scheme, i.issuer, i.value, iri_base).key());
            const auto history = history_of(projection, *person, actors);
            change.records = competency::fold(history, *person, *rules);
            change.unmapped_only = competency::unmapped_only(history.facts, *rules);
        }
        batch.records.push_back(std::move(change));
        if (batch.records.size() == people_a_batch) {
            CAPBRIDGE_TRY(projection.apply(batch));
            batch = {};
            if (stopping) return fail("stopping", "the bridge is stopping");
        }
    }
    batch.cursor = upto;
    batch.folded_by = folded_by;
    return projection.apply(batch);
}

Status Bridge::rebuild() {
    const std::lock_guard lock(projecting_);
    CAPBRIDGE_TRY(store_->projection().reset());
    forget_rules();
    return project_locked();
}

}  // namespace capbridge::engine
