// Published reports: the answer to a question, frozen with its digest, the entry of the journal up to which
// it stands and the rules that it was made by. A report is a decision, so that it cannot be changed unseen;
// it can be checked at any time by asking the same question of the journal as it was.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/past.hpp"

namespace capbridge::engine {
namespace {

constexpr std::string_view kind = "report";
constexpr std::size_t most_bytes = 4u << 20, longest_title = 200, most_differences = 20;
constexpr int most_tries = 5;

// What a report may be about, and what it may ask. Nothing of single people: a journal is for good.
struct Reportable {
    std::string_view question;
    std::string_view parameters;  // each between blanks
};
constexpr std::array reportable{
    Reportable{"matrix", " as_of unit descendants staff_group job_role archetype team deployment "},
    Reportable{"team.coverage", " as_of team days "},
    Reportable{"coverage.show", " as_of list "},
    Reportable{"brief.show",
               " as_of unit descendants staff_group job_role archetype team deployment by nothing_exists "},
    Reportable{"framework.export", " as_of "},
    Reportable{"deployment.show", " as_of deployment "},
    Reportable{"product.list", " as_of "}};

const Reportable* can_be_reported(std::string_view question) {
    const auto* const at = std::find_if(reportable.begin(), reportable.end(),
                                        [&](const Reportable& one) { return one.question == question; });
    return at == reportable.end() ? nullptr : at;
}

Status check_parameters(const Reportable& report, const json& params) {
    for (const auto& [name, value] : params.items()) {
        if (report.parameters.find(" " + name + " ") != std::string_view::npos) continue;
        return fail("bad_parameter",
                    "a report of " + std::string(report.question) + " takes" +
                        std::string(report.parameters.substr(0, report.parameters.size() - 1)) + ", not '" +
                        name + "'; it is always of what is known now, by the rules of now",
                    "/params/" + name);
    }
    return {};
}

// Of a team what it can do, not who its members are.
ordered_json without_people(std::string_view question, ordered_json answer) {
    if (question != "team.coverage" || !answer.is_object()) return answer;
    for (const auto* named : {"members", "problems"}) answer.erase(named);
    if (answer.contains("items")) {
        for (auto& item : answer["items"]) {
            for (const auto* named : {"holders", "closes"}) item.erase(named);
        }
    }
    return answer;
}

struct Report {
    std::string id, title, question, rules, folded_by, sha256, frozen, who;
    json params;
    Instant at{};
    std::int64_t seq = 0;
};

json to_json(const Report& r) {
    return {{"title", r.title},   {"question", r.question},
            {"params", r.params}, {"published_at", format_instant(r.at)},
            {"seq", r.seq},       {"rules", r.rules},
            {"sha256", r.sha256}, {"folded_by", r.folded_by},
            {"answer", r.frozen}};
}

Result<Report> report_of(const store::DecisionRow& decision) {
    const auto payload = json::parse(decision.payload, nullptr, false);
    const auto at = payload.is_object() ? parse_instant(get_string(payload, "published_at")) : std::nullopt;
    if (!at) return fail("store_damaged", "report " + decision.key + " cannot be read");
    return Report{decision.key,
                  get_string(payload, "title"),
                  get_string(payload, "question"),
                  get_string(payload, "rules"),
                  get_string(payload, "folded_by"),
                  get_string(payload, "sha256"),
                  get_string(payload, "answer"),
                  decision.who,
                  payload.value("params", json::object()),
                  *at,
                  payload.value("seq", std::int64_t{0})};
}

Result<Report> find_report(Bridge& bridge, const json& params) {
    CAPBRIDGE_LET(const auto id, need_text(params, "id"));
    const auto decision = bridge.store().journal().decision_in_force(kind, id);
    if (!decision) return fail("not_found", "there is no report '" + id + "' (capbridge report list)", "/id");
    return report_of(*decision);
}

ordered_json head_of(const Report& r) {
    return {{"id", r.id},         {"title", r.title},
            {"who", r.who},       {"published_at", format_instant(r.at)},
            {"seq", r.seq},       {"question", r.question},
            {"params", r.params}, {"rules", r.rules},
            {"sha256", r.sha256}, {"bytes", r.frozen.size()}};
}

// The answer, and the seq it stands for: nothing may be folded while it is made. Where it never rests, the
// journal as it was a moment ago answers.
Result<std::pair<std::string, std::int64_t>> freeze(Bridge& bridge, const Operation& operation,
                                                    const json& params, Instant at, const Caller& caller) {
    auto& projection = bridge.store().projection();
    for (int i = 0; i < most_tries; ++i) {
        const auto seq = projection.cursor();
        CAPBRIDGE_LET(auto answer, operation.run(bridge, params, caller));
        // The counts that are kept follow the records a moment later.
        const auto of = answer.is_object() ? answer.value("watermark", seq) : seq;
        if (of == seq && projection.cursor() == seq)
            return std::pair(without_people(operation.name, std::move(answer)).dump(), seq);
    }
    const Pasts::Moment moment{projection.cursor(), at, false};
    CAPBRIDGE_LET(auto answer, bridge.pasts().ask(operation, params, moment, caller));
    answer.erase("known_at");
    return std::pair(without_people(operation.name, std::move(answer)).dump(), moment.seq);
}

// {title, question?, params?}: question is the name of an operation (matrix), params what it takes.
Result<ordered_json> report_publish(Bridge& bridge, const json& params, const Caller& caller) {
    Report report;
    CAPBRIDGE_LET(report.title, need_text(params, "title"));
    if (report.title.size() > longest_title)
        return fail("bad_parameter", "a title has at most 200 bytes", "/title");
    report.question = get_string(params, "question", "matrix");
    const auto* const allowed = can_be_reported(report.question);
    const auto* operation = allowed != nullptr ? find_operation(report.question) : nullptr;
    if (operation == nullptr) {
        return fail("bad_parameter",
                    "'" + report.question +
                        "' cannot be reported: take matrix, team.coverage, coverage.show, brief.show, "
                        "deployment.show, product.list or framework.export",
                    "/question");
    }
    report.params = params.value("params", json::object());
    if (!report.params.is_object()) return fail("bad_parameter", "'params' is an object", "/params");
    if (auto day = report.params.find("valid_at"); day != report.params.end()) {  // its other name
        if (!report.params.contains("as_of")) report.params["as_of"] = *day;
        report.params.erase("valid_at");
    }
    CAPBRIDGE_TRY(check_parameters(*allowed, report.params));
    CAPBRIDGE_TRY(bridge.project());
    report.at = bridge.now();
    if (!report.params.contains("as_of")) report.params["as_of"] = format_day(day_of(report.at));
    CAPBRIDGE_LET(std::tie(report.frozen, report.seq),
                  freeze(bridge, *operation, report.params, report.at, caller));
    if (report.frozen.size() > most_bytes) {
        return fail("too_large",
                    "the answer has " + std::to_string(report.frozen.size()) +
                        " bytes; a report has at most 4 MiB: narrow the question",
                    "/params");
    }
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    report.rules = rules->version_text();
    report.folded_by = bridge.store().projection().folded_by();
    report.sha256 = sha256_hex(report.frozen);
    report.id = uuid_v4();
    report.who = caller.who;
    store::RunRow run;
    run.kind = "decision";
    run.who = caller.who;
    run.what = "publish report " + report.id;
    CAPBRIDGE_LET(const auto done, in_run(bridge, run, [&](store::RunRow& row) -> Result<ordered_json> {
                      store::Batch batch;
                      batch.run = row.id;
                      batch.who = caller.who;
                      batch.entries.emplace_back(
                          store::NewDecision{std::string(kind), report.id, to_json(report).dump(), {}});
                      CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
                      return ordered_json{{"counts", {{"published", 1}}}};
                  }));
    auto out = head_of(report);
    out["run"] = done["run"];
    return out;
}

// {limit?}: the newest first.
Result<ordered_json> report_list(Bridge& bridge, const json& params, const Caller&) {
    const auto limit = std::min<std::size_t>(params.value("limit", std::size_t{50}), 1000);
    auto all = bridge.store().journal().decisions_in_force(kind);
    ordered_json out{{"total", all.size()}, {"reports", ordered_json::array()}};
    for (auto at = all.rbegin(); at != all.rend() && out["reports"].size() < limit; ++at) {
        CAPBRIDGE_LET(const auto report, report_of(*at));
        out["reports"].push_back(head_of(report));
    }
    return out;
}

// {id}
Result<ordered_json> report_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto report, find_report(bridge, params));
    auto out = head_of(report);
    out["intact"] = sha256_hex(report.frozen) == report.sha256;
    out["answer"] = ordered_json::parse(report.frozen, nullptr, false);
    return out;
}

