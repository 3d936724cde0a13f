#include "core/store/sqlite/erasing.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/store/ledger_lines.hpp"
#include "core/store/sqlite/carried_out.hpp"
#include "core/store/sqlite/erasing_job.hpp"
#include "core/store/sqlite/journal.hpp"
#include "core/store/sqlite/scratch.hpp"

namespace capbridge::store {
namespace {

constexpr int checkpoint_tries = 3;  // each waits up to five seconds for readers

std::filesystem::path attachment_path(const std::filesystem::path& dir, const std::string& sha2) {
    return dir / "attachments" / sha2.substr(0, 2) / sha2;
}

// The temporary copy of VACUUM is a file: in memory it would be as large as the database.
void rewrite_database(Database& database) {
    database.exec("PRAGMA temp_store=FILE");
    try {
        database.exec("VACUUM");
    } catch (...) {
        database.exec("PRAGMA temp_store=MEMORY");
        throw;
    }
    database.exec("PRAGMA temp_store=MEMORY");
    // The log had what was on the old pages.
    int code = SQLITE_BUSY;
    for (int i = 0; i < checkpoint_tries && (code & 0xFF) == SQLITE_BUSY; ++i)
        code = sqlite3_wal_checkpoint_v2(database.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                         nullptr);
    if (code != SQLITE_OK) throw Failure(sqlite_error(code, "the log could not be emptied"));
}

// Which of the erasures makes that the digests of `one` bar; the end when none does. Whoever was let in again
// and was erased once more is barred by all that they were ever known by.
using InLedger = std::vector<Erasure>::const_iterator;
InLedger barring(InLedger one, InLedger end) {
    if (!one->admitted) return one;
    return std::find_if(one + 1, end, [&](const Erasure& later) {
        return !later.admitted &&
               std::find_first_of(later.people.begin(), later.people.end(), one->people.begin(),
                                  one->people.end()) != later.people.end();
    });
}

// The database has carried out these erasures, and was written anew since. One that cannot be asked has not.
bool has_cleaned(const std::filesystem::path& file, const std::vector<std::string>& erasures) {
    try {
        Database database(file, Database::Access::read_immutable);
        return std::all_of(erasures.begin(), erasures.end(), [&](const auto& id) {
            return database.query("select 1 from erased where id = ?1 and cleaned = 1").bind(id).step();
        });
    } catch (const Failure&) {
        return false;
    }
}

// Tables, and when a row of each is older than ?1.
std::vector<std::pair<std::string, std::string>> perished(Perishable what) {
    switch (what) {
        case Perishable::quarantine:
            return {{"quarantine", "last < ?1"}};
        case Perishable::run_details:
            return {{"rejected", "run in (select id from run where ended < ?1)"}};
        case Perishable::documents:
            return {{"document", "updated < ?1"}};
        case Perishable::sessions:
            break;
    }
    return {{"session", "expires < ?1"}, {"login_link", "expires < ?1"}};
}

}  // namespace

Result<std::vector<Erasure>> SqliteErasings::ledger() {
    if (is_copy_) return std::vector<Erasure>();
    CarriedOut carried_out;
    try {
        auto database = connections_.readers.lease();
        carried_out = carried_out_in(*database);  // first, for the ledger has each before it is carried out
    } catch (const Failure& failure) {
        return fail(failure.error());
    }
    CAPBRIDGE_LET(const auto lines, read_ledger_lines(dir_));
    if (!lines.bad.empty()) return fail(bad_line(lines.bad.front(), mend_from_repository));
    const auto ids = lines.ids();
    for (const auto& [id, at] : carried_out) {
        if (!ids.contains(id)) return fail(lost_erasure(dir_, id, mend_from_repository));
    }
    const auto lacking = lines.keys_lacking();
    if (!lacking.empty()) return fail(lost_key(dir_, *lacking.begin(), mend_from_repository));
    return read_erasures(dir_);
}

Status SqliteErasings::intend(const Erasure& erasure) {
    if (!connections_.writer) return fail(Connections::read_only());
    const std::lock_guard lock(mutex_);
    CAPBRIDGE_TRY(append_erasure(dir_, erasure));
    barred_.reset();
    return {};
}

Status SqliteErasings::admit(std::string_view erasure, Instant at) {
    if (!connections_.writer) return fail(Connections::read_only());
    const std::lock_guard lock(mutex_);
    CAPBRIDGE_TRY(append_admission(dir_, erasure, at));
    barred_.reset();
    return {};
}

Result<ErasureKey> SqliteErasings::key() {
    if (!connections_.writer) return fail(Connections::read_only());
    const std::lock_guard lock(mutex_);
    return erasure_key(dir_);
}

std::optional<ErasureKey> SqliteErasings::key_of(std::string_view id) {
    auto keys = read_erasure_keys(dir_);
    if (!keys) throw Failure(keys.error());
    for (auto& key : *keys) {
        if (key.id == id) return std::move(key);
    }
    return std::nullopt;
}

// Who must not come back is not known while the ledger cannot be read: what asks is refused, as by any other
// read that fails, and the next one reads it again.
const SqliteErasings::Barred& SqliteErasings::barred() {
    if (barred_) return *barred_;
    const auto unread = [](const Error& error) {
        log::error("erasures_unread", {{"code", error.code}});
        return Failure(error);
    };
    Barred read;
    const auto erasures = ledger();
    if (!erasures) throw unread(erasures.error());
    auto keys = read_erasure_keys(dir_);
    if (!keys) throw unread(keys.error());
    read.keys = std::move(*keys);
    for (auto erasure = erasures->begin(); erasure != erasures->end(); ++erasure) {
        const auto by = barring(erasure, erasures->end());
        for (const auto& digest : erasure->digests) {
            if (by == erasures->end()) {
                read.erasures.erase(digest);
            } else {
                read.erasures.insert_or_assign(digest, by->id);
            }
        }
    }
    return barred_.emplace(std::move(read));
}

bool SqliteErasings::bars_anybody() {
    const std::lock_guard lock(mutex_);
    return !barred().erasures.empty();
}

std::optional<std::string> SqliteErasings::barred_by(std::string_view agent_key) {
    const std::lock_guard lock(mutex_);
    const auto& all = barred();
    if (all.erasures.empty() || agent_key.empty()) return std::nullopt;
    for (const auto& key : all.keys) {
        const auto found = all.erasures.find(erased_digest(key, agent_key));
        if (found != all.erasures.end()) return found->second;
    }
    return std::nullopt;
}

bool SqliteErasings::is_carried_out(std::string_view erasure) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select 1 from erased where id = ?1");
    rows.bind(erasure);
    return rows.step();
}

