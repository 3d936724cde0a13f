#include <gtest/gtest.h>

#include "core/engine/world.hpp"

namespace capbridge::engine {
namespace {

class Sync : public testing::Test {
protected:
    void SetUp() override {
        w.people(30);
        w.mapping();
        w.source();
    }
    World w;
};

TEST_F(Sync, RecordsAndCursorCommitTogetherAtACheckpoint) {
    std::string seen = "unset";
    w.pull = [&](std::string_view cursor, RecordStream& out) -> Status {
        seen = std::string(cursor);
        CAPBRIDGE_TRY(out.emit("completion", World::completion(1)));
        CAPBRIDGE_TRY(out.checkpoint("one"));
        CAPBRIDGE_TRY(out.emit("completion", World::completion(2)));
        return fail("adapter_crashed", "csv was killed by SIGSEGV");
    };
    auto done = w.ask("sync", {{"sources", {"lms"}}});
    EXPECT_EQ(done["failed"], 1);
    EXPECT_EQ(done["syncs"][0]["error"]["code"], "adapter_crashed");
    EXPECT_EQ(seen, "");
    EXPECT_EQ(w.attainment(1), "met");   // what was covered by a checkpoint stays
    EXPECT_EQ(w.attainment(2), "none");  // what came after it comes again
    w.pull = [&](std::string_view cursor, RecordStream& out) -> Status {
        seen = std::string(cursor);
        CAPBRIDGE_TRY(out.emit("completion", World::completion(2)));
        return out.checkpoint("two");
    };
    EXPECT_EQ(w.sync()["counts"]["added"], 1);
    EXPECT_EQ(seen, "one");
    EXPECT_EQ(w.attainment(2), "met");
    const auto runs = w.ask("run.list")["runs"];
    EXPECT_EQ(runs[0]["outcome"], "ok");
    EXPECT_EQ(runs[1]["outcome"], "failed");
    EXPECT_NE(runs[1]["error"].get<std::string>().find("SIGSEGV"), std::string::npos);
}

TEST_F(Sync, OneSourceThatFailsDoesNotKeepOthersFromBeingRead) {
    w.ask("source.put",
          {{"name", "other"}, {"adapter", "script"}, {"activity_base", "https://lms.example/"}});
    int calls = 0;
    w.pull = [&](std::string_view, RecordStream& out) -> Status {
        if (++calls == 1) return fail("adapter_auth", "the LMS refused the credentials");
        return out.emit("completion", World::completion(3));
    };
    const auto done = w.ask("sync", {{"all", true}});
    EXPECT_EQ(done["failed"], 1);
    EXPECT_EQ(w.attainment(3), "met");
}

TEST_F(Sync, TheSameKeyTwiceInOnePullIsTwoRevisions) {
    w.pull = [](std::string_view, RecordStream& out) -> Status {
        CAPBRIDGE_TRY(out.emit("completion", World::completion(1, "in_progress")));
        CAPBRIDGE_TRY(out.emit("completion", World::completion(1, "completed")));
        return out.emit("completion", World::completion(1, "completed"));
    };
    const auto counts = w.sync()["counts"];
    EXPECT_EQ(counts["added"], 1);
    EXPECT_EQ(counts["changed"], 1);
    EXPECT_EQ(counts["superseded"], 1);
    EXPECT_EQ(w.attainment(1), "met");
}

TEST_F(Sync, AReusedAddressKeepsEachPersonsLearning) {
    const auto import = [&](const std::string& row) {
        return w.ask("people.import",
                     {{"csv", "employee_number,name,email,unit,from,to\n" + row}, {"issuer", "demo"}});
    };
    import("7001,Early Example,shared@demo.example,Ward,2015-01-01,2020-12-31\n");
    w.pull = [](std::string_view, RecordStream& out) {
        return out.emit(
            "completion",
            R"({"who":[{"scheme":"email","value":"shared@demo.example"}],"activity":{"id":"AI-1"},"key":"k",)"
            R"("what":"completed","occurred":{"value":"2019-05-01","precision":"day"}})");
    };
    w.sync();
    import("7002,Later Example,shared@demo.example,Ward,2022-01-01,\n");
    EXPECT_EQ(w.ask("explain", {{"person", "esr-employee:demo:7001"},
                                {"requirement", "t1-ai-literacy-1"},
                                {"as_of", "2020-06-01"}})["verdict"],
              "met");
    EXPECT_EQ(w.ask("explain",
                    {{"person", "esr-employee:demo:7002"}, {"requirement", "t1-ai-literacy-1"}})["reason"],
              "not_attempted");
    EXPECT_EQ(w.ask("rebuild")["digest"], w.digest());
}

TEST_F(Sync, ABackToAIsAThirdRevisionThatCounts) {
    for (const auto* what : {"completed", "in_progress", "completed"}) {
        w.pull = [&](std::string_view, RecordStream& out) {
            return out.emit("completion", World::completion(1, what));
        };
        w.sync();
        EXPECT_EQ(w.attainment(1), std::string_view(what) == "completed" ? "met" : "in_progress");
    }
    EXPECT_EQ(w.ask("rebuild")["digest"], w.digest());
}

TEST_F(Sync, AWithdrawnFactVoidsAndItsReturnIsTheNextRevision) {
    w.pull = [](std::string_view, RecordStream& out) { return out.emit("completion", World::completion(1)); };
    w.sync();
    w.pull = [](std::string_view, RecordStream& out) {
        return out.emit("withdraw", R"({"kind":"completion","key":"1001/AI-1"})");
    };
    EXPECT_EQ(w.sync()["counts"]["withdrawn"], 1);
    EXPECT_EQ(w.sync()["counts"]["same"], 1);
    EXPECT_EQ(w.attainment(1), "revoked");
    w.pull = [](std::string_view, RecordStream& out) { return out.emit("completion", World::completion(1)); };
    EXPECT_EQ(w.sync()["counts"]["added"], 1);
    EXPECT_EQ(w.attainment(1), "met");
}

TEST_F(Sync, InsideAClosedSnapshotAbsenceMeansWithdrawn) {
    const auto snapshot = [](int from, int to, bool close) {
        return [=](std::string_view, RecordStream& out) -> Status {
            CAPBRIDGE_TRY(out.emit("snapshot_begin", R"({"scope":"all"})"));
            for (int i = from; i < to; ++i) CAPBRIDGE_TRY(out.emit("completion", World::completion(i)));
            return close ? out.emit("snapshot_end", R"({"scope":"all"})") : Status{};
        };
    };
    w.pull = snapshot(0, 30, true);
    EXPECT_EQ(w.sync()["counts"]["added"], 30);
    w.pull = snapshot(0, 5, false);  // cut off: nothing may be concluded from silence
    EXPECT_EQ(w.sync()["counts"]["withdrawn"], 0);
    w.pull = snapshot(2, 30, true);
    EXPECT_EQ(w.sync()["counts"]["withdrawn"], 2);
    EXPECT_EQ(w.attainment(0), "revoked");
    w.pull = snapshot(2, 8, true);  // a fall by most of the rows waits for a person's yes
    const auto held = w.ask("sync", {{"sources", {"lms"}}})["syncs"][0];
    EXPECT_EQ(held["error"]["code"], "snapshot_fell");
    EXPECT_EQ(w.attainment(20), "met");
    EXPECT_EQ(w.sync({{"accept_fall", true}})["counts"]["withdrawn"], 22);
    EXPECT_EQ(w.attainment(20), "revoked");
}

TEST_F(Sync, ARejectedRowOfASnapshotIsNoWithdrawal) {
    const auto pull = [](const std::string& rejected) {
        return [=](std::string_view, RecordStream& out) -> Status {
            CAPBRIDGE_TRY(out.emit("snapshot_begin", R"({"scope":"all"})"));
            CAPBRIDGE_TRY(out.emit("completion", World::completion(1)));
            if (rejected.empty()) {
                CAPBRIDGE_TRY(out.emit("completion", World::completion(2)));
            } else {
                CAPBRIDGE_TRY(out.emit("rejected", rejected));
            }
            return out.emit("snapshot_end", R"({"scope":"all"})");
        };
    };
    w.pull = pull("");
    w.sync();
    w.pull = pull(R"({"kind":"completion","key":"1002/AI-1","reason":"no date"})");
    EXPECT_EQ(w.sync()["counts"]["withdrawn"], 0);
    w.pull = pull(R"({"kind":"completion","key":"","reason":"nobody"})");  // may be the one that is missing
    EXPECT_EQ(w.sync()["counts"]["withdrawn"], 0);
    w.pull = pull(R"({"kind":"completion","key":"1009/AI-1","reason":"no date"})");
    EXPECT_EQ(w.sync()["counts"]["withdrawn"], 1);
    EXPECT_EQ(w.attainment(2), "revoked");
}

TEST_F(Sync, ACursorThatTheSourceRefusesMeansFromTheBeginning) {
    w.pull = [](std::string_view, RecordStream& out) { return out.checkpoint("old"); };
    w.sync();
    std::vector<std::string> cursors;
    w.pull = [&](std::string_view cursor, RecordStream& out) -> Status {
        cursors.emplace_back(cursor);
        if (cursor == "old") return fail("adapter_bad_cursor", "this cursor is too old");
        CAPBRIDGE_TRY(out.emit("completion", World::completion(1)));
        return out.checkpoint("new");
    };
    EXPECT_EQ(w.sync()["counts"]["added"], 1);
    EXPECT_EQ(cursors, (std::vector<std::string>{"old", ""}));
}

TEST_F(Sync, SnapshotsOfDifferentScopesDoNotWithdrawEachOthersFacts) {
    w.pull = [](std::string_view, RecordStream& out) -> Status {
        for (int file = 0; file < 2; ++file) {
            const auto scope = R"({"scope":"file)" + std::to_string(file) + R"("})";
            CAPBRIDGE_TRY(out.emit("snapshot_begin", scope));
            for (int i = 0; i < 2; ++i)
                CAPBRIDGE_TRY(out.emit("completion", World::completion(file * 2 + i)));
            CAPBRIDGE_TRY(out.emit("snapshot_end", scope));
        }
        return {};
    };
    for (int round = 0; round < 2; ++round) EXPECT_EQ(w.sync()["counts"]["withdrawn"], 0);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(w.attainment(i), "met");
}

TEST_F(Sync, RevertingAnyOrderOfRunsLeavesWhatTheOthersSay) {
    const std::vector<std::string> days{"2026-01-01", "2026-02-01", "2026-03-01"};
    const auto day_of_fact = [&]() -> std::string {
        const auto record = w.ask("record", {{"person", "esr-employee:demo:1001"}});
        for (const auto& factor : record["factors"]) {
            for (const auto& item : factor["items"]) {
                if (item["requirement"] != "t1-ai-literacy-1") continue;
                for (const auto& one : item["evidence"]) {
                    if (one["counts"] == true) return one["from"];
                }
            }
        }
        return "";
    };
    const auto empty = w.digest();
    std::vector<std::vector<int>> orders{{2, 1, 0}, {0, 1, 2}, {1, 2, 0}, {1, 0, 2}, {2, 0, 1}, {0, 2, 1}};
    for (const auto& order : orders) {
        std::vector<ordered_json> runs;
        for (const auto& d : days) {
            w.pull = [&](std::string_view, RecordStream& out) {
                return out.emit("completion", World::completion(1, "completed", d));
            };
            runs.push_back(w.sync()["run"]);
        }
        std::vector<bool> stands{true, true, true};
        for (const int i : order) {
            w.ask("run.revert", {{"run", runs[static_cast<std::size_t>(i)]}});
            stands[static_cast<std::size_t>(i)] = false;
            std::string last;
            for (std::size_t k = 0; k < days.size(); ++k) {
                if (stands[k]) last = days[k];
            }
            EXPECT_EQ(day_of_fact(), last);
        }
        EXPECT_EQ(w.digest(), empty);
    }
}

TEST_F(Sync, ARowThatMovesToAnotherSnapshotIsNotWithdrawn) {
    const auto pull = [&](const std::vector<std::pair<std::string, std::vector<int>>>& files) {
        w.pull = [=](std::string_view, RecordStream& out) -> Status {
            for (const auto& [scope, people] : files) {
                CAPBRIDGE_TRY(out.emit("snapshot_begin", R"({"scope":")" + scope + R"("})"));
                for (const int i : people) CAPBRIDGE_TRY(out.emit("completion", World::completion(i)));
                CAPBRIDGE_TRY(out.emit("snapshot_end", R"({"scope":")" + scope + R"("})"));
            }
            return {};
        };
        return w.sync()["counts"]["withdrawn"];
    };
    EXPECT_EQ(pull({{"a", {1}}, {"b", {2, 3}}}), 0);
    EXPECT_EQ(pull({{"a", {1, 3}}, {"b", {2}}}), 0);
    EXPECT_EQ(w.attainment(3), "met");
    EXPECT_EQ(pull({{"b", {2, 3}}, {"a", {1}}}), 0);
    EXPECT_EQ(w.attainment(3), "met");
    EXPECT_EQ(pull({{"b", {2}}}), 1);
    EXPECT_EQ(w.attainment(3), "revoked");
}

TEST_F(Sync, RevertingBothRunsOfAFactLeavesNothing) {
    w.pull = [](std::string_view, RecordStream& out) { return out.emit("completion", World::completion(1)); };
    const auto before = w.digest();
    const auto first = w.sync()["run"];
    w.pull = [](std::string_view, RecordStream& out) {
        return out.emit("completion", World::completion(1, "completed", "2026-04-01"));
    };
    const auto second = w.sync()["run"];
    w.ask("run.revert", {{"run", first}});
    w.ask("run.revert", {{"run", second}});
    EXPECT_EQ(w.attainment(1), "none");
    EXPECT_EQ(w.digest(), before);
    EXPECT_EQ(w.ask("rebuild")["digest"], before);
}

TEST_F(Sync, BadRecordsAreKeptWithAReasonAndWithoutTheirContent) {
    w.pull = [](std::string_view, RecordStream& out) -> Status {
        CAPBRIDGE_TRY(out.emit(
            "completion",
            R"({"who":[{"scheme":"email","value":"secret@demo.example"}],"activity":{"id":"A"},"key":"k","what":"danced"})"));
        CAPBRIDGE_TRY(
            out.emit("completion", R"({"who":[],"activity":{"id":"A"},"key":"k","what":"completed"})"));
        CAPBRIDGE_TRY(out.emit("completion", R"(not json)"));
        CAPBRIDGE_TRY(out.emit("rejected", R"({"where":"file.csv:12","reason":"no date"})"));
        CAPBRIDGE_TRY(out.emit("course", R"({"id":"A","title":"T"})"));
        return out.emit("completion", World::completion(4));
    };
    const auto done = w.sync();
    EXPECT_EQ(done["counts"]["rejected"], 4);
    EXPECT_EQ(done["counts"]["catalogue"], 1);
    EXPECT_EQ(done["counts"]["added"], 1);
    const auto shown = w.ask("run.show", {{"run", done["run"]}});
    EXPECT_EQ(shown["rejected"].size(), 4U);
    EXPECT_EQ(shown.dump().find("secret@"), std::string::npos);
    EXPECT_EQ(shown["rejected"][3]["where"], "file.csv:12");
}

TEST_F(Sync, RevertingKeepsWhatALaterRunHasRevised) {
    w.pull = [](std::string_view, RecordStream& out) -> Status {
        CAPBRIDGE_TRY(out.emit("completion", World::completion(1)));
        return out.emit("completion", World::completion(2));
    };
    const auto first = w.sync()["run"];
    w.pull = [](std::string_view, RecordStream& out) {
        return out.emit("completion", World::completion(1, "completed", "2026-04-01"));
    };
    w.sync();
    const auto reverted = w.ask("run.revert", {{"run", first}});
    EXPECT_EQ(reverted["counts"]["kept_later_revisions"], 1);
    EXPECT_EQ(reverted["counts"]["voided"], 1);
    EXPECT_EQ(w.attainment(1), "met");
    EXPECT_EQ(w.attainment(2), "none");
    EXPECT_EQ(w.refused("run.revert", {{"run", first}}).code, "already_reverted");
    EXPECT_EQ(w.refused("run.revert", {{"run", reverted["run"]}}).code, "not_revertible");
    EXPECT_EQ(w.refused("run.revert", {{"run", 1}}).code, "not_revertible");  // what came with the version
    EXPECT_EQ(w.refused("run.revert", {{"run", 999}}).code, "not_found");
    EXPECT_EQ(w.ask("rebuild")["digest"], w.digest());
}

TEST_F(Sync, ChangingTheSettingsReadsFromTheBeginning) {
    std::string seen;
    w.pull = [&](std::string_view cursor, RecordStream& out) {
        seen = std::string(cursor);
        return out.checkpoint("c1");
    };
    w.sync();
    w.sync();
    EXPECT_EQ(seen, "c1");
    w.source();  // the same again
    w.sync();
    EXPECT_EQ(seen, "c1");
    w.ask("source.put", {{"name", "lms"},
                         {"adapter", "script"},
                         {"activity_base", "https://lms.example/"},
                         {"settings", {{"other", true}}}});
    w.sync();
    EXPECT_EQ(seen, "");
}

}  // namespace
}  // namespace capbridge::engine
