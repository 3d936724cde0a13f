#include "core/xapi/erased.hpp"

#include <nlohmann/json.hpp>

#include "core/xapi/members.hpp"

namespace capbridge::xapi {
namespace {

constexpr std::string_view erased = "erased", page_end = "/erased";

}  // namespace

Agent erased_agent(std::string_view iri_base) {
    return {Agent::Ifi::account, std::string(erased), std::string(iri_base) + std::string(page_end)};
}

bool is_erased(const Agent& agent) {
    return agent.ifi == Agent::Ifi::account && agent.value == erased && agent.home_page.ends_with(page_end);
}

bool has_lost(std::string_view body) {
    constexpr std::string_view mark = "erased-";
    for (auto at = body.find(mark); at != body.npos; at = body.find(mark, at + 1)) {
        const auto number = at + mark.size(), end = body.find_first_not_of("0123456789", number);
        if (end != body.npos && end > number && body[end] == '-') return true;
    }
    return body.find("/erased\"") != body.npos && body.find("\"name\":\"erased\"") != body.npos;
}

json tombstone(const json& statement, std::string_view iri_base) {
    json out{{"actor", erased_agent(iri_base).to_json()}};
    if (const auto id = text_of(statement, "id"); !id.empty()) out["id"] = id;
    if (const auto version = text_of(statement, "version"); !version.empty()) out["version"] = version;
    const auto* verb = member_of(statement, "verb");
    out["verb"]["id"] = verb != nullptr ? text_of(*verb, "id") : std::string_view();
    const auto* object = member_of(statement, "object");
    const auto type = object != nullptr ? type_of(*object, "Activity") : std::string_view();
    if (type == "Activity" || type == "StatementRef") {
        out["object"] = {{"objectType", type}, {"id", text_of(*object, "id")}};
    } else {  // a person, a group, or a statement in the statement
        out["object"] = {{"objectType", "Activity"}, {"id", std::string(iri_base) + std::string(page_end)}};
    }
    return out;
}

std::size_t take_out_agents(json& value, const IsTheirs& theirs, std::string_view iri_base) {
    if (value.is_object()) {
        if (const auto key = read_agent(value).key(); !key.empty() && theirs(key)) {
            value = erased_agent(iri_base).to_json();
            return 1;
        }
    } else if (!value.is_array()) {
        return 0;
    }
    std::size_t taken = 0;
    for (auto& each : value) taken += take_out_agents(each, theirs, iri_base);
    return taken;
}

}  // namespace capbridge::xapi
