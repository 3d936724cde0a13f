#include "core/scorm/build_plan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/scorm/build_texts.hpp"
#include "core/scorm/interactions.hpp"
#include "core/scorm/paths.hpp"

namespace capbridge::scorm {
namespace {

using framework::Requirement;

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string slug(std::string_view text, std::size_t longest) {
    std::string out;
    for (const char c : lower_ascii(text)) {
        if (is_lower_or_digit(c)) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
    }
    if (out.size() > longest) out.resize(longest);
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out;
}

// "en", "en-GB", "cy", "zh-Hant-TW": what xs:language takes.
bool is_language(std::string_view tag) {
    const auto parts = split(tag, '-');
    return !parts.empty() && std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
        return !part.empty() && part.size() <= 8 && std::all_of(part.begin(), part.end(), [&](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   (&part != &parts.front() && c >= '0' && c <= '9');
        });
    });
}

bool is_iri(std::string_view text) {
    return text.find("://") != std::string_view::npos || text.starts_with("urn:") || text.starts_with("tag:");
}

bool is_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !text.empty() && text.size() <= 100 && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
           });
}

// The manifest's identifier must be an xs:ID, the course's id in cmi5 an IRI: each is made of the other.
Status name_package(const BuildRequest& request, PackagePlan& plan) {
    const auto& given = request.identifier;
    const auto& framework = *request.framework;
    if (given.empty()) {
        const auto digest = sha256_hex(framework.iri + '\n' + plan.title).substr(0, 8);
        const auto name = slug(plan.title, 40);
        plan.identifier = "capbridge-" + (name.empty() ? "" : name + "-") + digest;
    } else if (is_iri(given)) {
        if (given.size() > 1000 || !is_utf8(given) ||
            given.find_first_of(" <>\"{}|\\^`#?\t\n\r") != std::string::npos || given.ends_with('/')) {
            return fail(
                "identifier_invalid",
                "The package's IRI has a space, a query, a fragment, a slash at its end or a character that "
                "IRIs do not have. Give one like https://trust.example/learning/ai-basics.",
                given);
        }
        plan.identifier = "capbridge-" + slug(given.substr(given.find_last_of("/:") + 1), 40) + "-" +
                          sha256_hex(given).substr(0, 8);
        plan.iri = given;
        return {};
    } else if (is_name(given)) {
        plan.identifier = given;
    } else {
        return fail(
            "identifier_invalid",
            "The package's identifier must be an IRI, or a name of at most 100 letters, digits, hyphens, "
            "underscores and dots that begins with a letter.",
            given);
    }
    plan.iri = framework.iri + "/packages/" + plan.identifier;
    return {};
}

bool is_reserved(const std::string& path, bool at_root) {
    const auto name = lower_ascii(path);
    return name == wrapper_file || (at_root && (name == "imsmanifest.xml" || name == "cmi5.xml" ||
                                                name == capbridge_file || name.starts_with("capbridge-lom")));
}

