// What keeps a source from being synced, and what lets it go on; what is synced when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/engine/metric_lines.hpp"
#include "core/engine/sync/report.hpp"
#include "core/engine/sync/scheduler.hpp"
#include "core/engine/sync_world.hpp"

namespace capbridge::engine {
namespace {

using namespace std::chrono_literals;

class SyncState : public testing::Test {
protected:
    void fails_with(const std::string& code) {
        w.scripts["lms"].pull = [code](std::string_view, RecordStream&, const std::atomic<bool>&) {
            return Status(fail(code, "so it is"));
        };
    }
    void goes_well() {
        w.scripts["lms"].pull = [this](std::string_view, RecordStream& out,
                                       const std::atomic<bool>&) -> Status {
            ++pulls;
            return out.checkpoint("c" + std::to_string(pulls.load()));
        };
    }
    template <class Until>
    bool wait(Until&& until) {
        for (int i = 0; i < 1000; ++i) {
            if (until()) return true;
            std::this_thread::sleep_for(5ms);
        }
        return false;
    }
    std::atomic<int> pulls{0};
    SyncWorld w;
};

TEST_F(SyncState, RefusedCredentialsStopASourceUntilItsSettingsChange) {
    w.source("lms", {{"schedule", {{"every", "PT1H"}}}});
    fails_with("adapter_auth");
    w.sync("lms");
    auto shown = w.show("lms");
    EXPECT_EQ(shown["stopped"], "configuration");
    EXPECT_EQ(shown["error"]["code"], "adapter_auth");
    EXPECT_TRUE(shown["next_due"].is_null());
    w.source("lms", {{"schedule", {{"every", "PT1H"}}}});  // the same again mends nothing
    EXPECT_EQ(w.show("lms")["stopped"], "configuration");
    w.source("lms", {{"schedule", {{"every", "PT1H"}}}, {"settings", {{"url", "https://other.example"}}}});
    EXPECT_TRUE(w.show("lms")["stopped"].is_null());
    EXPECT_FALSE(w.show("lms")["next_due"].is_null());
}

TEST_F(SyncState, ACrashingAdapterIsQuarantinedByNameAndResumed) {
    w.source("lms", {{"guards", {{"crashes", 2}}}});
    w.source("other");
    fails_with("adapter_crashed");
    w.sync("lms");
    EXPECT_EQ(w.show("lms")["failures"], 1);
    w.sync("lms");
    EXPECT_EQ(w.show("lms")["stopped"], "quarantined");
    const auto runs = w.ask("run.list", {{"source", "lms"}})["runs"].size();
    goes_well();
    EXPECT_EQ(w.sync("lms")["error"]["code"], "quarantined");
    EXPECT_EQ(pulls, 0);
    EXPECT_EQ(w.ask("run.list", {{"source", "lms"}})["runs"].size(), runs);
    EXPECT_FALSE(w.sync("other").contains("error"));
    w.ask("source.resume", {{"source", "lms"}});
    EXPECT_FALSE(w.sync("lms").contains("error"));
    EXPECT_EQ(w.show("lms")["failures"], 0);
}

TEST_F(SyncState, TheStateIsThereAfterARestart) {
    w.source("lms");
    fails_with("adapter_config");
    w.sync("lms");
    const auto before = w.show("lms");
    w.open();
    EXPECT_EQ(w.show("lms"), before);
}

TEST_F(SyncState, OptionsReachTheAdapterAndBadOnesAreRefused) {
    w.source(
        "lms",
        {{"sha256", std::string(64, 'a')}, {"http", {{"hosts", {"lms.example"}}}}, {"settings", {{"x", 1}}}});
    w.sync("lms");
    ASSERT_EQ(w.opened.size(), 1u);
    EXPECT_EQ(w.opened[0].sha256, std::string(64, 'a'));
    EXPECT_EQ(w.opened[0].http["hosts"][0], "lms.example");
    EXPECT_NE(w.opened[0].memory, nullptr);
    const auto with = [](const char* member, json value) {
        return json{{"name", "new"}, {"adapter", "script"}, {member, std::move(value)}};
    };
    EXPECT_EQ(w.refused("source.put", with("schedule", {{"cron", "61 * * * *"}})), "bad_cron");
    EXPECT_EQ(w.refused("source.put", with("schedule", {{"often", true}})), "bad_parameter");
    EXPECT_EQ(w.refused("source.put", with("guards", {{"fall", 2}})), "bad_parameter");
    EXPECT_EQ(w.refused("source.put", with("http", {{"bad", true}})), "invalid_document");
    EXPECT_EQ(w.refused("source.put", with("preset", "no-such")), "no_such_preset");
    EXPECT_EQ(w.refused("source.put", {{"name", "new"}}), "bad_parameter");
    EXPECT_EQ(w.refused("source.put", {{"name", "UPPER"}, {"adapter", "script"}}), "bad_parameter");
    EXPECT_FALSE(w.bridge->store().sources().source("new"));
}

TEST_F(SyncState, ACassetteIsOfOneSource) {
    w.source("lms");
    w.source("other");
    w.sync("lms", {{"record", "/tapes/one"}});
    EXPECT_EQ(w.opened.back().cassette, SourceSettings::Cassette::record);
    EXPECT_EQ(w.opened.back().cassette_folder, "/tapes/one");
    w.sync("lms", {{"replay", "/tapes/one"}});
    EXPECT_EQ(w.opened.back().cassette, SourceSettings::Cassette::replay);
    w.sync("lms");
    EXPECT_EQ(w.opened.back().cassette, SourceSettings::Cassette::none);
    EXPECT_EQ(w.refused("sync", {{"all", true}, {"record", "/tapes/one"}}), "bad_parameter");
    EXPECT_EQ(w.refused("sync", {{"sources", {"lms"}}, {"record", "/a"}, {"replay", "/b"}}), "bad_parameter");
}

TEST_F(SyncState, MemoryIsKeptAndADryRunKeepsNone) {
    w.source("lms");
    w.scripts["lms"].pull = [this](std::string_view, RecordStream& out, const std::atomic<bool>&) -> Status {
        auto& memory = *w.opened.back().memory;
        const auto seen = memory.get("adapter/seen").value_or("");
        if (const auto put = memory.put("adapter/seen", seen + "x"); !put) return put;
        CAPBRIDGE_TRY(out.emit("completion", World::completion(1)));
        return out.checkpoint("after " + seen);
    };
    const auto journal = w.ask("status")["journal"];
    const auto dry = w.sync("lms", {{"dry_run", true}});
    EXPECT_EQ(dry["dry_run"], true);
    EXPECT_FALSE(dry.contains("run"));
    EXPECT_EQ(w.ask("status")["journal"], journal);
    EXPECT_EQ(w.ask("run.list", {{"source", "lms"}})["runs"].size(), 0u);
    EXPECT_EQ(w.show("lms")["state"], "new");
    w.sync("lms");
    w.sync("lms");
    const auto source = *w.bridge->store().sources().source("lms");
    EXPECT_EQ(source.cursor, "after x");
    EXPECT_EQ(w.bridge->store().sources().memory(source.uuid, "adapter/seen"), "xx");
}

TEST_F(SyncState, AFullReconcileIsDoneNowAndThen) {
    w.source("lms", {{"schedule", {{"every", "P1D"}, {"full", "P7D"}}}});
    std::vector<std::string> cursors;
    w.scripts["lms"].pull = [&](std::string_view cursor, RecordStream& out,
                                const std::atomic<bool>&) -> Status {
        cursors.emplace_back(cursor);
        return out.checkpoint("c");
    };
    w.sync("lms");
    w.pass(24h);
    w.sync("lms");
    w.pass(24h * 6);
    w.sync("lms");
    w.sync("lms", {{"full", true}});
    EXPECT_THAT(cursors, testing::ElementsAre("", "c", "", ""));
}

TEST_F(SyncState, ALongPullBlocksNoDecisionAndNoOtherSource) {
    w.source("slow");
    w.source("lms");
    goes_well();
    std::atomic<bool> inside{false}, go_on{false};
    w.scripts["slow"].pull = [&](std::string_view, RecordStream& out, const std::atomic<bool>&) -> Status {
        CAPBRIDGE_TRY(out.emit("completion", World::completion(1)));
        inside = true;
        while (!go_on) std::this_thread::sleep_for(1ms);
        return out.emit("completion", World::completion(2));
    };
    std::thread slow([&] { w.sync("slow"); });
    ASSERT_TRUE(wait([&] { return inside.load(); }));
    w.ask("organisation.set", {{"name", "Example"}});
    w.sync("lms");
    EXPECT_EQ(pulls, 1);
    EXPECT_EQ(w.show("slow")["state"], "at work");
    EXPECT_FALSE(w.bridge->syncing.try_hold("slow", "test"));
    // The same settings again need not wait for the sync; other ones do.
    w.source("slow");
    std::thread change([&] { w.source("slow", {{"settings", {{"x", 1}}}}); });
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(w.bridge->store().sources().source("slow")->settings, "{}");
    go_on = true;
    slow.join();
    change.join();
    EXPECT_EQ(w.bridge->store().sources().source("slow")->settings, R"({"x":1})");
    EXPECT_EQ(w.bridge->store().sources().source("slow")->cursor, "");
}

TEST_F(SyncState, SeveralSourcesAreReadAtTheSameTimeAndNotMore) {
    std::atomic<int> inside{0}, most{0};
    json names = json::array();
    for (int i = 0; i < 5; ++i) {
        const auto name = "s" + std::to_string(i);
        names.push_back(name);
        w.source(name);
        w.scripts[name].pull = [&](std::string_view, RecordStream&, const std::atomic<bool>&) {
            const int now = ++inside;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::sleep_for(20ms);
            --inside;
            return Status{};
        };
    }
    EXPECT_EQ(w.ask("sync", {{"sources", names}})["failed"], 0);
    EXPECT_EQ(most, 2);
}

TEST_F(SyncState, TheSchedulerSyncsWhatIsDueOnceAndStopsCleanly) {
    goes_well();
    w.source("lms", {{"schedule", {{"every", "PT1H"}}}});
    w.source("manual");
    {
        const Scheduler scheduler(*w.bridge, 2, 5ms);
        ASSERT_TRUE(wait([&] { return pulls == 1; }));
        ASSERT_TRUE(wait([&] { return w.show("lms")["state"] == "ok"; }));
        std::this_thread::sleep_for(50ms);
        EXPECT_EQ(pulls, 1);
        w.pass(24h * 3);  // as after three days without a daemon
        w.bridge->syncing.changed();
        ASSERT_TRUE(wait([&] { return pulls == 2; }));
        std::this_thread::sleep_for(50ms);
        EXPECT_EQ(pulls, 2);
        EXPECT_EQ(w.show("manual")["state"], "new");
        fails_with("adapter_crashed");
        w.pass(1h);
        ASSERT_TRUE(wait([&] { return w.show("lms")["failures"] == 1; }));
        goes_well();
        w.pass(2min);
        ASSERT_TRUE(wait([&] { return pulls == 3; }));
        w.bridge->stopping = true;
    }
    EXPECT_FALSE(w.bridge->syncing.scheduling());
}

TEST_F(SyncState, MetricsTellTheAgeOfTheLastSuccess) {
    goes_well();
    w.source("lms");
    EXPECT_THAT(test::lines_of(sync_metrics(*w.bridge)),
                testing::Not(testing::HasSubstr("last_success_age_seconds{")));
    w.sync("lms");
    w.pass(90s);
    EXPECT_THAT(test::lines_of(sync_metrics(*w.bridge)),
                testing::HasSubstr(
                    "capbridge_source_last_success_age_seconds{source=\"lms\",adapter=\"script\"} 90\n"));
    EXPECT_EQ(w.ask("status")["sources"][0]["state"], "ok");
}

TEST_F(SyncState, ASourceThatBringsNothingNewIsTold) {
    w.people(5, 0);
    w.source("lms", {{"expect_new", "P3D"}});
    const auto brings = [&](int from, int to) {
        w.scripts["lms"].pull = [from, to](std::string_view, RecordStream& out,
                                           const std::atomic<bool>&) -> Status {
            for (int i = from; i < to; ++i) CAPBRIDGE_TRY(out.emit("completion", World::completion(i)));
            return out.checkpoint("c");
        };
        return w.sync("lms");
    };
    const auto figure = [&] { return test::lines_of(sync_metrics(*w.bridge)); };
    EXPECT_FALSE(w.show("lms")["without_new"]);
    brings(0, 2);
    const auto first = w.show("lms")["last_new"];
    EXPECT_TRUE(first.is_string());
    w.pass(72h);
    brings(0, 2);  // what is known already
    EXPECT_EQ(w.show("lms")["last_new"], first);
    EXPECT_THAT(figure(),
                testing::HasSubstr("capbridge_source_without_new{source=\"lms\",adapter=\"script\"} 0\n"));
    w.pass(1h);
    EXPECT_TRUE(w.show("lms")["without_new"]);
    EXPECT_THAT(w.ask("status")["sources"].dump(), testing::HasSubstr("\"without_new\":true"));
    EXPECT_THAT(figure(),
                testing::HasSubstr("capbridge_source_without_new{source=\"lms\",adapter=\"script\"} 1\n"));
    EXPECT_THAT(figure(),
                testing::HasSubstr(
                    "capbridge_source_last_new_age_seconds{source=\"lms\",adapter=\"script\"} 262800\n"));
    brings(2, 3);
    EXPECT_FALSE(w.show("lms")["without_new"]);
    EXPECT_THAT(
        figure(),
        testing::HasSubstr("capbridge_source_last_new_age_seconds{source=\"lms\",adapter=\"script\"} 0\n"));
    // Nothing is expected of one that does not say so.
    w.source("lms");
    w.pass(999h);
    EXPECT_FALSE(w.show("lms")["without_new"]);
    EXPECT_THAT(figure(), testing::Not(testing::HasSubstr("source_without_new{")));
}

TEST_F(SyncState, AHeldFallWaitsForAYes) {
    w.people(30, 0);
    w.source("lms", {{"guards", {{"fall", 0.5}}}});
    const auto snapshot = [&](int count) {
        w.scripts["lms"].pull = [count](std::string_view, RecordStream& out,
                                        const std::atomic<bool>&) -> Status {
            CAPBRIDGE_TRY(out.emit("snapshot_begin", R"({"scope":"all"})"));
            for (int i = 0; i < count; ++i) CAPBRIDGE_TRY(out.emit("completion", World::completion(i)));
            return out.emit("snapshot_end", R"({"scope":"all"})");
        };
        return w.sync("lms");
    };
    EXPECT_EQ(snapshot(30)["counts"]["added"], 30);
    EXPECT_EQ(w.refused("source.accept", {{"source", "lms"}}), "not_held");
    EXPECT_EQ(snapshot(18)["counts"]["withdrawn"], 12);  // 40 %: this source may
    EXPECT_EQ(snapshot(30)["counts"]["added"], 12);
    EXPECT_EQ(snapshot(5)["error"]["code"], "snapshot_fell");
    EXPECT_EQ(w.show("lms")["held"]["code"], "snapshot_fell");
    EXPECT_EQ(w.show("lms")["runs"][0]["outcome"], "held");
    EXPECT_EQ(w.refused("gap.accept", {{"source", "lms"}}), "not_held");
    const auto accepted = w.ask("source.accept", {{"source", "lms"}})["syncs"][0];
    EXPECT_EQ(accepted["counts"]["withdrawn"], 25);
    EXPECT_TRUE(w.show("lms")["held"].is_null());
}

TEST_F(SyncState, AGapInTheFeedIsAcceptedByItsKeyOrReseeded) {
    w.source("lms");
    w.scripts["lms"].pull = [this](std::string_view cursor, RecordStream& out,
                                   const std::atomic<bool>&) -> Status {
        if (cursor.empty()) return out.checkpoint("1");
        if (get_string(w.opened.back().settings, "accept_gap") == "1-3") return out.checkpoint("3");
        return out.emit("feed_gap", R"({"key":"1-3","expected":"file 2","found":"file 3"})");
    };
    w.sync("lms");
    EXPECT_EQ(w.sync("lms")["error"]["code"], "feed_gap");
    EXPECT_EQ(w.show("lms")["held"]["details"]["key"], "1-3");
    EXPECT_EQ(w.bridge->store().sources().source("lms")->cursor, "1");
    EXPECT_FALSE(w.ask("gap.accept", {{"source", "lms"}})["syncs"][0].contains("error"));
    EXPECT_EQ(w.bridge->store().sources().source("lms")->cursor, "3");
    EXPECT_TRUE(w.show("lms")["held"].is_null());
    EXPECT_EQ(w.sync("lms")["error"]["code"], "feed_gap");
    w.ask("gap.reseed", {{"source", "lms"}});
    EXPECT_TRUE(w.show("lms")["held"].is_null());
    EXPECT_FALSE(w.sync("lms").contains("error"));
    EXPECT_EQ(w.bridge->store().sources().source("lms")->cursor, "1");
}

}  // namespace
}  // namespace capbridge::engine
