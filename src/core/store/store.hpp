// One data directory: DIR/capbridge.db (SQLite, WAL, synchronous=FULL), DIR/lock (its one owner),
// DIR/admin.sock, DIR/attachments/. A Store owns its connections and its writer thread; destroying it waits
// for what was queued. Thread-safe.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/store/access.hpp"
#include "core/store/attachments.hpp"
#include "core/store/documents.hpp"
#include "core/store/journal.hpp"
#include "core/store/outbox.hpp"
#include "core/store/projection.hpp"
#include "core/store/sources.hpp"

namespace capbridge::store {

// Fixed when the data directory is made.
struct Installation {
    std::string uuid;
    std::string organisation;       // display name; may be changed
    std::string organisation_uuid;  // owner of every row
    std::string iri_base;           // IRIs that we coin hang on it
};

class Store {
public:
    virtual ~Store() = default;
    virtual Journal& journal() = 0;
    virtual Sources& sources() = 0;
    virtual Projection& projection() = 0;
    virtual Access& access() = 0;
    virtual Documents& documents() = 0;
    virtual Attachments& attachments() = 0;
    virtual Outbox& outbox() = 0;
    [[nodiscard]] virtual Installation installation() const = 0;
    virtual Status set_organisation(std::string_view name) = 0;

    // The last entry of the journal up to a seq, or recorded up to a moment: {0, {}} when there is none.
    virtual Journal::Watermark entry_at(std::int64_t seq);
    virtual Journal::Watermark entry_at(Instant at);
    // The journal as it was right after an entry, in a store of its own in DIR/scratch that is removed with
    // the object: statements without their bodies, their facts, decisions, what was voided and which runs
    // were taken back by then. The projection has the facts and nothing else. Sources, the outbox, access and
    // documents have no history and are not in it. `go_on` hears how many entries of how many are copied, and
    // answers false to give up (error "stopping"). Errors also as of open_store().
    using GoOn = std::function<bool(std::size_t done, std::size_t total)>;
    virtual Result<std::unique_ptr<Store>> past(std::int64_t seq, const GoOn& go_on);
};

enum class Mode {
    own,   // takes the lock, makes the directory and migrates when needed, may write; one process at a time
    read,  // read-only, beside an owner or without one; error "no_data" when there is nothing yet
};
// Errors: "store_locked" (another process owns it; the message has its pid), "no_data", "store_newer" (made
// by a later version), "store_older" (mode read only: an owner must migrate it first), "store_damaged",
// "unwritable", "store_full", "store_io". A read that fails later (the disk went away) is no answer that a
// caller could act on: it throws std::runtime_error. `iri_base` counts only when the directory is made ("" =
// urn-like default https://capbridge.invalid/<uuid>).
Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& dir, Mode mode,
                                          std::string_view iri_base = {});

}  // namespace capbridge::store
