// What a change did to the records of certain people, told in the words of those who answer for them: whose
// records changed, in which units, and from which state to which. The records before are held in memory until
// the change is made, so there is a bound on how many people. One thread.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/competency/comparison.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class RecordEffects {
public:
    static constexpr std::size_t most_people = 20'000;

    // As their records are now. Of more than most_people nothing is read, and told() answers null.
    static Result<RecordEffects> before(Bridge& bridge, const std::set<std::string>& people);
    RecordEffects(RecordEffects&&) noexcept;
    RecordEffects& operator=(RecordEffects&&) = delete;
    ~RecordEffects();

    // Instead of what is stored after the change: what a dry run folded. A person of before().
    void set_after(const std::string& person, competency::PersonFacts facts);
    [[nodiscard]] const competency::PersonFacts* facts_of(const std::string& person) const;

    // Against what is stored now (and set_after()): what Comparison::finish() gives, and states: [{from, to,
    // items}], the commonest first. Who is not there any more is not compared, and counted in `gone`.
    Result<ordered_json> told(Bridge& bridge);
    // After told(): whose records differ in anything but their evidence.
    [[nodiscard]] const std::set<std::string>& changed() const;

private:
    struct Impl;
    explicit RecordEffects(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace capbridge::engine
