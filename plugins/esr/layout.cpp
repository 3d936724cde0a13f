#include "esr/layout.hpp"

#include <cstring>
#include <utility>

#include "esr/text.hpp"

namespace esr_adapter {
namespace {

constexpr std::array<std::string_view, kFields> kNames{"id",
                                                       "person_id",
                                                       "start",
                                                       "end",
                                                       "updated",
                                                       "employee_number",
                                                       "last_name",
                                                       "first_name",
                                                       "middle_names",
                                                       "preferred_name",
                                                       "termination_date",
                                                       "crs_uuid",
                                                       "email",
                                                       "earliest_start",
                                                       "assignment_type",
                                                       "assignment_number",
                                                       "system_status",
                                                       "primary",
                                                       "fte",
                                                       "organisation_id",
                                                       "position_id",
                                                       "position_name",
                                                       "job_name",
                                                       "assignment_end",
                                                       "staff_group",
                                                       "job_role",
                                                       "name",
                                                       "parent_id",
                                                       "nacs_code",
                                                       "competency_type",
                                                       "competency_status",
                                                       "competency_name",
                                                       "level",
                                                       "method",
                                                       "competence_id",
                                                       "description",
                                                       "renewal_count",
                                                       "renewal_units"};

void index(Layout& layout) {
    int highest = 0;
    for (const auto& [field, position] : layout.positions) highest = std::max(highest, position);
    layout.by_position.assign(static_cast<std::size_t>(highest) + 1, -1);
    for (const auto& [field, position] : layout.positions) {
        if (position > 0)
            layout.by_position[static_cast<std::size_t>(position)] = static_cast<std::int8_t>(field);
    }
}

Layout make(std::string_view letters, std::string_view kind, int width, std::map<Field, int> positions) {
    Layout layout{letters, kind, width, std::move(positions), {}};
    index(layout);
    return layout;
}

}  // namespace

std::string_view name_of(Field field) {
    return kNames[static_cast<std::size_t>(field)];
}

Layouts::Layouts() {
    using F = Field;
    all_ = {make("PR", "person", 44,
                 {{F::id, 2},
                  {F::start, 3},
                  {F::end, 4},
                  {F::employee_number, 5},
                  {F::last_name, 7},
                  {F::first_name, 8},
                  {F::middle_names, 9},
                  {F::preferred_name, 11},
                  {F::termination_date, 18},
                  {F::crs_uuid, 30},
                  {F::email, 36},
                  {F::updated, 39}}),
            make("AS", "employment", 51,
                 {{F::person_id, 2},
                  {F::id, 3},
                  {F::start, 4},
                  {F::end, 5},
                  {F::earliest_start, 6},
                  {F::assignment_type, 7},
                  {F::assignment_number, 8},
                  {F::system_status, 9},
                  {F::primary, 22},
                  {F::fte, 26},
                  {F::organisation_id, 28},
                  {F::position_id, 29},
                  {F::position_name, 30},
                  {F::job_name, 35},
                  {F::updated, 45},
                  {F::assignment_end, 49}}),
            make("PO", "employment", 24,
                 {{F::id, 2}, {F::start, 3}, {F::end, 4}, {F::staff_group, 9}, {F::job_role, 10}}),
            make("OR", "unit", 16,
                 {{F::id, 2},
                  {F::name, 3},
                  {F::start, 5},
                  {F::end, 6},
                  {F::parent_id, 11},
                  {F::nacs_code, 12},
                  {F::updated, 14}}),
            make("CM", "competency_held", 27,
                 {{F::person_id, 2},
                  {F::id, 3},
                  {F::competency_type, 4},
                  {F::competency_status, 5},
                  {F::competency_name, 6},
                  {F::start, 7},
                  {F::end, 8},
                  {F::level, 9},
                  {F::method, 12},
                  {F::competence_id, 14},
                  {F::updated, 23}}),
            make("CD", "competency_definition", 16,
                 {{F::id, 2},
                  {F::competency_name, 3},
                  {F::description, 4},
                  {F::renewal_count, 11},
                  {F::renewal_units, 12},
                  {F::updated, 16}})};
}

bool Layouts::move(std::string_view letters, std::string_view field, int position) {
    for (auto& layout : all_) {
        if (layout.letters != letters) continue;
        for (auto& [known, at] : layout.positions) {
            if (name_of(known) != field) continue;
            at = position;
            index(layout);
            return true;
        }
    }
    return false;
}

Type type_of(std::string_view line) {
    if (line.size() < 3) return Type::other;
    const auto is = [&](const char* letters) { return line[0] == letters[0] && line[1] == letters[1]; };
    if (is("CM")) return Type::held;
    if (is("PR")) return Type::person;
    if (is("AS")) return Type::assignment;
    if (is("PO")) return Type::position;
    if (is("OR")) return Type::organisation;
    if (is("CD")) return Type::definition;
    return Type::other;
}

int split(std::string_view line, const Layout& layout, Fields& out) {
    out.clear();
    int position = 1;
    for (std::size_t from = 0;; ++position) {
        const void* found = std::memchr(line.data() + from, '~', line.size() - from);
        const auto end =
            found ? static_cast<std::size_t>(static_cast<const char*>(found) - line.data()) : line.size();
        if (static_cast<std::size_t>(position) < layout.by_position.size()) {
            const auto field = layout.by_position[static_cast<std::size_t>(position)];
            if (field >= 0) out.set(static_cast<Field>(field), trimmed(line.substr(from, end - from)));
        }
        if (!found || position > layout.width) return position;
        from = end + 1;
    }
}

std::string_view key_of_deletion(std::string_view line) {
    const auto from = line.find('~');
    if (from == std::string_view::npos) return {};
    line.remove_prefix(from + 1);
    return trimmed(line.substr(0, line.find('~')));
}

}  // namespace esr_adapter
