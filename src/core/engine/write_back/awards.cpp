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

// The record by which the requirement is met today, the latest of several.
const competency::Record* met_by(const std::vector<competency::Record>& records, int requirement, Day today,
                                 int amber_days) {
    const competency::Record* best = nullptr;
    for (const auto& record : records) {
        if (record.requirement != requirement || !competency::state_at(record, today, amber_days).holds())
            continue;
        if (best == nullptr || best->last_achieved < record.last_achieved) best = &record;
    }
    return best;
}

bool counts_on(const competency::Contribution& one, Day day) {
    return one.counts && (!one.from || *one.from <= day) && (!one.to || *one.to >= day);
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
    for (const auto& decision : bridge.store().journal().decisions_in_force("person.merge")) {
        const auto stays = bridge.store().projection().survivor(decision.key);
        if (stays != decision.key) out.merged_[stays].push_back(decision.key);
    }
    return out;
}

std::string Awards::key_of(const std::string& competency, const std::string& person) {
    return competency + "/" + person;
}

std::pair<std::string, std::string> Awards::parts_of(const std::string& key) {
    const auto slash = key.rfind('/');
    if (slash == std::string::npos) return {key, ""};
    return {key.substr(0, slash), key.substr(slash + 1)};
}

std::vector<std::string> Awards::former_keys(const Award& award) const {
    std::vector<std::string> out;
    const auto merged = merged_.find(award.person);
    if (merged == merged_.end()) return out;
    for (const auto& person : merged->second) out.push_back(key_of(rule(award).competency, person));
    return out;
}

bool Awards::knows(const std::string& competency) const {
    return std::any_of(awards_.begin(), awards_.end(),
                       [&](const AwardRule& rule) { return rule.competency == competency; });
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
            std::optional<Day> day;
            const bool met = std::all_of(needed_[i].begin(), needed_[i].end(), [&](int requirement) {
                const auto* record = met_by(facts.records, requirement, today, amber);
                if (record != nullptr) day = std::max(day, record->last_achieved);
                return record != nullptr;
            });
            if (met)
                out.push_back(
                    {facts.person.id, i, key_of(awards_[i].competency, facts.person.id), said[i], day});
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

bool Awards::only_of(const Award& award, const store::SourceRow& source, Origins& origins, Day today) const {
    const auto facts = bridge_->store().projection().person_facts(award.person);
    if (!facts) return false;
    const auto& needed = needed_[award.rule];
    std::map<std::string, bool> known;  // one statement may count for several requirements
    for (const auto& record : facts->records) {
        if (std::find(needed.begin(), needed.end(), record.requirement) == needed.end()) continue;
        for (const auto& one : record.evidence) {
            if (!counts_on(one, today)) continue;
            const auto [it, is_new] = known.try_emplace(one.statement, false);
            if (is_new) it->second = origins.is_of(one.statement, source);
            if (!it->second) return false;
        }
    }
    return !known.empty();
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
            if (!counts_on(one, today)) continue;
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
