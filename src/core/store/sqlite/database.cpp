#include "core/store/sqlite/database.hpp"

namespace capbridge::store {
namespace {

[[noreturn]] void raise(sqlite3* handle, int code) {
    throw Failure(
        sqlite_error(sqlite3_extended_errcode(handle) != SQLITE_OK ? sqlite3_extended_errcode(handle) : code,
                     sqlite3_errmsg(handle)));
}

void check(sqlite3_stmt* stmt, int code) {
    if (code != SQLITE_OK) raise(sqlite3_db_handle(stmt), code);
}

}  // namespace

Error sqlite_error(int code, std::string_view detail) {
    const std::string words = " (SQLite: " + std::string(detail) + ")";
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return {"store_full",
                    "The disk that holds the data directory is full: nothing was stored. Free some space and "
                    "try again.",
                    {},
                    0};
        case SQLITE_IOERR:
            return {
                "store_io",
                "The data directory could not be read or written: look at the disk and at its free space." +
                    words,
                {},
                0};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {"store_damaged",
                    "capbridge.db is damaged or is no capbridge database: stop the service, keep a copy of "
                    "the directory and restore "
                    "the latest backup." +
                        words,
                    {},
                    0};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {"store_busy",
                    "capbridge.db is held by another program (a backup or a shell?): try again when it is "
                    "through.",
                    {},
                    0};
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {
                "unwritable",
                "capbridge.db cannot be opened for this: look at the owner and mode of the data directory." +
                    words,
                {},
                0};
        case SQLITE_TOOBIG:
            return {"too_large", "A value is larger than the store takes.", {}, 0};
        case SQLITE_CONSTRAINT:
            return {"store_conflict", "The change does not fit what is stored." + words, {}, 0};
        default:
            return {"store_internal", "The store failed, which is a bug." + words, {}, 0};
    }
}

Query::~Query() {
    if (stmt_ == nullptr) return;
    if (busy_ == nullptr) {
        sqlite3_finalize(stmt_);
        return;
    }
    reset();
    *busy_ = false;
}

bool Query::step() {
    const int code = sqlite3_step(stmt_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    raise(sqlite3_db_handle(stmt_), code);
}

void Query::run() {
    while (step()) {
    }
}

void Query::reset() {
    sqlite3_reset(stmt_);
    sqlite3_clear_bindings(stmt_);
}

std::string_view Query::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(stmt_, column))};
}

std::string_view Query::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(stmt_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(stmt_, column))};
}

std::optional<Day> Query::day(int column) const {
    if (is_null(column)) return std::nullopt;
    return Day{std::chrono::days{integer(column)}};
}

void Query::bind_next(std::int64_t value) {
    check(stmt_, sqlite3_bind_int64(stmt_, ++parameter_, value));
}
void Query::bind_next(double value) {
    check(stmt_, sqlite3_bind_double(stmt_, ++parameter_, value));
}
void Query::bind_next(std::nullptr_t) {
    check(stmt_, sqlite3_bind_null(stmt_, ++parameter_));
}

void Query::bind_next(std::string_view value) {
    // A null pointer would bind NULL, and an empty text is not that.
    check(stmt_, sqlite3_bind_text64(stmt_, ++parameter_, value.empty() ? "" : value.data(), value.size(),
                                     SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Query::bind_next(Blob value) {
    check(stmt_, sqlite3_bind_blob64(stmt_, ++parameter_, value.bytes.empty() ? "" : value.bytes.data(),
                                     value.bytes.size(), SQLITE_TRANSIENT));
}

void Query::bind_next(KeptText value) {
    check(stmt_, sqlite3_bind_text64(stmt_, ++parameter_, value.text.empty() ? "" : value.text.data(),
                                     value.text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Query::bind_next(KeptBlob value) {
    check(stmt_, sqlite3_bind_blob64(stmt_, ++parameter_, value.bytes.empty() ? "" : value.bytes.data(),
                                     value.bytes.size(), SQLITE_STATIC));
}

Database::Database(const std::filesystem::path& file, Access access) {
    std::string name = file.string();
    int flags = SQLITE_OPEN_NOMUTEX;
    if (access == Access::write) {
        flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    } else {
        flags |= SQLITE_OPEN_READONLY;
    }
    if (access == Access::read_immutable) {
        flags |= SQLITE_OPEN_URI;
        std::string escaped;
        for (const char c : name) {
            if (c == '%' || c == '?' || c == '#') {
                static constexpr char digits[] = "0123456789ABCDEF";
                escaped += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
            } else {
                escaped += c;
            }
        }
        name = "file:" + escaped + "?immutable=1";
    }
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK)
        throw Failure(sqlite_error(code, handle != nullptr ? sqlite3_errmsg(handle) : "out of memory"));
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 5000);
    // Not mapped into memory: every connection would count the pages that it touches as its own, and a read
    // through the page cache of the system was measured to be as fast.
    exec("PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0;");
    if (access == Access::write) {
        // FULL: a commit is on the disk when it returns, also in WAL mode. The limit gives the room of a
        // large import back, but leaves a log that is in use at its length (checkpointer.cpp).
        exec(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=134217728; PRAGMA "
            "cache_size=-32768;");
    } else {
        exec("PRAGMA cache_size=-16384;");
    }
}

std::unique_ptr<sqlite3_stmt, Database::Finaliser> Database::prepare(std::string_view sql) {
    sqlite3_stmt* stmt = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
    if (code != SQLITE_OK) raise(handle_.get(), code);
    return std::unique_ptr<sqlite3_stmt, Finaliser>(stmt);
}

Query Database::query(std::string_view sql) {
    auto found = prepared_.find(sql);
    if (found == prepared_.end()) {
        auto made = std::make_unique<Prepared>();
        made->stmt = prepare(sql);
        found = prepared_.emplace(sql, std::move(made)).first;
    }
    auto& prepared = *found->second;
    if (prepared.busy) return {prepare(sql).release(), nullptr};
    prepared.busy = true;
    return {prepared.stmt.get(), &prepared.busy};
}

void Database::exec(const char* sql) {
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) raise(handle_.get(), code);
}

std::int64_t Database::integer(std::string_view sql) {
    auto rows = query(sql);
    return rows.step() ? rows.integer(0) : 0;
}

Snapshot::~Snapshot() {
    try {
        if (database_.in_transaction()) database_.query("COMMIT").run();
    } catch (const Failure&) {
        // Nothing was written; the connection's next BEGIN will say what is wrong.
    }
}

}  // namespace capbridge::store
