// How backups go: what is configured, what is at work, how the last one ended. Lives in memory; what is in
// the repository is read when settings are set, so that a restarted daemon knows its last backup. Owned by
// the Bridge; thread-safe.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/json.hpp"
#include "core/engine/backup/settings.hpp"

namespace capbridge::engine {

class BackupBoard {
public:
    // At the start and by a reload. Reads when the last backup was; a repository that cannot be read is told
    // by the status.
    void set(BackupSettings settings);
    [[nodiscard]] BackupSettings settings() const;

    // One at a time: error "backup_running" says since when. Ends with the object.
    class Turn {
    public:
        explicit Turn(BackupBoard& board) : board_(&board) {}
        Turn(Turn&& other) noexcept : board_(std::exchange(other.board_, nullptr)) {}
        Turn& operator=(Turn&&) = delete;
        ~Turn() {
            if (board_ != nullptr) board_->let_go();
        }

    private:
        BackupBoard* board_;
    };
    Result<Turn> begin(Instant now);
    // Of a backup into the configured repository.
    void succeeded(const store::Manifest& manifest);
    void failed(const Error& error, Instant now);

    // The next one by schedule; nullopt without a schedule. A failed one is tried again after a while.
    [[nodiscard]] std::optional<Instant> due() const;

    // What status, metrics and readiness tell: {configured, to, encrypted, schedule, running, last: {id,
    // taken, seq, bytes, new_bytes, took_ms} | null, last_failure: {at, code, message} | null,
    // failures_in_a_row, next_due | null}. Times are instants as text.
    [[nodiscard]] ordered_json status() const;

    void wait(std::chrono::milliseconds at_most);  // until something changed
    void wake();

private:
    void let_go();
    struct Last {
        std::string id;
        Instant taken{};
        std::int64_t seq = 0, took_ms = 0;
        std::uint64_t bytes = 0, new_bytes = 0;
    };
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    BackupSettings settings_;
    std::optional<Instant> running_since_;
    std::optional<Last> last_;
    std::optional<Instant> set_at_, failed_at_;
    Error failure_;
    int failures_ = 0;
};

}  // namespace capbridge::engine
