// Looking back: what a question would have been answered at an earlier moment of the journal. A past is a
// Bridge of its own, on a copy of the journal up to there (store::Store::past), folded by the same projector;
// so the same operations answer, and nothing that was appended, voided or taken back later shows. Making one
// costs a fold of everybody; the last few are kept for who asks again. Owned by the Bridge that it looks back
// from; thread-safe: one question at a time.
#pragma once
#include <list>
#include <memory>
#include <mutex>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

class Pasts {
public:
    explicit Pasts(Bridge& now);
    ~Pasts();

    struct Moment {
        std::int64_t seq = 0;    // the last entry that was known
        Instant at{};            // the time then: what "today" means
        bool rules_now = false;  // by today's rules, not those that were in force
    };
    // Of {known_at, rules?}: known_at is a seq, an instant, or a day (its end); rules is "then" (the default)
    // or "now". Error "bad_parameter", also when it is ahead of the journal.
    Result<Moment> moment(const json& params);
    // The operation's answer then, with known_at {seq, at, rules} beside. Without as_of the day is that of
    // the moment. Errors also "bad_parameter" (the operation says nothing of the past), "store_busy",
    // "stopping".
    Result<ordered_json> ask(const Operation& operation, const json& params, const Caller& caller);
    Result<ordered_json> ask(const Operation& operation, json params, const Moment& moment,
                             const Caller& caller);

    // Waits for a question under way.
    void forget();

private:
    struct Kept;
    Status fold(Bridge& past);
    Result<Kept*> at(const Moment& moment, const Caller& caller);

    Bridge& now_;
    std::timed_mutex asking_;
    std::list<std::unique_ptr<Kept>> kept_;  // the one asked last first
};

// Questions that the journal and its fold alone answer, so that they can be asked of a past.
bool answers_of_the_past(std::string_view operation);

}  // namespace capbridge::engine
