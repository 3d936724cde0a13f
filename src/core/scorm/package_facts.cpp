#include "core/scorm/package_facts.hpp"

#include <nlohmann/json.hpp>

#include "core/base/json.hpp"

namespace capbridge::scorm {

std::optional<std::vector<ObjectiveFact>> read_objective_facts(std::string_view capbridge_json) {
    constexpr JsonLimits limits{.bytes = 1u << 20, .depth = 16};
    constexpr std::size_t most_facts = 20'000;
    const auto document = parse_json(capbridge_json, limits);
    if (!document || !document->is_object() || get_string(*document, "format") != "capbridge-package")
        return std::nullopt;
    const auto list = document->find("objectives");
    if (list == document->end() || !list->is_array() || list->size() > most_facts) return std::nullopt;
    std::vector<ObjectiveFact> facts;
    for (const auto& one : *list) {
        if (!one.is_object()) return std::nullopt;
        ObjectiveFact fact{get_string(one, "sco"), get_string(one, "id"), get_string(one, "requirement"),
                           get_string(one, "title")};
        if (fact.sco.empty() || fact.id.empty()) return std::nullopt;
        facts.push_back(std::move(fact));
    }
    return facts;
}

}  // namespace capbridge::scorm
