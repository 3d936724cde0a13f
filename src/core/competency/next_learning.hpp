// Next best learning for a person, a team or everybody in a scope: a greedy weighted cover of what is needed
// by what is mapped (docs/learning.md). Each step is one piece of learning, with what it closes and why it
// stands there; the list ends when nothing more can be closed. The same people and rules give the same list,
// whatever the order in which people are added. Pure; one thread at a time.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/competency/answers.hpp"

namespace capbridge::competency {

// Why something is needed, what comes first first.
enum class Need {
    foundation,  // asked of everyone, and lacking
    expiring,    // held, and about to run out
    team_gap,    // too few of the people who must hold it together do
    rest,        // asked and lacking
    said_known,  // lacking, but the person says they know it
};
inline constexpr std::size_t need_count = 5;
std::string_view text(Need need);

class NextLearning {
public:
    struct Options {
        enum class Whom { person, team, scope } whom = Whom::scope;
        std::string person, team;
        std::size_t limit = 20;  // steps
    };
    NextLearning(const Rules& rules, Question question, Options options);
    ~NextLearning();

    // A self-assessment that stands; before the person is added. It puts the item at the end, and gives
    // nothing.
    void says_they_know(const std::string& person, const std::string& requirement,
                        const std::string& context);
    // Members of teams count for their teams' gaps wherever they work, so everybody may be added; who is not
    // meant is not counted otherwise.
    void add(const PersonFacts& person);
    // {as_of, for, people, needs, steps:[{…}], more, left, rules, watermark}
    [[nodiscard]] ordered_json finish() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace capbridge::competency
