// What is folded from the journal: people and assignments in force, facts, records, and the projector's
// cursor over seq. All of it can be thrown away and folded again (`capbridge rebuild`). Written only by the
// engine's projector, in commits that carry the cursor. Thread-safe for readers.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/competency/answers.hpp"
#include "core/people/compose.hpp"
#include "core/people/people.hpp"
#include "core/store/journal.hpp"

namespace capbridge::store {

// A person's identifier with the key of the xAPI agent that stands for it.
struct IdentifierRow {
    people::Identifier identifier;
    std::string actor;  // xapi::Agent::key()
};

struct ProjectionBatch {
    std::vector<NewFact> facts;  // of a rebuild; else they came with their statements
    struct PersonChange {
        std::string id;
        std::optional<people::Person> person;  // absent: withdrawn
        std::vector<std::string> actors;       // one for each of the person's identifiers, in order
        std::optional<std::vector<people::Assignment>> assignments{};  // given: replaces all of the person's
    };
    std::vector<PersonChange> people;
    struct AssignmentChange {
        std::string key;  // people::Assignment::key()
        std::optional<people::Assignment> assignment;
    };
    std::vector<AssignmentChange> assignments;
    struct RecordsChange {
        std::string person;
        std::vector<competency::Record> records;  // replaces all of the person's
        bool unmapped_only = false;
    };
    std::vector<RecordsChange> records;
    // What decisions in force say of people and units; who is touched becomes stale in the same commit.
    struct SaidChange {
        std::string kind, key;
        std::int64_t seq = 0;              // of the decision; 0: nothing is said any more
        std::string person;                // uuid, "" of a unit
        std::optional<std::string> scope;  // of the snapshot that it came in
    };
    std::vector<SaidChange> said;
    struct MergeChange {
        std::string person, into;  // into "": no longer
    };
    std::vector<MergeChange> merges;
    // The identifiers (people::identifier_key) that somebody claims: replaces all of theirs. Others who claim
    // one of the former or the present ones become stale.
    struct ClaimsChange {
        std::string person;
        std::vector<std::string> keys;  // in order
    };
    std::vector<ClaimsChange> claims;
    bool everyone_stale = false;
    std::optional<std::int64_t> cursor;
    std::optional<std::string> folded_by;  // Rules::version_text() with the fold version
};

// Statements of one owner by one actor: how many people the actor stands for on the day of each.
struct MatchRow {
    std::string owner, actor;  // Batch::owner, xapi::Agent::key()
    std::size_t people = 0;    // 0: nobody
    std::size_t statements = 0;
};

// The activities whose facts somebody wants: others are passed over without reading their statements.
// Remembers what it was told by the store's numbers of activities, so it is of one store. Thread-safe.
class ActivityFilter {
public:
    using Wants = std::function<bool(std::string_view activity)>;
    explicit ActivityFilter(Wants wants) : wants_(std::move(wants)) {}
    [[nodiscard]] std::optional<bool> known(std::int64_t number) const {
        const std::lock_guard lock(mutex_);
        const auto found = known_.find(number);
        return found == known_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] bool wants(std::int64_t number, std::string_view activity) const {
        const bool wanted = wants_(activity);
        const std::lock_guard lock(mutex_);
        known_.insert_or_assign(number, wanted);
        return wanted;
    }
    [[nodiscard]] const Wants& wants() const { return wants_; }

    // Whether the fact of a statement is wanted, as far as somebody has looked: its activity never changes.
    [[nodiscard]] std::optional<bool> known_fact(std::int64_t seq) const {
        const auto place = static_cast<std::size_t>(seq) / 4, shift = static_cast<std::size_t>(seq) % 4 * 2;
        const std::lock_guard lock(mutex_);
        if (place >= facts_.size()) return std::nullopt;
        const auto told = (facts_[place] >> shift) & 3;
        return told == 0 ? std::nullopt : std::optional(told == 2);
    }
    void tell_fact(std::int64_t seq, bool wanted) const {
        const auto place = static_cast<std::size_t>(seq) / 4, shift = static_cast<std::size_t>(seq) % 4 * 2;
        const std::lock_guard lock(mutex_);
        if (place >= facts_.size()) facts_.resize(place + 1 + place / 8);
        facts_[place] = static_cast<std::uint8_t>(facts_[place] | (wanted ? 2 : 1) << shift);
    }

private:
    Wants wants_;
    mutable std::mutex mutex_;
    mutable std::unordered_map<std::int64_t, bool> known_;
    mutable std::vector<std::uint8_t> facts_;  // by seq, two bits each: 0 nobody has looked, 1 no, 2 yes
};

// The facts of everybody at one moment, for whoever folds everybody. Thread-safe; outlived by the projection.
class AllFacts {
public:
    virtual ~AllFacts() = default;
    // As Projection::facts_of with a filter.
    [[nodiscard]] virtual std::vector<competency::Fact> of(const people::Person& person,
                                                           const std::vector<std::string>& actors) const = 0;
};

struct PeopleQuery {
    std::string text;  // part of the name or of an identifier's value, ignoring case
    std::string unit, staff_group, job_role, archetype;  // archetype: confirmed
    bool unassigned = false;
    std::size_t limit = 50, offset = 0;
};

class Projection {
public:
    virtual ~Projection() = default;

    // The requirements of the framework in force, by index: records are stored under the requirement's
    // textual id, so that an edit of the framework cannot shift them. Set before records are written or read,
    // and again when the framework changes; records of requirements that are not among them stay out of the
    // answers.
    virtual void set_requirements(std::vector<std::string> ids) = 0;

