// Read-only connections: as many as are in use at once, and a few are kept for the next reader. WAL readers
// wait for nobody and hold nobody up, so there is no limit to wait at (and none to deadlock on when a visitor
// reads while it is visited). Thread-safe; a Lease belongs to one thread.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

class Readers {
public:
    Readers(std::filesystem::path file, Database::Access access) : file_(std::move(file)), access_(access) {}

    class Lease {
    public:
        Lease(Readers& readers, std::unique_ptr<Database> database)
            : readers_(&readers), database_(std::move(database)) {}
        Lease(Lease&&) = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (database_) readers_->give_back(std::move(database_));
        }
        Database& operator*() { return *database_; }
        Database* operator->() { return database_.get(); }

    private:
        Readers* readers_;
        std::unique_ptr<Database> database_;
    };
    Lease lease();  // throws Failure
    void close();   // the connections that nobody uses

private:
    static constexpr std::size_t kept = 8;
    void give_back(std::unique_ptr<Database> database);

    std::filesystem::path file_;
    Database::Access access_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Database>> idle_;
};

}  // namespace capbridge::store
