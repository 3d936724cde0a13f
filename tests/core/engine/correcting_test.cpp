// What was said of people's items is corrected and taken back on a real store: of one day, after merges, by
// whom the register names, and with parameters that are mistyped.
#include <gtest/gtest.h>

#include <cctype>

#include "world.hpp"

namespace capbridge::engine {
namespace {

const char* const skill = "a4-guidelines-1";  // capability: no course gives it
const char* const aware = "t1-ai-literacy-1";

std::string who(int person) {
    return "esr-employee:demo:" + std::to_string(1000 + person);
}

class Correcting : public testing::Test {
protected:
    void SetUp() override {
        w.people(4);
        const json educator{{"id", "educator"}, {"title", "Clinical educator"}, {"credentials", {"tests"}}};
        w.ask("assessor.publish", {{"text", educator.dump()}});
    }
    json one(int person, const json& more = json::object()) {
        json out{{"person", who(person)},
                 {"requirements", {skill}},
                 {"assessor", "educator"},
                 {"on", "2026-03-01"}};
        out.update(more);
        return out;
    }
    std::string standing(int person) {
        const auto told = w.ask("explain", {{"person", who(person)}, {"requirement", skill}});
        return told["verdict"].get<std::string>() + "/" + told["reason"].get<std::string>();
    }
    ordered_json cohort(const std::string& csv) {
        return w.ask("attestation.import", {{"csv", csv}, {"issuer", "demo"}, {"name", "cohort.csv"}});
    }

