#include "core/engine/write_back/awards.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t evidence_told = 20;

// What the mappings in force say the learning item gives.
std::vector<int> given_by(const competency::Rules& rules, const std::string& item) {
    std::set<int> out;
    for (const auto& set : rules.mappings) {
        for (const auto& one : set.items) {
            if (one.id != item) continue;
            for (const auto& activity : one.activities) {
                for (const auto& use : rules.uses_of(activity)) {
                    if (use.item->id == item) out.insert(use.requirements.begin(), use.requirements.end());
                }
            }
        }
    }
    return {out.begin(), out.end()};
}

bool holds(const std::vector<competency::Record>& records, int requirement, Day today, int amber_days) {
    return std::any_of(records.begin(), records.end(), [&](const competency::Record& record) {
        return record.requirement == requirement && competency::state_at(record, today, amber_days).holds();
    });
}

}  // namespace

Result<Awards> Awards::make(Bridge& bridge, std::vector<AwardRule> rules) {
    Awards out(bridge);
    CAPBRIDGE_LET(out.rules_, bridge.rules());
    out.awards_ = std::move(rules);
    for (const auto& rule : out.awards_) {
        std::vector<int> needed;
        for (const auto& id : rule.requirements) {
            needed.push_back(out.rules_->framework.requirement_index(id));
            if (needed.back() < 0)
                return fail("no_such_requirement", "write_back of competency '" + rule.competency +
                                                       "': the framework in force has no requirement '" + id +
                                                       "'");
        }
        if (!rule.learning_item.empty()) {
            needed = given_by(*out.rules_, rule.learning_item);
            if (needed.empty())
                return fail("no_such_learning_item", "write_back of competency '" + rule.competency +
                                                         "': no mapping in force says what '" +
                                                         rule.learning_item + "' gives");
        }
        out.needed_.push_back(std::move(needed));
    }
    return out;
}

std::vector<Award> Awards::due(Day today) const {
    std::vector<Award> out;
    if (awards_.empty()) return out;
    std::vector<std::string> said;
    for (const auto& rule : awards_)
        said.push_back(sha256_hex(
            json{{"competency", rule.competency}, {"grade", rule.grade}, {"note", rule.note}}.dump()));
    const auto amber = rules_->policy.amber_days;
    bridge_->store().projection().each_person(false, [&](const competency::PersonFacts& facts) {
        for (std::size_t i = 0; i < awards_.size(); ++i) {
            const bool met = std::all_of(needed_[i].begin(), needed_[i].end(), [&](int requirement) {
                return holds(facts.records, requirement, today, amber);
            });
            if (met)
                out.push_back({facts.person.id, i, awards_[i].competency + "/" + facts.person.id, said[i]});
        }
    });
    return out;
}

std::optional<json> Awards::record(const Award& award, Day today) const {
    const auto facts = bridge_->store().projection().person_facts(award.person);
    if (!facts) return std::nullopt;
    const auto& rule = awards_[award.rule];
    json out{{"who", json::array()}, {"competency", {{"idnumber", rule.competency}}}};
    for (const auto& id : facts->person.identifiers) {
        if (id.valid_on(today))
            out["who"].push_back({{"scheme", id.scheme}, {"issuer", id.issuer}, {"value", id.value}});
    }
    if (!rule.grade.is_null()) out["grade"] = rule.grade;
    out["note"] = rule.note;
    out["evidence"] = evidence_of(*facts, needed_[award.rule], today);
    return out;
}

// The learning that counted, once each.
json Awards::evidence_of(const competency::PersonFacts& facts, const std::vector<int>& requirements,
                         Day today) const {
    json out = json::array();
    std::set<std::string> told;
    for (const auto& record : facts.records) {
        if (std::find(requirements.begin(), requirements.end(), record.requirement) == requirements.end())
            continue;
        for (const auto& one : record.evidence) {
            if (!one.counts || (one.from && *one.from > today) || (one.to && *one.to < today)) continue;
            const auto* use = rules_->use_of_ref(one.mapping);
            if (use == nullptr || out.size() == evidence_told || !told.insert(use->item->id).second) continue;
            json evidence{{"title", use->item->title}};
            if (!use->item->activities.empty()) evidence["url"] = use->item->activities.front();
            out.push_back(std::move(evidence));
        }
    }
    return out;
}

}  // namespace capbridge::engine
