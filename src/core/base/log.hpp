// The log: one line an event to standard error, "time level event key=value ...". spdlog underneath; any
// thread. Rule: no names, e-mail addresses or other personal data, no secrets. People appear as their uuid,
// if at all.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace capbridge::log {

enum class Level { debug, info, warn, error };
using Field = std::pair<std::string_view, std::string>;

void set_level(Level level);
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
inline void debug(std::string_view event, std::initializer_list<Field> f = {}) {
    write(Level::debug, event, f);
}
inline void info(std::string_view event, std::initializer_list<Field> f = {}) {
    write(Level::info, event, f);
}
inline void warn(std::string_view event, std::initializer_list<Field> f = {}) {
    write(Level::warn, event, f);
}
inline void error(std::string_view event, std::initializer_list<Field> f = {}) {
    write(Level::error, event, f);
}

}  // namespace capbridge::log
