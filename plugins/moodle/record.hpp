// What Moodle says, as the records of config/schemas/records. Written as text by hand: a report has hundreds
// of thousands of rows. Keys name the person by settings.person_key and the course or activity, and are the
// same in every strategy. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "moodle/settings.hpp"

namespace moodle {

struct Person {
    std::string id, idnumber, username, email;  // "" where Moodle does not say
    [[nodiscard]] const std::string& field(PersonField field) const;
    [[nodiscard]] bool nameless() const { return idnumber.empty() && username.empty() && email.empty(); }
};

// What was learnt: "course:CRS-1" or "cm:17" in keys; CRS-1 or cm-17 towards the bridge.
struct Activity {
    std::string key, id, title, type;
};

struct Fact {
    std::string_view what = "completed";  // completed, passed, failed
    std::string time;                     // "2026-03-01T09:30:00Z", or "": unknown, seen now
    bool day = false;                     // the time is a day
    std::string_view zone;                // in which Moodle showed it; "" when it gave a number
    std::string_view revision;            // "override": somebody set it by hand
    std::optional<double> grade;
};

// "" : the person has none of the identifiers that the settings name.
std::string who_json(const Settings& settings, const Person& person);
// "": the person lacks the field that keys are made with.
std::string key_of(const Settings& settings, const Activity& activity, const Person& person);
std::string completion_json(std::string_view who, const Activity& activity, std::string_view key,
                            const Fact& fact);
std::string withdraw_json(std::string_view key);

Activity module_activity(const std::string& cmid, std::string title, std::string modname);

// Appends a JSON string.
void quote(std::string& out, std::string_view text);
std::string instant(std::int64_t unix_seconds);

}  // namespace moodle
