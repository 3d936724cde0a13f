#include "core/competency/lint.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <unordered_set>

#include "core/competency/coverage.hpp"
#include "core/competency/demand.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

using Severity = Finding::Severity;
constexpr std::size_t weeks_of_grace = 4;  // an end that is so near is told beforehand

const char* text(Severity severity) {
    return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "info";
}

// Errors first, then those of one code that concern most people.
bool comes_first(const Finding& a, const Finding& b) {
    const auto key = [](const Finding& f) { return std::tie(f.severity, f.code); };
    if (key(a) != key(b)) return key(a) < key(b);
    return a.people != b.people ? a.people > b.people : a.where < b.where;
}

// Findings as they are made: all are counted, and of one code no more than twice `each` are held.
class Findings {
public:
    explicit Findings(std::size_t each) : each_(each) {}
    void add(Finding finding) {
        ++by_severity[text(finding.severity)];
        ++by_code[finding.code];
        auto& of_code = kept_[finding.code];
        of_code.push_back(std::move(finding));
        if (of_code.size() >= 2 * each_) cut(of_code);
    }
    [[nodiscard]] std::vector<Finding> take() {
        std::vector<Finding> out;
        for (auto& [code, of_code] : kept_) {
            cut(of_code);
            std::move(of_code.begin(), of_code.end(), std::back_inserter(out));
        }
        std::stable_sort(out.begin(), out.end(), comes_first);
        return out;
    }
    std::map<std::string, std::size_t> by_severity, by_code;

private:
    void cut(std::vector<Finding>& of_code) const {
        std::stable_sort(of_code.begin(), of_code.end(), comes_first);
        if (of_code.size() > each_)
            of_code.erase(of_code.begin() + static_cast<std::ptrdiff_t>(each_), of_code.end());
    }
    std::size_t each_;
    std::map<std::string, std::vector<Finding>> kept_;
};

class Linter {
public:
    Linter(const Rules& rules, const LintFacts& facts, Findings& found)
        : rules_(rules), facts_(facts), found_(found) {
        for (const auto& a : facts.seen.activities) {
            if (a.statements > 0) seen_.insert(a.id);
        }
    }

    void run() {
        for (const auto& words : facts_.left_out)
            add(Severity::error, "out_of_force", words.substr(0, words.find(':')), words,
                "mend the file and publish it again");
        mappings();
        requirements();
        activities();
        assignments();
        people();
        deployments();
    }

private:
    void add(Severity severity, std::string code, std::string where, std::string says, std::string todo,
             std::size_t people = 0) {
        found_.add({severity, std::move(code), std::move(where), std::move(says), std::move(todo), people});
    }
    [[nodiscard]] const framework::Requirement& requirement(int index) const {
        return rules_.framework.requirements[static_cast<std::size_t>(index)];
    }

    void mappings() {
        for (const auto& set : rules_.mappings) {
            const auto name = set.id + "@" + set.version;
            if (set.framework != rules_.framework.id) {
                add(Severity::error, "other_framework", name,
                    "the mapping is about the framework '" + set.framework + "', and '" +
                        rules_.framework.id + "' is in force, so it gives nothing",
                    "publish it for this framework, or take it out of force");
                continue;
            }
            for (const auto& item : set.items) learning_item(set, item, name);
        }
        for (const auto& [ref, use] : rules_.uses()) mapping(ref, *use);
        overlaps();
    }

    void learning_item(const MappingSet& set, const LearningItem& item, const std::string& name) {
        const auto where = name + "/" + item.id;
        if (std::none_of(item.activities.begin(), item.activities.end(),
                         [&](const auto& a) { return seen_.contains(a); })) {
            add(Severity::warning, "mapping_matches_nothing", where,
                "no statement was ever about any of the " + count_of(item.activities.size(), "activity id") +
                    " of " + in_quotes(item.title),
                "compare its activity ids with 'capbridge learning list'; if nobody has taken it yet, wait");
        }
        if (std::none_of(set.mappings.begin(), set.mappings.end(),
                         [&](const Mapping& m) { return m.learning_item == item.id; })) {
            add(Severity::info, "learning_item_unused", where,
                "the file has the learning item " + in_quotes(item.title) + " and no mapping of it",
                "add a mapping, or take the item out");
        }
        for (const auto& activity : item.activities) {
            const auto triage = facts_.seen.triage.find(activity);
            if (triage == facts_.seen.triage.end() || triage->second.relevant) continue;
            add(Severity::warning, "mapped_but_irrelevant", where,
                "the activity " + activity + " is mapped, and was triaged as irrelevant; it still counts",
                "take it out of the mapping, or take the triage back (capbridge learning triage)");
        }
    }

