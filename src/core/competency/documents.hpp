// The files of this folder as JSON documents: parsed, held to their schema, findings with lines. Internal to
// the folder. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/base/time.hpp"

namespace capbridge::competency {

// The parse error, if any, names the file.
Result<json> read_document(std::string_view text, const std::string& name);
// Read and of that shape, or "invalid_document" with all problems; more problems may be added by the caller.
Result<json> read_shaped(std::string_view text, const std::string& name, const std::string& schema);
// The members of a checked document.
std::vector<std::string> strings_of(const json& object, std::string_view member);  // empty when absent
// Problem "bad_day" where the text is no day.
std::optional<Day> day_of_member(const json& object, const char* member, const std::string& pointer,
                                 Problems& problems);
// For payloads that leave out what has nothing to say.
void put(json& out, const char* member, const std::string& value);
void put(json& out, const char* member, const std::optional<Day>& day);
std::optional<Day> day_at(const json& object, const char* member);  // absent, or no day: nothing
// `schema` is a path below config/ that travels in the binary.
Problems check_shape(const json& document, const std::string& schema, std::string_view text);

}  // namespace capbridge::competency
