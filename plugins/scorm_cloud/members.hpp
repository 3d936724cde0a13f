// Parts of a registration that both of its records need. Of a row that is an object; pure; any thread.
#pragma once
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "scorm_cloud/registration.hpp"

namespace scorm_cloud {

Ordered who_of(const nlohmann::json& row, const Settings& settings);
Ordered activity_of(const nlohmann::json& row);
std::int64_t instance_of(const nlohmann::json& row);
std::string key_of(const nlohmann::json& row);
std::string revision_of(const nlohmann::json& row);  // "" when the course has no version

// The member that is an object or array; null otherwise.
inline const nlohmann::json& part(const nlohmann::json& object, const char* member) {
    static const nlohmann::json none;
    const auto it = object.is_object() ? object.find(member) : object.end();
    return object.is_object() && it != object.end() && it->is_structured() ? *it : none;
}

// A number, also where it is written as a text (run-time data).
inline std::optional<double> number_of(const nlohmann::json& object, const char* member) {
    const auto it = object.is_object() ? object.find(member) : object.end();
    if (!object.is_object() || it == object.end()) return std::nullopt;
    double value = 0;
    if (it->is_number()) {
        value = it->get<double>();
    } else if (it->is_string()) {
        const auto& text = it->get_ref<const std::string&>();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    } else {
        return std::nullopt;
    }
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace scorm_cloud
