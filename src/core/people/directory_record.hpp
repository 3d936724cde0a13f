// A directory's record (person, employment, unit, archetype_hint of config/schemas/records) as the bridge
// keeps it: checked, identifiers in their stored form, members that we do not know left out. Pure; any
// thread. Errors: "rejected_record" with the JSON pointer in `where`; no message repeats content.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/people/people.hpp"

namespace capbridge::people {

struct DirectoryRecord {
    std::string key;              // the source's own id of this fact; of a unit its id
    std::vector<Identifier> who;  // without dates, in order of the record; none for a unit
    std::optional<Day> from, to;  // valid_from and valid_to of a person
    std::string content;          // what is kept of it: a JSON object
};
bool is_directory_kind(std::string_view kind);
// `issuer` gave out the numbers that name none, where two could give out the same.
Result<DirectoryRecord> read_directory_record(std::string_view kind, const json& record,
                                              std::string_view issuer);

// Position in the order of trust: esr-employee, esr-person, crs-uuid, registration, then what may be given
// out again.
int trust_of(std::string_view scheme);
// The uuid of somebody of whom this is the most trusted identifier: the same for an import and a directory.
std::string person_uuid(const Identifier& identifier, std::string_view namespace_uuid);

}  // namespace capbridge::people
