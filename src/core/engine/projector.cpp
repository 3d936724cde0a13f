// The projector: tails the journal by seq and keeps people, facts and records in step with it
// (Bridge::project). In phases, so that a person with a hundred new statements is folded once: first facts
// and what is said of people in all new entries, then the people they touch (identity_fold.hpp), then the
// records of everyone, with the cursor in the last commit. A crash in between repeats work that has the same
// effect again.
#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/engine/bridge.hpp"
#include "core/engine/history.hpp"
#include "core/engine/identity_fold.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/packages.hpp"
#include "core/engine/rulebook.hpp"
#include "core/engine/slices.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t entries_a_batch = 4000;

class Projecting {
public:
    // Facts come with their statements; `facts_anew` reads them from the statements' bodies again. `known`:
    // the activities that the records know; nothing: all of them may matter.
    Projecting(store::Store& store, bool facts_anew, std::shared_ptr<const store::ActivityFilter> known)
        : store_(store), facts_anew_(facts_anew), known_(std::move(known)) {}

    Status take(const store::Entry& entry) {
        if (const auto* statement = std::get_if<store::StatementRow>(&entry))
            return take_statement(*statement);
        return take_decision(std::get<store::DecisionRow>(entry));
    }

    Status apply() {
        if (batch_.facts.empty() && batch_.said.empty() && batch_.merges.empty() && !batch_.everyone_stale)
            return {};
        auto batch = std::exchange(batch_, {});
        // Nothing that is read here depends on facts: a rebuild reads on while they are written.
        if (facts_anew_) return slices_.write(std::move(batch));
        return store_.projection().apply(batch);
    }
    Status finish() { return slices_.wait(); }

    bool rules_changed = false;  // read them again: whether records depend on it shows then
    bool who_changed = false;    // who people are, by their identifiers
    bool packages_changed = false;
    std::set<std::string> people;  // to be folded

    Status add_people_of_actors() {
        const std::vector<std::string> actors(actors_.begin(), actors_.end());
        for (auto& id : store_.projection().people_of_actors(actors)) people.insert(std::move(id));
        actors_.clear();
        if (!said_.empty()) {
            for (auto& id : store_.projection().people_of_new_facts(said_, *known_))
                people.insert(std::move(id));
        }
        said_.clear();
        return {};
    }

private:
    Status take_statement(const store::StatementRow& row) {
        if (!row.voids.empty()) {
            if (const auto target = store_.journal().statement(row.voids); target && !target->actor.empty())
                actors_.insert(target->actor);
            return {};
        }
        if (!facts_anew_) {
            if (row.actor.empty()) return {};
            if (known_) {
                said_.push_back(row.seq);
            } else {
                actors_.insert(row.actor);
            }
            return {};
        }
        CAPBRIDGE_LET(auto fact, fact_of_body(row.body));
        if (fact) {
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
            who_changed =
                who_changed || !(kind == "unit" || kind == "assignment" || kind.starts_with("item."));
        } else if (kind == "person.merge") {
            rules_changed = true;  // teams name people who may be others now
            const auto now = store_.journal().decision_in_force(kind, key);
            batch_.merges.push_back(
                {key, now ? get_string(json::parse(now->payload, nullptr, false), "into") : std::string()});
        } else if (kind == "identity.rule") {
            batch_.everyone_stale = true;
            who_changed = true;           // a rule gives people identifiers
        } else if (is_rule_kind(kind)) {  // what is not looked at is read where it is asked for
            rules_changed = true;
        } else if (kind == "person.erased") {  // the rules may have named them
            rules_changed = who_changed = true;
        } else if (kind == package_kind) {
            packages_changed = true;
        }
        return {};
    }

    store::Store& store_;
    bool facts_anew_;
    store::ProjectionBatch batch_;
    Slices slices_{store_.projection()};
    std::unordered_set<std::string> actors_;
    std::shared_ptr<const store::ActivityFilter> known_;
    std::vector<std::int64_t> said_;  // statements that say something new
};

}  // namespace

Status Bridge::project() {
    forwarding.appended();
    const std::lock_guard lock(projecting_);
    return project_locked();
}

