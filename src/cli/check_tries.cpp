#include "cli/check_tries.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/file_findings.hpp"
#include "core/engine/forward/settings.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;
using Severity = Problem::Severity;

constexpr std::uint64_t little_space = std::uint64_t{1} << 30;

std::string user_name(uid_t uid) {
    const auto* entry = ::getpwuid(uid);
    return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

std::string me() {
    return user_name(::geteuid());
}

bool may(const fs::path& path, int how) {
    return ::faccessat(AT_FDCWD, path.c_str(), how, AT_EACCESS) == 0;
}

std::string octal(mode_t mode) {
    char text[8] = {};
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
    return text;
}

std::string space_text(std::uint64_t bytes) {
    char text[32] = {};
    std::snprintf(text, sizeof text, "%.1f GiB", static_cast<double>(bytes) / static_cast<double>(1u << 30));
    return text;
}

fs::path nearest_there(fs::path path) {
    std::error_code ec;
    while (!fs::exists(path, ec) && path.has_parent_path() && path.parent_path() != path)
        path = path.parent_path();
    return path;
}

bool can_hold_a_folder(const fs::path& there) {
    std::error_code ec;
    struct statfs disk {};
    return fs::is_directory(there, ec) && ::statfs(there.c_str(), &disk) == 0 &&
           disk.f_type != PROC_SUPER_MAGIC && disk.f_type != SYSFS_MAGIC;
}

void try_space(const Checked& checked, const fs::path& there, const char* pointer, Tries& tries,
               std::string& fact) {
    struct statvfs disk {};
    if (::statvfs(there.c_str(), &disk) != 0) return;
    const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    fact += ", " + space_text(free) + " free";
    if ((disk.f_flag & ST_RDONLY) != 0)
        return tries.add(checked, Severity::error, "read_only_disk", pointer,
                         "'" + there.string() + "' is on a file system that is mounted read-only");
    if (free < little_space)
        tries.add(checked, Severity::warning, "little_space", pointer,
                  "'" + there.string() + "' has " + space_text(free) + " of room left");
}

// Pointer of a finding -> the file that stands there; "" when it is none.
fs::path file_at(const Checked& checked, const fs::path& base, const std::string& pointer) {
    try {
        const auto& value = checked.document.at(json::json_pointer(pointer));
        if (!value.is_string()) return {};
        const fs::path path(value.get<std::string>());
        return path.is_absolute() ? path : base / path;
    } catch (const json::exception&) {
        return {};
    }
}

bool is_kept_from_us(const fs::path& path) {
    if (path.empty() || ::geteuid() == 0) return false;
    return !may(path, R_OK) && errno == EACCES;
}

// Root may everything, and the owner of the data is the daemon's user: what these cannot have is missing.
// Before there is data, whoever can make the directory is, and the user that the package makes.
bool is_stranger(const Checked& checked) {
    if (::geteuid() == 0) return false;
    const auto dir = checked.configuration.data_directory();
    struct stat data {};
    if (::stat(dir.c_str(), &data) == 0) return data.st_uid != ::geteuid();
    return errno != ENOENT || (me() != "capbridge" && !may(nearest_there(dir), W_OK | X_OK));
}

// Findings that whoever is kept from a file, or from the way to it, would have in any case.
bool is_about_reading(const std::string& code) {
    constexpr std::array<std::string_view, 5> codes{"secret", "tls_file", "unreadable", "no_folder",
                                                    "backup_place"};
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// What only the daemon's own environment can have, and why this one has not; "" for any other place.
std::string kept_for_the_daemon(const std::string& pointer) {
    if (pointer.ends_with("_env"))
        return "the variable is not set here; the daemon has an environment of its own";
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (pointer.ends_with("_credential") && (folder == nullptr || *folder == '\0'))
        return "only systemd gives credentials, and only to the daemon";
    return {};
}

// Which of the three spellings of a secret's place is there.
std::string place_of(const net::SecretPlace& secret) {
    return !secret.file.empty() ? "/secret_file" : !secret.env.empty() ? "/secret_env" : "/secret_credential";
}

}  // namespace

void Tries::add(const Checked& checked, Severity severity, std::string code, const std::string& pointer,
                std::string message) {
    Problem problem{severity, std::move(code), pointer, std::move(message), line_of(checked.lines, pointer)};
    hide_secret(problem, checked.document, fs::absolute(file).parent_path());
    auto remedy = remedy_of(problem);
    findings.push_back({file, std::move(problem), std::move(remedy)});
}

void try_data_directory(const Checked& checked, Tries& tries) {
    const auto data = checked.configuration.data_directory();
    constexpr auto most_bytes = sizeof(sockaddr_un::sun_path) - 1;
    if (const auto size = (data / "admin.sock").native().size(); size > most_bytes)
        return tries.add(checked, Severity::error, "data_path_too_long", "/data",
                         "the path '" + data.string() + "' is " + std::to_string(size - most_bytes) +
                             " bytes too long for the socket 'admin.sock' in it");
    struct stat found {};
    if (::stat(data.c_str(), &found) != 0) {
        if (errno == EACCES) {
            tries.not_tried.push_back("the data directory '" + data.string() + "': " + me() +
                                      " may not look into the folder it is in");
            return;
        }
        if (std::error_code ec; fs::is_symlink(data, ec))
            return tries.add(checked, Severity::error, "data_directory", "/data",
                             "'" + data.string() +
                                 "' is a link to what is not there: mount the disk, or make the directory");
        const auto parent = nearest_there(data);
        std::string fact = "data directory '" + data.string() + "': is not there yet and would be made";
        if (!can_hold_a_folder(parent))
            return tries.add(checked, Severity::error, "data_directory", "/data",
                             "'" + data.string() + "' is not there and cannot be made: '" + parent.string() +
                                 "' is no directory, or one of the kernel's own");
        if (!may(parent, W_OK | X_OK)) {
            tries.add(checked, Severity::warning, "data_directory", "/data",
                      "'" + data.string() + "' is not there, and " + me() + " cannot make it in '" +
                          parent.string() + "'");
            fact = "data directory '" + data.string() + "': is not there yet";
        }
        try_space(checked, parent, "/data", tries, fact);
        return tries.facts.push_back(fact);
    }
    if (!S_ISDIR(found.st_mode))
        return tries.add(checked, Severity::error, "data_directory", "/data",
                         "'" + data.string() + "' is not a directory");
    const auto owner = user_name(found.st_uid);
    std::string fact =
        "data directory '" + data.string() + "': owner " + owner + ", mode " + octal(found.st_mode);
    if ((found.st_mode & 077) != 0)
        tries.add(checked, Severity::warning, "data_mode", "/data",
                  "'" + data.string() + "' is open to others than its owner (mode " + octal(found.st_mode) +
                      "), and records of people are in it");
    if (::geteuid() != found.st_uid && ::geteuid() != 0) {
        tries.not_tried.push_back("writing to the data directory: it belongs to " + owner + ", and this is " +
                                  me() + " ('sudo -u " + owner + " capbridge check ...' tries it)");
    } else if (!may(data, W_OK | X_OK)) {
        tries.add(checked, Severity::error, "data_owner", "/data",
                  "'" + data.string() + "' belongs to " + owner + ", and " + me() + " cannot write to it");
    }
    try_space(checked, data, "/data", tries, fact);
    tries.facts.push_back(fact);
}

void try_backup(const Checked& checked, Tries& tries) {
    const auto& to = checked.configuration.backup.to;
    if (to.empty()) return;
    const auto there = nearest_there(to);
    std::string fact =
        "backups to '" + to.string() + "'" + (there == to ? "" : ": not there yet, and would be made");
    if (there != to && !may(there, W_OK | X_OK)) {  // what is there was told by the check of the file
        const auto what = me() + " cannot write to '" + there.string() + "'";
        if (is_stranger(checked)) {
            tries.not_tried.push_back("/backup/to: " + what);
        } else {
            tries.add(checked, Severity::warning, "backup_place", "/backup/to", what);
        }
    }
    struct stat place {
    }, data{};
    const auto kept = checked.configuration.data_directory();
    if (::stat(there.c_str(), &place) == 0 && ::stat(nearest_there(kept).c_str(), &data) == 0 &&
        place.st_dev == data.st_dev)
        tries.add(checked, Severity::warning, "backup_same_disk", "/backup/to",
                  "'" + to.string() + "' is on the same disk as the data: what takes one takes both");
    try_space(checked, there, "/backup/to", tries, fact);
    tries.facts.push_back(fact);
}

void try_folders(const Checked& checked, Tries& tries) {
    const auto& sources = checked.configuration.sources;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const auto folder = get_string(sources[i], "folder");
        std::error_code ec;
        if (folder.empty() || !fs::is_directory(folder, ec)) continue;  // told by the check of the file
        const auto pointer = "/sources/" + std::to_string(i) + "/folder";
        if (may(folder, R_OK | X_OK)) continue;
        const auto what = me() + " cannot read the folder '" + folder + "'";
        if (is_stranger(checked)) {
            tries.not_tried.push_back(pointer + ": " + what);
        } else {
            tries.add(checked, Severity::warning, "unreadable_folder", pointer, what);
        }
    }
}

