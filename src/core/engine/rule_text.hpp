// A file that people publish (framework, policy, profile, mapping, product, deployment, assessor, team), read
// and checked against the rules in force: what publishing and previewing share. Pure but for the rules.
#pragma once
#include <string>

#include "core/base/json.hpp"
#include "core/competency/rules.hpp"

namespace capbridge::engine {

struct RuleText {
    std::string kind, id, version, text;
};
// `name` is how messages call the file. Errors "invalid_document", "activity_claimed" (an activity of a
// mapping is another learning item elsewhere), "bad_parameter" (nothing of that kind can be published).
Result<RuleText> read_rule_text(const competency::Rules& rules, const std::string& kind,
                                const std::string& text, const std::string& name);
// Of these only the one published last is in force, whatever its id.
inline bool is_only_one(std::string_view kind) {
    return kind == "framework" || kind == "policy" || kind == "profile";
}

}  // namespace capbridge::engine
