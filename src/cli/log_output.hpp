// Where a daemon's log and audit go: puts "log" of the configuration in force, at the start and with each
// reload, and runs the syslog connection. Owned by the daemon, and gone before its bridge; apply() by one
// thread at a time.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "cli/configured_log.hpp"
#include "core/engine/bridge.hpp"
#include "core/net/syslog.hpp"

namespace capbridge::cli {

// Format and levels alone: what there is before a store is open.
void apply_log_lines(const LogSettings& settings);

// What the command line says stands over the file, with each reload too.
struct LogOverrides {
    std::optional<log::Format> format;
    std::optional<log::Level> level;
};
LogSettings with(LogSettings settings, const LogOverrides& overrides);

class LogOutput {
public:
    LogOutput(engine::Bridge& bridge, std::filesystem::path data, LogOverrides overrides);
    ~LogOutput();
    LogOutput(const LogOutput&) = delete;
    LogOutput& operator=(const LogOutput&) = delete;

    // Ends what `capbridge log level` set, unless the settings are those in force. A syslog connection that
    // is to stay as it was stays open.
    void apply(const LogSettings& settings);

private:
    [[nodiscard]] std::vector<log::Output> outputs() const;  // what log::outputs() tells

    engine::Bridge& bridge_;
    const std::filesystem::path cursor_file_;
    const LogOverrides overrides_;
    std::optional<LogSettings> applied_;
    mutable std::mutex mutex_;
    std::optional<SyslogSettings> in_force_;
    std::unique_ptr<net::SyslogSender> sender_;
};

}  // namespace capbridge::cli
