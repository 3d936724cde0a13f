// What one file needs to know of those before it, kept in the cursor because nothing else is certain to be
// there: the staff group and role of each position (an assignment row has only the position), names and
// renewal periods of definitions, which dated rows of an assignment were emitted (a deletion names only the
// assignment), and tombstones: what was deleted, and until when that is the last word.
// Bounded: beyond `kMostBytes` the tombstones and then the dated rows that began longest ago are forgotten,
// and `pruned` says so. Holds no names of people. Not thread-safe.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "esr/text.hpp"

namespace esr_adapter {

struct PositionFacts {
    std::string staff_group, job_role;  // UTF-8
};

struct DefinitionFacts {
    std::string competency;  // the id that records use, UTF-8
    std::string renewal;     // ISO 8601 or ""
};

struct Memory {
    static constexpr std::size_t kMostBytes = 720u << 10;  // a cursor may have 900 KiB

    std::map<std::string, PositionFacts, std::less<>> positions;
    std::map<std::string, DefinitionFacts, std::less<>> definitions;
    std::map<std::string, std::set<Day>, std::less<>> starts;    // of emitted rows, by assignment
    std::map<std::string, std::string, std::less<>> tombstones;  // CM10005280 -> 'yyyymmdd hhmmss'
    bool pruned = false;

    // JSON; prunes first when it would become too large.
    std::string text();
    // Throws nlohmann::json::exception or std::exception when the text is none of ours.
    static Memory parse(std::string_view json_text);
};

// Keys with values as one short text: sorted, each with the length of what it shares with the one before.
// Keys and values have none of ':' and ';'.
std::string pack(const std::vector<std::pair<std::string, std::string>>& sorted);
std::vector<std::pair<std::string, std::string>> unpack(std::string_view text);

}  // namespace esr_adapter
