// The csv adapter through its ABI, as the host sees it.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "bridge/testing.hpp"
#include "core/base/json.hpp"
#include "csv/schema.hpp"

namespace {

using Result = bridge::testing::Run;
using nlohmann::json;

const char* const kMoodle = R"({"files":"*.csv","columns":{
  "who":[{"scheme":"esr-employee","issuer":"nymouth","column":"ID number"},{"scheme":"email","column":"Email address"}],
  "activity":{"column":"Course ID number","title_column":"Course short name","type":"course"},
  "key":{"columns":["Full name","Course ID number"]},
  "what":{"column":"Completed","values":{"Yes":"completed","No":"skip"}},
  "occurred":{"column":"Time completed","formats":["%A, %d %B %Y, %I:%M %p","%d/%m/%Y"],"zone":"Europe/London"},
  "score":{"raw_column":"Grade","min":0,"max":100},
  "expires":{"column":"Valid to","formats":["%d/%m/%Y"]}}})";
const std::string kHeader =
    "Full name,ID number,Email address,Course short name,Course ID number,Completed,Time "
    "completed,Grade,Valid to\n";

class CsvTest : public ::testing::Test {
protected:
    Result run(const std::string& settings = kMoodle, const std::string& cursor = "") {
        bridge::testing::Bench bench(host, "csv");
        const auto configured = bench.configure(settings);
        return configured.code == BRIDGE_OK ? bench.pull(cursor) : configured;
    }
    bridge::testing::Host host;
};

json with(const char* pointer, json value) {
    auto settings = json::parse(kMoodle);
    settings[json::json_pointer(pointer)] = std::move(value);
    return settings;
}

TEST_F(CsvTest, MakesCompletionsOfAMoodleReport) {
    host.put_file("report.csv", kHeader +
                                    "A B,E028,a@x.example,SAFE101,CRS-SAFE101,Yes,\"Monday, 3 March 2025, "
                                    "9:15 AM\",64.00,01/03/2027\n"
                                    "C D,,c@x.example,SAFE101,CRS-SAFE101,yes,03/03/2025,-,\n"
                                    "E F,E030,,SAFE101,CRS-SAFE101,No,,,\n");
    const auto out = run();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    const auto records = out.records("completion");
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(
        json::parse(records[0]),
        json::parse(
            R"({"who":[{"scheme":"esr-employee","issuer":"nymouth","value":"E028"},{"scheme":"email","value":"a@x.example"}],
        "activity":{"id":"CRS-SAFE101","title":"SAFE101","type":"course"},"key":"A B|CRS-SAFE101","what":"completed",
        "occurred":{"value":"2025-03-03T09:15:00Z","precision":"instant","basis":"completed","zone":"Europe/London"},
        "score":{"raw":64.0,"min":0.0,"max":100.0},"expires":"2027-03-01"})"));
    const auto second = json::parse(records[1]);
    EXPECT_EQ(second["who"].size(), 1u);
    EXPECT_EQ(second["occurred"]["value"], "2025-03-03");
    EXPECT_EQ(second["occurred"]["precision"], "day");
    EXPECT_FALSE(second.contains("score"));
    EXPECT_TRUE(out.rejected().empty());

    std::ifstream in(std::string(CAPBRIDGE_REPO) + "/config/schemas/records/completion.schema.json");
    const auto schema = json::parse(in);
    for (const auto& r : records) EXPECT_TRUE(capbridge::validate_json(json::parse(r), schema).empty()) << r;
}

TEST_F(CsvTest, RejectsUnreadableRowsWithoutPersonalDataAndGoesOn) {
    host.put_file("report.csv", kHeader +
                                    "E1,E028,,S,C1,Yes,soon,,\n"
                                    "E2,,,S,C1,Yes,03/03/2025,,\n"
                                    "E3,E028,,S,,Yes,03/03/2025,,\n"
                                    "E4,E028,,S,C2,Maybe,03/03/2025,,\n"
                                    "E5,E028,,S,C3,Yes\n"
                                    "E6,E028,,S,C4,Yes,03/03/2025,many,\n"
                                    "E7,E\xe4,,S,C5,Yes,03/03/2025,,\n"
                                    "Fine,E028,,S,C6,Yes,03/03/2025,,\n");
    const auto out = run();
    ASSERT_EQ(out.code, BRIDGE_OK);
    EXPECT_EQ(out.records("completion").size(), 1u);
    std::vector<std::string> seen;
    for (const auto& r : out.rejected()) {
        const auto reason = json::parse(r.text);
        seen.push_back(reason["where"].get<std::string>() + " " + reason.value("column", "-") + " " + r.key);
        EXPECT_EQ(r.text.find("E028"), std::string::npos);
        EXPECT_EQ(r.text.find("soon"), std::string::npos);
    }
    EXPECT_EQ(seen, (std::vector<std::string>{
                        "report.csv:2 Time completed E1|C1", "report.csv:3 ID number E2|C1",
                        "report.csv:4 Course ID number E3|-", "report.csv:5 Completed E4|C2",
                        "report.csv:6 - ", "report.csv:7 Grade E6|C4", "report.csv:8 ID number E7|C5"}));
}

