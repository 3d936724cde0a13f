// Why one item of one person reads as it does: what is asked, each statement with what it gave, and what is
// missing. The sentences are for somebody who leads education, not for somebody who knows xAPI.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/text.hpp"
#include "core/competency/answers.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/coverage.hpp"
#include "core/competency/demand.hpp"
#include "core/competency/explain.hpp"
#include "core/competency/standing.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {

ordered_json step(std::string_view kind, const std::string& ref, const std::string& says) {
    return {{"kind", kind}, {"ref", text_or_null(ref)}, {"says", says}};
}

std::string item_words(const framework::Framework& framework, int requirement) {
    const auto& r = framework.requirements[static_cast<std::size_t>(requirement)];
    return in_quotes(r.title) + " (" + level_name(framework, r.level) + ")";
}

std::string item_words_with_id(const framework::Framework& framework, int requirement) {
    const auto& r = framework.requirements[static_cast<std::size_t>(requirement)];
    return in_quotes(r.title) + " (" + level_name(framework, r.level) + ", " + r.id + ")";
}

ordered_json missing_entry(const Rules& rules, int requirement, std::string_view context, Day as_of,
                           const std::string& needs) {
    const auto ways = rules.ways_to(requirement, context, as_of);
    ordered_json out = {{"needs", needs}, {"would_be_given_by", ordered_json::array()}};
    if (ways.empty()) {
        const auto& r = rules.framework.requirements[static_cast<std::size_t>(requirement)];
        out["needs"] = r.level.empty()
                           ? std::string(
                                 "Nothing: the level of this item is lost in the source of the "
                                 "framework, so it never counts.")
                           : "No learning exists for " + item_words(rules.framework, requirement) +
                                 ": nothing that is mapped on this day can give it within the policy " +
                                 rules.policy.id + "@" + rules.policy.version + ".";
        if (!r.level.empty()) {
            const auto least = least_evidence(rules, requirement);
            out["could_be_shown_by"] = {{"least", text_or_null(std::string(least))},
                                        {"says", evidence_words(least)},
                                        {"assessors", assessors_for(rules, requirement, as_of)}};
        }
        return out;
    }
    std::set<std::pair<const MappingSet*, std::string>> seen;  // two mappings may speak of one learning item
    for (const auto* use : ways) {
        if (!seen.insert({use->set, use->item->id}).second) continue;
        const auto& item = *use->item;
        const auto& score = use->mapping->min_score;
        out["would_be_given_by"].push_back(
            {{"id", item.id},
             {"title", item.title},
             {"minutes", item.minutes > 0 ? ordered_json(item.minutes) : ordered_json(nullptr)},
             {"needs", text(use->kind_needed())},
             {"min_score", score ? ordered_json(*score) : ordered_json(nullptr)}});
    }
    return out;
}

namespace {

std::string percent_words(double fraction) {
    auto digits = std::to_string(fraction * 100);
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.ends_with('.')) digits.pop_back();
    return digits + " %";
}

class Explainer {
public:
    Explainer(const PersonFacts& person, const Rules& rules, Day as_of, int requirement, std::string context)
        : p_(person),
          rules_(rules),
          as_of_(as_of),
          requirement_(requirement),
          context_(std::move(context)),
          states_(rules, as_of) {
        states_.load(p_, context_);
    }

    ordered_json explain() {
        const auto& state = states_.at(requirement_);
        ordered_json out = {{"person", p_.person.id},
                            {"requirement", item().id},
                            {"title", item().title},
                            {"level", text_or_null(item().level)},
                            {"context", text_or_null(context_)},
                            {"as_of", format_day(as_of_)}};
        explain_demand();
        const auto* record = states_.record(requirement_);
        explain_override(record);
        if (record != nullptr) {
            for (const auto& c : record->evidence) {
                if (!c.from || *c.from <= as_of_) explain_evidence(c);
            }
        }
        if (steps_.back()["kind"] == "demand" || steps_.back()["kind"] == "override") explain_nothing(state);
        out["demand"] = text(demand_);
        out["override"] = overridden_;
        out["verdict"] = text(state.attainment);
        const bool spare = state.holds() && demand_ == Demand::not_demanded;
        out["reason"] = text(spare ? Reason::held_not_demanded : state.reason);
        out["valid_to"] = day_or_null(state.until);
        out["steps"] = std::move(steps_);
        out["missing"] = ordered_json::array();
        const auto needs = overridden_ == "none" ? what_is_needed(state) : std::string();
        if (!needs.empty()) {
            out["missing"].push_back(missing_entry(rules_, requirement_, context_, as_of_, needs));
        }
        out["rules"] = rules_.version_text();
        return out;
    }

private:
    const framework::Requirement& item() const {
        return rules_.framework.requirements[static_cast<std::size_t>(requirement_)];
    }
    std::string level() const { return level_name(rules_.framework, item().level); }
    std::string policy() const { return rules_.policy.id + "@" + rules_.policy.version; }

