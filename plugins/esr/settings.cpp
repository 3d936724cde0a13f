#include "esr/settings.hpp"

#include <strings.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bridge/adapter.hpp"

namespace esr_adapter {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* member, const char* otherwise) {
    return object.value(member, std::string(otherwise));
}

std::vector<std::string> list_of(const json& object, const char* member, std::vector<std::string> otherwise) {
    const auto it = object.find(member);
    return it == object.end() ? std::move(otherwise) : it->get<std::vector<std::string>>();
}

void move_columns(const json& columns, Layouts& layouts) {
    for (const auto& [letters, fields] : columns.items()) {
        for (const auto& [field, position] : fields.items()) {
            if (!layouts.move(letters, field, position.get<int>()))
                throw bridge::Failure{BRIDGE_CONFIG, "columns." + letters + "." + field +
                                                         ": this record type has no such field."};
        }
    }
    for (const auto type :
         {Type::person, Type::assignment, Type::position, Type::organisation, Type::held, Type::definition}) {
        const auto& layout = layouts.of(type);
        for (const auto& [field, position] : layout.positions) {
            for (const auto& [other, at] : layout.positions) {
                if (field < other && position == at && position > 0)
                    throw bridge::Failure{BRIDGE_CONFIG, "columns." + std::string(layout.letters) + ": " +
                                                             std::string(name_of(field)) + " and " +
                                                             std::string(name_of(other)) +
                                                             " are both column " + std::to_string(position) +
                                                             "."};
            }
        }
        if (layout.positions.at(Field::id) < 2)
            throw bridge::Failure{BRIDGE_CONFIG, "columns." + std::string(layout.letters) +
                                                     ".id: every row needs the column of its key."};
    }
}

// Only the four names of a person may stand in braces.
void check_name_format(std::string_view format) {
    for (auto from = format.find('{'); from != std::string_view::npos; from = format.find('{', from + 1)) {
        const auto end = format.find('}', from);
        const auto word = format.substr(from + 1, end == std::string_view::npos ? 0 : end - from - 1);
        if (word != "first" && word != "middle" && word != "preferred" && word != "last")
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "name_format: only {first}, {middle}, {preferred} and {last} are known."};
    }
}

}  // namespace

bool among(const std::vector<std::string>& list, std::string_view text) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& known) {
        return known.size() == text.size() && strncasecmp(known.data(), text.data(), text.size()) == 0;
    });
}

Settings parse_settings(std::string_view json_text) {
    const auto given = json::parse(json_text);
    Settings out;
    out.vpd = given.at("vpd").get<std::string>();
    out.destination = text_of(given, "destination", "");
    out.files = text_of(given, "files", "GO_*");
    const auto codes = given.value("codes", json::object());
    out.delta_code = text_of(codes, "delta", "GOC");
    out.full_code = text_of(codes, "full", "GOF");
    if (out.delta_code == out.full_code)
        throw bridge::Failure{BRIDGE_CONFIG, "codes: delta and full must be told apart."};
    out.issuer = text_of(given, "issuer", ("vpd:" + out.vpd).c_str());
    out.organisation = text_of(given, "organisation", "");
    out.assignment_numbers = given.value("assignment_numbers", true);
    out.assignment_types = list_of(given, "assignment_types", {"E", "C"});
    out.ended_statuses = list_of(given, "ended_statuses", {"TERM_ASSIGN", "END"});
    const auto held = given.value("held", json::object());
    out.held_types = list_of(held, "types", {"PERSONAL"});
    out.held_statuses = list_of(held, "statuses", {"ACHIEVED"});
    out.name_format = text_of(given, "name_format", "{preferred} {last}");
    check_name_format(out.name_format);
    const auto count = text_of(given, "trailer_count", "ignore");
    out.trailer_count = count == "rows"    ? Settings::TrailerCount::rows
                        : count == "lines" ? Settings::TrailerCount::lines
                                           : Settings::TrailerCount::ignore;
    out.accept_gap = text_of(given, "accept_gap", "");
    move_columns(given.value("columns", json::object()), out.layouts);
    return out;
}

}  // namespace esr_adapter
