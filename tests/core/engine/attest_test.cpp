// Attesting and waiving on a real store: one by one and in cohorts, tried first, said again, taken back; the
// lists of what was said; the end of an assessor's registration.
#include <gtest/gtest.h>

#include "world.hpp"

namespace capbridge::engine {
namespace {

const char* const skill = "a4-guidelines-1";  // capability: no course gives it
const char* const aware = "t1-ai-literacy-1";
const char* const proficient = "a4-regulation-and-standards-5";

std::string who(int person) {
    return "esr-employee:demo:" + std::to_string(1000 + person);
}

class Attesting : public testing::Test {
protected:
    void SetUp() override {
        w.people(6);
        assessor("educator");
    }
    void assessor(const std::string& id, const json& more = json::object()) {
        json document{{"id", id}, {"title", "Clinical educator"}, {"credentials", {"tests"}}};
        document.update(more);
        w.ask("assessor.publish", {{"text", document.dump()}});
    }
    json one(int person, const json& more = json::object()) {
        json out{{"person", who(person)},
                 {"requirements", {skill}},
                 {"assessor", "educator"},
                 {"on", "2026-03-01"}};
        out.update(more);
        return out;
    }
    std::string standing(int person, const char* requirement = skill) {
        const auto told = w.ask("explain", {{"person", who(person)}, {"requirement", requirement}});
        return told["verdict"].get<std::string>() + "/" + told["reason"].get<std::string>();
    }
    ordered_json cohort(const std::string& csv, const json& more = json::object()) {
        json params{{"csv", csv}, {"issuer", "demo"}, {"name", "cohort.csv"}};
        params.update(more);
        return w.ask("attestation.import", params);
    }
    // "3:person:not_found"
    static std::vector<std::string> wrong(const ordered_json& answer, const char* line = "line") {
        std::vector<std::string> out;
        for (const auto& e : answer["exceptions"])
            out.push_back(e[line].dump() + ":" + e.value("column", "") + ":" + e["code"].get<std::string>());
        return out;
    }
    std::size_t said() { return w.ask("attestation.list")["total"]; }

