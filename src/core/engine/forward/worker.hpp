// One target's way through the journal: reads what lies beyond its cursor, leaves out what the filters
// exclude, sends, and moves the cursor durably when it is settled. Nothing is sent that is not stored, for it
// is read from the journal; a crash between sending and the cursor's commit sends the same ids again. One
// thread.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/engine/bridge.hpp"
#include "core/engine/forward/delivery.hpp"
#include "core/engine/forward/settings.hpp"

namespace capbridge::engine {

// What to do before the next turn.
struct ForwardTurn {
    enum class Next { again, when_appended, at, ended } next = Next::again;  // ended: paused or removed
    Instant at{};
};

class ForwardWorker {
public:
    // `dice` gives numbers from 0 to 1, for the jitter of back-off.
    ForwardWorker(Bridge& bridge, net::HttpClient& http, std::string target_uuid,
                  const std::atomic<bool>& stopping, std::function<double()> dice);

    // At most one batch. Throws what the store throws when it cannot be read.
    ForwardTurn turn();
    void try_now() { next_try_.reset(); }  // somebody mended something

private:
    struct Chosen {
        std::vector<Outgoing> batch;
        std::vector<Settled> unsendable;
        std::int64_t upto = 0;  // everything up to here is in the batch, unsendable or left out
        bool more = false;
    };
    Chosen choose(std::int64_t cursor);
    bool passes(const store::StatementRow& row, const json& statement);
    bool is_of(const store::StatementRow& row, const std::string& source);
    Status refresh(const store::TargetRow& row);
    ForwardTurn troubled(const Trouble& trouble, bool went_on);

    Bridge& bridge_;
    net::HttpClient& http_;
    std::string uuid_;
    const std::atomic<bool>& stopping_;
    std::function<double()> dice_;

    std::string read_from_;  // kind and settings that settings_ was read from
    std::optional<TargetSettings> settings_;
    std::optional<Instant> next_try_;
    int failures_ = 0;

    std::deque<store::Entry> ahead_;  // read and not looked at yet
    std::int64_t read_upto_ = -1;     // the last entry that went into ahead_
    std::int64_t looked_upto_ = -1;   // the last one that was taken out of it
    std::map<std::int64_t, std::string> sources_of_runs_;
};

// Dead letters of a target once more, in order, until one meets trouble: the oldest 1,000, or that of one
// seq.
struct RetryReport {
    std::size_t tried = 0, delivered = 0, left = 0;
    std::optional<Trouble> trouble;
};
Result<RetryReport> retry_dead_letters(Bridge& bridge, net::HttpClient& http, const store::TargetRow& target,
                                       std::optional<std::int64_t> seq, const std::atomic<bool>& stopping,
                                       const std::function<void(std::size_t done, std::size_t total)>& told);

}  // namespace capbridge::engine
