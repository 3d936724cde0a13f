// Which rows are one fact, and what may never change that; and tables that are none.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bridge/testing.hpp"

namespace {

using Result = bridge::testing::Run;
using nlohmann::json;
using Strings = std::vector<std::string>;

class CsvKeysTest : public ::testing::Test {
protected:
    Result run(const json& settings) {
        bridge::testing::Bench bench(host, "csv");
        const auto configured = bench.configure(settings.dump());
        return configured.code == BRIDGE_OK ? bench.pull("") : configured;
    }
    Result read(const std::string& text, const json& settings) {
        host.put_file("a.csv", text);
        return run(settings);
    }
    static Strings keys(const Result& run) {
        Strings out;
        for (const auto& r : run.records("completion")) out.push_back(json::parse(r)["key"]);
        return out;
    }
    // The only rejection: where, column, reason.
    static std::string rejection(const Result& run) {
        if (run.rejected().size() != 1) return std::to_string(run.rejected().size()) + " rejections";
        const auto reason = json::parse(run.rejected()[0].text);
        return reason["where"].get<std::string>() + " " + reason.value("column", "-") + ": " +
               reason["reason"].get<std::string>();
    }
    bridge::testing::Host host;
};

json two_columns() {
    return json::parse(R"({"columns":{
      "who":[{"scheme":"esr-employee","column":"Number"},{"scheme":"email","column":"Mail"}],
      "activity":{"column":"Course"},"key":{"columns":["Mail","Course"]},
      "occurred":{"column":"Date","formats":["%d-%b-%Y","%Y/%m/%d %H:%M:%S"],"zone":"Europe/London"}}})");
}

const std::string kHeader = "Number,Mail,Course,Date\n";

TEST_F(CsvKeysTest, SeveralIdentifiersNeedAKey) {
    auto settings = two_columns();
    settings["columns"].erase("key");
    const auto out = read(kHeader, settings);
    EXPECT_EQ(out.code, BRIDGE_CONFIG);
    EXPECT_TRUE(out.user_message.starts_with("columns.key: ")) << out.user_message;
    EXPECT_NE(out.user_message.find(R"(["Number", "Course"])"), std::string::npos) << out.user_message;
    settings["columns"]["who"].erase(1);  // of one there is nothing to choose
    EXPECT_EQ(keys(read(kHeader + "7,,C1,\n", settings)), Strings{"esr-employee|7|C1"});
}

TEST_F(CsvKeysTest, AnIdentifierThatIsFilledInLaterChangesNoKey) {
    const auto before = keys(read(kHeader + ",ada@example.org,C1,02-Dec-2025\n", two_columns()));
    const auto after = keys(read(kHeader + "7,Ada@Example.org,C1,02-Dec-2025\n", two_columns()));
    EXPECT_EQ(before, Strings{"ada@example.org|C1"});
    EXPECT_EQ(after, before);
}

TEST_F(CsvKeysTest, AKeyThatNamesNobodyIsRejected) {
    const auto out = read(kHeader + "7,,C1,\n8,,C1,\n9,bo@example.org,C1,\n", two_columns());
    EXPECT_EQ(keys(out), Strings{"bo@example.org|C1"});
    ASSERT_EQ(out.rejected().size(), 2u);
    EXPECT_EQ(json::parse(out.rejected()[0].text),
              json({{"where", "a.csv:2"},
                    {"column", "Mail"},
                    {"reason", "the key names nobody: the column is empty"}}));
}

TEST_F(CsvKeysTest, DatesAndCompetenciesCountHoweverTheyAreWritten) {
    auto settings = two_columns();
    settings["columns"]["key"]["columns"] = {"Number", "Course", "Date"};
    settings["columns"]["activity"]["competency_string"] = true;
    const auto out = read(kHeader +
                              "7,,NHS|CSTF|Fire Safety - 2 Years|,02-Dec-2025\n"
                              "7,,NHS|CSTF|Fire Safety - 2 Years,2025/12/02 00:00:00\n"
                              "7,,NHS|CSTF|Fire Safety - 2 Years,02-Dec-2026\n"
                              "7,,NHS|CSTF|Fire Safety - 2 Years,soon\n",
                          settings);
    const std::string key = "7|NHS\\|CSTF\\|Fire Safety - 2 Years|";
    EXPECT_EQ(keys(out), (Strings{key + "2025-12-02", key + "2025-12-02", key + "2026-12-02"}));
    EXPECT_EQ(rejection(out), "a.csv:5 Date: the date fits none of the formats");
}

