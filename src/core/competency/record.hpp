// The fold: what a person's facts say about each requirement. A record holds no "now": expiring and expired
// follow from its dates when it is read (state_at), so the same journal always folds to the same records, bit
// for bit.
//
// The state of a record is the first of these that fits (the same order in fold and in state_at):
//   - met or expiring: something counts and holds on the day
//   - contradicted: what counted was followed, within its validity, by a failure, and by no later success
//   - expired: something counted and its days are over
//   - in_progress: begun, failed, completed where a pass is needed, or scored too low: going on would help
//   - revoked: all that would count was voided, and nothing has come in its place
//   - none (capped): there is evidence, but of a kind that may not claim this level: going on would not help
//   - none: anything else, such as learning outside its mapping's window
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/competency/attestation.hpp"
#include "core/competency/profile.hpp"
#include "core/people/people.hpp"

namespace capbridge::competency {

class Rules;

inline constexpr int fold_version = 2;

// One statement, as far as competency goes.
struct Fact {
    std::int64_t seq = 0;
    std::string statement;  // id
    std::string activity;   // IRI
    enum class What { completed, passed, failed, progressed, other } what = What::other;
    std::optional<double> score;  // fraction 0..1
    When occurred;
    std::optional<Day> expires;  // the source's own
    bool voided = false;
};

enum class Attainment { none, in_progress, met, expiring, expired, contradicted, revoked };
enum class Reason {
    no_learning_exists,
    not_attempted,
    in_progress,
    capped,
    expired,
    contradicted,
    revoked,
    unmapped_only,
    identity_unresolved,
    source_stale,
    met_direct,
    met_implied,
    met_equivalent,
    met_attested,
    held_not_demanded
};
std::string_view text(Attainment a);
std::string_view text(Reason r);

// What one statement gives to one requirement through one mapping.
struct Contribution {
    std::string statement;  // or an attestation's id
    std::string mapping;    // "nymouth@3/ai-foundations-quiz"; "" of an attestation
    std::string learning_item;
    std::string implied_by;  // requirement id when it came along a topic; "" = direct
    EvidenceKind kind = EvidenceKind::completed;
    bool counts = false;
    std::string why_not;  // capped, score_too_low, needs_pass, outside_window, failed, voided, in_progress,
                          // contradicted, self_assessment, or as of Rules::assessor_refused
    // The days it holds, inclusive; absent `to` = for ever. If it does not count, `from` is the day it
    // happened. An undated fact has no `from`: it is taken to have been there on every day, and no validity
    // can be counted from it.
    std::optional<Day> from, to;
    std::optional<Day> contradicted_on;  // the failure's day; it held until the day before
    bool same_level = false;  // implied_by stands at the same level: the same item in another table
    // Of an attestation only: how it was shown, who vouches for it (id in the register), what was seen.
    std::string method, assessor, document, reviewer;
    [[nodiscard]] bool is_attestation() const { return mapping.empty(); }
    friend bool operator==(const Contribution&, const Contribution&) = default;
};

struct Record {
    int requirement = -1;  // index in the framework
    std::string context;   // "" or a deployment id
    // Time-free state: none, in_progress, met, contradicted or revoked (expiring and expired come from
    // valid_to).
    Attainment attainment = Attainment::none;
    Reason reason = Reason::not_attempted;
    std::optional<Day> first_achieved, last_achieved;
    std::optional<Day> valid_to;         // inclusive; absent while met = for ever
    std::vector<Contribution> evidence;  // in order of occurrence
    Override overriding;                 // kind none: there is none
    friend bool operator==(const Record&, const Record&) = default;
};

// All that is said of one person's items.
struct History {
    std::vector<Fact> facts;
    std::vector<Attestation> attestations;
    std::vector<Override> overrides;  // one for each requirement and context
};

// Records that have anything to say (sparse), ordered by requirement, then context. Facts and attestations in
// any order give the same records. A voided fact that would have given nothing leaves no trace; one that
// would have counted is listed as voided.
std::vector<Record> fold(const History& history, const people::Person& person, const Rules& rules);
// The person has learnt something, and no mapping knows any of it. Such a person's not_attempted reads
// unmapped_only where learning for the requirement exists: perhaps that is what was learnt, under an activity
// id that we do not know.
bool unmapped_only(const std::vector<Fact>& facts, const Rules& rules);

struct State {
    Attainment attainment = Attainment::none;
    Reason reason = Reason::not_attempted;
    std::optional<Day> until;  // while met: the last day it holds by what had happened on the day asked
                               // about; absent = for ever
    [[nodiscard]] bool holds() const {
        return attainment == Attainment::met || attainment == Attainment::expiring;
    }
};
// On a day: before first_achieved nothing was met; with amber_days or fewer left it is expiring; after its
// end expired. Judged from the evidence of that day and before, so that a gap between two validities reads
// expired, and a record that a later failure contradicts still reads met on the days before. A record read
// without its evidence is judged by its dates: exact for any day on or after the last thing that happened,
// such as today.
State state_at(const Record& record, Day as_of, int amber_days);

json to_json(const Contribution& contribution);
Contribution contribution_from_json(const json& value);

}  // namespace capbridge::competency
