// A team's coverage for a spreadsheet: a line for each item. People are uuids.
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/competency/team_coverage.hpp"

namespace capbridge::competency {
namespace {

std::string field(const ordered_json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end() || it->is_null()) return {};
    return it->is_string() ? it->get<std::string>() : it->dump();
}

std::string joined(const ordered_json& list) {
    std::vector<std::string> out;
    for (const auto& one : list) out.push_back(one.get<std::string>());
    return join(out, "; ");
}

void line(std::string& out, const std::vector<std::string>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) out += ',';
        out += csv_field(fields[i]);
    }
    out += "\r\n";
}

}  // namespace

std::string team_csv(const ordered_json& answer) {
    std::string out;
    line(out,
         {"as_of",           "team",          "quorum",  "archetypes", "deployment",     "factor_or_group",
          "requirement",     "title",         "level",   "kind",       "state",          "held_by",
          "missing",         "covered_until", "holders", "closed_by",  "soonest_person", "soonest_learning",
          "soonest_minutes", "soonest_begun"});
    const auto as_of = field(answer, "as_of");
    const auto& team = answer.at("team");
    for (const auto& item : answer.at("items")) {
        const auto closes = item.value("closes", ordered_json::array());
        const auto soonest = closes.empty() ? ordered_json::object() : closes.front();
        line(out, {as_of,
                   field(team, "id"),
                   field(team, "quorum"),
                   joined(item.at("archetypes")),
                   field(item, "context"),
                   field(item, "factor").empty() ? field(item, "group") : field(item, "factor"),
                   field(item, "requirement"),
                   field(item, "title"),
                   field(item, "level"),
                   field(item, "kind"),
                   field(item, "state"),
                   field(item, "held_by"),
                   field(item, "missing"),
                   field(item, "covered_until"),
                   joined(item.at("holders")),
                   field(item, "closed_by"),
                   field(soonest, "person"),
                   field(soonest, "title"),
                   field(soonest, "minutes"),
                   field(soonest, "begun")});
    }
    return out;
}

}  // namespace capbridge::competency
