// The configuration's "log": how lines are written, from which level on, and the syslog server that gets them
// and the audit. Applied while the daemon runs by LogOutput::apply() (log_output.hpp). Single-threaded.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>

#include "core/base/json.hpp"
#include "core/base/log_settings.hpp"
#include "core/base/problem.hpp"
#include "core/net/syslog.hpp"

namespace capbridge::cli {

struct SyslogSettings {
    net::SyslogTarget target;
    bool log = true, audit = true;        // what is sent
    log::Level level = log::Level::info;  // of lines; never more than the log itself has
    friend bool operator==(const SyslogSettings&, const SyslogSettings&) = default;
};

struct LogSettings {
    log::Format format = log::Format::plain;
    log::Levels levels = {};
    std::optional<SyslogSettings> syslog = {};
    friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

// `section` is what of it keeps to the schema; relative paths hang on `folder`.
LogSettings read_configured_log(const json& section, const std::filesystem::path& folder,
                                const std::function<void(Problem)>& report);

}  // namespace capbridge::cli
