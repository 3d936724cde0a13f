// Teams on a real store: members by what they are known by, merges and unmerges, withdrawing, the matrix.
#include <gtest/gtest.h>

#include "world.hpp"

namespace capbridge::engine {
namespace {

const char* const item = "t1-ai-literacy-1";

std::string known_as(int person) {
    return "esr-employee:demo:" + std::to_string(1000 + person);
}

json team(std::vector<std::string> members, int quorum = 1) {
    json out{{"id", "board"},    {"version", "1"},         {"name", "AI board"},
             {"quorum", quorum}, {"requirements", {item}}, {"members", json::array()}};
    for (auto& member : members)
        out["members"].push_back({{"person", std::move(member)}, {"archetypes", {"shaper"}}});
    return out;
}

class Teams : public testing::Test {
protected:
    void SetUp() override {
        w.people(4);
        w.mapping();
        w.source();
        w.pull = [](std::string_view, RecordStream& out) -> Status {
            for (const int person : {0, 1}) {
                CAPBRIDGE_TRY(out.emit("completion", World::completion(person)));
            }
            return out.checkpoint("1");
        };
        w.sync();
    }
    ordered_json publish(const json& document) {
        return w.ask("team.publish", {{"text", document.dump(2)}, {"name", "team.json"}});
    }
    ordered_json item_of(const std::string& requirement = item) {
        const auto answer = w.ask("team.coverage", {{"team", "board"}});
        for (const auto& one : answer["items"]) {
            if (one["requirement"] == requirement) return one;
        }
        return {};
    }
    std::string uuid(int person) { return w.ask("person", {{"person", known_as(person)}})["id"]; }

