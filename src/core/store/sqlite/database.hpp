// One SQLite connection: opening with our settings, prepared statements kept for the connection's life,
// binding and reading. Inside store/sqlite a failed call throws Failure, which carries the Error that a
// caller of the ports would get: the writer catches it at the border of a job, open_store() at its own. A
// read that fails (a disk that has gone, a damaged page) leaves the port as Failure, for it is nothing that
// the caller of a read could act on. A Database is used by one thread at a time; a Query must not outlive its
// Database.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::store {

class Failure : public std::runtime_error {
public:
    explicit Failure(Error error) : std::runtime_error(error.text()), error_(std::move(error)) {}
    [[nodiscard]] const Error& error() const { return error_; }

private:
    Error error_;
};

// The Error of an SQLite result code. SQLite's own words are added only where they cannot hold a row's
// content.
Error sqlite_error(int code, std::string_view detail);

struct Blob {
    std::string_view bytes;
};
// Bound without a copy: what they show must stay until the query is reset or bound again.
struct KeptText {
    std::string_view text;
};
struct KeptBlob {
    std::string_view bytes;
};

class Database;

// A prepared statement in use: bind, step, read columns; given back to its connection when it goes out of
// scope.
class Query {
public:
    Query(Query&& other) noexcept
        : stmt_(std::exchange(other.stmt_, nullptr)), busy_(other.busy_), parameter_(other.parameter_) {}
    Query& operator=(Query&&) = delete;
    ~Query();

    // Binds the arguments to ?1, ?2, ... in order. Text and blobs are copied, but for KeptText and KeptBlob.
    template <class... Args>
    Query& bind(const Args&... args) {
        parameter_ = 0;
        (bind_next(args), ...);
        return *this;
    }
    bool step();   // true: a row is there
    void run();    // steps to the end; for statements without rows of interest
    void reset();  // ready for another bind and step

    [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(stmt_, column); }
    [[nodiscard]] double real(int column) const { return sqlite3_column_double(stmt_, column); }
    // Valid until the next step.
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view blob(int column) const;
    [[nodiscard]] std::string string(int column) const { return std::string(text(column)); }
    [[nodiscard]] bool is_null(int column) const { return type(column) == SQLITE_NULL; }
    [[nodiscard]] int type(int column) const { return sqlite3_column_type(stmt_, column); }
    [[nodiscard]] Instant instant(int column) const { return from_unix_ms(integer(column)); }
    [[nodiscard]] std::optional<Day> day(int column) const;

private:
    friend class Database;
    Query(sqlite3_stmt* stmt, bool* busy) : stmt_(stmt), busy_(busy) {}
    void bind_next(std::int64_t value);
    void bind_next(int value) { bind_next(static_cast<std::int64_t>(value)); }
    void bind_next(std::size_t value) { bind_next(static_cast<std::int64_t>(value)); }
    void bind_next(bool value) { bind_next(static_cast<std::int64_t>(value)); }
    void bind_next(double value);
    void bind_next(std::string_view value);
    void bind_next(const std::string& value) { bind_next(std::string_view(value)); }
    void bind_next(const char* value) { bind_next(std::string_view(value)); }
    void bind_next(Blob value);
    void bind_next(KeptText value);
    void bind_next(KeptBlob value);
    void bind_next(std::nullptr_t);
    void bind_next(Instant value) { bind_next(unix_ms(value)); }
    void bind_next(Day value) { bind_next(static_cast<std::int64_t>(value.time_since_epoch().count())); }
    template <class T>
    void bind_next(const std::optional<T>& value) {
        if (value) {
            bind_next(*value);
        } else {
            bind_next(nullptr);
        }
    }

    sqlite3_stmt* stmt_;
    bool* busy_;  // the cache's mark; nullptr: not of the cache, finalised when done
    int parameter_ = 0;
};

class Database {
public:
    enum class Access { write, read, read_immutable };
    // Throws Failure. `write` makes the file when it is missing.
    Database(const std::filesystem::path& file, Access access);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // `sql` is prepared once for the connection. When the same text is in use already, a second one is
    // prepared.
    Query query(std::string_view sql);
    // Several statements, no parameters.
    void exec(const char* sql);
    [[nodiscard]] std::int64_t last_id() const { return sqlite3_last_insert_rowid(handle_.get()); }
    [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
    [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
    // The first column of the first row, 0 when there is none.
    std::int64_t integer(std::string_view sql);
    [[nodiscard]] std::filesystem::path file() const { return sqlite3_db_filename(handle_.get(), "main"); }
    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

private:
    struct Closer {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    struct Finaliser {
        void operator()(sqlite3_stmt* stmt) const { sqlite3_finalize(stmt); }
    };
    struct Prepared {
        std::unique_ptr<sqlite3_stmt, Finaliser> stmt;
        bool busy = false;
    };
    [[nodiscard]] std::unique_ptr<sqlite3_stmt, Finaliser> prepare(std::string_view sql);

    std::unique_ptr<sqlite3, Closer> handle_;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view sql) const { return std::hash<std::string_view>{}(sql); }
    };
    std::unordered_map<std::string, std::unique_ptr<Prepared>, Hash, std::equal_to<>> prepared_;
};

// A read transaction: everything read within its life is of one commit.
class Snapshot {
public:
    explicit Snapshot(Database& database) : database_(database) { database_.query("BEGIN").run(); }
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    Database& database_;
};

}  // namespace capbridge::store
