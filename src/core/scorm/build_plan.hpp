// What a build request amounts to, once it has been checked: ids, IRIs, order and files of everything, alike
// for the four formats. Borrowed from the request, which must outlive it. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/scorm/build.hpp"

namespace capbridge::scorm {

enum class Format { scorm_1_2, scorm_2004_3, scorm_2004_4, cmi5 };

struct PlannedPart {
    const BuildPart* source = nullptr;
    std::string identifier;  // of the item: an xs:ID; the last segment of the AU's IRI
    std::string resource;    // identifier of the resource
    std::string iri;         // of the AU
    std::string title;
    std::string folder;  // in the zip, with its slash; "" when the package has one part
    std::string launch;  // path in the zip
    std::string tier;    // the most advanced of its requirements
    std::vector<const framework::Requirement*> requirements;  // in the framework's order
    std::vector<std::string> files;                           // sorted paths in the zip
};

struct PackagePlan {
    const BuildRequest* request = nullptr;
    const framework::Framework* framework = nullptr;
    Format format = Format::scorm_1_2;
    std::string identifier, iri, title, language;
    std::vector<PlannedPart> parts;  // foundational first, product-specific, advanced; else as given
    std::vector<const framework::Requirement*> requirements;  // of all parts, in the framework's order

    [[nodiscard]] bool has_tiers() const;  // parts of more than one tier
    // Foundational parts come before advanced ones and there are both.
    [[nodiscard]] bool locks_advanced() const;
};

Result<PackagePlan> plan_package(const BuildRequest& request);

// Under which id the objective of a requirement is reported at run time.
std::string objective_id(const PackagePlan& plan, const framework::Requirement& requirement);
// SCORM 2004: the objective that says that a foundational part is done, where advanced ones wait for it; else
// "".
std::string done_objective(const PackagePlan& plan, const PlannedPart& part);
std::string_view tier_title(std::string_view tier);
// At most four decimals, no exponent, no locale: "0.8", "80".
std::string number_text(double number);

inline constexpr std::string_view tier_foundational = "foundational";
inline constexpr std::string_view tier_product_specific = "product-specific";
inline constexpr std::string_view tier_advanced = "advanced";

}  // namespace capbridge::scorm