std::vector<std::string> SqliteErasings::not_cleaned() {
    auto database = connections_.readers.lease();
    auto rows = database->query("select id from erased where cleaned = 0 order by at");
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

Result<ErasedPlaces> SqliteErasings::carry_out(const Erasing& erasing) {
    ErasedPlaces places;
    const auto done = connections_.write([&](Writing& writing) -> Status {
        places = erase(writing, erasing);
        if (erasing.dry_run) return fail("dry_run", "");  // the savepoint goes back
        return {};
    });
    if (!done && !(erasing.dry_run && done.error().code == "dry_run")) return fail(done.error());
    return places;
}

// Between two groups of the writer's: VACUUM is no part of a transaction.
Status SqliteErasings::rewrite() {
    std::promise<Status> promise;
    auto outcome = promise.get_future();
    Database* database = nullptr;
    connections_.writer->post(
        [&](Writing& writing) -> Status {
            database = &writing.database;
            return {};
        },
        [&](Status status) {
            try {
                if (status) rewrite_database(*database);
            } catch (const Failure& failure) {
                status = fail(failure.error());
            }
            promise.set_value(std::move(status));
        });
    return outcome.get();
}

// Those that only statements of the erased named.
Status SqliteErasings::remove_files(const std::string& erasure, ErasedPlaces& places) {
    return connections_.write([&](Writing& writing) -> Status {
        auto rows = writing.database.query("select files from erased where id = ?1");
        rows.bind(erasure);
        const auto list = rows.step() ? json::parse(rows.text(0), nullptr, false) : json();
        if (!list.is_array()) return {};
        for (const auto& one : list) {
            const auto sha2 = one.get<std::string>();
            auto others = writing.database.query("select 1 from statement_attachment where sha2 = ?1");
            others.bind(Blob{sha2});
            if (others.step()) {
                ++places["files kept, for others have them too"];
                continue;
            }
            const auto file = attachment_path(dir_, sha2);
            if (::unlink(file.c_str()) == 0) {
                ++places["files of attachments"];
            } else if (errno != ENOENT) {
                return fail("store_io", "A file of an attachment could not be removed: look at the disk.",
                            file.string());
            }
        }
        return {};
    });
}

// Copies of the database from before an upgrade that still have them as they were.
Status SqliteErasings::remove_old_copies(const std::vector<std::string>& erasures, ErasedPlaces& places) {
    std::error_code ec;
    std::vector<std::filesystem::path> old;
    for (std::filesystem::directory_iterator each(dir_, ec), end; !ec && each != end; each.increment(ec)) {
        struct stat about {};
        if (!each->path().filename().string().starts_with("before-upgrade-")) continue;
        if (::lstat(each->path().c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) continue;
        if (!has_cleaned(each->path() / "capbridge.db", erasures)) old.push_back(each->path());
    }
    for (const auto& copy : old) {
        if (!ec) std::filesystem::remove_all(copy, ec);
        if (!ec) ++places["copies from before an upgrade"];
    }
    if (ec)
        return fail("store_io",
                    "A copy from before an upgrade could not be removed, and it still has who was erased: "
                    "look at the disk.",
                    dir_.string());
    return {};
}

Result<ErasedPlaces> SqliteErasings::clean(const std::vector<std::string>& erasures) {
    if (!connections_.writer) return fail(Connections::read_only());
    ErasedPlaces places;
    for (const auto& erasure : erasures) CAPBRIDGE_TRY(remove_files(erasure, places));
    CAPBRIDGE_TRY(remove_old_copies(erasures, places));
    CAPBRIDGE_LET(const auto left_behind, Scratch::remove_left_behind(dir_ / "scratch"));
    if (left_behind > 0) places["copies that were left behind"] += left_behind;
    CAPBRIDGE_TRY(rewrite());
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        for (const auto& erasure : erasures)
            writing.database.query("update erased set cleaned = 1, files = '[]' where id = ?1")
                .bind(erasure)
                .run();
        return {};
    }));
    return places;
}

