// The "pull" door: records of one run of one source become statements in the journal. A fact is known by
// (source, the source's own key): the same again is a no-op, a changed one is the next revision and voids the
// one before, a withdrawn one voids. When a pull speaks of one fact several times (an older and a newer
// export in one folder), its last word counts: changes of facts that are stored already wait for the end of
// the pull, and the cursor with them, so that reading the same files again changes nothing. Statements,
// source records and the cursor commit together. One thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/operations.hpp"
#include "core/xapi/from_completion.hpp"

namespace capbridge::engine {

struct IntakeCounts {
    std::size_t read = 0, added = 0, changed = 0, same = 0, withdrawn = 0, rejected = 0, not_used = 0;
    std::size_t superseded = 0;  // of what was read: the pull itself said something else later
    [[nodiscard]] ordered_json to_json() const;
};

// What an intake holds of one record, and of an open snapshot.
struct IntakePending {
    xapi::Completion completion;
    std::string digest, scope;
};
struct IntakeSnapshot {
    std::string scope;
    std::unordered_set<std::string> seen;
    std::size_t live_before = 0;
    bool whole = true;  // false once a row was rejected that does not say which fact it was about
};

class Intake final : public RecordStream {
public:
    // `accept_fall`: go on when a closed snapshot would withdraw more than 30 % of what the source had (else
    // the run is held with error "snapshot_fell" and nothing of that snapshot is withdrawn).
    Intake(Bridge& bridge, store::SourceRow source, std::int64_t run, const Progress& progress,
           bool accept_fall);

    Status emit(std::string_view kind, std::string_view record_json) override;
    Status checkpoint(std::string_view cursor) override;
    // The pull came to its end: what was deferred, what came after the last checkpoint, and the cursor.
    Status finish();

    [[nodiscard]] const IntakeCounts& counts() const { return counts_; }

private:
    using Word = std::optional<IntakePending>;  // what the source says of a fact; nothing: withdrawn

    Status take_completion(std::string_view record_json);
    Status take_snapshot_begin(std::string_view record_json);
    Status take_snapshot_end();
    // `key` of the fact that the record was about, "" when it cannot be told: silence about a rejected fact
    // is no withdrawal.
    void reject(const std::string& key, std::string where, std::string code, std::string message);
    Status flush(std::optional<std::string> cursor);
    xapi::Agent actor_of(const xapi::Completion& completion);
    // Adds the next revision of a fact to the batch.
    void revise(store::Batch& batch, const std::string& key, const store::SourceRecordRow& before,
                const Word& now);
    void settle(store::Batch& batch);  // what is pending: written, known, or deferred

    Bridge& bridge_;
    store::SourceRow source_;
    std::int64_t run_;
    const Progress& progress_;
    bool accept_fall_;
    xapi::SourceContext context_;
    std::string iri_base_;
    IntakeCounts counts_;
    std::vector<std::pair<std::string, Word>> pending_;  // in order of arrival
    std::map<std::string, Word> deferred_;               // changes that wait for the last word, by key
    std::optional<std::string> held_cursor_;             // it covers them too
    std::vector<store::RejectedRow> rejected_;
    std::optional<IntakeSnapshot> snapshot_;
    std::unordered_set<std::string> listed_;  // by any snapshot of this pull
};

}  // namespace capbridge::engine
