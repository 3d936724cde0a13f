#include "cli/configured_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/file_findings.hpp"
#include "core/base/pem.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;
using Report = std::function<void(Problem)>;

void error(const Report& report, std::string pointer, std::string code, std::string message) {
    report({Problem::Severity::error, std::move(code), std::move(pointer), std::move(message)});
}

int facility_of(const std::string& name) {
    constexpr std::array<std::pair<std::string_view, int>, 11> known{{{"user", 1},
                                                                      {"daemon", 3},
                                                                      {"auth", 4},
                                                                      {"local0", 16},
                                                                      {"local1", 17},
                                                                      {"local2", 18},
                                                                      {"local3", 19},
                                                                      {"local4", 20},
                                                                      {"local5", 21},
                                                                      {"local6", 22},
                                                                      {"local7", 23}}};
    for (const auto& [known_name, number] : known) {
        if (known_name == name) return number;
    }
    return 16;
}

std::string machine_name() {
    char name[256] = "";
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "-";
}

// Where it is, whether or not it can be used; "" for none.
std::string file_of(const json& section, const char* member, const fs::path& folder, const Report& report) {
    const auto path = get_string(section, member);
    if (path.empty()) return {};
    const auto at = [&](const std::string& name) {
        return (fs::path(name).is_absolute() ? fs::path(name) : folder / name).lexically_normal();
    };
    const auto whole = at(path);
    const auto pointer = "/log/syslog/" + std::string(member);
    const bool is_key = member == std::string_view("key_file");
    if (is_key && is_open_to_all(whole)) {
        error(report, pointer, "key_open_to_all",
              "'" + path + "' can be read or changed by everybody on this machine");
        return whole.string();
    }
    const auto certificate = get_string(section, "certificate_file");
    auto sound = is_key ? check_private_key(whole) : check_certificates(whole);
    if (sound && is_key && !certificate.empty() && check_certificates(at(certificate)))
        sound = check_private_key(whole, at(certificate));
    if (!sound) error(report, pointer, sound.error().code, "'" + path + "' " + sound.error().message);
    return whole.string();
}

SyslogSettings syslog_of(const json& section, const fs::path& folder, const Report& report) {
    SyslogSettings out;
    auto& target = out.target;
    target.host = get_string(section, "host");
    target.port = section.value("port", target.port);
    target.facility = facility_of(get_string(section, "facility", "local0"));
    target.ca_file = file_of(section, "ca_file", folder, report);
    target.certificate_file = file_of(section, "certificate_file", folder, report);
    target.key_file = file_of(section, "key_file", folder, report);
    target.own_name = get_string(section, "own_name", machine_name());
    if (target.certificate_file.empty() != target.key_file.empty())
        error(report, "/log/syslog", "two_halves",
              "a client certificate needs both \"certificate_file\" and \"key_file\"");
    const auto send = section.value("send", json::array({"log", "audit"}));
    const auto sends = [&](const char* what) {
        return std::find(send.begin(), send.end(), what) != send.end();
    };
    out.log = sends("log");
    out.audit = sends("audit");
    out.level = log::level_of(get_string(section, "level", "info")).value_or(log::Level::info);
    return out;
}

}  // namespace

LogSettings read_configured_log(const json& section, const fs::path& folder, const Report& report) {
    LogSettings out;
    if (!section.is_object()) return out;
    if (get_string(section, "format") == "json") out.format = log::Format::json;
    out.levels.all = log::level_of(get_string(section, "level", "info")).value_or(log::Level::info);
    const auto levels = section.value("levels", json::object());
    const auto& known = log::components();
    for (const auto& [component, name] : levels.items()) {
        if (std::find(known.begin(), known.end(), component) == known.end()) {
            error(report, pointer_append("/log/levels", component), "no_such_component",
                  "there is no component '" + component + "'; there are " +
                      join({known.begin(), known.end()}, ", "));
            continue;
        }
        if (const auto level = name.is_string() ? log::level_of(name.get<std::string>()) : std::nullopt)
            out.levels.of[component] = *level;
    }
    const auto syslog = section.value("syslog", json());
    if (syslog.is_object() && !get_string(syslog, "host").empty())
        out.syslog = syslog_of(syslog, folder, report);
    return out;
}

}  // namespace capbridge::cli
