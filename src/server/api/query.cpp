// The query API: GET /api/v1/…, each a named operation of the bridge (core/engine/operations.hpp). JSON, and
// CSV for what people open in a spreadsheet.
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/competency/team_coverage.hpp"
#include "server/application.hpp"
#include "server/caller.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr std::initializer_list<std::string_view> no_parameters{};

Result<bool> wants_csv(const Parameters& parameters, const Request& request) {
    const auto format = parameters.text("format");
    if (format == "csv") return true;
    if (format == "json") return false;
    if (parameters.has("format"))
        return fail("bad_parameter", "The parameter \"format\" needs json or csv.", "format");
    const auto accept = lower_ascii(request.header("accept"));
    return accept.find("text/csv") != std::string::npos &&
           accept.find("application/json") == std::string::npos;
}

// Copies the parameters that are there; the filters are text, as_of is a day.
Result<json> scope_of(const Parameters& parameters) {
    json out = json::object();
    for (const char* name : {"unit", "staff_group", "job_role", "archetype", "context", "team", "deployment",
                             "known_at", "rules"}) {
        if (const auto text = parameters.text(name); !text.empty()) out[name] = text;
    }
    if (const auto below = parameters.text("descendants"); !below.empty()) {
        if (below != "true" && below != "false")
            return fail("bad_parameter", "The parameter \"descendants\" needs true or false.", "descendants");
        out["descendants"] = below == "true";
    }
    for (const char* name : {"valid_at", "as_of"}) {  // two names of one thing
        CAPBRIDGE_LET(const auto day, parameters.day(name));
        if (day) out["as_of"] = format_day(*day);
    }
    return out;
}

std::string csv_line(std::initializer_list<std::string> fields) {
    std::string line;
    const char* before = "";
    for (const auto& field : fields) {
        line += before + csv_field(field);
        before = ",";
    }
    return line + "\r\n";
}

std::string text_of(const ordered_json& object, std::string_view member) {
    const auto it = object.find(std::string(member));
    if (it == object.end() || it->is_null()) return {};
    return it->is_string() ? it->get<std::string>() : it->dump();
}

// One member of each of the objects, the empty ones left out.
std::string each_of(
    const ordered_json& row, std::string_view list, std::string_view member,
    const std::function<bool(const ordered_json&)>& counts = [](const ordered_json&) { return true; }) {
    std::vector<std::string> texts;
    if (const auto it = row.find(std::string(list)); it != row.end()) {
        for (const auto& object : *it) {
            auto text = counts(object) ? text_of(object, member) : std::string();
            if (!text.empty()) texts.push_back(std::move(text));
        }
    }
    return join(texts, "; ");
}

// An array of texts.
std::string all_of(const ordered_json& row, std::string_view list) {
    std::vector<std::string> texts;
    if (const auto it = row.find(std::string(list)); it != row.end()) {
        for (const auto& text : *it)
            texts.push_back(text.is_string() ? text.get<std::string>() : text.dump());
    }
    return join(texts, "; ");
}

constexpr auto people_heading = "id,name,unit,staff_group,job_role,archetypes,proposed_archetypes\r\n";

std::string people_lines(const ordered_json& answer) {
    std::string out;
    const auto of_state = [](std::string state) {
        return [state](const ordered_json& a) { return text_of(a, "state") == state; };
    };
    for (const auto& p : answer.at("people")) {
        out += csv_line({text_of(p, "id"), text_of(p, "name"), each_of(p, "employments", "unit"),
                         each_of(p, "employments", "staff_group"), each_of(p, "employments", "job_role"),
                         each_of(p, "archetypes", "archetype", of_state("confirmed")),
                         each_of(p, "archetypes", "archetype", of_state("proposed"))});
    }
    return out;
}

