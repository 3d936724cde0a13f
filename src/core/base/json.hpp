// JSON documents: parsing with limits, the line of a JSON pointer, and validation against a JSON Schema
// (draft-07). Pure functions; any thread.
#pragma once
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/problem.hpp"

namespace capbridge {

using json = nlohmann::json;
using ordered_json = nlohmann::ordered_json;

struct JsonLimits {
    std::size_t bytes = 64u << 20;
    std::size_t depth = 64;
};

// Errors: "too_large", "too_deep", "invalid_utf8", "invalid_json" (with the line), "duplicate_key".
Result<json> parse_json(std::string_view text, const JsonLimits& limits = {});
// The same, members kept in the order of the text (for documents shown again to a person).
Result<ordered_json> parse_ordered_json(std::string_view text, const JsonLimits& limits = {});

// Where each value of a well-formed text begins: JSON pointer -> 1-based line. For error messages only.
std::unordered_map<std::string, int> json_lines(std::string_view text);

// Every breach of the schema, with its pointer; lines are filled in when `text` (the document's source) is
// given.
Problems validate_json(const json& document, const json& schema, std::string_view text = {});

std::string pointer_append(std::string_view pointer, std::string_view member);  // escapes ~ and /
std::string pointer_append(std::string_view pointer, std::size_t index);

// Members by name, for documents whose shape was validated: a default instead of an exception.
std::string get_string(const json& object, std::string_view member, std::string_view otherwise = {});

}  // namespace capbridge
