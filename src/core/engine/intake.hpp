// The "pull" door: records of one run of one source become what they should in the journal.
//
//   completion, competency_held     one fact each: a statement, known by (kind, the source's own key)
//   scorm_attempt                   a fact for each SCO and objective, with keys below the attempt's
//   statement                       stored as it is under its own id; the same again is nothing new
//   course, competency_definition   the catalogue
//   person, employment, unit, ...   the Directory
//   withdraw, rejected, snapshot_*  say something about those
//   feed_gap                        holds the run: error "feed_gap" (gap() has the details)
//
// The same fact again is a no-op, a changed one is the next revision and voids the one before, a withdrawn
// one voids. When a pull speaks of one fact several times (an older and a newer export in one folder), its
// last word counts: changes of facts that are stored already wait for the end of the pull, and the cursor
// with them, so that reading the same files again changes nothing. What is new in a snapshot of facts that
// the source had some of waits too: were it stored and the snapshot held, renamed facts would count twice.
// After a gap all that came before it may be finished. Statements, source records, catalogue, directory,
// quarantine and the cursor commit together. While one batch commits the next is made ready. One thread.
// Errors: those of the store, "stopping", "snapshot_fell", "leavers", "feed_gap", "adapter_protocol"; after
// one the pull must end.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/directory.hpp"
#include "core/engine/facts.hpp"
#include "core/engine/intake_append.hpp"
#include "core/engine/intake_catalogue.hpp"
#include "core/engine/intake_quarantine.hpp"
#include "core/engine/intake_snapshot.hpp"
#include "core/engine/intake_waiting.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {

struct IntakeOptions {
    bool full = false;     // the adapter was asked for everything
    bool dry_run = false;  // everything is read and compared, nothing is written
    // Go on when a closed snapshot lacks more than this share of what the source had, else the run is held
    // ("snapshot_fell") and nothing of that snapshot is withdrawn.
    bool accept_fall = false;
    double fall_at_most = 0.30;
    bool accept_leavers = false;  // the same for people in post who leave ("leavers")
    double leavers_at_most = 0.05;
    std::vector<GuardHit> accepted = {};      // a person said yes to these, and to little more
    std::vector<FeedGap> accepted_gaps = {};  // a person said yes to these
    std::size_t examples = 50;                // of a dry run
};

struct IntakeCounts {
    std::size_t read = 0, added = 0, changed = 0, same = 0, withdrawn = 0, rejected = 0, not_used = 0;
    std::size_t superseded = 0;  // of what was read: the pull itself said something else later
    std::size_t catalogue = 0;   // courses and competencies that are new, changed or gone
    std::size_t directory = 0;   // of what was read
    std::size_t left_out = 0;    // values of records that were taken without them
    std::size_t erased = 0;      // records of people who were erased: not taken (privacy/door.hpp)
    [[nodiscard]] ordered_json to_json() const;
};

class Intake final : public RecordStream {
public:
    Intake(Bridge& bridge, store::SourceRow source, std::int64_t run, const Progress& progress,
           IntakeOptions options);

    Status emit(std::string_view kind, std::string_view record_json) override;
    Status checkpoint(std::string_view cursor) override;
    // The pull came to its end: what was deferred, what came after the last checkpoint, and the cursor.
    // Called with Bridge::changing, which `give_way` lends to others now and then.
    Status finish(const GiveWay& give_way = {});

    [[nodiscard]] const IntakeCounts& counts() const { return counts_; }
    [[nodiscard]] bool brought_something() const;  // new, changed or withdrawn, of facts, catalogue or people
    [[nodiscard]] const DirectoryCounts& directory_counts() const { return directory_.counts(); }
    // Of a run that ended with "feed_gap".
    [[nodiscard]] const std::optional<FeedGap>& gap() const { return gap_; }
    // Of a run that ended with "snapshot_fell" or "leavers".
    [[nodiscard]] const std::optional<GuardHit>& held() const { return fell_ ? fell_ : directory_.held(); }
    [[nodiscard]] bool spoke_of_people() const { return directory_spoke_; }
    // Of a dry run: {"added": [{"kind", "key"}, ...], "changed", "withdrawn", "rejected" (with where, code)},
    // and "left_out" where there is any.
    [[nodiscard]] ordered_json examples() const;

private:
    struct Pending {
        std::string kind, key;
        std::optional<Word> word;  // nothing: withdrawn
        std::string text;          // the record, where it may have to wait
    };
    using FactKey = std::pair<std::string, std::string>;  // kind, key
    using Latest = std::unordered_map<std::string, store::SourceRecordRow>;

