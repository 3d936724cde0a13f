// A curated journey: learning items in an order that somebody chose, and how far a person has come along it.
// A file (config/schemas/journey.schema.json) that becomes a version in the journal. It asks nothing and
// gives nothing: demand is the profile's, attainment the records'. Values; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/competency/answers.hpp"

namespace capbridge::competency {

struct Journey {
    struct Step {
        std::string learning_item, mapping;  // mapping: id of its file; "" = the one that has such an item
        bool optional = false;
        std::string note;
    };
    std::string id, version, title, description;
    std::vector<Step> steps;
};
// Error "invalid_document" with all problems, a step that is there twice among them.
Result<Journey> load_journey(std::string_view text, const std::string& name);
// Steps whose learning item no mapping in force has, or several files have and none is named.
Problems check_journey(const Journey& journey, const Rules& rules);

// {id, version, title, description, minutes, steps:[{…, requirements}]}
ordered_json journey_json(const Journey& journey, const Rules& rules, Day as_of);
// The same with each step's state for the person on the day: done, run_out, begun, not_begun, or not_needed
// (what it would give and is asked of the person is held by other evidence); and next, the first step that is
// still to do.
ordered_json journey_progress(const Journey& journey, const PersonFacts& person, const Rules& rules,
                              Day as_of);

}  // namespace capbridge::competency
