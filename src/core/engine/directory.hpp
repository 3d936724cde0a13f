// Directory records of a pull (person, employment, unit, archetype_hint, and withdrawals of them) become
// "person", "unit" and "assignment" decisions: what a source says of somebody is kept by its own key, and the
// person in force is made of everything that all directory sources say, so that a delta with one changed post
// is enough. The Intake of the same pull owns it and calls it on its thread.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/sync/guard.hpp"

namespace capbridge::engine {

// Lets others have a turn at Bridge::changing; the caller reads anew what they may have changed.
using GiveWay = std::function<Status()>;

struct DirectoryCounts {
    std::size_t people_added = 0, people_changed = 0, people_same = 0, left = 0, units = 0, hints = 0;
};

class Directory {
public:
    struct Options {
        double leavers_at_most = 0.05;  // of the people in post: more in one run is held
        bool accept_leavers = false;
        bool dry_run = false;              // counts only
        std::vector<GuardHit> accepted{};  // a person said yes to these, and not to many more
        double fall_at_most = 0.30;        // of a snapshot's units or hints that may be missing
        bool accept_fall = false;
    };
    Directory(Bridge& bridge, store::SourceRow source, std::int64_t run, Options options);
    ~Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    [[nodiscard]] static bool takes(std::string_view kind);
    // Error "rejected_record" (where = JSON pointer): the caller quarantines that record and goes on.
    Status take(std::string_view kind, std::string_view record_json);
    Status withdraw(std::string_view kind, std::string_view key);
    // Within a snapshot, absence means withdrawn; nothing else does.
    Status snapshot_begin(std::string_view scope);
    // `whole` false: something could not be read, so nothing is concluded. Error "snapshot_fell" when too
    // many units or hints are missing (of people and posts the leavers' guard judges): the pull must end.
    Status snapshot_end(bool whole);
    // What changed, to be appended before or with the cursor, in batches as the caller likes: said again, it
    // changes nothing. Error "leavers" when the guard holds the run: nothing of the directory was changed
    // then. The caller has Bridge::changing; `give_way` is called now and then while nothing is written yet,
    // and when somebody else decided about people meanwhile, it is all looked at once more.
    Status settle(std::vector<store::NewDecision>& decisions, const GiveWay& give_way = {});

    [[nodiscard]] const DirectoryCounts& counts() const;
    [[nodiscard]] const std::optional<GuardHit>& held() const;  // after "leavers", "snapshot_fell"

private:
    struct State;  // directory_state.hpp
    std::unique_ptr<State> state_;
};

}  // namespace capbridge::engine
