// Strategy batch, activities, SCORM and the companion's feed.
#include <fstream>

#include "bench.hpp"
#include "core/base/json.hpp"

namespace moodle_test {
namespace {

class BatchTest : public MoodleTest {};

TEST_F(BatchTest, ReadsCoursesAndActivitiesPersonByPerson) {
    const auto run = pull(batch_settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    std::map<std::string, json> by_key;
    for (const auto& r : run.records("completion")) by_key[json::parse(r)["key"]] = json::parse(r);
    EXPECT_EQ(by_key.size(), 2u * (4 + 5));
    // A course's completion has no date here.
    EXPECT_EQ(by_key["course:CRS-A|aire"]["occurred"],
              json::parse(R"({"precision":"unknown","basis":"observed"})"));
    // States 1, 2 and 3; somebody set the first by hand.
    EXPECT_EQ(by_key["cm:21|dee"]["what"], "completed");
    EXPECT_EQ(by_key["cm:21|dee"]["revision"], "override");
    EXPECT_EQ(by_key["cm:21|aire"]["what"], "passed");
    EXPECT_EQ(by_key["cm:21|bann"]["what"], "failed");
    EXPECT_FALSE(by_key["cm:21|bann"].contains("revision"));
    EXPECT_EQ(by_key["cm:21|bann"]["activity"],
              json::parse(R"({"id":"cm-21","title":"Reading","type":"page"})"));
    EXPECT_EQ(by_key["cm:21|bann"]["occurred"]["value"], "2026-02-25T06:13:20Z");
    // State 0 may carry a time: it is not one of completion.
    EXPECT_FALSE(by_key.contains("cm:21|calder"));
    EXPECT_TRUE(keys(run.records("withdraw")).contains("cm:21|calder"));
    EXPECT_EQ(run.records("course").size(), 6u);
    EXPECT_EQ(json::parse(run.records("course")[1])["parent"], "CRS-A");
}

TEST_F(BatchTest, ABatchGoesOnAfterTheCallAtWhichItStopped) {
    const std::string status = "core_completion_get_course_completion_status ";
    site.inner[status + "11"] = error("moodle_exception", "usernotenroled");
    site.inner[status + "12"] = {{"errorcode", "usernotenroled"}, {"message", "x"}, {"link", ""}};
    site.inner[status + "14"] = error("dml_missing_record_exception", "invaliduser");
    const auto run = pull(batch_settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    const auto said = keys(run.records("completion"));
    EXPECT_TRUE(said.contains("course:CRS-A|aire"));
    EXPECT_FALSE(said.contains("course:CRS-A|calder"));
    EXPECT_TRUE(said.contains("course:CRS-A|garry"));
    // Nothing is concluded from those that are not enrolled.
    const auto withdrawn = keys(run.records("withdraw"));
    EXPECT_FALSE(withdrawn.contains("course:CRS-A|calder"));
    EXPECT_FALSE(withdrawn.contains("course:CRS-A|bann"));
    EXPECT_TRUE(withdrawn.contains("course:CRS-A|dee"));
}

TEST_F(BatchTest, WhoIsNotTrackedTakesNothingBackButKeepsWhatWasReached) {
    const auto untracked = [](int state) {
        return json{{"statuses",
                     {{{"cmid", 21},
                       {"modname", "page"},
                       {"state", state},
                       {"timecompleted", 5},
                       {"istrackeduser", false}}}}};
    };
    site.inner["core_completion_get_activities_completion_status 11"] = untracked(0);
    site.inner["core_completion_get_activities_completion_status 12"] = untracked(1);
    const auto run = pull(batch_settings());
    EXPECT_FALSE(keys(run.records("withdraw")).contains("cm:21|bann"));
    EXPECT_TRUE(keys(run.records("completion")).contains("cm:21|calder"));
}

TEST_F(BatchTest, ACourseWithoutCriteriaIsReportedOnce) {
    site.no_criteria = true;
    const auto run = pull(batch_settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
    EXPECT_EQ(run.rejected().size(), 2u);
    EXPECT_EQ(run.records("completion").size(), 2u * 5);
}

TEST_F(BatchTest, AMissingRightWithinABatchEndsTheRun) {
    site.inner["core_completion_get_activities_completion_status 12"] = error(
        "required_capability_exception", "nopermissions",
        "Sorry, but you do not currently have permissions to do that (View activity completion reports).");
    const auto run = pull(batch_settings());
    EXPECT_EQ(run.code, BRIDGE_CONFIG);
    EXPECT_NE(run.user_message.find("report/progress:view"), std::string::npos) << run.user_message;
}

TEST_F(BatchTest, EmptyCoursesAreAnErrorThatNamesTheRight) {
    site.hides_users = true;
    const auto run = pull(batch_settings());
    EXPECT_EQ(run.code, BRIDGE_CONFIG);
    EXPECT_NE(run.user_message.find("moodle/user:viewdetails"), std::string::npos);
}

TEST_F(BatchTest, WithoutTheBatchFunctionItAsksOneByOne) {
    site.functions.erase("tool_mobile_call_external_functions");
    const auto single = pull(batch_settings());
    ASSERT_EQ(single.code, BRIDGE_OK) << single.user_message << single.log_message;
    site.functions.insert("tool_mobile_call_external_functions");
    EXPECT_EQ(keys(single.records("completion")), keys(pull(batch_settings()).records("completion")));
}

TEST_F(BatchTest, ResumesAtEveryCheckpoint) {
    for (int i = 100; i < 330; ++i)
        site.users.push_back({i, "beck" + std::to_string(i), "B" + std::to_string(i), ""});
    expect_resumable(batch_settings(), "completion");
}

// As without moodle/course:update: Moodle finds a course by its ID number and does not show it.
TEST_F(BatchTest, CoursesAreFoundByAnIdNumberThatIsNotShown) {
    const auto shown = pull(batch_settings());
    site.hides_course_idnumber = true;
    EXPECT_EQ(check(batch_settings()).code, BRIDGE_OK);
    const auto hidden = pull(batch_settings());
    ASSERT_EQ(hidden.code, BRIDGE_OK) << hidden.user_message;
    EXPECT_EQ(hidden.records("completion"), shown.records("completion"));
    EXPECT_FALSE(hidden.records("completion").empty());

    auto by_number = batch_settings();
    by_number["courses"] = {{{"id", 2}}};
    EXPECT_NE(check(by_number).user_message.find("moodle/course:update"), std::string::npos);
}

TEST_F(BatchTest, AMappedCourseThatIsNotShownIsReportedAndTheOthersAreRead) {
    auto settings = batch_settings();
    settings["courses"].push_back({{"idnumber", "CRS-GONE"}});
    const auto run = pull(settings);
    ASSERT_EQ(run.code, BRIDGE_OK);
    ASSERT_EQ(run.rejected().size(), 1u);
    EXPECT_EQ(run.rejected()[0].kind, "course");
    settings["courses"] = json::parse(R"([{"idnumber":"CRS-GONE"}])");
    EXPECT_EQ(pull(settings).code, BRIDGE_CONFIG);
}

json record_schema(const std::string& kind) {
    std::ifstream in(std::string(CAPBRIDGE_REPO) + "/config/schemas/records/" + kind + ".schema.json");
    return json::parse(in);
}

class ScormTest : public MoodleTest {
protected:
    static json settings() {
        auto s = batch_settings();
        s["courses"] = json::parse(R"([{"idnumber":"CRS-A"}])");
        s["activities"] = false;
        s["scorm"] = true;
        return s;
    }
};

TEST_F(ScormTest, MakesOneRecordOfEachAttempt) {
    site.attempts = {{10, 2}, {12, 1}};
    const auto run = pull(settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    const auto records = run.records("scorm_attempt");
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(json::parse(records[0]), json::parse(R"({"who":[{"scheme":"esr-employee","value":"E000"},
        {"scheme":"email","value":"aire@rivers.example.org"},{"scheme":"account:https://moodle.rivers.example.org","value":"aire"}],
        "activity":{"id":"cm-22","title":"Package","type":"scorm"},"key":"cm:22|aire|1","attempt":1,"package":"RIVERS",
        "occurred":{"value":"2026-02-25T06:13:20Z","precision":"instant","basis":"observed"},
        "scos":[{"id":"ITEM1","title":"One","edition":"1.2","status":"completed","score":{"raw":"88","max":"100"},"time":"00:12:38"},
                {"id":"ITEM2","title":"Two","edition":"1.2","status":"passed","score":{"raw":"88","max":"100"},
                 "time":"00:12:38"}]})"));
    const auto schema = record_schema("scorm_attempt");
    for (const auto& r : records) EXPECT_TRUE(capbridge::validate_json(json::parse(r), schema).empty()) << r;
}

TEST_F(ScormTest, TakesAnswersOnlyWhenAskedTo) {
    site.attempts = {{10, 1}};
    auto asking = settings();
    const auto without = pull(asking);
    asking["interactions"] = true;
    const auto run = pull(asking);
    ASSERT_EQ(run.records("scorm_attempt").size(), 1u);
    const auto record = json::parse(run.records("scorm_attempt")[0]);
    EXPECT_EQ(record["scos"][0]["interactions"], json::parse(R"([{"id":"q1","result":"wrong"}])"));
    EXPECT_TRUE(capbridge::validate_json(record, record_schema("scorm_attempt")).empty());
    // What was read without them has to be read again.
    EXPECT_EQ(pull(asking, without.cursor).code, BRIDGE_BAD_CURSOR);
    EXPECT_EQ(pull(settings(), without.cursor).code, BRIDGE_OK);
}

TEST_F(ScormTest, FindsTheAttemptsBehindADeletedOne) {
    site.attempts = {{10, 2}};
    site.deleted_attempts = {"10 2"};
    EXPECT_EQ(keys(pull(settings()).records("scorm_attempt")),
              (std::set<std::string>{"cm:22|aire|1", "cm:22|aire|3"}));
}

TEST_F(ScormTest, ReadsLaterOnlyWhatHasNewTracksAndResumes) {
    site.attempts = {{10, 2}, {12, 1}};
    const auto first = pull(settings());
    site.instead = [](const std::string& function, bridge::HttpAnswer& out) {
        out.body = R"({"instances":[],"warnings":[]})";
        return function == "core_course_get_updates_since";
    };
    const auto quiet = pull(settings(), first.cursor);
    ASSERT_EQ(quiet.code, BRIDGE_OK) << quiet.user_message;
    EXPECT_TRUE(quiet.records("scorm_attempt").empty());
    site.instead = nullptr;
    EXPECT_EQ(pull(settings(), first.cursor).records("scorm_attempt").size(), 3u);
    expect_resumable(settings(), "scorm_attempt");
}

TEST_F(ScormTest, AnEmptyListOfPackagesIsHeldAgainstTheContents) {
    site.instead = [](const std::string& function, bridge::HttpAnswer& out) {
        out.body = R"({"scorms":[],"warnings":[]})";
        return function == "mod_scorm_get_scorms_by_courses";
    };
    EXPECT_EQ(pull(settings()).code, BRIDGE_CONFIG);
    EXPECT_EQ(check(settings()).code, BRIDGE_CONFIG);
}

class FeedTest : public MoodleTest {
protected:
    FeedTest() {
        site.functions.insert("local_bridge_get_completions");
        site.instead = [this](const std::string& function, bridge::HttpAnswer& out) {
            if (function != "local_bridge_get_completions") return false;
            auto form = site.forms.back();
            const std::pair after{std::stoll(form["since"]), std::stoll(form["afterid"])};
            auto limit = std::min<std::size_t>(static_cast<std::size_t>(std::stoi(form["limit"])), 1000);
            json rows = json::array();
            for (const auto& row : feeds[form["kind"]]) {
                if (std::pair(row["t"].get<long long>(), row["id"].get<long long>()) > after &&
                    rows.size() < limit)
                    rows.push_back(row);
            }
            out.body = json{{"rows", rows}, {"servertime", kNow}}.dump();
            return true;
        };
        for (int i = 0; i < 2300; ++i)
            feeds["activity"].push_back({{"id", i + 1},
                                         {"userid", 10 + i % 7},
                                         {"courseid", 2},
                                         {"cmid", 1000 + i},
                                         {"modname", "page"},
                                         {"state", i % 4},
                                         {"t", 1'700'000'000 + i / 3}});
        feeds["course"] = json::parse(R"([{"id":1,"userid":10,"courseid":2,"cmid":0,"state":1,"t":1700000000},
            {"id":2,"userid":11,"courseid":3,"cmid":0,"state":1,"t":1700000000},{"id":3,"userid":99,"courseid":3,"state":1,"t":1700000000}])");
    }
    static json settings() {
        return json::parse(
            R"({"url":"https://moodle.rivers.example.org","courses":[{"idnumber":"CRS-A"}],"activities":true})");
    }
    std::map<std::string, std::vector<json>> feeds;
};

TEST_F(FeedTest, TheCompanionIsChosenByItselfAndReadToItsEnd) {
    const auto run = pull(settings());
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    EXPECT_EQ(run.records("completion").size(), 1u + 1725u);
    EXPECT_EQ(run.records("withdraw").size(), 0u);  // un-enrolment leaves such rows too
    const auto course = json::parse(run.records("completion")[0]);
    EXPECT_EQ(course["key"], "course:CRS-A|aire");
    EXPECT_EQ(course["occurred"]["value"], "2023-11-14T22:13:20Z");
    EXPECT_EQ(site.calls["core_reportbuilder_retrieve_report"], 0);
    expect_resumable(settings(), "completion");
}

TEST_F(FeedTest, WithoutMappedCoursesAllCoursesAreRead) {
    const auto run = pull(json{{"url", "https://moodle.rivers.example.org"}});
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    EXPECT_EQ(keys(run.records("completion")),
              (std::set<std::string>{"course:CRS-A|aire", "course:CRS-B|bann"}));
}

TEST_F(FeedTest, TheNextRunLooksBackAndSeesWhatIsNew) {
    const auto first = pull(settings());
    feeds["course"].push_back(
        {{"id", 9}, {"userid", 12}, {"courseid", 2}, {"state", 1}, {"t", 1'700'000'500}});
    const auto second = pull(settings(), first.cursor);
    ASSERT_EQ(second.code, BRIDGE_OK);
    EXPECT_TRUE(keys(second.records("completion")).contains("course:CRS-A|calder"));
    EXPECT_LT(second.records("completion").size(), 1000u);
}

TEST_F(FeedTest, AFeedOutOfOrderWouldNeverEnd) {
    std::swap(feeds["activity"][5], feeds["activity"][9]);
    EXPECT_EQ(pull(settings()).code, BRIDGE_INTERNAL);
}

TEST_F(FeedTest, CoursesThatShowNoIdNumberAreNoSilence) {
    site.hides_course_idnumber = true;
    EXPECT_EQ(pull(settings()).code, BRIDGE_OK);  // mapped by their ID numbers
    const auto all = pull(json{{"url", "https://moodle.rivers.example.org"}});
    EXPECT_EQ(all.code, BRIDGE_CONFIG);
    EXPECT_NE(all.user_message.find("moodle/course:update"), std::string::npos);
}

TEST_F(FeedTest, AccountsThatAreAllHiddenAreAMissingRight) {
    site.hides_users = true;
    const auto run = pull(settings());
    EXPECT_EQ(run.code, BRIDGE_CONFIG);
    EXPECT_NE(run.user_message.find("moodle/user:viewdetails"), std::string::npos);
}

TEST_F(FeedTest, TracksAreReadOfThoseWhoHaveNewOnes) {
    auto s = settings();
    s["activities"] = false;
    s["scorm"] = true;
    site.attempts = {{10, 1}, {12, 1}};
    feeds["scorm"] = json::parse(
        R"([{"id":5,"userid":12,"cmid":22,"t":1700000000},{"id":6,"userid":12,"cmid":22,"t":1700000000}])");
    const auto run = pull(s);
    ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message << run.log_message;
    EXPECT_EQ(keys(run.records("scorm_attempt")), (std::set<std::string>{"cm:22|calder|1"}));
}

}  // namespace
}  // namespace moodle_test