    void explain_demand() {
        Demands demands(rules_, as_of_);
        const auto& plan = demands.of(p_.person, p_.assignments);
        std::vector<std::string> archetypes;
        int ask = -1;
        const int deployment = context_.empty() ? -1 : rules_.deployment_index(context_);
        for (const auto& asked : plan.items) {
            if (asked.requirement != requirement_ || asked.deployment != deployment) continue;
            // Under several archetypes: what is asked of each person is the most.
            if (demand_ == Demand::not_demanded || asked.demand == Demand::required ||
                demand_ == Demand::optional) {
                demand_ = asked.demand;
                ask = asked.ask;
            }
            if (asked.archetype >= 0)
                archetypes.push_back(
                    rules_.framework.archetypes[static_cast<std::size_t>(asked.archetype)].name);
        }
        steps_.push_back(step("demand", item().id, demand_words(plan, archetypes, deployment) + by_ask(ask)));
    }

    std::string demand_words(const DemandPlan& plan, const std::vector<std::string>& archetypes,
                             int deployment) const {
        const auto what = item_words(rules_.framework, requirement_);
        if (item().level.empty()) {
            return in_quotes(item().title) +
                   " is asked of nobody: its level is lost in the source of the framework.";
        }
        std::string product;
        if (deployment >= 0) {
            const auto& d = rules_.deployments[static_cast<std::size_t>(deployment)];
            product = ", who works with " + d.product + " " + d.version + " in " + in_quotes(d.unit);
        }
        const auto as =
            archetypes.empty() ? product : " as one of the archetype " + join(archetypes, " and ");
        switch (demand_) {
            case Demand::not_demanded:
                return what +
                       (plan.staff ? " is not asked of this person on "
                                   : " is not asked: this person does not work here on ") +
                       format_day(as_of_) + ".";
            case Demand::collective:
                return what + " is asked of this person" + as +
                       ". It is to be met by the team together, not by each person alone.";
            case Demand::optional:
                return what + " is open to this person" + as + " and need not be met.";
            case Demand::required:
                break;
        }
        if (item().tier == foundational_tier) return what + " is foundational: it is asked of everyone.";
        return what + " is asked of this person" + as + ".";
    }

    std::string by_ask(int index) const {
        if (index < 0) return "";
        const auto& ask = rules_.profile.asks[static_cast<std::size_t>(index)];
        std::string out = " So says the profile " + rules_.profile.id + "@" + rules_.profile.version + ", " +
                          in_quotes(ask.id);
        return out + (ask.title.empty() ? "." : ": " + ask.title);
    }

    void explain_override(const Record* record) {
        if (record == nullptr || !record->overriding.in_force(as_of_)) return;
        const auto& o = record->overriding;
        overridden_ = text(o.kind);
        std::string says = o.kind == Override::Kind::waived ? "The item is waived for this person"
                                                            : "The item does not apply to this person";
        if (o.until) says += " until " + format_day(*o.until);
        says += ": it is left out of what is asked.";
        if (!o.why.empty()) says += " The reason given: " + in_quotes(o.why) + ".";
        steps_.push_back(step("override", o.decision, says));
    }

