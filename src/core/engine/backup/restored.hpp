// What a restored directory needs before its first owner takes it over, in a restore and in a drill: the end
// of the audit chain as the manifest says it, and an outcome for what was open at the moment of the backup
// (at the least the backup itself, which ended well after it was copied). One thread.
#pragma once
#include <filesystem>

#include "core/engine/bridge.hpp"
#include "core/store/backup/manifest.hpp"

namespace capbridge::engine {

// DIR/audit.head, which the first owner holds the chain against; before the store is opened.
Status write_audit_head(const std::filesystem::path& dir, const store::Manifest& manifest);
// Before take_over(): open intents of the copy end as "restored". Nothing when the chain does not end as the
// manifest says: then take_over() tells that.
Status settle_restored(Bridge& bridge, const store::Manifest& manifest);

}  // namespace capbridge::engine
