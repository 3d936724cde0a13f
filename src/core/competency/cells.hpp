// Cells: which requirements stand in one, and the counts of people over it. The matrix, a person's record and
// the explanation of a cell all stand on this, so that they cannot disagree. Internal to the folder. Values;
// one thread at a time.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/answers.hpp"
#include "core/competency/demand.hpp"

namespace capbridge::competency {

struct Cell {
    std::string context;         // "" or a deployment's id
    std::vector<int> items;      // the requirements that count
    std::vector<int> uncounted;  // shown only: the level is lost in the source
    // Share of items that learning mapped on the day could give; absent: there are none to have a share of.
    std::optional<double> ceiling;
    [[nodiscard]] bool is_empty() const { return items.empty() && uncounted.empty(); }
};

// What is asked of somebody in one cell: positions among its items.
struct AskedCell {
    struct Item {
        std::size_t position;
        Demand demand;
    };
    std::size_t cell;
    std::vector<Item> items;
};

// All cells of a framework on a day, in one list.
class CellPlan {
public:
    CellPlan(const Rules& rules, Day as_of);
    std::vector<Cell> cells;
    std::vector<std::vector<bool>> applies;  // archetype and factor: the framework's applicability
    [[nodiscard]] std::size_t foundation(std::size_t factor) const { return factor; }
    [[nodiscard]] std::size_t advanced(std::size_t archetype, std::size_t factor) const {
        return (1 + archetype) * factors_ + factor;
    }
    [[nodiscard]] std::size_t product(std::size_t deployment, std::size_t group) const {
        return (1 + archetypes_) * factors_ + deployment * groups_ + group;
    }
    [[nodiscard]] bool is_product(std::size_t cell) const { return cell >= (1 + archetypes_) * factors_; }

    // Of a plan of Demands, in order of cells; kept, since many people share a plan.
    const std::vector<AskedCell>& asked(const DemandPlan& plan);

private:
    [[nodiscard]] std::optional<std::size_t> cell_of(const Demanded& item) const;

    const Rules& rules_;
    std::size_t factors_, archetypes_, groups_;
    std::unordered_map<const DemandPlan*, std::vector<AskedCell>> asked_;
};

// One item of a person as a record says it stands on a day, in a dozen bytes: a State, and whether the person
// is exempt. What a trust's people are kept as (tally.hpp).
struct DayState {
    std::uint16_t requirement = 0, place = 0;  // place: 0, or 1 + the deployment's index
    std::uint8_t attainment = 0, reason = 0;
    bool exempt = false, ends = false;
    std::int32_t until = 0;  // a day, when it ends
};
// In the order of the records. What reads like no record at all is left out.
std::vector<DayState> day_states(const PersonFacts& person, const Rules& rules, Day as_of);

// Why a person has nothing of what learning exists for, as far as it is the person's: identity_unresolved,
// unmapped_only or, as a rule, not_attempted.
Reason missing_reason(const PersonFacts& person, const Rules& rules);

// What a person's records say on the day in one context, for every requirement, also those without a record.
class States {
public:
    States(const Rules& rules, Day as_of);
    void load(const PersonFacts& person, std::string_view context);
    // The same of kept states; record() then knows none.
    void load(const std::vector<DayState>& kept, Reason missing, std::string_view context);
    [[nodiscard]] const State& at(int requirement) const {
        return states_[static_cast<std::size_t>(requirement)];
    }
    [[nodiscard]] const Record* record(int requirement) const {
        return records_[static_cast<std::size_t>(requirement)];
    }
    // Waived, or not applicable: not asked, whatever the profile says.
    [[nodiscard]] bool is_exempt(int requirement) const {
        return exempt_[static_cast<std::size_t>(requirement)];
    }

private:
    const std::vector<Reason>& reasons_in(std::string_view context);
    void clear(std::string_view context, Reason missing);

    const Rules& rules_;
    Day as_of_;
    std::vector<State> states_;
    std::vector<const Record*> records_;
    std::vector<bool> exempt_;
    // Why a requirement without a record is not met, by context and requirement: not_attempted,
    // source_stale or no_learning_exists.
    std::vector<std::vector<Reason>> reasons_;
};

inline constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::held_not_demanded) + 1;

// Counts of person x requirement over one cell. A pair is counted when it is asked, of each or of the people
// together, and not waived; optional and waived ones stand beside.
class CellCount {
public:
    CellCount(const Rules& rules, const Cell& cell);
    struct Given {
        std::size_t due = 0, met = 0;
    };
    // Gives what the person added. Everything but next_expiry is a sum: `times` -1 takes the person out again
    // (the counts are unsigned and wrap around). With `ends` the days on which something met runs out go
    // there, and next_expiry is the caller's to find.
    Given add(const AskedCell& asked, const States& states, int times = 1, std::vector<Day>* ends = nullptr);

    // green: everything asked is met and nothing of it is about to run out; amber: at least half of it is
    // met; red: less; none: nobody is asked anything. Asked of each person, "it" is people x items; asked of
    // the people together, it is the items, each met when one of them holds it (and about to run out when
    // nobody holds it beyond the amber window).
    [[nodiscard]] const char* status() const;
    // Appends kind_split ... status to the cell.
    void write(ordered_json& cell) const;

    struct Split {
        std::size_t required = 0, met = 0, expiring = 0, expired = 0;  // met includes expiring
        [[nodiscard]] ordered_json to_json() const;
    };
    struct Item {
        std::size_t of_each = 0, of_each_held = 0, of_each_safe = 0;  // safe: held beyond the amber window
        std::size_t together = 0;                                     // people asked it together
        std::size_t held = 0, safe = 0;                               // by whomever it is asked of
        // Nothing more is needed.
        [[nodiscard]] bool is_met() const { return of_each_held == of_each && (together == 0 || held > 0); }
        [[nodiscard]] std::size_t asked() const { return of_each + together; }
    };
    Split knowledge, skill;
    std::size_t people = 0, complete = 0, partial = 0;  // of whom something is asked
    std::size_t optional_asked = 0, optional_met = 0, waived = 0;
    std::array<std::size_t, reason_count> reasons{};
    std::vector<Item> items;  // by item of the cell
    std::optional<Day> next_expiry;
    [[nodiscard]] std::size_t pairs() const { return knowledge.required + skill.required; }
    [[nodiscard]] std::size_t pairs_met() const { return knowledge.met + skill.met; }
    [[nodiscard]] bool is_collective() const;  // something in it is asked of the people together
    [[nodiscard]] const Cell& cell() const { return *cell_; }

private:
    const Cell* cell_;
    std::vector<bool> is_skill_;
};

ordered_json text_or_null(const std::string& text);
ordered_json day_or_null(const std::optional<Day>& day);

}  // namespace capbridge::competency
