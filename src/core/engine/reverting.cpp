#include "core/engine/reverting.hpp"
#include "core/engine/history.hpp"

#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/packages.hpp"
#include "core/engine/record_effects.hpp"
#include "core/xapi/from_completion.hpp"

namespace capbridge::engine {

Result<store::Batch> Reverting::batch(std::int64_t revert_run, const std::string& who) {
    batch_.run = revert_run;
    batch_.who = who;
    for (const auto& change : bridge_.store().sources().changes_of_run(run_.id)) {
        if (change.latest.digest == change.standing.digest) {
            ++kept;  // another run says the same, or a later one has spoken: that stands
            ++facts_[change.kind].kept;
            continue;
        }
        CAPBRIDGE_TRY(take_back(change));
    }
    if (run_.kind == "request" || run_.kind == "import") {
        for (const auto& row : bridge_.store().journal().statements_of_run(run_.id)) {
            // A voiding cannot be undone (xAPI 1.0.3 part 2, 2.3.2): what the run voided stays so, and is
            // counted.
            if (!row.voids.empty()) ++voidings_kept;
            if (!row.voids.empty() || !row.voided_by.empty()) continue;
            append(
                xapi::voiding_statement(row.id, {bridge_.store().installation().uuid, "", ""}, "reverted"));
            voids_.insert(row.id);
            if (!row.actor.empty()) actors_.insert(row.actor);
            ++voided;
        }
    }
    look_at_decisions();
    // The store marks the run as reverted in the commit of this decision.
    batch_.entries.emplace_back(
        store::NewDecision{"run.revert", std::to_string(run_.id), json{{"run", run_.id}}.dump(), {}});
    if (const auto source = bridge_.store().sources().source(run_.source)) {
        batch_.owner = "source:" + source->uuid;
        if (run_.kind == "sync" && !run_.adapter.empty()) {  // posted completions moved no cursor
            batch_.cursor_source = source->uuid;             // so that a mended export is read again
            batch_.cursor = run_.cursor_before;
        }
    }
    return std::move(batch_);
}

Status Reverting::take_back(const store::Sources::Change& change) {
    auto& counted = facts_[change.kind];
    const xapi::SourceContext context{change.source_uuid, "", ""};
    if (!change.latest.statement.empty()) {
        append(xapi::voiding_statement(change.latest.statement, context, "reverted"));
        voids_.insert(change.latest.statement);
        if (const auto row = bridge_.store().journal().statement(change.latest.statement);
            row && !row->actor.empty())
            actors_.insert(row->actor);
        ++voided;
    }
    store::NewSourceRecord record;
    record.source = change.source_uuid;
    record.kind = change.kind;
    record.key = change.latest.key;
    record.revision = change.latest.revision + 1;
    if (change.standing.statement.empty()) {
        ++counted.withdrawn;
    } else {
        const auto standing = bridge_.store().journal().statement(change.standing.statement);
        if (!standing)
            return fail("store_damaged", "the journal lacks statement " + change.standing.statement);
        auto statement = json::parse(standing->body);
        statement["id"] =
            uuid_v5(change.source_uuid, "restored\n" + standing->id + "\n" + std::to_string(record.revision));
        statement["context"]["extensions"][std::string(xapi::extension::source)]["revision"] =
            record.revision;
        append(statement);
        if (auto fact = fact_of(statement)) {
            fact->fact.statement = statement["id"].get<std::string>();
            actors_.insert(fact->actor);
            again_.push_back(std::move(*fact));
        }
        record.digest = change.standing.digest;
        record.scope = change.standing.scope;
        record.statement = statement["id"].get<std::string>();
        ++counted.restored;
        ++restored;
    }
    batch_.source_records.push_back(std::move(record));
    return {};
}

void Reverting::append(const json& statement) {
    batch_.entries.emplace_back(new_statement(statement));
}

// Of each key the run decided, whether its word is the one in force: then what was said before it is again.
void Reverting::look_at_decisions() {
    auto& journal = bridge_.store().journal();
    std::map<std::pair<std::string, std::string>, store::DecisionRow> last;
    for (auto& decision : journal.decisions_of_run(run_.id)) {
        std::pair name(decision.kind, decision.key);
        last[std::move(name)] = std::move(decision);
    }
    for (const auto& [name, decision] : last) {
        const auto in_force = journal.decision_in_force(name.first, name.second);
        // Nothing is in force after a withdrawal: the run's own, or, of what the run said, a later one's.
        if (in_force ? in_force->run != run_.id : !decision.payload.empty()) {
            ++decisions_kept_;
            continue;
        }
        ++decided_[name.first];
        ++decisions;
        look_at(decision);
    }
}

void Reverting::look_at(const store::DecisionRow& decision) {
    const auto& kind = decision.kind;
    const auto payload = json::parse(decision.payload, nullptr, false);
    if (kind == "person" || kind == "assignment") {
        decided_people_.insert(decision.key.substr(0, decision.key.find('|')));
    } else if (kind == "person.merge") {
        decided_people_.insert(decision.key);
        if (const auto into = get_string(payload, "into"); !into.empty()) decided_people_.insert(into);
    } else if (kind == "identity.link" || kind.starts_with("directory.")) {
        const auto person = get_string(payload, "person");
        if (person.empty()) {
            touches_anybody_ = true;
        } else {
            decided_people_.insert(bridge_.store().projection().survivor(person));
        }
    } else if (kind == package_kind || kind == removed_kind) {
        // Nobody's record depends on which packages there are.
    } else if (kind == "identity.rule" || (kind != "unit" && !kind.starts_with("identity."))) {
        touches_anybody_ = true;  // framework, mapping, policy, deployment
    }
}

ordered_json Reverting::told() const {
    ordered_json facts = ordered_json::object(), by_kind = ordered_json::object();
    for (const auto& [kind, of_kind] : facts_)
        facts[kind] = {
            {"withdrawn", of_kind.withdrawn}, {"restored", of_kind.restored}, {"kept", of_kind.kept}};
    for (const auto& [kind, count] : decided_) by_kind[kind] = count;
    const auto counts = json::parse(run_.counts, nullptr, false);
    return {{"facts", std::move(facts)},
            {"statements_voided", voided},
            {"voidings_kept", voidings_kept},
            {"decisions", std::move(by_kind)},
            {"decisions_kept", decisions_kept_},
            {"catalogue_kept", counts.is_object() ? counts.value("catalogue", std::size_t{0}) : 0}};
}

std::optional<std::set<std::string>> Reverting::people() {
    if (touches_anybody_) return std::nullopt;
    std::set<std::string> out = decided_people_;
    const std::vector<std::string> actors(actors_.begin(), actors_.end());
    for (auto& id : bridge_.store().projection().people_of_actors(actors)) out.insert(std::move(id));
    return out;
}

Result<ordered_json> Reverting::preview() {
    auto out = told();
    const std::vector<std::string> actors(actors_.begin(), actors_.end());
    std::set<std::string> people;
    for (auto& id : bridge_.store().projection().people_of_actors(actors)) people.insert(std::move(id));
    auto touched = people;
    touched.insert(decided_people_.begin(), decided_people_.end());
    out["people_touched"] = touched.size();
    if (touches_anybody_) {
        out["people_changed"] = nullptr;
        out["effects"] = nullptr;
        return out;
    }
    CAPBRIDGE_LET(auto effects, RecordEffects::before(bridge_, people));
    for (const auto& id : people) {
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        if (effects.facts_of(id) == nullptr) continue;
        CAPBRIDGE_LET(auto after, folded(id));
        effects.set_after(id, std::move(after));
    }
    CAPBRIDGE_LET(out["effects"], effects.told(bridge_));
    auto changed = effects.changed();
    changed.insert(decided_people_.begin(), decided_people_.end());
    out["people_changed"] = out["effects"].is_null() ? ordered_json(nullptr) : ordered_json(changed.size());
    return out;
}

// Folds the person's facts as they would be.
Result<competency::PersonFacts> Reverting::folded(const std::string& id) {
    auto& projection = bridge_.store().projection();
    CAPBRIDGE_LET(const auto rules, bridge_.rules());
    competency::PersonFacts out;
    auto stored = projection.person_facts(id);
    if (!stored) return out;
    out = std::move(*stored);
    const auto& person = out.person;
    std::vector<std::string> actors;
    std::set<std::string> own;
    for (const auto& i : person.identifiers) {
        actors.push_back(
            people::agent_of(i.scheme, i.issuer, i.value, bridge_.store().installation().iri_base).key());
        own.insert(actors.back());
    }
    auto history = history_of(projection, person, actors);
    auto& facts = history.facts;
    std::int64_t seq = projection.cursor();
    for (auto& fact : facts) fact.voided = fact.voided || voids_.contains(fact.statement);
    for (const auto& fact : again_) {
        if (!own.contains(fact.actor)) continue;
        facts.push_back(fact.fact);
        facts.back().seq = ++seq;
    }
    out.records = competency::fold(history, person, *rules);
    out.unmapped_only = competency::unmapped_only(facts, *rules);
    return out;
}

}  // namespace capbridge::engine
