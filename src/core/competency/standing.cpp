#include "core/competency/standing.hpp"

#include <algorithm>

namespace capbridge::competency {
namespace {

// How something is met, the best first.
Reason met_by(const Contribution& c) {
    if (c.implied_by.empty()) {
        const bool vouched = c.kind == EvidenceKind::attested || c.kind == EvidenceKind::observed;
        return vouched ? Reason::met_attested : Reason::met_direct;
    }
    return c.same_level ? Reason::met_equivalent : Reason::met_implied;
}

int rank(Reason reason) {
    switch (reason) {
        case Reason::met_direct:
            return 0;
        case Reason::met_attested:
            return 1;
        case Reason::met_equivalent:
            return 2;
        default:
            return 3;
    }
}

bool later(const std::optional<Day>& a, const std::optional<Day>& b) {  // absent = for ever
    return b && (!a || *a > *b);
}

}  // namespace

std::optional<Day> last_day(const Contribution& c) {
    if (!c.contradicted_on) return c.to;
    const Day before = *c.contradicted_on - std::chrono::days{1};
    return c.to && *c.to < before ? c.to : before;
}

State standing(const std::vector<Contribution>& evidence, std::optional<Day> as_of) {
    State met{Attainment::met, Reason::met_implied, {}};
    bool holds = false, held = false, contradicted = false, revoked = false, begun = false, capped = false;
    std::optional<Day> held_until;  // of what holds no longer; the latest
    for (const auto& c : evidence) {
        if (as_of && c.from && *c.from > *as_of) continue;
        if (held_once(c)) {
            const bool cut = c.contradicted_on && (!as_of || *as_of >= *c.contradicted_on);
            if (!cut && (!as_of || !c.to || *as_of <= *c.to)) {
                const auto reason = met_by(c);
                if (!holds || rank(reason) < rank(met.reason)) met.reason = reason;
                if (!holds || later(c.to, met.until)) met.until = c.to;
                holds = true;
                continue;
            }
            const auto end = cut ? last_day(c) : c.to;
            if (!held || later(end, held_until)) {
                contradicted = cut;
                held_until = end;
            } else if (cut && end == held_until) {
                contradicted = true;  // a failure on the day after the last valid one was no end of its own
            }
            held = true;
        } else if (c.why_not == "voided") {
            revoked = true;
        } else if (c.why_not == "capped" || c.why_not.starts_with("assessor_")) {
            capped = true;  // it would go no further if there were more of it
        } else if (c.why_not != "outside_window" && c.why_not != "self_assessment") {
            begun = true;
        }
    }
    // Without a day nothing runs out, and what counts must still reach beyond the contradiction to have
    // mended it.
    const bool mended = holds && !(contradicted && !later(met.until, held_until));
    if (mended) return met;
    if (contradicted) return {Attainment::contradicted, Reason::contradicted, {}};
    if (held) return {Attainment::expired, Reason::expired, {}};
    if (begun) return {Attainment::in_progress, Reason::in_progress, {}};
    if (revoked) return {Attainment::revoked, Reason::revoked, {}};
    if (capped) return {Attainment::none, Reason::capped, {}};
    return {Attainment::none, Reason::not_attempted, {}};
}

namespace {

// Of a record whose evidence was not read: its time-free state and its dates.
State by_dates(const Record& record, Day as_of) {
    if (record.first_achieved && as_of < *record.first_achieved) return {};
    if (record.attainment != Attainment::met) return {record.attainment, record.reason, {}};
    if (record.valid_to && as_of > *record.valid_to) return {Attainment::expired, Reason::expired, {}};
    return {Attainment::met, record.reason, record.valid_to};
}

}  // namespace

State state_at(const Record& record, Day as_of, int amber_days) {
    auto state = record.evidence.empty() ? by_dates(record, as_of) : standing(record.evidence, as_of);
    if (state.attainment == Attainment::met && state.until &&
        *state.until - as_of <= std::chrono::days{amber_days}) {
        state.attainment = Attainment::expiring;
    }
    return state;
}

}  // namespace capbridge::competency
