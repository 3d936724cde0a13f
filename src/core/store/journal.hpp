// The journal: statements and decisions, appended in one monotone sequence (seq), and what commits with them.
// Acknowledged means durable: append() answers after the commit that holds the entries. Statements are found
// by interned keys in one posting table. Implementations are thread-safe: one writer, many readers.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/competency/record.hpp"
#include "core/store/catalogue.hpp"
#include "core/store/quarantine.hpp"
#include "core/xapi/descriptions.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::store {

// What a statement says about somebody and an activity, as the fold reads it: stored beside the statement.
struct NewFact {
    std::string actor;      // xapi::Agent::key()
    competency::Fact fact;  // `voided` is not stored: it follows from the journal
};

struct NewStatement {
    std::string id;    // UUID, lower case
    std::string body;  // JSON object without "stored"; kept byte for byte
    bool timestamp_given = true;
    bool id_is_new = false;  // a random id that we gave just now: nobody can have stored it
    std::vector<xapi::Key> keys;
    std::string voids;            // target of a voiding statement, else ""
    std::string refers_to;        // target of any other StatementRef object, else ""
    std::optional<NewFact> fact;  // seq and statement of it are filled in by the store
    std::vector<xapi::ActivityDefinition> activities;
    std::vector<xapi::AgentName> names;
    std::vector<std::string> attachments;  // SHA-2 of those whose bytes came with it and are kept
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
    // Whose statements these are: "credential:<key>", "source:<uuid>", "" (nobody's). A voiding statement of
    // an `only_own` batch voids statements of the same owner only, and no statement of it is found by what
    // another owner's says, nor the other way round.
    std::string owner;
    bool only_own = false;
    std::vector<std::variant<NewStatement, NewDecision>> entries;
    std::vector<NewSourceRecord> source_records;
    std::string cursor_source;  // with cursor: advanced in the same commit
    std::optional<std::string> cursor;
    // What to do with a statement whose id is stored already: leave it out (syncs), or refuse the whole batch
    // with error "statement_exists" (where = the id), having stored nothing (POST, PUT).
    enum class OnExisting { skip, refuse } on_existing = OnExisting::skip;
    // What a source told beside facts, in the same commit: new or changed rows, and those that are gone.
    std::vector<CatalogueRow> catalogue;
    std::vector<CatalogueKey> catalogue_gone;
    std::vector<QuarantineRow> quarantined;
    std::string quarantine_source;  // of `released`
    std::vector<QuarantineKey> released;
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
    std::string actor;      // of its fact; "" when it has none
    std::string voids;      // the target of a voiding statement, else ""
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
    std::optional<std::string> agent_key, verb, activity, registration, owner;
    bool related_agents = false, related_activities = false, ascending = false;
    bool with_voided = false;             // for an export
    std::optional<Instant> since, until;  // on `stored`: since exclusive, until inclusive
    std::int64_t after_seq = 0;           // continue a page; 0 = from the beginning
    std::int64_t up_to_seq = 0;           // 0 = no bound; a page chain keeps the bound of its first page
    std::size_t limit = 100;
    std::size_t most_bytes = 0;  // of bodies: rows end with the one that passes it; 0 = no bound
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
    virtual void append(std::shared_ptr<const Batch> batch, Done done) = 0;
    virtual Result<Appended> append(Batch batch) = 0;  // waits

    // Voided or not: voided_by says.
    virtual std::optional<StatementRow> statement(std::string_view id,
                                                  const std::optional<std::string>& owner = {}) = 0;
    // Statements that refer to a match are matches too, along the chain, whichever was stored first: but not
    // across owners if one on the way came in an `only_own` batch, and within bounds (sqlite/postings.hpp).
    // Voided statements are left out. One page; fetch limit + 1 to know whether there is more.
    virtual std::vector<StatementRow> statements(const StatementQuery& query) = 0;
    // Entries with seq > after, in order. Without bodies they are much cheaper: what an entry touches is in
    // the other members.
    enum class Bodies { no, yes };
    virtual std::vector<Entry> entries(std::int64_t after, std::size_t limit,
                                       Bodies bodies = Bodies::yes) = 0;
    // Decisions in force now (reverted runs and withdrawn keys left out), in order of seq, of one kind.
    virtual std::vector<DecisionRow> decisions_in_force(std::string_view kind) = 0;
    virtual std::optional<DecisionRow> decision_in_force(std::string_view kind, std::string_view key) = 0;
    virtual std::vector<DecisionRow> decisions_of_run(std::int64_t run) = 0;
    virtual std::vector<StatementRow> statements_of_run(std::int64_t run) = 0;  // without their bodies
    virtual std::size_t count_of_run(std::int64_t run) = 0;                     // of its statements

    struct Watermark {
        std::int64_t seq = 0;
        Instant stored{};  // everything stored up to here is visible to a reader that starts now
    };
    virtual Watermark watermark() = 0;

    // What statements told about an activity (a definition's JSON object) and how they called an agent.
    virtual std::optional<std::string> definition_of(std::string_view activity) = 0;
    virtual std::vector<std::string> names_of(std::string_view agent_key) = 0;
    // SHA-2 of the attachments of the statement whose bytes came with it.
    virtual std::vector<std::string> attachments_of(std::int64_t seq) = 0;
};

}  // namespace capbridge::store