Status check_content(const BuildPart& part, const std::string& launch, bool at_root) {
    if (part.content.empty()) {
        return fail("content_empty", "The content folder has no files. Put the course's pages into it.",
                    part.name);
    }
    std::set<std::string> seen;
    bool has_launch = false;
    for (const auto& file : part.content) {
        auto problem = check_entry_path(file.path, Limits{}.path_bytes);
        if (!problem && file.path.find('\\') != std::string::npos) {
            problem = {"", "A file's name has a backslash, which players take as a folder. Rename it."};
        }
        if (!problem && (file.path != plain_path(file.path) || !is_utf8(file.path))) {
            problem = {"", "A file's name is not plain UTF-8 with single slashes. Rename it."};
        }
        if (problem) return fail("content_path_invalid", problem->message, file.path);
        if (is_reserved(file.path, at_root)) {
            return fail("content_reserved_name",
                        "The content holds " + file.path +
                            ", a file that the package writes itself. Give the folder of the pages, not of a "
                            "finished package, or rename the file.",
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

Status check_part(const BuildPart& part) {
    if (part.mastery_score && !(*part.mastery_score >= 0 && *part.mastery_score <= 1)) {
        return fail("mastery_score_invalid",
                    "A mastery score is a share from 0 to 1, for example 0.8 for 80 %.", part.name);
    }
    std::set<std::string> ids;
    for (const auto& interaction : part.interactions) {
        if (interaction.id.empty() || interaction.type.empty() || !ids.insert(interaction.id).second) {
            return fail("interaction_invalid",
                        "Each question needs an id of its own. Two have the same, or one has none.",
                        interaction.id);
        }
    }
    return {};
}

std::string tier_of(const std::vector<const Requirement*>& requirements) {
    for (const auto tier : {tier_advanced, tier_product_specific}) {
        for (const auto* requirement : requirements) {
            if (requirement->tier == tier) return std::string(tier);
        }
    }
    return requirements.empty() ? std::string(tier_foundational) : requirements.front()->tier;
}

int rank(const std::string& tier) {
    return tier == tier_foundational ? 0 : tier == tier_product_specific ? 1 : tier == tier_advanced ? 2 : 3;
}

Result<PlannedPart> plan_part(const PackagePlan& plan, const BuildPart& part, bool only) {
    if (part.name.empty() ? !only : part.name != slug(part.name, 60) || part.name.front() == '-') {
        return fail(
            "part_name_invalid",
            "A part's name has lower-case letters, digits and single hyphens, at most 60 of them. It becomes "
            "a folder and the end of the part's identifier.",
            part.name);
    }
    PlannedPart planned;
    planned.source = &part;
    const std::string name = part.name.empty() ? "1" : part.name;
    planned.identifier = "item-" + name;
    planned.resource = "resource-" + name;
    planned.iri = plan.iri + "/" + planned.identifier;
    planned.title = collapse_spaces(part.title.empty() ? plan.title : part.title);
    planned.folder = only ? "" : part.name + "/";
    if (planned.title.empty() || !is_utf8(planned.title) || !is_utf8(part.description)) {
        return fail("title_invalid",
                    "A part needs a title in UTF-8, and a description in UTF-8 if it has one.", part.name);
    }
    CAPBRIDGE_TRY(check_part(part));
    const std::string launch = part.launch.empty() ? "index.html" : part.launch;
    CAPBRIDGE_TRY(check_content(part, launch, only));
    planned.launch = planned.folder + launch;
    for (const auto& file : part.content) planned.files.push_back(planned.folder + file.path);
    planned.files.push_back(planned.folder + std::string(wrapper_file));
    std::sort(planned.files.begin(), planned.files.end());
    for (const auto* requirement : plan.requirements) {
        const auto& own = part.requirements;
        if (only || own.empty() || std::find(own.begin(), own.end(), requirement->id) != own.end())
            planned.requirements.push_back(requirement);
    }
    planned.tier = tier_of(planned.requirements);
    return planned;
}

}  // namespace

bool PackagePlan::has_tiers() const {
    return parts.front().tier != parts.back().tier;
}

bool PackagePlan::locks_advanced() const {
    return parts.front().tier == tier_foundational && parts.back().tier == tier_advanced;
}

Result<PackagePlan> plan_package(const BuildRequest& request) {
    PackagePlan plan;
    plan.request = &request;
    plan.framework = request.framework;
    if (request.version == "1.2") {
        plan.format = Format::scorm_1_2;
    } else if (request.version == "2004-3") {
        plan.format = Format::scorm_2004_3;
    } else if (request.version == "2004-4") {
        plan.format = Format::scorm_2004_4;
    } else if (request.version == "cmi5") {
        plan.format = Format::cmi5;
    } else {
        return fail("unknown_version", "The version \"" + request.version +
                                           "\" cannot be built. Choose 1.2, 2004-3, 2004-4 or cmi5.");
    }
    if (request.parts.empty())
        return fail("no_parts",
                    "The package has nothing in it. Give a folder with --content, or a file with --text.");
    CAPBRIDGE_LET(plan.requirements, select_requirements(request));
    plan.title = collapse_spaces(request.title.empty() ? request.framework->title : request.title);
    if (plan.title.empty() || !is_utf8(plan.title) || !is_utf8(request.description)) {
        return fail(
            "title_invalid",
            "The package needs a title in UTF-8, and a description in UTF-8 if it has one. Give one with "
            "--title.");
    }
    plan.language = request.language;
    if (!is_language(plan.language)) {
        return fail("language_invalid", "The language must be a tag such as en-GB or cy.", plan.language);
    }
    CAPBRIDGE_TRY(name_package(request, plan));
    std::set<std::string> names;
    for (const auto& part : request.parts) {
        CAPBRIDGE_LET(auto planned, plan_part(plan, part, request.parts.size() == 1));
        if (!names.insert(planned.identifier).second) {
            return fail("part_name_duplicate",
                        "Two parts are called " + part.name + ". Give one another name.", part.name);
        }
        plan.parts.push_back(std::move(planned));
    }
    std::stable_sort(plan.parts.begin(), plan.parts.end(),
                     [](const auto& a, const auto& b) { return rank(a.tier) < rank(b.tier); });
    return plan;
}

std::string objective_id(const PackagePlan& plan, const Requirement& requirement) {
    switch (plan.format) {
        case Format::scorm_1_2:
            return requirement.id;
        case Format::cmi5:
            return plan.iri + "/objectives/" + requirement.id;
        case Format::scorm_2004_3:
        case Format::scorm_2004_4:
            break;
    }
    return plan.framework->requirement_iri(requirement);
}

std::string done_objective(const PackagePlan& plan, const PlannedPart& part) {
    const bool is_2004 = plan.format == Format::scorm_2004_3 || plan.format == Format::scorm_2004_4;
    const bool awaited = is_2004 && plan.locks_advanced() && part.tier == tier_foundational;
    return awaited ? part.iri + "/done" : std::string{};
}

std::string_view tier_title(std::string_view tier) {
    return tier == tier_foundational       ? "Foundational"
           : tier == tier_product_specific ? "Product-specific"
           : tier == tier_advanced         ? "Advanced"
                                           : tier;
}

std::string part_name(std::string_view text) {
    return slug(text, 60);
}

std::string number_text(double number) {
    char text[32];
    const auto end =
        std::to_chars(text, text + sizeof text, std::round(number * 10000) / 10000, std::chars_format::fixed);
    return {text, end.ptr};
}

}  // namespace capbridge::scorm
