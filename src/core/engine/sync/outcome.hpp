// What the end of a sync means for the next one: the error's class decides (adapter.h, bridge_error). Pure;
// any thread.
//
//   went well                        the schedule's next time; nothing is stopped or held any more
//   configuration, authentication    stopped until the settings or a secret's file change (secret_watch.hpp)
//   or a person resumes a guard, a gap in the feed       held until a person says yes; what was answered
//   stays answered until a run
//                                    ends well
//   the adapter's own failure        back-off; after `crashes` in a row quarantined until a person resumes
//   anything else (busy, a full disk, a folder that is away)   back-off
//   nothing of it could be used      back-off; and a later run that has nothing at all does not make it well:
//                                    its error stays until something usable comes or a person resumes
//   given up (the bridge stops)      as if it had not been tried
#pragma once
#include <optional>

#include "core/engine/sync/guard.hpp"
#include "core/engine/sync/options.hpp"
#include "core/store/sources.hpp"

namespace capbridge::engine {

enum class Ending { well, given_up, configuration, held, crashed, later };
Ending ending_of(const Error& error);
bool is_held_code(std::string_view code);  // snapshot_fell, leavers, feed_gap

struct SyncEnd {
    std::optional<Error> error;  // none: it went well
    ordered_json details;        // of what is held; null when there is nothing to say
    Answers answered;            // with which the run was begun
    Instant began, now;
    bool full = false;
    bool kept_to_gap = false;     // held at a gap; what came before it is stored, and the cursor with it
    bool brought = false;         // something new, changed or withdrawn
    bool nothing_usable = false;  // it went well, and had nothing that could be used
    double dice = 0.5;            // 0 to 1: the jitter of back-off
};
store::SourceStateRow state_after(store::SourceStateRow state, const SyncEnd& end,
                                  const SourceOptions& options, std::string_view source_uuid);
// Somebody mended something: nothing is stopped, held or counted any more; due at once if it has a schedule.
store::SourceStateRow resumed(store::SourceStateRow state, const Schedule& schedule, Instant now);

// Times that lie in the future because the clock was ahead once: set back to now, and the next sync to the
// schedule's next time, or a source would not be read for years.
store::SourceStateRow believable(store::SourceStateRow state, const Schedule& schedule, Instant now,
                                 std::string_view source_uuid);

// It is read well, and has brought nothing new for longer than its "expect_new", or nothing at all yet.
bool is_without_new(const store::SourceStateRow& state, const SourceOptions& options, Instant now);

// When the scheduler runs it next; none: it has no schedule, or waits for a person.
std::optional<Instant> due_at(const store::SourceStateRow& state, const Schedule& schedule, Instant now,
                              std::string_view source_uuid);

// 1 minute, doubled with each failure in a row up to 1 hour, jittered; at least what the source asked for
// ("Try again after N ms." at the end of the message, where adapters' hosts put it).
std::chrono::milliseconds back_off(int failures, const Error& error, double dice);

}  // namespace capbridge::engine