TEST_F(CsvKeysTest, TheDefaultWrittenDownIsTheDefault) {
    auto settings = two_columns();
    settings["columns"]["who"].erase(0);
    const std::string row = kHeader + "7,Ada@example.org,C1,02-Dec-2025\n";
    settings["columns"].erase("key");
    EXPECT_EQ(keys(read(row, settings)), Strings{"email|ada@example.org|C1"});
    settings["columns"]["key"]["columns"] = {"mail", "COURSE"};
    EXPECT_EQ(keys(read(row, settings)), Strings{"email|ada@example.org|C1"});
    // And stays what it is when another identifier comes to the first, as the message about that proposes.
    settings["columns"]["who"].push_back({{"scheme", "esr-employee"}, {"column", "Number"}});
    EXPECT_EQ(keys(read(row, settings)), Strings{"email|ada@example.org|C1"});
    EXPECT_EQ(rejection(read(kHeader + "7,,C1,\n", settings)),
              "a.csv:2 Mail: the key names nobody: the column is empty");
}

TEST_F(CsvKeysTest, AnotherChoiceOfKeyIsRefusedUntilTheSettingsAcceptIt) {
    const std::string row = kHeader + "7,ada@example.org,C1,02-Dec-2025\n";
    EXPECT_EQ(read(row, two_columns()).code, BRIDGE_OK);
    auto other = two_columns();
    other["columns"]["key"]["columns"] = {"Number", "Course"};
    const auto check = [&](const json& settings) {
        bridge::testing::Bench bench(host, "csv");
        EXPECT_EQ(bench.configure(settings.dump()).code, BRIDGE_OK);
        return bench.check();
    };
    const auto tried = check(other);  // trying settings out says it, and is no yes
    EXPECT_EQ(tried.code, BRIDGE_CONFIG);
    for (int night = 1; night <= 3; ++night) {  // nor is time
        const auto refused = run(other);
        EXPECT_EQ(refused.code, BRIDGE_CONFIG);
        EXPECT_TRUE(refused.events.empty());
        EXPECT_TRUE(
            refused.user_message.starts_with("The key of a row was made of (chosen: mail as email, course) "
                                             "when rows were taken in, and would be "
                                             "made of (default: number as esr-employee, course) now: every "
                                             "row would be another fact. Nothing was read."))
            << refused.user_message;
        EXPECT_NE(refused.user_message.find(
                      R"("accept_key": "default: number as esr-employee, course" into columns)"),
                  std::string::npos)
            << refused.user_message;
        EXPECT_NE(refused.user_message.find("stays beside it and counts too, until"), std::string::npos);
    }
    EXPECT_EQ(keys(run(two_columns())), Strings{"ada@example.org|C1"});  // put back: nothing happened
    EXPECT_EQ(run(other).code, BRIDGE_CONFIG);                           // and then it is asked anew

    other["snapshot"] = true;
    EXPECT_NE(run(other).user_message.find("the bridge holds that run (snapshot_fell)"), std::string::npos);
    other["columns"]["accept_key"] = "yes";
    EXPECT_EQ(run(other).code, BRIDGE_CONFIG) << "a yes is to one key";
    other["columns"]["accept_key"] = "default: number as esr-employee, course";
    EXPECT_EQ(check(other).code, BRIDGE_OK);
    EXPECT_EQ(keys(run(other)), Strings{"esr-employee|7|C1"});
    EXPECT_EQ(keys(run(other)), Strings{"esr-employee|7|C1"});
    auto back = two_columns();  // and back is another change, to which that was no yes
    back["columns"]["accept_key"] = "default: number as esr-employee, course";
    EXPECT_EQ(run(back).code, BRIDGE_CONFIG);
}

