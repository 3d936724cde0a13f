// The tally of today (competency/tally.hpp) kept in step by the projector, so that a matrix is answered from
// memory. A process that only asks once keeps none. An answer is of the projector's last complete pass and
// carries that watermark. Thread-safe; follow() and drop() are the projector's. Throws what a store throws
// that cannot be read.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>

#include "core/competency/answers.hpp"
#include "core/store/projection.hpp"

namespace capbridge::competency {
class Tally;
}

namespace capbridge::engine {

class Standings {
public:
    void keep() { kept_ = true; }  // from the projector's next pass on
    [[nodiscard]] bool are_kept() const { return kept_; }

    // They are kept, and of other rules or another day, or there are none yet.
    [[nodiscard]] bool are_behind(const competency::Rules& rules, Day today) const;
    // After a pass up to `watermark` that changed what is known of `people` (or, absent, of anybody).
    void follow(store::Projection& projection, const std::shared_ptr<const competency::Rules>& rules,
                Day today, const std::optional<std::set<std::string>>& people, std::int64_t watermark);
    void drop();  // a pass ended in the middle: nobody knows how far it came

    // With what teams cover. Nothing: they are not of that day, or do not know the scope; the records are to
    // be asked.
    [[nodiscard]] std::optional<ordered_json> matrix(competency::Question question) const;

private:
    void count_anew(store::Projection& projection, const std::shared_ptr<const competency::Rules>& rules,
                    Day today, std::int64_t watermark);

    // Of the people that teams name, whole: what teams cover is worked out for each answer.
    using Members = std::map<std::string, std::shared_ptr<const competency::PersonFacts>>;
    static Members read_members(store::Projection& projection, const competency::Rules& rules, Members former,
                                const std::optional<std::set<std::string>>& people);

    std::atomic<bool> kept_{false};
    mutable std::shared_mutex mutex_;
    std::shared_ptr<competency::Tally> tally_;
    std::shared_ptr<const Members> members_;
    std::int64_t watermark_ = 0;
};

}  // namespace capbridge::engine
