// The formats in which statements are handed out (xAPI 1.0.3 part 3, 2.1.3): exact (as stored), ids (nothing
// but what identifies agents, activities, verbs and groups) and canonical (each language map cut to one
// language). Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::server {

enum class StatementFormat { exact, ids, canonical };
std::optional<StatementFormat> statement_format_of(std::string_view text);

// Languages of an Accept-Language header (RFC 9110, 12.5.4), most wanted first, lower case; those with q=0
// left out.
std::vector<std::string> accepted_languages(std::string_view header);

// `text` is the statement as stored; languages matter for canonical only.
std::string format_statement(std::string text, StatementFormat format,
                             const std::vector<std::string>& languages);

}  // namespace capbridge::server
