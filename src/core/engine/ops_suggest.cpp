// Suggestions for mappings, of what LMSs name and of packages that are kept, and learning that is likely the
// same under several ids. Questions only: what comes of them is published as a mapping by a person.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/competency/duplicates.hpp"
#include "core/competency/mapping_draft.hpp"
#include "core/engine/learning_seen.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/package_reading.hpp"
#include "core/engine/packages.hpp"
#include "core/engine/rulebook.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_looked_at = 2000, most_ids = 50;

// A list "activities", or the one "activity".
Result<std::vector<std::string>> ids_of(const json& params) {
    std::vector<std::string> out;
    if (const auto one = get_string(params, "activity"); !one.empty()) out.push_back(one);
    if (const auto list = params.find("activities"); list != params.end() && !list->is_null()) {
        if (!list->is_array()) return fail("bad_parameter", "a list of activity ids is needed", "activities");
        for (const auto& id : *list) {
            if (!id.is_string() || id.get_ref<const std::string&>().find(':') == std::string::npos)
                return fail("bad_parameter",
                            "an activity id is an absolute IRI, such as https://lms.example/course/7",
                            "activities");
            out.push_back(id.get<std::string>());
        }
    }
    if (out.size() > most_ids) return fail("bad_parameter", "at most 50 activity ids at once", "activities");
    return out;
}

// From 0 to 1; of a web address it comes as text.
Result<double> score_of(const json& params, double otherwise) {
    const auto it = params.find("min_score");
    if (it == params.end() || it->is_null()) return otherwise;
    double score = -1;
    if (it->is_number()) {
        score = it->get<double>();
    } else if (it->is_string()) {
        const auto& text = it->get_ref<const std::string&>();
        const auto parsed = json::parse(text, nullptr, false);
        if (parsed.is_number()) score = parsed.get<double>();
    }
    if (!(score >= 0 && score <= 1))
        return fail("bad_parameter", "the least score is a fraction from 0 to 1, such as 0.5", "min_score");
    return score;
}

// The words of the framework in force.
Result<framework::Vocabulary> vocabulary_of(Bridge& bridge) {
    const auto published = bridge.store().journal().decisions_in_force("framework");
    if (!published.empty())
        return framework::load_vocabulary(published.back().payload, "the published framework");
    CAPBRIDGE_LET(const auto shipped, framework::shipped_framework(default_framework));
    return framework::load_vocabulary(shipped, "the shipped framework");
}

std::string in_english(const json& texts) {
    if (!texts.is_object()) return {};
    std::string first;
    for (const auto& [language, text] : texts.items()) {
        if (!text.is_string()) continue;
        if (language == "en" || language.starts_with("en-")) return text.get<std::string>();
        if (first.empty()) first = text.get<std::string>();
    }
    return first;
}

// What an activity that an LMS names says about itself, and what it stands below of.
competency::LearningText text_of_activity(
    Bridge& bridge, const competency::SeenActivity& activity,
    const std::unordered_map<std::string_view, const competency::SeenActivity*>& by_id) {
    competency::LearningText out;
    out.iri = activity.id;
    out.title = activity.title;
    if (const auto definition = definition_of_activity(bridge, activity.id)) {
        const auto parsed = json::parse(*definition, nullptr, false);
        if (parsed.is_object() && parsed.contains("description"))
            out.description = in_english(parsed["description"]);
    }
    for (auto at = activity.id.rfind('/'); at != std::string::npos && at > 0;
         at = activity.id.rfind('/', at - 1)) {
        const auto above = by_id.find(std::string_view(activity.id).substr(0, at));
        if (above != by_id.end()) out.context += above->second->title + "\n";
    }
    return out;
}

