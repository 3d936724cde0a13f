// How sources go, and what was written back to them.
#include "core/store/sources.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

class SourceStateTest : public StoreTest {
protected:
    Sources& sources() { return store_->sources(); }
    std::string put(const std::string& name) {
        SourceRow row;
        row.name = name;
        row.adapter = "csv";
        row.settings = "{}";
        auto put = sources().put_source(row);
        EXPECT_TRUE(put) << put.error().text();
        return put ? put->uuid : "";
    }
};

TEST_F(SourceStateTest, AStateIsKeptWholeAndReplaced) {
    const auto uuid = put("lms");
    const auto other = put("other");
    EXPECT_EQ(SourceStateRow{}, sources().source_state(uuid));
    SourceStateRow state;
    state.last_try = from_unix_ms(1);
    state.last_ok = from_unix_ms(2);
    state.last_full = from_unix_ms(3);
    state.next_due = from_unix_ms(4);
    state.last_new = from_unix_ms(5);
    state.error_code = "adapter_retry";
    state.error = "busy";
    state.failures = 5;
    state.crashes = 2;
    state.stopped = "quarantined";
    state.held = "feed_gap";
    state.details = R"({"key":"1-3"})";
    ASSERT_TRUE(sources().put_source_state(uuid, state));
    EXPECT_EQ(state, sources().source_state(uuid));
    state = {};
    state.last_ok = from_unix_ms(9);
    ASSERT_TRUE(sources().put_source_state(uuid, state));
    EXPECT_EQ(state, sources().source_state(uuid));
    EXPECT_EQ(SourceStateRow{}, sources().source_state(other));
    EXPECT_EQ("no_such_source", sources().put_source_state("nobody", state).error().code);
}

TEST_F(SourceStateTest, TheLedgerIsReadPageByPageOfOneKindAndState) {
    const auto uuid = put("lms");
    for (const auto* kind : {"competency_award", "statements"}) {
        for (int i = 0; i < 25; ++i) {
            PushRow row;
            row.kind = kind;
            row.key = "k" + std::to_string(100 + i);
            row.state = i % 2 == 0 ? "rejected" : "pushed";
            ASSERT_TRUE(sources().put_push(uuid, row));
        }
    }
    std::vector<std::string> keys;
    for (std::string after;;) {
        const auto page = sources().pushes_of(uuid, "statements", "rejected", after, 5);
        for (const auto& row : page) {
            EXPECT_EQ(row.kind, "statements");
            EXPECT_EQ(row.state, "rejected");
            keys.push_back(row.key);
        }
        if (page.size() < 5) break;
        after = page.back().key;
    }
    EXPECT_EQ(keys.size(), 13u);
    EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
    EXPECT_EQ(keys.front(), "k100");
    EXPECT_EQ(keys.back(), "k124");
}

TEST_F(SourceStateTest, TheLedgerIsBySourceKindAndKey) {
    const auto uuid = put("lms");
    const auto other = put("other");
    PushRow row;
    row.kind = "competency_award";
    row.key = "FIRE/1";
    row.digest = "aa";
    row.receipt = R"({"id":1})";
    row.state = "pushed";
    row.at = from_unix_ms(7);
    ASSERT_TRUE(sources().put_push(uuid, row));
    EXPECT_EQ(row, sources().push(uuid, row.kind, row.key));
    EXPECT_FALSE(sources().push(other, row.kind, row.key));
    EXPECT_FALSE(sources().push(uuid, "statements", row.key));
    row.state = "rejected";
    row.error_code = "adapter_rejected";
    row.error = "no such user";
    row.tries = 3;
    row.next_try = from_unix_ms(8);
    ASSERT_TRUE(sources().put_push(uuid, row));
    EXPECT_EQ(row, sources().push(uuid, row.kind, row.key));
    auto second = row;
    second.key = "FIRE/0";
    second.state = "pushed";
    ASSERT_TRUE(sources().put_push(uuid, second));
    EXPECT_EQ(1, sources().count_pushes(uuid, "rejected"));
    EXPECT_EQ(2, sources().count_pushes(uuid, ""));
    EXPECT_EQ(0, sources().count_pushes(other, ""));
    const auto all = sources().pushes(uuid, "", 10);
    ASSERT_EQ(2, all.size());
    EXPECT_EQ("FIRE/0", all[0].key);
    EXPECT_EQ(1, sources().pushes(uuid, "", 1).size());
    EXPECT_EQ("no_such_source", sources().put_push("nobody", row).error().code);
}

TEST_F(SourceStateTest, RunsOfOneSourceNewestFirst) {
    put("lms");
    std::vector<std::int64_t> ids;
    for (const auto* source : {"lms", "other", "lms"}) {
        RunRow run;
        run.kind = "sync";
        run.source = source;
        ids.push_back(*sources().begin_run(run));
    }
    const auto runs = sources().runs_of_source("lms", 10);
    ASSERT_EQ(2, runs.size());
    EXPECT_EQ(ids[2], runs[0].id);
    EXPECT_EQ(ids[0], runs[1].id);
    EXPECT_EQ(1, sources().runs_of_source("lms", 1).size());
}

}  // namespace
}  // namespace capbridge::store::test