    void explain_evidence(const Contribution& c) {
        if (c.is_attestation()) {
            for (auto& each : attestation_steps(rules_, c)) steps_.push_back(std::move(each));
            if (!c.implied_by.empty() && held_once(c)) explain_implication(c);
            return;
        }
        const auto* use = rules_.use_of_ref(c.mapping);
        const auto title = in_quotes(use != nullptr ? use->item->title : c.learning_item);
        steps_.push_back(step("statement", c.statement, happened(c, title)));
        if (c.why_not == "capped") return explain_cap(c, use);
        steps_.push_back(step("mapping", c.mapping, judged(c, use, title)));
        if (!c.implied_by.empty() && held_once(c)) explain_implication(c);
    }

    static std::string happened(const Contribution& c, const std::string& title) {
        const std::string when = c.from ? "On " + format_day(*c.from) : "On a day that is not known";
        std::string what = c.kind == EvidenceKind::passed ? "was passed" : "was completed";
        if (c.kind == EvidenceKind::observed) what = "was observed";
        if (c.kind == EvidenceKind::attested) what = "was attested";
        if (c.why_not == "failed") what = "was failed";
        if (c.why_not == "in_progress") what = "was begun and not finished";
        if (c.why_not == "outside_window") what = "was taken";  // in whatever way: it does not matter here
        std::string out = when + " the learning " + title + " " + what + " (statement " + c.statement + ")";
        return out + (c.why_not == "voided" ? ", but that statement has been voided." : ".");
    }

    std::string judged(const Contribution& c, const Rules::Use* use, const std::string& title) const {
        const std::string by = "By the mapping " + c.mapping + " ";
        const auto claim = [&]() -> std::string {
            if (c.implied_by.empty()) return "this item";
            const int i = rules_.framework.requirement_index(c.implied_by);
            return i < 0 ? c.implied_by : item_words_with_id(rules_.framework, i);
        };
        if (held_once(c)) {
            std::string out = by + "it is evidence of " + claim();
            if (c.from) out += ", from " + format_day(*c.from);
            out += c.to ? (c.from ? " to " : ", to ") + format_day(*c.to) : ", without an end";
            if (c.contradicted_on) {
                out += "; but a failure on " + format_day(*c.contradicted_on) +
                       " contradicts it from that day on";
            } else if (c.to && *c.to < as_of_) {
                out += ", which is over";
            }
            return out + ".";
        }
        if (c.why_not == "voided")
            return by + "it gave " + claim() + "; with the statement voided it gives nothing.";
        if (c.why_not == "needs_pass")
            return by + title + " must be passed to give " + claim() + "; completing it is not enough.";
        if (c.why_not == "score_too_low") {
            const bool known = use != nullptr && use->mapping->min_score;
            return by + claim() + " needs a score of at least " +
                   (known ? percent_words(*use->mapping->min_score) : "the least score set") +
                   "; the score was lower or is not known.";
        }
        if (c.why_not == "outside_window")
            return by + "only what happened " + window(use) + " counts for " + claim() + ".";
        if (c.why_not == "failed") return by + "passing it would give " + claim() + "; a failure does not.";
        return by + "finishing it would give " + claim() + ".";
    }

    static std::string window(const Rules::Use* use) {
        if (use == nullptr) return "in its time";
        const auto& m = *use->mapping;
        if (m.from && m.until) return "from " + format_day(*m.from) + " to " + format_day(*m.until);
        if (m.from) return "on " + format_day(*m.from) + " or later";
        return m.until ? "on " + format_day(*m.until) + " or earlier" : "in its time";
    }

    void explain_cap(const Contribution& c, const Rules::Use* use) {
        // A mapping that needs a pass is capped as a pass, even if it was only completed so far.
        const auto kind = use != nullptr && c.kind == EvidenceKind::completed ? use->kind_needed() : c.kind;
        int claimed = requirement_;
        if (const int via = rules_.framework.requirement_index(c.implied_by); via >= 0) claimed = via;
        steps_.push_back(
            step("cap", policy(),
                 "The policy " + policy() + " lets " + kind_noun(kind) + " claim " +
                     cap_words(rules_.policy, {kind, false, use == nullptr ? "" : use->mapping->method},
                               rules_.framework) +
                     "; the mapping " + c.mapping + " claims " +
                     (claimed == requirement_ ? item_words(rules_.framework, claimed)
                                              : item_words_with_id(rules_.framework, claimed)) +
                     ", so it does not count."));
    }

