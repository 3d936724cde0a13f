// Sources (configured adapters), the revisions of their facts, and runs: every change belongs to a run, which
// can be listed, shown and taken back as one. Thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/store/catalogue.hpp"
#include "core/store/quarantine.hpp"

namespace capbridge::store {

struct SourceRow {
    std::string uuid;  // fixed at creation
    std::string name, adapter, folder, activity_base;
    std::string settings;                  // JSON
    std::string cursor;                    // "" = from the beginning
    std::chrono::seconds file_min_age{0};  // a file changed less than this ago is left for the next sync
    std::string options = "{}";            // JSON: issuer, sha256, http, fetch, schedule, guards, write_back
};

// How a source's syncs go, and what keeps it from being scheduled.
struct SourceStateRow {
    std::optional<Instant> last_try, last_ok, last_full, next_due;
    std::optional<Instant> last_new;  // when one last brought something new, changed or withdrawn
    std::string error_code, error;    // of the last sync; "" when it went well
    int failures = 0;                 // in a row
    int crashes = 0;                  // failures in a row that were the adapter's own
    std::string stopped;              // "", "configuration" or "quarantined": not scheduled until resumed
    std::string held;                 // the error code of the guard that waits for a person's yes, or ""
    std::string details;              // of what is held: JSON object, or ""
    friend bool operator==(const SourceStateRow&, const SourceStateRow&) = default;
};

// One thing that was written back, or was to be.
struct PushRow {
    std::string kind, key;
    std::string digest;   // of what was pushed, or tried
    std::string receipt;  // JSON as the adapter gave it; "" before the first success
    std::string state;    // "pushed", "rejected", or what the engine names it (write_back/ledger.hpp)
    std::string error_code, error;
    int tries = 0;  // in a row that failed
    Instant at{};
    std::optional<Instant> next_try;
    friend bool operator==(const PushRow&, const PushRow&) = default;
};

struct SourceRecordRow {
    std::string key;
    int revision = 0;
    std::string digest, statement;  // both "" when withdrawn
    std::int64_t run = 0;
    std::string scope;  // of the snapshot that it came in; "" when it came in none
};

struct RunRow {
    std::int64_t id = 0;
    std::string kind;    // sync, import, request, decision, revert
    std::string source;  // name, or ""
    std::string adapter, adapter_version, adapter_sha256, who, what;
    Instant began{};
    std::optional<Instant> ended;  // absent: running, or cut off
    std::string
        counts;  // JSON object: {"read":…, "new":…, "changed":…, "same":…, "withdrawn":…, "rejected":…}
    std::string outcome;  // "", "ok", "failed", "interrupted", "reverted"
    std::string error;    // code and message
    std::string cursor_before;
    std::int64_t reverted_by = 0;  // the run that took it back
};

// A record that could not become a statement: kept with its reason, shown by `run show`.
struct RejectedRow {
    std::int64_t run = 0;
    std::string where, code, message;
};

class Sources {
public:
    virtual ~Sources() = default;
    // The source of this uuid (its name may change so), else the one of this name, else a new one with a uuid
    // of its own. The cursor counts only when it is new: set_cursor() and Batch::cursor move it.
    virtual Result<SourceRow> put_source(const SourceRow& source) = 0;
    virtual std::vector<SourceRow> sources() = 0;
    virtual std::optional<SourceRow> source(std::string_view name) = 0;
    virtual Status set_cursor(std::string_view source_uuid, std::string_view cursor) = 0;
    // What a source remembers from run to run; "" forgets.
    virtual std::optional<std::string> memory(std::string_view source_uuid, std::string_view key) = 0;
    virtual Status set_memory(std::string_view source_uuid, std::string_view key, std::string_view value) = 0;
    virtual std::vector<std::pair<std::string, std::string>> memories(std::string_view source_uuid,
                                                                      std::string_view prefix) = 0;

