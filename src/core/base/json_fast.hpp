// The quick way to read JSON: simdjson finds the values, which are then taken over. Internal to json.cpp,
// which goes the slow way when this one gives nothing: that one knows what is wrong and where. Pure; any
// thread.
#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace capbridge {

// Nothing when the text is no JSON, has a member twice, is nested deeper than `depth`, or holds a number that
// needs a closer look.
template <class Json>
std::optional<Json> read_fast(std::string_view text, std::size_t depth);

}  // namespace capbridge
