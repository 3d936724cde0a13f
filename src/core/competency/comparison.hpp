// What a change would do to people: the same people by two sets of rules (or by stored records and a fold of
// today), held against each other item by item. Who gains and who loses, why, and what is asked of whom anew,
// per unit, archetype and factor. A requirement that one other replaced counts as the same item. Pure; one
// thread at a time; several can be merged.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/competency/answers.hpp"

namespace capbridge::competency {

struct ComparisonLimits {
    std::size_t people = 50;  // of those who change, listed one by one; the counts are of everybody
    std::size_t items_of_a_person = 20;
};

class Comparison {
public:
    // The rules must outlive it.
    Comparison(const Rules& before, const Rules& after, Day as_of, ComparisonLimits limits = {});
    Comparison(Comparison&&) noexcept;
    Comparison& operator=(Comparison&&) = delete;
    ~Comparison();

    // The same person on both sides; records are by the rules of their side.
    void add(const PersonFacts& before, const PersonFacts& after);
    // Takes over what another of the same rules has counted; its people come after these.
    void merge(Comparison&& other);

    // {as_of, before, after, people:{total, changed, gaining, losing}, items:{gained, lost, valid_longer,
    // valid_shorter, newly_asked, no_longer_asked}, gaps:{closed, opened}, reasons:{gained:{}, lost:{}},
    // foundation:{complete_before, complete_after, gained, lost, lost_people:[]}, by_unit:[],
    // by_archetype:[], by_factor:[], list:[], listed_of}. An item is person x requirement x context. Gained:
    // held after and not before. A gap is an item that is asked and not held. reasons.lost are those why it
    // is not held any more. Who works in two units counts in both.
    [[nodiscard]] ordered_json finish() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace capbridge::competency
