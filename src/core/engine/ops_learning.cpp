// Learning as a whole: what there is and who has looked at it, what of the framework it can give, and what is
// still to be commissioned.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/brief.hpp"
#include "core/competency/coverage.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/learning_seen.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_decisions = 10'000, shown = 50, longest_why = 500, longest_ahead = 3660;

// {triage?: relevant|irrelevant|not_yet, text?, limit?, offset?}
Result<ordered_json> learning_list(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    competency::LearningQuery query;
    query.triage = get_string(params, "triage");
    if (!query.triage.empty() && query.triage != "relevant" && query.triage != "irrelevant" &&
        query.triage != "not_yet")
        return fail("bad_parameter", "'" + query.triage + "' is neither relevant, irrelevant nor not_yet",
                    "triage");
    query.text = get_string(params, "text");
    CAPBRIDGE_LET(query.limit, limit_of(params, 50, 1000));
    query.offset = params.value("offset", std::size_t{0});
    return competency::learning_list(*rules, learning_seen(bridge), query);
}

// The activities that the parameters mean, in order, each once.
Result<std::vector<std::string>> activities_of(const json& params, const competency::LearningSeen& seen) {
    std::vector<std::string> out;
    const auto pattern = get_string(params, "pattern");
    const auto list = params.find("activities");
    if (list != params.end()) {
        if (!list->is_array()) return fail("bad_parameter", "a list of activity ids is needed", "activities");
        for (const auto& id : *list) {
            const auto known = [&](const auto& a) { return id.is_string() && a.id == id.get<std::string>(); };
            if (std::none_of(seen.activities.begin(), seen.activities.end(), known)) {
                return fail("not_found",
                            "no statement and no catalogue has told of the activity " + id.dump() +
                                " ('capbridge learning list' shows those there are)",
                            "activities");
            }
            out.push_back(id.get<std::string>());
        }
    }
    if (!pattern.empty()) {
        for (const auto& a : seen.activities) {
            if (competency::fits_pattern(pattern, a.id) || competency::fits_pattern(pattern, a.title))
                out.push_back(a.id);
        }
    }
    if (list == params.end() && pattern.empty())
        return fail("bad_parameter", "activities or a pattern are needed", "activities");
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    if (out.size() > most_decisions)
        return fail("bad_parameter",
                    std::to_string(out.size()) + " activities fit; at most 10,000 are decided at once",
                    "pattern");
    return out;
}

// {activities?: [iri...], pattern? ("*/fire-*", over ids and titles), relevance: relevant|irrelevant|none,
// why?, dry_run?}: none takes a decision back.
Result<ordered_json> triage(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto relevance, need_text(params, "relevance"));
    if (relevance != "relevant" && relevance != "irrelevant" && relevance != "none")
        return fail("bad_parameter", "'" + relevance + "' is neither relevant, irrelevant nor none",
                    "relevance");
    const auto why = get_string(params, "why");
    if (relevance == "irrelevant" && why.empty())
        return fail("bad_parameter", "say why it is irrelevant: others will ask", "why");
    if (why.size() > longest_why) return fail("bad_parameter", "it is longer than 500 bytes", "why");
    const auto seen = learning_seen(bridge);
    CAPBRIDGE_LET(const auto activities, activities_of(params, seen));
    const bool dry = params.value("dry_run", false);

    std::vector<store::NewDecision> decisions;
    std::size_t same = 0, mapped = 0;
    auto list = ordered_json::array();
    for (const auto& id : activities) {
        const auto known = seen.triage.find(id);
        const bool is_same = relevance == "none" ? known == seen.triage.end()
                                                 : known != seen.triage.end() && known->second.why == why &&
                                                       known->second.relevant == (relevance == "relevant");
        if (is_same) {
            ++same;
            continue;
        }
        mapped += rules->knows_activity(id) ? 1 : 0;
        const auto payload = relevance == "none" ? "" : json{{"relevance", relevance}, {"why", why}}.dump();
        decisions.push_back({"learning.triage", id, payload, {}});
        if (list.size() >= shown) continue;
        const auto at = std::lower_bound(seen.activities.begin(), seen.activities.end(), id,
                                         [](const auto& a, const auto& key) { return a.id < key; });
        list.push_back({{"activity", id},
                        {"title", at->title.empty() ? ordered_json() : ordered_json(at->title)},
                        {"people", at->people}});
    }
    ordered_json out{
        {"relevance", relevance},
        {"dry_run", dry},
        {"counts",
         {{"fit", activities.size()}, {"changed", decisions.size()}, {"same", same}, {"mapped", mapped}}},
        {"changes", std::move(list)}};
    if (dry) decisions.clear();
    return decide(bridge, caller, "decision", "learning triaged as " + relevance, std::move(decisions),
                  std::move(out));
}

// {as_of?, list?: none|not_given|by_one_only|above_cap|all, format?: csv}: with csv {csv: text}.
Result<ordered_json> coverage(Bridge& bridge, const json& params, const Caller&) {
    using List = competency::CoverageList;
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto as_of, day_parameter(bridge, params, "as_of"));
    static constexpr std::pair<std::string_view, List> lists[] = {{"none", List::none},
                                                                  {"not_given", List::not_given},
                                                                  {"by_one_only", List::by_one_only},
                                                                  {"above_cap", List::above_cap},
                                                                  {"all", List::all}};
    const bool as_csv = get_string(params, "format") == "csv";
    const auto wanted = get_string(params, "list", as_csv ? "all" : "none");
    for (const auto& [name, list] : lists) {
        if (name != wanted) continue;
        auto answer = competency::coverage(*rules, as_of, list);
        if (as_csv) return ordered_json{{"csv", competency::coverage_csv(answer)}};
        answer["rules"] = rules->version_text();
        return answer;
    }
    return fail("bad_parameter",
                "'" + wanted + "' is no list: there are none, not_given, by_one_only, above_cap and all",
                "list");
}

// {scope as of matrix, by? (a day), nothing_exists?, limit?, format?: csv|markdown}: with a format {csv} or
// {markdown}: text.
Result<ordered_json> brief(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto question, learning_question(bridge, params, *rules));
    competency::BriefBuilder::Options options;
    options.by = question.as_of + std::chrono::days{rules->policy.amber_days};
    if (!get_string(params, "by").empty()) {
        CAPBRIDGE_LET(options.by, day_parameter(bridge, params, "by"));
        if (options.by < question.as_of || options.by > question.as_of + std::chrono::days{longest_ahead})
            return fail("bad_parameter", "the day must lie ahead, and within ten years", "by");
    }
    options.nothing_exists = params.value("nothing_exists", false);
    CAPBRIDGE_LET(options.limit, limit_of(params, 200, 5000));
    const auto format = get_string(params, "format", "json");
    if (format != "json" && format != "csv" && format != "markdown")
        return fail("bad_parameter", "'" + format + "' is neither json, csv nor markdown", "format");
    competency::BriefBuilder builder(*rules, question, options);
    CAPBRIDGE_TRY(each_person_of(bridge, *rules, question,
                                 [&](const competency::PersonFacts& person) { builder.add(person); }));
    auto answer = builder.finish();
    if (format == "csv") return ordered_json{{"csv", competency::brief_csv(answer)}};
    if (format == "markdown") return ordered_json{{"markdown", competency::brief_markdown(answer)}};
    return answer;
}

}  // namespace

std::vector<Operation> learning_operations() {
    return {
        {"learning.list", false, "read", learning_list},
        {"learning.triage", true, "admin", triage},
        {"coverage.show", false, "read", coverage},
        {"brief.show", false, "read", brief},
    };
}

}  // namespace capbridge::engine