void add_differences(const ordered_json& frozen, const ordered_json& again, const std::string& at,
                     ordered_json& out) {
    if (frozen == again || out.size() >= most_differences) return;
    const bool objects = frozen.is_object() && again.is_object();
    const bool arrays = frozen.is_array() && again.is_array() && frozen.size() == again.size();
    if (!objects && !arrays) {
        out.push_back({{"at", at}, {"frozen", frozen}, {"again", again}});
        return;
    }
    if (arrays) {
        for (std::size_t i = 0; i < frozen.size(); ++i)
            add_differences(frozen[i], again[i], at + "/" + std::to_string(i), out);
        return;
    }
    for (const auto& [name, value] : frozen.items())
        add_differences(value, again.contains(name) ? again[name] : ordered_json(), at + "/" + name, out);
    for (const auto& [name, value] : again.items()) {
        if (!frozen.contains(name)) add_differences(ordered_json(), value, at + "/" + name, out);
    }
}

// {id}: asks the same question of the journal as it was, by the rules of then. equal: byte for byte.
Result<ordered_json> report_verify(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto report, find_report(bridge, params));
    const auto* operation = find_operation(report.question);
    if (operation == nullptr)
        return fail("unknown_operation", "this version knows no question '" + report.question + "'");
    CAPBRIDGE_LET(auto again, bridge.pasts().ask(*operation, report.params,
                                                 Pasts::Moment{report.seq, report.at, false}, caller));
    again.erase("known_at");
    again = without_people(report.question, std::move(again));
    const auto text = again.dump();
    auto out = head_of(report);
    out["intact"] = sha256_hex(report.frozen) == report.sha256;
    out["equal"] = text == report.frozen;
    out["sha256_again"] = sha256_hex(text);
    out["folded_by"] = report.folded_by;
    out["differences"] = ordered_json::array();
    add_differences(ordered_json::parse(report.frozen, nullptr, false), again, "", out["differences"]);
    return out;
}

}  // namespace

std::vector<Operation> report_operations() {
    return {
        {"report.publish", true, "admin", report_publish},
        {"report.list", false, "read", report_list},
        {"report.show", false, "read", report_show},
        {"report.verify", false, "read", report_verify},
    };
}

}  // namespace capbridge::engine
