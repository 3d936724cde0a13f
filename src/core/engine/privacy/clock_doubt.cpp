#include "core/engine/privacy/clock_doubt.hpp"

#include <algorithm>
#include <optional>

namespace capbridge::engine {
namespace {

// A quarter: no source that is in use is silent for so long.
constexpr std::chrono::days longest_silence{92};
constexpr std::size_t most_runs = 100'000;

struct Place {
    std::int64_t seq = 0;  // 0: before the first
    Instant at{};
};

// Times in the journal never run backwards, so they can be searched.
class Times {
public:
    explicit Times(store::Journal& journal) : journal_(journal), last_(journal.watermark().seq) {}

    std::optional<Place> after(std::int64_t seq) {
        const auto rows = journal_.entries(seq, 1, store::Journal::Bodies::no);
        if (rows.empty()) return std::nullopt;
        const auto* statement = std::get_if<store::StatementRow>(&rows.front());
        return Place{store::seq_of(rows.front()), statement != nullptr
                                                      ? statement->stored
                                                      : std::get<store::DecisionRow>(rows.front()).recorded};
    }
    Place last_until(Instant at) {
        Place out;
        for (auto end = last_; out.seq < end;) {
            const auto middle = out.seq + (end - out.seq) / 2;
            const auto next = after(middle);
            if (next && next->at <= at) {
                out = *next;
            } else {
                end = middle;
            }
        }
        return out;
    }

private:
    store::Journal& journal_;
    const std::int64_t last_;
};

// Between two entries of the journal somebody may have been at work all the same: a sync that brought
// nothing.
bool was_at_work(const std::vector<store::RunRow>& runs, Instant from, Instant to) {
    std::vector<Instant> times{from, to};
    for (const auto& run : runs) {
        if (run.began > from && run.began < to) times.push_back(run.began);
    }
    std::sort(times.begin(), times.end());
    return std::adjacent_find(times.begin(), times.end(),
                              [](Instant a, Instant b) { return b - a > longest_silence; }) == times.end();
}

// Whoever applied rules knew what day it was: what was before has been judged.
std::optional<Instant> last_applied(const std::vector<store::RunRow>& runs, Instant now) {
    std::optional<Instant> out;
    for (const auto& run : runs) {
        if (run.kind == "retention" && run.outcome == "ok" && run.began <= now && (!out || run.began > *out))
            out = run.began;
    }
    return out;
}

}  // namespace

Status doubt_clock(Bridge& bridge) {
    const auto now = bridge.now();
    std::optional<std::vector<store::RunRow>> runs;
    Times times(bridge.store().journal());
    for (auto until = now;;) {
        const auto before = times.last_until(until - longest_silence);
        if (before.seq == 0) return {};
        const auto next = times.after(before.seq);
        const auto end = next ? std::min(next->at, now) : now;
        if (end - before.at > longest_silence) {
            if (!runs) runs = bridge.store().sources().runs(most_runs);
            const auto applied = last_applied(*runs, now);
            const bool judged = applied && *applied > before.at;
            const auto from = judged ? std::min(*applied, end) : before.at;
            if (!was_at_work(*runs, from, end))
                return fail("clock_in_doubt",
                            "This machine's clock says " + format_day(day_of(now)) +
                                ", but nothing was written here between " + format_day(day_of(from)) +
                                " and " + format_day(day_of(end)) +
                                ". If the clock is ahead, people who still work here would be erased for "
                                "good, so nothing was removed. Set the clock right (timedatectl); if it is "
                                "right, say so once: capbridge retention apply --clock-is-right");
            if (judged) return {};
        }
        until = before.at;
    }
}

}  // namespace capbridge::engine
