#include "core/store/sqlite/settings_change.hpp"

#include <set>

#include "core/store/sqlite/journal.hpp"
#include "core/store/sqlite/outbox.hpp"
#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {
namespace {

// What it can be refused for, before anything is written: a checked job has no way back but that of its
// group.
Status check(const SettingsChange& change) {
    std::set<std::string> names;
    for (const auto& source : change.sources) {
        if (source.uuid.empty()) return fail("internal", "a source of a settings change has no uuid");
    }
    for (const auto& target : change.targets) {
        if (!names.insert(target.name).second)
            return fail("name_taken", "two targets have the same name", target.name);
    }
    for (const auto& entry : change.decisions.entries) {
        if (!std::holds_alternative<NewDecision>(entry))
            return fail("internal", "a settings change holds decisions only");
    }
    return {};
}

}  // namespace

Status write_settings(Writing& writing, const SettingsChange& change) {
    CAPBRIDGE_TRY(check(change));
    // Refuses before it writes, and everything after it fails for the disk only.
    if (!change.decisions.entries.empty()) CAPBRIDGE_TRY(append_batch(writing, change.decisions));
    auto& database = writing.database;
    if (change.organisation) {
        database.query("update organisation set name = ?2 where id = ?1")
            .bind(own_organisation, *change.organisation)
            .run();
    }
    for (const auto& source : change.sources) write_source(database, source);
    for (const auto& uuid : change.from_the_beginning) write_cursor(database, uuid, "");
    for (const auto& [uuid, state] : change.states) write_source_state(database, uuid, state);
    for (auto target : change.targets) {
        target.uuid.clear();  // by name: so it cannot be refused here
        const auto written = write_target(database, target);
        if (!written) throw Failure(written.error());
    }
    return {};
}

}  // namespace capbridge::store
