// What of a text names somebody: their name, their numbers, their addresses, as whole words. Only what can
// hardly stand for anything else is looked for: a number alone may be a course, a single name a word. Those
// go where the journal says whose they are. What somebody else is known as stays, whatever stands in it. One
// thread at a time.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/privacy/folding.hpp"
#include "core/engine/privacy/known_as.hpp"

namespace capbridge::engine {

class Redaction {
public:
    // What is found is replaced by "erased-N-MARK", another N for each spelling: texts that differ go on
    // differing (terms are unique, and a body says the same as the term that was made of it). No text may
    // have `mark` yet.
    Redaction(const KnownAs& known, std::string mark);
    // Nothing when the text does not name them.
    [[nodiscard]] std::optional<std::string> operator()(std::string_view text);

private:
    struct Word {
        std::string text;  // folded (folding.hpp)
        bool is_name = false, capitals = false;
        bool is_of_others = false;  // stays as it is, with what of it would be found
    };
    static bool fits(const Folded& folded, std::string_view text, std::size_t at, const Word& word);
    std::optional<std::string> without(std::string_view text, int escaped);
    const std::string& mark_of(std::string_view spelling);

    std::vector<Word> words_;                              // the longest first
    std::array<std::vector<std::size_t>, 256> beginning_;  // places in words_, by the first byte
    std::string mark_;
    std::map<std::string, std::string, std::less<>> marks_;  // by what was found, as it was spelt
};

}  // namespace capbridge::engine
