#include "core/engine/standings.hpp"

#include <mutex>
#include <nlohmann/json.hpp>

#include "core/competency/tally.hpp"
#include "core/competency/team_coverage.hpp"

namespace capbridge::engine {
namespace {

// Of more people than this it is quicker to read everybody, one after the other.
constexpr std::size_t most_one_by_one = 4000;

}  // namespace

bool Standings::are_behind(const competency::Rules& rules, Day today) const {
    if (!kept_) return false;
    const std::shared_lock lock(mutex_);
    return !tally_ || tally_->rules().get() != &rules || tally_->day() != today;
}

void Standings::follow(store::Projection& projection, const std::shared_ptr<const competency::Rules>& rules,
                       Day today, const std::optional<std::set<std::string>>& people,
                       std::int64_t watermark) {
    if (!kept_) return;
    if (!people || people->size() > most_one_by_one || are_behind(*rules, today)) {
        count_anew(projection, rules, today, watermark);
        return;
    }
    // Only this thread replaces the tally, and prepare() disturbs no reader.
    std::vector<competency::Tally::Person> changes;
    changes.reserve(people->size());
    std::set<std::string> gone = *people;
    projection.people_facts({people->begin(), people->end()}, [&](const competency::PersonFacts& person) {
        gone.erase(person.person.id);
        changes.push_back(tally_->prepare(person));
    });
    for (const auto& id : gone) {
        auto& change = changes.emplace_back();
        change.id = id;
        change.gone = true;
    }
    auto members = std::make_shared<Members>(read_members(projection, *rules, *members_, people));
    const std::unique_lock lock(mutex_);
    tally_->apply(std::move(changes));
    members_ = std::move(members);
    watermark_ = watermark;
}

Standings::Members Standings::read_members(store::Projection& projection, const competency::Rules& rules,
                                           Members former,
                                           const std::optional<std::set<std::string>>& people) {
    Members out;
    for (const auto& team : rules.teams) {
        for (const auto& [id, archetypes] : team.members) {
            if (out.contains(id)) continue;
            if (people && !people->contains(id)) {
                if (const auto known = former.find(id); known != former.end()) out.insert(*known);
            } else if (auto facts = projection.person_facts(id)) {
                out.emplace(id, std::make_shared<competency::PersonFacts>(std::move(*facts)));
            }
        }
    }
    return out;
}

void Standings::count_anew(store::Projection& projection,
                           const std::shared_ptr<const competency::Rules>& rules, Day today,
                           std::int64_t watermark) {
    auto tally = std::make_shared<competency::Tally>(rules, today);
    projection.each_person(false, [&](const competency::PersonFacts& person) {
        std::vector<competency::Tally::Person> one;
        one.push_back(tally->prepare(person));
        tally->apply(std::move(one));
    });
    auto members = std::make_shared<Members>(read_members(projection, *rules, {}, std::nullopt));
    const std::unique_lock lock(mutex_);
    tally_.swap(tally);
    members_ = std::move(members);
    watermark_ = watermark;
}

void Standings::drop() {
    const std::unique_lock lock(mutex_);
    tally_.reset();
}

std::optional<ordered_json> Standings::matrix(competency::Question question) const {
    std::shared_ptr<competency::Tally> tally;
    std::shared_ptr<const Members> members;
    std::optional<competency::MatrixCounts> counts;
    {
        const std::shared_lock lock(mutex_);
        if (!tally_ || tally_->day() != question.as_of || !tally_->knows(question.scope)) return std::nullopt;
        tally = tally_;
        members = members_;
        question.watermark = watermark_;
        counts = tally->count(question.scope);
    }
    auto answer = tally->matrix(*counts, question);
    competency::TeamsInMatrix teams(*tally->rules(), question);
    for (const auto& id : teams.members()) {
        if (const auto facts = members->find(id); facts != members->end()) teams.add(*facts->second);
    }
    teams.fill(answer);
    return answer;
}

}  // namespace capbridge::engine
