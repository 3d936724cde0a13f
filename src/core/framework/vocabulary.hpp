// The words of a framework: names of its topics, and other words for what it speaks of (its glossary), for
// whoever compares it with texts of others. From the framework's document; where that has no glossary, the
// one that travels in the binary for a framework of this id (config/glossaries). Values; any thread.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace capbridge::framework {

struct Term {
    std::string term;
    std::vector<std::string> also;
    bool subject = false;  // what the whole framework is about
};

struct Vocabulary {
    std::map<std::string, std::string, std::less<>> topics;  // id -> name
    std::vector<Term> glossary;

    [[nodiscard]] const std::string& topic_name(const std::string& id) const;  // the id where there is none
};

// Error: no JSON. What is missing or of another shape is passed over: load_framework() has spoken about it.
Result<Vocabulary> load_vocabulary(std::string_view framework_text, const std::string& name);

}  // namespace capbridge::framework