    void explain_implication(const Contribution& c) {
        const int via = rules_.framework.requirement_index(c.implied_by);
        if (const auto* former = rules_.framework.former_requirement(c.implied_by); former != nullptr) {
            steps_.push_back(step("implication", c.implied_by,
                                  "An earlier version of the framework had the item " + c.implied_by +
                                      ", which this one replaced" +
                                      (former->why.empty() ? "." : ": " + former->why)));
            return;
        }
        if (via < 0) return;
        const auto from = item_words_with_id(rules_.framework, via),
                   to = item_words_with_id(rules_.framework, requirement_);
        steps_.push_back(step(
            "implication", c.implied_by,
            c.same_level
                ? from + " and " + to + " are the same topic at the same level: who holds one holds both."
                : "Holding " + from + " includes " + to + ": the same topic at a lower level."));
    }

    std::string_view silent_source() const { return rules_.silent_source(requirement_, context_, as_of_); }

    void explain_nothing(const State& state) {
        std::string says = "No learning on record has anything to do with this item.";
        if (state.reason == Reason::unmapped_only) {
            says = "There is learning on record, but all of it under activities that no mapping knows.";
        }
        if (state.reason == Reason::identity_unresolved) {
            says +=
                " But there are statements about mapped learning of somebody unknown, who may be this "
                "person.";
        }
        if (state.reason == Reason::source_stale) {
            says += " But the source " + in_quotes(silent_source()) +
                    ", which tells of such learning, has not been heard of for more than a day.";
        }
        steps_.push_back(step("statement", "", says));
    }

    std::string what_is_needed(const State& state) const {
        switch (state.attainment) {
            case Attainment::met:
                return "";
            case Attainment::expiring:
                return "It holds until " + format_day(*state.until) + "; renew it by then.";
            case Attainment::expired:
                return "It has run out: learn or show it again.";
            case Attainment::contradicted:
                return "It was failed after it had been met: pass it again.";
            case Attainment::revoked:
                return "What gave it has been voided: new evidence is needed.";
            case Attainment::in_progress:
                return "Finish, or pass, what was begun.";
            case Attainment::none:
                break;
        }
        if (state.reason == Reason::capped) return "Evidence of a kind that may claim " + level() + ".";
        if (state.reason == Reason::unmapped_only) {
            return "Mapping the activities that the person has done, or learning that is mapped already.";
        }
        if (state.reason == Reason::identity_unresolved) {
            return "Saying whose the statements are (`capbridge people review`), or learning that gives " +
                   level() + " of this topic.";
        }
        if (state.reason == Reason::source_stale) {
            return "Looking at the source " + in_quotes(silent_source()) +
                   " (`capbridge source show`), or learning that gives " + level() + " of this topic.";
        }
        return "Learning that gives " + level() + " of this topic.";
    }

    const PersonFacts& p_;
    const Rules& rules_;
    Day as_of_;
    int requirement_;
    std::string context_;
    States states_;
    Demand demand_ = Demand::not_demanded;
    std::string overridden_ = "none";
    ordered_json steps_ = ordered_json::array();
};

}  // namespace

Result<ordered_json> explain_person(const PersonFacts& person, const Rules& rules, const Question& question,
                                    std::string_view requirement, std::string_view context) {
    const int index = rules.framework.requirement_index(requirement);
    if (index < 0) {
        return fail(
            "not_found",
            "the framework " + rules.framework.id + " has no requirement '" + std::string(requirement) + "'",
            "requirement");
    }
    const bool product = is_product_specific(rules.framework.requirements[static_cast<std::size_t>(index)]);
    if (!context.empty() && rules.deployment_index(context) < 0) {
        return fail(
            "not_found",
            "there is no deployment '" + std::string(context) + "'" + those_there_are(rules.deployments),
            "context");
    }
    if (product && context.empty()) {
        return fail("not_found",
                    "'" + std::string(requirement) + "' is about a product: say of which deployment" +
                        those_there_are(rules.deployments),
                    "context");
    }
    if (!product && !context.empty()) {
        return fail("not_found",
                    "'" + std::string(requirement) + "' is not about a product; ask without a deployment",
                    "context");
    }
    return Explainer(person, rules, question.as_of, index, std::string(context)).explain();
}

}  // namespace capbridge::competency
