#include "core/engine/privacy/erase.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/engine/decision_writer.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/past.hpp"
#include "core/engine/privacy/erase_plan.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t longest_reason = 500, statements_a_batch = 1000;
constexpr int most_rounds = 3;
constexpr std::size_t people_a_pass = 100;

struct Done {
    store::ErasedPlaces places;
    std::vector<Told> told;
    bool cleaned = true;
};

void add(store::ErasedPlaces& to, const store::ErasedPlaces& from) {
    for (const auto& [place, rows] : from) to[place] += rows;
}

ordered_json json_of(const store::ErasedPlaces& places) {
    auto out = ordered_json::object();
    for (const auto& [place, rows] : places) out[place] = rows;
    return out;
}

ordered_json json_of(const std::vector<Told>& told) {
    auto out = ordered_json::array();
    for (const auto& one : told)
        out.push_back({{one.kind, one.name}, {"by_forwarding", one.by_forwarding}, {"by_hand", one.by_hand}});
    return out;
}

Status tell(Bridge& bridge, std::int64_t run, std::vector<store::NewStatement> voiding) {
    for (std::size_t i = 0; i < voiding.size(); i += statements_a_batch) {
        store::Batch batch;
        batch.run = run;
        batch.who = "system";
        const auto end = std::min(voiding.size(), i + statements_a_batch);
        for (auto at = i; at < end; ++at) batch.entries.emplace_back(std::move(voiding[at]));
        CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
    }
    return {};
}

// What says in the journal that it happened; the projector then reads the rules anew, which may have named
// them.
Status remember(Bridge& bridge, std::int64_t run, const std::vector<store::Erasure>& erasures) {
    store::Batch batch;
    batch.run = run;
    batch.who = "system";
    for (const auto& erasure : erasures) {
        const json payload{{"erasure", erasure.id}, {"people", erasure.people}};
        batch.entries.emplace_back(store::NewDecision{"person.erased", erasure.id, payload.dump(), {}});
    }
    CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
    return {};
}

bool is_empty(const store::Erasing& erasing) {
    return erasing.statements.empty() && erasing.decisions.empty() && erasing.quarantined.empty();
}

std::vector<std::string> ids_of(const std::vector<store::Erasure>& erasures) {
    std::vector<std::string> out;
    for (const auto& erasure : erasures) out.push_back(erasure.id);
    return out;
}

// The ledger has them. Sources are held, or nobody else is here yet.
Result<Done> carry_out(Bridge& bridge, const std::vector<store::Erasure>& erasures, std::int64_t run,
                       const Progress& progress) {
    auto& store = bridge.store().erasings();
    const auto ids = ids_of(erasures);
    Done done;
    auto known = known_as(bridge, erasures);
    progress("looking who was told", 0, 0);
    auto telling = who_was_told(bridge, known, ids.front());
    done.told = std::move(telling.told);
    CAPBRIDGE_TRY(tell(bridge, run, std::move(telling.voiding)));
    progress("putting tombstones", 0, 0);
    CAPBRIDGE_LET(const auto places, store.carry_out(plan_erasing(bridge, known, ids)));
    add(done.places, places);
    // Pasts that somebody asked for are copies of the journal as it was.
    bridge.pasts().forget();
    CAPBRIDGE_TRY(remember(bridge, run, erasures));
    CAPBRIDGE_TRY(bridge.project());
    // What was on its way in when the doors closed; what is a tombstone already is found no more.
    for (int round = 0; round < most_rounds; ++round) {
        const auto rest = plan_erasing(bridge, known_as(bridge, erasures), ids);
        if (is_empty(rest)) break;
        CAPBRIDGE_LET(const auto more, store.carry_out(rest));
        add(done.places, more);
        CAPBRIDGE_TRY(bridge.project());
    }
    return done;
}

void clean_up(Bridge& bridge, const std::vector<std::string>& erasures, Done& done) {
    if (erasures.empty()) return;
    bridge.pasts().forget();
    auto cleaned = bridge.store().erasings().clean(erasures);
    if (cleaned) return add(done.places, *cleaned);
    done.cleaned = false;
    log::warn("erasure_not_cleaned",
              {{"erasures", std::to_string(erasures.size())}, {"code", cleaned.error().code}});
}

