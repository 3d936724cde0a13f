// The one writer: a thread, a queue and group commit. All jobs that wait when a group begins share one
// transaction and one fsync, which is what a commit costs. A job in a savepoint may fail at any time and
// takes nothing of the others with it. A savepoint costs copies of pages, so a `checked` job has none: it
// gives its error before it writes anything, and one that throws later fails its whole group (that is the
// disk, which would not have spared the others). `done` runs after the COMMIT, with the job's own error or,
// when the COMMIT failed, with that of the COMMIT for every job of the group: then nothing of the group is
// stored, and the writer goes on. A `derived` job writes what follows from the journal: a group of nothing
// else is not brought to the disk at once, but with the next one that is, in the order in which they came;
// what a loss of power takes of it is made again. Beside the jobs, and when there are none, it settles
// postings in slices (settling.hpp). Owns the writing connection. Thread-safe but for finish() and the
// destructor.
#pragma once
#include <algorithm>
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
#include "core/store/sqlite/checkpointer.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/described.hpp"
#include "core/store/sqlite/settling.hpp"
#include "core/store/sqlite/terms.hpp"
#include "core/store/sqlite/writer_board.hpp"
#include "core/store/sqlite/young.hpp"

namespace capbridge::store {

using Now = std::function<Instant()>;

// The journal's order: one sequence over statements and decisions, and a time that never runs backwards, also
// when the machine's clock does. Every group has a `stored` later than any before it: a reader who saw the
// last one has seen all that will ever be stored up to then.
class Sequence {
public:
    Sequence(Database& database, const Now& now) : database_(database), now_(now) {}
    std::int64_t next();
    Instant stored();  // the same for a whole group
    // Nothing that is stored from now on will have a `stored` up to `at`. Not while a group is at work.
    void promise(Instant at) { promised_ = std::max(promised_, at); }
    [[nodiscard]] Instant promised() const { return promised_; }

private:
    friend class Writer;
    void load();
    void forget() { loaded_ = false; }  // after a rollback
    void begin() { stored_.reset(); }   // a group
    [[nodiscard]] Young::Mark committed();

    Database& database_;
    const Now& now_;
    bool loaded_ = false;
    Young::Mark last_;
    Instant promised_{};
    std::optional<Instant> stored_;
};

// What a job may use, on the writer's thread, within its transaction.
struct Writing {
    Database& database;
    Terms& terms;
    Sequence& sequence;
    // For checked jobs only: there is no way back out of these but that of the whole group.
    Described& described;
    Settling& settling;
    std::vector<YoungPosting>& young;  // in order of seq
};

class Writer {
public:
    using Job = std::function<Status(Writing&)>;  // may throw Failure instead of returning it
    using Done = std::function<void(Status)>;
    enum class Kind { in_savepoint, checked, derived };  // derived: in a savepoint too

    // The database is migrated already. Throws Failure.
    Writer(std::unique_ptr<Database> database, Now now);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void finish();  // waits for what was queued; nothing may be posted any more
    void post(Job job, Done done, Kind kind = Kind::in_savepoint);
    Status run(Job job, Kind kind = Kind::in_savepoint);  // waits; never on the writer's own thread
    [[nodiscard]] Young& young() { return young_; }
    // Everything stored up to here is committed and published. It goes with the clock while nothing waits to
    // be written: a reader that waits until it has seen a moment is not kept waiting for the next write.
    [[nodiscard]] Instant visible_through();
    [[nodiscard]] WriterFacts facts();

private:
    struct Waiting {
        Job job;
        Done done;
        Kind kind;
        Status outcome;
        std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    };
    void loop();
    bool take_group(std::vector<Waiting>& group);
    void commit_group(std::vector<Waiting>& group);
    void count(const std::vector<Waiting>& group);
    void settle();
    void begin();
    void commit(std::size_t rows_to_settle);
    void make_durable(bool wanted);  // of the transactions that begin from now on
    void run_checked(Waiting& waiting);
    void run_in_savepoint(Waiting& waiting);
    void roll_back();

    std::unique_ptr<Database> database_;
    Now now_;
    Young young_;
    Terms terms_;
    Sequence sequence_;
    Described described_;
    Settling settling_;
    std::vector<YoungPosting> postings_;  // of the group
    Writing writing_;
    Checkpointer checkpointer_;
    bool durable_ = true;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Waiting> queue_;
    bool stopping_ = false, at_work_ = false;
    std::chrono::steady_clock::time_point at_work_since_{};
    WriterBoard board_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace capbridge::store
