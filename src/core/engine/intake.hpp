// The "pull" door: records of one run of one source become statements in the journal. A fact is known by
// (source, the source's own key): the same again is a no-op, a changed one is the next revision and voids the
// one before, a withdrawn one voids. Statements, source records and the cursor commit together at each
// checkpoint. One thread.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/operations.hpp"
#include "core/xapi/from_completion.hpp"

namespace capbridge::engine {

struct IntakeCounts {
    std::size_t read = 0, added = 0, changed = 0, same = 0, withdrawn = 0, rejected = 0, not_used = 0;
    [[nodiscard]] ordered_json to_json() const;
};

class Intake final : public RecordStream {
public:
    // `accept_fall`: go on when a closed snapshot would withdraw more than 30 % of what the source had (else
    // the run is held with error "snapshot_fell" and nothing of that snapshot is withdrawn).
    Intake(Bridge& bridge, store::SourceRow source, std::int64_t run, const Progress& progress,
           bool accept_fall);

    Status emit(std::string_view kind, std::string_view record_json) override;
    Status checkpoint(std::string_view cursor) override;
    Status finish();  // what came after the last checkpoint; the cursor stays where it was

    [[nodiscard]] const IntakeCounts& counts() const { return counts_; }

private:
    struct Pending {
        xapi::Completion completion;
        std::string digest;
    };
    struct Snapshot {
        std::unordered_set<std::string> seen;
    };

    Status take_completion(std::string_view record_json);
    Status take_snapshot_end();
    void reject(std::string where, std::string code, std::string message);
    Status flush(std::optional<std::string> cursor);
    xapi::Agent actor_of(const xapi::Completion& completion);
    void append_statement(store::Batch& batch, const json& statement);
    // Adds the next revision of a key to the batch; an absent completion withdraws it.
    void revise(store::Batch& batch, const std::string& key, const Pending* now);

    Bridge& bridge_;
    store::SourceRow source_;
    std::int64_t run_;
    const Progress& progress_;
    bool accept_fall_;
    xapi::SourceContext context_;
    std::string iri_base_;
    IntakeCounts counts_;
    std::vector<std::pair<std::string, std::optional<Pending>>> pending_;  // in order of arrival
    std::unordered_map<std::string, store::SourceRecordRow> latest_;  // of the pending keys, while flushing
    std::vector<store::RejectedRow> rejected_;
    std::optional<Snapshot> snapshot_;
};

}  // namespace capbridge::engine
