// People and their archetypes, in bulk. Each person and each assignment is a decision in the journal, so an
// import can be reverted like everything else; what is the same already is not written again.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/engine/operation_list.hpp"
#include "core/people/compose.hpp"
#include "core/people/import.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t decisions_a_batch = 2000;
constexpr std::size_t exceptions_shown = 200;

ordered_json exceptions_json(const std::vector<people::Exception>& exceptions) {
    auto out = ordered_json::array();
    for (std::size_t i = 0; i < exceptions.size() && i < exceptions_shown; ++i) {
        const auto& e = exceptions[i];
        ordered_json one{{"line", e.line}, {"code", e.code}, {"message", e.message}};
        if (!e.column.empty()) one["column"] = e.column;
        out.push_back(std::move(one));
    }
    return out;
}

// Appends decisions in batches of a run, telling progress.
class Writer {
public:
    Writer(Bridge& bridge, const Caller& caller, std::int64_t run, std::string what, std::size_t total)
        : bridge_(bridge), caller_(caller), what_(std::move(what)), total_(total) {
        batch_.run = run;
        batch_.who = caller.who;
    }
    Status add(store::NewDecision decision) {
        batch_.entries.emplace_back(std::move(decision));
        return batch_.entries.size() < decisions_a_batch ? Status{} : flush();
    }
    Status flush() {
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        if (batch_.entries.empty()) return {};
        written_ += batch_.entries.size();
        store::Batch next;
        next.run = batch_.run;
        next.who = batch_.who;
        std::swap(next, batch_);
        CAPBRIDGE_TRY(bridge_.store().journal().append(std::move(next)));
        caller_.progress(what_, written_, total_);
        return {};
    }

private:
    Bridge& bridge_;
    const Caller& caller_;
    std::string what_;
    std::size_t total_, written_ = 0;
    store::Batch batch_;
};

store::RunRow run_of(const Caller& caller, std::string kind, std::string what) {
    store::RunRow run;
    run.kind = std::move(kind);
    run.who = caller.who;
    run.what = std::move(what);
    return run;
}

