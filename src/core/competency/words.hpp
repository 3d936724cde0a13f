// How findings and explanations say things: one place, so that a check and an explanation call a thing by one
// name. Internal to the folder. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/competency/record.hpp"
#include "core/competency/rules.hpp"

namespace capbridge::competency {

inline constexpr std::string_view product_tier = "product-specific";
inline constexpr std::string_view foundational_tier = "foundational";
inline constexpr std::string_view advanced_tier = "advanced";
inline bool is_product_specific(const framework::Requirement& requirement) {
    return requirement.tier == product_tier;
}

std::string level_name(const framework::Framework& framework,
                       std::string_view level);  // "no known level" for ""
std::string kind_noun(EvidenceKind kind);        // "a completion"
// "at most Familiarity of knowledge, and no skill"
std::string cap_words(const Policy& policy, const Claiming& claiming, const framework::Framework& framework);
std::string in_quotes(std::string_view text);                    // ‘text’
std::string count_of(std::size_t count, std::string_view noun);  // "1 person", "2 people", "3 items"

}  // namespace capbridge::competency
