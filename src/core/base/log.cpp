#include "core/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace capbridge::log {
namespace {

spdlog::logger& logger() {
    static const auto it = [] {
        auto made = spdlog::stderr_logger_mt("capbridge");
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *it;
}

spdlog::level::level_enum spd(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warn:
            return spdlog::level::warn;
        case Level::error:
            break;
    }
    return spdlog::level::err;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
}

// Values with blanks are quoted; a line break cannot forge a second event, nor an escape code colour a
// terminal.
std::string in_quotes(std::string_view value) {
    const bool plain = std::none_of(value.begin(), value.end(),
                                    [](char c) { return c == ' ' || c == '"' || is_control(c); });
    if (plain && !value.empty()) return std::string(value);
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += is_control(c) ? ' ' : c;
    }
    return out + '"';
}

}  // namespace

void set_level(Level level) {
    logger().set_level(spd(level));
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    auto& to = logger();
    if (!to.should_log(spd(level))) return;
    std::string line(event);
    for (const auto& [key, value] : fields) line.append(" ").append(key).append("=").append(in_quotes(value));
    to.log(spd(level), "{}", line);
}

}  // namespace capbridge::log
