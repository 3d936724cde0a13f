#include "core/competency/judgement.hpp"

#include <algorithm>

namespace capbridge::competency {
namespace {

// Where one of the two says no end, the other's holds, whatever the policy prefers.
std::optional<Day> end_of(const std::optional<Day>& source, const std::optional<Day>& mapping,
                          Policy::Expiry expiry) {
    if (!source || !mapping || expiry == Policy::Expiry::earlier) return earlier(source, mapping);
    return expiry == Policy::Expiry::source ? source : mapping;
}

}  // namespace

const char* why_text(Why why) {
    switch (why) {
        case Why::counts:
            return "";
        case Why::capped:
            return "capped";
        case Why::score_too_low:
            return "score_too_low";
        case Why::needs_pass:
            return "needs_pass";
        case Why::outside_window:
            return "outside_window";
        case Why::failed:
            return "failed";
        case Why::voided:
            return "voided";
        case Why::in_progress:
            return "in_progress";
        case Why::self_assessment:
            return "self_assessment";
        case Why::refused:  // the register says why
            return "";
        case Why::contradicted:
            break;
    }
    return "contradicted";
}

bool dated(const Fact& fact) {
    return fact.occurred.precision != When::Precision::unknown;
}

std::optional<Day> earlier(const std::optional<Day>& a, const std::optional<Day>& b) {
    return a && b ? std::min(*a, *b) : a ? a : b;
}

Judgement judge(const Fact& fact, const Rules::Use& use, Policy::Expiry expiry) {
    const auto& mapping = *use.mapping;
    Judgement out{use.kind_needed(), use.kind_needed(), Why::counts, {}, {}};
    if (dated(fact)) {
        out.from = day_of(fact.occurred.at);
        if (mapping.valid_for) out.to = add(*out.from, *mapping.valid_for);
    }
    out.to = end_of(fact.expires, out.to, expiry);

    if (fact.what == Fact::What::passed) out.kind = out.cap_kind = EvidenceKind::passed;
    if (fact.what == Fact::What::failed) out.kind = out.cap_kind = EvidenceKind::passed;
    if (fact.what == Fact::What::completed) out.kind = EvidenceKind::completed;

    // Without a date nobody can say that it fell into the window.
    const bool outside = dated(fact) ? !use.open_on(*out.from) : mapping.from || mapping.until;
    if (outside) {
        out.why = Why::outside_window;
    } else if (fact.what == Fact::What::progressed) {
        out.why = Why::in_progress;
    } else if (fact.what == Fact::What::failed) {
        out.why = Why::failed;
    } else if (mapping.needs == Mapping::Needs::passed && fact.what == Fact::What::completed) {
        out.why = Why::needs_pass;
    } else if (mapping.min_score && !(fact.score && *fact.score >= *mapping.min_score)) {
        out.why = Why::score_too_low;
    }
    if (out.why != Why::counts) out.to.reset();
    return out;
}

}  // namespace capbridge::competency
