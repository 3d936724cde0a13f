// What the kit found out about an adapter file: one finding for each rule, as text for a person and as JSON
// for a build server. Values.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::adapters {

// How far an adapter has come; each level has its rules and contains the ones before.
enum class KitLevel { loads, reads, resumes, writes, hardened };
std::string_view level_text(KitLevel level);

struct KitFinding {
    enum class Outcome { passed, failed, skipped } outcome = Outcome::passed;
    std::string rule;  // "pull.resumes"
    std::string text;  // the rule, in a sentence
    KitLevel level = KitLevel::loads;
    std::string adapter;   // its id
    std::string cassette;  // its folder's name; "" when the rule needs none
    // It was skipped because something to try it with is missing: no level from its own on, unless it passed
    // with another cassette.
    bool is_open = false;
    std::string why;  // of failed and skipped: what was seen, or what is missing
    std::chrono::milliseconds took{0};
};

struct KitReport {
    std::string file, adapters;  // ids, with ", " between them
    std::vector<KitFinding> findings;
    bool partial = false;  // not all rules were asked for: there is no level then

    // Has a rule about that adapter stayed open with every cassette?
    [[nodiscard]] bool is_open(const KitFinding& finding) const;
    [[nodiscard]] std::size_t count(KitFinding::Outcome outcome) const;
    // The highest level of which, and of all below, no rule failed or is open and at least one passed; ""
    // when there is none.
    [[nodiscard]] std::string badge() const;
    [[nodiscard]] ordered_json to_json() const;
    [[nodiscard]] std::string to_text() const;
};

}  // namespace capbridge::adapters