// Nobody reads a source, so that nothing of them is under way.
Result<std::vector<SyncBoard::Hold>> hold_all(Bridge& bridge, const Caller& caller) {
    std::vector<std::string> names;
    for (const auto& source : bridge.store().sources().sources()) names.push_back(source.name);
    std::sort(names.begin(), names.end());
    std::vector<SyncBoard::Hold> holds;
    for (const auto& name : names) {
        CAPBRIDGE_LET(auto hold, hold_source(bridge, name, "erasure", caller));
        holds.push_back(std::move(hold));
    }
    return holds;
}

Result<ordered_json> dry_run(Bridge& bridge, const std::string& person) {
    const auto known = known_as(bridge, person);
    const auto id = uuid_v4();
    auto erasing = plan_erasing(bridge, known, {id});
    erasing.dry_run = true;
    CAPBRIDGE_LET(const auto places, bridge.store().erasings().carry_out(erasing));
    return ordered_json{{"person", known.person},
                        {"dry_run", true},
                        {"merged", known.people.size() - 1},
                        {"places", json_of(places)},
                        {"told", json_of(who_was_told(bridge, known, id).told)}};
}

struct Made {
    std::vector<store::Erasure> erasures;
    std::int64_t run = 0;
};
// One pass over the store for all of them, and an erasure each. The caller holds the sources and the turn.
Result<Made> erase_together(Bridge& bridge, const std::vector<std::string>& people, const Caller& caller,
                            Done& done) {
    auto& erasings = bridge.store().erasings();
    CAPBRIDGE_TRY(erasings.ledger());  // nothing is added to a damaged one: its end may be somebody's line
    CAPBRIDGE_LET(const auto key, erasings.key());
    Made made;
    for (const auto& person : people) {
        const auto known = known_as(bridge, person);
        made.erasures.push_back({uuid_v4(), bridge.now(), known.people, key.id, digests_of(known, key), {}});
    }
    // The run names nobody: the reason is in the audit.
    const auto what = people.size() == 1 ? std::string("a person erased")
                                         : std::to_string(people.size()) + " people erased";
    const auto ran =
        in_run(bridge, run_of(caller, "erasure", what), [&](store::RunRow& run) -> Result<ordered_json> {
            made.run = run.id;
            for (const auto& erasure : made.erasures) CAPBRIDGE_TRY(erasings.intend(erasure));
            CAPBRIDGE_LET(done, carry_out(bridge, made.erasures, run.id, caller.progress));
            return ordered_json{
                {"counts",
                 {{"statements", done.places["statements"]}, {"decisions", done.places["decisions"]}}}};
        });
    if (!ran) return fail(ran.error());
    return made;
}

Result<ordered_json> erase_person(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    const bool dry = params.value("dry_run", false);
    if (!dry) CAPBRIDGE_TRY(need_text(params, "reason"));
    if (get_string(params, "reason").size() > longest_reason)
        return fail("bad_parameter", "the reason is longer than 500 bytes", "/reason");
    CAPBRIDGE_LET(const auto holds, hold_all(bridge, caller));
    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    CAPBRIDGE_LET(const auto person, known_person(bridge, text, "person"));
    if (dry) return dry_run(bridge, person);

    Done done;
    CAPBRIDGE_LET(const auto made, erase_together(bridge, {person}, caller, done));
    const auto& erasure = made.erasures.front();
    caller.progress("rewriting the database, so that nothing is left in its free space", 0, 0);
    clean_up(bridge, {erasure.id}, done);
    return ordered_json{{"person", person},
                        {"erasure", erasure.id},
                        {"dry_run", false},
                        {"merged", erasure.people.size() - 1},
                        {"places", json_of(done.places)},
                        {"told", json_of(done.told)},
                        {"cleaned", done.cleaned},
                        {"run", made.run}};
}

Result<ordered_json> list_erasures(Bridge& bridge, const json&, const Caller&) {
    auto& erasings = bridge.store().erasings();
    CAPBRIDGE_LET(const auto ledger, erasings.ledger());
    const auto dirty = erasings.not_cleaned();
    auto list = ordered_json::array();
    for (const auto& one : ledger) {
        const bool done = erasings.is_carried_out(one.id);
        ordered_json row{{"erasure", one.id},
                         {"at", format_instant(one.at)},
                         {"person", one.people.empty() ? "" : one.people.front()},
                         {"carried_out", done},
                         {"cleaned", done && std::find(dirty.begin(), dirty.end(), one.id) == dirty.end()}};
        row["admitted"] = one.admitted ? ordered_json(format_instant(*one.admitted)) : ordered_json(nullptr);
        list.push_back(std::move(row));
    }
    return ordered_json{{"erasures", std::move(list)}};
}

