// The only unit that sees valijson, which takes seconds to compile.
#define VALIJSON_USE_EXCEPTIONS 1  // without it a broken schema aborts the program
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/base/json.hpp"

namespace capbridge {
namespace {

// valijson's context is "<root>", "[member]", "[0]"; we speak JSON pointers.
std::string pointer_of(const std::vector<std::string>& context) {
    std::string pointer;
    for (const auto& part : context) {
        if (part.size() >= 2 && part.front() == '[')
            pointer = pointer_append(pointer, part.substr(1, part.size() - 2));
    }
    return pointer;
}

// A parent repeats its child's failure in general words.
bool repeats_a_child(const std::string& description) {
    return description.starts_with("Failed to validate against schema associated with property") ||
           description.starts_with("Failed to validate item") ||
           description.starts_with("Failed to validate against child schema");
}

}  // namespace

Problems validate_json(const json& document, const json& schema_document, std::string_view text) {
    Problems problems;
    try {
        valijson::Schema schema;
        valijson::SchemaParser parser;
        valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_document);
        parser.populateSchema(schema_adapter, schema);

        valijson::Validator validator(valijson::Validator::kStrongTypes);
        valijson::ValidationResults results;
        valijson::adapters::NlohmannJsonAdapter target(document);
        if (validator.validate(schema, target, &results)) return problems;

        Problems parents;
        valijson::ValidationResults::Error error;
        while (results.popError(error)) {
            auto& to = repeats_a_child(error.description) ? parents : problems;
            to.push_back(
                {Problem::Severity::error, "schema", pointer_of(error.context), error.description, 0});
        }
        // propertyNames tells nothing of its own: then the parent nearest to it must speak, for a breach
        // never passes.
        if (problems.empty() && !parents.empty()) problems.push_back(parents.front());
        if (problems.empty())
            problems.push_back(
                {Problem::Severity::error, "schema", "", "a member has a name that is not allowed", 0});
    } catch (const std::exception& e) {
        problems.push_back({Problem::Severity::error, "schema_unusable", "", e.what(), 0});
    }
    if (!text.empty() && !problems.empty()) {
        const auto lines = json_lines(text);
        for (auto& p : problems) {
            if (const auto it = lines.find(p.pointer); it != lines.end()) p.line = it->second;
        }
    }
    return problems;
}

}  // namespace capbridge
