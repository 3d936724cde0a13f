// A capability framework as data: archetypes, factors, levels, topics, requirements, questions.
// Source of the shipped one: "Developing healthcare workers' confidence in AI" (docs/framework.md says how it
// was read). Values; immutable once loaded; any thread. No file is opened here.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"

namespace capbridge::framework {

struct Archetype {
    std::string id, name, definition;
    std::vector<std::string> responsibilities;
};
struct Group {
    std::string id, name;
};
struct Factor {
    std::string id, name;
    std::string group;  // "" when the factor stands in no group (AI literacy)
};
enum class Kind { knowledge, skill };
struct Level {
    std::string id, name;
    Kind kind = Kind::knowledge;
    int rank = 0;                      // within its kind, from 1
    std::vector<std::string> implies;  // of the SAME topic only; never along a factor
};
struct Requirement {
    std::string id, table;
    int ordinal = 0;   // from 1 in its table
    std::string tier;  // foundational, advanced, product-specific
    std::vector<std::string> archetypes;
    std::string group, factor;  // "" = null in the source
    Kind kind = Kind::knowledge;
    std::string level;  // "" = lost in the source; such an item is shown and never counted
    std::string topic, title, statement;
    int source_line = 0;
    std::vector<std::string> flags;
    // What is evidence of one of these is evidence of this one too (reason met_equivalent).
    std::vector<std::string> equivalent_to = {};
};
// A requirement of an earlier version: what was said of it is said of those that replaced it, if any did.
struct Former {
    std::string id;
    std::vector<std::string> replaced_by;
    std::string why;
};
struct Question {
    std::string id, table;
    int ordinal = 0;
    std::string archetype, factor, title;
    int source_line = 0;
};

// Indexes are positions in the vectors; records and cells are kept by index, not by text.
class Framework {
public:
    std::string id, version, iri, title;
    std::vector<Archetype> archetypes;
    std::vector<Group> groups;
    std::vector<Factor> factors;
    std::vector<Level> levels;
    std::unordered_map<std::string, std::vector<std::string>> applicability;  // archetype -> factors
    std::vector<Requirement> requirements;
    std::vector<Question> questions;
    std::vector<Former> former;

    [[nodiscard]] int archetype_index(std::string_view id) const;  // -1: unknown
    [[nodiscard]] int factor_index(std::string_view id) const;
    [[nodiscard]] int requirement_index(std::string_view id) const;
    // nullptr: no earlier version had it, or it is still there.
    [[nodiscard]] const Former* former_requirement(std::string_view id) const;
    // The requirement itself, or those that replaced it, through any number of versions; empty: unknown, or
    // nothing replaced it. In order.
    [[nodiscard]] std::vector<int> requirements_for(std::string_view id) const;
    [[nodiscard]] const Level* level(std::string_view id) const;
    [[nodiscard]] const std::vector<int>& topic_requirements(std::string_view topic) const;
    // Does holding `from` give `to`? Same topic, and the level is the same or implied. An item whose level is
    // lost gives only itself.
    [[nodiscard]] bool implies(const Requirement& from, const Requirement& to) const;
    [[nodiscard]] std::string requirement_iri(const Requirement& r) const {
        return iri + "/requirements/" + r.id;
    }

    void index();  // after the vectors are filled

private:
    std::unordered_map<std::string, int> archetype_by_id_, factor_by_id_, requirement_by_id_, level_by_id_,
        former_by_id_;
    std::unordered_map<std::string, std::vector<int>> by_topic_;
};

// Schema, then cross-checks: unknown ids, duplicates, a factor that does not apply to the archetype, ordinals
// with gaps, a level that implies a higher one. Every problem has its JSON pointer, and its line of `text`.
Problems check_framework(const json& document, std::string_view text = {});
// Error "invalid_document" lists all problems; `name` is how messages call the file.
Result<Framework> load_framework(std::string_view text, const std::string& name);
// The frameworks that travel in the binary, by id. Error "not_found" names those there are.
Result<std::string_view> shipped_framework(std::string_view id);
std::vector<std::string> shipped_frameworks();

// The document of `capbridge framework export`: {id, version, archetypes, groups, factors, levels,
// applicability, requirements, questions}.
ordered_json export_framework(const Framework& framework);

}  // namespace capbridge::framework
