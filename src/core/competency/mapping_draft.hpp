// From suggestions to a mapping file that a person finishes: every claim has the status "suggested", so that
// the file passes `mapping check` and gives nothing until somebody writes "accepted". One learning item for
// each piece of learning, with all ids under which it is known. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/competency/package_learning.hpp"
#include "core/competency/suggest.hpp"

namespace capbridge::competency {

// A piece of learning with what was suggested for it.
struct Suggested {
    std::string title, kind;              // kind "" where it is no part of a package
    std::vector<std::string> activities;  // ids; the first is its own
    int minutes = 0;
    Suggestions suggestions;
};

// Each part of the package; `lms_courses` are ids under which LMSs report the whole package. Without a
// `course_iri` the ids that we would coin are left out.
std::vector<Suggested> suggest_for_package(const Suggester& suggester, const scorm::Structure& structure,
                                           const std::string& course_iri,
                                           const std::vector<std::string>& lms_courses,
                                           const SuggestOptions& options = {});

struct DraftHead {
    std::string id, title;  // id: any text; it becomes a short name
};
// A document by config/schemas/mapping.schema.json. Pieces without a suggestion are left out; without any the
// draft has no learning items. No activity is in two items.
ordered_json mapping_draft(const framework::Framework& framework, const DraftHead& head,
                           const std::vector<Suggested>& list);

// {framework, version, counts:{activities, with_suggestions, suggestions, left_out}, learning:[{title, kind,
// activities, minutes, level_ceiling, suggestions:[...], withheld:[...]}]}: pieces with neither are left out.
ordered_json suggested_json(const framework::Framework& framework, const std::vector<Suggested>& list);

// suggested_json() with the draft as a member: what `package map` and `learning suggest` answer.
ordered_json suggested_with_draft(const framework::Framework& framework, const DraftHead& head,
                                  const std::vector<Suggested>& list);

// "Moving & handling: level 2" -> "moving-handling-level-2"; `otherwise` where no letter is left.
std::string short_name(std::string_view text, std::string_view otherwise);

}  // namespace capbridge::competency
