// Sources, the revisions of their facts, runs and what they rejected.
#include <gmock/gmock.h>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SourcesTest : public StoreTest {
protected:
    void SetUp() override {
        open();
        source_ = sources()
                      .put_source({"", "moodle", "moodle-csv", "/srv/drop", "https://lms.example/course/",
                                   "{\"a\":1}", ""})
                      .value();
    }
    // One revision of a completion, with its statement; "" withdraws.
    void revise(std::int64_t run_id, const std::string& key, int revision, const std::string& digest,
                int statement_number) {
        Batch out;
        out.run = run_id;
        if (statement_number > 0) out.entries.emplace_back(statement(statement_number));
        out.source_records = {{source_.uuid, "completion", key, revision, digest,
                               statement_number > 0 ? id(statement_number) : "", ""}};
        const auto answer = journal().append(std::move(out));
        ASSERT_TRUE(answer) << answer.error().text();
    }
    SourceRecordRow latest(const std::string& key) {
        return sources().latest(source_.uuid, "completion", {key, "unknown"})[key];
    }
    SourceRow source_;
};

TEST_F(SourcesTest, SourcesAreKnownByNameAndByUuid) {
    EXPECT_TRUE(is_uuid(source_.uuid));
    ASSERT_TRUE(sources().set_cursor(source_.uuid, "17"));
    auto changed = source_;
    changed.uuid = "";
    changed.settings = "{}";
    changed.cursor = "not counted";
    const auto put = sources().put_source(changed).value();
    EXPECT_EQ(put.uuid, source_.uuid);
    EXPECT_EQ(put.cursor, "17");
    EXPECT_EQ(sources().source("moodle")->settings, "{}");
    EXPECT_EQ(sources().source("moodle")->cursor, "17");

    changed.uuid = source_.uuid;
    changed.name = "moodle-north";
    ASSERT_TRUE(sources().put_source(changed));
    EXPECT_FALSE(sources().source("moodle"));
    EXPECT_EQ(sources().source("moodle-north")->uuid, source_.uuid);
    EXPECT_EQ(sources().sources().size(), 1u);
    EXPECT_EQ(sources().set_cursor("nobody", "1").error().code, "no_such_source");
}

TEST_F(SourcesTest, ABecomesBAndAAgain) {
    const auto first = run(), second = run(), third = run();
    revise(first, "k1", 1, "aa00", 1);
    revise(first, "k2", 1, "cc00", 2);
    revise(second, "k1", 2, "bb00", 3);
    revise(third, "k1", 3, "aa00", 4);
    revise(third, "k2", 2, "", 0);
    EXPECT_EQ(latest("k1").revision, 3);
    EXPECT_EQ(latest("k1").digest, "aa00");
    EXPECT_EQ(latest("k1").statement, id(4));
    EXPECT_EQ(latest("k1").run, third);
    EXPECT_EQ(latest("k2").revision, 2);
    EXPECT_EQ(latest("k2").statement, "");
    EXPECT_EQ(latest("k2").digest, "");
    EXPECT_EQ(sources().latest(source_.uuid, "completion", {"k1", "unknown"}).size(), 1u);
    EXPECT_TRUE(sources().latest("nobody", "completion", {"k1"}).empty());
    EXPECT_THAT(sources().live_keys(source_.uuid, "completion", ""), ElementsAre("k1"));
    EXPECT_THAT(sources().live_keys(source_.uuid, "course", ""), IsEmpty());
    EXPECT_THAT(sources().live_keys(source_.uuid, "completion", "another scope"), IsEmpty());
    EXPECT_EQ(journal().statements_of_run(first).size(), 2u);

    Batch twice;
    twice.run = third;
    twice.source_records = {{source_.uuid, "completion", "k1", 3, "dd", id(9), ""}};
    EXPECT_EQ(journal().append(twice).error().code, "source_record_exists");
}

