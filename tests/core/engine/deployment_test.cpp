// Deployments on a real store: single users, answers and their history, runs taken back, versions of a file.
#include <gtest/gtest.h>

#include "world.hpp"

namespace capbridge::engine {
namespace {

std::string known_as(int person) {
    return "esr-employee:demo:" + std::to_string(1000 + person);
}
const char* const question = "a3-liability-q1";

class Deployments : public testing::Test {
protected:
    void SetUp() override {
        w.people(3);
        publish("deployment", {{"id", "scan"},
                               {"product", "Scan"},
                               {"version", "1"},
                               {"unit", "Ward"},
                               {"go_live", "2026-03-01"}});
        publish("deployment", {{"id", "elsewhere"},
                               {"product", "Scan"},
                               {"version", "1"},
                               {"unit", "Board"},
                               {"go_live", "2026-03-01"}});
    }
    ordered_json publish(const std::string& kind, const json& document) {
        return w.ask(kind + ".publish", {{"text", document.dump(2)}, {"name", kind + ".json"}});
    }
    std::size_t users(const std::string& deployment) {
        return w.ask("deployment.show", {{"deployment", deployment}})["users"]["people"];
    }
    ordered_json answer(const std::string& said, json more = json::object()) {
        json params{{"deployment", "scan"}, {"question", question}, {"answer", said}};
        params.update(more);
        return w.ask("assurance.answer", params);
    }
    std::string state() {
        return w.ask("assurance.show", {{"deployment", "scan"}, {"question", question}})["state"];
    }

