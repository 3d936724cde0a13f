// Secrets and the other files by which a source signs in, rotated while the bridge runs: each sync reads them
// anew, so all that is needed is to try again a source that was stopped because the old ones were refused.
// Looks at the files' times only; any thread.
#pragma once
#include <optional>

#include "core/engine/bridge.hpp"
#include "core/engine/sync/options.hpp"

namespace capbridge::engine {

// When one of the files that "http" and "fetch" name (..._file, ..._credential, known_hosts) was changed or
// put into its place last; nothing when they name none that is there.
std::optional<Instant> secrets_changed(const SourceOptions& options);

// Lets a source go on that stopped for its configuration or its signing in before the files changed: its
// syncs, and what is written back to it. Says so in the log.
Status go_on_after_rotation(Bridge& bridge, const store::SourceRow& source);

}  // namespace capbridge::engine