    void mapping(const std::string& ref, const Rules::Use& use) {
        std::string above;
        std::size_t count = 0;
        for (const int r : use.requirements) {
            if (!counts(requirement(r)) || rules_.allows({use.kind_needed(), false, use.mapping->method}, r))
                continue;
            if (++count <= 5) above += (above.empty() ? "" : ", ") + requirement(r).id;
        }
        if (count > 0) {
            add(Severity::warning, "claim_above_cap", ref,
                count_of(count, "claim") + " above what the policy lets " + kind_noun(use.kind_needed()) +
                    (use.mapping->method.empty() ? "" : " by " + use.mapping->method) + " claim (" + above +
                    (count > 5 ? ", …" : "") + "): they give nothing",
                "let it need a pass, lower the claim, or change the policy");
        }
        if (use.is_product() && use.deployments.empty()) {
            add(Severity::warning, "product_not_deployed", ref,
                "no deployment in force is of " + in_quotes(use.mapping->product) +
                    (use.mapping->product_version.empty() ? "" : " " + use.mapping->product_version) +
                    ", so the mapping gives nothing",
                "publish the deployment, or write the product as the deployments do");
        }
        const auto& until = use.mapping->until;
        if (until && *until < facts_.today) {
            add(Severity::info, "mapping_over", ref, "its window ended on " + format_day(*until),
                "if the learning goes on, publish the mapping with a later end");
        } else if (until && (*until - facts_.today).count() <= static_cast<int>(7 * weeks_of_grace)) {
            add(Severity::info, "mapping_ends_soon", ref, "its window ends on " + format_day(*until),
                "if the learning goes on, publish the mapping with a later end");
        }
    }

    // Two mappings from one activity to one requirement: both count, and the better one shows.
    void overlaps() {
        std::set<std::pair<std::string, std::string>> told;
        for (const auto& set : rules_.mappings) {
            for (const auto& item : set.items) {
                for (const auto& activity : item.activities) {
                    const auto& uses = rules_.uses_of(activity);
                    for (std::size_t a = 0; a < uses.size(); ++a) {
                        for (std::size_t b = a + 1; b < uses.size(); ++b) overlap(uses[a], uses[b], told);
                    }
                }
            }
        }
    }
    void overlap(const Rules::Use& a, const Rules::Use& b,
                 std::set<std::pair<std::string, std::string>>& told) {
        std::vector<int> both;
        std::set_intersection(a.requirements.begin(), a.requirements.end(), b.requirements.begin(),
                              b.requirements.end(), std::back_inserter(both));
        // One that needs a completion beside one that needs a pass is a ladder, and windows may follow each
        // other.
        const auto& x = *a.mapping;
        const auto& y = *b.mapping;
        const bool apart =
            (x.until && y.from && *x.until < *y.from) || (y.until && x.from && *y.until < *x.from);
        const bool other_product = x.product != y.product || x.product_version != y.product_version;
        if (both.empty() || apart || other_product || x.needs != y.needs) return;
        if (!told.insert(std::minmax(a.ref, b.ref)).second) return;
        const bool differ = x.valid_for != y.valid_for || x.min_score != y.min_score || x.method != y.method;
        add(differ ? Severity::warning : Severity::info, "mappings_overlap", a.ref,
            "it and " + b.ref + " claim " + count_of(both.size(), "requirement") + " (" +
                requirement(both.front()).id + (both.size() > 1 ? ", …" : "") + ") from one activity" +
                (differ ? ", and differ in validity, score or method: the more generous one holds" : ""),
            "keep one of the two");
    }

    void requirements() {
        for (int i = 0; i < static_cast<int>(rules_.framework.requirements.size()); ++i) {
            const auto& r = requirement(i);
            const auto says = in_quotes(r.title) + " (" + level_name(rules_.framework, r.level) + ") ";
            if (r.level.empty()) {
                add(Severity::info, "level_lost", r.id,
                    in_quotes(r.title) + ": its level is lost in the source",
                    "nothing; it is shown and never counted");
                continue;
            }
            if (is_product_specific(r) && rules_.deployments.empty()) continue;
            const auto least = least_evidence(rules_, i);
            if (least.empty()) {
                add(Severity::error, "policy_allows_nothing", r.id,
                    says + "can be shown by no evidence that the policy " + rules_.policy.id + "@" +
                        rules_.policy.version + " allows",
                    "raise a cap in the policy");
            } else if (!is_given(i) && assessors_for(rules_, i, facts_.today) == 0) {
                add(Severity::warning, "requirement_without_evidence", r.id,
                    says + "is given by no mapped learning, and no registered assessor may vouch for it",
                    "map or commission learning, or register an assessor; at least " + evidence_words(least) +
                        " is needed");
            }
        }
    }
    // In the context of every deployment, where it is about products.
    [[nodiscard]] bool is_given(int index) const {
        if (!is_product_specific(requirement(index))) return rules_.reachable(index, "", facts_.today);
        return std::all_of(rules_.deployments.begin(), rules_.deployments.end(),
                           [&](const Deployment& d) { return rules_.reachable(index, d.id, facts_.today); });
    }