void try_forward_secrets(const Checked& checked, Tries& tries) {
    const auto& targets = checked.configuration.forward;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto settings =
            engine::read_target(get_string(targets[i], "kind"), targets[i].value("settings", json::object()));
        if (!settings) continue;
        const auto pointer = "/forward/" + std::to_string(i) + "/settings" + place_of(settings->secret);
        if (const auto secret = engine::read_secret(*settings); !secret) {
            if (is_stranger(checked) && is_kept_from_us(settings->secret.file)) {
                tries.not_tried.push_back(pointer + ": " + me() + " may not read it");
            } else if (const auto why = kept_for_the_daemon(pointer); !why.empty()) {
                tries.not_tried.push_back(pointer + ": " + why);
            } else {
                tries.add(checked, Severity::warning, "secret", pointer,
                          (secret.error().where.empty() ? "" : "'" + secret.error().where + "': ") +
                              secret.error().message);
            }
        }
    }
}

void forgive_unreadable(Checked& checked, Tries& tries) {
    const auto base = fs::absolute(tries.file).parent_path();
    const bool stranger = is_stranger(checked);
    std::erase_if(checked.findings, [&](const Finding& one) {
        const auto& problem = one.problem;
        const auto why_not = [&]() -> std::string {
            if (problem.code == "secret") {
                if (auto why = kept_for_the_daemon(problem.pointer); !why.empty()) return why;
            }
            if (!stranger || !is_about_reading(problem.code)) return {};
            const bool to_write = problem.code == "backup_place";
            if (!to_write && !is_kept_from_us(file_at(checked, base, problem.pointer))) return {};
            return me() + " may not " + (to_write ? "write to" : "read") +
                   " it; run this as the daemon's user";
        };
        const auto why = why_not();
        if (why.empty()) return false;
        tries.not_tried.push_back(problem.pointer + ": " + why);
        return true;
    });
    checked.ok = std::none_of(checked.findings.begin(), checked.findings.end(),
                              [](const Finding& one) { return one.problem.severity == Severity::error; });
}

Tries begin_tries(const fs::path& file) {
    Tries out;
    out.file = file.string();
    return out;
}

Tries try_all(const fs::path& file, Checked& checked) {
    auto tries = begin_tries(file);
    if (!checked.document.is_object()) return tries;  // it could not be read: there is nothing to try
    forgive_unreadable(checked, tries);
    for (auto part : {try_data_directory, try_listen, try_folders, try_backup, try_forward_secrets})
        part(checked, tries);
    return tries;
}

}  // namespace capbridge::cli
