#include "core/engine/bridge.hpp"

#include <algorithm>

#include "core/base/embedded.hpp"
#include "core/base/log.hpp"
#include "core/engine/doubt.hpp"
#include "core/engine/packages.hpp"
#include "core/engine/past.hpp"
#include "core/engine/privacy/erase.hpp"
#include "core/engine/rulebook.hpp"

namespace capbridge::engine {
namespace {

// A pass costs something before its first person, so under load the projector rests between passes, as long
// as it worked. The bounds: no spinning when passes are short; when they are long, what is posted should not
// wait longer still.
constexpr auto shortest_rest = std::chrono::milliseconds{4};
constexpr auto longest_rest = std::chrono::milliseconds{10};
// Standings are of a day: somebody has to look whether it is over.
constexpr auto between_looks = std::chrono::minutes{1};
constexpr auto between_doubts = std::chrono::minutes{5};

Result<std::string> shipped(std::string_view path) {
    const auto* file = find_embedded(embedded_config(), path);
    if (file == nullptr) return fail("internal", "this build lacks " + std::string(path));
    return std::string(file->bytes);
}

}  // namespace

Bridge::Bridge(std::unique_ptr<store::Store> store, std::unique_ptr<AdapterCatalogue> adapters,
               std::unique_ptr<Clock> clock)
    : store_(std::move(store)),
      adapters_(std::move(adapters)),
      clock_(std::move(clock)),
      pasts_(std::make_unique<Pasts>(*this)) {}

Bridge::Bridge(std::unique_ptr<store::Store> past, std::unique_ptr<Clock> clock, store::Journal* rules_of)
    : Bridge(std::move(past), nullptr, std::move(clock)) {
    is_past_ = true;
    rules_of_ = rules_of;
}

Bridge::~Bridge() {
    stopping = true;
    {
        const std::lock_guard lock(wake_mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    if (projector_.joinable()) projector_.join();
    if (doubts_.joinable()) doubts_.join();
    if (errands_.joinable()) errands_.join();
    pasts_.reset();
    later_.clear();  // what waits for an answer hears that there will be none
    store_.reset();  // its writer may still run callbacks that wake us: before our own members go
}

Status Bridge::take_over() {
    CAPBRIDGE_TRY(resume_audit(*this));
    CAPBRIDGE_TRY(store_->sources().close_interrupted_runs(now()));
    store::Batch batch;
    batch.who = "system";
    if (store_->journal().decisions_in_force("framework").empty()) {
        CAPBRIDGE_LET(auto text, framework::shipped_framework(default_framework));
        batch.entries.emplace_back(
            store::NewDecision{"framework", std::string(default_framework), std::string(text), {}});
    }
    if (store_->journal().decisions_in_force("policy").empty()) {
        CAPBRIDGE_LET(auto text, shipped("policies/default.json"));
        batch.entries.emplace_back(store::NewDecision{"policy", "default", std::move(text), {}});
    }
    if (store_->journal().decisions_in_force("profile").empty()) {
        CAPBRIDGE_LET(auto text, shipped("profiles/default.json"));
        batch.entries.emplace_back(store::NewDecision{"profile", "default", std::move(text), {}});
    }
    if (!batch.entries.empty()) {
        store::RunRow run;
        run.kind = "decision";
        run.who = "system";
        run.what = "the framework, policy and profile that come with this version";
        run.began = now();
        CAPBRIDGE_LET(run.id, store_->sources().begin_run(run));
        batch.run = run.id;
        CAPBRIDGE_TRY(store_->journal().append(std::move(batch)));
        run.ended = now();
        run.outcome = "ok";
        run.counts = "{}";
        CAPBRIDGE_TRY(store_->sources().end_run(run));
    }
    // What a crash left between a file and its decision costs room and nothing else.
    if (const auto swept = sweep_packages(*this); !swept)
        log::warn("packages_not_swept", {{"code", swept.error().code}});
    CAPBRIDGE_TRY(project());
    // Of a backup that is older than an erasure, and of one that a crash cut off.
    CAPBRIDGE_TRY(finish_erasures(*this));
    return {};
}

void Bridge::forget_rules() {
    const std::lock_guard lock(rules_mutex_);
    rules_.reset();
}

void Bridge::forget_packages() {
    const std::lock_guard lock(packages_mutex_);
    packages_.reset();
    ++packages_changes_;
}

std::shared_ptr<const PackageShelf> Bridge::packages() {
    std::uint64_t changes = 0;
    {
        const std::lock_guard lock(packages_mutex_);
        if (packages_) return packages_;
        changes = packages_changes_;
    }
    auto shelf = PackageShelf::read(store_->journal());
    const std::lock_guard lock(packages_mutex_);
    if (changes == packages_changes_) packages_ = shelf;  // else they changed while they were read
    return shelf;
}

Result<std::shared_ptr<const competency::Rules>> Bridge::rules() {
    const std::lock_guard lock(rules_mutex_);
    if (rules_) return rules_;
    CAPBRIDGE_LET(auto read, read_rulebook(*store_, {.journal = rules_of_, .proposal = nullptr}));
    // A mapping that does not fit (any more) must not keep everything else from working: it is out of force,
    // and said so.
    left_out_ = std::move(read.left_out);
    texts_ = std::move(read.texts);
    for (const auto& what : left_out_) log::info("out_of_force", {{"what", what}});
    std::vector<std::string> ids;
    for (const auto& requirement : read.book.framework.requirements) ids.push_back(requirement.id);
    store_->projection().set_requirements(std::move(ids));
    rules_ = std::make_shared<competency::Rules>(std::move(read.book));
    return rules_;
}

// A look takes seconds where there are millions of facts, so the next one is as far away as it took long, and
// it has a thread of its own.
void Bridge::look_for_doubt() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_look_.load() || looking_.exchange(true)) return;
    if (doubts_.joinable()) doubts_.join();
    doubts_ = std::thread([this, now] {
        try {
            if (const auto done = renew_doubt(*this); !done && done.error().code != "stopping")
                log::warn("doubt_not_renewed", {{"code", done.error().code}});
        } catch (const std::exception&) {  // the disk: the next look tries again
            log::warn("doubt_not_renewed", {{"code", "store_failed"}});
        }
        const auto took = std::chrono::steady_clock::now() - now;
        next_look_ = now + std::max<std::chrono::steady_clock::duration>(between_doubts, 100 * took);
        looking_ = false;
    });
}

void Bridge::start_projector() {
    if (projector_.joinable()) return;
    standings.keep();
    {
        const std::lock_guard lock(wake_mutex_);
        woken_ = true;  // to count them
    }
    projector_ = std::thread([this] {
        std::unique_lock lock(wake_mutex_);
        while (!ending_) {
            wake_.wait_for(lock, between_looks, [this] { return woken_ || ending_; });
            if (ending_) continue;
            woken_ = false;
            lock.unlock();
            const auto began = std::chrono::steady_clock::now();
            // What the store throws (a disk that cannot be read) must not end the daemon: the next wake tries
            // again.
            try {
                refusals.flush(*this);
                look_for_doubt();
                if (const auto done = project(); !done && done.error().code != "stopping")
                    log::error("projector_failed", {{"error", done.error().text()}});
            } catch (const std::exception& e) {
                log::error("projector_failed", {{"error", e.what()}});
            }
            lock.lock();
            const auto worked =
                std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
            const auto rest = std::clamp(worked, shortest_rest, longest_rest);
            wake_.wait_for(lock, rest, [this] { return ending_; });
        }
    });
}

void Bridge::later(std::function<void()> work) {
    {
        const std::lock_guard lock(wake_mutex_);
        if (ending_) return;
        later_.push_back(std::move(work));
        if (!errands_.joinable()) errands_ = std::thread([this] { run_errands(); });
    }
    wake_.notify_all();
}

void Bridge::run_errands() {
    std::unique_lock lock(wake_mutex_);
    while (!ending_) {
        wake_.wait(lock, [this] { return ending_ || !later_.empty(); });
        auto work = std::exchange(later_, {});
        lock.unlock();
        for (auto& one : work) {
            try {
                one();
            } catch (const std::exception& e) {
                log::error("errand_failed", {{"error", e.what()}});
            }
            one = nullptr;
        }
        lock.lock();
    }
}

std::vector<std::string> Bridge::left_out() {
    const std::lock_guard lock(rules_mutex_);
    return left_out_;
}

void Bridge::wake() {
    forwarding.appended();
    {
        const std::lock_guard lock(wake_mutex_);
        woken_ = true;
    }
    wake_.notify_all();
}

void Bridge::forget_request_run(const std::string& who) {
    const std::lock_guard lock(request_mutex_);
    request_runs_.erase(who);
}

Result<std::int64_t> Bridge::request_run(const std::string& who) {
    const std::lock_guard lock(request_mutex_);
    const auto today = day_of(now());
    if (const auto it = request_runs_.find(who); it != request_runs_.end() && it->second.first == today)
        return it->second.second;
    store::RunRow run;
    run.kind = "request";
    run.who = who;
    run.what = "statements posted on " + format_day(today);
    run.began = now();
    CAPBRIDGE_LET(run.id, store_->sources().begin_run(run));
    // It collects what is posted and is never "running": it can be taken back at any time.
    run.ended = run.began;
    run.outcome = "ok";
    run.counts = "{}";
    CAPBRIDGE_TRY(store_->sources().end_run(run));
    request_runs_[who] = {today, run.id};
    return run.id;
}

}  // namespace capbridge::engine
