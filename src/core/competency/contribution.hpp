// Contributions as text, quickly: how records are kept. The same text as to_json(contribution).dump() gives,
// which a fold of everybody would spend most of its time on. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/competency/record.hpp"

namespace capbridge::competency {

// A JSON array. Texts are UTF-8.
std::string evidence_text(const std::vector<Contribution>& evidence);

}  // namespace capbridge::competency