    virtual std::int64_t cursor() = 0;
    virtual std::string folded_by() = 0;
    // One commit: people, then assignments, facts, records and the cursor. Errors: "unknown_requirement" (an
    // index that set_requirements() did not give), "no_such_person" (records of one), "invalid_batch" (as
    // many actors as identifiers are needed).
    virtual Status apply(const ProjectionBatch& batch) = 0;
    virtual Status reset() = 0;  // empties everything, cursor 0

    // What people are composed of (people/compose.hpp). Stale are those whose composition or records may not
    // be what the decisions say: from the commit that touched them to the one that writes their records.
    virtual std::vector<std::string> stale() = 0;
    // Said of the person and of all who are merged into them, of kinds that begin with `kind_prefix`.
    virtual std::vector<people::Said> said_of(std::string_view person, std::string_view kind_prefix = {}) = 0;
    // Keys of a kind that begin with `prefix` and came in a snapshot of `scope`.
    virtual std::vector<std::string> said_keys(std::string_view kind, std::string_view prefix,
                                               std::string_view scope) = 0;
    virtual std::optional<std::string> said_person(std::string_view kind, std::string_view key) = 0;
    // Everybody who claims an identifier (people::identifier_key), whether it is theirs or not, in order.
    virtual std::vector<std::string> claimants(std::string_view identifier_key) = 0;
    // Identifiers that several people claim, in order.
    virtual std::vector<std::string> contested() = 0;
    // Who somebody is after all merges: themselves when there is none; of a ring the first of all.
    virtual std::string survivor(std::string_view person) = 0;
    // All who are merged into somebody, directly or through others, in order.
    virtual std::vector<std::string> merged_into(std::string_view person) = 0;
    virtual std::size_t in_post(Day day) = 0;  // people with an employment on that day
    // Of everybody's statements, or one owner's.
    virtual std::vector<MatchRow> matches(const std::optional<std::string>& owner) = 0;

    virtual std::optional<people::Person> person(std::string_view id) = 0;
    // When several had it at different times: the one whose it is now, or was last.
    virtual std::optional<std::string> person_by_identifier(std::string_view scheme, std::string_view issuer,
                                                            std::string_view value) = 0;
    // People of these actors (one agent may have been two people at different times).
    virtual std::vector<std::string> people_of_actors(const std::vector<std::string>& actors) = 0;
    // People with a statement about one of these activities, voided or not.
    virtual std::vector<std::string> people_of_activities(const std::vector<std::string>& activities) = 0;
    virtual std::vector<std::string> all_people() = 0;  // ids, in order
    // The facts of the person's identifiers (actors[i] stands for identifiers[i]), each within its
    // identifier's dates; unordered. A fact without a date counts as of the day on which it was stored. With
    // a filter, of the facts about activities that are not wanted one at most is there: if there is any that
    // is not voided and says something, such a one, without its activity.
    virtual std::vector<competency::Fact> facts_of(const people::Person& person,
                                                   const std::vector<std::string>& actors,
                                                   const ActivityFilter* wanted = nullptr) = 0;
    // Nothing: there are too many to hold; ask for each person.
    virtual std::unique_ptr<AllFacts> all_facts(const ActivityFilter& wanted) = 0;
    virtual std::vector<people::Assignment> assignments_of(std::string_view person) = 0;
    virtual std::vector<people::Assignment> assignments() = 0;
    virtual std::vector<competency::Record> records_of(std::string_view person) = 0;

    virtual std::pair<std::vector<people::Person>, std::size_t> find_people(
        const PeopleQuery& query) = 0;  // page, total
    // Every person with assignments and records, in one consistent snapshot, in order of id. Records come
    // WITHOUT their evidence unless asked: a matrix needs states and dates only. What is handed out lives
    // until the visit returns.
    virtual void each_person(bool with_evidence,
                             const std::function<void(const competency::PersonFacts&)>& visit) = 0;
    virtual std::optional<competency::PersonFacts> person_facts(std::string_view id) = 0;
    // As each_person without evidence, but of these people only, in this order; who is not there is left out.
    virtual void people_facts(const std::vector<std::string>& ids,
                              const std::function<void(const competency::PersonFacts&)>& visit) = 0;

    struct Unresolved {
        std::string actor;
        std::size_t statements = 0;
        std::int64_t last_seq = 0;
    };
    virtual std::vector<Unresolved> unresolved(
        std::size_t limit) = 0;  // actors that no identifier names on the day, most statements first
    struct UnmappedActivity {
        std::string activity;
        std::size_t statements = 0, people = 0;
    };
    virtual std::vector<UnmappedActivity>
    activities() = 0;  // all activities with facts; the caller knows which are mapped
    // A digest over all people, assignments, facts and records in key order: equal digests, equal
    // projections.
    virtual std::string digest() = 0;
    // Tells the filter of every fact, in one pass, unless there are too many: then each is looked at when it
    // is asked for.
    virtual void look_at_facts(const ActivityFilter& filter) = 0;
    // Whose records the facts of these statements, which are new and void nothing, may change: everybody who
    // has one that is wanted; of the others only who may have had no fact at all so far (unmapped_only).
    virtual std::vector<std::string> people_of_new_facts(const std::vector<std::int64_t>& seqs,
                                                         const ActivityFilter& wanted) = 0;
};

}  // namespace capbridge::store