std::string runs_csv(const ordered_json& answer) {
    std::string out = "run,kind,source,what,who,began,ended,outcome,counts,error\r\n";
    for (const auto& r : answer.at("runs")) {
        out += csv_line({text_of(r, "id"), text_of(r, "kind"), text_of(r, "source"), text_of(r, "what"),
                         text_of(r, "who"), text_of(r, "began"), text_of(r, "ended"), text_of(r, "outcome"),
                         text_of(r, "counts"), text_of(r, "error")});
    }
    return out;
}

std::string people_csv(const ordered_json& answer) {
    return people_heading + people_lines(answer);
}

// A line for each item of the record. `evidence` names the statements that count.
std::string record_csv(const ordered_json& answer) {
    std::string out =
        "person,as_of,part,archetype,deployment,factor_or_group,requirement,title,level,kind,attainment,"
        "demand,"
        "override,reason,valid_to,evidence\r\n";
    const auto person = text_of(answer, "person"), as_of = text_of(answer, "as_of");
    const auto add = [&](const char* part, const std::string& archetype, const std::string& place,
                         const ordered_json& items) {
        for (const auto& item : items) {
            out += csv_line({person, as_of, part, archetype, text_of(item, "context"), place,
                             text_of(item, "requirement"), text_of(item, "title"), text_of(item, "level"),
                             text_of(item, "kind"), text_of(item, "attainment"), text_of(item, "demand"),
                             text_of(item, "override"), text_of(item, "reason"), text_of(item, "valid_to"),
                             each_of(item, "evidence", "statement",
                                     [](const ordered_json& e) { return e.value("counts", false); })});
        }
    };
    for (const auto& factor : answer.at("factors")) {
        const auto archetype = text_of(factor, "archetype");
        add(archetype.empty() ? "foundation" : "archetype", archetype, text_of(factor, "factor"),
            factor.at("items"));
    }
    for (const auto& product : answer.at("products")) {
        for (const auto& group : product.at("groups"))
            add("product", "", text_of(group, "group"), group.at("items"));
    }
    add("held", "", "", answer.at("held"));
    return out;
}

std::string framework_csv(const ordered_json& answer) {
    std::string out =
        "framework,version,requirement,table,ordinal,tier,archetypes,group,factor,kind,level,topic,title,"
        "statement,source_line,flags\r\n";
    const auto id = text_of(answer, "id"), version = text_of(answer, "version");
    for (const auto& r : answer.at("requirements")) {
        out +=
            csv_line({id, version, text_of(r, "id"), text_of(r, "table"), text_of(r, "ordinal"),
                      text_of(r, "tier"), all_of(r, "archetypes"), text_of(r, "group"), text_of(r, "factor"),
                      text_of(r, "kind"), text_of(r, "level"), text_of(r, "topic"), text_of(r, "title"),
                      text_of(r, "statement"), text_of(r, "source_line"), all_of(r, "flags")});
    }
    return out;
}

using Csv = std::function<std::string(const ordered_json& answer)>;

class Query {
public:
    explicit Query(const Backend& backend) : backend_(backend) {}

