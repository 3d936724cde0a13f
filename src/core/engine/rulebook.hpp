// The rules in force, read from the decisions of a journal: what of them does not fit (any more) stays out,
// and is told. Thread-safe as the journal is.
#pragma once
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/competency/rules.hpp"
#include "core/store/store.hpp"

namespace capbridge::engine {

inline constexpr std::string_view default_framework = "hee-ai-confidence";

struct ReadRulebook {
    competency::Rulebook book;
    std::vector<std::string> left_out;  // in words: what, and why
};
// Error: the framework or the shipped policy or profile cannot be read.
Result<ReadRulebook> read_rulebook(store::Store& store);

// Kinds of decisions that the rulebook is read from.
bool is_rule_kind(std::string_view kind);

}  // namespace capbridge::engine
