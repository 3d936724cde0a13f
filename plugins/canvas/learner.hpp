// What Canvas says of a learner in a course, as records. Pure; any thread.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "canvas/settings.hpp"

namespace canvas {

using Ordered = nlohmann::ordered_json;

struct Course {
    std::string id, title;
};

// The identifiers of an enrolment's user: [] when the settings know none of what is there.
Ordered identifiers_of(const Settings& settings, const nlohmann::json& enrolment, const std::string& user);

struct Progress {
    std::string what;         // completed, in_progress, or "" for nothing to say
    std::string completed;    // instant, or ""
    bool incomplete = false;  // Canvas says for certain that it is not completed
    std::string reason;       // why it cannot be read, or ""
};
// {requirement_count, requirement_completed_count, completed_at} of a course.
Progress read_progress(const nlohmann::json& progress);
// {state, completed_at} of a module.
Progress read_module(const nlohmann::json& module);

Ordered course_record(const Settings& settings, const Course& named);
Ordered completion_record(const Ordered& who, Ordered activity, const std::string& key,
                          const Progress& progress);
// What was completed no longer is: an item was added, a mark was taken back, or the module was locked again.
Ordered withdraw_record(const std::string& key);
Ordered course_activity(const Settings& settings, const Course& course);
Ordered module_activity(const Settings& settings, const Course& course, const nlohmann::json& module);

std::string course_key(const Course& course, const std::string& user);
std::string module_key(const Course& course, const std::string& module, const std::string& user);

}  // namespace canvas
