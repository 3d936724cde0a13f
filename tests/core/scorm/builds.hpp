// A small framework and packages made of it, for the tests of building.
#pragma once
#include <string>
#include <vector>

#include "core/scorm/build.hpp"
#include "core/scorm/inspect.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::scorm::test {

// Requirements r-1 ... r-n, odd ones of the factor liability; the first foundational, for everybody; the
// others advanced, for users. Then p-1, product-specific.
inline framework::Framework small_framework(int requirements = 3) {
    framework::Framework framework;
    framework.id = "tiny";
    framework.version = "1.0.0";
    framework.iri = "https://example.org/frameworks/tiny";
    framework.title = "Tiny & small";
    framework.archetypes = {{"user", "User", "", {}}, {"shaper", "Shaper", "", {}}};
    framework.factors = {{"liability", "Liability", ""}, {"guidelines", "Guidelines", ""}};
    framework::Level level;
    level.id = "awareness";
    framework.levels = {level};
    for (int i = 1; i <= requirements + 1; ++i) {
        const bool product = i > requirements;
        framework::Requirement requirement;
        requirement.id = product ? "p-1" : "r-" + std::to_string(i);
        requirement.title = "Requirement <" + requirement.id + ">";
        requirement.statement = "Knows " + requirement.id + ".";
        requirement.tier = product ? "product-specific" : i == 1 ? "foundational" : "advanced";
        requirement.level = i == 1 ? "awareness" : "";
        requirement.topic = "who-is-liable";
        requirement.archetypes =
            i == 1 ? std::vector<std::string>{"user", "shaper"} : std::vector<std::string>{"user"};
        requirement.factor = i % 2 ? "liability" : "guidelines";
        framework.requirements.push_back(requirement);
    }
    framework.index();
    return framework;
}

inline BuildPart small_part(const std::string& name = {}, const std::vector<std::string>& requirements = {}) {
    BuildPart part;
    part.name = name;
    part.title = name.empty() ? "" : "Part " + name;
    part.requirements = requirements;
    part.content = {text_file("index.html", "<html></html>"),
                    text_file("images/a b.png", std::string("\0\1\2", 3))};
    return part;
}

inline BuildRequest request_for(const framework::Framework& framework, const std::string& version) {
    BuildRequest request;
    request.framework = &framework;
    request.version = version;
    request.requirements = {"r-3", "r-1"};
    request.parts.push_back(small_part());
    return request;
}

// Foundational parts read and quiz, an advanced one; given in the wrong order.
inline BuildRequest three_parts(const framework::Framework& framework, const std::string& version) {
    auto request = request_for(framework, version);
    request.requirements.clear();
    request.parts = {small_part("deeper", {"r-2", "r-3"}), small_part("read", {"r-1"}),
                     small_part("quiz", {"r-1"})};
    request.parts[0].mastery_score = 0.75;
    request.parts[2].mastery_score = 0.8;
    request.parts[2].minutes = 10;
    request.parts[2].interactions = {BuildInteraction{"q1", "choice", "Which?", {"r-1"}}};
    return request;
}

inline const std::vector<std::string> all_versions{"1.2", "2004-3", "2004-4", "cmi5"};

inline std::string entry(const std::string& zip, const std::string& path) {
    const MemorySource source(zip);
    const auto archive = ZipArchive::open(source);
    if (!archive) return {};
    return archive->read(path, 16u << 20).value_or("");
}

inline std::string code_of(const BuildRequest& request) {
    MemoryTarget target;
    const auto built = build_package(request, target);
    return built ? "" : built.error().code;
}

}  // namespace capbridge::scorm::test
