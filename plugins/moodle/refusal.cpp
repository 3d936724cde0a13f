#include "moodle/refusal.hpp"

#include <array>
#include <utility>

#include "common/answer.hpp"

namespace moodle {
namespace {

using plugins::text_of;
using Texts = std::pair<std::string_view, std::string_view>;

constexpr std::array kRights{
    Texts{"core_webservice_get_site_info", "webservice/rest:use"},
    Texts{"core_course_get_courses_by_field", "moodle/course:view"},
    Texts{"core_course_get_contents", "moodle/course:view"},
    Texts{"core_course_get_updates_since", "moodle/course:view"},
    Texts{"core_enrol_get_enrolled_users", "moodle/course:viewparticipants"},
    Texts{"core_user_get_users_by_field", "moodle/user:viewalldetails"},
    Texts{"core_completion_get_activities_completion_status", "report/progress:view"},
    Texts{"core_completion_get_course_completion_status", "report/completion:view"},
    Texts{"mod_scorm_get_scorms_by_courses", "moodle/course:view"},
    Texts{"mod_scorm_get_scorm_scoes", "moodle/course:view"},
    Texts{"mod_scorm_get_scorm_attempt_count", "mod/scorm:viewreport"},
    Texts{"mod_scorm_get_scorm_sco_tracks", "mod/scorm:viewreport"},
    Texts{"core_competency_list_competencies", "moodle/competency:competencyview"},
    Texts{"tool_lp_data_for_user_competency_summary", "moodle/competency:usercompetencyview"},
    Texts{"core_competency_grade_competency", "moodle/competency:competencygrade"},
    Texts{"core_competency_grade_competency_in_course", "moodle/competency:competencygrade"},
    Texts{"local_bridge_get_completions", "report/progress:view (for the whole site)"},
};

bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
    for (const auto& one : list) {
        if (text == one) return true;
    }
    return false;
}

// "Sorry, ... permissions to do that (View activity completion reports)." -> the name in the brackets.
std::string right_named_in(const std::string& message) {
    const auto close = message.rfind(')');
    const auto open = close == std::string::npos ? close : message.rfind('(', close);
    if (open == std::string::npos || close - open < 2 || close - open > 120) return {};
    return message.substr(open + 1, close - open - 1);
}

std::string right_text(std::string_view function, const std::string& message) {
    const auto named = right_named_in(message);
    const auto known = std::string(right_for(function));
    if (named.empty()) return known.empty() ? "that this function needs" : known;
    return "'" + named + "'" + (known.empty() ? "" : " (" + known + ")");
}

Refusal made(std::int32_t code, const std::string& errorcode, std::string user, std::int64_t retry = -1) {
    return {code, errorcode, std::move(user), retry};
}

Refusal of_codingerror(const std::string& message, const std::string& errorcode, const std::string& what) {
    if (message.find("invalid field parameter") != std::string::npos)
        return made(BRIDGE_INTERNAL, errorcode, "Moodle does not understand the request for " + what + ".");
    if (message.find("does not belong to this course") != std::string::npos)
        return made(BRIDGE_REJECTED, errorcode,
                    "The competency is not linked to that course: link it, or rate without the course.");
    return made(BRIDGE_REJECTED, errorcode,
                "Moodle does not take " + what + ": the person is not enrolled, or may not be rated now.");
}

// Rows of a table that is not about this request: external_functions lists the functions a site has.
Refusal of_invalidrecord(const std::string& message, const std::string& errorcode, std::string_view function,
                         const std::string& what) {
    if (message.find("external_functions") != std::string::npos)
        return made(BRIDGE_CONFIG, errorcode,
                    "This Moodle has no function " + std::string(function) +
                        ": it is too old, or a plugin is not installed.");
    return made(BRIDGE_NOT_FOUND, errorcode, "Moodle does not have " + what + ".");
}

Refusal classify(const std::string& code, const std::string& exception, const std::string& message,
                 std::string_view function, const std::string& what) {
    if (one_of(code, {"invalidtoken", "accessexception", "wsaccessusersuspended", "wsaccessuserexpired",
                      "wsaccessuserdeleted", "wsaccessusernologin", "wsaccessuserunconfirmed"})) {
        return made(BRIDGE_AUTH, code,
                    "Moodle refuses the token (" + code +
                        "): it is wrong or expired, the service or its user is switched off, the address of "
                        "this server is not allowed, or " +
                        std::string(function) + " or the right webservice/rest:use is not given.");
    }
    if (one_of(code, {"sitemaintenance", "upgraderunning", "dbconnectionfailed", "dmlreadexception",
                      "dmlwriteexception", "ddltransaction", "locktimeout", "cannotobtainlock"}))
        return made(BRIDGE_RETRY, code, "Moodle is not available now (" + code + ").");
    if (code == "invalidrecord" || code == "invalidrecordunknown")
        return of_invalidrecord(message, code, function, what);
    if (one_of(code, {"invaliduser", "invaliduserid", "cannotfindsco", "cannotfinduser", "invalidcourseid"}))
        return made(BRIDGE_NOT_FOUND, code, "Moodle does not have " + what + ".");
    if (one_of(code, {"nopermissions", "nopermission", "nopermissiontoviewgrades", "noviewusers",
                      "cannotviewprofile"}))
        return made(BRIDGE_CONFIG, code,
                    "Moodle does not allow " + what + ": give the service's role the right " +
                        right_text(function, code == "nopermissions" ? message : std::string{}) + ".");
    if (one_of(code, {"requireloginerror", "errorcoursecontextnotvalid", "errorcatcontextnotvalid"}))
        return made(BRIDGE_CONFIG, code,
                    "Moodle does not let the service's user into a course: give its role the right "
                    "moodle/course:view (and moodle/course:viewhiddencourses).");
    if (code == "cannotviewreport")
        return made(BRIDGE_REJECTED, code,
                    "Completion is off in the course, or the right report/completion:view is missing.");
    if (code == "nocriteriaset") return made(BRIDGE_REJECTED, code, "The course has no completion criteria.");
    if (code == "usernotenroled")
        return made(BRIDGE_REJECTED, code,
                    "The person is not enrolled in the course, or is suspended there.");
    if (one_of(code, {"invalidpersistenterror", "invalidgradeexception"}))
        return made(BRIDGE_REJECTED, code,
                    "Moodle does not take " + what +
                        ": the rating is not in the scale, or the competency is "
                        "not there.");
    if (code == "codingerror") return of_codingerror(message, code, what);
    if (exception.find("xapi_exception") != std::string::npos)
        return made(BRIDGE_UNSUPPORTED, code, "Moodle has no xAPI for that.");
    if (code == "invalidparameter" || code == "invalidresponse")
        return made(BRIDGE_INTERNAL, code, "Moodle does not understand the request for " + what + ".");
    if (one_of(code, {"enablewsdescription", "servicenotavailable", "webservicenotenabled"}))
        return made(BRIDGE_CONFIG, code, "Web services are not switched on in this Moodle.");
    return made(BRIDGE_INTERNAL, code.size() <= 64 ? code : code.substr(0, 64),
                "Moodle answers the request for " + what + " with an error that this adapter does not know.");
}

std::string between(const std::string& text, std::string_view open, std::string_view close) {
    const auto from = text.find(open);
    if (from == std::string::npos) return {};
    const auto to = text.find(close, from);
    return to == std::string::npos ? std::string{} : text.substr(from + open.size(), to - from - open.size());
}

}  // namespace