    World w;
};

TEST_F(Attesting, WithdrawingAndRevertingTakeBackExactly) {
    const auto before = w.digest();
    const auto done = w.ask("attestation.add", one(0));
    const auto given = w.digest();
    EXPECT_NE(given, before);
    EXPECT_EQ(standing(0), "met/held_not_demanded");
    const auto gone = w.ask("attestation.withdraw", {{"id", done["id"]}, {"why", "another was meant"}});
    EXPECT_EQ(standing(0), "revoked/revoked");
    EXPECT_EQ(w.ask("attestation.withdraw", {{"id", done["id"]}, {"why", "again"}})["changed"], false);
    w.ask("run.revert", {{"run", gone["run"]}});
    EXPECT_EQ(w.digest(), given);
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(w.digest(), before);
    EXPECT_EQ(said(), 0U);
    // The same from the journal anew.
    w.ask("rebuild");
    EXPECT_EQ(w.digest(), before);
}

TEST_F(Attesting, WhatIsSaidAgainIsNotWritten) {
    const auto first = w.ask("attestation.add", one(0));
    const auto again = w.ask("attestation.add", one(0));
    EXPECT_EQ(again["changed"], false);
    EXPECT_EQ(again["id"], first["id"]);
    EXPECT_FALSE(again.contains("run"));
    EXPECT_TRUE(w.ask("attestation.add", one(0, {{"method", "simulation"}})).contains("run"));
    // What was withdrawn may be said anew.
    w.ask("attestation.withdraw", {{"id", first["id"]}, {"why", "tests"}});
    EXPECT_TRUE(w.ask("attestation.add", one(0)).contains("run"));
    const json waive{{"person", who(1)}, {"requirements", {aware}}, {"why", "teaches it"}};
    EXPECT_TRUE(w.ask("override.set", waive).contains("run"));
    EXPECT_EQ(w.ask("override.set", waive)["changed"], false);
    auto longer = waive;
    longer["until"] = "2027-01-01";
    EXPECT_TRUE(w.ask("override.set", longer).contains("run"));
}

TEST_F(Attesting, RefusesWhatIsMistyped) {
    const auto refused = [&](const json& more) {
        const auto error = w.refused("attestation.add", one(0, more));
        return error.code + ":" + error.where;
    };
    EXPECT_EQ(refused({{"until", "2027-01-01"}}), "unknown_parameter:until") << "it is valid_to";
    EXPECT_EQ(refused({{"valid_to", 2027}}), "bad_parameter:valid_to");
    EXPECT_EQ(refused({{"on", "01/03/2026"}}), "bad_parameter:on");
    EXPECT_EQ(refused({{"on", "2026-06-02"}}), "bad_parameter:on") << "tomorrow";
    EXPECT_EQ(refused({{"valid_to", "2026-02-28"}}), "bad_parameter:valid_to");
    EXPECT_EQ(refused({{"outcome", "nearly"}}), "bad_parameter:outcome");
    EXPECT_EQ(refused({{"kind", "self"}}), "bad_parameter:kind");
    EXPECT_EQ(refused({{"requirements", "a4-guidelines-1"}}), "bad_parameter:requirements");
    EXPECT_EQ(refused({{"requirements", {proficient}}}), "above_cap:requirements");
    EXPECT_EQ(refused({{"document", std::string(501, 'x')}}), "bad_parameter:document");
    EXPECT_EQ(refused({{"context", "nowhere"}}), "not_found:context");
    const json prior{{"method", "prior_learning"}, {"document", "Certificate"}};
    EXPECT_EQ(refused(prior), "bad_parameter:reviewer");
    EXPECT_EQ(refused({{"method", "prior_learning"}, {"reviewer", "Office"}}), "bad_parameter:document");
    assessor("other", {{"credentials", {"somebody"}}});
    EXPECT_EQ(refused({{"assessor", "other"}}), "forbidden:assessor");
    EXPECT_EQ(said(), 0U);
}

TEST_F(Attesting, ADryRunTellsWhatItWouldDo) {
    const auto before = w.digest();
    const auto tried = w.ask("attestation.add", one(0, {{"dry_run", true}}));
    EXPECT_EQ(tried["effect"]["items"]["gained"], 1);
    EXPECT_EQ(tried["effect"]["people"]["total"], 1);
    EXPECT_FALSE(tried.contains("run"));
    EXPECT_EQ(w.digest(), before);
    EXPECT_EQ(said(), 0U);
    w.ask("attestation.add", one(0));
    EXPECT_EQ(w.ask("attestation.add", one(0, {{"dry_run", true}}))["effect"]["items"]["gained"], 0);
    const auto finding =
        w.ask("attestation.add", one(0, {{"on", "2026-04-01"}, {"outcome", "not_met"}, {"dry_run", true}}));
    EXPECT_EQ(finding["effect"]["items"]["lost"], 1);
    EXPECT_EQ(finding["effect"]["reasons"]["lost"]["contradicted"], 1);
    const auto waived = w.ask(
        "override.set", {{"person", who(1)}, {"requirements", {aware}}, {"why", "x"}, {"dry_run", true}});
    EXPECT_EQ(waived["effect"]["items"]["no_longer_asked"], 1);
    EXPECT_EQ(w.ask("override.list")["total"], 0);
}

TEST_F(Attesting, ACohortTakesTheGoodRowsInOneRunAndTellsOfTheBad) {
    const auto before = w.digest();
    const std::string csv =
        "employee_number,requirements,outcome,on,method,colour\n"
        "1000,a4-guidelines-1,,2026-03-01,simulation,red\n"          // 2
        "1001,a4-guidelines-1; t1-ai-literacy-1,met,2026-03-01,,\n"  // 3
        "1002,a4-guidelines-1,not_met,2026-03-01,,\n"                // 4
        "9999,a4-guidelines-1,,2026-03-01,,\n"                       // 5
        "1003,a9-nothing,,2026-03-01,,\n"                            // 6
        "1003,a4-guidelines-1,,01/03/2026,,\n"                       // 7
        "1003,a4-guidelines-1,perhaps,2026-03-01,,\n"                // 8
        "1003,a4-regulation-and-standards-5,,2026-03-01,,\n"         // 9
        "1003,,,2026-03-01,,\n"                                      // 10
        ",a4-guidelines-1,,2026-03-01,,\n"                           // 11
        "1.003E+03,a4-guidelines-1,,2026-03-01,,\n"                  // 12
        "1000,a4-guidelines-1,not_met,2026-03-01,,\n"                // 13
        "1003,a4-guidelines-1,,2026-03-01,prior_learning,\n"         // 14
        "1000,a4-guidelines-1,,2026-03-01,simulation,red\n";         // 15
    const auto tried = cohort(csv, {{"assessor", "educator"}, {"dry_run", true}});
    EXPECT_EQ(w.digest(), before);
    EXPECT_EQ(tried["effect"]["items"]["gained"], 3);
    const auto done = cohort(csv, {{"assessor", "educator"}});
    EXPECT_EQ(done["counts"], tried["counts"]);
    EXPECT_EQ(done["exceptions"], tried["exceptions"]);
    EXPECT_EQ(done["counts"]["rows"], 14);
    EXPECT_EQ(done["counts"]["taken"], 3);
    EXPECT_EQ(done["counts"]["left_out"], 11);
    EXPECT_EQ(wrong(done),
              (std::vector<std::string>{
                  "1::unknown_column", "5:person:not_found", "6:requirements:not_found", "7:on:bad_parameter",
                  "8:outcome:bad_parameter", "9:requirements:above_cap", "10:requirements:bad_parameter",
                  "11:employee_number:missing_employee_number", "12:employee_number:rounded_employee_number",
                  "13:requirements:said_twice", "14:document:bad_parameter", "15::duplicate_row"}));
    EXPECT_EQ(standing(0), "met/held_not_demanded");
    EXPECT_EQ(standing(1, aware), "met/met_attested");
    EXPECT_EQ(standing(2), "in_progress/in_progress");
    EXPECT_EQ(standing(3), "none/no_learning_exists");
    // The file again says nothing new.
    const auto again = cohort(csv, {{"assessor", "educator"}});
    EXPECT_EQ(again["counts"]["same"], 3);
    EXPECT_FALSE(again.contains("run"));
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(w.digest(), before);
}

TEST_F(Attesting, ACohortMayBeAList) {
    const json list{{{"person", who(0)}},
                    {{"person", who(1)}, {"assessor", "nobody"}},
                    "text",
                    {{"person", who(2)}, {"colour", "red"}},
                    {{"person", who(3)}, {"requirement", aware}},
                    {{"person", who(4)}, {"dry_run", true}}};
    const json params{
        {"attestations", list}, {"assessor", "educator"}, {"requirements", {skill}}, {"on", "2026-03-01"}};
    const auto done = w.ask("attestation.import", params);
    EXPECT_EQ(wrong(done, "entry"),
              (std::vector<std::string>{"2:assessor:not_found", "3::bad_parameter",
                                        "4:colour:unknown_parameter", "6::unknown_parameter"}));
    EXPECT_EQ(done["counts"]["taken"], 2);
    EXPECT_EQ(standing(0), "met/held_not_demanded");
    EXPECT_EQ(standing(3, aware), "met/met_attested");
}

TEST_F(Attesting, ACohortIsBoundedAndWhole) {
    const auto code = [&](const json& params) { return w.refused("attestation.import", params).code; };
    EXPECT_EQ(code(json::object()), "bad_parameter");
    EXPECT_EQ(code({{"csv", "person\n"}, {"attestations", json::array()}}), "bad_parameter");
    EXPECT_EQ(code({{"csv", "person\n"}, {"colour", "red"}}), "unknown_parameter");
    EXPECT_EQ(code({{"csv", "requirements\na\n"}}), "missing_column");
    EXPECT_EQ(code({{"csv", "employee_number,requirements\n1000,a\n"}}), "missing_issuer");
    EXPECT_EQ(code({{"csv", "person,person\na,b\n"}}), "duplicate_column");
    EXPECT_EQ(code({{"csv", "person,requirements\n\"a\n"}}), "invalid_csv");
    EXPECT_EQ(code({{"csv", "person\n"}, {"assessor", "nobody"}}), "not_found")
        << "refused as a whole, not row by row";
    std::string many = "person,requirements\n";
    for (int i = 0; i < 5001; ++i) many += "x" + std::to_string(i) + "," + skill + "\n";
    EXPECT_EQ(code({{"csv", many}}), "too_many_rows");
    const auto none = w.ask("attestation.import", {{"csv", "person,requirements\n"}});
    EXPECT_EQ(none["counts"]["rows"], 0);
    EXPECT_FALSE(none.contains("run"));
}

TEST_F(Attesting, ItemsAreWaivedForMany) {
    const auto before = w.digest();
    const auto done = w.ask("override.import", {{"csv",
                                                 "employee_number,requirements,kind,until,why\n"
                                                 "1000,t1-ai-literacy-1;t1-ai-literacy-2,,2027-01-01,\n"
                                                 "1001,t1-ai-literacy-1,not_applicable,,on long leave\n"
                                                 "1002,t1-ai-literacy-1,maybe,,\n"
                                                 "1000,t1-ai-literacy-1,,,\n"},
                                                {"issuer", "demo"},
                                                {"why", "teaches it"}});
    EXPECT_EQ(wrong(done), (std::vector<std::string>{"4:kind:bad_parameter", "5:requirements:said_twice"}));
    const auto list = w.ask("override.list");
    EXPECT_EQ(list["total"], 3);
    EXPECT_EQ(list["overrides"][0]["why"], "on long leave");
    EXPECT_EQ(list["overrides"][0]["kind"], "not_applicable");
    EXPECT_EQ(w.ask("override.list", {{"person", who(0)}})["total"], 2);
    EXPECT_EQ(w.ask("override.list", {{"requirement", aware}})["total"], 2);
    EXPECT_EQ(w.refused("override.import", {{"csv", "person,requirements\na,b\n"}, {"assessor", "x"}}).code,
              "unknown_parameter");
    EXPECT_EQ(
        wrong(w.ask("override.import", {{"csv", "person,requirements\n" + who(3) + "," + aware + "\n"}})),
        (std::vector<std::string>{"2:why:bad_parameter"}));
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(w.digest(), before);
}

TEST_F(Attesting, ListsWhatWasSaidAndWhetherItCounts) {
    w.ask("attestation.add", one(0, {{"method", "simulation"}}));
    const auto second = w.ask("attestation.add", one(1, {{"requirements", {skill, aware}}}));
    w.ask("attestation.self", {{"person", who(2)}, {"requirements", {aware}}});
    const auto all = w.ask("attestation.list");
    EXPECT_EQ(all["total"], 3);
    EXPECT_EQ(all["attestations"][0]["kind"], "self");
    EXPECT_EQ(all["attestations"][0]["not_counting"][aware], "self_assessment");
    EXPECT_TRUE(all["attestations"][1]["not_counting"].empty());
    EXPECT_EQ(all["attestations"][2]["assessor_title"], "Clinical educator");
    EXPECT_EQ(all["attestations"][2]["by"], "tests");
    EXPECT_EQ(w.ask("attestation.list", {{"assessor", "educator"}})["total"], 2);
    EXPECT_EQ(w.ask("attestation.list", {{"requirement", aware}})["total"], 2);
    EXPECT_EQ(w.ask("attestation.list", {{"person", who(0)}})["attestations"][0]["method"], "simulation");
    const auto page = w.ask("attestation.list", {{"limit", 1}, {"offset", 1}});
    EXPECT_EQ(page["total"], 3);
    ASSERT_EQ(page["attestations"].size(), 1U);
    EXPECT_EQ(page["attestations"][0]["id"], second["id"]);
    EXPECT_EQ(w.refused("attestation.list", {{"person", who(77)}}).code, "not_found");
    // Who was merged is listed as who they are now.
    const auto into = w.ask("person", {{"person", who(0)}})["id"];
    w.ask("person.merge", {{"from", w.ask("person", {{"person", who(1)}})["id"]}, {"into", into}});
    const auto merged = w.ask("attestation.list", {{"person", who(0)}});
    EXPECT_EQ(merged["total"], 2);
    for (const auto& a : merged["attestations"]) EXPECT_EQ(a["person"], into);
    // And at an earlier entry there was less.
    const auto seq = w.ask("status")["journal"];
    w.ask("attestation.withdraw", {{"id", second["id"]}, {"why", "tests"}});
    EXPECT_EQ(w.ask("attestation.list")["attestations"][0]["not_counting"][skill], "withdrawn");
    EXPECT_TRUE(w.ask("attestation.list",
                      {{"known_at", seq}, {"assessor", "educator"}})["attestations"][0]["not_counting"]
                    .empty());
}

TEST_F(Attesting, ARegistrationEndsAndWhatWasVouchedForBeforeStays) {
    w.ask("attestation.add", one(0, {{"on", "2026-03-01"}}));
    w.ask("attestation.add", one(1, {{"on", "2026-05-01"}}));
    const auto given = w.digest();
    const json end{{"id", "educator"}, {"to", "2026-04-01"}, {"why", "moved on"}};
    auto dry = end;
    dry["dry_run"] = true;
    const auto tried = w.ask("assessor.end", dry);
    EXPECT_EQ(tried["effect"]["items"]["lost"], 1);
    EXPECT_EQ(tried["attestations_lost"], 1);
    EXPECT_EQ(w.digest(), given);
    const auto done = w.ask("assessor.end", end);
    EXPECT_EQ(done["attestations_lost"], 1);
    EXPECT_EQ(standing(0), "met/held_not_demanded");
    EXPECT_EQ(standing(1), "none/capped");
    EXPECT_EQ(w.ask("assessor.list")["assessors"][0]["to"], "2026-04-01");
    EXPECT_EQ(w.refused("attestation.add", one(2, {{"on", "2026-05-01"}})).code, "forbidden");
    EXPECT_EQ(w.ask("assessor.end", end)["changed"], false);
    EXPECT_EQ(w.refused("assessor.end", {{"id", "educator"}, {"to", "2026-05-01"}, {"why", "x"}}).code,
              "bad_parameter");
    EXPECT_EQ(w.refused("assessor.end", {{"id", "nobody"}, {"why", "x"}}).code, "not_found");
    EXPECT_EQ(w.refused("assessor.end", {{"id", "educator"}}).code, "bad_parameter");
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(w.digest(), given);
}

TEST_F(Attesting, TheRecordNamesTheRole) {
    w.ask("attestation.add", one(0, {{"requirements", {aware}},
                                     {"method", "prior_learning"},
                                     {"document", "Certificate 2024"},
                                     {"reviewer", "Education office"}}));
    const auto record = w.ask("record", {{"person", who(0)}});
    bool found = false;
    for (const auto& factor : record["factors"]) {
        for (const auto& item : factor["items"]) {
            if (item["requirement"] != aware) continue;
            found = true;
            const auto& evidence = item["evidence"][0];
            EXPECT_EQ(evidence["assessor_title"], "Clinical educator");
            EXPECT_EQ(evidence["method"], "prior_learning");
            EXPECT_EQ(evidence["document"], "Certificate 2024");
            EXPECT_EQ(evidence["reviewer"], "Education office");
        }
    }
    EXPECT_TRUE(found);
    const auto told = w.ask("explain", {{"person", who(0)}, {"requirement", aware}})["steps"].dump();
    for (const char* part : {"Clinical educator", "prior_learning", "Certificate 2024", "Education office"})
        EXPECT_NE(told.find(part), std::string::npos) << part;
}

}  // namespace
}  // namespace capbridge::engine
