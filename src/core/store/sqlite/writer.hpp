// The one writer: a thread, a queue and group commit. All jobs that wait when a group begins share one
// transaction, each in a savepoint of its own, so that one that fails takes nothing of the others with it;
// and they share one fsync, which is what a commit costs. `done` runs after the COMMIT, with the job's own
// error or, when the COMMIT failed, with that of the COMMIT for every job of the group: then nothing of the
// group is stored, and the writer goes on. Owns the writing connection. Thread-safe but for finish() and the
// destructor.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {

using Now = std::function<Instant()>;

// The journal's order: one sequence over statements and decisions, and a time that never runs backwards, also
// when the machine's clock does. Every group has a `stored` later than any before it: a reader who saw the
// last one has seen all that will ever be stored up to then.
class Sequence {
public:
    Sequence(Database& database, const Now& now) : database_(database), now_(now) {}
    void forget() { loaded_ = false; }  // after a rollback, and at each new group
    std::int64_t next();
    Instant stored();  // the same for a whole group

private:
    void load();
    Database& database_;
    const Now& now_;
    bool loaded_ = false;
    std::int64_t last_ = 0;
    Instant last_stored_{};
    std::optional<Instant> stored_;
    friend class Writer;
};

// What a job may use, on the writer's thread, within its savepoint.
struct Writing {
    Database& database;
    Terms& terms;
    Sequence& sequence;
};

class Writer {
public:
    using Job = std::function<Status(Writing&)>;  // may throw Failure instead of returning it
    using Done = std::function<void(Status)>;

    // The database is migrated already.
    Writer(std::unique_ptr<Database> database, Now now);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void finish();  // waits for what was queued; nothing may be posted any more
    void post(Job job, Done done);
    Status run(Job job);  // waits; never on the writer's own thread

private:
    struct Waiting {
        Job job;
        Done done;
        Status outcome;
    };
    void loop();
    void commit_group(std::vector<Waiting>& group);
    void run_job(Waiting& waiting);
    void roll_back();

    std::unique_ptr<Database> database_;
    Now now_;
    Terms terms_;
    Sequence sequence_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Waiting> queue_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace capbridge::store
