// Every way in which Moodle says no, and what becomes of it. Where CAPBRIDGE_SHARED is set, the recordings of
// a real Moodle are fed too.
#include <cstdlib>
#include <fstream>

#include "bench.hpp"

namespace moodle_test {
namespace {

class ErrorsTest : public MoodleTest {
protected:
    // What the adapter makes of an answer to the first question that it asks.
    bridge::testing::Run after(const std::string& body, int status = 200, bridge::HttpHeaders headers = {}) {
        host.http = [=](const bridge::HttpRequest&) {
            bridge::HttpAnswer answer;
            answer.status = status;
            answer.headers = headers;
            answer.body = body;
            return answer;
        };
        return check(report_settings());
    }
    int code_after(const std::string& exception, const std::string& errorcode,
                   const std::string& message = "x") {
        return after(error(exception, errorcode, message).dump()).code;
    }
};

TEST_F(ErrorsTest, EachErrorcodeHasItsClass) {
    EXPECT_EQ(code_after("moodle_exception", "invalidtoken"), BRIDGE_AUTH);
    EXPECT_EQ(code_after("webservice_access_exception", "accessexception"), BRIDGE_AUTH);
    EXPECT_EQ(code_after("moodle_exception", "wsaccessusersuspended"), BRIDGE_AUTH);
    EXPECT_EQ(code_after("moodle_exception", "sitemaintenance"), BRIDGE_RETRY);
    EXPECT_EQ(code_after("dml_read_exception", "dmlreadexception"), BRIDGE_RETRY);
    EXPECT_EQ(code_after("dml_missing_record_exception", "invalidrecord",
                         "Can't find data record in database table external_functions."),
              BRIDGE_CONFIG);
    EXPECT_EQ(code_after("dml_missing_record_exception", "invalidrecord",
                         "Can't find data record in database table course."),
              BRIDGE_NOT_FOUND);
    EXPECT_EQ(code_after("invalid_parameter_exception", "invalidparameter"), BRIDGE_INTERNAL);
    EXPECT_EQ(code_after("required_capability_exception", "nopermissions", "Sorry (See all)."),
              BRIDGE_CONFIG);
    EXPECT_EQ(code_after("moodle_exception", "requireloginerror"), BRIDGE_CONFIG);
    EXPECT_EQ(code_after("moodle_exception", "errorcoursecontextnotvalid"), BRIDGE_CONFIG);
    EXPECT_EQ(code_after("dml_missing_record_exception", "invaliduser"), BRIDGE_NOT_FOUND);
    EXPECT_EQ(code_after("moodle_exception", "never heard of"), BRIDGE_INTERNAL);
}

TEST_F(ErrorsTest, TransportErrorsHaveTheirClassToo) {
    EXPECT_EQ(after("", 403).code, BRIDGE_CONFIG);
    EXPECT_EQ(after("<html>", 404).code, BRIDGE_CONFIG);
    EXPECT_EQ(after("", 401).code, BRIDGE_AUTH);
    EXPECT_EQ(after("", 302).code, BRIDGE_CONFIG);
    const auto busy = after("<!DOCTYPE html><html>", 503, {{"retry-after", "300"}});
    EXPECT_EQ(busy.code, BRIDGE_RETRY);
    EXPECT_EQ(busy.retry_after_ms, 300'000);
    EXPECT_EQ(after("<!DOCTYPE html><title>Sign in</title>").code, BRIDGE_RETRY);
    EXPECT_EQ(after(R"({"release":"4.4","functions":[{"na)").code, BRIDGE_RETRY);
    EXPECT_EQ(after("").code, BRIDGE_RETRY);
    EXPECT_EQ(after(std::string(100'000, '[')).code, BRIDGE_RETRY);
    EXPECT_EQ(after("\xff\xfe").code, BRIDGE_RETRY);
    EXPECT_EQ(
        after(R"(<?xml version="1.0"?><EXCEPTION><ERRORCODE>invalidtoken</ERRORCODE></EXCEPTION>)").code,
        BRIDGE_AUTH);
    EXPECT_EQ(after("[]").code, BRIDGE_CONFIG);  // no functions
    EXPECT_EQ(after(error("moodle_exception", "invalidtoken").dump(), 401).code, BRIDGE_AUTH);
}

TEST_F(ErrorsTest, MessagesNameTheRightButNobody) {
    const auto run =
        after(error("required_capability_exception", "nopermissions",
                    "Sorry, but you do not currently have permissions to do that (View reports).")
                  .dump());
    EXPECT_NE(run.user_message.find("'View reports'"), std::string::npos) << run.user_message;
    const auto suspended = after(error("moodle_exception", "wsaccessusersuspended",
                                       "Refused web service access for suspended username: esk")
                                     .dump());
    EXPECT_EQ((suspended.user_message + suspended.log_message).find("esk"), std::string::npos);
}

TEST_F(ErrorsTest, AnExpiredTokenInTheMiddleEndsTheRunOnce) {
    for (int i = 0; i < 40; ++i) site.rows.push_back({"aire", "C" + std::to_string(i), true, kNow - kDay});
    site.instead = [&](const std::string& function, bridge::HttpAnswer& out) {
        if (function != "core_reportbuilder_retrieve_report" || site.calls[function] < 3) return false;
        out.body = error("webservice_access_exception", "accessexception", "Access control exception").dump();
        return true;
    };
    const auto run = pull(report_settings());
    EXPECT_EQ(run.code, BRIDGE_AUTH);
    EXPECT_EQ(run.durable("completion").size(), 20u);
    EXPECT_EQ(site.calls["core_reportbuilder_retrieve_report"], 3);
    EXPECT_EQ(site.calls["core_reportbuilder_set_filters"], 1);
    site.instead = nullptr;
    const auto rest = pull(report_settings(), run.cursor);
    EXPECT_EQ(rest.code, BRIDGE_OK);
    EXPECT_EQ(rest.durable("completion").size(), 30u);  // one page again: rows may have moved
}

TEST_F(ErrorsTest, MissingFunctionsAreAllNamed) {
    site.functions.erase("core_reportbuilder_set_filters");
    site.functions.erase("mod_scorm_get_scorm_sco_tracks");
    auto settings = report_settings();
    settings["courses"] = json::parse(R"([{"idnumber":"CRS-A"}])");
    settings["scorm"] = true;
    const auto run = check(settings);
    EXPECT_EQ(run.code, BRIDGE_CONFIG);
    EXPECT_NE(run.user_message.find("core_reportbuilder_set_filters"), std::string::npos);
    EXPECT_NE(run.user_message.find("mod_scorm_get_scorm_sco_tracks"), std::string::npos);
}

TEST_F(ErrorsTest, ASilentEmptyAnswerNamesTheProbableRight) {
    site.rows = {{"aire", "CRS-A", true, kNow - kDay}};
    const auto named = [&](const json& settings, const char* right) {
        const auto run = check(settings);
        EXPECT_EQ(run.code, BRIDGE_CONFIG);
        EXPECT_NE(run.user_message.find(right), std::string::npos) << run.user_message;
    };
    EXPECT_EQ(check(batch_settings()).code, BRIDGE_OK);
    EXPECT_EQ(check(report_settings()).code, BRIDGE_OK);
    site.hides_users = true;
    named(batch_settings(), "moodle/user:viewdetails");
    site.hides_users = false;

    auto settings = batch_settings();
    settings["expect"] =
        json::parse(R"({"courses":[{"idnumber":"CRS-A"}],"users_at_least":7,"activities_at_least":2})");
    EXPECT_EQ(check(settings).code, BRIDGE_OK);
    settings["expect"]["users_at_least"] = 8;
    named(settings, "moodle/course:viewparticipants");
    settings["expect"]["users_at_least"] = 7;
    site.hides_activities = true;
    named(settings, "mod/quiz:view");
    settings["expect"]["courses"] = json::parse(R"([{"idnumber":"CRS-HIDDEN"}])");
    named(settings, "moodle/course:viewhiddencourses");

    site.hides_activities = false;
    for (auto& user : site.users) user.username.clear();
    named(batch_settings(), "moodle/site:viewuseridentity");
}

TEST_F(ErrorsTest, ACourseWithoutRightToReportsIsToldFromOneWithoutCompletion) {
    site.instead = [](const std::string& function, bridge::HttpAnswer& out) {
        out.body = error("moodle_exception", "cannotviewreport").dump();
        return function == "core_completion_get_course_completion_status";
    };
    const auto run = check(batch_settings());
    EXPECT_EQ(run.code, BRIDGE_CONFIG);
    EXPECT_NE(run.user_message.find("report/completion:view"), std::string::npos) << run.user_message;
}

TEST_F(ErrorsTest, SettingsThatDoNotFitTogetherAreRefusedAtOnce) {
    const auto code = [&](const char* text) {
        bridge::testing::Bench bench(host, "moodle");
        return bench.configure(text).code;
    };
    const std::string url = R"({"url":"https://moodle.rivers.example.org")";
    EXPECT_EQ(code((url + "}").c_str()), BRIDGE_OK);
    EXPECT_EQ(code((url + R"(,"strategy":"report"})").c_str()), BRIDGE_CONFIG);
    EXPECT_EQ(code((url + R"(,"strategy":"batch"})").c_str()), BRIDGE_CONFIG);
    EXPECT_EQ(code((url + R"(,"activities":true})").c_str()), BRIDGE_CONFIG);
    EXPECT_EQ(code((url + R"(,"report":{"id":7},"course_id":"id"})").c_str()), BRIDGE_CONFIG);
    EXPECT_EQ(code((url + R"(,"report":{"id":7},"person_key":"id"})").c_str()), BRIDGE_CONFIG);
    EXPECT_EQ(code((url + R"(,"report":{"id":7,"time_zone":"Mars/Olympus"}})").c_str()), BRIDGE_CONFIG);
    EXPECT_EQ(code((url + R"(,"report":{"id":7,"date_formats":["%d/%m"]}})").c_str()), BRIDGE_CONFIG);
    EXPECT_TRUE(host.requests.empty());
    EXPECT_EQ(pull(json{{"url", "https://moodle.rivers.example.org"}}).code,
              BRIDGE_CONFIG);  // nothing to read
}

// ---- The recordings ----

json recording(const char* name) {
    const auto* const folder = std::getenv("CAPBRIDGE_SHARED");
    if (!folder) return {};
    std::ifstream in(std::string(folder) + "/recordings/moodle/" + name + ".json");
    return json::parse(in, nullptr, false);
}

TEST_F(ErrorsTest, RecordedErrorsHaveTheirClass) {
    const auto cases = recording("errors");
    if (!cases.is_array()) GTEST_SKIP() << "CAPBRIDGE_SHARED names no folder with recordings";
    const std::map<std::string, int> expected{{"bad_token", BRIDGE_AUTH},
                                              {"empty_token", BRIDGE_AUTH},
                                              {"unknown_function", BRIDGE_CONFIG},
                                              {"function_not_in_service", BRIDGE_AUTH},
                                              {"missing_wsfunction", BRIDGE_INTERNAL},
                                              {"missing_param", BRIDGE_INTERNAL},
                                              {"bad_type", BRIDGE_INTERNAL},
                                              {"unexpected_param", BRIDGE_INTERNAL},
                                              {"unknown_course", BRIDGE_NOT_FOUND},
                                              {"unknown_user", BRIDGE_NOT_FOUND},
                                              {"course_without_completion_course", BRIDGE_REJECTED},
                                              {"course_without_criteria", BRIDGE_REJECTED},
                                              {"not_enrolled_course", BRIDGE_REJECTED},
                                              {"suspended_enrolment_course", BRIDGE_REJECTED},
                                              {"bad_sco", BRIDGE_NOT_FOUND},
                                              {"bad_scorm", BRIDGE_NOT_FOUND},
                                              {"grade_out_of_scale", BRIDGE_REJECTED},
                                              {"grade_unknown_competency", BRIDGE_REJECTED},
                                              {"grade_course_competency_not_linked", BRIDGE_REJECTED},
                                              {"grade_course_user_not_enrolled", BRIDGE_REJECTED},
                                              {"report_missing", BRIDGE_NOT_FOUND},
                                              {"by_field_bad_field", BRIDGE_INTERNAL},
                                              {"xml_default_format", BRIDGE_AUTH},
                                              {"xapi_no", BRIDGE_UNSUPPORTED},
                                              {"xapi_scorm", BRIDGE_UNSUPPORTED},
                                              {"expired_token", BRIDGE_AUTH},
                                              {"ip_restricted", BRIDGE_AUTH},
                                              {"service_disabled", BRIDGE_AUTH},
                                              {"service_user_suspended", BRIDGE_AUTH},
                                              {"maintenance_mode", BRIDGE_RETRY},
                                              {"maintenance_mode_db", BRIDGE_RETRY},
                                              {"rest_protocol_disabled", BRIDGE_CONFIG},
                                              {"webservices_disabled", BRIDGE_CONFIG},
                                              {"missing_capability", BRIDGE_CONFIG},
                                              {"no_rest_use_cap", BRIDGE_AUTH},
                                              {"debug_on_missing_param", BRIDGE_INTERNAL},
                                              {"debug_on_bad_type", BRIDGE_INTERNAL}};
    int errors = 0;
    for (const auto& one : cases) {
        const auto name = one.at("case").get<std::string>();
        const auto& response = one.at("response");
        const bool error = one.at("http_status") != 200 ||
                           (response.is_object() && response.contains("exception")) ||
                           name == "xml_default_format";
        if (!error) {
            EXPECT_FALSE(expected.contains(name)) << name;
            continue;
        }
        ++errors;
        bridge::HttpHeaders headers;
        const auto given = one.value("headers", json::object());
        for (const auto& [header, value] : given.items())
            if (header == "Retry-After" && value.is_string()) headers.emplace_back("retry-after", value);
        const auto body = response.is_string() ? response.get<std::string>()
                          : response.is_null() ? ""
                                               : response.dump();
        ASSERT_TRUE(expected.contains(name)) << name;
        const auto run = after(body, one.at("http_status").get<int>(), headers);
        EXPECT_EQ(run.code, expected.at(name)) << name << ": " << run.user_message;
    }
    EXPECT_EQ(static_cast<std::size_t>(errors), expected.size());
}

// The site answers with what a real one said, as far as it was recorded.
TEST_F(ErrorsTest, RecordedReportsAndTracksAreRead) {
    if (!recording("errors").is_array()) GTEST_SKIP() << "CAPBRIDGE_SHARED names no folder with recordings";
    std::string page = "rb_retrieve_200";
    host.http = [&](const bridge::HttpRequest& request) {
        auto form = parse_form(request.body);
        const std::map<std::string, std::string> by_function{
            {"core_webservice_get_site_info", "site_info"},
            {"core_reportbuilder_retrieve_report", page},
            {"core_reportbuilder_set_filters", "rb_set_filters"},
            {"core_course_get_courses_by_field", "courses_by_field_idnumber"},
            {"core_course_get_contents", "course_contents"},
            {"core_enrol_get_enrolled_users", "enrolled_page_fields"},
            {"mod_scorm_get_scorms_by_courses", "scorms_by_courses"},
            {"core_course_get_updates_since", "updates_since"},
            {"mod_scorm_get_scorm_scoes", "scorm_scoes"},
            {"mod_scorm_get_scorm_attempt_count", "scorm_attempt_count"},
            {"core_completion_get_activities_completion_status", "activities_completion_overridden"}};
        bridge::HttpAnswer answer;
        answer.status = 200;
        json said;
        if (form["wsfunction"] == "tool_mobile_call_external_functions") {
            said = {{"responses", json::array()}};
            for (int i = 0; form.contains("requests[" + std::to_string(i) + "][function]"); ++i) {
                const auto at = "requests[" + std::to_string(i) + "]";
                const auto function = form[at + "[function]"];
                const auto name =
                    function == "mod_scorm_get_scorm_sco_tracks"
                        ? (json::parse(form[at + "[arguments]"])["attempt"] == 1 ? "scorm_sco_tracks_a1"
                                                                                 : "scorm_sco_tracks_latest")
                        : by_function.at(function);
                said["responses"].push_back(
                    {{"error", false}, {"data", recording(std::string(name).c_str())["response"].dump()}});
            }
        } else if (form["wsfunction"] == "core_enrol_get_enrolled_users" &&
                   form["options[1][value]"] != "0") {
            said = json::array();
        } else {
            said = recording(by_function.at(form["wsfunction"]).c_str())["response"];
            if (form.contains("page") && form["page"] != "0") said["data"]["rows"] = json::array();
        }
        answer.body = said.dump();
        return answer;
    };
    auto settings = report_settings();
    settings["report"]["page_size"] = 200;
    settings["courses"] = json::parse(R"([{"idnumber":"CRS-SAFE101"}])");
    settings["activities"] = settings["scorm"] = true;
    settings["incomplete"] = "withdraw";
    const auto unfiltered = pull(settings);
    ASSERT_EQ(unfiltered.code, BRIDGE_OK) << unfiltered.user_message << unfiltered.log_message;
    EXPECT_TRUE(unfiltered.rejected().empty());
    const auto withdrawn = keys(unfiltered.records("withdraw"));
    EXPECT_TRUE(withdrawn.contains("course:CRS-SAFE101|u010"));
    EXPECT_FALSE(withdrawn.contains("course:CRS-SAFE301|u049"));  // suspended
    EXPECT_EQ(unfiltered.records("scorm_attempt").size(), 10u);   // two of each of five people
    std::map<std::string, json> by_key;
    for (const auto& r : unfiltered.records("completion")) by_key[json::parse(r)["key"]] = json::parse(r);
    EXPECT_EQ(by_key["cm:3|u011"]["revision"], "override");
    EXPECT_EQ(by_key["cm:4|u011"]["what"], "passed");

    page = "rb_retrieve_filtered";
    auto cursor = json::parse(unfiltered.cursor);
    cursor["since"]["report"] = 1'791'833'794 + 2 * kDay;
    const auto filtered = pull(settings, cursor.dump());
    ASSERT_EQ(filtered.code, BRIDGE_OK) << filtered.user_message << filtered.log_message;
    json found;
    for (const auto& r : filtered.records("completion")) {
        if (json::parse(r)["key"] == "course:CRS-SAFE201|u013") found = json::parse(r);
    }
    EXPECT_EQ(found["occurred"]["value"], "2026-10-13T19:18:00Z");
    EXPECT_EQ(found["score"]["raw"], 58.0);
}

}  // namespace
}  // namespace moodle_test