TEST_F(CsvTest, AFileWithoutAConfiguredColumnIsOneRejection) {
    host.put_file("report.csv", "ID number,Email address\nE1,x@x.example\n");
    const auto out = run();
    ASSERT_EQ(out.rejected().size(), 1u);
    EXPECT_EQ(json::parse(out.rejected()[0].text)["column"], "Course ID number");
    EXPECT_EQ(run(kMoodle, out.cursor).rejected().size(), 0u);  // not again every night
}

TEST_F(CsvTest, UnchangedFilesAreNotReadAgainAndChangedOnesWholly) {
    const std::string row = "A,E1,,S,C1,Yes,03/03/2025,,\n";
    host.put_file("a.csv", kHeader + row);
    host.put_file("b.csv", kHeader + row);
    host.put_file("notes.txt", "not ours");
    const auto first = run();
    EXPECT_EQ(first.records("completion").size(), 2u);
    host.files_read = 0;
    EXPECT_TRUE(run(kMoodle, first.cursor).events.empty());
    EXPECT_EQ(host.files_read, 0);
    host.put_file("a.csv", kHeader + row + "B,E2,,S,C1,Yes,04/03/2025,,\n");
    const auto second = run(kMoodle, first.cursor);
    EXPECT_EQ(second.records("completion").size(), 2u);
    EXPECT_EQ(host.files_read, 1);
    EXPECT_EQ(run(kMoodle, "nonsense").code, BRIDGE_BAD_CURSOR);
    const auto endless = R"({"files":{},"partial":{"file":"a.csv","version":"1","rows":1e300}})";
    EXPECT_EQ(run(kMoodle, endless).code, BRIDGE_BAD_CURSOR);
}

TEST_F(CsvTest, AResumeAfterAnyCheckpointGivesTheSameSet) {
    for (const bool snapshot : {false, true}) {
        std::string text = kHeader;
        for (int i = 0; i < 9000; ++i)
            text += "N" + std::to_string(i) + ",E" + std::to_string(i) + ",,S,C1,Yes," +
                    (i % 100 == 7 ? "soon" : "03/03/2025") + ",,\n";
        host.put_file("big.csv", text);
        host.put_file("small.csv", kHeader + "N,E9,,S,C2,Yes,03/03/2025,,\n");
        const auto settings = with("/snapshot", snapshot).dump();
        const auto whole = run(settings);
        const auto all = whole.records("completion");
        const std::set<std::string> expected(all.begin(), all.end());
        const auto checkpoints = static_cast<int>(whole.checkpoints().size());
        EXPECT_EQ(checkpoints, snapshot ? 2 : 4);  // of a snapshot only the newest file counts
        for (int stop = 1; stop <= checkpoints; ++stop) {
            bridge::testing::Bench bench(host, "csv");
            bench.configure(settings);
            const auto first = bench.pull_until(stop, "");
            bridge::testing::Bench fresh(host, "csv");
            fresh.configure(settings);
            const auto second = fresh.pull(first.cursor);
            auto kept = first.durable("completion");
            const auto rest = second.records("completion");
            kept.insert(kept.end(), rest.begin(), rest.end());
            EXPECT_EQ(std::set<std::string>(kept.begin(), kept.end()), expected) << stop;
            if (!snapshot) {
                EXPECT_EQ(kept.size(), all.size()) << "the part that was read is skipped";
            }
        }
    }
}

