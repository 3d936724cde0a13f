#include "core/store/sqlite/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "core/base/ids.hpp"
#include "core/store/attachment_files.hpp"
#include "core/store/package_files.hpp"
#include "core/store/restored.hpp"
#include "core/store/sqlite/access.hpp"
#include "core/store/sqlite/audit.hpp"
#include "core/store/sqlite/before_upgrade.hpp"
#include "core/store/sqlite/copying.hpp"
#include "core/store/sqlite/documents.hpp"
#include "core/store/sqlite/erasing.hpp"
#include "core/store/sqlite/journal.hpp"
#include "core/store/sqlite/lock.hpp"
#include "core/store/sqlite/migrations.hpp"
#include "core/store/sqlite/outbox.hpp"
#include "core/store/sqlite/past.hpp"
#include "core/store/sqlite/projection.hpp"
#include "core/store/sqlite/scratch.hpp"
#include "core/store/sqlite/settings_change.hpp"
#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {
namespace {

class SqliteStore final : public Store {
public:
    SqliteStore(std::optional<Lock> lock, std::filesystem::path file, Database::Access access,
                std::unique_ptr<Writer> writer, std::optional<Scratch> scratch = {})
        : scratch_(std::move(scratch)),
          lock_(std::move(lock)),
          file_(file),
          attachments_(open_attachment_files(file.parent_path(), writer != nullptr)),
          packages_(open_package_files(file.parent_path(), writer != nullptr)),
          connections_{{std::move(file), access}, std::move(writer)} {}
    ~SqliteStore() override {
        if (!connections_.writer) return;
        connections_.writer->finish();  // what was queued still finds the rest in place
        connections_.readers.close();   // the writer goes last: only it can bring the -wal into the database
        connections_.writer.reset();
    }

    Journal& journal() override { return journal_; }
    Sources& sources() override { return sources_; }
    Projection& projection() override { return projection_; }
    Access& access() override { return access_; }
    Documents& documents() override { return documents_; }
    Attachments& attachments() override { return *attachments_; }
    Packages& packages() override { return *packages_; }
    Outbox& outbox() override { return outbox_; }
    Audit& audit() override { return audit_; }
    Erasings& erasings() override { return erasings_; }

    [[nodiscard]] Installation installation() const override {
        auto database = connections_.readers.lease();
        auto rows = database->query(
            "select i.uuid, o.name, o.uuid, i.iri_base from installation i join organisation o on o.id = "
            "i.org");
        if (!rows.step()) return {};
        return {rows.string(0), rows.string(1), rows.string(2), rows.string(3)};
    }

    [[nodiscard]] StoreFacts facts() override {
        StoreFacts out;
        const auto bytes = [](const std::filesystem::path& path) -> std::uint64_t {
            std::error_code ec;
            const auto size = std::filesystem::file_size(path, ec);
            return ec ? 0 : size;
        };
        out.database_bytes = bytes(file_);
        out.wal_bytes = bytes(file_.string() + "-wal");
        struct statvfs disk {};
        if (::statvfs(file_.c_str(), &disk) == 0) {
            out.free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
            out.disk_bytes = std::uint64_t{disk.f_blocks} * disk.f_frsize;
            out.disk_read_only = (disk.f_flag & ST_RDONLY) != 0;
        }
        out.format = latest_version();  // it was opened, so it is of this one
        if (connections_.writer) out.writer = connections_.writer->facts();
        return out;
    }

    Status set_organisation(std::string_view name) override {
        return connections_.write([&](Writing& writing) -> Status {
            writing.database.query("update organisation set name = ?2 where id = ?1")
                .bind(own_organisation, name)
                .run();
            return {};
        });
    }

    Status put_settings(const SettingsChange& change) override {
        return connections_.write([&](Writing& writing) { return write_settings(writing, change); },
                                  Writer::Kind::checked);
    }

