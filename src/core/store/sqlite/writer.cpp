#include "core/store/sqlite/writer.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <future>

#include "core/base/log.hpp"

namespace capbridge::store {
namespace {

// Bounds how long the first job of a group waits for the last.
constexpr std::size_t max_group = 1024;
// Of a slice of settling when nothing else is to do: a few milliseconds.
constexpr std::size_t rows_when_idle = 4096;

Young::Mark last_entry(Database& database) {
    Young::Mark last;
    for (const auto* sql : {"select seq, stored from statement order by seq desc limit 1",
                            "select seq, recorded from decision order by seq desc limit 1"}) {
        auto rows = database.query(sql);
        if (!rows.step()) continue;
        last.seq = std::max(last.seq, rows.integer(0));
        last.stored = std::max(last.stored, rows.instant(1));
    }
    return last;
}

}  // namespace

void Sequence::load() {
    if (loaded_) return;
    last_ = last_entry(database_);
    loaded_ = true;
}

std::int64_t Sequence::next() {
    load();
    return ++last_.seq;
}

Instant Sequence::stored() {
    if (stored_) return *stored_;
    load();
    const auto earliest = std::max(last_.stored, promised_) + std::chrono::milliseconds{1};
    auto now = now_();
    // Commits quicker than the clock ticks would run ahead of it; a clock that was set back is not waited
    // for.
    for (int i = 0; i < 4 && now < earliest && earliest - now <= std::chrono::milliseconds{2}; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds{500});
        now = now_();
    }
    stored_ = std::max(now, earliest);
    return *stored_;
}

Young::Mark Sequence::committed() {
    load();
    if (stored_) last_.stored = *stored_;
    return last_;
}

Writer::Writer(std::unique_ptr<Database> database, Now now)
    : database_(std::move(database)),
      now_(std::move(now)),
      terms_(*database_),
      sequence_(*database_, now_),
      described_(*database_),
      settling_(*database_, young_),
      writing_{*database_, terms_, sequence_, described_, settling_, postings_},
      checkpointer_(*database_) {
    settling_.load();
    young_.load(*database_, last_entry(*database_));
    thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() {
    finish();
}

void Writer::finish() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    checkpointer_.finish();
}

void Writer::post(Job job, Done done, Kind kind) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back({.job = std::move(job), .done = std::move(done), .kind = kind, .outcome = {}});
    }
    wake_.notify_one();
}

Status Writer::run(Job job, Kind kind) {
    if (std::this_thread::get_id() == thread_.get_id())
        throw std::logic_error("waiting for the writer on its own thread");
    std::promise<Status> promise;
    auto outcome = promise.get_future();
    post(
        std::move(job), [&promise](Status status) { promise.set_value(std::move(status)); }, kind);
    return outcome.get();
}

// False: it is time to stop. An empty group: there is nothing to do but to settle.
bool Writer::take_group(std::vector<Waiting>& group) {
    std::unique_lock lock(mutex_);
    if (!settling_.has_work()) wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return !stopping_;
    const auto count = std::min(queue_.size(), max_group);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    group.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    at_work_ = true;
    at_work_since_ = std::chrono::steady_clock::now();
    return true;
}

Instant Writer::visible_through() {
    const std::lock_guard lock(mutex_);
    // The present millisecond may still see a commit.
    if (!at_work_ && queue_.empty()) sequence_.promise(now_() - std::chrono::milliseconds{1});
    return std::max(young_.mark().stored, sequence_.promised());
}

void Writer::loop() {
    std::vector<Waiting> group;
    while (take_group(group)) {
        if (group.empty()) {
            settle();
            continue;
        }
        commit_group(group);
        count(group);
        {
            const std::lock_guard lock(mutex_);
            at_work_ = false;
        }
        for (auto& waiting : group) {
            try {
                waiting.done(std::move(waiting.outcome));
            } catch (const std::exception&) {  // its text may hold anything, so it is not logged
                log::error("store.callback_threw");
            }
        }
        group.clear();
        checkpointer_.between_commits(*database_);
    }
}

void Writer::begin() {
    sequence_.begin();
    terms_.begin();
    postings_.clear();
    database_->query("BEGIN IMMEDIATE").run();
}

