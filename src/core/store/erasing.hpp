// Taking a person out of the store: the ledger (erasures.hpp), who is barred at the doors, and the one
// transaction that puts tombstones in the place of what was said of them. Who is to go, and what of a text is
// theirs, is the engine's to know (engine/privacy). seq, the number of statements and decisions, and the
// audit stay as they are. Thread-safe.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/erasures.hpp"
#include "core/store/journal.hpp"

namespace capbridge::store {

struct ErasedStatement {
    std::int64_t seq = 0;
    std::string id, body;    // the new one
    bool was_theirs = true;  // else somebody else's, which named them
};
struct ErasedDecision {
    std::int64_t seq = 0;
    std::string key, payload;  // the new ones
};

struct Erasing {
    std::vector<std::string> ids;  // of the erasures: each of one person; at least one
    Instant at{};
    std::vector<std::string> people;  // uuids
    std::vector<std::string> actors;  // xapi::Agent::key() of agents that stand for nobody else
    std::vector<ErasedStatement> statements;
    std::vector<ErasedDecision> decisions;
    std::vector<std::int64_t> quarantined;  // ids
    // What is left of any other text: nothing when it does not name them.
    std::function<std::optional<std::string>(std::string_view)> redact;
    bool dry_run = false;  // counts, and writes nothing
};

// By place ("statements", "records", ...): how many rows were emptied, replaced or removed there.
using ErasedPlaces = std::map<std::string, std::size_t>;

// A State or Profile document of an agent, of whatever owner.
struct HeldDocument {
    std::string kind, name, activity, content_type, body;
    Instant updated{};
};

// What has a period of its own (engine/privacy/retention.hpp), and is no part of the journal.
enum class Perishable { quarantine, run_details, documents, sessions };

class Erasings {
public:
    virtual ~Erasings() = default;
    virtual Result<std::vector<Erasure>> ledger() = 0;
    // Durable when they return; who is barred follows at once. Errors of erasures.hpp, "read_only".
    virtual Status intend(const Erasure& erasure) = 0;
    virtual Status admit(std::string_view erasure, Instant at) = 0;
    virtual Result<ErasureKey> key() = 0;
    virtual std::optional<ErasureKey> key_of(std::string_view id) = 0;

    virtual bool bars_anybody() = 0;
    // Of an xapi::Agent::key(): the erasure whose person this was, unless they were admitted again.
    virtual std::optional<std::string> barred_by(std::string_view agent_key) = 0;

    // In this store.
    virtual bool is_carried_out(std::string_view erasure) = 0;
    virtual std::vector<std::string> not_cleaned() = 0;
    // One transaction. Errors: those of the store.
    virtual Result<ErasedPlaces> carry_out(const Erasing& erasing) = 0;
    // What must come after the fold: files that only they had, and the pages on which their texts stood. It
    // takes about as long, and as much room on the disk, as the database is large. Nothing is written
    // meanwhile. Again is no harm. Errors: those of the store; "store_busy" when a reader would not end.
    virtual Result<ErasedPlaces> clean(const std::vector<std::string>& erasures) = 0;

    virtual void each_agent(const std::function<void(const std::string& agent_key)>& visit) = 0;
    virtual std::vector<HeldDocument> documents_of(std::string_view agent_key) = 0;
    // Rows older than `before`, counted, or at most `most` of them removed in one commit.
    virtual std::size_t count_perished(Perishable what, Instant before) = 0;
    virtual Result<std::size_t> remove_perished(Perishable what, Instant before, std::size_t most) = 0;
    virtual void each_decision(const std::function<void(const DecisionRow& decision)>& visit) = 0;
};

}  // namespace capbridge::store
