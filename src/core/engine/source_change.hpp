// A source as it was asked for, and what changing a known one into it means: shared by source.put, which puts
// one, and by a whole configuration (config_change.hpp). Thread-safe as the bridge is.
#pragma once
#include <string>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

// What is stored of {name, adapter | preset, settings?, folder?, activity_base?, file_min_age_seconds?,
// issuer?, sha256?, http?, fetch?, schedule?, guards?, limits?, write_back?}: checked, with its adapter too.
// Without activity_base that of the row is empty. Errors: "bad_parameter", "invalid_document", the adapter's.
Result<store::SourceRow> source_row_of(Bridge& bridge, const json& params);

// The activities' base of a source that was given none.
std::string activity_base_of(Bridge& bridge, const std::string& uuid);

// What a pull reads depends on what differs: it begins again. Facts that are known are no-ops.
bool reads_otherwise(const store::SourceRow& a, const store::SourceRow& b);
bool is_same_source(const store::SourceRow& a, const store::SourceRow& b);

// Whoever changed the settings may have mended what stopped the source. A quarantine is lifted by hand.
store::SourceStateRow state_after_change(const store::SourceRow& before, const store::SourceRow& now,
                                         store::SourceStateRow state);
// Likewise its write-back: resume_push() is due.
bool may_push_again(const store::SourceRow& before, const store::SourceRow& now);

}  // namespace capbridge::engine
