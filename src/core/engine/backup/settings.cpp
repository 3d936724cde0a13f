#include "core/engine/backup/settings.hpp"

#include <nlohmann/json.hpp>

namespace capbridge::engine {
namespace {

constexpr int most_kept = 10'000;
constexpr std::string_view usual_zone = "Europe/London";

// "02:30"
std::optional<std::string> cron_of(const std::string& at) {
    const auto digit = [&](std::size_t i) { return at[i] >= '0' && at[i] <= '9'; };
    if (at.size() != 5 || at[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
        return std::nullopt;
    const int hour = std::stoi(at.substr(0, 2)), minute = std::stoi(at.substr(3));
    if (hour > 23 || minute > 59) return std::nullopt;
    return std::to_string(minute) + " " + std::to_string(hour) + " * * *";
}

}  // namespace

Result<store::KeepRules> read_keep_rules(const json& keep) {
    store::KeepRules out;
    if (keep.is_null()) return out;
    const auto bad = [](const std::string& member) {
        return fail("bad_parameter", "how many to keep is a whole number from 0 to 10,000",
                    "/keep/" + member);
    };
    if (!keep.is_object()) return bad("");
    const std::pair<const char*, int*> members[] = {{"last", &out.last},
                                                    {"daily", &out.daily},
                                                    {"weekly", &out.weekly},
                                                    {"monthly", &out.monthly},
                                                    {"yearly", &out.yearly}};
    for (const auto& [name, into] : members) {
        const auto it = keep.find(name);
        if (it == keep.end()) continue;
        if (!it->is_number_integer() || *it < 0 || *it > most_kept) return bad(name);
        *into = it->get<int>();
    }
    return out;
}

Result<BackupSettings> read_backup_settings(const json& section) {
    BackupSettings out;
    if (!section.is_object() || section.empty()) return out;
    out.to = get_string(section, "to");
    if (out.to.empty()) return fail("bad_parameter", "'to' says in which directory the backups are", "/to");
    out.key_file = get_string(section, "key_file");
    CAPBRIDGE_LET(out.keep, read_keep_rules(section.value("keep", json())));
    const auto every = get_string(section, "every"), at = get_string(section, "at"),
               zone = get_string(section, "zone", usual_zone);
    if (!every.empty() && !at.empty()) return fail("bad_schedule", "give 'every' or 'at', not both", "/at");
    json schedule = json::object();
    if (!every.empty()) {
        schedule["every"] = every;
        out.when = "every " + every;
    }
    if (!at.empty()) {
        const auto cron = cron_of(at);
        if (!cron) return fail("bad_schedule", "'at' is a time of the day such as 02:30", "/at");
        schedule["cron"] = *cron;
        schedule["zone"] = zone;
        out.when = "at " + at + " " + zone;
    }
    CAPBRIDGE_LET(out.schedule, Schedule::read(schedule));
    return out;
}

}  // namespace capbridge::engine
