// Taking a run back: what that is, before it is done, and the one batch that does it. Reads the store only;
// one thread.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/competency/answers.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class Reverting {
public:
    Reverting(Bridge& bridge, const store::RunRow& run) : bridge_(bridge), run_(run) {}

    // What takes it back, in one commit.
    Result<store::Batch> batch(std::int64_t revert_run, const std::string& who);

    // Of a batch that was made, by kind: {facts: {KIND: {withdrawn, restored, kept}}, statements_voided,
    // voidings_kept, decisions: {KIND: how many keys}, decisions_kept, catalogue_kept}. Decisions are those
    // of everything: people, links, merges, what a directory said, rules. The catalogue has no history: what
    // the run told of courses stays until the source, which is read again from where the run began, tells it
    // anew.
    [[nodiscard]] ordered_json told() const;
    // The same, and whose records would read otherwise: people_touched, people_changed, and effects
    // (record_effects.hpp, of those whose facts go; what a directory said of people is not folded here). The
    // latter two are null when rules are taken back, for they touch everybody, or a directory's withdrawals,
    // which do not say of whom.
    Result<ordered_json> preview();
    // Of a batch that was made: who may be affected; nothing when that may be anybody.
    std::optional<std::set<std::string>> people();

    std::size_t voided = 0, restored = 0, kept = 0, decisions = 0, voidings_kept = 0;

private:
    struct Facts {
        std::size_t withdrawn = 0, restored = 0, kept = 0;
    };
    // The fact goes back to what it is without the run: withdrawn, or that content as a new revision.
    Status take_back(const store::Sources::Change& change);
    void append(const json& statement);
    void look_at_decisions();
    void look_at(const store::DecisionRow& decision);
    // As the person's records would be.
    Result<competency::PersonFacts> folded(const std::string& person);

    Bridge& bridge_;
    const store::RunRow& run_;
    store::Batch batch_;
    std::map<std::string, Facts> facts_;  // by kind
    std::set<std::string> voids_;         // ids of statements
    std::vector<store::NewFact> again_;   // what restored statements say
    std::set<std::string> actors_;
    std::map<std::string, std::size_t> decided_;  // by kind: keys whose decision goes
    std::size_t decisions_kept_ = 0;              // of which a later one is in force
    std::set<std::string> decided_people_;
    bool touches_anybody_ = false;
};

}  // namespace capbridge::engine
