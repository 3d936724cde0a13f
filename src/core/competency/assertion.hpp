// Competencies that are said to others: what a person has of each today, and what is to be said of it, given
// what was said last. A competency is an archetype's items of a factor, or the foundation's. Losing it is
// judged by the items that it stood on when it was said, so that asking for more takes nothing back, and
// somebody who moves on keeps what they have. Pure; a Holdings is of one day and one Rules, which must
// outlive it; one thread at a time.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/competency/answers.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::competency {

enum class Said { achieved, expired, revoked };
std::string_view text(Said said);

// What a person has of one competency that is asked of them.
struct Holding {
    int archetype = -1;           // index; -1: the foundation
    int factor = -1;              // index
    std::vector<int> items;       // asked of them alone or with others, nothing waived; indexes, sorted
    bool complete = false;        // all of them are held, and there are some
    std::optional<Day> day;       // of the last learning that counts
    std::optional<Day> valid_to;  // the last day on which it holds; absent while complete: for ever
};

// How items that were held stand.
struct Standing {
    bool holds = true;
    bool expired = false;                       // it does not hold, and nothing but time did it
    std::optional<Day> until;                   // expired: the last day on which it held
    Reason reason = Reason::held_not_demanded;  // why the first of them does not
};

class Holdings {
public:
    Holdings(const Rules& rules, Day as_of);
    ~Holdings();
    // Of a person, records with or without their evidence; the answer lives until the next call.
    const std::vector<Holding>& of(const PersonFacts& person);
    // Of the same person, who must still be there: items by their ids, also former ones. Those that nothing
    // replaced are left out.
    [[nodiscard]] Standing stand(const std::vector<std::string>& requirements) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// What was said last of a person's competency.
struct Asserted {
    Said said = Said::achieved;
    std::string statement;  // id
    Instant at{};
    int revision = 1;                       // how often something was said of it
    xapi::Agent agent;                      // of whom it was said
    std::vector<std::string> requirements;  // ids it stood on
    std::optional<Day> day, valid_to;
};
json to_json(const Asserted& asserted);
std::optional<Asserted> asserted_from_json(const json& value);

// Nothing: all is said. `last` and `now` may be null; `may_begin`: what is held and was not said may be said.
std::optional<Said> to_say(const Asserted* last, const Holding* now, const Standing& standing,
                           const std::vector<std::string>& items, bool may_begin);

}  // namespace capbridge::competency
