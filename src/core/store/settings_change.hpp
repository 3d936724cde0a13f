// What a configuration changes in a store, to be committed as one (Store::put_settings): decisions of the
// journal, sources with how they go, forwarding targets, the organisation's name. A reader sees all of it or
// nothing, also after kill -9. Plain data.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/store/journal.hpp"
#include "core/store/outbox.hpp"
#include "core/store/sources.hpp"

namespace capbridge::store {

struct SettingsChange {
    std::optional<std::string> organisation;
    Batch decisions;                 // entries are decisions only; none: its run is not looked at
    std::vector<SourceRow> sources;  // as put_source() takes them, each with a uuid
    std::vector<std::string> from_the_beginning;                 // uuids of sources whose cursor is forgotten
    std::vector<std::pair<std::string, SourceStateRow>> states;  // of sources by uuid
    std::vector<TargetRow> targets;                              // as put_target() takes them; by name

    [[nodiscard]] bool empty() const {
        return !organisation && decisions.entries.empty() && sources.empty() && targets.empty();
    }
};

}  // namespace capbridge::store
