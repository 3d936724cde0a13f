// How the log is written: plain or JSON lines, and from which level on, for all or for a component. All of it
// may change while lines are written; any thread. A component is what an event's name says before its first
// dot ("store.commit_failed"), or what component_of() knows of names without one.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/log.hpp"
#include "core/base/time.hpp"

namespace capbridge::log {

enum class Format { plain, json };

struct Levels {
    Level all = Level::info;
    std::map<std::string, Level> of = {};  // component -> its own
    friend bool operator==(const Levels&, const Levels&) = default;
};

// A line before it is formatted.
struct Line {
    Instant at{};
    Level level = Level::info;
    std::string_view component;
    std::string event;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string request, trace;  // "" = none
};
using Tap = std::function<void(const Line&)>;

std::optional<Level> level_of(std::string_view name);  // "debug", "info", "warn" ("warning"), "error"
std::string_view name_of(Level level);                 // "debug", "info", "warning", "error"
const std::vector<std::string_view>& components();
std::string_view component_of(std::string_view event);

void set_format(Format format);
// What holds until further notice; ends what set_level_for() began.
void set_levels(Levels levels);
// Another level for a while ("" = of all components, whatever their own); goes back by itself.
void set_level_for(Level level, std::string_view component, std::chrono::seconds how_long);
struct Present {
    Levels levels;
    struct ForNow {
        std::string component;
        Level level;
        std::chrono::seconds left;
    };
    std::vector<ForNow> for_now = {};
};
Present present();

// Standard error is the journal's (JOURNAL_STREAM of systemd.exec): lines begin with <N>, their priority.
void find_journal();

// Hears of every line that is written, on the thread that writes it; must not wait and must not log. An empty
// one ends it: when this returns, the one before is not called any more.
void set_tap(Tap tap);

// Where lines and the audit go besides standard error, and how that goes: told by whoever runs it, for
// whoever shows it.
struct Output {
    std::string name;  // "syslog HOST:PORT"
    bool connected = false;
    std::size_t waiting = 0;  // lines
    std::uint64_t sent = 0, dropped = 0;
    std::int64_t audit_behind = 0;  // entries that are not over there yet
    std::string error;              // why it is not connected
};
using TellOutputs = std::function<std::vector<Output>()>;
// Nobody asks any more when the one who tells goes.
void set_outputs(TellOutputs tell);
std::vector<Output> outputs();

std::string plain_text(const Line& line);
std::string json_text(const Line& line);

}  // namespace capbridge::log
