// Keys of a source a page at a time, its catalogue, and the run that collects a day.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SourceKeys : public StoreTest {
protected:
    void SetUp() override {
        open();
        SourceRow row;
        row.name = "lms";
        row.settings = "{}";
        source_ = sources().put_source(row).value();
        RunRow run;
        run.kind = "sync";
        run_ = sources().begin_run(run).value();
    }
    void revise(const std::string& key, int revision, bool stands, const std::string& scope = "all",
                const std::string& kind = "completion") {
        Batch out;
        out.run = run_;
        if (stands) out.entries.emplace_back(statement(++statements_));
        out.source_records = {
            {source_.uuid, kind, key, revision, "aa", stands ? id(statements_) : "", stands ? scope : ""}};
        const auto answer = journal().append(std::move(out));
        ASSERT_TRUE(answer) << answer.error().text();
    }
    SourceRow source_;
    std::int64_t run_ = 0;
    int statements_ = 0;
};

TEST_F(SourceKeys, LiveOnesComeInPages) {
    for (const auto* key : {"b", "a", "d", "c"}) revise(key, 1, true);
    revise("c", 2, false);
    revise("e", 1, true, "other");
    revise("f", 1, true, "all", "competency_held");
    revise("d", 2, true, "other");  // it has moved
    EXPECT_EQ(sources().count_live(source_.uuid, "completion", "all"), 2U);
    const auto page = [&](const std::string& after) {
        return sources().live_keys_after(source_.uuid, "completion", "all", after, 1);
    };
    EXPECT_THAT(page(""), ElementsAre("a"));
    EXPECT_THAT(page("a"), ElementsAre("b"));
    EXPECT_THAT(page("b"), IsEmpty());
    EXPECT_THAT(sources().live_keys_after("nobody", "completion", "all", "", 9), IsEmpty());
}

TEST_F(SourceKeys, ThoseBelowAPrefix) {
    for (const auto* key : {"a", "a\x1fs", "a\x1fs\x1fo", "a\x20", "ab", "a\x1ft"}) revise(key, 1, true);
    revise("a\x1ft", 2, false);
    EXPECT_THAT(sources().live_keys_below(source_.uuid, "completion", "a\x1f"),
                ElementsAre("a\x1fs", "a\x1fs\x1fo"));
}

TEST_F(SourceKeys, TheCatalogueCommitsWithItsBatch) {
    Batch out;
    out.run = run_;
    out.catalogue = {
        {source_.uuid, "course", "1", "https://lms.example/1", "One", "course", "", "", "en", "", ""}};
    ASSERT_TRUE(journal().append(out));
    EXPECT_EQ(sources().catalogue_row(source_.uuid, "course", "1"), out.catalogue[0]);
    EXPECT_EQ(sources().catalogue("", "").size(), 1U);
    EXPECT_THAT(sources().catalogue(source_.uuid, "competency_definition"), IsEmpty());
    out.catalogue[0].source = "nobody";
    EXPECT_EQ(journal().append(out).error().code, "no_such_source");
    out.catalogue.clear();
    out.catalogue_gone = {{source_.uuid, "course", "1"}};
    ASSERT_TRUE(journal().append(out));
    EXPECT_FALSE(sources().catalogue_row(source_.uuid, "course", "1"));
}

TEST_F(SourceKeys, ADayHasOneRun) {
    RunRow run;
    run.kind = "sync";
    run.source = "lms";
    run.what = "posted";
    run.began = *parse_instant("2026-03-01T23:00:00Z");
    const auto first = sources().run_of_day(run).value();
    EXPECT_EQ(sources().run_of_day(run).value(), first);
    EXPECT_EQ(sources().run(first)->outcome, "ok");
    ASSERT_TRUE(sources().add_counts(first, {{"added", 2}}, run.began));
    ASSERT_TRUE(sources().add_counts(first, {{"added", 1}, {"same", 4}}, run.began));
    EXPECT_EQ(json::parse(sources().run(first)->counts), (json{{"added", 3}, {"same", 4}}));
    EXPECT_EQ(sources().add_counts(999, {{"added", 1}}, run.began).error().code, "no_such_run");
    run.began = *parse_instant("2026-03-02T00:00:00Z");
    EXPECT_NE(sources().run_of_day(run).value(), first);
}

}  // namespace
}  // namespace capbridge::store::test
