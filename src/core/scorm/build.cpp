#include "core/scorm/build.hpp"

#include <algorithm>
#include <set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/scorm/inspect.hpp"
#include "core/scorm/package_texts.hpp"
#include "core/scorm/paths.hpp"

namespace capbridge::scorm {
namespace {

constexpr std::string_view manifest_file = "imsmanifest.xml";

template <class T>
bool knows(const std::vector<T>& things, const std::string& id) {
    return std::any_of(things.begin(), things.end(), [&](const T& thing) { return thing.id == id; });
}

template <class T>
Status all_known(const std::vector<T>& things, const std::vector<std::string>& ids, const std::string& kind,
                 const std::string& framework) {
    for (const auto& id : ids) {
        if (!knows(things, id)) {
            return fail("unknown_" + kind,
                        "The framework " + framework + " has no " + kind + " \"" + id + "\".");
        }
    }
    return {};
}

bool holds(const std::vector<std::string>& list, const std::string& id) {
    return std::find(list.begin(), list.end(), id) != list.end();
}

bool is_reserved(const std::string& path) {
    const std::string name = lower_ascii(path);
    return name == manifest_file || name == "cmi5.xml" || name == wrapper_file || name == objectives_file;
}

Status check_content(const std::vector<ZipFile>& content, const std::string& launch) {
    if (content.empty()) {
        return fail("content_empty", "The content folder has no files. Put the course's pages into it.");
    }
    std::set<std::string> seen;
    bool has_launch = false;
    for (const auto& file : content) {
        auto problem = check_entry_path(file.path, Limits{}.path_bytes);
        if (!problem && file.path.find('\\') != std::string::npos) {
            problem = {"", "A file's name has a backslash, which players take as a folder. Rename it."};
        }
        if (!problem && (file.path != plain_path(file.path) || !is_utf8(file.path))) {
            problem = {"", "A file's name is not plain UTF-8 with single slashes. Rename it."};
        }
        if (problem) return fail("content_path_invalid", problem->message, file.path);
        if (is_reserved(file.path)) {
            return fail("content_reserved_name",
                        "The content holds " + file.path +
                            ", a file that the package writes itself. Give the folder of the pages, not of a "
                            "finished "
                            "package, or rename the file.",
                        file.path);
        }
        if (!seen.insert(lower_ascii(file.path)).second) {
            return fail("content_duplicate",
                        "Two files have this name, or differ only by letter case. Rename one.", file.path);
        }
        has_launch = has_launch || file.path == launch;
    }
    if (!has_launch) {
        return fail("launch_missing",
                    "The content has no " + launch + ". Add it, or name the first page with --launch.",
                    launch);
    }
    return {};
}

}  // namespace

Result<std::vector<const framework::Requirement*>> select_requirements(const BuildRequest& request) {
    const auto& framework = *request.framework;
    CAPBRIDGE_TRY(all_known(framework.requirements, request.requirements, "requirement", framework.id));
    CAPBRIDGE_TRY(all_known(framework.archetypes, request.archetypes, "archetype", framework.id));
    CAPBRIDGE_TRY(all_known(framework.factors, request.factors, "factor", framework.id));
    const bool by_place = !request.archetypes.empty() || !request.factors.empty();
    std::vector<const framework::Requirement*> selected;
    for (const auto& requirement : framework.requirements) {
        const bool of_archetype =
            request.archetypes.empty() ||
            std::any_of(requirement.archetypes.begin(), requirement.archetypes.end(),
                        [&](const std::string& id) { return holds(request.archetypes, id); });
        const bool of_factor = request.factors.empty() || holds(request.factors, requirement.factor);
        if (holds(request.requirements, requirement.id) || (by_place && of_archetype && of_factor)) {
            selected.push_back(&requirement);
        }
    }
    if (selected.empty()) {
        return fail(
            "no_requirements",
            by_place
                ? "No requirement of the framework belongs to these archetypes and factors. Choose others."
                : "Choose the requirements of the package with --requirements, --archetype or --factor.");
    }
    return selected;
}

Result<std::string> build_package(const BuildRequest& request) {
    if (request.version != "1.2" && request.version != "2004-4") {
        return fail("unknown_version",
                    "The version \"" + request.version + "\" cannot be built. Choose 1.2 or 2004-4.");
    }
    PackagePlan plan;
    plan.framework = request.framework;
    CAPBRIDGE_LET(plan.requirements, select_requirements(request));
    plan.launch = request.launch.empty() ? "index.html" : request.launch;
    plan.title = collapse_spaces(request.title.empty() ? request.framework->title : request.title);
    if (plan.title.empty() || !is_utf8(plan.title)) {
        return fail("title_invalid", "The package needs a title in UTF-8. Give one with --title.");
    }
    CAPBRIDGE_TRY(check_content(request.content, plan.launch));

    for (const auto& file : request.content) plan.files.push_back(file.path);
    plan.files.emplace_back(objectives_file);
    plan.files.emplace_back(wrapper_file);
    std::sort(plan.files.begin(), plan.files.end());
    std::string digest = request.version + '\0' + plan.title + '\0' + request.framework->iri + '\0' +
                         request.framework->version;
    for (const auto* requirement : plan.requirements) digest += '\0' + requirement->id;
    plan.identifier = "capbridge-" + sha256_hex(digest).substr(0, 24);

    std::vector<ZipFile> files = request.content;
    files.push_back(
        {std::string(manifest_file), request.version == "1.2" ? manifest_1_2(plan) : manifest_2004_4(plan)});
    files.push_back({std::string(objectives_file), objectives_json(plan)});
    files.push_back({std::string(wrapper_file), wrapper_js(plan)});
    CAPBRIDGE_LET(std::string bytes, write_zip(files));

    // What we build, we must be able to take: limits and all.
    const auto inspection = inspect(MemorySource(bytes));
    if (!inspection.accepted) {
        const auto& reason = inspection.findings.front();
        return fail("package_not_accepted", reason.message, reason.where);
    }
    return bytes;
}

}  // namespace capbridge::scorm
