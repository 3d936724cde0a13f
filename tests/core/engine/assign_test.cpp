// Archetypes in bulk: rules with units below, teams and deployments; previews; confirming by filter; at
// scale.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "world.hpp"

namespace capbridge::engine {
namespace {

json rule(std::string id, std::string archetype, json when) {
    return {{"id", std::move(id)}, {"archetype", std::move(archetype)}, {"when", std::move(when)}};
}
json rules(std::vector<json> list, const std::string& version = "1") {
    return {{"id", "trust"},
            {"version", version},
            {"framework", "hee-ai-confidence"},
            {"rules", std::move(list)}};
}
json is(const std::string& text) {
    return {{"equals", {text}}};
}

class Assigning : public testing::Test {
protected:
    // 1000.. in Radiology, CT (below it), Finance by turns; job role Clerk or Consultant.
    void people(int count) {
        std::string csv = "employee_number,name,unit,staff_group,job_role,from\n";
        static constexpr const char* units[] = {"Radiology", "CT", "Finance"};
        for (int i = 0; i < count; ++i)
            csv += std::to_string(1000 + i) + ",Person," + units[i % 3] + ",Medical," +
                   (i % 2 == 0 ? "Clerk" : "Consultant") + ",2020-01-01\n";
        w.ask("people.import", {{"csv", csv}, {"issuer", "demo"}});
        store::Batch batch;
        store::RunRow run;
        run.kind = "decision";
        run.who = "tests";
        run.began = w.bridge->now();
        run.id = *w.bridge->store().sources().begin_run(run);
        batch.run = run.id;
        const auto unit = [&](const char* id, const char* name, const char* parent) {
            batch.entries.emplace_back(store::NewDecision{
                "unit",
                std::string("lms|") + id,
                json{{"source", "lms"}, {"record", {{"id", id}, {"name", name}, {"parent", parent}}}}.dump(),
                {}});
        };
        unit("1", "Radiology", "");
        unit("2", "CT", "1");
        unit("3", "Finance", "");
        ASSERT_TRUE(w.bridge->store().journal().append(std::move(batch)));
        ASSERT_TRUE(w.bridge->project());
    }
    ordered_json propose(const json& set, bool dry = false) {
        return w.ask("assign.propose", {{"rules", set.dump(2)}, {"dry_run", dry}});
    }
    static std::size_t at(const ordered_json& answer, const std::string& unit, const std::string& archetype,
                          const std::string& what) {
        for (const auto& place : answer["places"]["list"]) {
            if (place["unit"] == unit && place["archetype"] == archetype) return place[what];
        }
        return 0;
    }
    std::string uuid(int i) {
        return w.ask("person", {{"person", "esr-employee:demo:" + std::to_string(1000 + i)}})["id"];
    }

