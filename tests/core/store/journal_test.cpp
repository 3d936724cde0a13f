// Appending: what is stored, what is left out or refused, and the order of it all.
#include <gmock/gmock.h>

#include <future>
#include <set>
#include <thread>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using JournalTest = StoreTest;
using ::testing::ElementsAre;

TEST_F(JournalTest, KeepsTheBytesAndTellsWhatIsNew) {
    auto first = statement(1);
    first.body = "{ \"id\" : \"kept as it is\",\t\"\\u00e9\":\"\xC3\xA9\" }";
    first.timestamp_given = false;
    const auto appended = append({first, statement(2), NewDecision{"policy", "default", "{}", Day{}}});
    EXPECT_EQ(appended.statements, 2u);
    EXPECT_EQ(appended.decisions, 1u);
    EXPECT_EQ(appended.last_seq, appended.first_seq + 2);
    const auto row = journal().statement(id(1));
    ASSERT_TRUE(row);
    EXPECT_EQ(row->body, first.body);
    EXPECT_FALSE(row->timestamp_given);
    EXPECT_EQ(row->stored, appended.stored);
    EXPECT_EQ(row->seq, appended.first_seq);
    EXPECT_EQ(row->voided_by, "");
    EXPECT_FALSE(journal().statement(id(3)));
    EXPECT_FALSE(journal().statement("no uuid"));
}

TEST_F(JournalTest, LeavesOutWhatIsStored) {
    append({statement(1)});
    const auto again = append({statement(1)});
    EXPECT_EQ(again.skipped, 1u);
    EXPECT_EQ(again.first_seq, 0);
    const auto mixed = append({statement(1), statement(2), statement(2)});
    EXPECT_EQ(mixed.statements, 1u);
    EXPECT_EQ(mixed.skipped, 2u);
}

TEST_F(JournalTest, RefusesTheWholeBatch) {
    append({statement(1)});
    auto refused = batch({statement(2), statement(1), NewDecision{"policy", "x", "{}", {}}});
    refused.on_existing = Batch::OnExisting::refuse;
    const auto answer = journal().append(refused);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "statement_exists");
    EXPECT_EQ(answer.error().where, id(1));
    EXPECT_FALSE(journal().statement(id(2)));
    EXPECT_TRUE(journal().decisions_in_force("policy").empty());

    auto twice = batch({statement(3, {{Kind::verb, "new verb"}}), statement(3)});
    twice.on_existing = Batch::OnExisting::refuse;
    EXPECT_EQ(journal().append(twice).error().code, "statement_exists");
    EXPECT_FALSE(journal().statement(id(3)));
    // The term that was rolled back is interned again.
    append({statement(4, {{Kind::verb, "new verb"}})});
    StatementQuery query;
    query.verb = "new verb";
    EXPECT_THAT(ids(query), ElementsAre(id(4)));
}

TEST_F(JournalTest, RefusesUnknownRunsSourcesAndIds) {
    Batch no_run;
    no_run.run = 99;
    no_run.entries = {statement(1)};
    EXPECT_EQ(journal().append(no_run).error().code, "no_such_run");
    auto no_source = batch({statement(1)});
    no_source.cursor_source = id(5);
    no_source.cursor = "x";
    EXPECT_EQ(journal().append(no_source).error().code, "no_such_source");
    auto no_uuid = statement(1);
    no_uuid.id = "one";
    EXPECT_EQ(journal().append(batch({no_uuid})).error().code, "invalid_id");
    EXPECT_FALSE(journal().statement(id(1)));
}

TEST_F(JournalTest, EightThreadsShareCommits) {
    const auto run_id = run();
    std::vector<std::thread> threads;
    std::mutex mutex;
    std::vector<Appended> all;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                auto mine = batch({statement(1000 * t + 2 * i), statement(1000 * t + 2 * i + 1)}, run_id);
                const auto appended = journal().append(std::move(mine));
                ASSERT_TRUE(appended);
                const std::lock_guard lock(mutex);
                all.push_back(*appended);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(all.size(), 200u);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first_seq < b.first_seq; });
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].last_seq, all[i].first_seq + 1) << "a batch is not torn apart";
        if (i == 0) continue;
        EXPECT_EQ(all[i].first_seq, all[i - 1].last_seq + 1);
        EXPECT_GE(all[i].stored, all[i - 1].stored);
    }
    EXPECT_EQ(journal().entries(0, 1000).size(), 400u);
}