    World w;
};

TEST_F(Correcting, OfOneDayTheFindingSaidLastStands) {
    const json not_met{{"outcome", "not_met"}};
    w.ask("attestation.add", one(0, not_met));
    w.ask("attestation.add", one(0));  // a slip
    EXPECT_EQ(standing(0), "met/held_not_demanded");
    const auto tried = w.ask("attestation.add", one(0, {{"outcome", "not_met"}, {"dry_run", true}}));
    EXPECT_EQ(tried["changed"], true);
    EXPECT_NE(tried["effect"].dump().find("contradicted"), std::string::npos) << tried["effect"];
    const auto corrected = w.ask("attestation.add", one(0, not_met));
    EXPECT_EQ(corrected["changed"], true);
    EXPECT_EQ(standing(0), "contradicted/contradicted");
    const auto again = w.ask("attestation.add", one(0, not_met));
    EXPECT_EQ(again["changed"], false);
    EXPECT_EQ(again["id"], corrected["id"]);
    // What was withdrawn stands no more: the slip does.
    w.ask("attestation.withdraw", {{"id", corrected["id"]}, {"why", "tests"}});
    EXPECT_EQ(standing(0), "met/held_not_demanded");
    EXPECT_EQ(w.ask("attestation.add", one(0, not_met))["changed"], true);
}

TEST_F(Correcting, AFindingOfAnotherDayOrItemChangesNothingOfTheSame) {
    EXPECT_EQ(w.ask("attestation.add", one(0))["changed"], true);
    w.ask("attestation.add", one(0, {{"outcome", "not_met"}, {"on", "2026-03-02"}}));
    w.ask("attestation.add", one(0, {{"outcome", "not_met"}, {"requirements", {aware}}}));
    EXPECT_EQ(w.ask("attestation.add", one(0))["changed"], false) << "the later day goes before it anyway";
    EXPECT_EQ(standing(0), "contradicted/contradicted");
    const std::string rows = "employee_number,requirements,assessor,outcome,on\n";
    cohort(rows + "1001,a4-guidelines-1,educator,not_met,2026-03-01\n");
    cohort(rows + "1001,a4-guidelines-1,educator,met,2026-03-01\n");
    const auto corrected = cohort(rows + "1001,a4-guidelines-1,educator,not_met,2026-03-01\n");
    EXPECT_EQ(corrected["counts"]["taken"], 1) << corrected;
    EXPECT_EQ(standing(1), "contradicted/contradicted");
}

TEST_F(Correcting, NobodyVouchesForThemselvesWhateverTheRegisterCallsThem) {
    const auto uuid = [&](int person) {
        return w.ask("person", {{"person", who(person)}})["id"].get<std::string>();
    };
    auto upper = uuid(0);
    for (auto& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto published = [&](const std::string& id, const std::string& person) {
        const json document{{"id", id}, {"title", "E"}, {"credentials", {"tests"}}, {"person", person}};
        return w.ask("assessor.publish", {{"text", document.dump()}})["warnings"];
    };
    EXPECT_TRUE(published("upper", upper).empty());
    EXPECT_TRUE(published("merged", uuid(1)).empty());
    EXPECT_TRUE(published("numbered", who(2)).empty());
    EXPECT_EQ(published("nobody", uuid_v4()).size(), 1U);
    EXPECT_EQ(published("misspelt", "esr-employee:demo:9999").size(), 1U);
    const auto refused = [&](const char* by) {
        return w.refused("attestation.add", one(0, {{"assessor", by}})).code;
    };
    EXPECT_EQ(refused("upper"), "forbidden");
    // Vouched for before it was known that they are one.
    w.ask("attestation.add", one(0, {{"assessor", "merged"}}));
    EXPECT_EQ(standing(0), "met/held_not_demanded");
    const auto run = w.ask("person.merge", {{"from", uuid(1)}, {"into", uuid(0)}})["run"];
    EXPECT_EQ(refused("merged"), "forbidden");
    EXPECT_NE(standing(0), "met/held_not_demanded");
    w.ask("run.revert", {{"run", run}});
    EXPECT_EQ(standing(0), "met/held_not_demanded");
    EXPECT_EQ(refused("numbered"), "") << "somebody else";
}

TEST_F(Correcting, AWaiverEndsAlsoAfterAMerge) {
    const auto uuid = [&](int person) { return w.ask("person", {{"person", who(person)}})["id"]; };
    const auto waived = [&] {
        std::size_t count = 0;
        const auto told = w.ask("override.list", {{"person", who(0)}});
        for (const auto& o : told["overrides"]) count += o["in_force"] == true ? 1 : 0;
        return count;
    };
    for (const int person : {0, 1})
        w.ask("override.set", {{"person", who(person)}, {"requirements", {aware}}, {"why", "x"}});
    w.ask("override.set", {{"person", who(1)}, {"requirements", {skill}}, {"why", "x"}});
    w.ask("person.merge", {{"from", uuid(1)}, {"into", uuid(0)}});
    w.ask("override.end", {{"person", who(0)}, {"requirements", {aware}}});
    EXPECT_EQ(waived(), 1U) << "of both keys, and no other item";
    const auto done = w.ask("override.end", {{"person", who(0)}, {"requirements", {skill}}});
    EXPECT_EQ(waived(), 0U);
    EXPECT_EQ(w.refused("override.end", {{"person", who(0)}, {"requirements", {skill}}}).code, "not_found");
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(waived(), 1U);
}

TEST_F(Correcting, WhatTakesBackRefusesWhatItDoesNotKnow) {
    const auto refused = [&](const char* operation, const json& params) {
        const auto error = w.refused(operation, params);
        return error.code + ":" + error.where;
    };
    const auto id = w.ask("attestation.add", one(0))["id"];
    w.ask("override.set", {{"person", who(0)}, {"requirements", {aware}}, {"why", "x"}});
    const auto before = w.digest();
    const json end{{"person", who(0)}, {"requirements", {aware}}};
    const auto with = [](json params, const json& more) {
        params.update(more);
        return params;
    };
    EXPECT_EQ(refused("override.end", with(end, {{"dry_run", true}})), "unknown_parameter:dry_run");
    EXPECT_EQ(refused("override.end", with(end, {{"context", 7}})), "bad_parameter:context");
    const json withdraw{{"id", id}, {"why", "x"}};
    EXPECT_EQ(refused("attestation.withdraw", with(withdraw, {{"dry_run", true}})),
              "unknown_parameter:dry_run");
    EXPECT_EQ(refused("attestation.withdraw", with(withdraw, {{"why", 7}})), "bad_parameter:why");
    EXPECT_EQ(refused("team.withdraw", {{"team", "board"}, {"dry_run", true}}), "unknown_parameter:dry_run");
    EXPECT_EQ(refused("journey.withdraw", {{"journey", "j"}, {"why", "x"}}), "unknown_parameter:why");
    EXPECT_EQ(refused("attestation.add", one(0, {{"dry_run", "yes"}})), "bad_parameter:dry_run");
    EXPECT_EQ(refused("attestation.add", one(0, {{"dry_run", true}, {"list", "ten"}})), "bad_parameter:list");
    EXPECT_EQ(w.digest(), before);
    w.ask("override.end", end);
    EXPECT_NE(w.digest(), before);
}

}  // namespace
}  // namespace capbridge::engine
