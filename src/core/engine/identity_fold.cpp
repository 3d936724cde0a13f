#include "core/engine/identity_fold.hpp"

#include <nlohmann/json.hpp>

#include "core/base/json.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t people_a_batch = 500;
constexpr std::size_t composed_kept = 4000;

// The stale ones, and who each of them is after merges.
std::set<std::string> touched(store::Projection& projection) {
    std::set<std::string> out;
    for (auto& id : projection.stale()) {
        out.insert(projection.survivor(id));
        out.insert(std::move(id));
    }
    return out;
}

}  // namespace

bool is_said_kind(std::string_view kind) {
    return kind == "person" || kind == "assignment" || kind == "unit" || kind == "identity.link" ||
           kind == "deployment.user" || kind.starts_with("directory.") || kind.starts_with("item.");
}

store::ProjectionBatch::SaidChange said_change(const std::string& kind, const std::string& key,
                                               const std::optional<store::DecisionRow>& in_force) {
    store::ProjectionBatch::SaidChange change;
    change.kind = kind;
    change.key = key;
    if (!in_force || in_force->payload.empty()) return change;
    change.seq = in_force->seq;
    if (kind == "person") {
        change.person = key;
        return change;
    }
    const auto payload = json::parse(in_force->payload, nullptr, false);
    if (kind != "unit") change.person = get_string(payload, "person");
    if (const auto scope = payload.find("scope"); scope != payload.end() && scope->is_string())
        change.scope = scope->get<std::string>();
    return change;
}

std::vector<people::IdentityRule> identity_rules(store::Journal& journal) {
    std::vector<people::IdentityRule> rules;
    for (const auto& decision : journal.decisions_in_force("identity.rule")) {
        if (auto rule = people::identity_rule_from_json(json::parse(decision.payload, nullptr, false)))
            rules.push_back(std::move(*rule));
    }
    return rules;
}

const people::Composed& ComposedPeople::of(const std::string& survivor) {
    auto& known = known_[survivor];
    if (!known)
        known = std::make_unique<people::Composed>(
            people::compose(survivor, store_.projection().said_of(survivor), rules_));
    return *known;
}

people::Person ComposedPeople::settled(const std::string& survivor, std::vector<people::Identifier>* lost) {
    const auto& composed = of(survivor);
    return people::settle(
        composed,
        [&](const std::string& key) {
            std::vector<const people::Composed*> claimants;
            for (const auto& id : store_.projection().claimants(key)) {
                if (const auto& other = of(id); other.exists) claimants.push_back(&other);
            }
            return claimants;
        },
        lost);
}

void ComposedPeople::forget_when_many() {
    if (known_.size() > composed_kept) known_.clear();
}

Result<ComposedAnew> compose_stale(store::Store& store, const std::string& iri_base,
                                   const std::atomic<bool>& stopping) {
    auto& projection = store.projection();
    if (projection.stale().empty()) return ComposedAnew{};
    ComposedPeople people(store, identity_rules(store.journal()));
    store::ProjectionBatch batch;
    std::size_t in_batch = 0;
    const auto write = [&](bool now) -> Status {
        if (in_batch < (now ? 1 : people_a_batch)) return {};
        CAPBRIDGE_TRY(projection.apply(batch));
        batch = {};
        in_batch = 0;
        people.forget_when_many();
        if (stopping) return fail("stopping", "the bridge is stopping");
        return {};
    };

    for (const auto& id : touched(projection)) {
        store::ProjectionBatch::ClaimsChange change{id, {}};
        if (projection.survivor(id) == id) {
            if (const auto& composed = people.of(id); composed.exists)
                change.keys = people::keys_of(composed);
        }
        batch.claims.push_back(std::move(change));
        ++in_batch;
        CAPBRIDGE_TRY(write(false));
    }
    CAPBRIDGE_TRY(write(true));

    auto all = touched(projection);  // with those who claim one of the same
    for (const auto& id : all) {
        store::ProjectionBatch::PersonChange change;
        change.id = id;
        change.assignments.emplace();
        if (projection.survivor(id) == id && people.of(id).exists) {
            change.person = people.settled(id);
            change.assignments = people.of(id).assignments;
            for (const auto& each : change.person->identifiers)
                change.actors.push_back(
                    people::agent_of(each.scheme, each.issuer, each.value, iri_base).key());
        }
        batch.people.push_back(std::move(change));
        ++in_batch;
        CAPBRIDGE_TRY(write(false));
    }
    CAPBRIDGE_TRY(write(true));
    return ComposedAnew{std::move(all), touched(projection)};  // archetypes alone change no records
}

}  // namespace capbridge::engine
