// What rows become: people, employments, units, definitions, holdings, withdrawals.
#include <fstream>

#include "common/competency.hpp"
#include "core/base/json.hpp"
#include "go_file.hpp"

namespace esr_test {
namespace {

using RecordsTest = EsrTest;

void expect_valid(const bridge::testing::Run& run) {
    for (const auto& e : run.events) {
        if (e.what != bridge::testing::Run::Event::What::emit || e.kind == "feed_gap") continue;
        std::ifstream in(std::string(CAPBRIDGE_REPO) + "/config/schemas/records/" + e.kind + ".schema.json");
        const auto problems = capbridge::validate_json(json::parse(e.text), json::parse(in));
        EXPECT_TRUE(problems.empty()) << e.text;
    }
}

TEST_F(RecordsTest, MakesOneRecordOfEachKind) {
    // Rows speak of rows that come later in the file.
    put(2, 10,
        {Held{.competence = "501"}, Assignment{}, Person{}, unit("300", "Ward \"9\"", "200"),
         position("400", "Nursing and Midwifery Registered", "Sister/Charge Nurse"), Definition{}});
    const auto out = pull("", {{"organisation", "RXX"}});
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message << out.log_message;
    expect_valid(out);
    EXPECT_TRUE(out.rejected().empty());
    const auto id = json{{"scheme", "esr-person"}, {"issuer", "vpd:123"}, {"value", "1001"}};
    const auto held = parsed(out, "competency_held");
    ASSERT_EQ(held.size(), 1u);
    EXPECT_EQ(held[0], json({{"who", json::array({id})},
                             {"key", "cm:9001"},
                             {"competency", "NHS|CSTF|Fire Safety - 2 Years"},
                             {"name", "Fire Safety"},
                             {"renewal", "P3Y"},  // the definition's word counts for more than the title's
                             {"level", "1 - Level 1"},
                             {"from", "2021-03-01"},
                             {"to", "2023-02-28"},
                             {"revision", "20210302 070336"}}));
    const auto employment = parsed(out, "employment");
    ASSERT_EQ(employment.size(), 1u);
    EXPECT_EQ(employment[0], json({{"key", "as:7001@2020-04-01"},
                                   {"who", json::array({id})},
                                   {"organisation", "RXX"},
                                   {"unit", "300"},
                                   {"staff_group", "Nursing and Midwifery Registered"},
                                   {"job_role", "Sister/Charge Nurse"},
                                   {"position", "400|Staff Nurse|Band 5"},
                                   {"fte", 1},
                                   {"primary", true},
                                   {"from", "2020-04-01"},
                                   {"revision", "20200402 101112"}}));
    const auto people = parsed(out, "person");
    ASSERT_EQ(people.size(), 2u);
    EXPECT_EQ(people[0]["key"], "an:7001");
    EXPECT_EQ(people[0]["who"][1],
              json({{"scheme", "esr-assignment"}, {"issuer", "vpd:123"}, {"value", "20001"}}));
    EXPECT_EQ(people[0]["valid_from"], "2020-04-01");
    EXPECT_EQ(people[1], json({{"who",
                                {id,
                                 {{"scheme", "esr-employee"}, {"issuer", "vpd:123"}, {"value", "20001"}},
                                 {{"scheme", "crs-uuid"}, {"value", "555000111222"}},
                                 {{"scheme", "email"}, {"value", "ada.severn@example.org"}}}},
                               {"name", "Ada Severn"},
                               {"key", "pr:1001"},
                               {"revision", "20200402"}}));
    EXPECT_EQ(parsed(out, "unit")[0], json({{"id", "300"},
                                            {"name", "Ward \"9\""},
                                            {"parent", "200"},
                                            {"code", "RXX01"},
                                            {"organisation", "RXX"},
                                            {"from", "2010-01-01"},
                                            {"revision", "20100101 000000"}}));
    EXPECT_EQ(parsed(out, "competency_definition")[0], json({{"id", "NHS|CSTF|Fire Safety - 2 Years"},
                                                             {"name", "Fire Safety"},
                                                             {"description", "Fire"},
                                                             {"authority", "NHS"},
                                                             {"group", "CSTF"},
                                                             {"renewal", "P3Y"},
                                                             {"revision", "20200101 000000"}}));
}

TEST_F(RecordsTest, WhatEarlierFilesSaidOfPositionsAndDefinitionsIsRemembered) {
    put(2, 10, {position("400", "Estates and Ancillary", "Porter"), Definition{}});
    const auto first = pull();
    put(3, 11, {Assignment{}, Held{}});
    const auto out = pull(first.cursor);
    EXPECT_EQ(parsed(out, "employment")[0]["job_role"], "Porter");
    EXPECT_EQ(parsed(out, "competency_held")[0]["renewal"], "P3Y");  // found by its name
}

TEST_F(RecordsTest, WithoutThePositionTheJobNameTells) {
    put(2, 10, {Assignment{}, Assignment{.id = "7002", .job = "Porter"}});
    const auto out = parsed(pull(), "employment");
    EXPECT_EQ(out[0]["staff_group"], "Nursing and Midwifery Registered");
    EXPECT_EQ(out[0]["job_role"], "Staff Nurse");
    EXPECT_FALSE(out[1].contains("staff_group"));
    EXPECT_EQ(out[1]["job_role"], "Porter");
}

TEST_F(RecordsTest, DatedRowsBecomeEmploymentsAndTheOneInForceThePerson) {
    put(10, 10,
        {Person{.start = "20200401", .end = "20210331", .last = "Trent"},
         Person{.start = "20210401", .last = "Severn"},
         Person{.start = "20220101", .last = "Wye"},  // of the future
         Assignment{.start = "20200401", .end = "20210331", .unit = "300"},
         Assignment{.start = "20210401", .end = "20211231", .unit = "301"},
         Assignment{.start = "20220101", .end = "47121231", .unit = "302"},
         Assignment{.id = "7002", .number = "20001-2", .primary = "No", .fte = "0.4"}});
    const auto out = pull();
    expect_valid(out);
    Strings spans;
    for (const auto& e : parsed(out, "employment"))
        spans.push_back(e["unit"].get<std::string>() + " " + e["from"].get<std::string>() + " " +
                        e.value("to", "-"));
    EXPECT_EQ(spans, (Strings{"300 2020-04-01 2021-03-31", "301 2021-04-01 2021-12-31", "302 2022-01-01 -",
                              "300 2020-04-01 -"}));
    const auto people = parsed(out, "person");
    ASSERT_EQ(people.size(), 3u);
    EXPECT_EQ(people[0]["name"], "Ada Severn");
    EXPECT_EQ(people[1]["key"], "an:7001");
    EXPECT_EQ(people[2]["who"][1]["value"], "20001-2");
    // A later file that only puts an old row right does not bring the old name back.
    put(11, 11, {Person{.start = "20200401", .end = "20210331", .last = "Trent"}});
    EXPECT_TRUE(pull(out.cursor).events.size() == 1);
}

TEST_F(RecordsTest, LeaversEndOnTheirLastDay) {
    put(2, 10,
        {Person{.terminated = "20210131"}, Assignment{},
         Assignment{.id = "7002", .number = "20001-2", .ends = "20201231"},
         Assignment{.id = "7003", .start = "20210201"}});  // begins when they have gone
    const auto out = pull();
    const auto employments = parsed(out, "employment");
    ASSERT_EQ(employments.size(), 2u);
    EXPECT_EQ(employments[0]["to"], "2021-01-31");
    EXPECT_EQ(employments[1]["to"], "2020-12-31");
    EXPECT_EQ(keys(out, "person"), (Strings{"pr:1001", "an:7001", "an:7002"}));
    for (const auto& p : parsed(out, "person")) EXPECT_TRUE(p.contains("valid_to")) << p;
    expect_valid(out);
}

TEST_F(RecordsTest, ANumberThatIsUsedAgainBelongsToEachInTheirTime) {
    put(2, 10,
        {Assignment{
             .person = "1001", .id = "7001", .end = "20201231", .number = "20001-3", .ends = "20201231"},
         Assignment{.person = "1002", .id = "7002", .start = "20210301", .number = "20001-3"}});
    const auto out = parsed(pull(), "person");
    ASSERT_EQ(out.size(), 2u);
    EXPECT_EQ(out[0]["who"][0]["value"], "1001");
    EXPECT_EQ(out[0]["valid_to"], "2020-12-31");
    EXPECT_EQ(out[1]["who"][0]["value"], "1002");
    EXPECT_EQ(out[1]["valid_from"], "2021-03-01");
}

TEST_F(RecordsTest, DeletionsWithdrawByTheKeyAlone) {
    put(2, 10,
        {Person{}, Held{}, Definition{}, unit("300", "Ward"), Assignment{.end = "20201231"},
         Assignment{.start = "20210101"}});
    const auto first = pull();
    put(3, 11,
        {"CMD~9001\n", "ASD~7001\n", "ORD~300\n", "CDD~501\n", "POD~400\n", "PRD~1001\n", "CMD~77777\n"});
    const auto out = pull(first.cursor);
    expect_valid(out);
    EXPECT_EQ(withdrawn(out), (Strings{"competency_held cm:9001", "employment as:7001@2020-04-01",
                                       "employment as:7001@2021-01-01", "person an:7001", "unit 300",
                                       "competency_definition NHS|CSTF|Fire Safety - 2 Years",
                                       "person pr:1001", "competency_held cm:77777"}));
}

TEST_F(RecordsTest, ADeletionBeforeItsRowWinsUnlessTheRowIsYounger) {
    put(2, 10, {"CMD~9001\n", "ASD~7001\n", Held{}, Assignment{}, Held{.id = "9002"}});
    const auto same = pull();
    EXPECT_EQ(keys(same, "competency_held"), Strings{"cm:9002"});
    EXPECT_TRUE(same.records("employment").empty());

    put(3, 11, {Held{}, Assignment{}});  // an old row that comes a file later
    const auto later = pull(same.cursor);
    EXPECT_TRUE(later.records("competency_held").empty());
    EXPECT_TRUE(later.records("employment").empty());

    put(4, 12, {Held{.updated = "20210403 080000"}});
    const auto younger = pull(later.cursor);
    EXPECT_EQ(keys(younger, "competency_held"), Strings{"cm:9001"});
    put(5, 13, {Held{}});  // and the tombstone is gone
    EXPECT_EQ(keys(pull(younger.cursor), "competency_held"), Strings{"cm:9001"});

    put(2, 10, {"CMD~9001\n", Held{.updated = ""}});
    const auto nobody_knows = pull();
    ASSERT_EQ(nobody_knows.rejected().size(), 1u);
    EXPECT_EQ(nobody_knows.rejected()[0].key, "cm:9001");
}

TEST_F(RecordsTest, ADeletionBehindAYoungerRowIsTheLastWord) {
    put(2, 10, {"CMD~9001\n", "ASD~7001\n"});
    const auto first = pull();
    put(3, 11,
        {Held{.updated = "20210402 120000"}, Assignment{.updated = "20210402 120000"}, "CMD~9001\n",
         "ASD~7001\n"});
    const auto second = pull(first.cursor);
    EXPECT_EQ(withdrawn(second).size(), 4u);
    EXPECT_TRUE(second.records("employment").empty());
    put(4, 12, {Held{.updated = "20210402 120000"}, Assignment{.updated = "20210402 120000"}});
    const auto old_rows = pull(second.cursor);
    EXPECT_TRUE(old_rows.records("competency_held").empty());
    EXPECT_TRUE(old_rows.records("employment").empty());
    // And within one file the row behind the last deletion counts again.
    put(4, 12,
        {"CMD~9001\n", Held{.updated = "20210403 080000"}, "CMD~9001\n", Held{.updated = "20210405 080000"}});
    const auto again = pull(second.cursor);
    put(5, 13, {Held{}});
    EXPECT_EQ(keys(pull(again.cursor), "competency_held"), Strings{"cm:9001"});
}

TEST_F(RecordsTest, AFullFileForgetsTombstones) {
    put(2, 10, {"CMD~9001\n"});
    const auto first = pull();
    host.put_file(name(3, 1, "GOF"), full(3, 1, {Held{}}));
    const auto second = pull(first.cursor);
    EXPECT_EQ(keys(second, "competency_held"), Strings{"cm:9001"});
    put(4, 11, {Held{.to = "20290101"}});
    EXPECT_EQ(keys(pull(second.cursor), "competency_held"), Strings{"cm:9001"});
}

TEST_F(RecordsTest, RequirementsAreNotHoldingsAndALostStatusTakesBack) {
    put(2, 10,
        {Held{.id = "1", .type = "JOB", .job = "88", .essential = "Y"},
         Held{.person = "", .id = "2", .job = "88"}, Held{.id = "3", .status = "PROPOSED"},
         Held{.id = "4", .type = "personal", .status = "achieved"}});
    const auto out = pull();
    EXPECT_EQ(keys(out, "competency_held"), Strings{"cm:4"});
    EXPECT_EQ(withdrawn(out), Strings{"competency_held cm:3"});
    EXPECT_TRUE(out.rejected().empty());
    EXPECT_EQ(keys(pull("", {{"held", {{"types", {"JOB"}}}}}), "competency_held"), Strings{"cm:1"});
}

TEST_F(RecordsTest, AnAssignmentThatTurnsOutEndedIsTakenBack) {
    put(2, 10, {Assignment{}});
    const auto first = pull();
    put(3, 11,
        {Assignment{.status = "TERM_ASSIGN"}, Assignment{.id = "7009", .status = "TERM_ASSIGN"},
         Assignment{.id = "7010", .type = "A"}});
    const auto second = pull(first.cursor);
    EXPECT_EQ(withdrawn(second), Strings{"employment as:7001@2020-04-01"});
    EXPECT_TRUE(second.records("employment").empty());
    put(4, 12, {"ASD~7001\n"});
    EXPECT_EQ(withdrawn(pull(second.cursor)), Strings{"person an:7001"});  // nothing is left of it
}

TEST_F(RecordsTest, Latin1AndBarsComeOutWhole) {
    put(2, 10,
        {Person{.last = "Llyn\xe9 O\x92"
                        "Rh\xf4ne \"II\" \\",
                .first = "Zo\xeb"},
         Held{.name = "NHS|KSF|Health, Safety | Security C3|Core"}, Held{.id = "2", .name = "277|CNST"}});
    const auto out = pull();
    EXPECT_EQ(parsed(out, "person")[0]["name"], "Zoë Llyné O’Rhône \"II\" \\");
    const auto held = parsed(out, "competency_held");
    EXPECT_EQ(held[0]["competency"], "NHS|KSF|Health, Safety | Security C3|Core");
    EXPECT_EQ(held[0]["name"], "Health, Safety|Security C3|Core");
    EXPECT_EQ(held[1]["name"], "CNST");
    EXPECT_FALSE(held[1].contains("renewal"));
}

TEST_F(RecordsTest, CompetencyTextsInTheirParts) {
    const auto read = [](std::string_view text) {
        const auto c = plugins::read_competency(text);
        return Strings{c.id, c.authority, c.group, c.title, c.renewal};
    };
    EXPECT_EQ(read("NHS|CSTF|Fire Safety - 2 Years|"),
              (Strings{"NHS|CSTF|Fire Safety - 2 Years", "NHS", "CSTF", "Fire Safety", "P2Y"}));
    EXPECT_EQ(
        read("457|LOCAL|Clinical Risk (PAR) - 3 Years|"),
        (Strings{"457|LOCAL|Clinical Risk (PAR) - 3 Years", "457", "LOCAL", "Clinical Risk (PAR)", "P3Y"}));
    EXPECT_EQ(read("NHS|CSTF|Safeguarding Adults - Level 2 - 18 Months"),
              (Strings{"NHS|CSTF|Safeguarding Adults - Level 2 - 18 Months", "NHS", "CSTF",
                       "Safeguarding Adults - Level 2", "P18M"}));
    EXPECT_EQ(read("NHS|MAND|Induction - No Renewal|")[3], "Induction");
    EXPECT_EQ(read("277|CNST"), (Strings{"277|CNST", "277", "", "CNST", ""}));
    EXPECT_EQ(read("Fire - Part 2"), (Strings{"Fire - Part 2", "", "", "Fire - Part 2", ""}));
    EXPECT_EQ(read("- 2 Years")[4], "");
    EXPECT_EQ(read("NHS|||")[0], "NHS");
    EXPECT_EQ(read("||")[0], "");
    EXPECT_EQ(plugins::period_of("012", "Months"), "P12M");
    for (const auto& [count, units] :
         {std::pair{"0", "Year"}, std::pair{"", "Year"}, std::pair{"1", "Fortnight"}, std::pair{"-1", "Year"},
          std::pair{"1", ""}, std::pair{"9999", "Year"}})
        EXPECT_EQ(plugins::period_of(count, units), "") << count << units;
}

TEST_F(RecordsTest, SettingsThatCannotWorkAreRefused) {
    for (const auto* settings : {R"({"columns":{"PR":{"id":0}}})", R"({"columns":{"PR":{"last_name":8}}})",
                                 R"({"columns":{"XX":{"id":2}}})", R"({"name_format":"{title} {last}"})",
                                 R"({"codes":{"delta":"GOF"}})"}) {
        const auto out = pull("", json::parse(settings));
        EXPECT_EQ(out.code, BRIDGE_CONFIG) << settings;
        EXPECT_FALSE(out.user_message.empty());
    }
    put(2, 10,
        {row("CMA", 27, {{2, "1001"}, {3, "9001"}, {4, "PERSONAL"}, {5, "ACHIEVED"}, {8, "Swapped"}})});
    const auto moved =
        pull("", json::parse(R"({"columns":{"CM":{"competency_name":8,"end":6}},"issuer":"sea"})"));
    ASSERT_EQ(moved.records("competency_held").size(), 1u) << moved.user_message;
    EXPECT_EQ(parsed(moved, "competency_held")[0]["name"], "Swapped");
    EXPECT_EQ(parsed(moved, "competency_held")[0]["who"][0]["issuer"], "sea");
}

}  // namespace
}  // namespace esr_test
