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
// The line of the pointer's value or, where the text has no such value, of the nearest one around it; 0 when
// there are no lines.
int line_of(const std::unordered_map<std::string, int>& lines, std::string pointer);
// Fills in the lines that the problems still lack, and lists them as they stand in the text.
void locate(Problems& problems, std::string_view text);

// Every breach of the schema, in plain words, with its pointer (a missing member: that of its parent; an
// unknown one: its own); lines are filled in when `text` (the document's source) is given. `sound`, when
// given, receives the document without the values that are wrong, for checks that go on with the rest: a
// wrong member is left out, a wrong element becomes null so that the others keep their index. It is no object
// when the document is none, or the schema of no use. Never throws.
Problems validate_json(const json& document, const json& schema, std::string_view text = {},
                       json* sound = nullptr);

std::string pointer_append(std::string_view pointer, std::string_view member);  // escapes ~ and /
std::string pointer_append(std::string_view pointer, std::size_t index);

// Members by name, for documents whose shape was validated: a default instead of an exception.
std::string get_string(const json& object, std::string_view member, std::string_view otherwise = {});

}  // namespace capbridge