// Two settings have one choice only if they give one key.
TEST_F(CsvKeysTest, WhateverChangesTheKeyIsAskedAbout) {
    auto before = two_columns();
    before["columns"]["who"].erase(0);
    before["columns"].erase("key");
    using Change = void (*)(json & columns);
    const std::vector<Change> changes{
        [](json& c) { c["who"][0]["scheme"] = "account:https://lms.example.org"; },
        [](json& c) { c["who"][0]["column"] = "Number"; },
        [](json& c) { c["activity"]["competency_string"] = true; },
        [](json& c) { c["attempt"]["column"] = "Number"; },
        [](json& c) {
            c["key"]["columns"] = {"Course", "Mail"};
        },
        [](json& c) {
            c["key"]["columns"] = {"Mail", "Course", "Date"};
        },
    };
    const std::string row = kHeader + "7,Ada@example.org,1|LOCAL|C1|,2025/12/02 10:00:00\n";
    for (const auto& change : changes) {
        host.state.clear();
        const auto was = keys(read(row, before));
        auto after = before;
        change(after["columns"]);
        EXPECT_EQ(run(after).code, BRIDGE_CONFIG) << after;
        host.state.clear();
        EXPECT_NE(keys(run(after)), was) << after;
    }
    // Of a chosen key: the scheme, where it changes the text, and the zone of a date.
    before["columns"]["key"]["columns"] = {"Date", "Course", "Mail"};
    for (const auto& change : std::vector<Change>{[](json& c) { c["who"][0]["scheme"] = "openid"; },
                                                  [](json& c) { c["activity"]["competency_string"] = true; },
                                                  [](json& c) { c["occurred"]["zone"] = "Europe/Paris"; },
                                                  [](json& c) { c.erase("key"); }}) {
        host.state.clear();
        const auto was = keys(read(row, before));
        auto after = before;
        change(after["columns"]);
        EXPECT_EQ(run(after).code, BRIDGE_CONFIG) << after;
        host.state.clear();
        EXPECT_NE(keys(run(after)), was) << after;
    }
}

TEST_F(CsvKeysTest, PartsOfAPackageAreFactsOfTheirOwn) {
    auto settings = json::parse(R"({"columns":{"who":[{"scheme":"esr-employee","column":"Number"}],
      "activity":{"column":"Course","sco_column":"SCO","objective_column":"Objective"},
      "what":{"column":"Status","values":{"Passed":"passed"}}}})");
    const std::string text =
        "Number,Course,SCO,Objective,Status\n"
        "7,C1,,,Passed\n"
        "7,C1,item_1,,Passed\n"
        "7,C1,item_1,o1,Passed\n"
        "7,C1,-,o2,Passed\n";
    const auto out = read(text, settings);
    EXPECT_EQ(keys(out), (Strings{"esr-employee|7|C1|-|-", "esr-employee|7|C1|item_1|-",
                                  "esr-employee|7|C1|item_1|o1", "esr-employee|7|C1|-|o2"}));
    ASSERT_EQ(out.records("completion").size(), 4u);
    const auto activity = [&](std::size_t i) {
        return json::parse(out.records("completion")[i])["activity"];
    };
    EXPECT_EQ(activity(0), json::parse(R"({"id":"C1"})"));
    EXPECT_EQ(activity(1), json::parse(R"({"id":"C1","sco":"item_1"})"));
    EXPECT_EQ(activity(2), json::parse(R"({"id":"C1","sco":"item_1","objective":"o1"})"));
    EXPECT_EQ(activity(3), json::parse(R"({"id":"C1","objective":"o2"})"));
    // A chosen key without them would make one fact of all parts.
    settings["columns"]["key"] = {{"columns", {"Number", "Course", "SCO"}}};
    const auto refused = run(settings);
    EXPECT_EQ(refused.code, BRIDGE_CONFIG);
    EXPECT_NE(refused.user_message.find("'Objective'"), std::string::npos) << refused.user_message;
    settings["columns"]["key"]["columns"].push_back("objective");
    EXPECT_EQ(run(settings).code, BRIDGE_OK);
}

TEST_F(CsvKeysTest, MarksWithADecimalCommaAreMarks) {
    const auto settings = json::parse(R"({"columns":{"who":[{"scheme":"esr-employee","column":"Number"}],
      "activity":{"column":"Course"},"score":{"raw_column":"Mark","max":100}}})");
    const auto out =
        read("Number,Course,Mark\n1,C,\"85,5\"\n2,C,\"0,855\"\n3,C,80%\n4,C,\"1,000\"\n5,C,\"1.000,5\"\n",
             settings);
    std::vector<double> marks;
    for (const auto& r : out.records("completion")) marks.push_back(json::parse(r)["score"]["raw"]);
    EXPECT_EQ(marks, (std::vector<double>{85.5, 0.855, 80}));
    EXPECT_EQ(out.rejected().size(), 2u);
}