    void activities() {
        for (const auto& a : facts_.seen.activities) {
            const auto triage = facts_.seen.triage.find(a.id);
            if (a.statements == 0 || rules_.knows_activity(a.id)) continue;
            const auto took = count_of(a.statements, "statement") + " of " + count_of(a.people, "person");
            if (triage == facts_.seen.triage.end()) {
                add(Severity::warning, "activity_untriaged", a.id,
                    (a.title.empty() ? "" : in_quotes(a.title) + ": ") + took +
                        ", and nobody has looked at it",
                    "map it, or say that it is irrelevant (capbridge learning triage)", a.people);
            } else if (triage->second.relevant) {
                add(Severity::warning, "relevant_not_mapped", a.id,
                    (a.title.empty() ? "" : in_quotes(a.title) + ": ") + took +
                        ", triaged as relevant, and no mapping has it",
                    "add it to a mapping", a.people);
            }
        }
    }

    void assignments() {
        for (const auto& [key, people] : facts_.waiting) {
            const auto& [archetype, origin] = key;
            add(Severity::warning, "assignment_without_yes", archetype,
                count_of(people, "person") + " proposed by " + (origin.empty() ? "somebody" : origin) +
                    ", neither confirmed nor rejected: nothing is asked of them as that archetype",
                "confirm or reject them in bulk (capbridge assign)", people);
        }
        for (const auto& o : facts_.overlaps) {
            add(Severity::info, "archetype_rules_overlap", o.first,
                "it and the rule " + o.second + " both propose '" + o.archetype + "' to " +
                    count_of(o.people, "person") + "; only the first one is recorded",
                "narrow one of the two", o.people);
        }
        for (const auto& o : facts_.against) {
            add(Severity::warning, "archetype_rule_contradicted", o.first,
                "it proposes '" + o.archetype + "' to " + count_of(o.people, "person") +
                    " for whom somebody rejected it",
                "narrow the rule; what was rejected stays so", o.people);
        }
    }

    void people() {
        for (const auto& a : rules_.assessors) {
            const bool over = a.to && *a.to < facts_.today;
            if (over) continue;
            const bool anybody =
                std::any_of(a.credentials.begin(), a.credentials.end(), [&](const std::string& who) {
                    return !who.starts_with("credential:") ||
                           facts_.credentials.contains(who.substr(who.find(':') + 1));
                });
            if (!anybody) {
                add(Severity::warning, "assessor_without_anybody", a.id,
                    in_quotes(a.title) +
                        (a.credentials.empty()
                             ? " names nobody who may act as this assessor"
                             : " may be acted for by credentials that are not in force only"),
                    "name a credential or command user in the file and publish it");
            }
        }
        for (const auto& team : facts_.absent) {
            if (team.left > 0)
                add(Severity::warning, "team_member_left", team.team,
                    count_of(team.left, "member") + " of the team left: they hold nothing for it",
                    "publish the team without them", team.left);
            if (team.unknown > 0)
                add(Severity::error, "team_member_unknown", team.team,
                    "nobody is known by the identifiers of " + count_of(team.unknown, "member") +
                        " of the team",
                    "mend the identifiers, or import the people", team.unknown);
        }
    }

    void deployments() {
        for (std::size_t i = 0; i < rules_.deployments.size(); ++i) {
            const auto& d = rules_.deployments[i];
            if (rules_.product_of(static_cast<int>(i)) == nullptr) {
                add(Severity::warning, "deployment_without_product", d.id,
                    "no product file in force is about " + in_quotes(d.product) +
                        ", so its risk and use are not known and leave nothing out",
                    "publish the product (capbridge product publish)");
            }
        }
    }

    const Rules& rules_;
    const LintFacts& facts_;
    std::unordered_set<std::string> seen_;
    Findings& found_;
};

}  // namespace

ordered_json lint(const Rules& rules, const LintFacts& facts, std::size_t each) {
    Findings found(each);
    Linter(rules, facts, found).run();
    auto list = ordered_json::array();
    for (const auto& f : found.take()) {
        ordered_json one = {{"severity", text(f.severity)},
                            {"code", f.code},
                            {"where", f.where},
                            {"says", f.says},
                            {"todo", f.todo}};
        if (f.people > 0) one["people"] = f.people;
        list.push_back(std::move(one));
    }
    return {{"counts",
             {{"error", found.by_severity["error"]},
              {"warning", found.by_severity["warning"]},
              {"info", found.by_severity["info"]}}},
            {"by_code", found.by_code},
            {"findings", std::move(list)}};
}

}  // namespace capbridge::competency
