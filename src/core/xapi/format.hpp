// The formats in which statements are handed out (xAPI 1.0.3 part 3, 2.1.3; IEEE 9274.1.1, 4.1.6.1): exact
// (as stored), ids (nothing but what identifies agents, activities, verbs and groups) and canonical
// (activities as the store knows them, each language map cut to one language). Pure; any thread.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::xapi {

enum class StatementFormat { exact, ids, canonical };
std::optional<StatementFormat> statement_format_of(std::string_view text);  // "" is exact

// Languages of an Accept-Language header (RFC 9110, 12.5.4), most wanted first, lower case; those with q=0
// left out.
std::vector<std::string> accepted_languages(std::string_view header);

// The definition that the store knows of an activity, as JSON text.
using DefinitionOf = std::function<std::optional<std::string>(std::string_view activity)>;

// `text` is the statement as stored; languages and definitions matter for canonical only.
std::string format_statement(std::string text, StatementFormat format,
                             const std::vector<std::string>& languages, const DefinitionOf& definition_of);

}  // namespace capbridge::xapi
