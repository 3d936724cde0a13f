#include "core/engine/backup/board.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/store/backup/future.hpp"

namespace capbridge::engine {
namespace {

// After a failure: soon enough to use a disk that was mounted again, seldom enough not to fill a log.
constexpr auto try_again = std::chrono::minutes{15};

using store::is_from_future;
using store::wall_clock;

}  // namespace

void BackupBoard::set(BackupSettings settings) {
    {
        // A reload that changes only when, or what stays: what is known of this repository is known.
        const std::lock_guard lock(mutex_);
        if (set_at_ && settings.to == settings_.to && settings.key_file == settings_.key_file) {
            settings_ = std::move(settings);
            changed_.notify_all();
            return;
        }
    }
    std::optional<Last> last;
    Error failure;
    if (settings.is_set()) {
        std::string secret;
        std::error_code ec;
        if (!settings.key_file.empty()) {
            if (auto read = store::read_key_file(settings.key_file)) {
                secret = std::move(*read);
            } else {
                failure = read.error();
            }
        }
        if (failure.code.empty() && std::filesystem::exists(settings.to / "repository.json", ec)) {
            auto repository = store::Repository::open(settings.to, store::Repository::Use::read, secret);
            auto found = repository ? (*repository)->find("latest") : Result<store::Manifest>();
            if (!repository) {
                if (repository.error().code != "repository_busy") failure = repository.error();
            } else if (found) {
                last = Last{found->id,
                            found->taken,
                            found->seq,
                            found->took_ms,
                            found->database.bytes + found->file_bytes,
                            found->new_bytes};
            }
        }
    }
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
    last_ = std::move(last);
    set_at_ = wall_clock();
    failures_ = 0;
    failed_at_.reset();
    failure_ = {};
    if (!failure.code.empty()) {
        failure_ = std::move(failure);
        failed_at_ = set_at_;
        failures_ = 1;
    }
    changed_.notify_all();
}

BackupSettings BackupBoard::settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
}

Result<BackupBoard::Turn> BackupBoard::begin(Instant now) {
    const std::lock_guard lock(mutex_);
    if (running_since_)
        return fail("backup_running", "a backup is being made since " + format_instant(*running_since_) +
                                          ": wait until it is done (capbridge status shows it)");
    running_since_ = now;
    return Turn(*this);
}

void BackupBoard::let_go() {
    const std::lock_guard lock(mutex_);
    running_since_.reset();
    changed_.notify_all();
}

void BackupBoard::succeeded(const store::Manifest& manifest) {
    const std::lock_guard lock(mutex_);
    last_ = Last{manifest.id,
                 manifest.taken,
                 manifest.seq,
                 manifest.took_ms,
                 manifest.database.bytes + manifest.file_bytes,
                 manifest.new_bytes};
    failures_ = 0;
    failed_at_.reset();
    failure_ = {};
}

void BackupBoard::failed(const Error& error, Instant now) {
    const std::lock_guard lock(mutex_);
    failure_ = error;
    failed_at_ = now;
    ++failures_;
}

std::optional<Instant> BackupBoard::due() const {
    const std::lock_guard lock(mutex_);
    if (!settings_.is_set() || !settings_.schedule.is_set()) return std::nullopt;
    // Without any backup yet an interval begins at once, a time of the day at its next time; what was missed
    // while nobody served is made up by one.
    // A last one from the future is none: the clock was ahead, and waiting for that time would be waiting for
    // ever. When it was ahead at the start too, nothing says when the next one would have been: now.
    const auto now = wall_clock();
    const auto began = set_at_.value_or(now);
    std::optional<Instant> next;
    if (last_ && !is_from_future(last_->taken, now)) {
        next = settings_.schedule.next(last_->taken, settings_.to.string());
    } else {
        next = is_from_future(began, now) ? now : settings_.schedule.first(began, settings_.to.string());
    }
    if (next && failed_at_ && !is_from_future(*failed_at_, now))
        next = std::max(*next, *failed_at_ + try_again);
    return next;
}

ordered_json BackupBoard::status() const {
    const auto next = due();
    const std::lock_guard lock(mutex_);
    ordered_json out = {{"configured", settings_.is_set()},
                        {"to", settings_.to.string()},
                        {"encrypted", !settings_.key_file.empty()},
                        {"schedule", settings_.when},
                        {"running", running_since_.has_value()},
                        {"last", nullptr},
                        {"last_failure", nullptr},
                        {"failures_in_a_row", failures_},
                        {"next_due", nullptr}};
    if (last_)
        out["last"] = {
            {"id", last_->id},       {"taken", format_instant(last_->taken)}, {"seq", last_->seq},
            {"bytes", last_->bytes}, {"new_bytes", last_->new_bytes},         {"took_ms", last_->took_ms}};
    if (failed_at_)
        out["last_failure"] = {
            {"at", format_instant(*failed_at_)}, {"code", failure_.code}, {"message", failure_.text()}};
    if (next) out["next_due"] = format_instant(*next);
    return out;
}

void BackupBoard::wait(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most);
}

void BackupBoard::wake() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

}  // namespace capbridge::engine
