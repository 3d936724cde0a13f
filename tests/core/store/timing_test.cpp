// Numbers, not a test: build with RelWithDebInfo and run with
// --gtest_also_run_disabled_tests --gtest_filter='TimingTest*'. They are printed and nothing is asserted.
#include <chrono>
#include <ctime>
#include <iostream>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using TimingTest = StoreTest;
using Clock = std::chrono::steady_clock;

competency::Record record(int requirement) {
    competency::Record out;
    out.requirement = requirement;
    out.attainment = competency::Attainment::met;
    out.first_achieved = out.last_achieved = out.valid_to = Day{std::chrono::days{20000}};
    competency::Contribution contribution;
    contribution.statement = id(requirement);
    contribution.mapping = "set@1/mapping";
    contribution.learning_item = "item";
    contribution.counts = true;
    out.evidence = {contribution};
    return out;
}

TEST_F(TimingTest, DISABLED_Numbers) {
    const auto ms_since = [](Clock::time_point begin) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
    };
    std::vector<std::string> requirements;
    for (int i = 0; i < 60; ++i) requirements.push_back("requirement-" + std::to_string(i));
    store_->projection().set_requirements(requirements);
    auto begin = Clock::now();
    for (int p = 0; p < 15000; p += 500) {
        ProjectionBatch batch;
        for (int i = p; i < p + 500; ++i) {
            people::Person person;
            person.id = id(i);
            person.name = "Example " + std::to_string(i);
            person.identifiers = {{"esr-employee", "trust", std::to_string(i), {}, {}},
                                  {"email", "", std::to_string(i), {}, {}}};
            person.employments = {{"Ward 1", "Nursing", "Nurse", "", {}, {}}};
            batch.people.push_back({person.id, person, {"a" + std::to_string(i), "b" + std::to_string(i)}});
            batch.assignments.push_back(
                {person.id + "|driver", people::Assignment{person.id, "driver", {}, "person", {}, {}, "m"}});
            ProjectionBatch::RecordsChange records{person.id, {}};
            for (int r = 0; r < 60; ++r) records.records.push_back(record(59 - r));
            batch.records.push_back(std::move(records));
        }
        ASSERT_TRUE(store_->projection().apply(batch));
    }
    std::cout << "15,000 people x 60 records written: " << ms_since(begin) << " ms\n";
    for (const bool with_evidence : {false, false, true}) {
        begin = Clock::now();
        const auto cpu = std::clock();  // wall time says little on a busy machine
        std::size_t records = 0;
        store_->projection().each_person(
            with_evidence, [&](const competency::PersonFacts& facts) { records += facts.records.size(); });
        std::cout << "each_person" << (with_evidence ? " with evidence" : "") << ": " << records
                  << " records, " << ms_since(begin) << " ms, "
                  << (std::clock() - cpu) * 1000 / CLOCKS_PER_SEC << " ms of processor\n";
    }
    const auto run_id = run();
    for (const int size : {1, 50, 400}) {
        begin = Clock::now();
        int n = size * 1'000'000, batches = 0;
        while (ms_since(begin) < 3000) {
            std::vector<std::variant<NewStatement, NewDecision>> entries;
            for (int i = 0; i < size; ++i, ++n) {
                const auto agent = "agent" + std::to_string(n % 5000),
                           activity = "activity" + std::to_string(n % 300);
                auto one = statement(n, {{Kind::actor, agent},
                                         {Kind::any_agent, agent},
                                         {Kind::any_agent, "authority"},
                                         {Kind::object_activity, activity},
                                         {Kind::any_activity, activity},
                                         {Kind::any_activity, "parent"},
                                         {Kind::verb, "passed"},
                                         {Kind::registration, "r" + std::to_string(n)}});
                one.body.insert(1, std::string(850, ' '));
                entries.emplace_back(std::move(one));
            }
            append(std::move(entries), run_id);
            ++batches;
        }
        std::cout << "batches of " << size << ": " << batches * size * 1000 / ms_since(begin)
                  << " statements/s\n";
    }
    const auto time_query = [&](const char* name, const StatementQuery& query) {
        const auto from = Clock::now();
        std::size_t rows = 0;
        for (int i = 0; i < 200; ++i) rows += journal().statements(query).size();
        std::cout << name << ": "
                  << std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - from).count() / 200
                  << " us, " << rows / 200 << " rows\n";
    };
    StatementQuery query;
    query.limit = 51;
    time_query("no filter", query);
    query.agent_key = "agent7";
    time_query("agent", query);
    query.verb = "passed";
    time_query("agent and verb", query);
    query.activity = "no such activity";
    time_query("miss", query);
    query = {};
    query.limit = 51;
    query.since = from_unix_ms(0);
    time_query("since", query);
}

}  // namespace
}  // namespace capbridge::store::test
