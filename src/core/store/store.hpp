// One data directory: DIR/capbridge.db (SQLite, WAL, synchronous=FULL), DIR/lock (its one owner),
// DIR/admin.sock, DIR/attachments/, DIR/packages/. A Store owns its connections and its writer thread;
// destroying it waits for what was queued. Thread-safe.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/store/access.hpp"
#include "core/store/attachments.hpp"
#include "core/store/audit.hpp"
#include "core/store/copy.hpp"
#include "core/store/documents.hpp"
#include "core/store/erasing.hpp"
#include "core/store/journal.hpp"
#include "core/store/outbox.hpp"
#include "core/store/packages.hpp"
#include "core/store/projection.hpp"
#include "core/store/settings_change.hpp"
#include "core/store/sources.hpp"
#include "core/store/store_facts.hpp"

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
    virtual Packages& packages() = 0;
    virtual Outbox& outbox() = 0;
    virtual Audit& audit() = 0;
    virtual Erasings& erasings() = 0;
    [[nodiscard]] virtual Installation installation() const = 0;
    [[nodiscard]] virtual StoreFacts facts() { return {}; }
    virtual Status set_organisation(std::string_view name) = 0;
    // All of it in one commit, or nothing (settings_change.hpp). Errors as of Journal::append().
    virtual Status put_settings(const SettingsChange& change);

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

    [[nodiscard]] virtual std::filesystem::path directory() const;
    // The database at this moment (copy.hpp), looked through for damaged pages. `go_on` hears pages. Errors
    // "no_copy" (this store has none), "no_room", "stopping", and as of open_store().
    virtual Result<std::unique_ptr<StoreCopy>> copy(const GoOn& go_on);
    // What is wrong with the database; nothing when it is sound. Reads all of it, beside whoever writes.
    virtual Result<std::vector<Damage>> damage();
    virtual Result<CopyFacts> copy_facts();  // what a copy of it would tell
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

// A copy of a data directory of an earlier format, brought to this one, in DIR/scratch; it goes with the
// object, and DIR stays as it is. For a look at what an upgrade would do. Errors as of Store::copy() and
// open_store().
Result<std::unique_ptr<Store>> open_upgraded_copy(const std::filesystem::path& dir);

}  // namespace capbridge::store
