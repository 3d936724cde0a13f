// The rules in force, read from the decisions of a journal: what of them does not fit (any more) stays out,
// and is told. Thread-safe as the journal is.
#pragma once
#include <map>
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
    // Digests of the texts that records depend on, by "framework", "policy" and "mapping ID".
    std::map<std::string, std::string> texts;
};
// A change of the rules that is not published (yet); an empty payload withdraws.
struct Proposal {
    std::string kind, key, payload;
};
struct RulesFrom {
    // Whose framework, policy, profile, mappings, products, deployments and assessors; absent: the store's
    // own. Units and teams are always the store's: they say who is where, not what counts.
    store::Journal* journal = nullptr;
    const Proposal* proposal = nullptr;
};
// Error: the framework or the shipped policy or profile cannot be read.
Result<ReadRulebook> read_rulebook(store::Store& store, const RulesFrom& from = {});

// What records folded by these rules, by this program, are marked with (Projection::folded_by).
std::string fold_text(const competency::Rules& rules);

// Kinds of decisions that the rulebook is read from.
bool is_rule_kind(std::string_view kind);

}  // namespace capbridge::engine
