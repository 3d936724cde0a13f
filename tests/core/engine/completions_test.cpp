#include "core/engine/completions.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "core/engine/intake_world.hpp"

namespace capbridge::engine {
namespace {

class Completions : public testing::Test {
protected:
    ordered_json post(const std::vector<json>& records) {
        auto answer = w.ask("completions.post", {{"source", w.row().uuid}, {"completions", records}});
        if (auto folded = w.bridge->project(); !folded) throw std::runtime_error(folded.error().text());
        return answer;
    }
    static json record(int person, const std::string& what = "completed") {
        auto out = IntakeWorld::completion(person, what).second;
        return out;
    }
    IntakeWorld w;
};

TEST_F(Completions, EachRecordIsTold) {
    auto wrong = record(3);
    wrong["occured"] = wrong["occurred"];
    const auto answer = post({record(1), wrong, record(2), {{"key", "x"}}, 7});
    std::vector<std::string> outcomes;
    for (const auto& result : answer["results"]) outcomes.push_back(result["outcome"]);
    EXPECT_EQ(outcomes, (std::vector<std::string>{"added", "rejected", "added", "rejected", "rejected"}));
    EXPECT_EQ(answer["results"][1]["where"], "/occured");
    EXPECT_EQ(answer["results"][4]["key"], nullptr);
    EXPECT_EQ(answer["counts"]["added"], 2);
    EXPECT_EQ(answer["counts"]["rejected"], 3);
    EXPECT_EQ(w.attainment(1), "met");
}

TEST_F(Completions, TheSameAgainChangesNothing) {
    post({record(1), record(2)});
    const auto entries = w.entries();
    EXPECT_EQ(post({record(1), record(2)})["counts"]["same"], 2);
    EXPECT_EQ(w.entries(), entries);
    EXPECT_EQ(post({record(1, "in_progress")})["counts"]["changed"], 1);
    EXPECT_EQ(w.attainment(1), "in_progress");
    const auto answer = post({record(1, "withdrawn"), record(2, "withdrawn"), record(5, "withdrawn")});
    EXPECT_EQ(answer["counts"]["withdrawn"], 2);
    EXPECT_EQ(answer["counts"]["same"], 1);
    EXPECT_TRUE(w.standing().empty());
}

// It was well before somebody sent it wrongly, and is sent well again.
TEST_F(Completions, WhatIsKnownAlreadyLeavesQuarantineToo) {
    post({record(1)});
    auto wrong = record(1);
    wrong["what"] = "danced";
    w.intake({{"completion", wrong}});
    EXPECT_EQ(w.ask("quarantine.list")["total"], 1);
    const auto entries = w.entries();
    EXPECT_EQ(post({record(1)})["counts"]["same"], 1);
    EXPECT_EQ(w.ask("quarantine.list")["total"], 0);
    EXPECT_EQ(w.entries(), entries);
}

TEST_F(Completions, WithinARequestTheyCountInTheirOrder) {
    const auto answer = post({record(1, "in_progress"), record(1), record(1)});
    EXPECT_EQ(answer["results"][0]["outcome"], "added");
    EXPECT_EQ(answer["results"][1]["outcome"], "changed");
    EXPECT_EQ(answer["results"][2]["outcome"], "same");
    EXPECT_EQ(w.attainment(1), "met");
}

TEST_F(Completions, ADayOfASourceIsOneRunThatCanBeTakenBack) {
    const auto first = post({record(1)}), second = post({record(2)});
    EXPECT_EQ(first["run"], second["run"]);
    const auto run = w.ask("run.show", {{"run", first["run"]}});
    EXPECT_EQ(run["source"], "lms");
    EXPECT_EQ(run["counts"]["added"], 2);
    EXPECT_EQ(run["outcome"], "ok");
    w.ask("run.revert", {{"run", first["run"]}});
    EXPECT_EQ(w.attainment(1), "none");
    const auto third = post({record(1)});
    EXPECT_NE(third["run"], first["run"]);
    EXPECT_EQ(third["counts"]["added"], 1);
    EXPECT_EQ(w.attainment(1), "met");
    EXPECT_EQ(w.ask("rebuild")["digest"], w.digest());
}

// Pull and post speak of the same facts.
TEST_F(Completions, AFactIsTheSameByWhicheverDoor) {
    w.intake({IntakeWorld::completion(1)});
    EXPECT_EQ(post({record(1)})["counts"]["same"], 1);
}

TEST_F(Completions, ManyAtOnceLoseNothing) {
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c) {
        clients.emplace_back([&, c] {
            for (int i = 0; i < 5; ++i) {
                const json params{{"source", w.row().uuid}, {"completions", {record(c * 5 + i), record(29)}}};
                const auto answer = run_operation(*w.bridge, "completions.post", params, {"tests"});
                EXPECT_TRUE(answer) << answer.error().text();
            }
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(w.standing().size(), 21U);
}

// Numbers and days that nobody can have meant.
TEST_F(Completions, WhatCannotBeIsRefused) {
    const auto where = [&](const json& changes) {
        auto one = record(1);
        one.merge_patch(changes);
        const auto result = post({one})["results"][0];
        return result["outcome"] == "rejected" ? result["where"].get<std::string>() : "";
    };
    EXPECT_EQ(where({{"score", {{"raw", 11}, {"max", 10}}}}), "/score/raw");
    EXPECT_EQ(where({{"score", {{"raw", -1}, {"min", 0}}}}), "/score/raw");
    EXPECT_EQ(where({{"score", {{"raw", 5}, {"min", 10}, {"max", 0}}}}), "/score/min");
    const auto on = [](const std::string& value, const std::string& precision = "day") {
        return json{{"occurred", {{"value", value}, {"precision", precision}}}};
    };
    EXPECT_EQ(where(on("0000-01-01")), "/occurred/value");
    EXPECT_EQ(where(on("1899-12-31")), "/occurred/value");
    EXPECT_EQ(where(on("2999-01-01")), "/occurred/value");
    EXPECT_EQ(where(on("2026-06-03")), "/occurred/value");  // it is the first of June
    EXPECT_EQ(where(on("2026-06-03T00:00:00Z", "instant")), "/occurred/value");
    EXPECT_EQ(where({{"expires", "2026-02-28"}}), "/expires");
    EXPECT_EQ(
        where({{"expires", "0000-01-01"}, {"occurred", {{"value", nullptr}, {"precision", "unknown"}}}}),
        "/expires");
    EXPECT_TRUE(w.standing().empty());
    EXPECT_EQ(where({{"what", "withdrawn"}, {"expires", "2020-01-01"}}),
              "");  // what was wrong can be taken back
    EXPECT_EQ(where({{"score", {{"raw", 10}, {"min", 0}, {"max", 10}}}, {"expires", "2026-03-01"}}), "");
    EXPECT_EQ(where({{"expires", "9999-12-31"}}), "");
    EXPECT_EQ(where(on("2026-06-02")), "");  // a sender east of here, or a clock
    auto late = on("2026-03-01T23:30:00-05:00", "instant");
    late["expires"] = "2026-03-01";
    EXPECT_EQ(where(late), "");
}

TEST_F(Completions, TooManyAndUnknownSourcesAreRefused) {
    const json many(most_completions + 1, record(1));
    EXPECT_EQ(w.refused("completions.post", {{"source", w.row().uuid}, {"completions", many}}).code,
              "too_many");
    EXPECT_EQ(w.refused("completions.post", {{"source", "x"}, {"completions", json::array()}}).code,
              "not_found");
    EXPECT_EQ(w.refused("completions.post", {{"source", w.row().uuid}, {"completions", 1}}).code,
              "bad_parameter");
    EXPECT_EQ(post({})["run"], nullptr);
}

}  // namespace
}  // namespace capbridge::engine