Result<ordered_json> readmit(Bridge& bridge, const json& params, const Caller&) {
    auto& erasings = bridge.store().erasings();
    CAPBRIDGE_TRY(need_text(params, "reason"));
    auto id = get_string(params, "erasure");
    if (id.empty()) {
        CAPBRIDGE_LET(const auto text, need_text(params, "identifier"));
        const auto identifier = people::identifier_from_text(text);
        if (!identifier) return fail("bad_parameter", "an identifier is SCHEME:ISSUER:VALUE", "/identifier");
        const auto one = people::normalised(*identifier);
        const auto agent =
            people::agent_of(one.scheme, one.issuer, one.value, bridge.store().installation().iri_base);
        id = erasings.barred_by(agent.key()).value_or("");
        if (id.empty())
            return fail("not_found",
                        "nobody who was known by that was erased, or they may come again already",
                        "identifier");
    }
    CAPBRIDGE_LET(const auto ledger, erasings.ledger());
    const auto known = std::any_of(ledger.begin(), ledger.end(),
                                   [&](const auto& one) { return one.id == id && !one.admitted; });
    if (!known) return fail("not_found", "there is no such erasure that still bars anybody", "erasure");
    CAPBRIDGE_TRY(erasings.admit(id, bridge.now()));
    return ordered_json{{"erasure", id}, {"admitted", true}};
}

}  // namespace

Result<std::size_t> erase_people(Bridge& bridge, const std::vector<std::string>& people,
                                 const Caller& caller) {
    std::vector<std::string> ids;
    Done done;
    for (std::size_t i = 0; i < people.size(); i += people_a_pass) {
        caller.progress("erasing people", i, people.size());
        CAPBRIDGE_LET(const auto holds, hold_all(bridge, caller));
        CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
        std::vector<std::string> some;
        for (auto at = i; at < std::min(people.size(), i + people_a_pass); ++at) {
            if (bridge.store().projection().person(people[at])) some.push_back(people[at]);  // else merged
        }
        if (some.empty()) continue;
        CAPBRIDGE_LET(const auto made, erase_together(bridge, some, caller, done));
        for (auto& id : ids_of(made.erasures)) ids.push_back(std::move(id));
    }
    clean_up(bridge, ids, done);
    return ids.size();
}

Result<std::size_t> finish_erasures(Bridge& bridge) {
    auto& erasings = bridge.store().erasings();
    CAPBRIDGE_LET(auto erasures, erasings.ledger());
    std::erase_if(erasures, [&](const auto& one) { return erasings.is_carried_out(one.id); });
    const Caller system{"system"};
    for (std::size_t i = 0; i < erasures.size(); i += people_a_pass) {
        const auto end = std::min(erasures.size(), i + people_a_pass);
        const std::vector<store::Erasure> some(erasures.begin() + static_cast<std::ptrdiff_t>(i),
                                               erasures.begin() + static_cast<std::ptrdiff_t>(end));
        const auto ran =
            in_run(bridge, run_of(system, "erasure", "erasures carried out again"),
                   [&](store::RunRow& run) -> Result<ordered_json> {
                       CAPBRIDGE_LET(const auto done, carry_out(bridge, some, run.id, system.progress));
                       return ordered_json{{"counts", json_of(done.places)}};
                   });
        if (!ran) return fail(ran.error());
        log::info("erasures_carried_out", {{"erasures", std::to_string(some.size())}});
    }
    clean_behind_erasures(bridge);
    return erasures.size();
}

void clean_behind_erasures(Bridge& bridge) {
    if (bridge.store().erasings().not_cleaned().empty()) return;
    // Not between the tombstones of an erasure under way and its fold.
    const auto turn = take_turn(bridge, Caller{"system"});
    if (!turn) return;
    Done done;
    clean_up(bridge, bridge.store().erasings().not_cleaned(), done);
}

std::vector<Operation> erase_operations() {
    return {{"person.erase", true, "access", erase_person, false, true},
            {"person.erasures", false, "admin", list_erasures},
            {"person.readmit", true, "access", readmit}};
}

}  // namespace capbridge::engine
