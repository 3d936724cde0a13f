// Why something may be missing that a person has learnt: a source of learning has gone silent, or statements
// are on record of somebody unknown who may be this person. A doubt gives nothing and takes nothing away: it
// is only the reason that is told where nothing is on record. Values; any thread.
#pragma once
#include <map>
#include <set>
#include <string>

namespace capbridge::competency {

struct Doubt {
    // Mapped activities of a source that is not heard of, each with the source's name.
    std::map<std::string, std::string, std::less<>> silent;
    std::set<std::string, std::less<>> perhaps_known;  // ids of people
    friend bool operator==(const Doubt&, const Doubt&) = default;
};

}  // namespace capbridge::competency