void Writer::commit(std::size_t rows_to_settle) {
    described_.flush();
    settling_.step(rows_to_settle);
    const auto mark = sequence_.committed();  // may read, so before: what fails after the COMMIT is stored
    database_->query("COMMIT").run();
    if (mark.seq != young_.mark().seq) young_.publish(postings_, mark);
    settling_.committed();
}

// A commit that is not synced is in the log in its order, so that what is there after a loss of power is what
// was there at some moment before it.
void Writer::make_durable(bool wanted) {
    if (durable_ == wanted) return;
    database_->exec(wanted ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    durable_ = wanted;
}

void Writer::commit_group(std::vector<Waiting>& group) {
    try {
        make_durable(std::any_of(group.begin(), group.end(),
                                 [](const Waiting& waiting) { return waiting.kind != Kind::derived; }));
        begin();
        for (auto& waiting : group) {
            waiting.kind == Kind::checked ? run_checked(waiting) : run_in_savepoint(waiting);
            // A full disk can make SQLite roll the whole transaction back in the middle of a job.
            if (!database_->in_transaction()) {
                throw Failure(waiting.outcome ? Error{"store_internal", "The transaction ended early.", {}, 0}
                                              : waiting.outcome.error());
            }
        }
        commit(settling_.has_work() ? settling_.pace(group.size() + postings_.size() / 4) : 0);
    } catch (const Failure& failure) {
        roll_back();
        log::error("store.commit_failed",
                   {{"code", failure.error().code}, {"jobs", std::to_string(group.size())}});
        for (auto& waiting : group) {
            if (waiting.outcome) waiting.outcome = fail(failure.error());
        }
    }
}

void Writer::count(const std::vector<Waiting>& group) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - at_work_since_;
    std::string error;
    bool derived = false;
    for (const auto& waiting : group) {
        derived = derived || waiting.kind == Kind::derived;
        if (!waiting.outcome && error.empty() && waiting.outcome.error().code.starts_with("store_"))
            error = waiting.outcome.error().code;
    }
    board_.committed(took.count(), error, derived, now_());
}

WriterFacts Writer::facts() {
    using std::chrono::steady_clock;
    const auto ms_since = [now = steady_clock::now()](steady_clock::time_point then) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(now - then);
    };
    auto out = board_.facts();
    const std::lock_guard lock(mutex_);
    out.waiting = queue_.size();
    if (!queue_.empty()) out.oldest_wait = ms_since(queue_.front().since);
    if (at_work_) out.at_work_for = ms_since(at_work_since_);
    return out;
}

void Writer::settle() {
    try {
        make_durable(false);
        begin();
        commit(rows_when_idle);
        checkpointer_.between_commits(*database_);
    } catch (const Failure& failure) {
        roll_back();
        log::error("store.settling_failed", {{"code", failure.error().code}});
        // A full disk: tried again beside the next jobs, or after a while.
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, std::chrono::seconds{5}, [this] { return stopping_ || !queue_.empty(); });
    }
}

void Writer::run_checked(Waiting& waiting) {
    try {
        waiting.outcome = waiting.job(writing_);
    } catch (const Failure&) {
        throw;
    } catch (const std::exception&) {
        throw Failure({"store_internal", "The store failed, which is a bug.", {}, 0});
    }
}

void Writer::run_in_savepoint(Waiting& waiting) {
    const auto terms = terms_.mark();
    database_->query("SAVEPOINT job").run();
    try {
        waiting.outcome = waiting.job(writing_);
    } catch (const Failure& failure) {
        waiting.outcome = fail(failure.error());
    } catch (const std::exception&) {
        waiting.outcome = fail("store_internal", "The store failed, which is a bug.");
    }
    if (!waiting.outcome) {
        terms_.undo(terms);
        if (!database_->in_transaction()) return;
        database_->query("ROLLBACK TO job").run();
    }
    database_->query("RELEASE job").run();
}

void Writer::roll_back() {
    terms_.undo(0);
    described_.rolled_back();
    settling_.rolled_back();
    sequence_.forget();
    try {
        if (database_->in_transaction()) database_->query("ROLLBACK").run();
    } catch (const Failure& failure) {
        log::error("store.rollback_failed", {{"code", failure.error().code}});
    }
}

}  // namespace capbridge::store
