// capbridge.json of packages that we built, read back: which objectives each SCO or AU has, and for which
// requirement. SCORM 1.2 has no other place for it. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::scorm {

struct ObjectiveFact {
    std::string sco;          // identifier of the item, or id of the AU
    std::string id;           // as it is reported at run time
    std::string requirement;  // its IRI; "" when the file does not say
    std::string title;
};

// Nothing when the file is not one that we write, is longer than 1 MiB or names more than 20,000 objectives.
std::optional<std::vector<ObjectiveFact>> read_objective_facts(std::string_view capbridge_json);

}  // namespace capbridge::scorm
