// Several guards and gaps in one run's way, each answered by a person; what a held run has stored, and what
// it has not.
#include <gtest/gtest.h>

#include "core/engine/sync/outcome.hpp"
#include "core/engine/sync_world.hpp"

namespace capbridge::engine {
namespace {

using namespace std::chrono_literals;
using Records = std::vector<std::pair<std::string, json>>;

json who(int n) {
    return json::array({{{"scheme", "esr-employee"}, {"issuer", "demo"}, {"value", std::to_string(n)}}});
}

void hire(Records& out, int n) {
    const auto name = std::to_string(n);
    out.push_back({"person", {{"key", "p" + name}, {"who", who(n)}, {"name", "River " + name}}});
    out.push_back({"employment", {{"key", "a" + name}, {"who", who(n)}, {"from", "2020-01-01"}}});
}

void dismiss(Records& out, int from, int to) {
    for (int n = from; n < to; ++n)
        out.push_back({"withdraw", {{"kind", "employment"}, {"key", "a" + std::to_string(n)}}});
}

Records snapshot(Records inside, const json& kinds = {"completion"}, const std::string& scope = "all") {
    const json named{{"scope", scope}, {"kinds", kinds}};
    inside.insert(inside.begin(), {"snapshot_begin", named});
    inside.push_back({"snapshot_end", named});
    return inside;
}

Records completions(int from, int to, const std::string& suffix = "") {
    Records out;
    for (int i = from; i < to; ++i) {
        auto record = json::parse(World::completion(i));
        record["key"] = record["key"].get<std::string>() + suffix;
        out.emplace_back("completion", std::move(record));
    }
    return out;
}

Records of_kind(const std::string& kind, int count) {
    Records out;
    for (int i = 0; i < count; ++i)
        out.push_back({kind,
                       {{"id", kind + std::to_string(i)},
                        {kind == "course" ? "title" : "name", "Number " + std::to_string(i)}}});
    return out;
}

// A feed of files, of which the source's cursor says how many were read.
class HeldRuns : public testing::Test {
protected:
    struct File {
        Records records;
        bool gap_before = false;
        std::string broken = {};  // error code at its end
    };
    HeldRuns() { use({}); }
    void use(const json& more) {
        w.source("hr", more);
        w.scripts["hr"].pull = [this](std::string_view cursor, RecordStream& out,
                                      const std::atomic<bool>&) -> Status {
            const auto accepted = get_string(w.opened.back().settings, "accept_gap");
            for (auto i = cursor.empty() ? 0 : std::stoul(std::string(cursor)); i < files.size(); ++i) {
                const auto name = "file-" + std::to_string(i);
                if (files[i].gap_before && accepted != name) {
                    const json gap{{"key", name}, {"expected", "the one before"}, {"found", "this one"}};
                    return out.emit("feed_gap", gap.dump());
                }
                for (const auto& [kind, record] : files[i].records)
                    CAPBRIDGE_TRY(out.emit(kind, record.dump()));
                if (!files[i].broken.empty()) return fail(files[i].broken, "as the test wants it");
                CAPBRIDGE_TRY(out.checkpoint(std::to_string(i + 1)));
            }
            return {};
        };
    }
    std::string sync() { return code_of(w.sync("hr")); }
    std::string yes() { return code_of(w.ask("source.accept", {{"source", "hr"}})["syncs"][0]); }
    static std::string code_of(const ordered_json& done) {
        return done.contains("error") ? done["error"]["code"].get<std::string>() : "";
    }
    std::string cursor() { return w.bridge->store().sources().source("hr")->cursor; }
    std::size_t in_post() { return w.bridge->store().projection().in_post(day_of(w.bridge->now())); }
    std::size_t facts() {
        store::StatementQuery query;
        query.limit = 10'000;
        std::size_t out = 0;
        for (const auto& found : w.bridge->store().journal().statements(query)) out += found.voids.empty();
        return out;
    }
    ordered_json held() { return w.show("hr")["held"]; }
    // A hundred people in post.
    void begin() {
        File first;
        for (int n = 0; n < 100; ++n) hire(first.records, n);
        files = {first};
        ASSERT_EQ(sync(), "");
        ASSERT_EQ(in_post(), 100u);
    }
    SyncWorld w;
    std::vector<File> files;
};

TEST_F(HeldRuns, AGapAndLeaversBehindIt) {
    begin();
    File next{{}, true};
    dismiss(next.records, 0, 20);
    files.push_back(next);
    EXPECT_EQ(sync(), "feed_gap");
    EXPECT_EQ(yes(), "leavers");
    EXPECT_EQ(held()["details"], (ordered_json{{"missing", 20}, {"of", 100}}));
    EXPECT_EQ(held()["answered"][0]["key"], "file-1");
    EXPECT_EQ(in_post(), 100u);
    EXPECT_EQ(sync(), "leavers");  // no answer, but the gap is answered still
    EXPECT_EQ(yes(), "");
    EXPECT_EQ(in_post(), 80u);
    EXPECT_TRUE(held().is_null());
    EXPECT_EQ(w.bridge->store().sources().source_state(w.show("hr")["uuid"].get<std::string>()).details, "");
}

TEST_F(HeldRuns, LeaversAndAGapBehindThem) {
    begin();
    File leave, behind{{}, true};
    dismiss(leave.records, 0, 20);
    dismiss(behind.records, 20, 40);
    files.push_back(leave);
    files.push_back(behind);
    EXPECT_EQ(sync(), "leavers");
    EXPECT_EQ(cursor(), "1");
    EXPECT_EQ(yes(), "feed_gap");
    EXPECT_EQ(in_post(), 80u);
    EXPECT_EQ(cursor(), "2");
    // The first yes was to those who have left by now.
    EXPECT_EQ(yes(), "leavers");
    EXPECT_EQ(in_post(), 80u);
    EXPECT_EQ(yes(), "");
    EXPECT_EQ(in_post(), 60u);
}

TEST_F(HeldRuns, AFullFileThatLacksHalfOfEverything) {
    const json kinds{"person", "employment", "completion"};
    const auto full = [&](int count) {
        auto records = completions(0, count);
        for (int n = 0; n < count; ++n) hire(records, n);
        return File{snapshot(records, kinds)};
    };
    files = {full(60)};
    ASSERT_EQ(sync(), "");
    files.push_back(full(30));
    EXPECT_EQ(sync(), "snapshot_fell");
    EXPECT_EQ(yes(), "leavers");
    EXPECT_EQ(facts(), 60u);
    EXPECT_EQ(in_post(), 60u);
    EXPECT_EQ(yes(), "");
    EXPECT_EQ(facts(), 30u);
    EXPECT_EQ(in_post(), 30u);
}

TEST_F(HeldRuns, TwoFilesThatFell) {
    files = {{snapshot(completions(0, 30), {"completion"}, "x-a")},
             {snapshot(completions(30, 60), {"completion"}, "x-b")}};
    ASSERT_EQ(sync(), "");
    files.push_back({snapshot(completions(0, 10), {"completion"}, "x-a")});
    files.push_back({snapshot(completions(30, 35), {"completion"}, "x-b")});
    EXPECT_EQ(sync(), "snapshot_fell");
    EXPECT_EQ(held()["details"]["scope"], "x-a");
    EXPECT_EQ(yes(), "snapshot_fell");
    EXPECT_EQ(held()["details"]["scope"], "x-b");
    EXPECT_EQ(facts(), 60u);
    EXPECT_EQ(yes(), "");
    EXPECT_EQ(facts(), 15u);
}

TEST_F(HeldRuns, TwoGapsAlsoWhenAFullReadingIsDue) {
    use({{"schedule", {{"every", "PT15M"}, {"full", "P1D"}}}});
    begin();
    w.pass(48h);
    for (int i = 0; i < 2; ++i) {
        files.push_back({});
        files.push_back({{}, true});
    }
    EXPECT_EQ(sync(), "feed_gap");
    EXPECT_EQ(yes(), "feed_gap");
    EXPECT_EQ(held()["details"]["key"], "file-4");
    EXPECT_EQ(yes(), "");
    EXPECT_EQ(cursor(), "5");
}

TEST_F(HeldRuns, AYesOutlivesABadNetworkButNotOtherSettings) {
    begin();
    File leave;
    dismiss(leave.records, 0, 20);
    files.push_back(leave);
    EXPECT_EQ(sync(), "leavers");
    files[1].broken = "adapter_busy";
    EXPECT_EQ(yes(), "adapter_busy");
    EXPECT_TRUE(held().is_null());
    files[1].broken = "";
    use({{"settings", {{"report", "another"}}}});
    files.erase(files.begin());
    EXPECT_EQ(sync(), "leavers");
    files[0].broken = "adapter_busy";
    EXPECT_EQ(yes(), "adapter_busy");
    files[0].broken = "";
    EXPECT_EQ(sync(), "");
    EXPECT_EQ(in_post(), 80u);
}

// The files before a gap are read to their end: facts, changes of facts, people, and the place in the feed.
TEST_F(HeldRuns, WhatCameBeforeAGapIsWhole) {
    begin();
    files.push_back({completions(0, 3)});
    hire(files.back().records, 500);
    ASSERT_EQ(sync(), "");
    auto changed = completions(0, 3);
    for (auto& [kind, record] : changed) record["what"] = "failed";
    hire(changed, 501);
    files.push_back({changed});
    files.push_back({{}, true});
    hire(files.back().records, 502);
    EXPECT_EQ(sync(), "feed_gap");
    EXPECT_EQ(in_post(), 102u);
    EXPECT_EQ(cursor(), "3");
    EXPECT_EQ(w.show("hr")["runs"][0]["counts"]["changed"], 3);
    EXPECT_EQ(w.show("hr")["runs"][0]["outcome"], "held");
    EXPECT_EQ(yes(), "");
    EXPECT_EQ(in_post(), 103u);
}

TEST_F(HeldRuns, UnitsAndTheCatalogueAreGuardedToo) {
    for (const auto* kind : {"unit", "course", "competency_definition"}) {
        SCOPED_TRACE(kind);
        files = {{snapshot(of_kind(kind, 40), {kind}, kind)}};
        w.ask("gap.reseed", {{"source", "hr"}});
        ASSERT_EQ(sync(), "");
        const auto listed = [&] {
            return std::string(kind) == "unit"
                       ? w.bridge->store()
                             .projection()
                             .said_keys("unit", w.show("hr")["uuid"].get<std::string>() + "|", kind)
                             .size()
                       : w.bridge->store()
                             .sources()
                             .catalogue(w.show("hr")["uuid"].get<std::string>(), kind)
                             .size();
        };
        ASSERT_EQ(listed(), 40u);
        files.push_back({snapshot(of_kind(kind, 30), {kind}, kind)});
        EXPECT_EQ(sync(), "");  // a quarter may go
        files.push_back({snapshot(of_kind(kind, 10), {kind}, kind)});
        EXPECT_EQ(sync(), "snapshot_fell");
        EXPECT_EQ(held()["details"],
                  (ordered_json{{"kind", kind}, {"scope", kind}, {"missing", 20}, {"of", 30}}));
        EXPECT_EQ(listed(), 30u);
        EXPECT_EQ(yes(), "");
        EXPECT_EQ(listed(), 10u);
    }
}

// Somebody chose another column for the key: every fact comes anew, and none counts twice at any time.
TEST_F(HeldRuns, RenamedFactsNeverCountTwice) {
    files = {{snapshot(completions(0, 30), {"completion"}, "x-a")},
             {snapshot(completions(30, 60), {"completion"}, "x-b")}};
    ASSERT_EQ(sync(), "");
    files.push_back({snapshot(completions(0, 30, "-new"), {"completion"}, "x-a")});
    files.push_back({snapshot(completions(30, 60, "-new"), {"completion"}, "x-b")});
    for (const auto* scope : {"x-a", "x-b"}) {
        EXPECT_EQ(scope == std::string("x-a") ? sync() : yes(), "snapshot_fell");
        EXPECT_EQ(held()["details"]["scope"], scope);
        EXPECT_EQ(facts(), 60u);
        EXPECT_EQ(cursor(), "2");
    }
    EXPECT_EQ(yes(), "");
    EXPECT_EQ(facts(), 60u);
    EXPECT_EQ(cursor(), "4");
    EXPECT_EQ(w.show("hr")["runs"][0]["counts"]["added"], 60);
    EXPECT_EQ(w.show("hr")["runs"][0]["counts"]["withdrawn"], 60);
}

TEST(Answers, AreKeptInTheStateAndBounded) {
    Answers answers;
    answers.add("leavers", json{{"missing", 10u}, {"of", 100u}});
    answers.add("leavers", json{{"missing", 30u}, {"of", 100u}});  // says more than the first
    answers.add("feed_gap", json{{"key", "f"}, {"expected", "1"}, {"found", "2"}});
    answers.add("feed_gap", json{{"key", "f"}, {"expected", "1"}, {"found", "2"}});
    answers.add("feed_gap", json::object());
    answers.add("leavers", json{{"missing", "many"}});
    EXPECT_EQ(answers.hits.size(), 1u);
    EXPECT_EQ(answers.gaps.size(), 1u);
    EXPECT_TRUE(cover(answers.hits, {"leavers", "", "", 31, 100}));
    EXPECT_FALSE(cover(answers.hits, {"leavers", "", "", 40, 100}));
    for (int i = 0; i < 300; ++i)
        answers.add("snapshot_fell",
                    json{{"kind", "completion"}, {"scope", std::to_string(i)}, {"missing", 9u}, {"of", 20u}});
    ASSERT_EQ(answers.hits.size(), 100u);
    EXPECT_EQ(answers.hits.back().scope, "299");

    SyncEnd end;
    end.error = Error{"snapshot_fell", "", "", 0};
    end.details = {{"missing", 9}, {"of", 20}};
    end.answered = answers;
    const auto state = state_after({}, end, {}, "u");
    const auto again = Answers::read(json::parse(state.details));
    EXPECT_EQ(again.hits.size(), 100u);
    EXPECT_EQ(again.gaps, answers.gaps);
    end.error.reset();
    EXPECT_EQ(state_after(state, end, {}, "u").details, "");
    EXPECT_TRUE(Answers::read(json("x")).empty());
    EXPECT_TRUE(Answers::read(json{{"answered", {7, json::object()}}}).empty());
}

}  // namespace
}  // namespace capbridge::engine
