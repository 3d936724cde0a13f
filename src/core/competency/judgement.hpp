// How one fact is judged through one mapping: what it counts as, from when, to when, or why it does not
// count. Internal to the folder. Pure; any thread.
#pragma once
#include <optional>

#include "core/competency/record.hpp"
#include "core/competency/rules.hpp"

namespace capbridge::competency {

enum class Why {
    counts,
    capped,
    score_too_low,
    needs_pass,
    outside_window,
    failed,
    voided,
    in_progress,
    self_assessment,
    refused,
    contradicted
};

const char* why_text(Why why);  // as Contribution::why_not; "" of refused: the register says why

// A fact through a mapping, before the caps, which depend on the requirement.
struct Judgement {
    EvidenceKind kind;  // what it is
    EvidenceKind
        cap_kind;  // what it would be if it went as far as the mapping needs: that is what the cap looks at
    Why why;
    std::optional<Day> from, to;
};

bool dated(const Fact& fact);
std::optional<Day> earlier(const std::optional<Day>& a, const std::optional<Day>& b);  // absent: never
Judgement judge(const Fact& fact, const Rules::Use& use, Policy::Expiry expiry);

}  // namespace capbridge::competency
