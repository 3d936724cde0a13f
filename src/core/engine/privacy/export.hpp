// Everything held about one person, for their own request to see it (UK GDPR, article 15; docs/privacy.md).
// Third parties stand in it by their role: an agent that is not the person's is "somebody else".
#pragma once
#include <vector>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

// person.export {person, reason?} -> {person, made_at, organisation, identity, identifiers, employments,
//   archetypes, teams, records, attestations, waivers, statements, named_in, attachments, documents,
//   quarantine, forwarded, decisions, not_held, watermark}. The arrays are tables: one object a row. Audited.
std::vector<Operation> export_operations();

}  // namespace capbridge::engine
