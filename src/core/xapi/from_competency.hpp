// A competency that a source says a person has (config/schemas/records/competency_held.schema.json), as a
// completion of the activity that stands for it: mappings name that IRI. Pure; any thread.
#pragma once
#include "core/xapi/from_completion.hpp"

namespace capbridge::xapi {

// activity_base + "competency/" + the source's id.
std::string competency_iri(std::string_view id, const SourceContext& source);
// Errors as read_completion(). The title is the caller's to add, who may know the definition.
Result<Completion> read_competency_held(const json& record, const SourceContext& source);

}  // namespace capbridge::xapi
