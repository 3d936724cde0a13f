#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "cli/status.hpp"
#include "core/store/backup/future.hpp"

namespace capbridge::cli {
namespace {

constexpr int several = 3;  // syncs in a row: one failed one is a bad moment
constexpr std::uint64_t low_disk = 1u << 30;

using Findings = std::vector<StatusFinding>;

void of_daemon(const ordered_json& daemon, Findings& out) {
    if (!daemon.is_object()) {
        out.push_back({true, "no_daemon", "No daemon serves this data directory.",
                       "systemctl start capbridge; why it does not run: systemctl status capbridge"});
        return;
    }
    for (const auto* list : {"reasons", "warnings"}) {
        for (const auto& one : daemon.value(list, ordered_json::array()))
            out.push_back({std::string_view(list) == "reasons", text_of(one, "code"), text_of(one, "message"),
                           text_of(one, "remedy")});
    }
}

// Read well, and still nobody knows of anything that happened over there.
void of_nothing_new(const ordered_json& source, Instant now, Findings& out) {
    if (!source.value("without_new", false)) return;
    const auto name = text_of(source, "name");
    const auto last = parse_instant(text_of(source, "last_new", ""));
    out.push_back({true, "source_without_new",
                   "Source " + name + " is read well, and has brought nothing new " +
                       (last ? "for " + span_text(*last, now) + ", longer than its \"expect_new\"." : "yet."),
                   "see whether that system still exports: capbridge source check " + name +
                       "; capbridge run list --source " + name});
}

void of_source(const ordered_json& source, Instant now, Findings& out) {
    of_nothing_new(source, now, out);
    const auto name = text_of(source, "name");
    const auto error = source.value("error", ordered_json());
    const auto why = error.is_object() ? ": " + text_of(error, "message") : std::string();
    if (source.value("stopped", ordered_json()).is_string()) {
        out.push_back({true, "source_stopped", "Source " + name + " is stopped" + why,
                       "capbridge source show " + name + "; mend it, then capbridge source resume " + name});
    } else if (source.value("held", ordered_json()).is_object()) {
        out.push_back({true, "source_held", "Source " + name + " waits for a person's yes.",
                       "capbridge source show " + name + "; then capbridge source accept " + name});
    } else if (const auto failures = count_of(source, "failures"); failures > 0) {
        out.push_back({failures >= several, "source_fails",
                       "Source " + name + " failed " + std::to_string(failures) + " times in a row" + why,
                       "capbridge source check " + name});
    }
}

void of_target(const ordered_json& target, Findings& out) {
    const auto name = text_of(target, "name");
    if (target.value("paused", false)) {
        out.push_back({false, "forward_paused", "Forwarding to " + name + " is paused.",
                       "capbridge forward resume " + name});
    } else if (const auto failures = count_of(target, "failures"); failures > 0) {
        out.push_back({failures >= several, "forward_fails",
                       "Forwarding to " + name + " failed " + std::to_string(failures) + " times in a row (" +
                           text_of(target, "error") + ").",
                       "capbridge forward show " + name});
    }
    if (const auto dead = count_of(target, "dead_letters"); dead > 0)
        out.push_back({false, "dead_letters",
                       name + " would not take " + with_thousands(dead) + " statements.",
                       "capbridge forward show " + name + "; then capbridge forward retry " + name +
                           ", or give them up: capbridge forward drop " + name + " --all"});
}

void of_backup(const ordered_json& backup, Instant now, Findings& out) {
    if (!backup.is_object()) return;
    if (!backup.value("configured", false)) {
        out.push_back({false, "no_backup", "No backup is configured.",
                       "\"backup\" in the configuration; docs/backup.md"});
        return;
    }
    if (const auto failures = count_of(backup, "failures_in_a_row"); failures > 0) {
        const auto last = backup.value("last_failure", ordered_json());
        out.push_back({true, "backup_fails",
                       "The last backup failed: " + (last.is_object() ? text_of(last, "message") : "-"),
                       "capbridge backup"});
    }
    const auto last = backup.value("last", ordered_json());
    const auto taken = last.is_object() ? parse_instant(text_of(last, "taken", "")) : std::nullopt;
    if (taken && store::is_from_future(*taken, now))
        out.push_back({true, "backup_from_future",
                       "The last backup, " + text_of(last, "id") + ", says that it was taken at " +
                           format_instant(*taken) + ", which is still to come: a clock is or was wrong.",
                       "set the clock (timedatectl), then capbridge backup; docs/backup.md, \"When the clock "
                       "was ahead\""});
    const auto due = parse_instant(text_of(backup, "next_due", ""));
    if (due && *due + std::chrono::hours{1} < now)
        out.push_back({true, "backup_overdue", "A backup has been due for " + span_text(*due, now) + ".",
                       "look at the log for backup_failed; capbridge backup"});
}

}  // namespace

std::vector<StatusFinding> status_findings(const ordered_json& status, const ordered_json& daemon,
                                           Instant now) {
    Findings out;
    of_daemon(daemon, out);
    const auto store = status.value("store", ordered_json::object());
    if (!daemon.is_object() && store.value("disk_bytes", std::uint64_t{0}) > 0 &&
        store.value("free_bytes", std::uint64_t{0}) < low_disk)
        out.push_back({false, "disk_low", "Little room is left on the disk of the data directory.",
                       "make room or enlarge the disk"});
    for (const auto& source : status.value("sources", ordered_json::array())) of_source(source, now, out);
    for (const auto& target : status.value("forward", ordered_json::array())) of_target(target, out);
    of_backup(status.value("backup", ordered_json()), now, out);
    if (const auto sandbox = status.value("sandbox", ordered_json()); sandbox.is_object()) {
        if (const auto why = text_of(sandbox, "refusal", ""); !why.empty())
            out.push_back(
                {true, "adapter_no_sandbox", why, "docs/operate.md, \"Where adapters cannot be locked in\""});
    }
    return out;
}

std::string span_text(Instant from, Instant to) {
    using namespace std::chrono;
    const auto seconds = duration_cast<std::chrono::seconds>(to - from).count();
    const auto of = [](std::int64_t n, const char* unit) {
        return std::to_string(n) + " " + unit + (n == 1 ? "" : "s");
    };
    if (seconds < 60) return "less than a minute";
    if (seconds < 2 * 3600) return of(seconds / 60, "minute");
    if (seconds < 2 * 86400) return of(seconds / 3600, "hour");
    return of(seconds / 86400, "day");
}

std::string bytes_text(std::uint64_t bytes) {
    static constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < std::size(units)) {
        value /= 1024;
        ++unit;
    }
    char text[40];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text;
}

}  // namespace capbridge::cli
