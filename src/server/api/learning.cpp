// Learning over HTTP: GET questions with their parameters in the address, POST decisions with a JSON body;
// each a named operation of the bridge. What people open in a spreadsheet or send on comes as CSV or
// Markdown.
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "server/api/call_parameters.hpp"
#include "server/application.hpp"
#include "server/caller.hpp"

namespace capbridge::server {
namespace {

constexpr std::chrono::seconds longest_wait{5};                    // for a turn; then 503 with Retry-After
constexpr JsonLimits body_limits{.bytes = 8u << 20, .depth = 24};  // a pack comes as text or as it is

struct Question {
    const char* path;
    const char* operation;
    std::vector<std::string_view> parameters;
};

const std::vector<Question>& questions() {
    static const std::vector<std::string_view> scope{"as_of",    "unit",      "descendants", "staff_group",
                                                     "job_role", "archetype", "team",        "deployment",
                                                     "known_at", "rules",     "limit"};
    const auto with = [](std::vector<std::string_view> list, std::initializer_list<std::string_view> more) {
        list.insert(list.end(), more);
        return list;
    };
    static const std::vector<Question> all{
        {"learning", "learning.list", {"triage", "text", "limit", "offset"}},
        {"learning/suggestions", "learning.suggest", {"activity", "triage", "min_score", "limit", "offset"}},
        {"learning/duplicates", "learning.duplicates", {"activity", "min_score", "limit", "offset"}},
        {"coverage", "coverage.show", {"as_of", "list", "format", "known_at", "rules"}},
        {"brief", "brief.show", with(scope, {"by", "nothing_exists", "format"})},
        {"next", "next.learning", scope},
        {"people/{person}/next", "next.learning", {"as_of", "limit", "known_at", "rules"}},
        {"journeys", "journey.list", {}},
        {"journeys/{journey}", "journey.show", {"as_of"}},
        {"people/{person}/journeys/{journey}", "journey.show", {"as_of"}},
        {"lint", "lint.show", {"each"}},
        {"mappings/{mapping}/pack", "mapping.export", {}},
    };
    return all;
}

struct Change {
    const char* path;
    const char* operation;
    int status;
};
constexpr Change changes[] = {
    {"/api/v1/learning/triage", "learning.triage", 200},
    {"/api/v1/journeys", "journey.publish", 201},
    {"/api/v1/journeys/{journey}/withdraw", "journey.withdraw", 200},
    {"/api/v1/mappings/import", "mapping.import", 200},
    {"/api/v1/lint", "lint.show", 200},  // with archetype rules in the body; it changes nothing
};

// An answer in a format is one text.
Response response_of(const ordered_json& answer, int status = 200) {
    if (const auto csv = answer.find("csv"); csv != answer.end())
        return csv_response(csv->get<std::string>(), "learning.csv");
    if (const auto markdown = answer.find("markdown"); markdown != answer.end())
        return {200, "text/markdown; charset=utf-8", markdown->get<std::string>(), {}};
    return json_response(answer, status);
}

}  // namespace

void add_learning_routes(Router& router, const Backend& backend) {
    for (const auto& question : questions()) {
        router.add({"GET",
                    std::string("/api/v1/") + question.path,
                    Lane::slow,
                    {"read"},
                    true,
                    [&backend, &question](Call& call, const Responder& respond) {
                        const auto parameters = query_parameters(call, question.parameters);
                        if (!parameters) return respond(error_response(parameters.error()));
                        const auto answer = backend.run(question.operation, *parameters, caller_of(call));
                        respond(answer ? response_of(*answer) : error_response(answer.error()));
                    }});
    }
    for (const auto& change : changes) {
        const auto* known = engine::find_operation(change.operation);
        router.add({"POST",
                    change.path,
                    known != nullptr && known->changes ? Lane::change : Lane::slow,
                    {known != nullptr && known->changes ? "admin" : "read"},
                    false,
                    [&backend, &change](Call& call, const Responder& respond) {
                        const auto parameters = body_parameters(call, body_limits);
                        if (!parameters) return respond(error_response(parameters.error()));
                        auto caller = caller_of(call);
                        caller.patience = longest_wait;
                        const auto answer = backend.run(change.operation, *parameters, caller);
                        respond(answer ? response_of(*answer, change.status)
                                       : error_response(answer.error()));
                    }});
    }
}

}  // namespace capbridge::server