std::string_view right_for(std::string_view function) {
    for (const auto& [name, right] : kRights) {
        if (name == function) return right;
    }
    return {};
}

std::optional<Refusal> refusal_of(const json& answer, std::string_view function, const std::string& what) {
    if (!answer.is_object()) return std::nullopt;
    const bool error = answer.contains("exception") || answer.contains("errorcode");
    if (!error) return std::nullopt;
    return classify(text_of(answer, "errorcode"), text_of(answer, "exception"), text_of(answer, "message"),
                    function, what);
}

void refuse_transport(const bridge::HttpAnswer& answer, std::string_view function, const std::string& what) {
    const auto body = answer.body.find_first_not_of(" \t\r\n");
    const char first = body == std::string::npos ? '\0' : answer.body[body];
    if (answer.status == 200 && first == '<') {
        if (const auto code = between(answer.body, "<ERRORCODE>", "</ERRORCODE>"); !code.empty())
            classify(code, {}, {}, function, what).raise();
        // Perhaps a proxy's page for a minute; perhaps the wrong address for good: the words say both.
        throw bridge::Failure{BRIDGE_RETRY,
                              "A web page came instead of an answer about " + what +
                                  ". If it goes on: the url of the settings must be the Moodle site itself, "
                                  "and nothing in between may ask for a sign-in."};
    }
    if (answer.status < 400) return plugins::require_success(answer, what);
    if (first == '{') {  // some set-ups give errors of the web service another status
        const auto parsed = json::parse(answer.body, nullptr, false);
        if (const auto refusal = refusal_of(parsed, function, what)) refusal->raise();
    }
    if (answer.status == 403)
        throw bridge::Failure{BRIDGE_CONFIG,
                              "Moodle answers 403: web services or the REST protocol are switched off there, "
                              "or a proxy in between refuses the request."};
    if (answer.status == 404 || answer.status == 410)
        throw bridge::Failure{BRIDGE_CONFIG, "There is no Moodle web service at the url of the settings."};
    plugins::refuse_status(answer, what);
}

}  // namespace moodle
