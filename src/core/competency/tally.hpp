// Everybody as they stand on one day by one version of the rules, in a few hundred bytes each, with the
// counts of the whole organisation kept beside: its matrix is read off, one of a part is summed, and neither
// asks the store. What a matrix of MatrixBuilder over the same people says, byte for byte. Shares the rules.
// prepare() and apply() belong to one thread; apply() excludes everything else, count() may run beside
// count() and prepare(). Nothing fails.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/competency/matrix_counts.hpp"

namespace capbridge::competency {

class Tally {
public:
    Tally(std::shared_ptr<const Rules> rules, Day day);

    struct Post {
        std::array<std::uint32_t, 3> places{};  // unit, staff group, job role: names by number
        bool current = false;                   // on the day
    };
    struct Person {
        std::string id;
        bool gone = false;  // of a change: nobody any more
        const DemandPlan* plan = nullptr;
        const std::vector<AskedCell>* cells = nullptr;
        std::vector<DayState> states;
        Reason missing = Reason::not_attempted;
        std::vector<Post> posts;
        std::array<std::vector<std::string>, 3> new_names;  // of posts: empty once applied
    };
    [[nodiscard]] Person prepare(const PersonFacts& person);
    void apply(std::vector<Person> changes);

    // Unit, staff group and job role are somebody's, or a unit that is told of; archetype, team and
    // deployment are there.
    [[nodiscard]] bool knows(const Scope& scope) const;
    [[nodiscard]] MatrixCounts count(const Scope& scope) const;
    // The answer to a question of this day from counts of this tally.
    [[nodiscard]] ordered_json matrix(const MatrixCounts& counts, const Question& question) const;

    [[nodiscard]] const std::shared_ptr<const Rules>& rules() const { return rules_; }
    [[nodiscard]] Day day() const { return day_; }
    [[nodiscard]] std::size_t people() const { return people_.size(); }

private:
    // Names that posts have, by number; how many posts have each.
    struct Names {
        std::unordered_map<std::string, std::uint32_t> number;
        std::vector<std::size_t> uses;
        [[nodiscard]] std::optional<std::uint32_t> find(const std::string& name) const;
    };
    class InPart;
    void put(Person person);
    void remove(const std::string& id);
    void count_everywhere(const Person& person, int times);
    static void add(const Person& person, States& states, MatrixCounts& counts,
                    const std::optional<int>& wanted, int times, std::vector<MatrixCounts::End>* ends);

    std::shared_ptr<const Rules> rules_;
    Day day_;
    CellPlan plan_;
    Demands demands_;
    States states_;
    MatrixCounts counts_;                             // of everybody in the scope of everyone
    std::vector<std::map<Day, std::size_t>> ends_;    // by cell: how many things run out on a day
    std::vector<MatrixCounts::End> changed_ends_;     // kept for its memory
    std::unordered_map<std::string, Person> people_;  // by id
    std::array<Names, 3> names_;
};

}  // namespace capbridge::competency
