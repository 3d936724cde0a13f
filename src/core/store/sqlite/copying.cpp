#include "core/store/sqlite/copying.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "core/base/ids.hpp"
#include "core/store/sqlite/lock.hpp"
#include "core/store/sqlite/scratch.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

constexpr int pages_a_step = 2048;
constexpr std::size_t most_told = 20;
constexpr std::uint64_t spare_bytes = 64u << 20;

std::uint64_t size_of(const fs::path& file) {
    std::error_code ec;
    const auto bytes = fs::file_size(file, ec);
    return ec ? 0 : bytes;
}

struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct Finisher {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

class ScratchCopy final : public StoreCopy {
public:
    ScratchCopy(Scratch scratch, Lock lock) : scratch_(std::move(scratch)), lock_(std::move(lock)) {}
    [[nodiscard]] fs::path directory() const override { return scratch_.path(); }

private:
    Scratch scratch_;
    Lock lock_;
};

bool has_table(Database& database, const char* name) {
    return database.query("select 1 from sqlite_schema where type = 'table' and name = ?1").bind(name).step();
}

}  // namespace

Status need_room(const fs::path& dir, std::uint64_t bytes, std::string_view what_for) {
    std::error_code ec;
    const auto room = fs::space(dir, ec);
    if (ec || room.available >= bytes + spare_bytes) return {};
    const auto mib = [](std::uint64_t n) { return std::to_string((n + (1u << 20) - 1) >> 20) + " MiB"; };
    return fail("no_room",
                "there is not enough room for " + std::string(what_for) + ": it takes " +
                    mib(bytes + spare_bytes) + " and " + mib(room.available) +
                    " are free. Free some space and try again; nothing was changed",
                dir.string());
}

void copy_database(const fs::path& file, const fs::path& into, const Store::GoOn& go_on) {
    if (const auto room = need_room(into.parent_path(), size_of(file) + size_of(file.string() + "-wal"),
                                    "a copy of the database");
        !room)
        throw Failure(room.error());
    const int fd = ::open(into.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) throw Failure(sqlite_error(SQLITE_CANTOPEN, "the copy cannot be made"));
    ::close(fd);
    Database from(file, Database::Access::read);
    const Snapshot snapshot(from);  // one moment, however many steps
    from.integer("select count(*) from sqlite_schema");
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(into.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
    const std::unique_ptr<sqlite3, Closer> to(raw);
    if (opened != SQLITE_OK) throw Failure(sqlite_error(opened, "the copy cannot be opened"));
    sqlite3_exec(raw, "PRAGMA synchronous=OFF", nullptr, nullptr, nullptr);  // whoever keeps it syncs it
    std::unique_ptr<sqlite3_backup, Finisher> backup(sqlite3_backup_init(raw, "main", from.handle(), "main"));
    if (!backup) throw Failure(sqlite_error(sqlite3_errcode(raw), sqlite3_errmsg(raw)));
    for (;;) {
        const int code = sqlite3_backup_step(backup.get(), pages_a_step);
        const auto total = sqlite3_backup_pagecount(backup.get());
        const auto left = sqlite3_backup_remaining(backup.get());
        if (code == SQLITE_DONE) break;
        if (code != SQLITE_OK) throw Failure(sqlite_error(code, sqlite3_errstr(code)));
        if (go_on && !go_on(static_cast<std::size_t>(total - left), static_cast<std::size_t>(total)))
            throw Failure({"stopping", "the bridge is stopping", {}, 0});
    }
    if (const int code = sqlite3_backup_finish(backup.release()); code != SQLITE_OK)
        throw Failure(sqlite_error(code, sqlite3_errstr(code)));
}

Result<std::unique_ptr<StoreCopy>> take_copy(const fs::path& file, const Store::GoOn& go_on) {
    CAPBRIDGE_LET(auto scratch, Scratch::make(file.parent_path() / "scratch"));
    const auto dir = scratch.path();
    CAPBRIDGE_LET(auto lock, scratch.occupy());
    auto out = std::make_unique<ScratchCopy>(std::move(scratch), std::move(lock));
    const auto copy = dir / file.filename();
    copy_database(file, copy, go_on);
    // Nobody else has it: immutable, so that no -wal or -shm is made beside it.
    Database database(copy, Database::Access::read_immutable);
    out->damage = look_for_damage(database, false);
    if (out->damage.empty()) out->facts = facts_of(database);
    out->facts.bytes = size_of(copy);
    out->facts.log_bytes = size_of(file.string() + "-wal");
    return std::unique_ptr<StoreCopy>(std::move(out));
}

std::vector<Damage> look_for_damage(Database& database, bool deep) {
    std::vector<Damage> out;
    try {
        auto rows = database.query(deep ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)");
        while (rows.step() && out.size() < most_told) {
            if (rows.text(0) != "ok") out.push_back({"damaged_page", "capbridge.db: " + rows.string(0)});
        }
        // Every row of a table that refers to another: an index would be of no help when it is what is wrong.
        auto broken = database.query("PRAGMA foreign_key_check");
        while (broken.step() && out.size() < most_told)
            out.push_back({"broken_reference", "capbridge.db: a row of table " + broken.string(0) +
                                                   " refers to a row of " + broken.string(2) +
                                                   " that is not there"});
    } catch (const Failure& failure) {  // too damaged to be looked at
        if (failure.error().code == "stopping") throw;
        out.push_back({"damaged_page", failure.error().message});
    }
    return out;
}

CopyFacts facts_of(Database& database) {
    CopyFacts out;
    out.format = static_cast<int>(database.integer("PRAGMA user_version"));
    for (const auto* table : {"statement", "decision", "run", "source_record", "document", "source"})
        out.counts[table] =
            static_cast<std::uint64_t>(database.integer(std::string("select count(*) from ") + table));
    if (has_table(database, "audit")) {
        auto last = database.query("select n, hash from audit order by n desc limit 1");
        if (last.step()) out.audit_head = std::to_string(last.integer(0)) + ":" + to_hex(last.blob(1));
    }
    auto named = database.query("select distinct sha2 from statement_attachment order by sha2");
    while (named.step()) out.attachments.emplace_back(named.blob(0));
    return out;
}

}  // namespace capbridge::store