void SqliteErasings::each_agent(const std::function<void(const std::string&)>& visit) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    for (const auto* prefix : {"mbox|", "mbox_sha1sum|", "account|", "openid|"}) {
        auto rows = database->query("select v from term where v >= ?1 and v < ?2");
        std::string end = prefix;
        end.back() = '}';  // the one after '|'
        rows.bind(prefix, end);
        while (rows.step()) visit(rows.string(0));
    }
}

std::vector<HeldDocument> SqliteErasings::documents_of(std::string_view agent_key) {
    auto database = connections_.readers.lease();
    const auto term = find_term(*database, agent_key);
    std::vector<HeldDocument> out;
    if (!term || *term == 0) return out;
    auto rows = database->query(
        "select d.kind, d.name, ifnull(t.v, ''), d.content_type, d.body, d.updated from document d left join "
        "term t on t.id = d.activity where d.agent = ?1 order by d.id");
    rows.bind(*term);
    while (rows.step()) {
        out.push_back({rows.integer(0) == 1 ? "state" : "profile", rows.string(1), rows.string(2),
                       rows.string(3), std::string(rows.blob(4)), rows.instant(5)});
    }
    return out;
}

std::size_t SqliteErasings::count_perished(Perishable what, Instant before) {
    std::size_t count = 0;
    auto database = connections_.readers.lease();
    for (const auto& [table, old] : perished(what)) {
        auto rows = database->query("select count(*) from " + table + " where " + old);
        rows.bind(before);
        if (rows.step()) count += static_cast<std::size_t>(rows.integer(0));
    }
    return count;
}

Result<std::size_t> SqliteErasings::remove_perished(Perishable what, Instant before, std::size_t most) {
    std::size_t removed = 0;
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        for (const auto& [table, old] : perished(what)) {
            const std::string key = what == Perishable::sessions ? "hash" : "id";
            writing.database
                .query("delete from " + table + " where " + key + " in (select " + key + " from " + table +
                       " where " + old + " limit ?2)")
                .bind(before, most)
                .run();
            removed += static_cast<std::size_t>(writing.database.changes());
        }
        return {};
    }));
    return removed;
}

void SqliteErasings::each_decision(const std::function<void(const DecisionRow&)>& visit) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    auto rows =
        database->query(std::string("select ") + decision_columns + " from decision d order by d.seq");
    while (rows.step()) visit(decision_row(rows));
}

}  // namespace capbridge::store