TEST_F(CsvTest, ASnapshotResumedAfterAKillInItsMiddleIsWholeAgain) {
    std::string text = kHeader;
    for (int i = 0; i < 6000; ++i)
        text += "N" + std::to_string(i) + ",E" + std::to_string(i) + ",,S,C1,Yes,03/03/2025,,\n";
    host.put_file("list.csv", text);
    const auto settings = with("/snapshot", true).dump();
    bridge::testing::Bench bench(host, "csv");
    bench.configure(settings);
    const auto cut = bench.pull_until(1, "");
    EXPECT_EQ(cut.code, BRIDGE_CANCELLED);
    EXPECT_TRUE(cut.records("snapshot_end").empty());
    const auto again = run(settings, cut.cursor);
    EXPECT_EQ(again.records("completion").size(), 6000u);
    EXPECT_EQ(again.records("snapshot_begin"), std::vector<std::string>{R"({"scope":"*.csv"})"});
    EXPECT_EQ(again.records("snapshot_end"), std::vector<std::string>{R"({"scope":"*.csv"})"});
}

TEST_F(CsvTest, ASnapshotIsClosedOnlyWhenEveryRowCouldBeTold) {
    const auto settings = with("/snapshot", true).dump();
    // A bad date has a key: the fact is there, only unreadable.
    host.put_file("a.csv", kHeader + "N,E1,,S,C1,Yes,soon,,\n");
    EXPECT_EQ(run(settings).records("snapshot_end").size(), 1u);
    // Nobody knows whose row this is: nothing may be concluded from who is absent.
    host.put_file("a.csv", kHeader + ",E1,,S,,Yes,03/03/2025,,\n");
    EXPECT_EQ(run(settings).records("snapshot_end").size(), 0u);
    EXPECT_EQ(host.log.size(), 1u);
    for (const char* text : {"", "other\n", "\"open"}) {
        host.put_file("a.csv", text);
        EXPECT_EQ(run(settings).records("snapshot_end").size(), 0u) << text;
    }
}

TEST_F(CsvTest, ScopesAreTheFilesPatternOrEachFile) {
    host.put_file("north.csv", kHeader + "N,E1,,S,C1,Yes,03/03/2025,,\n");
    host.put_file("south.csv", kHeader + "N,E2,,S,C1,Yes,03/03/2025,,\n");
    auto settings = with("/snapshot", true);
    EXPECT_EQ(run(settings.dump()).records("completion").size(), 1u);
    settings["scope"] = "site {file}";
    const auto out = run(settings.dump());
    EXPECT_EQ(out.records("completion").size(), 2u);
    EXPECT_EQ(out.records("snapshot_begin"),
              (std::vector<std::string>{R"({"scope":"site north.csv"})", R"({"scope":"site south.csv"})"}));
}

TEST_F(CsvTest, KeysAttemptsDurationsAndOtherValues) {
    host.put_file(
        "a.csv",
        "Who\tCourse\tDone\tTry\tMinutes\tPct\n1\tA|B\t2026-03-01\t2\t90\t85 %\n1\tA|B\t2027-03-01\t1\t\t\n");
    const auto out = run(
        R"({"separator":"tab","columns":{"who":[{"scheme":"registration:GMC","column":"who"}],"activity":{"column":"course"},
        "key":{"columns":["Who","Course","Done"]},"what":{"otherwise":"passed"},"occurred":{"column":"done","formats":["%F"]},
        "score":{"raw_column":"pct"},"attempt":{"column":"try"},"duration":{"column":"minutes","unit":"minutes"}}})");
    const auto records = out.records("completion");
    ASSERT_EQ(records.size(), 2u) << out.user_message
                                  << (out.rejected().empty() ? "" : out.rejected()[0].text);
    const auto first = json::parse(records[0]);
    EXPECT_EQ(first["key"], "1|A\\|B|2026-03-01");
    EXPECT_EQ(first["what"], "passed");
    EXPECT_EQ(first["attempt"], 2);
    EXPECT_EQ(first["duration"], "PT5400S");
    EXPECT_EQ(first["score"]["raw"], 85.0);
}