TEST_F(JournalTest, OneBadBatchOfAGroupTakesNothingOfTheOthersWithIt) {
    const auto run_id = run();
    std::vector<std::future<Result<Appended>>> answers;
    for (int i = 0; i < 60; ++i) {
        auto promise = std::make_shared<std::promise<Result<Appended>>>();
        answers.push_back(promise->get_future());
        auto one = batch({statement(i)}, run_id);
        if (i % 3 == 0)
            one.entries.emplace_back([] {
                auto bad = statement(0);
                bad.id = "no uuid";
                return bad;
            }());
        journal().append(std::make_shared<const Batch>(std::move(one)),
                         [promise](Result<Appended> answer) { promise->set_value(std::move(answer)); });
    }
    for (int i = 0; i < 60; ++i) {
        EXPECT_EQ(answers[static_cast<std::size_t>(i)].get().has_value(), i % 3 != 0);
        EXPECT_EQ(journal().statement(id(i)).has_value(), i % 3 != 0);
    }
}

TEST_F(JournalTest, StoredAndSeqNeverRunBackwards) {
    auto now = std::make_shared<std::atomic<std::int64_t>>(1'000'000);
    const auto options = [now] { return SqliteOptions{[now] { return from_unix_ms(now->load()); }, 0}; };
    open(Mode::own, options());
    const auto first = append({statement(1)});
    EXPECT_EQ(unix_ms(first.stored), 1'000'000);
    *now = 400'000;  // somebody set the clock back
    const auto second = append({NewDecision{"policy", "x", "{}", {}}});
    EXPECT_GT(second.stored, first.stored);
    open(Mode::own, options());
    const auto third = append({statement(2)});
    EXPECT_GT(third.stored, second.stored);
    EXPECT_EQ(third.first_seq, second.last_seq + 1);
    const auto watermark = journal().watermark();
    EXPECT_EQ(watermark.seq, third.last_seq);
    EXPECT_EQ(watermark.stored, third.stored);
    *now = 2'000'000;
    EXPECT_EQ(unix_ms(append({statement(3)}).stored), 2'000'000);
}

TEST_F(JournalTest, EntriesComeInOrderOfSeq) {
    append({statement(1), NewDecision{"person", "p", "{}", {}}, statement(2)});
    append({NewDecision{"person", "q", "{}", Day{std::chrono::days{3}}}});
    const auto all = journal().entries(0, 10);
    ASSERT_EQ(all.size(), 4u);
    EXPECT_TRUE(std::holds_alternative<StatementRow>(all[0]));
    EXPECT_TRUE(std::holds_alternative<DecisionRow>(all[1]));
    EXPECT_TRUE(std::holds_alternative<StatementRow>(all[2]));
    EXPECT_EQ(std::get<DecisionRow>(all[3]).valid_from, Day{std::chrono::days{3}});
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(seq_of(all[i - 1]), seq_of(all[i]));
    const auto rest = journal().entries(seq_of(all[1]), 1);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(seq_of(rest[0]), seq_of(all[2]));
    EXPECT_TRUE(journal().entries(seq_of(all[3]), 5).empty());
}

TEST_F(JournalTest, DecisionsInForce) {
    const auto first = run(), second = run();
    append({NewDecision{"mapping", "a", "1", {}}, NewDecision{"mapping", "b", "1", {}},
            NewDecision{"policy", "a", "p", {}}},
           first);
    append({NewDecision{"mapping", "a", "2", {}}, NewDecision{"mapping", "b", "", {}},
            NewDecision{"mapping", "c", "1", {}}},
           second);
    const auto payloads = [&] {
        std::vector<std::string> out;
        for (const auto& row : journal().decisions_in_force("mapping")) out.push_back(row.key + row.payload);
        return out;
    };
    EXPECT_THAT(payloads(), ElementsAre("a2", "c1"));
    EXPECT_FALSE(journal().decision_in_force("mapping", "b"));
    EXPECT_EQ(journal().decisions_of_run(second).size(), 3u);

    const auto revert = run();
    append({NewDecision{"run.revert", std::to_string(second), "{}", {}}}, revert);
    EXPECT_EQ(sources().run(second)->reverted_by, revert);
    EXPECT_EQ(sources().run(second)->outcome, "reverted");
    EXPECT_THAT(payloads(), ElementsAre("a1", "b1"));
    EXPECT_EQ(journal().decision_in_force("mapping", "b")->payload, "1");
    EXPECT_EQ(journal().decision_in_force("mapping", "b")->who, "test");
    EXPECT_FALSE(journal().decision_in_force("mapping", "c"));

    append({NewDecision{"run.revert", std::to_string(first), "{}", {}}}, revert);
    EXPECT_THAT(payloads(), ElementsAre());
}

}  // namespace
}  // namespace capbridge::store::test
