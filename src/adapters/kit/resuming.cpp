// Rules about being cut off: killed at a checkpoint, cancelled, made to wait.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/kit/rule.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kills_at_most = 25;
constexpr std::chrono::milliseconds wind_up{1500};  // a second by the contract, and the kit's own share
constexpr std::chrono::milliseconds stall{3000};
constexpr std::size_t crossing_at_most = 3;

void add(std::map<std::string, std::string>& all, const std::map<std::string, std::string>& more) {
    for (const auto& [key, record] : more) all[key] = record;
}

// Where to cut a pull of n checkpoints: everywhere, or at places that spread over it.
std::vector<std::size_t> cuts(std::size_t checkpoints) {
    std::vector<std::size_t> out;
    const auto step = std::max<std::size_t>(1, checkpoints / kills_at_most);
    for (std::size_t at = 0; at < checkpoints; at += step) out.push_back(at);
    return out;
}

Verdict resumes_after_kill(const KitCase& c) {
    const auto whole = whole_pull(c);
    if (!whole.code.empty()) return Verdict::fail(told(whole));
    if (whole.checkpoints() < 2)
        return Verdict::skip("the cassette is read with a single checkpoint; give it more pages");
    for (const auto at : cuts(whole.checkpoints())) {
        std::string why;
        const auto stage = staged(c, why);
        if (!stage) return Verdict::fail(why);
        Stage::PullOptions options;
        options.kill_at_checkpoint = at;
        const auto first = stage->pull(options);
        auto all = first.durable();
        const auto rest = whole_pull(c, first.last_cursor());
        const auto place = "killed at checkpoint " + std::to_string(at + 1) + ": ";
        if (!rest.code.empty()) return Verdict::fail(place + "the next pull failed: " + told(rest));
        add(all, rest.durable());
        if (const auto other = difference(whole.durable(), all); !other.empty())
            return Verdict::fail(place + other);
    }
    return Verdict::passed();
}

Verdict winds_up(const KitCase& c, bool at_once) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    Stage::PullOptions options;
    options.cancel_at_checkpoint = 0;
    options.cancel_at_once = at_once;
    const auto seen = stage->pull(options);
    if (!seen.code.empty() && seen.code != "adapter_cancelled")
        return Verdict::fail("CANCELLED is wanted; seen: " + told(seen));
    // The stop is on its way right behind the answer to the checkpoint: a call may cross it, not a row of
    // them.
    if (seen.asked_after_cancel > crossing_at_most)
        return Verdict::fail("it asked the host " + std::to_string(seen.asked_after_cancel) +
                             " more times after it was told to stop");
    if (seen.code.empty()) {
        const bool whole = difference(whole_pull(c).durable(), seen.durable()).empty();
        if (!whole)
            return Verdict::fail("it stopped half way and said that all went well: CANCELLED is wanted");
        return seen.asked_after_cancel < 2
                   ? Verdict::skip(
                         "it was through before the cancel reached it; give the cassette more pages")
                   : Verdict::fail("it was told to stop and went on to the end");
    }
    return seen.took <= wind_up
               ? Verdict::passed()
               : Verdict::fail("it took " + std::to_string(seen.took.count()) + " ms to wind up");
}

// The word to stop is there before the adapter looks for it, or comes while it is at something: it has a way
// to be wrong for each.
Verdict winds_up_when_cancelled(const KitCase& c) {
    auto verdict = winds_up(c, true);
    return verdict.failed.empty() && verdict.skipped.empty() ? winds_up(c, false) : verdict;
}

Verdict bears_a_host_that_waits(const KitCase& c) {
    const auto whole = whole_pull(c);
    if (!whole.code.empty()) return Verdict::fail(told(whole));
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    Stage::PullOptions options;
    options.stall_at_first = stall;
    const auto seen = stage->pull(options);
    if (!seen.code.empty()) return Verdict::fail(told(seen));
    const auto other = difference(whole.durable(), seen.durable());
    return other.empty() ? Verdict::passed() : Verdict::fail(other);
}

Verdict cursors_never_repeat_backwards(const KitCase& c) {
    const auto whole = whole_pull(c);
    if (!whole.code.empty()) return Verdict::fail(told(whole));
    std::vector<std::string> cursors;
    for (const auto& event : whole.events) {
        if (event.what != Played::Event::What::checkpoint) continue;
        // The same as the one before is no step back; one from earlier is.
        const auto known = std::find(cursors.begin(), cursors.end(), event.text);
        if (known != cursors.end() && *known != cursors.back())
            return Verdict::fail("checkpoint " + std::to_string(cursors.size() + 1) +
                                 " repeats an earlier cursor");
        if (event.text.empty()) return Verdict::fail("an empty cursor means everything from the beginning");
        cursors.push_back(event.text);
    }
    return cursors.empty() ? Verdict::fail("a whole pull makes no checkpoint") : Verdict::passed();
}

// Where records lie between checkpoints, a cursor that stays is a promise that nothing keeps.
Verdict cursor_moves(const KitCase& c) {
    const auto whole = whole_pull(c);
    if (!whole.code.empty()) return Verdict::fail(told(whole));
    std::set<std::string> cursors;
    std::size_t steps = 0;
    bool told_something = false;
    for (const auto& event : whole.events) {
        if (event.what != Played::Event::What::checkpoint) {
            told_something = told_something || event.what == Played::Event::What::rejected ||
                             !event.kind.starts_with("snapshot_");
            continue;
        }
        steps += told_something ? 1 : 0;
        told_something = false;
        cursors.insert(event.text);
    }
    if (steps < 2) return Verdict::skip("the cassette is read with a single checkpoint; give it more pages");
    return cursors.size() > 1 ? Verdict::passed()
                              : Verdict::fail(std::to_string(steps) +
                                              " checkpoints with records before each have one cursor");
}

}  // namespace

std::vector<KitRule> resuming_rules() {
    using enum KitLevel;
    return {
        {resumes, "pull.resumes", "a pull that was killed at any checkpoint goes on without loss", true,
         resumes_after_kill},
        {resumes, "pull.forward", "a cursor never goes back", true, cursors_never_repeat_backwards},
        {resumes, "pull.moves", "a cursor moves on as records are covered", true, cursor_moves},
        {resumes, "flow.cancel", "a cancelled pull winds up within a second", true, winds_up_when_cancelled},
        {resumes, "flow.waits", "a host that takes nothing for seconds does no harm", true,
         bears_a_host_that_waits},
    };
}

}  // namespace capbridge::adapters
