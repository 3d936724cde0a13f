// The journal: statements and decisions, appended in one monotone sequence (seq), and what commits with them.
// Acknowledged means durable: append() answers after the commit that holds the entries. Statements are found
// by interned keys in one posting table. Implementations are thread-safe: one writer, many readers.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::store {

struct NewStatement {
    std::string id;    // UUID, lower case
    std::string body;  // JSON object without "stored"; kept byte for byte
    bool timestamp_given = true;
    std::vector<xapi::Key> keys;
    std::string voids;      // target of a voiding statement, else ""
    std::string refers_to;  // target of any other StatementRef object, else ""
};

// Something that people decide, or tell us as fact: person, assignment, framework, mapping, policy,
// deployment, run.revert. The latest decision of a (kind, key) that is not of a reverted run is in force. A
// "run.revert" decision has the reverted run's id as its key and marks that run as reverted in the same
// commit (withdrawn: no longer).
struct NewDecision {
    std::string kind, key;
    std::string payload;  // JSON; "" withdraws
    std::optional<Day> valid_from;
};

// The next revision of a fact of a source (kind, the source's own key). An empty statement means withdrawn.
struct NewSourceRecord {
    std::string source, kind, key;
    int revision = 1;
    std::string digest;     // hex
    std::string statement;  // id
    std::string scope;      // of the snapshot that it came in, "" when it came in none
};

struct Batch {
    std::int64_t run = 0;  // must exist
    std::string who;       // credential, command or system; no person's name
    std::vector<std::variant<NewStatement, NewDecision>> entries;
    std::vector<NewSourceRecord> source_records;
    std::string cursor_source;  // with cursor: advanced in the same commit
    std::optional<std::string> cursor;
    // What to do with a statement whose id is stored already: leave it out (syncs), or refuse the whole batch
    // with error "statement_exists" (where = the id), having stored nothing (POST, PUT).
    enum class OnExisting { skip, refuse } on_existing = OnExisting::skip;
};

struct Appended {
    std::int64_t first_seq = 0, last_seq = 0;  // 0, 0 when nothing was new
    Instant stored{};
    std::size_t statements = 0, decisions = 0, skipped = 0;
};

struct StatementRow {
    std::int64_t seq = 0, run = 0;
    std::string id, body;
    Instant stored{};
    bool timestamp_given = true;
    std::string voided_by;  // id of the voiding statement, or ""
    [[nodiscard]] std::string text() const { return xapi::with_stored(body, stored, timestamp_given); }
};

struct DecisionRow {
    std::int64_t seq = 0, run = 0;
    std::string kind, key, payload, who;
    Instant recorded{};
    std::optional<Day> valid_from;
};

using Entry = std::variant<StatementRow, DecisionRow>;
std::int64_t seq_of(const Entry& entry);

struct StatementQuery {
    std::optional<std::string> agent_key, verb, activity, registration;
    bool related_agents = false, related_activities = false, ascending = false;
    std::optional<Instant> since, until;  // on `stored`: since exclusive, until inclusive
    std::int64_t after_seq = 0;           // continue a page; 0 = from the beginning
    std::int64_t up_to_seq = 0;           // 0 = no bound; a page chain keeps the bound of its first page
    std::size_t limit = 100;
};

class Journal {
public:
    virtual ~Journal() = default;

    using Done = std::function<void(Result<Appended>)>;
    // Group commit: batches that wait together share a commit, each all or nothing. `done` runs on the
    // writer's thread after the commit: keep it short, and do not wait for another write in it. `stored` of a
    // later commit is always later. Errors: "statement_exists", "no_such_run", "no_such_source",
    // "invalid_id", "source_record_exists" (that revision is there), "read_only", and of the disk
    // "store_full", "store_io", "store_damaged": nothing of the batch is stored then.
    virtual void append(Batch batch, Done done) = 0;
    virtual Result<Appended> append(Batch batch) = 0;  // waits

    // Voided or not: voided_by says.
    virtual std::optional<StatementRow> statement(std::string_view id) = 0;
    // Statements that refer to a match are matches too, along the whole chain, whichever was stored first.
    // Voided statements are left out. One page; fetch limit + 1 to know whether there is more.
    virtual std::vector<StatementRow> statements(const StatementQuery& query) = 0;
    // Entries with seq > after, in order.
    virtual std::vector<Entry> entries(std::int64_t after, std::size_t limit) = 0;
    // Decisions in force now (reverted runs and withdrawn keys left out), in order of seq, of one kind.
    virtual std::vector<DecisionRow> decisions_in_force(std::string_view kind) = 0;
    virtual std::optional<DecisionRow> decision_in_force(std::string_view kind, std::string_view key) = 0;
    virtual std::vector<DecisionRow> decisions_of_run(std::int64_t run) = 0;
    virtual std::vector<StatementRow> statements_of_run(std::int64_t run) = 0;

    struct Watermark {
        std::int64_t seq = 0;
        Instant stored{};  // everything stored up to here is visible to a reader that starts now
    };
    virtual Watermark watermark() = 0;
};

}  // namespace capbridge::store