    World w;
};

TEST_F(Deployments, SinglePeopleAreAddedAndTakenOut) {
    EXPECT_EQ(users("scan"), 3);
    EXPECT_EQ(users("elsewhere"), 0);
    w.ask("deployment.users.set", {{"deployment", "scan"}, {"person", known_as(0)}, {"works_with", false}});
    const auto added = w.ask(
        "deployment.users.set",
        {{"deployment", "elsewhere"}, {"person", known_as(0)}, {"works_with", true}, {"from", "2026-01-01"}});
    EXPECT_EQ(users("scan"), 2);
    EXPECT_EQ(users("elsewhere"), 1);
    const auto again = w.ask(
        "deployment.users.set",
        {{"deployment", "elsewhere"}, {"person", known_as(0)}, {"works_with", true}, {"from", "2026-01-01"}});
    EXPECT_EQ(again["changed"], false);
    EXPECT_FALSE(again.contains("run"));
    w.ask("run.revert", {{"run", added["run"]}});
    EXPECT_EQ(users("elsewhere"), 0);
    w.ask("deployment.users.set", {{"deployment", "scan"}, {"person", known_as(0)}, {"works_with", nullptr}});
    EXPECT_EQ(users("scan"), 3);
    EXPECT_EQ(w.refused("deployment.users.set", {{"deployment", "scan"}, {"person", known_as(0)}}).code,
              "bad_parameter");
    EXPECT_EQ(w.refused("deployment.users.set",
                        {{"deployment", "scan"}, {"person", known_as(9)}, {"works_with", true}})
                  .code,
              "not_found");
}

TEST_F(Deployments, WhoIsNamedIsLeftToTheRuleAlsoAfterAMerge) {
    const auto uuid = [&](int person) { return w.ask("person", {{"person", known_as(person)}})["id"]; };
    const json named{{"deployment", "elsewhere"}, {"person", known_as(0)}, {"works_with", nullptr}};
    for (const int person : {0, 1})
        w.ask("deployment.users.set",
              {{"deployment", "elsewhere"}, {"person", known_as(person)}, {"works_with", true}});
    w.ask("deployment.users.set", {{"deployment", "scan"}, {"person", known_as(1)}, {"works_with", false}});
    w.ask("person.merge", {{"from", uuid(1)}, {"into", uuid(0)}});
    EXPECT_EQ(users("elsewhere"), 1U);
    const auto scan = users("scan");
    const auto done = w.ask("deployment.users.set", named);
    EXPECT_EQ(done["changed"], true);
    EXPECT_EQ(users("elsewhere"), 0U);
    EXPECT_EQ(users("scan"), scan) << "what was said of another deployment stays";
    EXPECT_EQ(w.ask("deployment.users.set", named)["changed"], false);
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(users("elsewhere"), 1U);
}

TEST_F(Deployments, WhatIsMistypedOfAUserIsRefused) {
    const auto refused = [&](const char* operation, const json& more) {
        json params{{"deployment", "elsewhere"}};
        params.update(more);
        const auto error = w.refused(operation, params);
        return error.code + ":" + error.where;
    };
    const auto set = [&](const json& more) {
        json params{{"person", known_as(0)}, {"works_with", true}};
        params.update(more);
        return refused("deployment.users.set", params);
    };
    EXPECT_EQ(set({{"from", 20270101}}), "bad_parameter:from");
    EXPECT_EQ(set({{"untill", "2027-01-01"}}), "unknown_parameter:untill");
    EXPECT_EQ(set({{"dry_run", true}}), "unknown_parameter:dry_run");
    const std::string csv = "employee_number\n1000\n";
    EXPECT_EQ(refused("deployment.users.import", {{"csv", csv}, {"issuer", "demo"}, {"dry_run", true}}),
              "unknown_parameter:dry_run");
    EXPECT_EQ(refused("deployment.users.import", {{"csv", csv}, {"issuer", 7}}), "bad_parameter:issuer");
    EXPECT_EQ(users("elsewhere"), 0U);
}

TEST_F(Deployments, AnImportIsOneRunAndSaysNothingTwice) {
    const std::string csv =
        "employee_number,deployment,works_with\n1000,elsewhere,yes\n1001,elsewhere,yes\n1002,scan,no\n"
        "4711,scan,no\n1000,nowhere,yes\n";
    const json params{{"csv", csv}, {"issuer", "demo"}};
    const auto done = w.ask("deployment.users.import", params);
    EXPECT_EQ(done["counts"], (ordered_json{{"rows", 5}, {"changed", 3}, {"same", 0}, {"exceptions", 2}}));
    EXPECT_EQ(done["exceptions"][0]["code"], "unknown_person");
    EXPECT_EQ(done["exceptions"][1]["code"], "unknown_deployment");
    EXPECT_EQ(users("elsewhere"), 2);
    EXPECT_EQ(users("scan"), 2);
    const auto again = w.ask("deployment.users.import", params);
    EXPECT_EQ(again["counts"]["same"], 3);
    EXPECT_FALSE(again.contains("run"));
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(users("elsewhere"), 0);
    EXPECT_EQ(users("scan"), 3);
}

TEST_F(Deployments, RebuildingSaysTheSame) {
    w.ask("deployment.users.import",
          {{"csv", "employee_number\n1000\n"}, {"issuer", "demo"}, {"deployment", "elsewhere"}});
    answer("yes");
    const auto before = w.ask("deployment.list").dump();
    const auto digest = w.digest();
    w.ask("rebuild");
    EXPECT_EQ(w.digest(), digest);
    EXPECT_EQ(w.ask("deployment.list").dump(), before);
}

TEST_F(Deployments, AnAnswerKeepsItsHistoryAndARevertBringsTheFormerBack) {
    EXPECT_EQ(state(), "open");
    answer("partly", {{"note", "contract not signed"}, {"on", "2026-02-01"}});
    EXPECT_EQ(answer("partly", {{"note", "contract not signed"}})["changed"], false);
    const auto yes = answer("yes", {{"document", "Contract, part 4"}});
    EXPECT_EQ(yes["before"], "partly");
    EXPECT_EQ(state(), "yes");
    const auto history = w.ask("assurance.show", {{"deployment", "scan"}, {"question", question}})["history"];
    ASSERT_EQ(history.size(), 2U);
    EXPECT_EQ(history[0]["who"], "tests");
    EXPECT_EQ(history[0]["document"], "Contract, part 4");
    EXPECT_EQ(history[0]["on"], "2026-06-01");
    EXPECT_EQ(history[1]["note"], "contract not signed");
    w.ask("run.revert", {{"run", yes["run"]}});
    EXPECT_EQ(state(), "partly");
    answer("open", {{"note", "a new version of the contract"}});
    EXPECT_EQ(state(), "open");
    EXPECT_EQ(w.ask("assurance.list")["deployments"].size(), 2U);
}

TEST_F(Deployments, AnAnswerThatCannotStandIsRefused) {
    const auto refused = [&](json more) {
        json params{{"deployment", "scan"}, {"question", question}, {"answer", "yes"}};
        params.update(more);
        return w.refused("assurance.answer", params);
    };
    EXPECT_EQ(refused({{"answer", "perhaps"}}).where, "answer");
    EXPECT_EQ(refused({{"question", "t1-ai-literacy-1"}}).code, "not_found") << "a requirement, no question";
    EXPECT_EQ(refused({{"deployment", "nowhere"}}).code, "not_found");
    EXPECT_EQ(refused({{"on", "2026-06-02"}}).where, "on") << "tomorrow";
    EXPECT_EQ(refused({{"on", "soon"}}).code, "bad_parameter");
    EXPECT_EQ(refused({{"answer", "not_applicable"}}).where, "note");
    EXPECT_EQ(refused({{"document", std::string(501, 'x')}}).where, "document");
    EXPECT_EQ(w.ask("assurance.list", {{"deployment", "scan"}})["answered"], 0);
}

TEST_F(Deployments, WhatIsDoubtfulIsWarnedOf) {
    const auto warnings = [&](json more) {
        json document{{"id", "new"},
                      {"product", "Scan"},
                      {"version", "2"},
                      {"unit", "Ward"},
                      {"go_live", "2026-09-01"}};
        document.update(more);
        return publish("deployment", document)["warnings"];
    };
    publish("product",
            {{"id", "scan"}, {"version", "1"}, {"name", "Scan"}, {"versions", {{{"version", "2"}}}}});
    EXPECT_EQ(warnings(json::object()).size(), 0U);
    EXPECT_EQ(warnings({{"product", "Unknown"}}).size(), 1U);
    EXPECT_EQ(warnings({{"version", "3"}}).size(), 1U);
    EXPECT_EQ(warnings({{"unit", "Wrad"}}).size(), 1U);
    EXPECT_EQ(warnings({{"version", "1"}, {"go_live", "2026-03-01"}}).size(), 2U)
        << "the same as 'scan', and a version that the product does not have";
}

TEST_F(Deployments, ANewVersionSaysWhoIsNamedForTheFormerOnly) {
    w.ask("deployment.users.set",
          {{"deployment", "elsewhere"}, {"person", known_as(0)}, {"works_with", true}});
    const auto out = publish("deployment", {{"id", "elsewhere-2"},
                                            {"product", "Scan"},
                                            {"version", "2"},
                                            {"unit", "Board"},
                                            {"go_live", "2026-05-01"}});
    std::string all;
    for (const auto& warning : out["warnings"]) all += warning.get<std::string>() + "\n";
    EXPECT_NE(all.find("1 who work with 'elsewhere' by name"), std::string::npos) << all;
}

TEST_F(Deployments, AProductIsShownWholeWithItsVersions) {
    json document{
        {"id", "scan"}, {"version", "1"}, {"name", "Scan"}, {"developer", {{"intended_purpose", "Sorts."}}}};
    publish("product", document);
    document["version"] = "2";
    const auto run = publish("product", document)["run"];
    const auto shown = w.ask("product.show", {{"product", "Scan"}});
    EXPECT_EQ(json(shown["document"]), document);
    EXPECT_EQ(shown["deployments"].size(), 2U);
    ASSERT_EQ(shown["history"].size(), 2U);
    EXPECT_EQ(shown["history"][0]["state"], "in_force");
    EXPECT_EQ(shown["history"][1]["state"], "before");
    w.ask("run.revert", {{"run", run}});
    const auto back = w.ask("product.show", {{"product", "scan"}});
    EXPECT_EQ(back["version"], "1");
    EXPECT_EQ(back["history"][0]["state"], "reverted");
    EXPECT_EQ(w.ask("product.list")["unknown"].size(), 0U);
    EXPECT_EQ(w.refused("product.show", {{"product", "nothing"}}).code, "not_found");
}

TEST_F(Deployments, ProfilesInForceAndBeforeAreListedAndShown) {
    publish("profile", {{"id", "own"},
                        {"version", "1"},
                        {"extends", "default"},
                        {"asks",
                         {{{"id", "away"},
                           {"items", {{"requirements", {"t1-ai-literacy-1"}}}},
                           {"demand", "not_demanded"}}}}});
    const auto list = w.ask("profile.list");
    EXPECT_EQ(list["in_force"]["id"], "own");
    ASSERT_EQ(list["profiles"].size(), 2U);
    EXPECT_EQ(list["profiles"][0]["state"], "in_force");
    EXPECT_EQ(list["profiles"][1]["id"], "default");
    EXPECT_EQ(list["profiles"][1]["state"], "before");
    const auto shown = w.ask("profile.show");
    EXPECT_EQ(shown["id"], "own");
    EXPECT_EQ(shown["asks"].size(), 9U) << "the eight of the default, and its own";
    EXPECT_EQ(shown["asks"][8]["requirements"], 1);
    const auto before = w.ask("profile.show", {{"id", "default"}});
    EXPECT_EQ(before["asks"].size(), 8U);
    EXPECT_EQ(before["state"], "before");
    EXPECT_EQ(w.refused("profile.show", {{"id", "own"}, {"version", "7"}}).code, "not_found");
}

TEST_F(Deployments, ThePastKnowsNoLaterAnswer) {
    const auto seq = w.ask("status")["journal"];
    answer("yes");
    const auto then = w.ask("assurance.list", {{"deployment", "scan"}, {"known_at", seq}});
    EXPECT_EQ(then["answered"], 0);
    EXPECT_EQ(w.ask("deployment.show", {{"deployment", "scan"}, {"known_at", seq}})["users"]["people"], 3);
}

}  // namespace
}  // namespace capbridge::engine
