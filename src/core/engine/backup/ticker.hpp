// Makes the configured backups by themselves, in a daemon: at their time, once for all that were missed while
// nobody served, and again a while after one that failed. Between them it keeps the repository's ledger of
// erasures up to date. Owned by whoever serves; a thread of its own, which
// ends with it.
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class BackupTicker {
public:
    explicit BackupTicker(Bridge& bridge, std::chrono::milliseconds look = std::chrono::seconds{5});
    ~BackupTicker();
    BackupTicker(const BackupTicker&) = delete;
    BackupTicker& operator=(const BackupTicker&) = delete;

private:
    void tick();
    void keep_ledger();

    Bridge& bridge_;
    std::filesystem::file_time_type ledger_{};            // of the ledger of erasures when it was kept last
    std::chrono::steady_clock::time_point not_before_{};  // of the next attempt after one that failed
    std::string told_;                                    // why it is not kept; once for each reason
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

}  // namespace capbridge::engine
