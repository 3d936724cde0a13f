#include "core/engine/refold.hpp"

#include <algorithm>

#include "core/engine/history.hpp"
#include "core/engine/slices.hpp"

namespace capbridge::engine {
namespace {

// A slice ends with the first person who brings it over this: so many rows take the writer a few
// hundredths of a second.
constexpr std::size_t contributions_a_slice = 4000;
constexpr std::size_t people_a_slice = 200;
// Of more people than this all facts are read at once.
constexpr std::size_t most_one_by_one = 1000;

// What of the rules is no mapping, as far as records depend on it.
std::string text_without_mappings(const FoldedWith& folded) {
    competency::Rulebook book = *folded.rules;
    book.mappings.clear();
    book.digest.clear();
    for (const auto& [name, digest] : folded.texts) {
        if (!name.starts_with("mapping ")) book.digest += name + " " + digest + "\n";
    }
    return competency::Rules(std::move(book)).fold_text();
}

void add_activities(const competency::Rules& rules, std::string_view set_id, std::set<std::string>& out) {
    for (const auto& set : rules.mappings) {
        if (set.id != set_id) continue;
        for (const auto& item : set.items) out.insert(item.activities.begin(), item.activities.end());
    }
}

}  // namespace

std::optional<std::vector<std::string>> changed_activities(const FoldedWith& before, const FoldedWith& now) {
    if (!before.rules || text_without_mappings(before) != text_without_mappings(now)) return std::nullopt;
    std::set<std::string> changed, activities;
    const auto compare = [&](const FoldedWith& one, const FoldedWith& other) {
        for (const auto& [name, digest] : one.texts) {
            const auto same = other.texts.find(name);
            if (same == other.texts.end() || same->second != digest) changed.insert(name);
        }
    };
    compare(before, now);
    compare(now, before);
    for (const auto& name : changed) {
        const auto id = std::string_view(name).substr(name.find(' ') + 1);
        add_activities(*before.rules, id, activities);
        add_activities(*now.rules, id, activities);
    }
    return std::vector<std::string>(activities.begin(), activities.end());
}

std::shared_ptr<const store::ActivityFilter> activities_of(std::shared_ptr<const competency::Rules> rules) {
    return std::make_shared<store::ActivityFilter>(
        [all = std::move(rules)](std::string_view activity) { return all->knows_activity(activity); });
}

Status fold_people(store::Projection& projection, const FoldedWith& with, const std::string& iri_base,
                   const std::set<std::string>& people, std::int64_t cursor, const std::string& folded_by,
                   const std::atomic<bool>& stopping) {
    const auto& rules = *with.rules;
    std::unique_ptr<store::AllFacts> all;
    if (people.size() > most_one_by_one) all = projection.all_facts(*with.known);
    Slices slices(projection);
    store::ProjectionBatch batch;
    std::size_t size = 0;
    for (const auto& id : people) {
        store::ProjectionBatch::RecordsChange change;
        change.person = id;
        if (const auto person = projection.person(id)) {
            std::vector<std::string> actors;
            for (const auto& i : person->identifiers)
                actors.push_back(people::agent_of(i.scheme, i.issuer, i.value, iri_base).key());
            const auto history = history_of(projection, *person, actors, all.get(), with.known.get());
            change.records = competency::fold(history, *person, rules);
            change.unmapped_only = competency::unmapped_only(history.facts, rules);
        }
        for (const auto& record : change.records) size += 1 + record.evidence.size();
        batch.records.push_back(std::move(change));
        if (size < contributions_a_slice && batch.records.size() < people_a_slice) continue;
        CAPBRIDGE_TRY(slices.write(std::exchange(batch, {})));
        size = 0;
        if (stopping) return fail("stopping", "the bridge is stopping");
    }
    CAPBRIDGE_TRY(slices.wait());
    batch.cursor = cursor;
    batch.folded_by = folded_by;
    return projection.apply(batch);
}

}  // namespace capbridge::engine
