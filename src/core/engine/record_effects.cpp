#include "core/engine/record_effects.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace capbridge::engine {

using competency::PersonFacts;
using competency::Record;

struct RecordEffects::Impl {
    bool too_many = false;
    std::shared_ptr<const competency::Rules> rules;
    std::map<std::string, PersonFacts> people, after;
    std::set<std::string> changed;
};

namespace {

using States = std::map<std::pair<std::string, std::string>, std::size_t>;

// Evidence always differs where a fact came back: it is a statement of its own. What it comes to is asked.
bool same_records(const PersonFacts& before, const PersonFacts& after) {
    return std::equal(before.records.begin(), before.records.end(), after.records.begin(),
                      after.records.end(), [](const Record& a, const Record& b) {
                          return a.requirement == b.requirement && a.context == b.context &&
                                 a.attainment == b.attainment && a.reason == b.reason &&
                                 a.first_achieved == b.first_achieved && a.last_achieved == b.last_achieved &&
                                 a.valid_to == b.valid_to;
                      });
}

void count_states(States& states, const PersonFacts& before, const PersonFacts& after) {
    const auto count = [&](const Record* a, const Record* b) {
        const auto from = a != nullptr ? a->attainment : competency::Attainment::none;
        const auto to = b != nullptr ? b->attainment : competency::Attainment::none;
        if (from != to) ++states[{std::string(competency::text(from)), std::string(competency::text(to))}];
    };
    std::map<std::pair<decltype(Record::requirement), std::string>, std::pair<const Record*, const Record*>>
        items;
    for (const auto& record : before.records) items[{record.requirement, record.context}].first = &record;
    for (const auto& record : after.records) items[{record.requirement, record.context}].second = &record;
    for (const auto& [item, pair] : items) count(pair.first, pair.second);
}

}  // namespace

RecordEffects::RecordEffects(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordEffects::RecordEffects(RecordEffects&&) noexcept = default;
RecordEffects::~RecordEffects() = default;

Result<RecordEffects> RecordEffects::before(Bridge& bridge, const std::set<std::string>& people) {
    auto impl = std::make_unique<Impl>();
    CAPBRIDGE_LET(impl->rules, bridge.rules());
    impl->too_many = people.size() > most_people;
    if (!impl->too_many) {
        const std::vector<std::string> ids(people.begin(), people.end());
        bridge.store().projection().people_facts(
            ids, [&](const PersonFacts& facts) { impl->people.emplace(facts.person.id, facts); });
    }
    return RecordEffects(std::move(impl));
}

void RecordEffects::set_after(const std::string& person, PersonFacts facts) {
    impl_->after.insert_or_assign(person, std::move(facts));
}

const PersonFacts* RecordEffects::facts_of(const std::string& person) const {
    const auto it = impl_->people.find(person);
    return it == impl_->people.end() ? nullptr : &it->second;
}

const std::set<std::string>& RecordEffects::changed() const {
    return impl_->changed;
}

Result<ordered_json> RecordEffects::told(Bridge& bridge) {
    if (impl_->too_many) return ordered_json(nullptr);
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    competency::Comparison comparison(*impl_->rules, *rules, day_of(bridge.now()));
    States states;
    std::size_t compared = 0;
    const auto add = [&](const PersonFacts& after) {
        const auto it = impl_->people.find(after.person.id);
        if (it == impl_->people.end()) return;
        ++compared;
        if (!same_records(it->second, after)) impl_->changed.insert(it->first);
        comparison.add(it->second, after);
        count_states(states, it->second, after);
    };
    std::vector<std::string> stored;
    for (const auto& [id, facts] : impl_->people) {
        if (!impl_->after.contains(id)) stored.push_back(id);
    }
    bridge.store().projection().people_facts(stored, add);
    for (const auto& [id, facts] : impl_->after) add(facts);
    auto out = comparison.finish();
    out["gone"] = impl_->people.size() - compared;
    std::vector<std::pair<std::pair<std::string, std::string>, std::size_t>> sorted(states.begin(),
                                                                                    states.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    out["states"] = ordered_json::array();
    for (const auto& [between, items] : sorted)
        out["states"].push_back({{"from", between.first}, {"to", between.second}, {"items", items}});
    return out;
}

}  // namespace capbridge::engine
