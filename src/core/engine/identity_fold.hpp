// People composed of what is said of them (people/compose.hpp), as the projector does it: first who claims
// which identifier, for everybody who is touched; then what each one is, for them and for all who claim one
// of the same. Who is to be composed stands in the store, so that a crash in between forgets nobody. Used by
// the projector on its thread; borrows the store.
#pragma once
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/store/store.hpp"

namespace capbridge::engine {

// Kinds of decisions that say something of people or units, and are kept by their key in the projection.
bool is_said_kind(std::string_view kind);
// What the decision (or its absence) of such a key means for the projection.
store::ProjectionBatch::SaidChange said_change(const std::string& kind, const std::string& key,
                                               const std::optional<store::DecisionRow>& in_force);

std::vector<people::IdentityRule> identity_rules(store::Journal& journal);

// Composed people, kept while nothing is written.
class ComposedPeople {
public:
    ComposedPeople(store::Store& store, std::vector<people::IdentityRule> rules)
        : store_(store), rules_(std::move(rules)) {}
    // Valid until the next forget().
    const people::Composed& of(const std::string& survivor);
    people::Person settled(const std::string& survivor, std::vector<people::Identifier>* lost = nullptr);
    void forget() { known_.clear(); }
    void forget_when_many();
    [[nodiscard]] const std::vector<people::IdentityRule>& rules() const { return rules_; }

private:
    store::Store& store_;
    std::vector<people::IdentityRule> rules_;
    std::unordered_map<std::string, std::unique_ptr<people::Composed>> known_;
};

// Who was composed anew, and all whose records have to be folded again.
struct ComposedAnew {
    std::set<std::string> composed, to_fold;
};
// Composes everybody who is stale. Error "stopping".
Result<ComposedAnew> compose_stale(store::Store& store, const std::string& iri_base,
                                   const std::atomic<bool>& stopping);

}  // namespace capbridge::engine
