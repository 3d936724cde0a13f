// Statement templates of xAPI Profiles (xAPI Profiles 1.0, part 2, 8): which statements follow a template.
// Its determining properties are verb, objectActivityType, context...ActivityType and attachmentUsageType;
// its rules ask for values at places given as JSONPaths. Of JSONPath the steps .name, ['name'], [0], [*] and
// .* are known, and alternatives with |. What is not known (.., slices, filters, templates that hang on the
// template of a StatementRef) is refused when the template is read, never guessed. Immutable; any thread.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace capbridge::engine {

struct PathStep {
    enum class Kind { name, index, all } kind = Kind::name;
    std::string name;
    std::size_t index = 0;
};
using Path = std::vector<PathStep>;
// Error "unsupported_path" says what of it is not known.
Result<std::vector<Path>> read_paths(std::string_view text);

class StatementTemplate {
public:
    [[nodiscard]] bool matches(const nlohmann::json& statement) const;

private:
    struct Rule {
        std::vector<Path> location, selector;  // selector: empty when there is none
        enum class Presence { none, included, excluded } presence = Presence::none;
        bool has_any = false, has_all = false;
        std::vector<nlohmann::json> any, all, none;
        [[nodiscard]] bool holds(const nlohmann::json& statement) const;
    };
    friend Result<StatementTemplate> read_template(std::string_view profile_text, std::string_view id);
    static Result<Rule> read_rule(const nlohmann::json& rule);

    std::string verb_, object_type_;
    std::vector<std::pair<std::string, std::vector<std::string>>> context_types_;  // "parent", the types
    std::vector<std::string> usage_types_;
    std::vector<Rule> rules_;
};

// Errors: those of parse_json, "no_template" (the profile has none of this id), "unsupported_template",
// "unsupported_path", "bad_template".
Result<StatementTemplate> read_template(std::string_view profile_text, std::string_view id);

}  // namespace capbridge::engine
