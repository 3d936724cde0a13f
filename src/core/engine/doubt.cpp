#include "core/engine/doubt.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_set>

#include "core/engine/identity_decide.hpp"
#include "core/engine/identity_review.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/sync/options.hpp"

namespace capbridge::engine {
namespace {

constexpr auto patience = std::chrono::hours{24};
constexpr std::size_t actors_looked_at = 5000;

bool is_silent(const store::SourceRow& source, const store::SourceStateRow& state, Instant now) {
    const bool waits = !state.stopped.empty() || !state.held.empty();
    if (!waits) return state.next_due && *state.next_due + patience < now;
    const auto options = options_of(source);
    if (!options || !options->schedule.is_set()) return false;
    const auto heard = state.last_ok ? state.last_ok : state.last_try;
    return heard && *heard + patience < now;
}

// Which of the mapped activities the source tells of: those of its catalogue, and those whose IRIs hang on
// its base.
class Told {
public:
    Told(Bridge& bridge, const std::vector<competency::MappingSet>& mappings) : bridge_(bridge) {
        for (const auto& set : mappings) {
            for (const auto& item : set.items) mapped_.insert(item.activities.begin(), item.activities.end());
        }
    }
    [[nodiscard]] bool is_mapped(std::string_view activity) const {
        return mapped_.contains(std::string(activity));
    }
    void add_to(competency::Doubt& doubt, const store::SourceRow& source) const {
        for (const auto& row : bridge_.store().sources().catalogue(source.uuid, "course")) {
            if (mapped_.contains(row.iri)) doubt.silent.try_emplace(row.iri, source.name);
        }
        if (source.activity_base.empty()) return;
        for (const auto& activity : mapped_) {
            if (activity.starts_with(source.activity_base)) doubt.silent.try_emplace(activity, source.name);
        }
    }

private:
    Bridge& bridge_;
    std::unordered_set<std::string> mapped_;
};

bool is_strong(const IdentityCandidate& candidate) {
    return candidate.because != "same_name";
}

competency::Doubt look(Bridge& bridge, const std::vector<competency::MappingSet>& mappings) {
    competency::Doubt out;
    const Told told(bridge, mappings);
    auto& sources = bridge.store().sources();
    for (const auto& source : sources.sources()) {
        if (is_silent(source, sources.source_state(source.uuid), bridge.now())) told.add_to(out, source);
    }
    auto& projection = bridge.store().projection();
    if (projection.unresolved(1).empty()) return out;
    const store::ActivityFilter mapped([&](std::string_view activity) { return told.is_mapped(activity); });
    for (const auto& actor : unknown_actors(bridge, actors_looked_at)) {
        people::Person stranger;
        stranger.identifiers = {actor.identifier};
        const auto facts = projection.facts_of(stranger, {actor.actor}, &mapped);
        const bool counts = std::any_of(facts.begin(), facts.end(), [&](const competency::Fact& fact) {
            return !fact.voided && told.is_mapped(fact.activity);
        });
        if (!counts) continue;
        for (const auto& candidate : actor.candidates) {
            if (is_strong(candidate)) out.perhaps_known.insert(candidate.person);
        }
    }
    return out;
}

// By source: its name and the activities.
using Silent = std::map<std::string, std::set<std::string>>;

Silent by_source(const competency::Doubt& doubt) {
    Silent out;
    for (const auto& [activity, source] : doubt.silent) out[source].insert(activity);
    return out;
}

std::vector<store::NewDecision> changes(Bridge& bridge, const competency::Doubt& before,
                                        const competency::Doubt& now) {
    std::vector<store::NewDecision> out;
    const auto was = by_source(before), is = by_source(now);
    for (const auto& source : bridge.store().sources().sources()) {
        const auto a = was.find(source.name), b = is.find(source.name);
        const bool silent_before = a != was.end(), silent_now = b != is.end();
        if (silent_before == silent_now && (!silent_now || a->second == b->second)) continue;
        const json payload{{"source", source.name},
                           {"activities", silent_now ? b->second : std::set<std::string>()}};
        out.push_back({std::string(silent_kind), source.uuid, silent_now ? payload.dump() : "", {}});
    }
    for (const auto& person : now.perhaps_known) {
        if (!before.perhaps_known.contains(person))
            out.push_back({std::string(doubt_kind), person, R"({"unknown_actor":true})", {}});
    }
    for (const auto& person : before.perhaps_known) {
        if (!now.perhaps_known.contains(person)) out.push_back({std::string(doubt_kind), person, "", {}});
    }
    return out;
}

}  // namespace

competency::Doubt doubt_in_force(store::Journal& journal) {
    competency::Doubt out;
    for (const auto& decision : journal.decisions_in_force(silent_kind)) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        if (!payload.is_object()) continue;
        const auto source = get_string(payload, "source");
        for (const auto& activity : payload.value("activities", json::array())) {
            if (activity.is_string()) out.silent.try_emplace(activity.get<std::string>(), source);
        }
    }
    for (const auto& decision : journal.decisions_in_force(doubt_kind)) {
        if (!decision.payload.empty()) out.perhaps_known.insert(decision.key);
    }
    return out;
}

Status renew_doubt(Bridge& bridge) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto now = look(bridge, rules->mappings);
    const Caller caller{"system"};
    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    auto decisions = changes(bridge, doubt_in_force(bridge.store().journal()), now);
    if (decisions.empty()) return {};
    CAPBRIDGE_TRY(decide(bridge, caller, "decision", "what may be missing: silent sources, unknown people",
                         std::move(decisions), ordered_json::object()));
    return {};
}

}  // namespace capbridge::engine
