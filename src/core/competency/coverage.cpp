#include "core/competency/coverage.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/text.hpp"
#include "core/competency/cells.hpp"
#include "core/competency/demand.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

const framework::Requirement& at(const Rules& rules, int index) {
    return rules.framework.requirements[static_cast<std::size_t>(index)];
}

bool is_among(const std::vector<std::string>& list, std::string_view text) {
    return list.empty() || std::find(list.begin(), list.end(), text) != list.end();
}

// Of a set of requirements.
struct Figures {
    std::size_t items = 0, given = 0, by_one_only = 0, above_cap = 0;
    std::size_t an_assessor_could = 0, no_learning = 0, no_assessor = 0,
                nothing_could = 0;  // of those not given

    [[nodiscard]] ordered_json to_json() const {
        return {{"items", items},
                {"given", given},
                {"by_one_only", by_one_only},
                {"claimed_above_cap", above_cap},
                {"not_given",
                 {{"an_assessor_could", an_assessor_could},
                  {"no_learning", no_learning},
                  {"no_assessor_registered", no_assessor},
                  {"nothing_could", nothing_could}}}};
    }
};

// One requirement in one context.
struct Standing {
    int requirement;
    std::string context;
    std::vector<const Rules::Use*> ways, above_cap;
    std::string_view least;
    std::size_t assessors;

    [[nodiscard]] std::string_view state() const {
        if (!ways.empty()) return "given";
        if (assessors > 0) return "an_assessor_could";
        if (least == "observed" || least == "attested" || least == "by_lead") return "no_assessor_registered";
        return least.empty() ? "nothing_could" : "no_learning";
    }
    void count(Figures& figures) const {
        ++figures.items;
        if (!ways.empty()) ++figures.given;
        if (ways.size() == 1) ++figures.by_one_only;
        if (!above_cap.empty()) ++figures.above_cap;
        const auto what = state();
        if (what == "an_assessor_could") ++figures.an_assessor_could;
        if (what == "no_learning") ++figures.no_learning;
        if (what == "no_assessor_registered") ++figures.no_assessor;
        if (what == "nothing_could") ++figures.nothing_could;
    }
    [[nodiscard]] bool is_in(CoverageList list) const {
        switch (list) {
            case CoverageList::none:
                return false;
            case CoverageList::not_given:
                return ways.empty();
            case CoverageList::by_one_only:
                return ways.size() == 1;
            case CoverageList::above_cap:
                return !above_cap.empty();
            case CoverageList::all:
                break;
        }
        return true;
    }
    [[nodiscard]] ordered_json to_json(const Rules& rules) const {
        const auto& r = at(rules, requirement);
        ordered_json out = {{"requirement", r.id},
                            {"title", r.title},
                            {"context", text_or_null(context)},
                            {"tier", r.tier},
                            {"archetypes", r.archetypes},
                            {"factor", text_or_null(r.factor)},
                            {"group", text_or_null(r.group)},
                            {"kind", r.kind == framework::Kind::skill ? "skill" : "knowledge"},
                            {"level", r.level},
                            {"state", state()},
                            {"least_evidence", text_or_null(std::string(least))},
                            {"assessors", assessors}};
        const auto refs = [](const std::vector<const Rules::Use*>& uses) {
            auto list = ordered_json::array();
            for (const auto* use : uses)
                list.push_back({{"learning_item", use->item->id},
                                {"title", use->item->title},
                                {"mapping", use->ref},
                                {"needs", text(use->kind_needed())}});
            return list;
        };
        out["given_by"] = refs(ways);
        out["claimed_above_cap_by"] = refs(above_cap);
        return out;
    }
};

class Report {
public:
    Report(const Rules& rules, Day as_of, CoverageList list) : rules_(rules), as_of_(as_of), list_(list) {}

    ordered_json write() {
        for (int i = 0; i < static_cast<int>(rules_.framework.requirements.size()); ++i) {
            const auto& r = at(rules_, i);
            if (!counts(r)) {
                ++uncounted_;
            } else if (is_product_specific(r)) {
                for (const auto& d : rules_.deployments) add(i, d.id);
            } else {
                add(i, "");
            }
        }
        ordered_json out = {
            {"as_of", format_day(as_of_)},
            {"framework", {{"id", rules_.framework.id}, {"version", rules_.framework.version}}},
            {"policy", rules_.policy.id + "@" + rules_.policy.version},
            {"items", all_.to_json()},
            {"uncounted", uncounted_}};
        out["by_tier"] = table("tier", tiers_, {std::string(foundational_tier), std::string(advanced_tier)});
        out["by_archetype"] = table("archetype", archetypes_, ids(rules_.framework.archetypes));
        out["by_factor"] = table("factor", factors_, ids(rules_.framework.factors));
        out["by_level"] = table("level", levels_, ids(rules_.framework.levels));
        auto& deployments = out["deployments"] = table("deployment", deployments_, ids(rules_.deployments));
        for (std::size_t i = 0; i < deployments.size(); ++i) {
            const auto& d = rules_.deployments[i];
            deployments[i]["product"] = d.product;
            deployments[i]["version"] = d.version;
            deployments[i]["unit"] = d.unit;
        }
        out["requirements"] = std::move(listed_);
        return out;
    }

private:
    template <class List>
    static std::vector<std::string> ids(const List& list) {
        std::vector<std::string> out;
        for (const auto& each : list) out.push_back(each.id);
        return out;
    }
    static ordered_json table(const char* axis, const std::map<std::string, Figures>& figures,
                              const std::vector<std::string>& order) {
        auto out = ordered_json::array();
        for (const auto& id : order) {
            const auto found = figures.find(id);
            ordered_json row = {{axis, id}};
            row.update((found == figures.end() ? Figures{} : found->second).to_json());
            out.push_back(std::move(row));
        }
        return out;
    }

