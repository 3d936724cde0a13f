// What schema.cpp says of a breach, in words about the file, and the ways through documents and schemas that
// it needs for that. Only for schema.cpp. Pure functions; any thread.
#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge {

using Path = std::vector<std::string>;  // the tokens of a pointer

struct Breach {
    std::string pointer;
    std::string what;  // valijson's words; "" for a value of which it says no more than that it does not fit
};

// Whether valijson says that no alternative of anyOf or oneOf fits.
bool fits_none(std::string_view what);

struct Finding {
    std::string pointer, message;
    bool broken;  // nobody may rely on the value at the pointer
};
// One breach may be several findings: valijson names only the first unknown member of an object.
std::vector<Finding> findings_of(const Breach& breach, const json& document, const json& schema);

Path tokens_of(std::string_view pointer);
std::size_t number_in(std::string_view token);                                 // npos when it is none
const json* node_at(const json& document, std::span<const std::string> path);  // nullptr when it is not there
// The part of the schema that speaks of the value at the path; nullptr when it is not found.
const json* subschema(const json& schema, std::span<const std::string> path);

}  // namespace capbridge