TEST_F(SourcesTest, ChangesOfARun) {
    const auto first = run(), second = run();
    revise(first, "k1", 1, "aa00", 1);
    revise(first, "k1", 2, "bb00", 2);  // twice in one run
    revise(first, "k2", 1, "cc00", 3);
    revise(second, "k2", 2, "not hex", 4);
    const auto changes = sources().changes_of_run(first);
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_EQ(changes[0].latest.key, "k1");
    EXPECT_EQ(changes[0].latest.revision, 2);
    EXPECT_EQ(changes[0].standing.revision, 0) << "without the run there is nothing";
    EXPECT_EQ(changes[1].latest.statement, id(4)) << "a later run has spoken";
    EXPECT_EQ(changes[1].standing.statement, id(4));
    const auto later = sources().changes_of_run(second);
    ASSERT_EQ(later.size(), 1u);
    EXPECT_EQ(later[0].source_uuid, source_.uuid);
    EXPECT_EQ(later[0].kind, "completion");
    EXPECT_EQ(later[0].latest.digest, "not hex");
    EXPECT_EQ(later[0].standing.digest, "cc00");
    EXPECT_EQ(later[0].standing.statement, id(3));
    EXPECT_EQ(later[0].standing.run, first);
}

TEST_F(SourcesTest, TheCursorCommitsWithItsBatch) {
    auto good = batch({statement(1)});
    good.cursor_source = source_.uuid;
    good.cursor = "page 2";
    ASSERT_TRUE(journal().append(good));
    EXPECT_EQ(sources().source("moodle")->cursor, "page 2");
    auto bad = batch({statement(2)});
    bad.cursor_source = source_.uuid;
    bad.cursor = "page 3";
    bad.source_records = {{"no such source", "completion", "k", 1, "", "", ""}};
    EXPECT_FALSE(journal().append(bad));
    EXPECT_EQ(sources().source("moodle")->cursor, "page 2");
    EXPECT_FALSE(journal().statement(id(2)));
}

TEST_F(SourcesTest, Runs) {
    RunRow row;
    row.kind = "sync";
    row.source = "moodle";
    row.adapter = "moodle-csv";
    row.adapter_version = "1.2";
    row.adapter_sha256 = "ab";
    row.who = "system";
    row.what = "nightly";
    row.began = from_unix_ms(1000);
    row.cursor_before = "p1";
    row.id = sources().begin_run(row).value();
    EXPECT_FALSE(sources().run(row.id)->ended);
    const auto cut_off = sources().begin_run(row).value();
    EXPECT_EQ(cut_off, row.id + 1);
    row.ended = from_unix_ms(2000);
    row.counts = R"({"new":3})";
    row.outcome = "ok";
    row.error = "";
    ASSERT_TRUE(sources().end_run(row));
    ASSERT_TRUE(sources().close_interrupted_runs(from_unix_ms(5000)));
    const auto ended = *sources().run(row.id);
    EXPECT_EQ(ended.outcome, "ok");
    EXPECT_EQ(ended.counts, row.counts);
    EXPECT_EQ(ended.ended, row.ended);
    EXPECT_EQ(ended.adapter_version, "1.2");
    EXPECT_EQ(ended.cursor_before, "p1");
    EXPECT_EQ(sources().run(cut_off)->outcome, "interrupted");
    EXPECT_EQ(sources().run(cut_off)->ended, from_unix_ms(5000));
    EXPECT_EQ(sources().runs(1).at(0).id, cut_off);
    EXPECT_EQ(sources().runs(10).size(), 2u);
    row.id = 99;
    EXPECT_EQ(sources().end_run(row).error().code, "no_such_run");
    EXPECT_FALSE(sources().run(99));
}

TEST_F(SourcesTest, AtMostAThousandRejectedOfARun) {
    const auto first = run(), second = run();
    std::vector<RejectedRow> many(700, {first, "row 1", "no_learner", "There is no learner."});
    many.push_back({second, "row 2", "no_course", "There is no course."});
    ASSERT_TRUE(sources().add_rejected(many));
    ASSERT_TRUE(sources().add_rejected(many));
    EXPECT_EQ(sources().rejected(first).size(), 1000u);
    ASSERT_EQ(sources().rejected(second).size(), 2u);
    EXPECT_EQ(sources().rejected(second)[0].code, "no_course");
    EXPECT_EQ(sources().rejected(second)[0].where, "row 2");
}

}  // namespace
}  // namespace capbridge::store::test
