// Likely duplicates: learning that is known under several ids, because several platforms hold it. Titles that
// are alike, parts with the same identifiers (the same package in two LMSs) and the same code at the end of
// the id speak for it; different numbers in the titles ("level 2", "level 3") against it, and so does one
// platform listing both. Proposals for a person; nothing is changed. Pure and deterministic; any thread.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/rules.hpp"
#include "core/competency/triage.hpp"

namespace capbridge::competency {

struct DuplicatesQuery {
    double min_score = 0.7;
    std::vector<std::string> activities = {};  // only groups with one of these; empty: all
    std::size_t limit = 50, offset = 0;
};

// {counts:{learning, groups}, total, offset, duplicates:[{score, reason, activities:[{id, title, people,
// source, learning_item, mapping}], draft:{id, title, activities}}]}: best first. What was triaged as
// irrelevant and parts of other learning are not looked at; of the draft: the learning item as a mapping file
// has it, ready to be copied.
ordered_json likely_duplicates(const Rules& rules, const LearningSeen& seen, const DuplicatesQuery& query);

}  // namespace capbridge::competency
