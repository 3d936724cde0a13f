// Lines as text, and the names that lines have.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/base/log_settings.hpp"

namespace capbridge::log {
namespace {

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

// The first word of events that have no dot; what is not here is of "bridge".
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> first_words{{
    {"adapter", "adapter"},
    {"adapters", "adapter"},
    {"cassette", "adapter"},
    {"assertions", "assertions"},
    {"forward", "forward"},
    {"sync", "sync"},
    {"schedule", "sync"},
    {"cursor", "sync"},
    {"fetch", "sync"},
    {"files", "sync"},
    {"push", "sync"},
    {"refresh", "sync"},
    {"state", "sync"},
    {"package", "packages"},
    {"packages", "packages"},
    {"token", "http"},
    {"session", "http"},
    {"run", "bridge"},
}};

}  // namespace

std::optional<Level> level_of(std::string_view name) {
    if (name == "debug") return Level::debug;
    if (name == "info") return Level::info;
    if (name == "warn" || name == "warning") return Level::warn;
    if (name == "error") return Level::error;
    return std::nullopt;
}

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warn:
            return "warning";
        case Level::error:
            break;
    }
    return "error";
}

const std::vector<std::string_view>& components() {
    static const std::vector<std::string_view> all{"adapter", "admin",  "assertions", "audit", "backup",
                                                   "bridge",  "config", "forward",    "http",  "packages",
                                                   "store",   "sync",   "syslog"};
    return all;
}

std::string_view component_of(std::string_view event) {
    if (const auto dot = event.find('.'); dot != std::string_view::npos) return event.substr(0, dot);
    const auto word = event.substr(0, event.find('_'));
    for (const auto& [first, component] : first_words) {
        if (first == word) return component;
    }
    return "bridge";
}

std::string plain_text(const Line& line) {
    std::string out = format_instant(line.at);
    out.append(" ").append(name_of(line.level)).append(" ").append(line.event);
    for (const auto& [key, value] : line.fields)
        out.append(" ").append(key).append("=").append(in_quotes(value));
    if (!line.request.empty()) out.append(" request=").append(in_quotes(line.request));
    if (!line.trace.empty()) out.append(" trace=").append(in_quotes(line.trace));
    return out;
}

std::string json_text(const Line& line) {
    ordered_json out{{"time", format_instant(line.at)},
                     {"level", name_of(line.level)},
                     {"component", line.component},
                     {"event", line.event}};
    auto fields = ordered_json::object();
    for (const auto& [key, value] : line.fields) fields[key] = value;
    out["fields"] = std::move(fields);
    if (!line.request.empty()) out["request"] = line.request;
    if (!line.trace.empty()) out["trace"] = line.trace;
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace capbridge::log
