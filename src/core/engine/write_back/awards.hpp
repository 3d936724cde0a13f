// Who is to have which competency of a source: everybody whose records are met for all requirements of a
// rule, today. Read from the fold; changes nothing. One thread.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/write_back/origins.hpp"
#include "core/engine/write_back/settings.hpp"

namespace capbridge::engine {

struct Award {
    std::string person;      // uuid
    std::size_t rule = 0;    // of WriteBack::awards
    std::string key;         // of the competency and the person
    std::string digest;      // of what is said, without the evidence
    std::optional<Day> day;  // of the last learning that counts
};

class Awards {
public:
    // Errors: "no_such_requirement", "no_such_learning_item" (by the framework and the mappings in force).
    static Result<Awards> make(Bridge& bridge, std::vector<AwardRule> rules);

    std::vector<Award> due(Day today) const;
    // The record of kind competency_award; nothing when the person has gone meanwhile.
    std::optional<json> record(const Award& award, Day today) const;
    // All that counts for it today came from this very source.
    bool only_of(const Award& award, const store::SourceRow& source, Origins& origins, Day today) const;

    // "COMPETENCY/PERSON", and what stands before and behind the slash.
    static std::string key_of(const std::string& competency, const std::string& person);
    static std::pair<std::string, std::string> parts_of(const std::string& key);
    // What the same award was called when it was given to somebody who is this person now.
    std::vector<std::string> former_keys(const Award& award) const;
    [[nodiscard]] const AwardRule& rule(const Award& award) const { return awards_[award.rule]; }
    [[nodiscard]] bool knows(const std::string& competency) const;

private:
    explicit Awards(Bridge& bridge) : bridge_(&bridge) {}
    [[nodiscard]] json evidence_of(const competency::PersonFacts& facts, const std::vector<int>& requirements,
                                   Day today) const;

    Bridge* bridge_;
    std::shared_ptr<const competency::Rules> rules_;
    std::vector<AwardRule> awards_;
    std::vector<std::vector<int>> needed_;                    // requirement indexes, by rule
    std::map<std::string, std::vector<std::string>> merged_;  // who stays -> who was merged into them
};

}  // namespace capbridge::engine
