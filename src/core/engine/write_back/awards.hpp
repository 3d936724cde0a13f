// Who is to have which competency of a source: everybody whose records are met for all requirements of a
// rule, today. Read from the fold; changes nothing. One thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/write_back/settings.hpp"

namespace capbridge::engine {

struct Award {
    std::string person;       // uuid
    std::size_t rule = 0;     // of WriteBack::awards
    std::string key, digest;  // of the competency and the person; of what is said, without the evidence
};

class Awards {
public:
    // Errors: "no_such_requirement", "no_such_learning_item" (by the framework and the mappings in force).
    static Result<Awards> make(Bridge& bridge, std::vector<AwardRule> rules);

    std::vector<Award> due(Day today) const;
    // The record of kind competency_award; nothing when the person has gone meanwhile.
    std::optional<json> record(const Award& award, Day today) const;

private:
    explicit Awards(Bridge& bridge) : bridge_(&bridge) {}
    [[nodiscard]] json evidence_of(const competency::PersonFacts& facts, const std::vector<int>& requirements,
                                   Day today) const;

    Bridge* bridge_;
    std::shared_ptr<const competency::Rules> rules_;
    std::vector<AwardRule> awards_;
    std::vector<std::vector<int>> needed_;  // requirement indexes, by rule
};

}  // namespace capbridge::engine
