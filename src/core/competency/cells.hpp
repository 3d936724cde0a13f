// Cells: which requirements stand in one, and the counts of people over it. The matrix, a person's record and
// the explanation of a cell all stand on this, so that they cannot disagree. Internal to the folder. Values;
// one thread at a time.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/answers.hpp"

namespace capbridge::competency {

struct Cell {
    std::string context;         // "" or a deployment's id
    std::vector<int> items;      // the requirements that count
    std::vector<int> uncounted;  // shown only: the level is lost in the source
    bool collective = false;     // asked of the people together, not of each
    // Share of items that learning mapped on the day could give; absent: there are none to have a share of.
    std::optional<double> ceiling;
};

// All cells of a framework on a day.
struct CellPlan {
    CellPlan(const Rules& rules, Day as_of);
    std::vector<Cell> foundation;             // by factor
    std::vector<std::vector<Cell>> advanced;  // by archetype and factor
    std::vector<std::vector<Cell>> products;  // by deployment and group
    std::vector<std::vector<bool>> applies;   // archetype and factor: the framework's applicability
    [[nodiscard]] static bool is_empty(const Cell& cell) {
        return cell.items.empty() && cell.uncounted.empty();
    }
};

// What a person's records say on the day in one context, for every requirement, also those without a record.
class States {
public:
    States(const Rules& rules, Day as_of);
    void load(const PersonFacts& person, std::string_view context);
    [[nodiscard]] const State& at(int requirement) const {
        return states_[static_cast<std::size_t>(requirement)];
    }
    [[nodiscard]] const Record* record(int requirement) const {
        return records_[static_cast<std::size_t>(requirement)];
    }

private:
    const std::vector<Reason>& reasons_in(std::string_view context);

    const Rules& rules_;
    Day as_of_;
    std::vector<State> states_;
    std::vector<const Record*> records_;
    // Why a requirement without a record is not met, by context and requirement: not_attempted or
    // no_learning_exists.
    std::vector<std::vector<Reason>> reasons_;
};

inline constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::held_not_demanded) + 1;

// Counts of person x requirement over one cell.
class CellCount {
public:
    CellCount(const Rules& rules, const Cell& cell);
    void add(const States& states);

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
    Split knowledge, skill;
    std::size_t people = 0, complete = 0, partial = 0;
    std::array<std::size_t, reason_count> reasons{};
    std::vector<std::size_t> held,
        safe;  // by item of the cell: people who meet it; and beyond the amber window
    std::optional<Day> next_expiry;
    [[nodiscard]] std::size_t pairs() const { return knowledge.required + skill.required; }
    [[nodiscard]] std::size_t pairs_met() const { return knowledge.met + skill.met; }
    [[nodiscard]] const Cell& cell() const { return *cell_; }

private:
    const Rules* rules_;
    const Cell* cell_;
    std::vector<bool> is_skill_;
};

ordered_json text_or_null(const std::string& text);
ordered_json day_or_null(const std::optional<Day>& day);

}  // namespace capbridge::competency