    Journal::Watermark entry_at(std::int64_t seq) override {
        return find_entry(*connections_.readers.lease(), seq);
    }
    Journal::Watermark entry_at(Instant at) override { return find_entry(*connections_.readers.lease(), at); }
    Result<std::unique_ptr<Store>> past(std::int64_t seq, const GoOn& go_on) override;
    [[nodiscard]] std::filesystem::path directory() const override { return file_.parent_path(); }
    Result<std::unique_ptr<StoreCopy>> copy(const GoOn& go_on) override;
    Result<std::vector<Damage>> damage() override {
        auto database = connections_.readers.lease();
        return look_for_damage(*database, true);
    }
    Result<CopyFacts> copy_facts() override { return facts_of(*connections_.readers.lease()); }

private:
    std::optional<Scratch> scratch_;  // of a past: removed when all is closed
    std::optional<Lock> lock_;        // let go of last
    std::filesystem::path file_;
    std::unique_ptr<Attachments> attachments_;
    std::unique_ptr<Packages> packages_;
    mutable Connections connections_;
    SqliteJournal journal_{connections_};
    SqliteSources sources_{connections_};
    SqliteProjection projection_{connections_};
    SqliteAccess access_{connections_};
    SqliteDocuments documents_{connections_};
    SqliteOutbox outbox_{connections_};
    SqliteErasings erasings_{connections_, file_.parent_path(), scratch_.has_value()};
    SqliteAudit audit_{connections_, file_.parent_path() / "audit.head"};
};

Status make_directory(const std::filesystem::path& dir) {
    std::error_code ec;
    if (std::filesystem::is_directory(dir, ec)) return {};
    if (dir.has_parent_path()) std::filesystem::create_directories(dir.parent_path(), ec);
    if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail("unwritable", std::string("the data directory cannot be made: ") + std::strerror(errno),
                    dir.string());
    }
    return {};
}

// SQLite gives its -wal and -shm files the mode of the database.
Status make_file(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail("unwritable", std::string("cannot be opened: ") + std::strerror(errno), file.string());
    ::close(fd);
    return {};
}

// Apart from the migration, so that a process killed between the two leaves nothing that a second start does
// not mend.
void make_installation(Database& database, std::string_view iri_base) {
    if (database.integer("select count(*) from installation") > 0) return;
    const auto uuid = uuid_v4();
    const auto base = iri_base.empty() ? "https://capbridge.invalid/" + uuid : std::string(iri_base);
    database.query("BEGIN IMMEDIATE").run();
    database.query("insert into organisation(id, uuid, name) values (?1, ?2, '')")
        .bind(own_organisation, uuid_v4())
        .run();
    database.query("insert into installation(id, uuid, iri_base, org) values (1, ?1, ?2, ?3)")
        .bind(uuid, base, own_organisation)
        .run();
    database.query("COMMIT").run();
}

Now machine_clock() {
    return [] { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); };
}

Result<std::unique_ptr<Store>> open_own(const std::filesystem::path& dir, std::string_view iri_base,
                                        SqliteOptions options) {
    CAPBRIDGE_TRY(make_directory(dir));
    CAPBRIDGE_LET(auto lock, Lock::take(dir));
    const auto file = dir / "capbridge.db";
    CAPBRIDGE_TRY(make_file(file));
    auto database = std::make_unique<Database>(file, Database::Access::write);
    CAPBRIDGE_TRY(keep_before_upgrade(dir, *database, latest_version()));
    migrate(*database);
    make_installation(*database, iri_base);
    if (options.max_page_count > 0) {
        database->exec(("PRAGMA max_page_count=" + std::to_string(options.max_page_count)).c_str());
    }
    if (!options.now) options.now = machine_clock();
    auto writer = std::make_unique<Writer>(std::move(database), std::move(options.now));
    return std::make_unique<SqliteStore>(std::move(lock), file, Database::Access::read, std::move(writer));
}

// A reader of a database in WAL mode shares DIR/capbridge.db-shm with the owner, and makes it when there is
// no owner. Where it may not (a backup on a read-only medium) there can be no owner either, so the file will
// not change: immutable is safe then, unless a -wal holds commits, which immutable would not see.
Database::Access reading_access(const std::filesystem::path& dir, const std::filesystem::path& file) {
    if (::access(dir.c_str(), W_OK) == 0) return Database::Access::read;
    std::error_code ec;
    const auto wal = std::filesystem::file_size(file.string() + "-wal", ec);
    return ec || wal == 0 ? Database::Access::read_immutable : Database::Access::read;
}

