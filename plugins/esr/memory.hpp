// What one file needs to know of those before it, kept in the cursor because nothing else is certain to be
// there: the staff group and role of each position (an assignment row has only the position), names and
// renewal periods of definitions, the dated rows of assignments that were told (a deletion names only the
// assignment; a termination in a later file ends them), who has left, and tombstones: what was deleted, and
// until when that is the last word.
// Bounded: beyond `kMostBytes` it forgets, in this order, titles of posts, who left without a post that is
// remembered, tombstones (those of the oldest files first), what would be needed to tell old posts again,
// posts that began longest ago, positions; `pruned` says so. Definitions have their own bound
// (definitions.hpp). Holds no names of people. Not thread-safe.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "esr/definitions.hpp"
#include "esr/timeline.hpp"

namespace esr_adapter {

struct PositionFacts {
    std::string staff_group, job_role;  // UTF-8
};

struct Memory {
    static constexpr std::size_t kMostBytes = 840u << 10;  // a cursor may have 900 KiB
    static constexpr std::size_t kMostTombstones = 20'000;

    std::map<std::string, PositionFacts, std::less<>> positions;
    Definitions definitions;
    std::map<std::string, Assignment, std::less<>> assignments;
    std::map<std::string, Service, std::less<>> leavers;         // by person; only who ever left
    std::map<std::string, std::string, std::less<>> tombstones;  // CM10005280 -> 'yyyymmdd hhmmss'
    bool pruned = false;
    DefinitionPlace place;  // of the definitions that are not in the text

    // JSON; forgets first what would make it too large, and places definitions: `parts` is what belongs into
    // the state, unless place.mark says that it is there. Definitions that have no place are forgotten.
    std::string text(std::vector<std::string>& parts);
    // Without what lies in the state. Throws nlohmann::json::exception or std::exception when the text is
    // none of ours.
    static Memory parse(std::string_view json_text);

private:
    bool forget_some();
    bool forget_leavers_without_posts();
};

// Keys with values as one short text: sorted, each with the length of what it shares with the one before.
// Keys and values have none of ':' and ';'.
std::string pack(const std::vector<std::pair<std::string, std::string>>& sorted);
std::vector<std::pair<std::string, std::string>> unpack(std::string_view text);

}  // namespace esr_adapter
