// The quick way to read JSON: simdjson finds the values, which are then taken over. json.cpp goes the slow
// way when this one gives nothing: that one knows what is wrong and where. Pure; any thread.
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

// Of an object: its members and those of the objects in them, as far as they are wanted (`parent`: the member
// that holds it, "" at the top), deeper ones with all that is in them. For texts that were checked when they
// came and are read for a few of their members. Nothing: as above, or no object.
using WantedMember = bool (*)(std::string_view parent, std::string_view member);
std::optional<nlohmann::json> read_part(std::string_view text, WantedMember wanted);

}  // namespace capbridge
