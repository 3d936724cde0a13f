#include "core/competency/team.hpp"

#include <nlohmann/json.hpp>

#include "core/competency/documents.hpp"

namespace capbridge::competency {

Result<Team> load_team(std::string_view text, const std::string& name) {
    CAPBRIDGE_LET(const json document, read_shaped(text, name, "schemas/team.schema.json"));
    Team out;
    out.id = get_string(document, "id");
    out.version = get_string(document, "version");
    out.name = get_string(document, "name");
    for (const auto& member : document.at("members"))
        out.members.push_back({get_string(member, "person"), strings_of(member, "archetypes")});
    out.archetypes = strings_of(document, "archetypes");
    out.requirements = strings_of(document, "requirements");
    out.deployment = get_string(document, "deployment");
    out.quorum = document.value("quorum", 1);
    return out;
}

}  // namespace capbridge::competency
