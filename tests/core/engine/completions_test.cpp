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