    // intake_kinds.cpp: what a record of each kind asks for.
    Status take(std::string_view kind, std::string_view text);
    Status take_facts(std::string_view kind, const json& record, std::string_view text);
    Status take_attempt(ReadFacts attempt, std::string_view text);
    Status take_catalogue(std::string_view kind, const json& record, std::string_view text);
    Status take_directory(std::string_view kind, const json& record, std::string_view text);
    Status take_rejected(const json& record);
    Status take_withdraw(const json& record, std::string_view text);
    Status take_snapshot_begin(const json& record);
    Status take_snapshot_end(const json& record);
    Status take_gap(const json& record);
    Result<std::vector<std::string>> missing_from(OpenSnapshot& snapshot, std::size_t kind);
    Status take_waiting(const WaitingRecord& record);
    void put(std::string_view kind, std::string key, std::optional<Word> word, std::string text = {});
    [[nodiscard]] bool may_wait(std::string_view kind) const;
    // `key` of the fact that the record was about, "" when it cannot be told: silence about a rejected fact
    // is no withdrawal.
    void reject(std::string_view kind, const std::string& key, const Error& why, std::string_view record);
    Status take_statement(json record, std::string_view text);
    void tell(std::string_view kind, const std::string& key, const std::vector<Error>& left_out);

    // intake.cpp: on the way into the journal.
    void show(const char* what, std::string_view kind, std::string_view key, const Error* why = nullptr);
    void count(Outcome outcome, std::string_view kind, std::string_view key);
    [[nodiscard]] store::Batch new_batch() const;
    Status settle(store::Batch& batch);  // what is pending: written, known, or deferred
    Status settle_one(store::Batch& batch, Pending& one, store::SourceRecordRow& before);
    Status settle_statement(store::Batch& batch, Pending& one, store::SourceRecordRow& before);
    void settle_catalogue(store::Batch& batch);
    Outcome write(store::Batch& batch, std::string_view kind, store::SourceRecordRow& before,
                  const Word* word);
    Latest latest(const std::string& kind, const std::vector<std::string>& keys);
    Status post(store::Batch batch);
    Status write_waiting(const GiveWay& give_way);
    Status write_deferred(store::Batch* last, const GiveWay& give_way = {});
    Status flush(std::optional<std::string> cursor);

    Bridge& bridge_;
    store::SourceRow source_;
    std::string issuer_;  // of the source's options: gave out the numbers that name none
    std::int64_t run_;
    const Progress& progress_;
    IntakeOptions options_;
    IntakeCounts counts_;
    FactWriter facts_;
    Directory directory_;
    CatalogueIntake catalogue_;
    QuarantineIntake quarantine_;
    Snapshots snapshots_;
    std::vector<store::RejectedRow> rejected_;
    std::unordered_set<std::string> told_;             // which values were left out: where and why
    std::vector<Pending> pending_;                     // in order of arrival
    std::map<FactKey, std::optional<Word>> deferred_;  // changes that wait for the last word
    std::optional<std::string> held_cursor_;           // it covers them too
    WaitingRecords waiting_;                           // what is new in guarded snapshots
    std::optional<std::string> waited_in_;             // while they are taken: the scope of the one at hand
    bool directory_spoke_ = false;                     // the cursor waits for the directory's settling
    std::unordered_set<std::string> attempts_;         // whose facts the store may not show yet
    std::map<std::string, Latest> under_way_;          // by kind: of the batch that is being written
    std::unordered_set<std::string> dry_added_;        // of a dry run: kind and key
    std::optional<FeedGap> gap_;
    std::optional<GuardHit> fell_;
    std::set<std::string> closed_kinds_;  // of snapshots that came to their end
    std::map<std::string, ordered_json> shown_;
    Appending appending_;  // last: it waits when it goes
};

}  // namespace capbridge::engine
