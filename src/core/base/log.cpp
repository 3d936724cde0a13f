#include "core/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>

#include "core/base/log_context.hpp"
#include "core/base/log_settings.hpp"

namespace capbridge::log {
namespace {

using Steady = std::chrono::steady_clock;

spdlog::logger& logger() {
    static const auto it = [] {
        auto made = spdlog::stderr_logger_mt("capbridge");
        made->set_pattern("%v");
        made->set_level(spdlog::level::debug);
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *it;
}

struct ForNow {
    std::string component;  // "" = all
    Level level;
    Steady::time_point until;
};

struct State {
    std::shared_mutex mutex;
    Format format = Format::plain;
    bool journal = false;
    Levels levels;
    std::vector<ForNow> for_now;  // the last that fits counts
    std::shared_mutex tapping;    // apart: a tap may take its time to end
    Tap tap;
    TellOutputs tell_outputs;
};

State& state() {
    static State it;
    return it;
}

Level level_for(const State& s, std::string_view component) {
    const auto now = Steady::now();
    for (auto it = s.for_now.rbegin(); it != s.for_now.rend(); ++it) {
        if (it->until > now && (it->component.empty() || it->component == component)) return it->level;
    }
    if (const auto it = s.levels.of.find(std::string(component)); it != s.levels.of.end()) return it->second;
    return s.levels.all;
}

// sd-daemon(3); our errors are its "err".
std::string_view priority(Level level) {
    switch (level) {
        case Level::debug:
            return "<7>";
        case Level::info:
            return "<6>";
        case Level::warn:
            return "<4>";
        case Level::error:
            break;
    }
    return "<3>";
}

Instant clock_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

void set_level(Level level) {
    set_levels({level, {}});
}

void set_levels(Levels levels) {
    const std::unique_lock lock(state().mutex);
    state().levels = std::move(levels);
    state().for_now.clear();
}

void set_format(Format format) {
    const std::unique_lock lock(state().mutex);
    state().format = format;
}

void set_level_for(Level level, std::string_view component, std::chrono::seconds how_long) {
    const std::unique_lock lock(state().mutex);
    auto& all = state().for_now;
    const auto now = Steady::now();
    std::erase_if(all, [&](const ForNow& one) {
        return one.until <= now || component.empty() || one.component == component;
    });
    all.push_back({std::string(component), level, now + how_long});
}

Present present() {
    const std::shared_lock lock(state().mutex);
    Present out{state().levels, {}};
    const auto now = Steady::now();
    for (const auto& one : state().for_now) {
        if (one.until > now)
            out.for_now.push_back(
                {one.component, one.level, std::chrono::ceil<std::chrono::seconds>(one.until - now)});
    }
    return out;
}

void find_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat there {};
    const bool found = stream != nullptr && ::fstat(STDERR_FILENO, &there) == 0 &&
                       std::to_string(there.st_dev) + ":" + std::to_string(there.st_ino) == stream;
    const std::unique_lock lock(state().mutex);
    state().journal = found;
}

void set_tap(Tap tap) {
    const std::unique_lock lock(state().tapping);
    state().tap = std::move(tap);
}

void set_outputs(TellOutputs tell) {
    const std::unique_lock lock(state().tapping);
    state().tell_outputs = std::move(tell);
}

std::vector<Output> outputs() {
    TellOutputs tell;  // called without the lock: whoever tells has a lock of its own, and sets taps under it
    {
        const std::shared_lock lock(state().tapping);
        tell = state().tell_outputs;
    }
    return tell ? tell() : std::vector<Output>();
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    auto& s = state();
    Line line;
    line.component = component_of(event);
    Format format{};
    bool journal = false;
    {
        const std::shared_lock lock(s.mutex);
        if (level < level_for(s, line.component)) return;
        format = s.format;
        journal = s.journal;
    }
    line.at = clock_now();
    line.level = level;
    line.event = event;
    for (const auto& [key, value] : fields) line.fields.emplace_back(key, value);
    line.request = context().request;
    if (context().trace) line.trace = context().trace->id;
    auto text = format == Format::json ? json_text(line) : plain_text(line);
    if (journal) text.insert(0, priority(level));
    logger().log(spdlog::level::info, "{}", text);
    const std::shared_lock lock(s.tapping);
    if (s.tap) s.tap(line);
}

}  // namespace capbridge::log
