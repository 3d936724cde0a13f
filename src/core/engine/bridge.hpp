// The bridge at work: one store, the adapters of this installation, a clock, and the rules in force.
// Everything that a person can ask or change is a named operation on it (operations.hpp), whether it comes
// from the command line, the admin socket or the HTTP API. Owned by main (or a test); thread-safe.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/engine/audit.hpp"
#include "core/engine/backup/board.hpp"
#include "core/engine/forward/board.hpp"
#include "core/engine/ports.hpp"
#include "core/engine/refold.hpp"
#include "core/engine/standings.hpp"
#include "core/engine/sync/board.hpp"
#include "core/store/store.hpp"

namespace capbridge::engine {

struct Caller;
class PackageShelf;
class Pasts;

class Bridge {
public:
    // `adapters` may be null where nothing will be synced.
    Bridge(std::unique_ptr<store::Store> store, std::unique_ptr<AdapterCatalogue> adapters,
           std::unique_ptr<Clock> clock);
    // Of a past (store::Store::past): answers questions as they were answered then, by the rules that its
    // journal has or by those of `rules_of`, which outlives it.
    Bridge(std::unique_ptr<store::Store> past, std::unique_ptr<Clock> clock, store::Journal* rules_of);
    ~Bridge();
    Bridge(const Bridge&) = delete;
    Bridge& operator=(const Bridge&) = delete;

    [[nodiscard]] store::Store& store() { return *store_; }
    [[nodiscard]] AdapterCatalogue* adapters() { return adapters_.get(); }
    [[nodiscard]] Instant now() const { return clock_->now(); }

    // What the owner of a data directory does before anything else: ends runs that a dead process left open,
    // and publishes the shipped framework and policy where the journal has none, so that it is complete in
    // itself.
    Status take_over();

    // Framework, mappings, policy and deployments in force, compiled; made anew after a decision changed
    // them.
    Result<std::shared_ptr<const competency::Rules>> rules();

    // The packages in force; read anew after a decision changed them (packages.hpp).
    std::shared_ptr<const PackageShelf> packages();

    // Folds what the journal has and the records do not show yet. Serialised; returns when caught up.
    Status project();
    // Throws the projection away and folds the whole journal again.
    Status rebuild();

    // A daemon folds in the background: wake() after an append; the thread ends with the bridge. later() runs
    // work on a thread of its own: a callback of the writer may not wait for another write, work that does
    // goes here; what is left when the bridge ends is dropped.
    void start_projector();
    void wake();
    void later(std::function<void()> work);

    [[nodiscard]] Pasts& pasts() { return *pasts_; }  // past.hpp

    BackupBoard backups;      // what is configured, what is at work, how it went
    ForwardBoard forwarding;  // told of what is appended by wake() and project()

    // Operations that change something come one after the other: each reads what is in force before it
    // decides.
    std::timed_mutex changing;
    std::atomic<int> changes_waiting{0};  // who has it again and again steps aside for them

    Standings standings;  // kept by a daemon

    SyncBoard syncing;  // who reads which source at the moment

    Refusals refusals;  // requests that were not let in, for the audit

    // Published mappings that the framework in force does not bear, and why: they are out of force until
    // mended.
    std::vector<std::string> left_out();

    // The run to which statements posted by `who` belong today.
    Result<std::int64_t> request_run(const std::string& who);
    void forget_request_run(const std::string& who);  // it was taken back: the next one is a new one

    // How a daemon reads its configuration anew (operation config.reload): set before it serves, empty
    // elsewhere.
    std::function<Result<ordered_json>(const json& params, const Caller& caller)> reload;

    // Long work looks here now and then, and ends with error "stopping".
    std::atomic<bool> stopping{false};

private:
    void run_errands();
    Status project_locked();
    Status project_once();
    Status fold_rest(std::set<std::string> people, std::set<std::string> composed, std::int64_t from,
                     std::int64_t upto);
    void forget_rules();
    void look_for_doubt();  // every few minutes
    void forget_packages();

    std::unique_ptr<store::Store> store_;
    std::unique_ptr<AdapterCatalogue> adapters_;
    std::unique_ptr<Clock> clock_;
    bool is_past_ = false;  // facts are there already, statements have no bodies
    store::Journal* rules_of_ = nullptr;
    std::unique_ptr<Pasts> pasts_;

    std::mutex rules_mutex_;
    std::shared_ptr<const competency::Rules> rules_;
    std::vector<std::string> left_out_;
    std::map<std::string, std::string> texts_;  // ReadRulebook::texts
    std::atomic<std::chrono::steady_clock::time_point> next_look_{};
    std::atomic<bool> looking_{false};
    std::mutex packages_mutex_;
    std::shared_ptr<const PackageShelf> packages_;
    std::uint64_t packages_changes_ = 0;  // how often they were forgotten
    std::mutex projecting_;
    FoldedWith folded_with_;  // what all records were folded with last

    std::mutex request_mutex_;
    std::map<std::string, std::pair<Day, std::int64_t>> request_runs_;

    std::mutex wake_mutex_;
    std::condition_variable wake_;
    bool woken_ = false;
    std::vector<std::function<void()>> later_;
    bool ending_ = false;
    std::thread projector_, errands_, doubts_;
};

}  // namespace capbridge::engine
