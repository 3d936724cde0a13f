// The texts that build_package puts beside the content: the manifest, the list of objectives and the API
// wrapper. Pure; any thread. All text arguments are UTF-8 and are escaped here.
#pragma once
#include <string>
#include <vector>

#include "core/framework/framework.hpp"

namespace capbridge::scorm {

struct PackagePlan {
    const framework::Framework* framework = nullptr;
    std::vector<const framework::Requirement*> requirements;
    std::string identifier;  // of the manifest: an xs:ID
    std::string title, launch;
    std::vector<std::string> files;  // sorted paths, all that the SCO uses
};

std::string manifest_1_2(const PackagePlan& plan);
std::string manifest_2004_4(const PackagePlan& plan);
std::string objectives_json(const PackagePlan& plan);
// capbridge-scorm.js: finds the API of either version, and knows the plan's objectives.
std::string wrapper_js(const PackagePlan& plan);

}  // namespace capbridge::scorm
