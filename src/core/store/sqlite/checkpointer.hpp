// Brings the write-ahead log into the database. Not by the thread that commits, which would hold commits up
// for as long as the copying takes, and not only by another one, for under load the log would never be copied
// to its end and so never be begun again. So: when the log is long, a thread with a connection of its own
// copies it (PASSIVE: it waits for nobody), again while it was left far behind; the short rest that is left
// is for the writer between two commits, and the next commit begins the log anew. The log stays at its length
// on the disk, which makes a commit's fsync cheaper.
#pragma once
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

class Checkpointer {
public:
    // `writer` is the writing connection: its commits are watched from now on, and it does not checkpoint by
    // itself any more. It must outlive this or be told with finish() before it goes.
    explicit Checkpointer(Database& writer);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    // On the writer's thread, outside a transaction.
    void between_commits(Database& writer);
    void finish();  // waits; nothing is checkpointed any more until the last connection closes

private:
    enum class State { idle, asked, rest_for_writer };
    static int after_commit(void* self, sqlite3*, const char*, int frames);
    void loop();
    void copy(Database& own);

    std::filesystem::path file_;
    std::atomic<int> frames_ = 0;  // pages in the log
    std::atomic<State> state_ = State::idle;
    std::atomic<bool> failed_ = false;  // the thread is gone: the writer has to do it all
    int try_at_ = 0;                    // frames: not before; on the writer's thread
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;  // made with the first work
};

}  // namespace capbridge::store
