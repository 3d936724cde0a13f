// "Would a sync of this source work?", asked before one is tried: the adapter's file and settings, what the
// host does for it, its folder, and the adapter's own check() in its child process. Changes nothing, here or
// over there. Any thread; blocks for `patience` at most, and the adapter's start.
#pragma once
#include <chrono>

#include "core/engine/ports.hpp"

namespace capbridge::engine {

inline constexpr std::chrono::seconds longest_check{60};

// {source, adapter, ok, findings: [{severity, class, code, where, message, advice}], not_tried: [texts],
// took_ms}. A finding's class is the adapter's ("config", "auth", "retry", ...) or the host's own ("crashed",
// "timeout", "no_sandbox", ...); advice says what to do. Without a memory in the settings a source that signs
// in by a refresh token is not tried. Error "stopping".
Result<ordered_json> check_source(AdapterCatalogue& adapters, const SourceSettings& settings,
                                  std::chrono::milliseconds patience, const std::atomic<bool>& stopping);

// What a person does about an error with that code.
std::string advice_of(std::string_view code, const std::string& source);

// The answer's findings in one text, for those that can show no more.
std::string findings_text(const ordered_json& checked);

}  // namespace capbridge::engine
