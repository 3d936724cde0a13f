// How writing back to a source goes, in its memory (key "host/push"). Any thread.
#pragma once
#include <optional>
#include <string>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

struct PushState {
    std::optional<Instant> last_try, last_ok, next_due;
    std::string error_code, error;
    int failures = 0;       // in a row
    bool stopped = false;   // configuration or authentication: until the settings change or a person resumes
    std::size_t unmet = 0;  // given to people who do not meet it here any more, when last looked at
};
PushState read_push_state(Bridge& bridge, const std::string& source_uuid);
Status keep_push_state(Bridge& bridge, const std::string& source_uuid, const PushState& state);
ordered_json push_state_to_json(const PushState& state);

}  // namespace capbridge::engine