    World w;
};

TEST_F(Teams, MembersAreFoundByWhatTheyAreKnownBy) {
    publish(team({known_as(0), uuid(1), known_as(2)}));
    EXPECT_EQ(item_of()["held_by"], 2);
    EXPECT_EQ(item_of()["state"], "covered");
    const auto members = w.ask("team.coverage", {{"team", "board"}})["members"];
    EXPECT_EQ(members[0]["person"], uuid(0));
    EXPECT_EQ(members[0]["name"], "Person 1000");
    const auto list = w.ask("team.list");
    EXPECT_EQ(list["total"], 1);
    EXPECT_EQ(list["teams"][0]["members"]["in_team"], 3);
    EXPECT_EQ(list["teams"][0]["counts"], w.ask("team.coverage", {{"team", "board"}})["counts"]);
}

TEST_F(Teams, AMergeMakesTwoHoldersOneAndAnUnmergePartsThem) {
    publish(team({known_as(0), known_as(1), known_as(2)}, 2));
    EXPECT_EQ(item_of()["state"], "covered");
    const auto first = uuid(0), second = uuid(1);
    w.ask("person.merge", {{"from", second}, {"into", first}});
    EXPECT_EQ(item_of()["state"], "gap");
    EXPECT_EQ(item_of()["holders"], ordered_json::array({first}));
    EXPECT_EQ(w.ask("team.list")["teams"][0]["members"]["all"], 2);
    w.ask("person.unmerge", {{"person", second}});
    EXPECT_EQ(item_of()["state"], "covered");
    EXPECT_EQ(item_of()["holders"].size(), 2U);
    // Into somebody who is no member yet: they are now, with all that was held.
    const auto run = w.ask("person.merge", {{"from", first}, {"into", uuid(3)}})["run"];
    EXPECT_EQ(item_of()["held_by"], 2);
    EXPECT_EQ(w.ask("matrix", {{"team", "board"}})["people"], 3);
    w.ask("run.revert", {{"run", run}});
    EXPECT_EQ(item_of()["holders"].size(), 2U);
}

TEST_F(Teams, AMemberWhoComesLaterIsFoundThen) {
    const auto told = publish(team({"esr-employee:demo:1900"}));
    ASSERT_EQ(told["warnings"].size(), 1U);
    EXPECT_EQ(w.ask("team.list")["teams"][0]["members"]["unknown"], 1);
    w.ask("people.import",
          {{"csv", "employee_number,name,unit,from\n1900,New,Ward,2026-01-01\n"}, {"issuer", "demo"}});
    EXPECT_EQ(w.ask("team.list")["teams"][0]["members"]["in_team"], 1);
    EXPECT_EQ(item_of()["state"], "gap");
    EXPECT_EQ(item_of()["closes"][0]["learning_item"], "basics");
}

// Nothing but a rule about identifiers changed, and who is known by what with it.
TEST_F(Teams, AMemberNamedByWhatARuleMakesIsFoundWithTheRule) {
    const json rule{{"id", "lms"},
                    {"from", {{"scheme", "esr-employee"}, {"issuer", "demo"}}},
                    {"to", {{"scheme", "account:https://lms.example"}}},
                    {"state", "automatic"}};
    publish(team({"account:https://lms.example:1000"}));
    EXPECT_EQ(w.ask("team.list")["teams"][0]["members"]["unknown"], 1);
    const auto put = w.ask("identity.rule.put", {{"rule", rule}});
    EXPECT_EQ(item_of()["holders"], ordered_json::array({uuid(0)}));
    w.ask("run.revert", {{"run", put["run"]}});
    EXPECT_EQ(w.ask("team.list")["teams"][0]["members"]["unknown"], 1);
}

TEST_F(Teams, WhoHasLeftHoldsNothingForIt) {
    publish(team({known_as(0)}));
    EXPECT_EQ(item_of()["state"], "single_holder");
    w.ask("people.import",
          {{"csv", "employee_number,name,unit,from,to\n1000,Gone,Ward,2020-01-01,2026-05-31\n"},
           {"issuer", "demo"}});
    EXPECT_EQ(item_of()["state"], "gap");
    EXPECT_EQ(w.ask("team.coverage", {{"team", "board"}, {"as_of", "2026-05-31"}})["counts"]["covered"], 1);
}

TEST_F(Teams, TheMatrixKeepsTeamsApart) {
    EXPECT_EQ(w.ask("matrix")["teams"], 0);
    EXPECT_TRUE(w.ask("matrix")["foundation"]["cells"][0]["items_covered_by_teams"].is_null());
    publish(team({known_as(0), known_as(2)}));
    const auto matrix = w.ask("matrix");
    EXPECT_EQ(matrix["teams"], 1);
    std::size_t covered = 0, told = 0;
    for (const auto& cell : matrix["foundation"]["cells"]) {
        if (cell["items_covered_by_teams"].is_null()) continue;
        covered += cell["items_covered_by_teams"].get<std::size_t>();
        ++told;
    }
    EXPECT_EQ(covered, 1U);
    EXPECT_EQ(told, 1U);
    for (const auto& row : matrix["rows"]) EXPECT_EQ(row["teams"], row["archetype"] == "shaper" ? 1 : 0);
}

TEST_F(Teams, WithdrawingTakesItOutAndARevertPutsItBack) {
    publish(team({known_as(0)}));
    const auto run = w.ask("team.withdraw", {{"team", "board"}})["run"];
    EXPECT_EQ(w.refused("team.coverage", {{"team", "board"}}).code, "not_found");
    EXPECT_EQ(w.ask("team.list")["total"], 0);
    EXPECT_EQ(w.refused("team.withdraw", {{"team", "board"}}).code, "not_found");
    w.ask("run.revert", {{"run", run}});
    EXPECT_EQ(w.ask("team.list")["total"], 1);
}

TEST_F(Teams, AFileThatDoesNotFitIsRefused) {
    auto document = team({known_as(0)});
    document["archetypes"] = {"wizard"};
    document["requirements"] = {"no-such-item", "t2-governance-1"};
    const auto error = w.refused("team.publish", {{"text", document.dump(2)}, {"name", "team.json"}});
    EXPECT_EQ(error.code, "invalid_document");
    for (const auto* code : {"unknown_archetype", "unknown_requirement", "deployment_needed"})
        EXPECT_NE(error.message.find(code), std::string::npos) << error.message;
    document = team({known_as(0)});
    document["deployment"] = "not-yet";
    EXPECT_EQ(publish(document)["warnings"].size(), 1U);
    EXPECT_EQ(w.ask("team.coverage", {{"team", "board"}})["problems"].size(), 1U);
    for (const json& days : {json(-1), json(4000), json("soon"), json(1.5)})
        EXPECT_EQ(w.refused("team.coverage", {{"team", "board"}, {"days", days}}).code, "bad_parameter");
    EXPECT_EQ(w.refused("team.coverage", json::object()).code, "bad_parameter");
}

}  // namespace
}  // namespace capbridge::engine
