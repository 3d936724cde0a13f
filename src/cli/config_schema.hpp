// The configuration's schema as people and editors read it: with the schemas of 'http', 'fetch' and
// forwarding settings laid into it; what a member means; the reference of all members. Pure; any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::cli {

// JSON Schema (draft-07), complete in itself. Members of the first level say by "x-reload" what a reload does
// with them: "live", "restart", "once" (when the data directory is made), "none".
const ordered_json& configuration_schema();

// The schema of the value at a pointer ("/sources/0/name"; an element may be left out or be "*":
// "sources.name" means the same). Null when there is no such member, or when it is the adapter's to say.
const ordered_json* schema_at(std::string_view place);
// "/sources/*/name" of any way to write it.
std::string general_pointer(std::string_view place);

// "live", "restart", "once" or "none": of the member of the first level that a pointer goes through.
std::string reload_of(std::string_view pointer);

// Every member, in the order of the schema: "/sources/*/http/auth/*/type", its schema, whether it must be
// there.
void each_member(
    const std::function<void(const std::string& pointer, const ordered_json& schema, bool required)>& what);

// "text", "text, 1 at least", "one of lrs, webhook", "list of text".
std::string type_words(const ordered_json& schema);
std::string reload_words(std::string_view pointer);

// In words, for a terminal; error "no_such_member" names those that there are.
Result<std::string> explain_member(std::string_view place);
// Markdown: a table a section (docs/configuration.md).
std::string configuration_reference();

}  // namespace capbridge::cli
