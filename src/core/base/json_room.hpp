// An ordered_json object with room for its members from the start: one that grows copies what it has, values
// and all, for its keys cannot be moved.
#pragma once
#include <nlohmann/json.hpp>

#include "core/base/json.hpp"

namespace capbridge {

inline ordered_json object_with_room(std::size_t members) {
    ordered_json out = ordered_json::object();
    out.get_ref<ordered_json::object_t&>().reserve(members);
    return out;
}

// Of members that are not there yet, without looking for them.
inline void add_member(ordered_json& object, const char* key, ordered_json value) {
    object.get_ref<ordered_json::object_t&>().emplace_back(key, std::move(value));
}

}  // namespace capbridge
