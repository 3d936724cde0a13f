// Which columns of a GO file are kept: the list of those, so that every other column, known or new, never
// leaves split(). Positions count from 1 (the record type) and are those of 2021 to 2023; the setting
// `columns` moves them. Immutable after it is made; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace esr_adapter {

enum class Field : std::uint8_t {
    id,  // of the row's own kind: person, assignment, position, organisation, competency element, competence
    person_id,
    start,
    end,
    updated,
    employee_number,
    last_name,
    first_name,
    middle_names,
    preferred_name,
    termination_date,
    crs_uuid,
    email,
    earliest_start,
    assignment_type,
    assignment_number,
    system_status,
    primary,
    fte,
    organisation_id,
    position_id,
    position_name,
    job_name,
    assignment_end,
    staff_group,
    job_role,
    name,
    parent_id,
    nacs_code,
    competency_type,
    competency_status,
    competency_name,
    level,
    method,
    competence_id,
    description,
    renewal_count,
    renewal_units,
    count_
};
inline constexpr std::size_t kFields = static_cast<std::size_t>(Field::count_);

std::string_view name_of(Field field);

// What is kept of one row, trimmed; views into the line. Fields that the record type has not are "".
class Fields {
public:
    [[nodiscard]] std::string_view operator[](Field f) const { return at_[static_cast<std::size_t>(f)]; }
    void set(Field f, std::string_view text) { at_[static_cast<std::size_t>(f)] = text; }
    void clear() { at_.fill({}); }

private:
    std::array<std::string_view, kFields> at_{};
};

enum class Type : std::uint8_t { person, assignment, position, organisation, held, definition, other };

struct Layout {
    std::string_view letters;  // PR, AS, ...
    std::string_view kind;     // of the records that these rows become
    int width = 0;             // columns of the layout that the positions belong to
    std::map<Field, int> positions;
    std::vector<std::int8_t> by_position;  // position -> Field, or -1
};

class Layouts {
public:
    Layouts();  // the built-in positions
    // 0: the file has no such column. False: this record type has no such field, or two fields now stand at
    // one position.
    bool move(std::string_view letters, std::string_view field, int position);
    [[nodiscard]] const Layout& of(Type type) const { return all_[static_cast<std::size_t>(type)]; }

private:
    std::array<Layout, 6> all_;
};

// By the first two letters of a row; `other` for all that is passed over.
Type type_of(std::string_view line);

// Fills the kept fields of an "A" row and answers how many columns the row has (at most `width` + 1 are
// counted).
int split(std::string_view line, const Layout& layout, Fields& out);
// The key of a "D" row: its second column.
std::string_view key_of_deletion(std::string_view line);

}  // namespace esr_adapter
