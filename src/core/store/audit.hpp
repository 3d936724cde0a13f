// The audit: who did what, when, from where and why. Entries are only ever added, each holds the digest of
// the one before it, so that a change, a gap or another order shows (docs/audit.md). An operation that
// changes something has two: an intent, durable before it begins, and an outcome, durable before it is
// answered; what a crash cut off has its outcome from the next start. Everything else is one event. Nothing
// in it names a person: ids only. Thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::store {

// Text members are cut to their bounds, and what is no UTF-8 in them is replaced.
struct NewAuditEntry {
    Instant at{};
    std::string phase = "event";  // "intent", "outcome", "event"
    std::int64_t of = 0;          // of an outcome: the n of its intent
    std::string who, what;        // 200 and 64 bytes
    std::string subject = "{}";   // JSON object: ids of what it is about; 2 KiB, else {"left_out": bytes}
    std::string from;             // an address, "socket", "cli", "config", "daemon"; 100 bytes
    std::string request;          // id of the request; 128 bytes
    std::string why;              // what the caller said; 500 bytes
    std::string outcome;          // "" of an intent, "ok", or the code of the error; 64 bytes
    std::int64_t run = 0;         // 0: none
    std::string details = "{}";   // JSON object, as the subject
};

// The end of the chain up to an entry, to be kept elsewhere: whoever has it sees when the entries up to there
// are others later, or fewer.
struct AuditMark {
    std::int64_t n = 0;
    std::string hash;  // 64 hex digits; of n = 0: zeros
    friend bool operator==(const AuditMark&, const AuditMark&) = default;
};
inline AuditMark audit_beginning() {
    return {0, std::string(64, '0')};
}
// "12:ab34..." as commands and files write it; nothing when it is none.
std::string text_of(const AuditMark& mark);
std::optional<AuditMark> audit_mark(std::string_view text);

// `text` is a JSON object in one line, its members in a fixed order, `prev` last; `hash` is the SHA-256 of
// these very bytes.
struct AuditRow {
    std::int64_t n = 0;
    std::string text, hash;
};
// A line of an export: the text with one more member, "hash", at its end.
std::string export_line(const AuditRow& row);

class Audit {
public:
    virtual ~Audit() = default;
    // Durable when it returns.
    virtual Result<AuditMark> append(const NewAuditEntry& entry) = 0;
    virtual AuditMark head() = 0;
    virtual std::vector<AuditRow> after(std::int64_t n, std::size_t limit) = 0;
    // Newest first, of those below n; `has` are pieces of text that each must have, letter for letter.
    virtual std::vector<AuditRow> before(std::int64_t n, std::size_t limit,
                                         const std::vector<std::string>& has) = 0;
    // Intents that have no outcome, oldest first.
    virtual std::vector<std::int64_t> open() = 0;
    // What DIR/audit.head says: nothing when the file is not there, mark 0 with an empty hash when it is
    // spoilt.
    virtual std::optional<AuditMark> anchor() = 0;
    // A digest of values that may be personal: of no use to whoever has an export and guesses, for the key
    // stays in the store.
    virtual std::string digest(std::string_view bytes) = 0;
};

struct AuditVerdict {
    std::int64_t entries = 0;  // that are as they were
    AuditMark head = audit_beginning();
    // Of the first entry that is not; "" = all are. Codes: "altered", "missing", "moved", "forged", "cut",
    // "rewritten".
    std::string code, message;
    std::int64_t n = 0;
};
// Follows the chain from its beginning. `anchors` are marks that were kept elsewhere.
AuditVerdict verify_audit(Audit& audit, const std::vector<AuditMark>& anchors);

}  // namespace capbridge::store
