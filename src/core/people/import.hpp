// People and assignments from CSV files, and archetypes from rules. Pure: text in, values out; any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/problem.hpp"
#include "core/framework/framework.hpp"
#include "core/people/people.hpp"

namespace capbridge::people {

// What an import did not take as it stood, and why; shown to the importer as file:line, without the row's
// content. Line 1 is the header row.
struct Exception {
    int line = 0;
    std::string code, message;
    bool row_left_out = true;  // false: the row was read, but for the part that the message names
    std::string column{};      // the name of the column that is wrong; "" when it is the row
    friend bool operator==(const Exception&, const Exception&) = default;
};

struct PeopleImport {
    std::vector<Person>
        people;  // in order of first appearance; several rows of one employee are several employments
    std::vector<int> lines;             // of people: the row on which each first appears
    std::vector<Exception> exceptions;  // in order of lines
    std::size_t rows = 0;               // rows below the header, those without any content not counted
};
// Columns (any order): employee_number (needed), name, email, other_ids ("scheme=value;scheme=value"), unit,
// staff_group, job_role, position, from, to (YYYY-MM-DD). `issuer` gives out the employee numbers, and every
// other number that is not world-wide. A person's uuid is a UUIDv5 of namespace_uuid, issuer and employee
// number, so that a second import finds the same people, and two trusts may use the same number. An
// identifier that two people claim is each one's for its own time (valid_from, valid_to) when their
// employments do not overlap, and else given to neither. Errors: those of parse_csv, "missing_column",
// "duplicate_column".
Result<PeopleImport> read_people(std::string_view csv, std::string_view issuer,
                                 std::string_view namespace_uuid);

// Sets people who come in against those who are known and do not come in again: an e-mail address that was
// given out again must not credit one person's learning to another. An identifier (scheme, issuer and value;
// addresses in lower case) of two people is each one's for its own time when their employments do not
// overlap: the earlier one's ends with the last day of employment, the later one's begins with the first.
// Else the known one keeps it, none of the incoming gets it, and an exception (shared_id) says so, naming
// nobody. Settling the outcome again changes nothing. `lines`: PeopleImport::lines, for the exceptions; may
// be empty.
struct Settled {
    std::vector<Person> changed;  // of the known, as they must be recorded now
    std::vector<Exception> exceptions;
};
Settled settle_identifiers(std::vector<Person>& incoming, const std::vector<Person>& known,
                           const std::vector<int>& lines = {});

struct AssignmentImport {
    struct Row {
        Identifier who;
        std::string archetype;
        Assignment::State state;
        std::optional<Day> from, to;
        int line;
    };
    std::vector<Row> rows_read;
    std::vector<Exception> exceptions;  // in order of lines
    std::size_t rows = 0;
};
// Columns: employee_number, archetype (needed; its id or name); state (proposed, confirmed, rejected;
// confirmed by default), from, to. One row a person and archetype: the first one stands. Errors: as of
// read_people.
Result<AssignmentImport> read_assignments(std::string_view csv, std::string_view issuer,
                                          const framework::Framework& framework);

struct CrosswalkImport {
    struct Row {
        Identifier known, identifier;  // whoever has `known` has `identifier` too, within its dates
        int line;
        std::string known_column;  // where `known` stands
    };
    std::vector<Row> rows_read;
    std::vector<Exception> exceptions;  // in order of lines
    std::size_t rows = 0;
};
// Columns: scheme, value (needed), issuer, valid_from, valid_to of the identifier that is linked; and whose
// it is: employee_number, or known_scheme, known_issuer and known_value. `issuer` gives out numbers that name
// no issuer. Errors: as of read_people.
Result<CrosswalkImport> read_crosswalk(std::string_view csv, std::string_view issuer);

// Rules that propose archetypes (config/schemas/archetype-rules.schema.json): each has an id, an archetype
// and conditions, all of which must hold: those over unit, staff_group, job_role and position in one
// employment (lists of texts; "equals", "contains" or, of units, "within"; case of ASCII letters ignored),
// those over teams and deployments of the person (ids).
struct Rule {
    struct Condition {
        enum class Field { unit, staff_group, job_role, position, team, deployment };
        enum class Test { equals, contains, within };
        Field field;
        Test test;
        std::vector<std::string> any_of;
        std::vector<std::string> names = {};  // of "within": of all those units, in order and lower case
        [[nodiscard]] bool of_person() const { return field == Field::team || field == Field::deployment; }
    };
    std::string id, archetype;
    std::vector<Condition> all;
};
struct RuleSet {
    std::string id, version;
    std::vector<Rule> rules;
};
// Schema, then cross-checks: another framework, an id used twice, an unknown archetype, a rule that can never
// be the first to fit. Every problem has its JSON pointer, and its line of `text`.
Problems check_rules(const json& document, const framework::Framework& framework, std::string_view text = {});
Result<RuleSet> load_rules(std::string_view text, const std::string& name,
                           const framework::Framework& framework);
// Puts all names of the units that a condition is "within" in the place of theirs. Without it such a unit is
// itself alone.
using UnitsBelow = std::function<std::vector<std::string>(std::string_view unit)>;
void place(RuleSet& rules, const UnitsBelow& with_descendants);
// What of a person the rules ask beyond the staff record: ids.
struct Belongs {
    std::vector<std::string> teams, deployments;
};
// What the rules propose for a person on a day; at most one proposal an archetype (the first rule that fits).
// A proposal lasts as long as the employment that it rests on, so that proposing again on another day
// proposes the same; one that rests on teams and deployments alone has no dates. Who has left is proposed
// nothing.
std::vector<Assignment> propose(const RuleSet& rules, const Person& person, Day on,
                                const Belongs& belongs = {});

}  // namespace capbridge::people
