// The files of our own in a package: capbridge.json, and the wrapper that pages report through.
#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/scorm/build_texts.hpp"

namespace capbridge::scorm {
namespace {

const std::string& name_of(const PackagePlan& plan, const PlannedPart& part) {
    return plan.format == Format::cmi5 ? part.iri : part.identifier;
}

std::string page_file(std::string_view name) {
    const auto* file = find_embedded(embedded_config(), "pages/" + std::string(name));
    return file ? std::string(file->bytes) : std::string{};
}

}  // namespace

std::string href_of(const std::string& path) {
    std::vector<std::string> segments;
    for (const auto& segment : split(path, '/')) segments.push_back(url_encode(segment));
    return join(segments, "/");
}

std::string build_facts(const PackagePlan& plan) {
    ordered_json out;
    out["format"] = "capbridge-package";
    out["version"] = 1;
    out["identifier"] = plan.identifier;
    out["iri"] = plan.iri;
    out["title"] = plan.title;
    out["language"] = plan.language;
    out["framework"] = ordered_json{
        {"id", plan.framework->id}, {"version", plan.framework->version}, {"iri", plan.framework->iri}};
    ordered_json scos = ordered_json::array(), objectives = ordered_json::array(),
                 interactions = ordered_json::array();
    for (const auto& part : plan.parts) {
        const auto& sco = name_of(plan, part);
        const auto score = part.source->mastery_score;
        scos.push_back(ordered_json{{"id", sco},
                                    {"title", part.title},
                                    {"launch", part.launch},
                                    {"tier", part.tier},
                                    {"mastery_score", score ? ordered_json(*score) : ordered_json(nullptr)}});
        for (const auto* requirement : part.requirements) {
            objectives.push_back(ordered_json{{"sco", sco},
                                              {"id", objective_id(plan, *requirement)},
                                              {"requirement", plan.framework->requirement_iri(*requirement)},
                                              {"title", requirement->title}});
        }
        for (const auto& interaction : part.source->interactions) {
            ordered_json ids = ordered_json::array();
            for (const auto* requirement : part.requirements) {
                for (const auto& id : interaction.requirements) {
                    if (id == requirement->id) ids.push_back(objective_id(plan, *requirement));
                }
            }
            interactions.push_back(ordered_json{{"sco", sco},
                                                {"id", interaction.id},
                                                {"type", interaction.type},
                                                {"title", interaction.title},
                                                {"objectives", ids}});
        }
    }
    out["scos"] = std::move(scos);
    out["objectives"] = std::move(objectives);
    out["interactions"] = std::move(interactions);
    return out.dump(2) + "\n";
}

std::string wrapper_js(const PackagePlan& plan, const PlannedPart& part) {
    ordered_json objectives = ordered_json::object();
    for (const auto* requirement : part.requirements) {
        objectives[requirement->id] =
            ordered_json{{"id", objective_id(plan, *requirement)},
                         {"requirement", plan.framework->requirement_iri(*requirement)},
                         {"title", requirement->title}};
    }
    const auto score = part.source->mastery_score;
    const auto done = done_objective(plan, part);
    const ordered_json facts{{"language", plan.language},
                             {"masteryScore", score ? ordered_json(*score) : ordered_json(nullptr)},
                             {"done", done.empty() ? ordered_json(nullptr) : ordered_json(done)},
                             {"objectives", objectives}};
    return "// Reports to the learning system (cmi5, SCORM 2004 or SCORM 1.2) what a learner achieved:\n"
           "//   capbridge.objective(\"requirement-id\", \"passed\", 0.9); capbridge.complete(\"passed\", "
           "0.9);\n"
           "(function () {\n\"use strict\";\nvar PACKAGE = " +
           facts.dump() + ";\n\n" + page_file("cmi5.js") + "\n" + page_file("scorm.js") + "\n" +
           page_file("runtime.js") + "\nwindow.capbridge = capbridgeRuntime();\n})();\n";
}

}  // namespace capbridge::scorm