    void add(int requirement, const std::string& context) {
        const auto& r = at(rules_, requirement);
        const Standing s{requirement,
                         context,
                         learning_for(rules_, requirement, context, as_of_),
                         claims_above_cap(rules_, requirement),
                         least_evidence(rules_, requirement),
                         assessors_for(rules_, requirement, as_of_)};
        if (context.empty()) {
            s.count(all_);
            s.count(tiers_[r.tier]);
            s.count(levels_[r.level]);
            if (!r.factor.empty()) s.count(factors_[r.factor]);
            if (r.tier == advanced_tier) {
                for (const auto& archetype : r.archetypes) s.count(archetypes_[archetype]);
            }
        } else {
            s.count(deployments_[context]);
        }
        if (s.is_in(list_)) listed_.push_back(s.to_json(rules_));
    }

    const Rules& rules_;
    Day as_of_;
    CoverageList list_;
    std::size_t uncounted_ = 0;
    Figures all_;
    std::map<std::string, Figures> tiers_, archetypes_, factors_, levels_, deployments_;
    ordered_json listed_ = ordered_json::array();
};

}  // namespace

std::string_view least_evidence(const Rules& rules, int requirement) {
    if (!counts(at(rules, requirement))) return "";
    for (const auto kind :
         {EvidenceKind::completed, EvidenceKind::passed, EvidenceKind::observed, EvidenceKind::attested}) {
        if (rules.allows({kind, false, {}}, requirement)) return text(kind);
    }
    const bool lead = rules.allows({EvidenceKind::observed, true, {}}, requirement) ||
                      rules.allows({EvidenceKind::attested, true, {}}, requirement);
    return lead ? "by_lead" : "";
}

std::string evidence_words(std::string_view least) {
    if (least == "completed") return "completing learning that is mapped to it";
    if (least == "passed") return "passing an assessment that is mapped to it";
    if (least == "observed") return "an observation by a registered assessor";
    if (least == "attested") return "an attestation by a registered assessor";
    if (least == "by_lead") return "an attestation by a registered assessor with a lead role";
    return "nothing: the policy lets no evidence claim this level";
}

std::size_t assessors_for(const Rules& rules, int requirement, Day day) {
    const auto& r = at(rules, requirement);
    return static_cast<std::size_t>(
        std::count_if(rules.assessors.begin(), rules.assessors.end(), [&](const Assessor& a) {
            if (!a.registered_on(day) || !is_among(a.factors, r.factor)) return false;
            const bool its_archetype =
                a.archetypes.empty() ||
                std::any_of(r.archetypes.begin(), r.archetypes.end(),
                            [&](const auto& id) { return is_among(a.archetypes, id); });
            return its_archetype && (rules.allows({EvidenceKind::observed, a.lead, {}}, requirement) ||
                                     rules.allows({EvidenceKind::attested, a.lead, {}}, requirement));
        }));
}

std::vector<const Rules::Use*> learning_for(const Rules& rules, int requirement, std::string_view context,
                                            Day day) {
    auto ways = rules.ways_to(requirement, context, day);
    std::set<std::pair<const MappingSet*, std::string_view>> seen;  // two mappings may speak of one item
    std::erase_if(ways, [&](const Rules::Use* use) {
        return !seen.insert({use->set, use->item->id}).second;
    });
    return ways;
}

std::vector<const Rules::Use*> claims_above_cap(const Rules& rules, int requirement) {
    std::vector<const Rules::Use*> out;
    for (const auto& [ref, use] : rules.uses()) {
        if (std::binary_search(use->requirements.begin(), use->requirements.end(), requirement) &&
            !rules.allows({use->kind_needed(), false, use->mapping->method}, requirement)) {
            out.push_back(use);
        }
    }
    return out;
}

ordered_json coverage(const Rules& rules, Day as_of, CoverageList list) {
    return Report(rules, as_of, list).write();
}

std::string coverage_csv(const ordered_json& answer) {
    std::string out =
        "requirement,title,deployment,tier,archetypes,factor,group,kind,level,state,least_evidence,assessors,"
        "given_by,claimed_above_cap_by\r\n";
    const auto field = [](const ordered_json& value) {
        return csv_field(value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump());
    };
    const auto refs = [](const ordered_json& list) {
        std::vector<std::string> all;
        for (const auto& each : list) all.push_back(each.at("mapping").get<std::string>());
        return csv_field(join(all, "; "));
    };
    for (const auto& r : answer.at("requirements")) {
        const char* before = "";
        for (const char* name : {"requirement", "title", "context", "tier"}) {
            out += before + field(r.at(name));
            before = ",";
        }
        out += "," + csv_field(join(r.at("archetypes").get<std::vector<std::string>>(), "; "));
        for (const char* name : {"factor", "group", "kind", "level", "state", "least_evidence", "assessors"})
            out += "," + field(r.at(name));
        out += "," + refs(r.at("given_by")) + "," + refs(r.at("claimed_above_cap_by")) + "\r\n";
    }
    return out;
}

}  // namespace capbridge::competency