// {activities? or activity?, triage?: not_yet (default)|relevant|all, min_score?, limit?, offset?}: of
// activities that no mapping has, those that most people took first; named ones whatever was decided about
// them. At most 2,000 are looked at.
Result<ordered_json> learning_suggest(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto vocabulary, vocabulary_of(bridge));
    CAPBRIDGE_LET(const auto wanted, ids_of(params));
    CAPBRIDGE_LET(const auto limit, limit_of(params, 50, 1000));
    competency::SuggestOptions options;
    CAPBRIDGE_LET(options.min_score, score_of(params, options.min_score));
    const auto triage = get_string(params, "triage", "not_yet");
    if (triage != "not_yet" && triage != "relevant" && triage != "all")
        return fail("bad_parameter", "'" + triage + "' is neither not_yet, relevant nor all", "triage");
    const auto seen = learning_seen(bridge);
    std::unordered_map<std::string_view, const competency::SeenActivity*> by_id;
    for (const auto& a : seen.activities) by_id.emplace(a.id, &a);
    std::vector<const competency::SeenActivity*> list;
    for (const auto& id : wanted) {
        const auto it = by_id.find(id);
        if (it == by_id.end())
            return fail("not_found",
                        "no statement, no catalogue and no package has told of the activity '" + id +
                            "' ('capbridge learning list' shows those there are)",
                        "activities");
        list.push_back(it->second);
    }
    for (const auto& a : seen.activities) {
        if (!wanted.empty() || rules->knows_activity(a.id) || a.title.empty()) continue;
        const auto decided = seen.triage.find(a.id);
        const bool not_yet = decided == seen.triage.end();
        if (!not_yet && !decided->second.relevant) continue;
        if (triage == "all" || (triage == "not_yet") == not_yet) list.push_back(&a);
    }
    std::stable_sort(list.begin(), list.end(), [](const auto* a, const auto* b) {
        return std::pair(a->people, a->statements) > std::pair(b->people, b->statements);
    });
    const auto waiting = list.size();
    if (list.size() > most_looked_at) list.resize(most_looked_at);
    const competency::Suggester suggester(rules->framework, vocabulary, rules->policy);
    const auto offset = params.value("offset", std::size_t{0});
    std::vector<competency::Suggested> found;
    std::size_t with = 0, done = 0;
    for (const auto* activity : list) {
        caller.progress("activities looked at", ++done, list.size());
        competency::Suggested piece;
        piece.title = activity->title;
        piece.activities = {activity->id};
        piece.suggestions = suggester.suggest(text_of_activity(bridge, *activity, by_id), options);
        // Asked about by name, what is withheld is worth an answer too.
        if (piece.suggestions.list.empty() && (wanted.empty() || piece.suggestions.withheld.empty()))
            continue;
        if (with >= offset && found.size() < limit) found.push_back(std::move(piece));
        ++with;
    }
    auto out = competency::suggested_with_draft(
        rules->framework, {"suggested-learning", "Suggestions for learning that no mapping has"}, found);
    out["waiting"] = waiting;
    out["looked_at"] = list.size();
    out["total"] = with;
    out["offset"] = offset;
    for (auto& piece : out["learning"]) {
        const auto it = by_id.find(piece["activities"][0].get_ref<const std::string&>());
        piece["people"] = it == by_id.end() ? 0 : it->second->people;
    }
    return out;
}

// {activities? or activity?, min_score?, limit?, offset?}
Result<ordered_json> learning_duplicates(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    competency::DuplicatesQuery query;
    CAPBRIDGE_LET(query.activities, ids_of(params));
    CAPBRIDGE_LET(query.min_score, score_of(params, query.min_score));
    CAPBRIDGE_LET(query.limit, limit_of(params, query.limit, 1000));
    query.offset = params.value("offset", std::size_t{0});
    return competency::likely_duplicates(*rules, learning_seen(bridge), query);
}

// {package, version?, activities? or activity? (ids under which LMSs report the whole package), id? (of the
// draft), min_score?}: suggestions for each part, and the draft of a mapping.
Result<ordered_json> package_map(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto asked, asked_version(bridge, params));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto vocabulary, vocabulary_of(bridge));
    CAPBRIDGE_LET(const auto courses, ids_of(params));
    competency::SuggestOptions options;
    CAPBRIDGE_LET(options.min_score, score_of(params, options.min_score));
    const auto& package = asked.package;
    auto source = bridge.store().packages().open(package.version.sha256);
    if (!source && source.error().code == "not_found")
        return fail("not_found", "the file of '" + package.key + "' is not in the data directory any more",
                    "package");
    if (!source) return fail(source.error());
    CAPBRIDGE_LET(const auto read, read_incoming(bridge, **source, caller));
    const competency::Suggester suggester(rules->framework, vocabulary, rules->policy);
    const auto list =
        competency::suggest_for_package(suggester, read.structure, package.course, courses, options);
    ordered_json out{
        {"key", package.key}, {"package_version", package.version.number}, {"title", package.version.title}};
    out.update(competency::suggested_with_draft(
        rules->framework, {get_string(params, "id", package.key), package.version.title}, list));
    return out;
}

// {key}: the id that the course of a package of this key has, or would have, here.
Result<ordered_json> package_course(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto key, need_text(params, "key"));
    return ordered_json{{"course", scorm::course_iri(bridge.store().installation().iri_base, key)}};
}

}  // namespace

std::vector<Operation> suggest_operations() {
    return {
        {"learning.suggest", false, "read", learning_suggest},
        {"learning.duplicates", false, "read", learning_duplicates},
        {"package.map", false, "read", package_map},
        {"package.course", false, "read", package_course},
    };
}

}  // namespace capbridge::engine