    World w;
};

TEST_F(Assigning, UnitsAreMeantWithAllBelowThemWhereTheRuleSaysSo) {
    people(9);
    EXPECT_EQ(
        propose(rules({rule("r", "user", {{"unit", is("Radiology")}})}), true)["counts"]["proposed_now"], 3);
    EXPECT_EQ(propose(rules({rule("r", "user", {{"unit", {{"within", {"Radiology"}}}}})}),
                      true)["counts"]["proposed_now"],
              6);
    EXPECT_EQ(
        propose(
            rules({rule("r", "user", {{"unit", {{"within", {"radiology"}}}}, {"job_role", is("Clerk")}})}),
            true)["counts"]["proposed_now"],
        3)
        << "the case of letters does not matter";
    EXPECT_EQ(propose(rules({rule("r", "user", {{"unit", {{"within", {"Nowhere"}}}}})}),
                      true)["counts"]["proposed_now"],
              0);
}

TEST_F(Assigning, TeamsAndDeploymentsPropose) {
    people(9);
    const json team{{"id", "board"},
                    {"version", "1"},
                    {"name", "Board"},
                    {"members", {{{"person", "esr-employee:demo:1000"}}, {{"person", uuid(2)}}}}};
    const auto by_team = rules({rule("b", "driver", {{"team", is("board")}})});
    EXPECT_EQ(w.refused("assign.propose", {{"rules", by_team.dump()}}).code, "not_found");
    w.ask("team.publish", {{"text", team.dump()}});
    w.ask("deployment.publish", {{"text", json{{"id", "scan"},
                                               {"product", "ChestScan"},
                                               {"version", "1"},
                                               {"unit", "CT"},
                                               {"go_live", "2026-01-01"}}
                                              .dump()}});
    const auto done =
        propose(rules({rule("b", "driver", {{"team", is("board")}}),
                       rule("s", "user", {{"deployment", is("scan")}, {"job_role", is("Clerk")}})}));
    EXPECT_EQ(at(done, "Radiology", "driver", "proposed"), 1U);
    EXPECT_EQ(at(done, "Finance", "driver", "proposed"), 1U);
    EXPECT_EQ(at(done, "CT", "user", "proposed"), 1U);
    EXPECT_EQ(done["counts"]["people_without_any"], 9 - 3);
    const auto person = w.ask("person", {{"person", uuid(0)}});
    EXPECT_EQ(person["archetypes"][0]["archetype"], "driver");
    EXPECT_TRUE(person["archetypes"][0]["from"].is_null()) << "it rests on no employment";
    // Who is no member any more is proposed no more.
    w.ask("team.withdraw", {{"team", "board"}});
    EXPECT_EQ(
        propose(rules({rule(
            "s", "user", {{"deployment", is("scan")}, {"job_role", is("Clerk")}})}))["counts"]["withdrawn"],
        2);
}

TEST_F(Assigning, APreviewTellsWhatTheChangeThenDoes) {
    people(12);
    propose(rules({rule("r", "user", {{"unit", is("Radiology")}})}));
    const auto digest = w.digest();
    const auto next = rules({rule("r", "user", {{"unit", is("CT")}, {"job_role", is("Clerk")}})}, "2");
    const auto preview = propose(next, true);
    EXPECT_EQ(w.digest(), digest);
    EXPECT_FALSE(preview.contains("run"));
    EXPECT_EQ(at(preview, "Radiology", "user", "withdrawn"), 4U);
    EXPECT_EQ(at(preview, "CT", "user", "proposed"), 2U);
    EXPECT_EQ(preview["who"]["withdrawn"].size(), 4U);
    EXPECT_EQ(preview["states"]["proposed"], 4);
    EXPECT_EQ(preview["states"]["people_unassigned"], 12);
    const auto done = propose(next);
    EXPECT_EQ(done["counts"], preview["counts"]);
    EXPECT_EQ(done["places"], preview["places"]);
    EXPECT_EQ(done["who"], preview["who"]);
    EXPECT_EQ(done["states"]["proposed"], 2);
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(w.digest(), digest);
}

TEST_F(Assigning, ManagersDecideByFilter) {
    people(12);
    propose(rules({rule("all", "user", {{"staff_group", is("Medical")}}),
                   rule("clerks", "driver", {{"job_role", is("Clerk")}})}));
    const auto count = [&](json filter, const char* state = "confirmed") {
        filter["state"] = state;
        filter["dry_run"] = true;
        return w.ask("assign.decide", filter)["counts"][state].get<int>();
    };
    EXPECT_EQ(count({{"all", true}}), 18);
    EXPECT_EQ(count({{"unit", "Radiology"}}), 12) << "with CT below it";
    EXPECT_EQ(count({{"unit", "Radiology"}, {"descendants", false}}), 6);
    EXPECT_EQ(count({{"unit", "Radiology"}, {"archetype", "driver"}}), 4);
    EXPECT_EQ(count({{"job_role", "Consultant"}}), 6);
    EXPECT_EQ(count({{"rule", "trust/clerks"}}), 6);
    EXPECT_EQ(count({{"rule", "trust"}}, "rejected"), 18);
    EXPECT_EQ(count({{"rule", "trus"}}), 0) << "never a part of a name";
    EXPECT_EQ(count({{"rule", "trust/clerk"}}), 0);
    EXPECT_EQ(w.refused("assign.decide", json::object()).code, "bad_parameter");
    EXPECT_EQ(w.refused("assign.decide", {{"unit", "Nowhere"}}).code, "not_found");
    EXPECT_EQ(w.refused("assign.decide", {{"team", "nobody"}}).code, "not_found");
    EXPECT_EQ(w.refused("assign.decide", {{"all", true}, {"state", "maybe"}}).code, "bad_parameter");

    const auto dry =
        w.ask("assign.decide", {{"unit", "Finance"}, {"rule", "trust/clerks"}, {"dry_run", true}});
    EXPECT_EQ(dry["people_unassigned_after"], 10);
    EXPECT_EQ(dry["states"]["people_unassigned"], 12);
    const auto done = w.ask("assign.decide", {{"unit", "Finance"}, {"rule", "trust/clerks"}, {"by", "lead"}});
    EXPECT_EQ(done["states"]["people_unassigned"], 10);
    EXPECT_EQ(at(done, "Finance", "driver", "confirmed"), 2U);
    w.ask("assign.decide", {{"all", true}, {"state", "rejected"}});
    EXPECT_EQ(w.ask("assign.status")["states"]["rejected"], 16);
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(w.ask("assign.status")["states"]["confirmed"], 0);
}

// A post until today, and then until next March: the archetype goes with it.
struct FixedTerm : Assigning {
    void post(const std::string& from, const std::string& to) {
        w.ask("people.import", {{"csv",
                                 "employee_number,name,unit,staff_group,job_role,from,to\n"
                                 "1000,Person,Lab,Medical,Consultant," +
                                     from + "," + to + "\n"},
                                {"issuer", "demo"}});
    }
    ordered_json archetype() {
        return w.ask("person", {{"person", "esr-employee:demo:1000"}})["archetypes"][0];
    }
    json decision() {
        const auto key = uuid(0) + "|creator";
        return json::parse(w.bridge->store().journal().decision_in_force("assignment", key)->payload);
    }
    const json lab = rules({rule("lab", "creator", {{"unit", is("Lab")}})});
};

TEST_F(FixedTerm, WhatWasConfirmedFollowsThePost) {
    post("2020-01-01", "2026-06-01");
    propose(lab);
    w.ask("assign.decide", {{"all", true}});
    EXPECT_EQ(w.ask("matrix", {{"as_of", "2026-06-02"}})["unassigned"], 0) << "nobody is in post";
    post("2020-01-01", "2027-03-01");
    EXPECT_EQ(w.ask("matrix", {{"as_of", "2026-06-02"}})["unassigned"], 1);
    const auto digest = w.digest();
    const auto next = rules({rule("lab", "creator", {{"unit", is("Lab")}})}, "2");
    EXPECT_EQ(propose(next, true)["counts"]["refreshed"], 1);
    EXPECT_EQ(w.digest(), digest);
    const auto done = propose(next);
    EXPECT_EQ(done["counts"]["refreshed"], 1);
    EXPECT_EQ(done["counts"]["already_decided"], 0);
    EXPECT_EQ(at(done, "Lab", "creator", "refreshed"), 1U);
    EXPECT_EQ(archetype()["state"], "confirmed");
    EXPECT_EQ(archetype()["to"], "2027-03-01");
    EXPECT_EQ(decision()["origin"], "rule:trust/lab@2");
    EXPECT_EQ(decision()["decided_by"], "tests");
    EXPECT_EQ(w.ask("matrix", {{"as_of", "2026-06-02"}})["unassigned"], 0);
    EXPECT_FALSE(propose(next).contains("run")) << "the same again writes nothing";
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(archetype()["to"], "2026-06-01");
}

TEST_F(FixedTerm, AProposalFollowsItAndDatesOfAFileStay) {
    post("2020-01-01", "2026-06-01");
    propose(lab);
    post("2020-01-01", "2027-03-01");
    EXPECT_EQ(propose(lab)["counts"]["refreshed"], 1);
    EXPECT_EQ(archetype()["state"], "proposed");
    EXPECT_EQ(archetype()["to"], "2027-03-01");
    w.ask("assign.import",
          {{"csv", "employee_number,archetype,state,to\n1000,creator,confirmed,2026-08-01\n"},
           {"issuer", "demo"},
           {"by", "the head"}});
    EXPECT_EQ(propose(lab)["counts"]["refreshed"], 0);
    EXPECT_EQ(archetype()["to"], "2026-08-01");
    EXPECT_EQ(decision()["decided_by"], "tests for the head");
}

TEST_F(FixedTerm, AnUnbrokenRowOfPostsKeepsItsStart) {
    post("2020-01-01", "2026-05-01");
    store::NewDecision earlier{"assignment",
                               uuid(0) + "|creator",
                               json{{"person", uuid(0)},
                                    {"archetype", "creator"},
                                    {"state", "confirmed"},
                                    {"origin", "rule:trust/lab@1"},
                                    {"from", "2020-01-01"},
                                    {"to", "2026-05-01"}}
                                   .dump(),
                               {}};
    store::Batch batch;
    store::RunRow run;
    run.kind = "decision";
    run.who = "tests";
    run.began = w.bridge->now();
    run.id = *w.bridge->store().sources().begin_run(run);
    batch.run = run.id;
    batch.entries.emplace_back(earlier);
    ASSERT_TRUE(w.bridge->store().journal().append(std::move(batch)));
    ASSERT_TRUE(w.bridge->project());
    post("2026-05-02", "2027-03-01");
    propose(lab);
    EXPECT_EQ(archetype()["from"], "2020-01-01");
    EXPECT_EQ(archetype()["to"], "2027-03-01");
}

TEST_F(FixedTerm, StatesCountWhatTheMatrixCounts) {
    people(3);
    post("2020-01-01", "2026-05-31");  // left yesterday
    w.ask("assign.import",
          {{"csv",
            "employee_number,archetype,state,to\n1000,creator,confirmed,\n1001,creator,confirmed,2026-05-31\n"
            "1002,creator,confirmed,\n"},
           {"issuer", "demo"}});
    const auto states = w.ask("assign.status")["states"];
    const auto matrix = w.ask("matrix");
    EXPECT_EQ(states["people_unassigned"], matrix["unassigned"]);
    EXPECT_EQ(states["people_unassigned"], 1) << "whose archetype ran out, and not who left";
    EXPECT_EQ(states["confirmed"], 1);
}

TEST_F(Assigning, OnePersonIsDecidedOnByAnyNameAndTheCallerStays) {
    people(3);
    propose(rules({rule("all", "user", {{"staff_group", is("Medical")}})}));
    EXPECT_EQ(w.refused("assign.decide", {{"person", "esr-employee:demo:9999"}}).code, "not_found");
    EXPECT_EQ(w.refused("assign.decide", {{"person", "nobody"}}).code, "not_found");
    EXPECT_EQ(w.ask("assign.decide",
                    {{"person", "esr-employee:demo:1001"}, {"by", "Dr Who"}})["counts"]["confirmed"],
              1);
    const auto known = w.bridge->store().journal().decision_in_force("assignment", uuid(1) + "|user");
    EXPECT_EQ(json::parse(known->payload)["decided_by"], "tests for Dr Who");
    EXPECT_EQ(w.ask("assign.decide", {{"person", uuid(2)}})["counts"]["confirmed"], 1);
}

TEST_F(Assigning, LintStaysBoundedWhateverTheRules) {
    people(3);
    const auto many = [](int count) {
        std::vector<json> list;
        for (int i = 0; i < count; ++i) {
            const json words{"medical", std::to_string(i)};
            list.push_back(
                rule("r" + std::to_string(i), "creator", {{"staff_group", {{"contains", words}}}}));
        }
        return rules(std::move(list)).dump();
    };
    EXPECT_EQ(w.refused("lint.show", {{"rules", many(501)}}).code, "invalid_document");
    const auto found = w.ask("lint.show", {{"rules", many(500)}, {"each", 5}});
    EXPECT_EQ(found["by_code"]["archetype_rules_overlap"], 499) << "each against the first, once";
    std::vector<std::string> says;
    for (const auto& f : found["findings"]) {
        if (f["code"] == "archetype_rules_overlap") says.push_back(f["says"]);
    }
    EXPECT_EQ(says.size(), 5U);
    w.bridge->stopping = true;
    EXPECT_EQ(w.refused("lint.show", {{"rules", many(2)}}).code, "stopping");
    w.bridge->stopping = false;
}

// Printed; asserted only far beyond what it takes: a slow machine is no fault of the code.
TEST_F(Assigning, FifteenThousandPeopleTakeSeconds) {
    using clock = std::chrono::steady_clock;
    const auto seconds = [](clock::time_point since) {
        return std::chrono::duration<double>(clock::now() - since).count();
    };
    people(15'000);
    const auto set = rules({rule("r", "user", {{"unit", {{"within", {"Radiology"}}}}}),
                            rule("c", "driver", {{"job_role", is("Consultant")}})});
    auto start = clock::now();
    EXPECT_EQ(propose(set, true)["counts"]["proposed_now"], 17'500);
    const auto preview = seconds(start);
    start = clock::now();
    propose(set);
    const auto proposing = seconds(start);
    start = clock::now();
    EXPECT_EQ(w.ask("assign.decide", {{"all", true}, {"dry_run", true}})["counts"]["confirmed"], 17'500);
    const auto dry = seconds(start);
    start = clock::now();
    w.ask("assign.decide", {{"all", true}});
    const auto deciding = seconds(start);
    std::cout << "15,000 people: preview " << preview << " s, propose " << proposing << " s, dry decide "
              << dry << " s, decide " << deciding << " s\n";
    EXPECT_LT(preview + dry, 30);
    EXPECT_LT(proposing + deciding, 120);
}

}  // namespace
}  // namespace capbridge::engine