// An identifier that somebody else is known by, a re-used e-mail address say: each gets it for their own
// time, or the import lists it. People in force whose time with it ends are recorded anew.
void settle_with(const std::unordered_map<std::string, std::string>& known, people::PeopleImport& read,
                 std::vector<store::NewDecision>& decisions) {
    std::vector<people::Person> in_force;
    for (const auto& [key, payload] : known) {
        if (!payload.empty()) in_force.push_back(people::person_from_json(json::parse(payload)));
    }
    std::sort(in_force.begin(), in_force.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    auto settled = people::settle_identifiers(read.people, in_force, read.lines);
    read.exceptions.insert(read.exceptions.end(), settled.exceptions.begin(), settled.exceptions.end());
    std::stable_sort(read.exceptions.begin(), read.exceptions.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    for (const auto& person : settled.changed) {
        auto payload = people::to_json(person);
        const auto former = json::parse(known.at(person.id)).value("former", json::array());
        if (!former.empty()) payload["former"] = former;
        decisions.push_back({"person", person.id, payload.dump(), {}});
    }
}

// An address that the file no longer has was theirs until now.
std::string payload_of(const people::Person& person, const std::string& before, Day today) {
    auto payload = people::to_json(person);
    const auto known = before.empty() ? json::object() : json::parse(before, nullptr, false);
    auto former = people::former_identifiers(known.value("identifiers", json::array()),
                                             known.value("former", json::array()), payload["identifiers"], {},
                                             today - std::chrono::days{1});
    if (!former.empty()) payload["former"] = std::move(former);
    return payload.dump();
}

// {csv, issuer, name}
Result<ordered_json> people_import(Bridge& bridge, const json& params, const Caller& caller) {
    const auto csv = get_string(params, "csv");
    CAPBRIDGE_LET(const auto issuer, need_text(params, "issuer"));
    const auto name = get_string(params, "name", "people");
    auto read = people::read_people(csv, issuer, bridge.store().installation().organisation_uuid);
    if (!read) {
        auto error = read.error();
        error.where = name;
        return fail(std::move(error));
    }
    std::unordered_map<std::string, std::string> known;
    for (auto& decision : bridge.store().journal().decisions_in_force("person"))
        known.emplace(decision.key, std::move(decision.payload));
    std::vector<store::NewDecision> decisions;
    settle_with(known, *read, decisions);
    const auto today = day_of(bridge.now());
    std::size_t added = 0, changed = 0, same = 0;
    for (const auto& person : read->people) {
        const auto before = known.find(person.id);
        auto payload = payload_of(person, before == known.end() ? "" : before->second, today);
        if (before != known.end() && before->second == payload) {
            ++same;
            continue;
        }
        ++(before == known.end() || before->second.empty() ? added : changed);
        decisions.push_back({"person", person.id, std::move(payload), {}});
    }
    const ordered_json counts{{"rows", read->rows}, {"people", read->people.size()},
                              {"added", added},     {"changed", changed},
                              {"same", same},       {"exceptions", read->exceptions.size()}};
    ordered_json out{{"counts", counts}, {"exceptions", exceptions_json(read->exceptions)}};
    if (decisions.empty()) return out;
    CAPBRIDGE_LET(auto done, in_run(bridge, run_of(caller, "import", "people from " + name),
                                    [&](store::RunRow& run) -> Result<ordered_json> {
                                        Writer writer(bridge, caller, run.id, "importing people",
                                                      decisions.size());
                                        for (auto& decision : decisions)
                                            CAPBRIDGE_TRY(writer.add(std::move(decision)));
                                        CAPBRIDGE_TRY(writer.flush());
                                        return out;
                                    }));
    return done;
}

std::unordered_map<std::string, people::Assignment> assignments_by_key(Bridge& bridge) {
    std::unordered_map<std::string, people::Assignment> out;
    for (auto& a : bridge.store().projection().assignments()) {
        auto key = a.key();
        out.emplace(std::move(key), std::move(a));
    }
    return out;
}

struct StateCounts {
    std::size_t proposed = 0, confirmed = 0, rejected = 0, unassigned = 0;
};

StateCounts count_states(Bridge& bridge) {
    StateCounts counts;
    auto& projection = bridge.store().projection();
    std::unordered_map<std::string, bool> confirmed;  // of the people there are
    for (auto& id : projection.all_people()) confirmed.emplace(std::move(id), false);
    for (const auto& a : projection.assignments()) {
        const auto person = confirmed.find(a.person);
        if (person == confirmed.end()) continue;  // the import of the person was taken back
        if (a.state == people::Assignment::State::proposed) ++counts.proposed;
        if (a.state == people::Assignment::State::rejected) ++counts.rejected;
        if (a.state != people::Assignment::State::confirmed) continue;
        ++counts.confirmed;
        person->second = true;
    }
    for (const auto& [id, has] : confirmed) counts.unassigned += has ? 0 : 1;
    return counts;
}

ordered_json states_json(const StateCounts& c) {
    return {{"proposed", c.proposed},
            {"confirmed", c.confirmed},
            {"rejected", c.rejected},
            {"people_unassigned", c.unassigned}};
}

// Writes assignment decisions in a run and answers with the counts of states after it.
Result<ordered_json> write_assignments(Bridge& bridge, const Caller& caller, const std::string& what,
                                       std::vector<store::NewDecision> decisions, ordered_json out) {
    if (!decisions.empty()) {
        CAPBRIDGE_LET(auto done, in_run(bridge, run_of(caller, "import", what),
                                        [&](store::RunRow& run) -> Result<ordered_json> {
                                            Writer writer(bridge, caller, run.id, what, decisions.size());
                                            for (auto& decision : decisions)
                                                CAPBRIDGE_TRY(writer.add(std::move(decision)));
                                            CAPBRIDGE_TRY(writer.flush());
                                            return out;
                                        }));
        out = std::move(done);
    }
    out["states"] = states_json(count_states(bridge));
    return out;
}

// {rules, name}: proposes archetypes to everyone whom the rules fit today; what a person confirmed or
// rejected stays. Proposals of the same rule set that no longer fit are withdrawn.
Result<ordered_json> assign_propose(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "rules"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto set,
                  people::load_rules(text, get_string(params, "name", "rules"), rules->framework));
    const auto today = day_of(bridge.now());
    auto known = assignments_by_key(bridge);
    std::vector<store::NewDecision> decisions;
    std::size_t added = 0, same = 0, decided = 0, withdrawn = 0, people = 0;
    std::unordered_map<std::string, bool> still;
    bridge.store().projection().each_person(false, [&](const competency::PersonFacts& facts) {
        ++people;
        for (const auto& proposal : people::propose(set, facts.person, today)) {
            const auto key = proposal.key();
            still[key] = true;
            const auto it = known.find(key);
            if (it == known.end()) {
                ++added;
                decisions.push_back({"assignment", key, people::to_json(proposal).dump(), {}});
            } else {
                ++(it->second.state == people::Assignment::State::proposed ? same : decided);
            }
        }
    });
    for (const auto& [key, assignment] : known) {
        const bool ours = assignment.origin.starts_with("rule:" + set.id + "/");
        if (ours && assignment.state == people::Assignment::State::proposed && !still.contains(key)) {
            ++withdrawn;
            decisions.push_back({"assignment", key, "", {}});
        }
    }
    std::sort(decisions.begin(), decisions.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    return write_assignments(bridge, caller, "proposals of rules " + set.id + " " + set.version,
                             std::move(decisions),
                             {{"counts",
                               {{"people", people},
                                {"proposed_now", added},
                                {"same", same},
                                {"already_decided", decided},
                                {"withdrawn", withdrawn}}}});
}

// {csv, issuer, name, by}
Result<ordered_json> assign_import(Bridge& bridge, const json& params, const Caller& caller) {
    const auto csv = get_string(params, "csv");
    CAPBRIDGE_LET(const auto issuer, need_text(params, "issuer"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto name = get_string(params, "name", "assignments");
    auto read = people::read_assignments(csv, issuer, rules->framework);
    if (!read) {
        auto error = read.error();
        error.where = name;
        return fail(std::move(error));
    }
    const auto known = assignments_by_key(bridge);
    std::vector<store::NewDecision> decisions;
    std::size_t changed = 0, same = 0;
    for (const auto& row : read->rows_read) {
        const auto person =
            bridge.store().projection().person_by_identifier(row.who.scheme, row.who.issuer, row.who.value);
        if (!person) {
            read->exceptions.push_back({row.line, "unknown_person",
                                        "nobody is known by this employee number; import the people first"});
            continue;
        }
        people::Assignment assignment{*person,  row.archetype, row.state, "import:" + name,
                                      row.from, row.to,        {}};
        if (row.state != people::Assignment::State::proposed)
            assignment.decided_by = get_string(params, "by", caller.who);
        const auto it = known.find(assignment.key());
        // A proposal does not undo what somebody has decided.
        const bool decided = it != known.end() && row.state == people::Assignment::State::proposed &&
                             it->second.state != people::Assignment::State::proposed;
        if (decided || (it != known.end() && it->second == assignment)) {
            ++same;
            continue;
        }
        ++changed;
        decisions.push_back({"assignment", assignment.key(), people::to_json(assignment).dump(), {}});
    }
    const ordered_json counts{
        {"rows", read->rows}, {"changed", changed}, {"same", same}, {"exceptions", read->exceptions.size()}};
    return write_assignments(bridge, caller, "assignments from " + name, std::move(decisions),
                             {{"counts", counts}, {"exceptions", exceptions_json(read->exceptions)}});
}

// {by, state: confirmed|rejected, all? | archetype?, unit?, person?}: decides proposals.
Result<ordered_json> assign_decide(Bridge& bridge, const json& params, const Caller& caller) {
    const auto state_name = get_string(params, "state", "confirmed");
    if (state_name != "confirmed" && state_name != "rejected")
        return fail("bad_parameter", "state must be confirmed or rejected", "/state");
    const auto archetype = get_string(params, "archetype"), unit = get_string(params, "unit"),
               person = get_string(params, "person");
    if (!params.value("all", false) && archetype.empty() && unit.empty() && person.empty()) {
        return fail("bad_parameter", "say which proposals: all, or an archetype, unit or person");
    }
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    if (!archetype.empty() && rules->framework.archetype_index(archetype) < 0)
        return fail("bad_parameter", "there is no archetype '" + archetype + "'", "/archetype");
    const auto today = day_of(bridge.now());
    std::vector<store::NewDecision> decisions;
    bool unit_known = unit.empty();
    bridge.store().projection().each_person(false, [&](const competency::PersonFacts& facts) {
        for (const auto& e : facts.person.employments) unit_known = unit_known || e.unit == unit;
        if (!person.empty() && facts.person.id != person) return;
        if (!unit.empty() && !std::any_of(facts.person.employments.begin(), facts.person.employments.end(),
                                          [&](const people::Employment& e) {
                                              return e.unit == unit && e.current_on(today);
                                          })) {
            return;
        }
        for (auto assignment : facts.assignments) {
            if (assignment.state != people::Assignment::State::proposed ||
                (!archetype.empty() && assignment.archetype != archetype))
                continue;
            assignment.state = state_name == "confirmed" ? people::Assignment::State::confirmed
                                                         : people::Assignment::State::rejected;
            assignment.decided_by = get_string(params, "by", caller.who);
            decisions.push_back({"assignment", assignment.key(), people::to_json(assignment).dump(), {}});
        }
    });
    if (!unit_known) return fail("not_found", "there is no unit '" + unit + "'", "unit");
    const auto count = decisions.size();
    return write_assignments(bridge, caller, state_name + " proposals", std::move(decisions),
                             {{"counts", {{state_name, count}}}});
}

// {}
Result<ordered_json> assign_status(Bridge& bridge, const json&, const Caller&) {
    return ordered_json{{"states", states_json(count_states(bridge))},
                        {"people", bridge.store().projection().all_people().size()}};
}

}  // namespace

std::vector<Operation> people_operations() {
    return {
        {"people.import", true, "admin", people_import, true},
        {"assign.propose", true, "admin", assign_propose},
        {"assign.import", true, "admin", assign_import},
        {"assign.decide", true, "admin", assign_decide},
        {"assign.status", false, "read", assign_status},
    };
}

}  // namespace capbridge::engine
