// A registration of SCORM Cloud (one learner, one course, one attempt) as a record. "UNKNOWN" is left out, it
// is never a no: COMPLETED with UNKNOWN success is a course without a test. Scores are 0 to 100 there, and
// instances count from 0. Pure; any thread.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "scorm_cloud/settings.hpp"

namespace scorm_cloud {

using Ordered = nlohmann::ordered_json;

struct Registration {
    std::string key;                         // "" when it has no id
    std::optional<plugins::Micros> updated;  // nullopt when it cannot be read
    Ordered completion;                      // null: nothing to say
    std::string reason;                      // why it cannot be read, or ""; none of its content
    std::string column;                      // the member that the reason is about
};
Registration read_registration(const nlohmann::json& row, const Settings& settings);

// The run-time data of its SCOs as a scorm_attempt; null when it has none. Of a registration that could be
// read.
Ordered attempt_record(const nlohmann::json& row, const Settings& settings);

}  // namespace scorm_cloud
