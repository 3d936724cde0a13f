// A number of a JSON text as a whole one. nlohmann's own get<int>() also takes 1.5 and 1e300, and the latter
// is no number of C++: what it becomes is undefined. Throws json::type_error for anything but a whole number
// that fits.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

namespace plugins {

inline std::int64_t whole_number(const nlohmann::json& value) {
    return value.get_ref<const nlohmann::json::number_integer_t&>();
}

inline std::int64_t whole_number(const nlohmann::json& object, std::string_view member,
                                 std::int64_t otherwise) {
    const auto it = object.find(member);
    return it == object.end() ? otherwise : whole_number(*it);
}

}  // namespace plugins
