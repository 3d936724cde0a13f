// Which requirements a package is about.
#include <algorithm>

#include "core/scorm/build.hpp"

namespace capbridge::scorm {
namespace {

using framework::Requirement;

bool holds(const std::vector<std::string>& list, const std::string& id) {
    return std::find(list.begin(), list.end(), id) != list.end();
}

// `is` says whether the framework has the id.
template <class Is>
Status all_known(const std::vector<std::string>& ids, const std::string& kind, const framework::Framework& in,
                 const Is& is) {
    for (const auto& id : ids) {
        if (is(id)) continue;
        return fail("unknown_" + kind, "The framework " + in.id + " has no " + kind + " \"" + id +
                                           "\". `capbridge framework show " + in.id + "` lists what it has.");
    }
    return {};
}

Status check_ids(const BuildRequest& request) {
    const auto& in = *request.framework;
    const auto requirement = [&](const auto& id) { return in.requirement_index(id) >= 0; };
    CAPBRIDGE_TRY(all_known(request.requirements, "requirement", in, requirement));
    for (const auto& part : request.parts) {
        CAPBRIDGE_TRY(all_known(part.requirements, "requirement", in, requirement));
        for (const auto& interaction : part.interactions)
            CAPBRIDGE_TRY(all_known(interaction.requirements, "requirement", in, requirement));
    }
    CAPBRIDGE_TRY(all_known(request.archetypes, "archetype", in,
                            [&](const auto& id) { return in.archetype_index(id) >= 0; }));
    CAPBRIDGE_TRY(
        all_known(request.factors, "factor", in, [&](const auto& id) { return in.factor_index(id) >= 0; }));
    CAPBRIDGE_TRY(
        all_known(request.levels, "level", in, [&](const auto& id) { return in.level(id) != nullptr; }));
    return all_known(request.tiers, "tier", in, [&](const auto& id) {
        return std::any_of(in.requirements.begin(), in.requirements.end(),
                           [&](const Requirement& r) { return r.tier == id; });
    });
}

bool is_chosen(const BuildRequest& request, const Requirement& requirement) {
    if (holds(request.requirements, requirement.id)) return true;
    const bool by_place = !request.archetypes.empty() || !request.factors.empty() || !request.tiers.empty() ||
                          !request.levels.empty();
    const auto fits = [](const std::vector<std::string>& wanted, const std::string& id) {
        return wanted.empty() || holds(wanted, id);
    };
    const bool of_archetype =
        request.archetypes.empty() ||
        std::any_of(requirement.archetypes.begin(), requirement.archetypes.end(),
                    [&](const std::string& id) { return holds(request.archetypes, id); });
    return by_place && of_archetype && fits(request.factors, requirement.factor) &&
           fits(request.tiers, requirement.tier) && fits(request.levels, requirement.level);
}

}  // namespace

Result<std::vector<const Requirement*>> select_requirements(const BuildRequest& request) {
    CAPBRIDGE_TRY(check_ids(request));
    const bool some_part_names_none = std::any_of(request.parts.begin(), request.parts.end(),
                                                  [](const BuildPart& p) { return p.requirements.empty(); });
    std::vector<const Requirement*> selected;
    bool any_chosen = false;
    for (const auto& requirement : request.framework->requirements) {
        const bool chosen = is_chosen(request, requirement);
        const bool named =
            std::any_of(request.parts.begin(), request.parts.end(),
                        [&](const BuildPart& part) { return holds(part.requirements, requirement.id); });
        any_chosen = any_chosen || chosen;
        if (chosen && !named && !some_part_names_none && request.parts.size() > 1) {
            return fail(
                "requirements_unused",
                "No part of the package is about " + requirement.id +
                    ": each part names requirements of its own. Add it to a part, or do not choose it.");
        }
        if (chosen || named) selected.push_back(&requirement);
    }
    const bool by_choice = !request.requirements.empty() || !request.archetypes.empty() ||
                           !request.factors.empty() || !request.tiers.empty() || !request.levels.empty();
    if (selected.empty() && by_choice) {
        return fail(
            "no_requirements",
            "No requirement of the framework is of these archetypes, factors, tiers and levels all at "
            "once. Choose others.");
    }
    if (selected.empty() || (some_part_names_none && !any_chosen)) {
        return fail(
            "no_requirements",
            "Choose the requirements of the package with --requirements, --archetype, --factor, --tier or "
            "--level, or name them in each part.");
    }
    return selected;
}

}  // namespace capbridge::scorm