TEST_F(CsvTest, CompetencyTextsGiveTitleAndValidity) {
    const auto settings = R"({"columns":{"who":[{"scheme":"esr-employee","column":"Who"}],
      "activity":{"column":"Competency","competency_string":true},
      "occurred":{"column":"Date","formats":["%d/%m/%Y"]},
      "expires":{"column":"Until","formats":["%d/%m/%Y"]}}})";
    host.put_file("a.csv",
                  "Who,Competency,Date,Until\n"
                  "E1,NHS|CSTF|Fire Safety - 2 Years|,29/02/2024,\n"
                  "E2,NHS|CSTF|Fire Safety - 2 Years|,01/03/2024,31/12/2025\n"
                  "E3,NHS|CSTF|Fire Safety - 2 Years|,01/03/2024,NO EXPIRY\n"
                  "E4,NHS|CSTF|Fire Safety - 2 Years|,,\n"
                  "E5,457|LOCAL|Risk (PAR) - 18 Months|,31/08/2024,\n"
                  "E6,|,01/03/2024,\n"
                  "E7,Fire Safety,01/03/2024,someday\n");
    const auto out = run(settings);
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    std::vector<std::string> seen;
    for (const auto& r : out.records("completion")) {
        const auto c = json::parse(r);
        seen.push_back(c["activity"]["id"].get<std::string>() + " > " +
                       c["activity"]["title"].get<std::string>() + " > " + c.value("expires", "-"));
    }
    const std::string fire = "NHS|CSTF|Fire Safety - 2 Years > Fire Safety > ";
    EXPECT_EQ(seen,
              (std::vector<std::string>{fire + "2026-02-28", fire + "2025-12-31", fire + "-", fire + "-",
                                        "457|LOCAL|Risk (PAR) - 18 Months > Risk (PAR) > 2026-02-28"}));
    ASSERT_EQ(out.rejected().size(), 2u);
    EXPECT_EQ(json::parse(out.rejected()[0].text)["column"], "Competency");
    EXPECT_EQ(json::parse(out.rejected()[1].text)["column"], "Until");
    // The words for "no expiry" can be chosen; then the others are no dates.
    const auto own = json::parse(settings);
    auto changed = own;
    changed["columns"]["expires"]["never"] = {"someday"};
    EXPECT_EQ(run(changed.dump()).rejected().size(), 2u);
    EXPECT_EQ(run(changed.dump()).records("completion").size(), 5u);
}

TEST_F(CsvTest, TextsOfAllKindsBecomeJson) {
    host.put_file("a.csv",
                  "\xef\xbb\xbfWho,Course,Title\r\nE\"1,C\\1,\"two\r\nlines, a \"\"quote\"\" and\ta "
                  "tab\x01\"\r\nE2,C2,Zo\xc3\xab\r\n");
    const auto settings = R"({"columns":{"who":[{"scheme":"esr-employee","column":"who"}],
      "activity":{"column":"course","title_column":"title"}}})";
    const auto records = run(settings).records("completion");
    ASSERT_EQ(records.size(), 2u);
    const auto first = json::parse(records[0]);
    EXPECT_EQ(first["who"][0]["value"], "E\"1");
    EXPECT_EQ(first["activity"]["id"], "C\\1");
    EXPECT_EQ(first["activity"]["title"], "two\r\nlines, a \"quote\" and\ta tab\x01");
    EXPECT_EQ(json::parse(records[1])["activity"]["title"], "Zoë");
    EXPECT_EQ(first["occurred"], json({{"precision", "unknown"}}));
}

TEST_F(CsvTest, SettingsThatCannotWorkAreRefusedWithWhatToChange) {
    auto zone = json::parse(kMoodle);
    zone["columns"]["occurred"].erase("zone");
    EXPECT_EQ(run(zone.dump()).code, BRIDGE_CONFIG);
    EXPECT_EQ(run(with("/columns/occurred/zone", "Europe/Nowhere").dump()).code, BRIDGE_CONFIG);
    const auto format = run(with("/columns/occurred/formats", {"%I:%M"}).dump());
    EXPECT_EQ(format.code, BRIDGE_CONFIG);
    EXPECT_NE(format.user_message.find("'%I:%M'"), std::string::npos);
    host.offers_files = false;
    EXPECT_EQ(run().code, BRIDGE_CONFIG);
}

TEST(CsvDescriptor, IsStaticAndItsSchemaTakesTheSettings) {
    const auto descriptor = json::parse(csv_adapter::kDescriptor);
    EXPECT_TRUE(capbridge::validate_json(json::parse(kMoodle), descriptor["config_schema"]).empty());
    EXPECT_FALSE(
        capbridge::validate_json(json::parse(R"({"columns":{},"colums":1})"), descriptor["config_schema"])
            .empty());
    bridge::testing::Host host;
    for (const char* id : {"cs", "csvx", "", "CSV"})
        EXPECT_EQ(bridge_adapter_entry.create(host.c(), bridge::text(id)), nullptr) << id;
}

}  // namespace
