// Attestations and self-assessments in sentences: who vouched, by what, and why it does or does not count. An
// assessor is called by role, never by name.
#include <nlohmann/json.hpp>

#include "core/competency/explain.hpp"
#include "core/competency/standing.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

std::string refused_words(std::string_view why) {
    if (why == "assessor_unknown") return "No such assessor stands in the register";
    if (why == "assessor_not_registered") return "The assessor did not stand in the register on that day";
    if (why == "assessor_is_the_person") return "Nobody vouches for themselves";
    if (why == "assessor_not_for_unit") {
        return "The assessor is registered for other units than those in which the person worked on that day";
    }
    return "The assessor is registered for other items than this one";
}

std::string told(const Rules& rules, const Contribution& c) {
    const auto* assessor = rules.assessor(c.assessor);
    const auto who = "the assessor " + in_quotes(assessor == nullptr ? c.assessor : assessor->title);
    const int via = rules.framework.requirement_index(c.implied_by);
    const auto claim = via < 0 ? std::string("this item") : item_words_with_id(rules.framework, via);
    std::string says = c.from ? "On " + format_day(*c.from) + " " + who : who;
    if (c.why_not == "failed") {
        says += " found " + claim + " not met (yet)";
    } else {
        says += (c.kind == EvidenceKind::observed ? " saw " : " vouched for ") + claim;
    }
    if (!c.method.empty()) says += ", by " + c.method;
    if (!c.document.empty()) says += ", on the document " + in_quotes(c.document);
    if (!c.reviewer.empty()) says += ", reviewed by " + in_quotes(c.reviewer);
    if (held_once(c)) {
        says += c.to ? "; it holds to " + format_day(*c.to) : "; it holds without an end";
        if (c.contradicted_on) {
            says += ", but a later finding on " + format_day(*c.contradicted_on) + " undoes it";
        }
    }
    if (c.why_not == "voided") says += "; that has been withdrawn and gives nothing";
    return says + ".";
}

}  // namespace

std::vector<ordered_json> attestation_steps(const Rules& rules, const Contribution& c) {
    std::vector<ordered_json> out;
    if (c.kind == EvidenceKind::self) {
        const auto day = c.from ? "On " + format_day(*c.from) + " the" : std::string("The");
        out.push_back(step("statement", c.statement,
                           day + " person said so of themselves. That is shown and never counts."));
        return out;
    }
    out.push_back(step("statement", c.statement, told(rules, c)));
    if (c.why_not == "capped") {
        const auto* assessor = rules.assessor(c.assessor);
        const bool lead = assessor != nullptr && assessor->lead;
        const auto policy = rules.policy.id + "@" + rules.policy.version;
        out.push_back(step("cap", policy,
                           "The policy " + policy + " lets " + kind_noun(c.kind) +
                               (lead ? " by a lead" : "") + " claim " +
                               cap_words(rules.policy, {c.kind, lead, c.method}, rules.framework) +
                               "; so it does not count."));
    } else if (c.why_not.starts_with("assessor_")) {
        out.push_back(step("cap", c.assessor, refused_words(c.why_not) + ", so it does not count."));
    }
    return out;
}

}  // namespace capbridge::competency
