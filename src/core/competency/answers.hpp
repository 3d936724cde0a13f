// The answers that people get: matrix, person record, explanation. Shapes are those of the model page and of
// docs/query.md: the CLI with --json and the API give the same JSON. Pure; any thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/competency/record.hpp"
#include "core/competency/rules.hpp"

namespace capbridge::competency {

// A person with all that the answers need. References live as long as the callback that hands it out.
struct PersonFacts {
    people::Person person;
    std::vector<people::Assignment> assignments;
    std::vector<Record> records;
    bool unmapped_only = false;  // of the person's facts: see record.hpp
};

struct Scope {
    std::string unit, staff_group, job_role, archetype;  // "" = all
    bool descendants = true;                             // of the unit
    std::string team, deployment;                        // ids
};

// Who is in a scope on a day. Employed in it on that day, unit, staff group and job role in one employment.
// Who has no employment on record is in the scope of everyone only; who has left is in none. The archetype is
// no matter of the person: the answers look at the assignments.
class InScope {
public:
    InScope(const Rules& rules, const Scope& scope, Day as_of);
    [[nodiscard]] bool operator()(const people::Person& person) const;

private:
    const Rules& rules_;
    Scope scope_;
    Day as_of_;
    std::vector<std::string> units_, members_;  // sorted; units: with all below where asked
    int deployment_;
};

struct Question {
    Day as_of{};
    Scope scope;
    std::string organisation;
    std::int64_t watermark = 0;  // seq up to which the records are folded
};

// Adds people one by one (any order) and then gives the matrix: counts of person x requirement per archetype
// and factor (advanced tier), of everyone per factor (foundation), of each deployment per group (product). A
// cell's reasons add up exactly to its pairs; every share says of what.
class MatrixBuilder {
public:
    MatrixBuilder(const Rules& rules, Question question);
    ~MatrixBuilder();
    void add(const PersonFacts& person);
    [[nodiscard]] ordered_json finish() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};
std::string matrix_csv(const ordered_json& matrix);

// {person, as_of, archetypes, factors:[…], foundation:{met,required}, products:[…], held:[…]}
ordered_json person_record(const PersonFacts& person, const Rules& rules, const Question& question);
// {person, requirement, context, verdict, reason, steps:[…], missing:[…]}; error "not_found" for an unknown
// requirement or context.
Result<ordered_json> explain_person(const PersonFacts& person, const Rules& rules, const Question& question,
                                    std::string_view requirement, std::string_view context);

// Which cell: an archetype's in a factor, the foundation's in a factor (archetype ""), or a product's in a
// group (context: the deployment's id).
struct CellPlace {
    std::string archetype, factor;
    std::string context, group;
    [[nodiscard]] bool is_product() const { return !context.empty() || !group.empty(); }
};

// {cell:{archetype,factor} or {context,group}, verdict, reason, counts, steps, missing}: why a cell is as it
// is, for how many, and what would help.
class CellExplainer {
public:
    CellExplainer(const Rules& rules, Question question, CellPlace place);
    ~CellExplainer();
    void add(const PersonFacts& person);
    // Error "not_found", with those that there are: an unknown archetype, factor, deployment or group; or a
    // cell in which nothing is asked of anybody.
    [[nodiscard]] Result<ordered_json> finish() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace capbridge::competency
