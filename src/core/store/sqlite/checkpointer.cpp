#include "core/store/sqlite/checkpointer.hpp"

#include "core/base/log.hpp"

namespace capbridge::store {
namespace {

// Of 4 KiB: 64 MiB. The longer, the more changes of one page are copied once; what a crash leaves is read at
// the next start. Under full load it grows to about twice that while it is copied.
constexpr int long_log = 16384;
constexpr int short_rest = 2048;
constexpr int most_rounds = 5;

}  // namespace

Checkpointer::Checkpointer(Database& writer) : file_(writer.file()) {
    sqlite3_wal_hook(writer.handle(), &Checkpointer::after_commit, this);  // takes the automatic one's place
}

Checkpointer::~Checkpointer() {
    finish();
}

int Checkpointer::after_commit(void* self, sqlite3*, const char*, int frames) {
    static_cast<Checkpointer*>(self)->frames_ = frames;
    return SQLITE_OK;
}

void Checkpointer::between_commits(Database& writer) {
    const int frames = frames_;
    if (frames < long_log) {
        try_at_ = 0;
        if (state_ == State::rest_for_writer) state_ = State::idle;
        return;
    }
    if (frames < try_at_) return;
    if (state_ == State::rest_for_writer || failed_) {
        // A reader that is still at an older place keeps the log from being begun anew: then it goes on for a
        // while, and all of this again.
        sqlite3_wal_checkpoint_v2(writer.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        try_at_ = frames + short_rest;
        state_ = State::idle;
        return;
    }
    if (state_ == State::asked) return;
    state_ = State::asked;
    if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
    const std::lock_guard lock(mutex_);
    wake_.notify_one();
}

void Checkpointer::finish() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Checkpointer::loop() {
    try {
        Database own(file_, Database::Access::write);
        own.exec("PRAGMA cache_size=-512");  // it only copies
        sqlite3_wal_autocheckpoint(own.handle(), 0);
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return stopping_ || state_ == State::asked; });
            if (stopping_) return;
            lock.unlock();
            copy(own);
            state_ = State::rest_for_writer;
            lock.lock();
        }
    } catch (const Failure& failure) {
        log::error("store.checkpointer_failed", {{"code", failure.error().code}});
        failed_ = true;
    }
}

void Checkpointer::copy(Database& own) {
    for (int round = 0; round < most_rounds; ++round) {
        int frames = 0, copied = 0;
        const int code =
            sqlite3_wal_checkpoint_v2(own.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
        if (code != SQLITE_OK || frames_ - copied < short_rest) return;
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
    }
}

}  // namespace capbridge::store
