// Kept fields of one row -> a record of ours (schemas/records). People are named by the person id alone,
// which is theirs for good; numbers that are used again are told apart in a record of their own with its
// dates. Keys: pr:<person>, an:<assignment> (its number), as:<assignment>@<start>, cm:<element>; units by
// their id, definitions by the competency's text. Not thread-safe; what is returned lives until the next
// call.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "esr/settings.hpp"
#include "esr/survey.hpp"
#include "esr/text.hpp"

namespace esr_adapter {

std::string employment_key(std::string_view assignment, Day start);

class Records {
public:
    // Both outlive this.
    Records(const Settings& settings, const Survey& survey);

    // All throw Unusable. `row[Field::id]` is an id already.
    std::string_view person(const Fields& row);
    // These two: "" when no day is left of it.
    std::string_view assignment_number(const Fields& row, Day start);
    std::string_view employment(const Fields& row, Day start);
    // What an earlier file told, with the last day that it has now; all of it is remembered.
    std::string_view told_again(std::string_view id, const Assignment& assignment, Day start, Day end);
    std::string_view number_again(std::string_view id, const Assignment& assignment, Day until);
    std::string_view unit(const Fields& row);
    std::string_view definition(const Fields& row);
    std::string_view held(const Fields& row);

private:
    void add_who(std::string_view person);
    void add_identifier(std::string_view scheme, std::string_view value, Field column);
    void end_who();
    void add_utf8(std::string_view member, std::string_view text);
    void add_roles(std::string_view position, std::string_view job);
    void add_days(Day from, Day to, std::string_view from_member, std::string_view to_member);
    void add_revision(const Fields& row);
    const std::string& competency_of(const Fields& row);

    const Settings& settings_;
    const Survey& survey_;
    Json json_;
    std::string who_, key_;
    std::string who_begins_;  // up to the value of the person id
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    // Name and number as the row has them -> the members that describe the competency.
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> competencies_;
};

}  // namespace esr_adapter