    Result<Response> framework(const Call& call) const {
        CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query, {"id", "format"}));
        json params = json::object();
        if (p.has("id")) params["id"] = p.text("id");
        return ask(call, "framework.export", params, p, framework_csv, "framework.csv");
    }
    Result<Response> matrix(const Call& call) const {
        CAPBRIDGE_LET(const auto p,
                      Parameters::parse(call.request.query, {"as_of", "valid_at", "known_at", "rules", "unit",
                                                             "descendants", "staff_group", "job_role",
                                                             "archetype", "team", "deployment", "format"}));
        CAPBRIDGE_LET(const auto params, scope_of(p));
        return ask(call, "matrix", params, p, backend_.matrix_csv, "matrix.csv");
    }
    Result<Response> people(const Call& call) const {
        CAPBRIDGE_LET(const auto p,
                      Parameters::parse(call.request.query,
                                        {"q", "known_at", "rules", "unit", "staff_group", "job_role",
                                         "archetype", "unassigned", "limit", "offset", "format"}));
        CAPBRIDGE_LET(auto params, scope_of(p));
        if (const auto text = p.text("q"); !text.empty()) params["text"] = text;
        CAPBRIDGE_LET(const auto unassigned, p.flag("unassigned"));
        CAPBRIDGE_LET(const auto limit, p.integer("limit", 1, 1000));
        CAPBRIDGE_LET(const auto offset, p.integer("offset", 0, 1'000'000'000));
        if (unassigned) params["unassigned"] = *unassigned;
        if (limit) params["limit"] = *limit;
        if (offset) params["offset"] = *offset;
        CAPBRIDGE_LET(const bool as_csv, wants_csv(p, call.request));
        if (as_csv && !limit && !offset) return all_people_csv(call, std::move(params));
        return ask(call, "people.list", params, p, people_csv, "people.csv");
    }
    Result<Response> person(const Call& call) const {
        CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query, {"known_at", "rules"}));
        CAPBRIDGE_LET(auto params, scope_of(p));
        params["person"] = call.capture("id");
        return ask(call, "person", params);
    }
    Result<Response> record(const Call& call) const {
        CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query,
                                                      {"as_of", "valid_at", "known_at", "rules", "format"}));
        CAPBRIDGE_LET(auto params, scope_of(p));
        params["person"] = call.capture("id");
        return ask(call, "record", params, p, record_csv, "record.csv");
    }
    Result<Response> explain_person(const Call& call) const {
        CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query, {"requirement", "context", "as_of",
                                                                           "valid_at", "known_at", "rules"}));
        CAPBRIDGE_LET(auto params, scope_of(p));
        params["person"] = call.capture("id");
        CAPBRIDGE_LET(params["requirement"], needed(p, "requirement"));
        return ask(call, "explain", params);
    }
    // A deployment (context) and a group: a cell of a product. Else a factor; without an archetype, of the
    // foundation, which is asked of everyone.
    Result<Response> explain_cell(const Call& call) const {
        CAPBRIDGE_LET(
            const auto p,
            Parameters::parse(call.request.query, {"archetype", "factor", "context", "group", "unit",
                                                   "descendants", "team", "deployment", "staff_group",
                                                   "job_role", "as_of", "valid_at", "known_at", "rules"}));
        CAPBRIDGE_LET(auto params, scope_of(p));
        if (p.text("context").empty() && p.text("group").empty()) {
            CAPBRIDGE_LET(params["factor"], needed(p, "factor"));
            return ask(call, "explain", params);
        }
        for (const char* name : {"factor", "archetype"}) {
            if (p.text(name).empty()) continue;
            return fail(
                "bad_parameter",
                "A cell is of a factor (and an archetype), or of a context and a group: leave out \"" +
                    std::string(name) + "\".",
                name);
        }
        CAPBRIDGE_LET(params["context"], needed(p, "context"));
        CAPBRIDGE_LET(params["group"], needed(p, "group"));
        return ask(call, "explain", params);
    }
    // The units as a tree, in order, each with its depth.
    Result<Response> units(const Call& call) const {
        CAPBRIDGE_TRY(Parameters::parse(call.request.query, no_parameters).map([](const Parameters&) {}));
        return ask(call, "unit.list", json::object());
    }
    Result<Response> teams(const Call& call) const {
        CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query,
                                                      {"as_of", "valid_at", "known_at", "rules", "days"}));
        CAPBRIDGE_LET(const auto params, ahead_of(p));
        return ask(call, "team.list", params);
    }
    Result<Response> team(const Call& call) const {
        CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query, {"as_of", "valid_at", "known_at",
                                                                           "rules", "days", "format"}));
        CAPBRIDGE_LET(auto params, ahead_of(p));
        params["team"] = call.capture("team");
        return ask(call, "team.coverage", params, p, competency::team_csv, "team.csv");
    }
    Result<Response> runs(const Call& call) const {
        CAPBRIDGE_LET(const auto p, Parameters::parse(call.request.query, {"limit", "format"}));
        CAPBRIDGE_LET(const auto limit, p.integer("limit", 1, 1000));
        json params = json::object();
        if (limit) params["limit"] = *limit;
        return ask(call, "run.list", params, p, runs_csv, "runs.csv");
    }
    Result<Response> run(const Call& call) const {
        CAPBRIDGE_TRY(Parameters::parse(call.request.query, no_parameters).map([](const Parameters&) {}));
        std::int64_t id = 0;
        const auto text = call.capture("id");
        for (const char c : text) {
            if (c < '0' || c > '9' || text.size() > 15)
                return fail("bad_parameter", "A run's id is a number.", "id");
            id = id * 10 + (c - '0');
        }
        return ask(call, "run.show", {{"run", id}});
    }

