// What learning is evidence of: learning items (one piece of learning under many activity ids), and mappings
// from them to claims on requirements. Files are checked by JSON Schema and cross-checks
// (config/schemas/mapping.schema.json) and become versions in the journal. Values; immutable once loaded; any
// thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/problem.hpp"
#include "core/base/time.hpp"
#include "core/framework/framework.hpp"

namespace capbridge::competency {

struct LearningItem {
    std::string id, title;
    std::vector<std::string> activities;  // activity IRIs
    int minutes = 0;                      // 0: not known
};

struct Claim {
    std::string requirement;   // a requirement id, or
    std::string topic, level;  // every requirement of the topic at that level (whatever its table)
};

struct Mapping {
    std::string id, learning_item;
    std::vector<Claim> claims;
    enum class Needs { completed, passed } needs = Needs::completed;  // a pass also satisfies `completed`
    std::optional<double> min_score;                                  // fraction 0..1
    std::string method;                 // reading, quiz, simulation, supervised_practice, assessment
    std::optional<Duration> valid_for;  // from the day it happened
    std::optional<Day> from, until;     // only what happened in this window counts
    std::string product;                // "" = not about a product; else claims go to the deployments of it
    std::string product_version;        // "" = any
};

struct MappingSet {  // one mapping file
    std::string id, version, title, framework;
    std::vector<LearningItem> items;
    std::vector<Mapping> mappings;
};

Problems check_mapping(const json& document, const framework::Framework& framework,
                       std::string_view text = {});
Result<MappingSet> load_mapping(std::string_view text, const std::string& name,
                                const framework::Framework& framework);

}  // namespace capbridge::competency
