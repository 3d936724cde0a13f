// A configuration's change of settings, within the writer's transaction: a checked job (writer.hpp).
#pragma once
#include "core/store/settings_change.hpp"
#include "core/store/sqlite/writer.hpp"

namespace capbridge::store {

Status write_settings(Writing& writing, const SettingsChange& change);

}  // namespace capbridge::store