Status Bridge::project_locked() {
    // What a pass that ends in the middle has written, the standings do not know.
    struct Unfinished {
        Standings& standings;
        bool done = false;
        ~Unfinished() {
            if (!done) standings.drop();
        }
    } pass{standings};
    CAPBRIDGE_TRY(project_once());
    pass.done = true;
    return {};
}

Status Bridge::project_once() {
    auto& journal = store_->journal();
    auto& projection = store_->projection();
    const auto from = projection.cursor();
    std::int64_t upto = from;
    const bool facts_anew = from == 0 && !is_past_;
    Projecting work(*store_, facts_anew, folded_with_.known);
    // A rebuild reads every statement's body: the next ones while these are looked at.
    using Bodies = store::Journal::Bodies;
    const auto bodies = facts_anew ? Bodies::yes : Bodies::no;
    const auto when = facts_anew ? std::launch::async : std::launch::deferred;
    const auto read = [&](std::int64_t after) { return journal.entries(after, entries_a_batch, bodies); };
    auto next = std::async(when, read, upto);
    for (;;) {
        const auto entries = next.get();
        if (entries.empty()) break;
        upto = store::seq_of(entries.back());
        next = std::async(when, read, upto);
        for (const auto& entry : entries) CAPBRIDGE_TRY(work.take(entry));
        CAPBRIDGE_TRY(work.apply());
        if (!facts_anew) CAPBRIDGE_TRY(work.add_people_of_actors());  // else everybody is folded
        if (stopping) return fail("stopping", "the bridge is stopping");
    }
    CAPBRIDGE_TRY(work.finish());
    CAPBRIDGE_LET(auto anew, compose_stale(*store_, store_->installation().iri_base, stopping));
    work.people.merge(anew.to_fold);
    if (work.who_changed && !work.rules_changed) {
        CAPBRIDGE_LET(const auto before, this->rules());
        // Teams name people by what they are known by; an assessor may be somebody who was merged.
        work.rules_changed =
            !before->teams.empty() || std::any_of(before->assessors.begin(), before->assessors.end(),
                                                  [](const auto& a) { return is_uuid(a.person); });
    }
    if (work.who_changed) next_look_.store({});
    if (work.rules_changed) forget_rules();
    if (work.packages_changed) forget_packages();
    return fold_rest(std::move(work.people), std::move(anew.composed), from, upto);
}

Status Bridge::fold_rest(std::set<std::string> people, std::set<std::string> composed, std::int64_t from,
                         std::int64_t upto) {
    auto& projection = store_->projection();
    CAPBRIDGE_LET(const auto rules, this->rules());
    FoldedWith now{rules, texts_, folded_with_.known};
    if (folded_with_.rules != rules) {
        now.known = activities_of(rules);
        if (standings.are_kept()) projection.look_at_facts(*now.known);
    }
    const auto today = day_of(this->now());
    const auto folded_by = fold_text(*rules);
    const auto before = projection.folded_by();
    if (upto == from && before == folded_by && people.empty() && composed.empty() &&
        !standings.are_behind(*rules, today)) {
        folded_with_ = now;
        return {};
    }
    std::optional<std::set<std::string>> touched = std::move(composed);
    if (before != folded_by) {
        if (!before.empty()) log::info("refolding", {{"from", before}, {"to", folded_by}});
        const auto with = folded_with_.rules ? fold_text(*folded_with_.rules) : std::string();
        const auto activities = with == before ? changed_activities(folded_with_, now) : std::nullopt;
        if (activities) {
            for (auto& id : projection.people_of_activities(*activities)) people.insert(std::move(id));
        } else {
            for (auto& id : projection.all_people()) people.insert(std::move(id));
            touched.reset();
        }
    }
    CAPBRIDGE_TRY(
        fold_people(projection, now, store_->installation().iri_base, people, upto, folded_by, stopping));
    folded_with_ = now;
    if (touched) touched->merge(people);
    standings.follow(projection, rules, today, touched, upto);
    return {};
}

Status Bridge::rebuild() {
    const std::lock_guard lock(projecting_);
    CAPBRIDGE_TRY(store_->projection().reset());
    forget_rules();
    return project_locked();
}

}  // namespace capbridge::engine
