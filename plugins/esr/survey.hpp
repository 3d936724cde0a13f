// The first reading of a file, before anything of it is told. It makes sure that the file is whole (header,
// trailer), and gathers what rows say about other rows, because a GO file promises no order: positions and
// definitions, which of several dated rows is in force, who left, what was deleted. Holds ids and days, no
// names of people. Bounded by the people and posts of a trust, not by the size of the file. Immutable when
// made.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bridge/adapter.hpp"
#include "esr/feed.hpp"
#include "esr/memory.hpp"
#include "esr/settings.hpp"

namespace esr_adapter {

// Of several dated rows: in force on the day of the file, else the next, else the last.
struct InForce {
    int rank = 3;
    Day start = 0;
};

enum class Verdict : std::uint8_t { live, stale, unknown };

class Survey {
public:
    // Throws bridge::Failure: CONFIG when it is no GO file of this trust, RETRY when it is not whole.
    static Survey of(const bridge::Host& host, const FeedName& file, const Settings& settings,
                     const Memory& before, const bridge::Call& call);

    [[nodiscard]] const FeedHeader& header() const { return header_; }
    [[nodiscard]] std::int64_t rows() const { return rows_; }
    [[nodiscard]] bool is_in_force(Type type, std::string_view id, Day start) const;
    // Until when somebody who is in post from that day on is employed, by this file and those before it:
    // kNever, or 0: they are not.
    [[nodiscard]] Day employed_until(std::string_view person, Day start) const;
    // The last day that is left of a row that this file tells: `own_end` at most; 0: none.
    [[nodiscard]] Day last_day_of(std::string_view assignment, std::string_view person, Day start,
                                  Day own_end) const;
    [[nodiscard]] const PositionFacts* position(std::string_view id) const;
    [[nodiscard]] const DefinitionFacts* definition(std::string_view id) const;
    [[nodiscard]] const DefinitionFacts* definition_by_name(std::string_view competency) const;
    // Starts of the assignment's rows that were told, by this file or before it.
    [[nodiscard]] std::set<Day> starts_of(std::string_view assignment) const;
    // Assignments told before of which this file says something without telling their rows: it tells other
    // rows, or that the person has left. In order.
    [[nodiscard]] std::vector<std::string> touched() const;
    // How it was before this file, and how it is now; empty ones when there is none.
    [[nodiscard]] const Assignment& assignment_before(std::string_view id) const;
    [[nodiscard]] const Assignment& assignment_now(std::string_view id) const;
    [[nodiscard]] const Service& service_before(std::string_view person) const;
    [[nodiscard]] const Service& service_now(std::string_view person) const;

    // Does an "A" row count, or was its key deleted since? `updated`: a stamp or "". unknown: deleted earlier
    // in this very file, and the row has no date.
    [[nodiscard]] Verdict judge(Type type, std::string_view id, std::int64_t line,
                                std::string_view updated) const;
    [[nodiscard]] bool any_deleted() const { return !deleted_.empty() || !before_->tombstones.empty(); }

    // What is to be remembered when all of the file is taken in.
    [[nodiscard]] Memory after() const;

private:
    void take(Type type, std::string_view line, std::int64_t number, const Settings& settings);
    void take_deletion(Type type, std::string_view line, std::int64_t number);
    void take_dated(Type type, const Fields& row, const Settings& settings);
    void take_assignment(const Fields& row, const InForce& seen, Day end, const Settings& settings);
    void join();
    void bound() const;

    const Memory* before_ = nullptr;
    FeedHeader header_;
    bool full_ = false;
    Day day_ = 0;
    std::int64_t rows_ = 0;
    std::unordered_map<std::string, InForce> people_, assignments_;
    std::map<std::string, Service, std::less<>> services_;  // of this file; after join() leavers, as they are
    std::map<std::string, std::pair<InForce, PositionFacts>, std::less<>> positions_;
    std::map<std::string, DefinitionFacts, std::less<>> definitions_;
    std::map<std::string, std::string, std::less<>> definition_by_name_;  // competency -> id
    mutable std::unordered_map<std::string_view, const DefinitionFacts*> before_by_name_;
    std::map<std::string, Assignment, std::less<>> told_;  // of this file; after join() with what was before
    std::map<std::string, std::set<Day>, std::less<>> told_and_deleted_;  // by assignment
    std::set<std::string, std::less<>> changed_people_;      // leavers before or now, of whom this file tells
    std::unordered_map<std::string, std::int64_t> deleted_;  // key -> line of the first
    std::set<std::string, std::less<>> revived_;             // deleted, and then told again by a younger row
};

// The first line of a file that names itself a GO file. Throws as Survey::of.
FeedHeader header_of(const bridge::Host& host, const FeedName& file, const Settings& settings,
                     const bridge::Call& call);
// Is this row an employment at all?
bool is_employment(const Fields& row, const Settings& settings);

}  // namespace esr_adapter
