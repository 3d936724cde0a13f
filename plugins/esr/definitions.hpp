// The definitions of competencies as short texts: so many as go into the cursor, and the rest in the host's
// key-value state, which has more room but is only a cache. A part of either is named by a mark of its
// content and lies in one of two slots, so that a cursor whose checkpoint never came finds what it means.
// Not thread-safe. Beyond both (240 and 480 KiB) definitions are forgotten, those first that say no more than
// their own name.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/adapter.hpp"

namespace esr_adapter {

struct DefinitionFacts {
    std::string competency;  // the id that records use, UTF-8
    std::string renewal;     // ISO 8601 or ""
    friend bool operator==(const DefinitionFacts&, const DefinitionFacts&) = default;
};
using Definitions = std::map<std::string, DefinitionFacts, std::less<>>;  // by number

struct PackedDefinitions {
    std::string first;               // for the cursor
    std::vector<std::string> parts;  // for the state
    std::vector<std::string> none;   // numbers of those that have no place
};
PackedDefinitions pack_definitions(const Definitions& all);
// Adds what the text has. Throws std::exception when it is none of ours.
void unpack_definitions(std::string_view text, Definitions& out);

// Where the parts lie.
constexpr int kMostParts = 8;  // of 60 KiB in each of two slots: 960 KiB of the state's 1 MiB
struct DefinitionPlace {
    int slot = 0, parts = 0;
    std::string mark;  // "": nothing is in the state
};
// False: the host does not take it.
bool store_definitions(const bridge::Host& host, const std::vector<std::string>& parts,
                       const DefinitionPlace& place);
// False: it is not there any more.
bool load_definitions(const bridge::Host& host, const DefinitionPlace& place, Definitions& out);
std::string mark_of(const std::vector<std::string>& parts);

}  // namespace esr_adapter
