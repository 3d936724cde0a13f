// What a matrix counts over a set of people: sums, so that people are added, and taken out again, in any
// order. MatrixBuilder counts those who come by; a Tally keeps the sums of everybody. Internal to the folder.
// One thread at a time.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "core/competency/cells.hpp"

namespace capbridge::competency {

struct MatrixCounts {
    struct Row {
        std::size_t people = 0, proposed = 0, foundation_complete = 0, ahead = 0, pairs = 0, met = 0;
    };
    // A day on which something that somebody holds in a cell runs out.
    struct End {
        std::size_t cell;
        Day day;
    };

    MatrixCounts(const Rules& rules, const CellPlan& plan);

    // Somebody in scope, of whom `asked` is asked (`cells`: the same by cell). `wanted`: an archetype's
    // index; others than its people only count as proposed; absent: everybody counts. Where `ends` is given
    // the cells' next_expiry is the caller's to find. `states` are loaded for the context "".
    using Load = std::function<void(std::string_view context)>;  // makes `states` speak of another context
    void add(const DemandPlan& asked, const std::vector<AskedCell>& cells, States& states, const Load& load,
             const std::optional<int>& wanted, int times = 1, std::vector<End>* ends = nullptr);

    std::size_t people = 0, unassigned = 0, proposed = 0;
    std::vector<CellCount> cells;  // by cell of the plan
    std::vector<Row> rows;         // by archetype
    std::vector<std::size_t> product_people;

private:
    const Rules* rules_;
    const CellPlan* plan_;
};

// The answer, from the counts alone.
ordered_json matrix_json(const Rules& rules, const CellPlan& plan, const MatrixCounts& counts,
                         const Question& question);
// The archetype of a scope: -1 when it is unknown.
std::optional<int> wanted_archetype(const Rules& rules, const Scope& scope);

}  // namespace capbridge::competency
