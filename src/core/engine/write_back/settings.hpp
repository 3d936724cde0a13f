// A source's "write_back": what is to be told to it, and when. Pure; immutable; any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/engine/forward/filter.hpp"
#include "core/engine/sync/schedule.hpp"

namespace capbridge::engine {

// A competency over there for who meets all of these here.
struct AwardRule {
    std::vector<std::string> requirements;  // ids; or
    std::string learning_item;              // all that mappings say it gives
    std::string competency;                 // its id number over there
    json grade = nullptr;
    std::string note;
};

struct WriteBack {
    std::vector<AwardRule> awards;
    std::optional<ForwardFilter> statements;
    bool own_evidence = false;  // give it also where all that counts for it came from this very source
    Schedule schedule;          // not set: after each scheduled sync
    [[nodiscard]] bool is_set() const { return !awards.empty() || statements; }
};
// `write_back` keeps to the schema, or is null. Errors "bad_agent", "bad_date", "bad_schedule", "bad_cron",
// "bad_zone", "bad_parameter" (two rules for one competency); where: the pointer below the source.
Result<WriteBack> read_write_back(const json& write_back);

}  // namespace capbridge::engine
