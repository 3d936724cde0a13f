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

}  // namespace

void Sequence::load() {
    if (loaded_) return;
    last_ = 0;
    last_stored_ = Instant{};
    for (const auto* sql : {"select seq, stored from statement order by seq desc limit 1",
                            "select seq, recorded from decision order by seq desc limit 1"}) {
        auto rows = database_.query(sql);
        if (!rows.step()) continue;
        last_ = std::max(last_, rows.integer(0));
        last_stored_ = std::max(last_stored_, rows.instant(1));
    }
    loaded_ = true;
}

std::int64_t Sequence::next() {
    load();
    return ++last_;
}

Instant Sequence::stored() {
    if (stored_) return *stored_;
    load();
    const auto earliest = last_stored_ + std::chrono::milliseconds{1};
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

Writer::Writer(std::unique_ptr<Database> database, Now now)
    : database_(std::move(database)),
      now_(std::move(now)),
      terms_(*database_),
      sequence_(*database_, now_),
      thread_([this] { loop(); }) {}

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
}

void Writer::post(Job job, Done done) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back({std::move(job), std::move(done), {}});
    }
    wake_.notify_one();
}

Status Writer::run(Job job) {
    if (std::this_thread::get_id() == thread_.get_id())
        throw std::logic_error("waiting for the writer on its own thread");
    std::promise<Status> promise;
    auto outcome = promise.get_future();
    post(std::move(job), [&promise](Status status) { promise.set_value(std::move(status)); });
    return outcome.get();
}

void Writer::loop() {
    std::vector<Waiting> group;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            const auto count = std::min(queue_.size(), max_group);
            const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
            group.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
            queue_.erase(queue_.begin(), end);
        }
        commit_group(group);
        for (auto& waiting : group) {
            try {
                waiting.done(std::move(waiting.outcome));
            } catch (const std::exception&) {  // its text may hold anything, so it is not logged
                log::error("store.callback_threw");
            }
        }
        group.clear();
    }
}

void Writer::commit_group(std::vector<Waiting>& group) {
    sequence_.forget();
    sequence_.stored_.reset();
    try {
        database_->query("BEGIN IMMEDIATE").run();
        for (auto& waiting : group) {
            run_job(waiting);
            // A full disk can make SQLite roll the whole transaction back in the middle of a job.
            if (!database_->in_transaction()) {
                throw Failure(waiting.outcome ? Error{"store_internal", "The transaction ended early.", {}, 0}
                                              : waiting.outcome.error());
            }
        }
        database_->query("COMMIT").run();
    } catch (const Failure& failure) {
        roll_back();
        log::error("store.commit_failed",
                   {{"code", failure.error().code}, {"jobs", std::to_string(group.size())}});
        for (auto& waiting : group) {
            if (waiting.outcome) waiting.outcome = fail(failure.error());
        }
    }
}

void Writer::run_job(Waiting& waiting) {
    database_->query("SAVEPOINT job").run();
    try {
        Writing writing{*database_, terms_, sequence_};
        waiting.outcome = waiting.job(writing);
    } catch (const Failure& failure) {
        waiting.outcome = fail(failure.error());
    } catch (const std::exception&) {
        waiting.outcome = fail("store_internal", "The store failed, which is a bug.");
    }
    if (!waiting.outcome) {
        terms_.forget();
        sequence_.forget();
        if (!database_->in_transaction()) return;
        database_->query("ROLLBACK TO job").run();
    }
    database_->query("RELEASE job").run();
}

void Writer::roll_back() {
    terms_.forget();
    sequence_.forget();
    try {
        if (database_->in_transaction()) database_->query("ROLLBACK").run();
    } catch (const Failure& failure) {
        log::error("store.rollback_failed", {{"code", failure.error().code}});
    }
}

}  // namespace capbridge::store