private:
    // JSON is read page by page; a spreadsheet that ended with the first page would look complete. Somebody
    // who comes or goes between two pages may be missed or be there twice.
    Result<Response> all_people_csv(const Call& call, json params) const {
        constexpr std::size_t page = 1000;
        std::string out = people_heading;
        std::size_t offset = 0, total = 0;
        do {
            params["limit"] = page;
            params["offset"] = offset;
            CAPBRIDGE_LET(const auto answer, backend_.run("people.list", params, caller_of(call)));
            const auto count = answer.at("people").size();
            if (count == 0) break;
            out += people_lines(answer);
            offset += count;
            total = answer.value("total", offset);
            // All pages of one moment: a day that is not over yet is another one with each entry.
            if (answer.contains("known_at")) params["known_at"] = answer["known_at"]["seq"];
        } while (offset < total);
        return csv_response(std::move(out), "people.csv");
    }

    static Result<json> ahead_of(const Parameters& parameters) {
        CAPBRIDGE_LET(auto out, scope_of(parameters));
        CAPBRIDGE_LET(const auto days, parameters.integer("days", 0, 3660));
        if (days) out["days"] = *days;
        return out;
    }

    static Result<std::string> needed(const Parameters& parameters, std::string_view name) {
        auto text = parameters.text(name);
        if (text.empty())
            return fail("bad_parameter", "The parameter \"" + std::string(name) + "\" is needed.",
                        std::string(name));
        return text;
    }

    Result<Response> ask(const Call& call, std::string_view operation, const json& params) const {
        CAPBRIDGE_LET(const auto answer, backend_.run(operation, params, caller_of(call)));
        return json_response(answer);
    }
    Result<Response> ask(const Call& call, std::string_view operation, const json& params,
                         const Parameters& parameters, const Csv& csv, std::string_view file) const {
        CAPBRIDGE_LET(const bool as_csv, wants_csv(parameters, call.request));
        CAPBRIDGE_LET(const auto answer, backend_.run(operation, params, caller_of(call)));
        return as_csv ? csv_response(csv(answer), file) : json_response(answer);
    }

    const Backend& backend_;
};

}  // namespace

void add_query_routes(Router& router, const Backend& backend) {
    const auto query = std::make_shared<const Query>(backend);
    const auto get = [&](std::string path, Lane lane, Result<Response> (Query::*answer)(const Call&) const) {
        router.add({"GET",
                    "/api/v1/" + path,
                    lane,
                    {"read"},
                    true,
                    [query, answer](const Call& call, const Responder& respond) {
                        auto response = ((*query).*answer)(call);
                        respond(response ? std::move(*response) : error_response(response.error()));
                    }});
    };
    get("framework", Lane::quick, &Query::framework);
    get("matrix", Lane::slow, &Query::matrix);
    get("people", Lane::slow, &Query::people);
    get("people/{id}", Lane::slow, &Query::person);
    get("people/{id}/record", Lane::slow, &Query::record);
    get("people/{id}/explain", Lane::slow, &Query::explain_person);
    get("explain", Lane::slow, &Query::explain_cell);
    get("units", Lane::slow, &Query::units);
    get("teams", Lane::slow, &Query::teams);
    get("teams/{team}", Lane::slow, &Query::team);
    get("runs", Lane::quick, &Query::runs);
    get("runs/{id}", Lane::quick, &Query::run);
}

}  // namespace capbridge::server
