// Learning over HTTP: GET questions with their parameters in the address, POST decisions with a JSON body;
// each a named operation of the bridge. What people open in a spreadsheet or send on comes as CSV or
// Markdown.
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "server/api/body_parameters.hpp"
#include "server/application.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr std::chrono::seconds longest_wait{5};                    // for a turn; then 503 with Retry-After
constexpr JsonLimits body_limits{.bytes = 8u << 20, .depth = 24};  // a pack comes as text or as it is

enum class Kind { text, day, flag, number };
struct Parameter {
    const char* name;
    Kind kind = Kind::text;
};
struct Question {
    const char* path;
    const char* operation;
    std::vector<Parameter> parameters;
};

const std::vector<Question>& questions() {
    static const std::vector<Parameter> scope{{"as_of", Kind::day},
                                              {"unit"},
                                              {"descendants", Kind::flag},
                                              {"staff_group"},
                                              {"job_role"},
                                              {"archetype"},
                                              {"team"},
                                              {"deployment"},
                                              {"known_at"},
                                              {"rules"},
                                              {"limit", Kind::number}};
    const auto with = [](std::vector<Parameter> list, std::initializer_list<Parameter> more) {
        list.insert(list.end(), more);
        return list;
    };
    static const std::vector<Question> all{
        {"learning",
         "learning.list",
         {{"triage"}, {"text"}, {"limit", Kind::number}, {"offset", Kind::number}}},
        {"coverage", "coverage.show", {{"as_of", Kind::day}, {"list"}, {"format"}, {"known_at"}, {"rules"}}},
        {"brief", "brief.show", with(scope, {{"by", Kind::day}, {"nothing_exists", Kind::flag}, {"format"}})},
        {"next", "next.learning", scope},
        {"people/{person}/next",
         "next.learning",
         {{"as_of", Kind::day}, {"limit", Kind::number}, {"known_at"}, {"rules"}}},
        {"journeys", "journey.list", {}},
        {"journeys/{journey}", "journey.show", {{"as_of", Kind::day}}},
        {"people/{person}/journeys/{journey}", "journey.show", {{"as_of", Kind::day}}},
        {"lint", "lint.show", {{"each", Kind::number}}},
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

Status read(const Parameters& given, const Parameter& parameter, json& out) {
    const std::string name = parameter.name;
    if (!given.has(name)) return {};
    if (parameter.kind == Kind::day) {
        CAPBRIDGE_LET(const auto day, given.day(name));
        out[name] = format_day(*day);
    } else if (parameter.kind == Kind::flag) {
        CAPBRIDGE_LET(const auto flag, given.flag(name));
        out[name] = *flag;
    } else if (parameter.kind == Kind::number) {
        CAPBRIDGE_LET(const auto number, given.integer(name, 0, 1'000'000'000));
        out[name] = *number;
    } else {
        out[name] = given.text(name);
    }
    return {};
}

Result<json> parameters_of(const Call& call, const Question& question) {
    // Parameters::parse wants a list that is known where it is called.
    CAPBRIDGE_LET(const auto given,
                  Parameters::parse(call.request.query,
                                    {"as_of", "unit", "descendants", "staff_group", "job_role", "archetype",
                                     "team", "deployment", "known_at", "rules", "limit", "offset", "triage",
                                     "text", "list", "format", "by", "nothing_exists", "each"}));
    json out = json::object();
    for (const auto& [name, value] : given.all()) {
        const auto its = std::find_if(question.parameters.begin(), question.parameters.end(),
                                      [&, &wanted = name](const Parameter& p) { return wanted == p.name; });
        if (its == question.parameters.end())
            return fail("unknown_parameter", "There is no parameter \"" + name + "\" here.", name);
        CAPBRIDGE_TRY(read(given, *its, out));
    }
    for (const auto& [name, value] : call.captures) out[name] = value;
    return out;
}

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
                        const auto parameters = parameters_of(call, question);
                        if (!parameters) return respond(error_response(parameters.error()));
                        const auto answer =
                            backend.run(question.operation, *parameters, {.who = call.principal.who});
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
                        engine::Caller caller{call.principal.who};
                        caller.patience = longest_wait;
                        const auto answer = backend.run(change.operation, *parameters, caller);
                        respond(answer ? response_of(*answer, change.status)
                                       : error_response(answer.error()));
                    }});
    }
}

}  // namespace capbridge::server
