// Strategy report: pages, filters, windows, and what silence does not mean.
#include "bench.hpp"

namespace moodle_test {
namespace {

class ReportTest : public MoodleTest {
protected:
    ReportTest() {
        // 7 people in 5 courses, a third of them completed.
        int n = 0;
        for (int course = 0; course < 5; ++course) {
            for (const auto& user : site.users) {
                const bool completed = ++n % 3 == 0;
                site.rows.push_back({user.username, "CRS-" + std::to_string(course), completed,
                                     completed ? kNow - (40 - n) * kDay : 0});
            }
        }
    }
    std::string window() const {
        return std::to_string(site.filters.value("completion:timecompleted_from", std::int64_t{0}));
    }
};

TEST_F(ReportTest, MakesCompletionsOfRows) {
    site.rows = {{"esk", "CRS-A", true, 1'740'993'300}};  // 2025-03-03 09:15
    const auto run = pull(report_settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    const auto records = run.records("completion");
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(json::parse(records[0]), json::parse(R"({"who":[
        {"scheme":"esr-employee","issuer":"rivers","value":"E004"},{"scheme":"email","value":"esk@rivers.example.org"},
        {"scheme":"account:https://moodle.rivers.example.org","value":"esk"}],
        "activity":{"id":"CRS-A","title":"short CRS-A","type":"course"},"key":"course:CRS-A|esk","what":"completed",
        "occurred":{"value":"2025-03-03T09:15:00Z","precision":"instant","basis":"completed","zone":"UTC"},
        "score":{"raw":64.0}})"));
}

TEST_F(ReportTest, AFullRunReadsEveryPageAndTakesBackWhatIsNotCompleted) {
    const auto run = pull(report_settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    EXPECT_EQ(run.records("completion").size(), 11u);
    EXPECT_EQ(run.records("withdraw").size(), 24u);
    EXPECT_TRUE(run.records("snapshot_begin").empty());
    EXPECT_EQ(run.checkpoints().size(), 4u);
    EXPECT_EQ(site.filters, json::object());
}

TEST_F(ReportTest, AnUnenrolmentIsSilenceAndRevokesNothing) {
    auto settings = report_settings();
    ASSERT_EQ(pull(settings).code, BRIDGE_OK);
    std::erase_if(site.rows, [](const Row& row) { return row.username == "dee"; });
    const auto full = pull(settings);
    ASSERT_EQ(full.code, BRIDGE_OK);
    for (const auto& record : full.records("withdraw")) EXPECT_EQ(record.find("|dee"), std::string::npos);
    EXPECT_TRUE(full.records("snapshot_end").empty());
}

TEST_F(ReportTest, ASuspendedEnrolmentAndAnEmptyOneTakeNothingBack) {
    site.rows = {{"aire", "CRS-A", false, 0, "Suspended"},
                 {"", "CRS-EMPTY", false, 0},
                 {"bann", "CRS-A", true, kNow - kDay}};
    const auto run = pull(report_settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
    EXPECT_TRUE(run.records("withdraw").empty());
    EXPECT_EQ(run.records("completion").size(), 1u);
    EXPECT_TRUE(run.rejected().empty());
}

TEST_F(ReportTest, KeepLeavesResetCoursesAloneAndReadsOnlyWhatIsCompleted) {
    auto settings = report_settings();
    settings["incomplete"] = "keep";
    std::set<std::string> asked;
    site.before = [&](const std::string& function, int) {
        if (function == "core_reportbuilder_retrieve_report") asked.insert(window());
    };
    const auto run = pull(settings);
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
    EXPECT_EQ(asked, std::set<std::string>{"1"});
    EXPECT_TRUE(run.records("withdraw").empty());
    EXPECT_EQ(run.records("completion").size(), 11u);
}

TEST_F(ReportTest, TheNextRunAsksOnlyForTheWindowWithItsOverlap) {
    auto first = pull(report_settings());
    ASSERT_EQ(first.code, BRIDGE_OK);
    const auto newest = kNow - 7 * kDay;
    std::string asked;
    site.before = [&](const std::string& function, int) {
        if (function == "core_reportbuilder_retrieve_report") asked = window();
    };
    // One back-dated within the overlap, one new.
    site.rows.push_back({"aire", "CRS-X", true, newest - kDay});
    site.rows.push_back({"bann", "CRS-X", true, kNow - kDay});
    const auto second = pull(report_settings(), first.cursor);
    ASSERT_EQ(second.code, BRIDGE_OK) << second.user_message;
    EXPECT_EQ(asked, std::to_string(newest - 2 * kDay));
    EXPECT_EQ(keys(second.records("completion")),
              (std::set<std::string>{"course:CRS-X|aire", "course:CRS-X|bann", "course:CRS-4|esk"}));
    EXPECT_TRUE(second.records("withdraw").empty());
    EXPECT_EQ(site.filters, json::object());

    const auto third = pull(report_settings(), second.cursor);
    EXPECT_EQ(asked, std::to_string(kNow - 3 * kDay));
    EXPECT_EQ(json::parse(third.cursor), json::parse(second.cursor));
}

TEST_F(ReportTest, ADateInTheFutureDoesNotShutTheWindow) {
    site.rows = {{"aire", "CRS-A", true, kNow - 5 * kDay}, {"bann", "CRS-A", true, kNow + 300 * kDay}};
    const auto run = pull(report_settings());
    EXPECT_EQ(run.records("completion").size(), 2u);
    EXPECT_EQ(json::parse(run.cursor)["since"]["report"], kNow - 5 * kDay);
}

TEST_F(ReportTest, AnUnknownFilterIsFoundOutByTheRows) {
    const auto first = pull(report_settings());
    site.ignores_filters = true;
    const auto second = pull(report_settings(), first.cursor);
    EXPECT_EQ(second.code, BRIDGE_CONFIG);
    EXPECT_NE(second.user_message.find("'completion:timecompleted'"), std::string::npos)
        << second.user_message;
    EXPECT_EQ(second.cursor, first.cursor);
}

TEST_F(ReportTest, AFilterThatVanishesInTheMiddleIsAnotherProcess) {
    auto first = pull(report_settings());
    for (int i = 0; i < 30; ++i) site.rows.push_back({"aire", "N" + std::to_string(i), true, kNow - kDay});
    int pages = 0;
    site.before = [&](const std::string& function, int) {
        if (function == "core_reportbuilder_retrieve_report" && ++pages == 2) site.ignores_filters = true;
    };
    const auto second = pull(report_settings(), first.cursor);
    EXPECT_EQ(second.code, BRIDGE_RETRY);
}

// Only its date says whether such a row belongs into the window; then it is reported and the others are read.
TEST_F(ReportTest, AnAccountWithoutShownIdentifiersIsReportedAndTheOthersAreRead) {
    const auto first = pull(report_settings());
    ASSERT_EQ(first.code, BRIDGE_OK);
    site.users.push_back({90, "", "", ""});
    site.rows.push_back({"", "CRS-A", true, kNow - kDay});
    site.rows.push_back({"aire", "CRS-A", true, kNow - kDay});
    const auto second = pull(report_settings(), first.cursor);
    ASSERT_EQ(second.code, BRIDGE_OK) << second.user_message << second.log_message;
    EXPECT_TRUE(keys(second.records("completion")).contains("course:CRS-A|aire"));
    EXPECT_EQ(second.rejected().size(), 1u);

    site.ignores_filters = true;
    site.rows.back().time = site.rows.front().time = kNow - 400 * kDay;
    site.rows.erase(site.rows.begin(), site.rows.end() - 2);
    site.rows.front().time = kNow - 400 * kDay;
    EXPECT_EQ(pull(report_settings(), first.cursor).code, BRIDGE_CONFIG);
}

TEST_F(ReportTest, TheCheckCountsNoAccountWithoutIdentifiersAsAPerson) {
    site.users.push_back({90, "", "", ""});
    site.rows = {{"", "CRS-A", true, kNow - kDay}};
    EXPECT_EQ(check(report_settings()).code, BRIDGE_CONFIG);
}

TEST_F(ReportTest, RowsThatVanishWhileItReadsMakeItStepBack) {
    // Each row once; when the first page is read, three of its rows go, and those behind move up.
    int pages = 0;
    site.before = [&](const std::string& function, int) {
        if (function == "core_reportbuilder_retrieve_report" && ++pages == 2)
            site.rows.erase(site.rows.begin(), site.rows.begin() + 3);
    };
    auto all = site.rows;
    const auto run = pull(report_settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
    EXPECT_EQ(run.records("completion").size(), 11u);
    EXPECT_EQ(run.records("withdraw").size(), 24u);
}

TEST_F(ReportTest, RepeatedRowsAreOneFact) {
    const auto rows = site.rows;
    site.rows.insert(site.rows.begin() + 12, rows.begin(), rows.begin() + 12);
    const auto run = pull(report_settings());
    EXPECT_EQ(run.records("completion").size(), 11u);
}

TEST_F(ReportTest, ASiteThatGivesShorterPagesIsReadToItsEnd) {
    auto settings = report_settings();
    settings["report"]["page_size"] = 20;
    site.rows_at_most = 20;
    EXPECT_EQ(pull(settings).records("completion").size(), 11u);
}

TEST_F(ReportTest, ResumesAtEveryCheckpoint) {
    expect_resumable(report_settings(), "completion");
    expect_resumable(report_settings(), "withdraw");
}

TEST_F(ReportTest, RowsThatCannotBeReadAreReportedAndTheOthersRead) {
    site.rows = {{"aire", "CRS-A", true, kNow}, {"bann", "", true, kNow}};
    auto settings = report_settings();
    settings["report"]["date_formats"] = {"%d/%m/%Y"};
    const auto run = pull(settings);
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
    ASSERT_EQ(run.rejected().size(), 2u);
    const auto reason = json::parse(run.rejected()[0].text);
    EXPECT_EQ(reason["column"], "Time completed");
    EXPECT_EQ(run.rejected()[0].text.find("aire"), std::string::npos);

    const auto nameless = pull(report_settings());
    EXPECT_EQ(nameless.records("completion").size(), 1u);
    EXPECT_EQ(host.log.size(), 1u);
}

TEST_F(ReportTest, AMissingColumnIsNamedTogetherWithThoseThereAre) {
    site.headers_time = "Fecha";
    const auto run = pull(report_settings());
    EXPECT_EQ(run.code, BRIDGE_CONFIG);
    EXPECT_NE(run.user_message.find("'Time completed'"), std::string::npos);
    EXPECT_NE(run.user_message.find("'Fecha'"), std::string::npos);
    auto settings = report_settings();
    settings["report"]["columns"]["time_completed"] = "Fecha";
    EXPECT_EQ(pull(settings).code, BRIDGE_OK);
}

TEST_F(ReportTest, AnEmptyReportIsAnErrorUnlessItIsExpected) {
    site.rows.clear();
    EXPECT_EQ(pull(report_settings()).code, BRIDGE_CONFIG);
    EXPECT_EQ(check(report_settings()).code, BRIDGE_CONFIG);
    auto settings = report_settings();
    settings["expect"]["users_at_least"] = 0;
    EXPECT_EQ(pull(settings).code, BRIDGE_OK);
    EXPECT_EQ(check(settings).code, BRIDGE_OK);
}

TEST_F(ReportTest, ACursorOfOtherSettingsIsBad) {
    const auto run = pull(report_settings());
    auto settings = report_settings();
    settings["person_key"] = "idnumber";
    EXPECT_EQ(pull(settings, run.cursor).code, BRIDGE_BAD_CURSOR);
    for (const auto* const cursor :
         {"x", "{}", "[]", R"({"v":2,"plan":"report:7|idnumber|username","since":{}})",
          R"({"v":1,"plan":"report:7|idnumber|username","since":7})",
          R"({"v":1,"plan":"report:7|idnumber|username","since":{"report":1e300}})",
          R"({"v":1,"plan":"report:7|idnumber|username","since":{"feed":{"course":[1,2.5]}}})"})
        EXPECT_EQ(pull(report_settings(), cursor).code, BRIDGE_BAD_CURSOR) << cursor;
}

TEST_F(ReportTest, ReadsTheActivitiesOfMappedCoursesBesides) {
    auto settings = report_settings();
    settings["courses"] = json::parse(R"([{"idnumber":"CRS-A"}])");
    settings["activities"] = true;
    const auto run = pull(settings);
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    EXPECT_EQ(run.records("completion").size(), 11u + 5u);  // two of seven people show state 0
    EXPECT_EQ(run.records("course").size(), 3u);
    EXPECT_EQ(site.calls["inner core_completion_get_course_completion_status"], 0);
    expect_resumable(settings, "completion");
}

}  // namespace
}  // namespace moodle_test
