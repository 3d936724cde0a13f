// Whom a directory's record is about: recognised by the most trusted of its identifiers, as an import or
// another directory knows them, else new. Used by Directory, on its thread; borrows the bridge.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class DirectoryWho {
public:
    explicit DirectoryWho(Bridge& bridge);

    // `before`: whom this record of the source was about so far, "" when it is new. `day`: on which
    // identifiers that may be given out again are looked up.
    std::string recognise(const std::vector<people::Identifier>& who, const std::string& before, Day day);
    // What the records of this run say goes before what is stored. `all`: also what may be given out again.
    void learn(const std::vector<people::Identifier>& who, const std::string& person, bool all);
    // Others whom a lasting identifier of these names: the source says that they are the same.
    std::vector<std::string> others(const std::vector<people::Identifier>& who, const std::string& person);

private:
    std::string stored_lasting(const people::Identifier& identifier);
    std::string stored_on(const people::Identifier& identifier, Day day);
    bool contradicts(const std::string& person, const std::vector<people::Identifier>& who);
    bool has_numbers(const std::string& person);
    std::string member_with(const std::string& survivor, const std::vector<people::Identifier>& who);

    store::Projection& projection_;
    std::string namespace_;
    std::unordered_map<std::string, std::string> learnt_;  // identifier_key -> person
    std::unordered_set<std::string> numbered_;             // of them, with a number that is nobody else's
};

}  // namespace capbridge::engine
