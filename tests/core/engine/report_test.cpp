// Published reports: frozen, whatever comes later, and checked against the journal as it was.
#include <gtest/gtest.h>

#include "core/base/ids.hpp"
#include "core/engine/posting.hpp"

namespace capbridge::engine {
namespace {

class Reports : public testing::Test {
protected:
    void SetUp() override {
        w.people(5);
        w.mapping();
        ASSERT_TRUE(post(w, statement("p1001@demo.example")));
        ASSERT_TRUE(w.bridge->project());
    }
    World w;
};

TEST_F(Reports, StayAsTheyWereAndCanBeChecked) {
    const auto now = w.ask("matrix");
    const auto published = w.ask("report.publish", {{"title", "June"}});
    const auto id = published["id"].get<std::string>();
    EXPECT_EQ(w.ask("report.show", {{"id", id}})["answer"], now);
    EXPECT_EQ(published["sha256"], sha256_hex(now.dump()));
    // Later learning, another mapping, and one who leaves nothing as it was.
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(post(w, statement("p" + std::to_string(1000 + i) + "@demo.example")));
    w.mapping("2", "t1-ai-literacy-2");
    w.people(9);
    ASSERT_NE(w.ask("matrix"), now);
    const auto shown = w.ask("report.show", {{"id", id}});
    EXPECT_EQ(shown["answer"], now);
    EXPECT_EQ(shown["intact"], true);
    const auto checked = w.ask("report.verify", {{"id", id}});
    EXPECT_EQ(checked["equal"], true) << checked.dump(2);
    EXPECT_EQ(checked["differences"].size(), 0u);
    EXPECT_EQ(w.ask("report.list")["reports"][0]["title"], "June");
    w.ask("rebuild");
    EXPECT_EQ(w.ask("report.verify", {{"id", id}})["equal"], true);
    w.ask("run.revert", {{"run", published["run"]}});
    EXPECT_EQ(w.ask("report.list")["total"], 0);
    EXPECT_EQ(w.refused("report.show", {{"id", id}}).code, "not_found");
}

TEST_F(Reports, OfAnEarlierDayAreCheckedByItsEvidence) {
    const auto id = w.ask("report.publish", {{"title", "Then"}, {"params", {{"as_of", "2026-02-01"}}}})["id"];
    w.mapping("2", "t1-ai-literacy-2");
    EXPECT_EQ(w.ask("report.verify", {{"id", id}})["equal"], true);
    const auto other = w.ask("report.publish", {{"title", "Then"}, {"params", {{"valid_at", "2026-02-01"}}}});
    EXPECT_EQ(other["params"]["as_of"], "2026-02-01");
    EXPECT_EQ(w.ask("report.show", {{"id", other["id"]}})["answer"]["as_of"], "2026-02-01");
    for (const auto* unknown : {"rules", "nonsense"}) {
        EXPECT_EQ(w.refused("report.publish", {{"title", "x"}, {"params", {{unknown, "now"}}}}).where,
                  "/params/" + std::string(unknown));
    }
}

TEST_F(Reports, OfATeamTellWhatItCanDoAndNotWhoItIs) {
    const std::string person = w.ask("person", {{"person", "esr-employee:demo:1001"}})["id"];
    const json team{{"id", "board"},
                    {"version", "1"},
                    {"name", "AI board"},
                    {"requirements", json::array({"t1-ai-literacy-1"})},
                    {"members", json::array({json{{"person", person}}})}};
    w.ask("team.publish", {{"text", team.dump()}, {"name", "team.json"}});
    const auto id =
        w.ask("report.publish",
              {{"title", "Board"}, {"question", "team.coverage"}, {"params", {{"team", "board"}}}})["id"];
    const auto answer = w.ask("report.show", {{"id", id}})["answer"];
    EXPECT_EQ(answer["counts"]["items"], 1);
    EXPECT_EQ(answer.dump().find(person), std::string::npos);
    EXPECT_EQ(answer.dump().find("Person 1001"), std::string::npos);
    const auto checked = w.ask("report.verify", {{"id", id}});
    EXPECT_EQ(checked["equal"], true) << checked.dump(2);
}

TEST_F(Reports, ThatWereAlteredAreFoundOut) {
    const auto id = w.ask("report.publish", {{"title", "June"}})["id"].get<std::string>();
    auto decision = *w.bridge->store().journal().decision_in_force("report", id);
    auto payload = json::parse(decision.payload);
    auto answer = ordered_json::parse(payload["answer"].get<std::string>());
    answer["people"] = 500;
    payload["answer"] = answer.dump();
    store::Batch batch;
    batch.run = decision.run;
    batch.entries.emplace_back(store::NewDecision{"report", id, payload.dump(), {}});
    ASSERT_TRUE(w.bridge->store().journal().append(std::move(batch)));
    EXPECT_EQ(w.ask("report.show", {{"id", id}})["intact"], false);
    const auto checked = w.ask("report.verify", {{"id", id}});
    EXPECT_EQ(checked["intact"], false);
    EXPECT_EQ(checked["equal"], false);
    EXPECT_EQ(checked["differences"][0]["at"], "/people");
    EXPECT_EQ(checked["differences"][0]["frozen"], 500);
    EXPECT_EQ(checked["differences"][0]["again"], 5);
}

TEST_F(Reports, AreOfQuestionsThatNameNobody) {
    EXPECT_EQ(w.refused("report.publish", {{"question", "matrix"}}).where, "/title");
    EXPECT_EQ(w.refused("report.publish", {{"title", "x"}, {"question", "record"}}).where, "/question");
    EXPECT_EQ(w.refused("report.publish", {{"title", "x"}, {"question", "teapot"}}).where, "/question");
    EXPECT_EQ(w.refused("report.publish", {{"title", "x"}, {"params", {{"known_at", 1}}}}).where,
              "/params/known_at");
    EXPECT_EQ(w.refused("report.publish", {{"title", "x"}, {"params", {{"unit", "Nowhere"}}}}).code,
              "not_found");
    EXPECT_EQ(w.refused("report.publish", {{"title", std::string(201, 'x')}}).where, "/title");
    EXPECT_EQ(w.refused("report.verify", {{"id", "nothing"}}).code, "not_found");
    EXPECT_EQ(w.ask("report.list")["total"], 0);
}

}  // namespace
}  // namespace capbridge::engine