TEST_F(CsvKeysTest, TablesThatAreNoneSayWhy) {
    const auto settings = two_columns();
    EXPECT_EQ(rejection(read("Number;Mail;Course;Date\n7;ada@example.org;C1;\n", settings)),
              "a.csv:1 Course: the file has one column only; is the separator right?");
    EXPECT_EQ(rejection(read("Number,Mail,Course,Finished\n7,,C1,\n", settings)),
              "a.csv:1 Date: the file has no such column");
    EXPECT_EQ(rejection(read("Number,Mail,Course,Date,MAIL\n7,,C1,,\n", settings)),
              "a.csv:1 Mail: the file has this column more than once");
    std::string wide;
    for (const char c : kHeader + "7,ada@example.org,C1,02-Dec-2025\n") wide += {c, '\0'};
    EXPECT_EQ(rejection(read("\xff\xfe" + wide, settings)),
              "a.csv:1 -: the rest of the file is unreadable: it is utf-16 and not utf-8; say so in the "
              "setting encoding");
    EXPECT_EQ(rejection(read(wide, settings)),
              "a.csv:1 -: the header is not utf-8; is another encoding meant (utf-16 for instance)?");
    auto right = settings;
    right["encoding"] = "utf-16";
    EXPECT_EQ(keys(read(wide, right)), Strings{"ada@example.org|C1"});
}

TEST_F(CsvKeysTest, RowsThatAreNoneSayWhyAndNothingOfThem) {
    const auto settings = two_columns();
    const auto reason = [&](const std::string& row) {
        const auto out = read(kHeader + row, settings);
        for (const auto& r : out.rejected()) EXPECT_EQ(r.text.find("ada@"), std::string::npos) << r.text;
        for (const auto& line : host.log) EXPECT_EQ(line.find("ada@"), std::string::npos) << line;
        return rejection(out);
    };
    EXPECT_EQ(reason("7,ada@example.org,C1,31-Feb-2025\n"),
              "a.csv:2 Date: the date fits none of the formats");
    EXPECT_EQ(reason("7,ada@example.org,C1,45993\n"),
              "a.csv:2 Date: the date is a spreadsheet's number of days; export it as a date");
    EXPECT_EQ(reason("7,ada@example.org,C1,45993.5\n"),
              "a.csv:2 Date: the date is a spreadsheet's number of days; export it as a date");
    EXPECT_EQ(reason("7,ada@example.org,C"), "a.csv:2 -: the row has 3 fields, the header 4");
    EXPECT_EQ(reason("7,ada@example.org,\"C\n1"),
              "a.csv:2 -: the rest of the file is unreadable: a quotation mark is never closed");
    EXPECT_EQ(reason(std::string("7,ada@exa\0mple.org,C1,\n", 23)), "a.csv:2 Mail: the text has NUL bytes");
    // The next quotation mark closes the one that was left open, and the row in between looks like one.
    const auto swallowed =
        read(kHeader + "7,\"ada@example.org,C1,\n8,bo@example.org,C2,\n9,\"\"cy\",C3,\n", settings);
    EXPECT_TRUE(swallowed.records("completion").empty());
    EXPECT_EQ(swallowed.rejected().size(), 1u);
    EXPECT_EQ(reason("\"7\",ada@example.org,\"C\n1\",\n8,ada@example.org,C2,soon\n"),
              "a.csv:4 Date: the date fits none of the formats");  // behind a row of two lines
}

TEST_F(CsvKeysTest, AHugeLineEndsTheFileAtOnce) {
    const auto out =
        read(kHeader + "7,ada@example.org,C0,\n8," + std::string(100u << 20, 'x'), two_columns());
    EXPECT_EQ(keys(out), Strings{"ada@example.org|C0"});
    EXPECT_EQ(
        rejection(out),
        "a.csv:3 -: the rest of the file is unreadable: a row is larger than 1 MiB; is a quotation mark "
        "left open?");
}

}  // namespace