Result<std::unique_ptr<Store>> open_read(const std::filesystem::path& dir) {
    const auto file = dir / "capbridge.db";
    std::error_code ec;
    if (!std::filesystem::exists(file, ec)) {
        return fail("no_data", "There is no capbridge data here yet.", dir.string());
    }
    const auto access = reading_access(dir, file);
    Database database(file, access);
    check_version(database);
    if (database.integer("select count(*) from installation") == 0) {
        return fail("no_data", "There is no capbridge data here yet.", dir.string());
    }
    return std::make_unique<SqliteStore>(std::nullopt, file, access, nullptr);
}

Result<std::unique_ptr<Store>> open_past(const std::filesystem::path& file, std::int64_t seq,
                                         const Store::GoOn& go_on) {
    CAPBRIDGE_LET(auto scratch, Scratch::make(file.parent_path() / "scratch"));
    CAPBRIDGE_LET(auto lock, scratch.occupy());
    const auto copy = scratch.path() / file.filename();
    CAPBRIDGE_TRY(make_file(copy));
    auto database = std::make_unique<Database>(copy, Database::Access::write);
    migrate(*database);
    copy_past(*database, file, seq, go_on);
    auto writer = std::make_unique<Writer>(std::move(database), machine_clock());
    return std::make_unique<SqliteStore>(std::move(lock), copy, Database::Access::read, std::move(writer),
                                         std::move(scratch));
}

Result<std::unique_ptr<Store>> SqliteStore::past(std::int64_t seq, const GoOn& go_on) {
    try {
        return open_past(file_, seq, go_on);
    } catch (const Failure& failure) {
        return fail(failure.error());
    }
}

Result<std::unique_ptr<Store>> open_copy(const std::filesystem::path& dir) {
    const auto file = dir / "capbridge.db";
    std::error_code ec;
    if (!std::filesystem::exists(file, ec))
        return fail("no_data", "There is no capbridge data here yet.", dir.string());
    CAPBRIDGE_LET(auto scratch, Scratch::make(dir / "scratch"));
    CAPBRIDGE_LET(auto lock, scratch.occupy());
    const auto copy = scratch.path() / file.filename();
    copy_database(file, copy, {});
    auto database = std::make_unique<Database>(copy, Database::Access::write);
    migrate(*database);
    auto writer = std::make_unique<Writer>(std::move(database), machine_clock());
    return std::make_unique<SqliteStore>(std::move(lock), copy, Database::Access::read, std::move(writer),
                                         std::move(scratch));
}

Result<std::unique_ptr<StoreCopy>> SqliteStore::copy(const GoOn& go_on) {
    try {
        return take_copy(file_, go_on);
    } catch (const Failure& failure) {
        return fail(failure.error());
    }
}

Result<std::unique_ptr<Store>> open_any(const std::filesystem::path& dir, Mode mode,
                                        std::string_view iri_base, SqliteOptions options) {
    try {
        return mode == Mode::own ? open_own(dir, iri_base, std::move(options)) : open_read(dir);
    } catch (const Failure& failure) {
        auto error = tell_of_upgrade(failure.error(), dir, latest_version());
        if (error.where.empty()) error.where = dir.string();
        return fail(std::move(error));
    }
}

// A restore that was killed left part of a backup: never taken for data.
Status check_restored(const std::filesystem::path& dir) {
    std::error_code ec;
    if (!std::filesystem::exists(dir / restore_mark, ec)) return {};
    return fail(
        "restore_unfinished",
        "A restore into this directory did not come to its end, so it holds only part of a backup: run "
        "'capbridge restore' into it again, which begins anew.",
        dir.string());
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& dir, Mode mode,
                                                 std::string_view iri_base, SqliteOptions options) {
    CAPBRIDGE_TRY(check_restored(dir));
    return open_any(dir, mode, iri_base, std::move(options));
}

Result<std::unique_ptr<Store>> open_restored(const std::filesystem::path& dir) {
    return open_any(dir, Mode::own, {}, {});
}

Result<std::unique_ptr<Store>> open_upgraded_copy(const std::filesystem::path& dir) {
    CAPBRIDGE_TRY(check_restored(dir));
    try {
        return open_copy(dir);
    } catch (const Failure& failure) {
        return fail(tell_of_upgrade(failure.error(), dir, latest_version()));
    }
}

Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& dir, Mode mode,
                                          std::string_view iri_base) {
    return open_sqlite_store(dir, mode, iri_base, {});
}

}  // namespace capbridge::store
