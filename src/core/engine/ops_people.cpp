// People, in bulk. Each person is a decision in the journal, so an import can be reverted like everything
// else; what is the same already is not written again.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/engine/decision_writer.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/privacy/door.hpp"
#include "core/people/compose.hpp"
#include "core/people/import.hpp"

namespace capbridge::engine {
namespace {

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

void leave_out_erased(Bridge& bridge, people::PeopleImport& read) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < read.people.size(); ++i) {
        if (is_barred(bridge, read.people[i].identifiers)) {
            read.exceptions.push_back({read.lines[i], "erased",
                                       "this person was erased here: left out until somebody says yes "
                                       "(capbridge person readmit)"});
            continue;
        }
        if (kept != i) {
            read.people[kept] = std::move(read.people[i]);
            read.lines[kept] = read.lines[i];
        }
        ++kept;
    }
    read.people.resize(kept);
    read.lines.resize(kept);
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
    leave_out_erased(bridge, *read);
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
                                        DecisionWriter writer(bridge, caller, run.id, "importing people",
                                                              decisions.size());
                                        for (auto& decision : decisions)
                                            CAPBRIDGE_TRY(writer.add(std::move(decision)));
                                        CAPBRIDGE_TRY(writer.flush());
                                        return out;
                                    }));
    return done;
}

}  // namespace

std::vector<Operation> people_operations() {
    return {
        {"people.import", true, "admin", people_import, true},
    };
}

}  // namespace capbridge::engine
