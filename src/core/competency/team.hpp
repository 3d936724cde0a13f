// A team that meets requirements together: the AI multi-disciplinary team of the report (section 3.3 and the
// notes above tables A4 and A5). A file (config/schemas/team.schema.json) that becomes a version in the
// journal. Values; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/problem.hpp"
#include "core/base/result.hpp"

namespace capbridge::competency {

struct Team {
    struct Member {
        std::string person;  // uuid, or an identifier as people write it; resolved by the engine
        std::vector<std::string> archetypes;  // in this team; empty: those the person is confirmed for
    };
    std::string id, version, name;
    std::vector<Member> members;
    std::vector<std::string> archetypes;    // whose advanced items the team needs
    std::vector<std::string> requirements;  // beside those
    std::string deployment;                 // "" or the one that the team looks after: its product items too
    int quorum = 1;                         // so many members must hold an item
};
Result<Team> load_team(std::string_view text, const std::string& name);

}  // namespace capbridge::competency
