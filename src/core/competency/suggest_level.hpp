// How far a text lets one go: an introduction is no evidence of proficiency. Words of the title and the
// description set a ceiling on each ladder of levels; docs/mapping-suggestions.md has the rule. Pure; any
// thread.
#pragma once
#include <string>
#include <string_view>

#include "core/framework/framework.hpp"

namespace capbridge::competency {

struct Ceiling {
    int knowledge = 0, skill = 0;  // highest rank on the ladder; 0: none of it
    std::string because;           // in words: "it says 'introduction'"
    [[nodiscard]] bool admits(const framework::Level& level) const {
        return level.rank <= (level.kind == framework::Kind::skill ? skill : knowledge);
    }
};

// By the words of a text.
Ceiling ceiling_of(std::string_view title, std::string_view description,
                   const framework::Framework& framework);
// Where the author names a level of the framework (LOM purpose "educational level").
Ceiling ceiling_at(const framework::Level& level, const framework::Framework& framework);

}  // namespace capbridge::competency
