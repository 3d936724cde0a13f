// Names that others give to what the framework has: an objective's id or a taxon may be a requirement, a
// topic, a factor or a level, spelt as tools and authors spell ids. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/framework/framework.hpp"
#include "core/framework/vocabulary.hpp"

namespace capbridge::competency {

struct FoundName {
    enum class Kind { none, requirement, topic, factor, level };
    Kind kind = Kind::none;
    std::vector<int> requirements;  // indexes; several where they replaced one of an earlier version
    std::string id;                 // of the topic, factor or level
    double certainty = 0;           // 1: the very id or IRI; less for other spellings
    std::string how;                // for people: " is the requirement's id"
};

// The id itself; an IRI of the framework; else the last part of an IRI or a path; else letters and digits
// alone, also behind a prefix ("obj_T1_AI_LITERACY_1"). Topics, factors and levels by id, IRI or name.
FoundName find_name(std::string_view name, const framework::Framework& framework,
                    const framework::Vocabulary& vocabulary);
// The source of a taxon path is this framework: its id, IRI or title.
bool names_framework(std::string_view source, const framework::Framework& framework);

}  // namespace capbridge::competency