    virtual SourceStateRow source_state(std::string_view source_uuid) = 0;  // all empty when there is none
    virtual Status put_source_state(std::string_view source_uuid, const SourceStateRow& state) = 0;
    // The ledger of what was written back to a source, by (kind, key).
    virtual std::optional<PushRow> push(std::string_view source_uuid, std::string_view kind,
                                        std::string_view key) = 0;
    virtual Status put_push(std::string_view source_uuid, const PushRow& push) = 0;
    // Those of that state in order of kind and key; "" = all.
    virtual std::vector<PushRow> pushes(std::string_view source_uuid, std::string_view state,
                                        std::size_t limit) = 0;
    // A page of one kind and state in order of key, of those beyond `after` ("" = from the first).
    virtual std::vector<PushRow> pushes_of(std::string_view source_uuid, std::string_view kind,
                                           std::string_view state, std::string_view after,
                                           std::size_t limit) = 0;
    virtual std::size_t count_pushes(std::string_view source_uuid, std::string_view state) = 0;

    // Latest revision of each of the keys that has one.
    virtual std::unordered_map<std::string, SourceRecordRow> latest(std::string_view source_uuid,
                                                                    std::string_view kind,
                                                                    const std::vector<std::string>& keys) = 0;
    // Keys of the scope whose latest revision is not withdrawn.
    virtual std::vector<std::string> live_keys(std::string_view source_uuid, std::string_view kind,
                                               std::string_view scope) = 0;
    // The same for a source of millions: how many, and page after page in order of key ("" = from the first).
    virtual std::size_t count_live(std::string_view source_uuid, std::string_view kind,
                                   std::string_view scope) = 0;
    virtual std::vector<std::string> live_keys_after(std::string_view source_uuid, std::string_view kind,
                                                     std::string_view scope, std::string_view after,
                                                     std::size_t limit) = 0;
    // Of any scope: those that begin with this.
    virtual std::vector<std::string> live_keys_below(std::string_view source_uuid, std::string_view kind,
                                                     std::string_view prefix) = 0;

    // What a source told about its courses and competencies (Batch::catalogue writes it). "" = of any source,
    // of any kind; in order of source, kind and id.
    virtual std::vector<CatalogueRow> catalogue(std::string_view source_uuid, std::string_view kind) = 0;
    virtual std::optional<CatalogueRow> catalogue_row(std::string_view source_uuid, std::string_view kind,
                                                      std::string_view id) = 0;

    // Records that could not be used (Batch::quarantined writes them). Without a source: of all.
    virtual std::vector<QuarantineKey> quarantined_keys(std::string_view source_uuid) = 0;
    virtual std::vector<QuarantineRow> quarantined(std::string_view source_uuid, std::int64_t after_id,
                                                   std::size_t limit) = 0;
    struct Quarantined {
        std::size_t kept = 0, beyond = 0;
    };
    virtual Quarantined count_quarantined(std::string_view source_uuid) = 0;
    virtual Status drop_quarantined(std::string_view source_uuid, const std::vector<std::int64_t>& ids) = 0;

    // The run of this day, kind, source and text: the one that stands, or a new one that has ended already
    // (it collects what is sent to it, and can be taken back at any time).
    virtual Result<std::int64_t> run_of_day(const RunRow& run) = 0;
    virtual Status add_counts(std::int64_t run, const json& counts, Instant ended) = 0;  // numbers, by name

    // Of each key that a run wrote: its latest revision, whoever wrote it, and the one that stands without
    // the run: the last of a run that is neither a revert nor reverted (revision 0 when there is none).
    struct Change {
        std::string source_uuid, kind;
        SourceRecordRow latest, standing;
    };
    virtual std::vector<Change> changes_of_run(std::int64_t run) = 0;

    virtual Result<std::int64_t> begin_run(const RunRow& run) = 0;  // gives the id; durable before it returns
    virtual Status end_run(const RunRow& run) = 0;                  // ended, counts, outcome, error
    // A run becomes reverted by a "run.revert" decision whose key is its id, within that decision's commit.
    virtual std::vector<RunRow> runs(std::size_t limit) = 0;  // newest first
    virtual std::vector<RunRow> runs_of_source(std::string_view source, std::size_t limit) = 0;
    virtual std::optional<RunRow> run(std::int64_t id) = 0;
    // Runs without an end belong to a process that died: called once when a data directory is opened by its
    // owner.
    virtual Status close_interrupted_runs(Instant now) = 0;
    virtual Status add_rejected(
        const std::vector<RejectedRow>& rejected) = 0;  // at most 1,000 a run are kept
    virtual std::vector<RejectedRow> rejected(std::int64_t run) = 0;
};

}  // namespace capbridge::store
