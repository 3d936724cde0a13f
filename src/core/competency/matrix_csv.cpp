// The matrix for a spreadsheet: a line for each cell that applies. Every heading of a percentage says of
// what.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/competency/answers.hpp"

namespace capbridge::competency {
namespace {

std::string one_decimal(double value) {
    char out[16];
    std::snprintf(out, sizeof out, "%.1f", value);
    return out;
}

std::string percent(std::size_t part, std::size_t whole) {
    if (whole == 0) return "";  // of nothing there is no share
    return one_decimal(100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string cell_text(const ordered_json& value) {
    return value.is_string() ? value.get<std::string>() : "";
}

// "" where there is nothing to count.
std::string count_text(const ordered_json& object, const char* member) {
    const auto it = object.find(member);
    return it == object.end() || it->is_null() ? "" : std::to_string(it->get<std::size_t>());
}

class Writer {
public:
    explicit Writer(std::string as_of) : as_of_(std::move(as_of)) {
        line({"as_of",
              "part",
              "archetype",
              "deployment",
              "factor_or_group",
              "people",
              "items",
              "required_people_x_items",
              "met",
              "expiring",
              "expired",
              "knowledge_required",
              "knowledge_met",
              "skill_required",
              "skill_met",
              "met_percent_of_required",
              "people_complete",
              "people_partial",
              "people_none",
              "people_complete_percent_of_people",
              "items_held_by_someone",
              "items_held_percent_of_items",
              "ceiling_percent_of_items",
              "next_expiry",
              "status",
              "waived_people_x_items",
              "optional_people_x_items",
              "optional_met",
              "people_ahead_of_their_foundation",
              "teams",
              "items_needed_by_teams",
              "items_covered_by_teams",
              "items_lacking_in_teams"});
    }

    // `row`: what the cell stands in.
    void cell(const char* part, const std::string& archetype, const std::string& deployment,
              const ordered_json& row, const ordered_json& c) {
        const auto people = row.at("people").get<std::size_t>();
        const auto n = [&](const char* member) { return c.at(member).get<std::size_t>(); };
        const auto split = [&](const char* kind, const char* member) {
            return c.at("kind_split").at(kind).at(member).get<std::size_t>();
        };
        const auto both = [&](const char* member) {
            return split("knowledge", member) + split("skill", member);
        };
        const auto number = [](std::size_t value) { return std::to_string(value); };
        const auto items = n("items_total");
        const auto& ceiling = c.at("ceiling");
        line({as_of_,
              part,
              archetype,
              deployment,
              cell_text(c.contains("factor") ? c.at("factor") : c.at("group")),
              number(people),
              number(items),
              number(both("required")),
              number(both("met")),
              number(both("expiring")),
              number(both("expired")),
              number(split("knowledge", "required")),
              number(split("knowledge", "met")),
              number(split("skill", "required")),
              number(split("skill", "met")),
              percent(both("met"), both("required")),
              number(n("people_complete")),
              number(n("people_partial")),
              number(n("people_none")),
              percent(n("people_complete"), people),
              number(n("items_held")),
              percent(n("items_held"), items),
              ceiling.is_null() ? "" : one_decimal(100 * ceiling.get<double>()),
              cell_text(c.at("next_expiry")),
              cell_text(c.at("status")),
              number(n("waived")),
              number(c.at("optional").at("asked").get<std::size_t>()),
              number(c.at("optional").at("met").get<std::size_t>()),
              row.contains("foundation") ? count_text(row.at("foundation"), "people_ahead") : "",
              count_text(row, "teams"),
              count_text(c, "items_needed_by_teams"),
              count_text(c, "items_covered_by_teams"),
              count_text(c, "items_lacking_in_teams")});
    }

    std::string take() { return std::move(out_); }

private:
    void line(const std::vector<std::string>& fields) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (i > 0) out_ += ',';
            out_ += csv_field(fields[i]);
        }
        out_ += "\r\n";
    }

    std::string as_of_, out_;
};

}  // namespace

std::string matrix_csv(const ordered_json& matrix) {
    Writer writer(matrix.at("as_of").get<std::string>());
    const auto& foundation = matrix.at("foundation");
    for (const auto& cell : foundation.at("cells")) writer.cell("foundation", "", "", foundation, cell);
    for (const auto& row : matrix.at("rows")) {
        for (const auto& cell : row.at("cells")) {
            if (!cell.at("applicable").get<bool>()) continue;
            writer.cell("archetype", cell_text(row.at("archetype")), "", row, cell);
        }
    }
    for (const auto& product : matrix.at("products")) {
        for (const auto& cell : product.at("cells")) {
            writer.cell("product", "", cell_text(product.at("deployment")), product, cell);
        }
    }
    return writer.take();
}

}  // namespace capbridge::competency
