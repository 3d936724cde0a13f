// The only unit that sees valijson, which takes seconds to compile. valijson decides; the words are ours
// (schema_words.cpp), for its own speak of constraints, not of the file.
#define VALIJSON_USE_EXCEPTIONS 1  // without it a broken schema aborts the program
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/base/json.hpp"
#include "core/base/schema_words.hpp"

namespace capbridge {
namespace {

// std::regex recurses once a character: a longer text would overflow the stack, and no name is that long.
constexpr std::size_t kLongestMatched = 4096;

// valijson's context is "<root>", "[member]", "[0]"; we speak JSON pointers.
std::string pointer_of(const std::vector<std::string>& context) {
    std::string pointer;
    for (const auto& part : context) {
        if (part.size() >= 2 && part.front() == '[')
            pointer = pointer_append(pointer, part.substr(1, part.size() - 2));
    }
    return pointer;
}

bool is_within(std::string_view pointer, std::string_view ancestor) {
    return pointer.starts_with(ancestor) &&
           (pointer.size() == ancestor.size() || pointer[ancestor.size()] == '/');
}

// Where a parent says that a child of it fails, the child has spoken already: the pointer of the child or,
// where valijson does not name it, the parent's own. No value for a breach that stands by itself.
std::optional<std::string> failing_child(const Breach& breach) {
    const std::string_view what = breach.what;
    for (const char* begin :
         {"Failed to validate against schema associated with pattern", "Failed to validate against child",
          "Failed to validate against additional properties", "Failed to validate against dependent",
          "Failed to validate against a conditional"}) {
        if (what.starts_with(begin)) return breach.pointer;
    }
    if (what.starts_with("Failed to validate against schema associated with property name '")) {
        const auto begin = what.find('\'') + 1;
        return pointer_append(breach.pointer, what.substr(begin, what.rfind('\'') - begin));
    }
    if (what.starts_with("Failed to validate item #")) {
        const auto begin = what.find('#') + 1;
        return pointer_append(breach.pointer,
                              what.substr(begin, what.find_first_not_of("0123456789", begin) - begin));
    }
    return std::nullopt;
}

// Leaves each fault once: not also in the words of its parents, nor of alternatives that were tried.
std::vector<Breach> sifted(std::vector<Breach> all) {
    std::vector<Breach> out;
    for (auto& breach : all) {
        if (fits_none(breach.what)) {
            while (!out.empty() && is_within(out.back().pointer, breach.pointer)) out.pop_back();
        } else if (auto child = failing_child(breach)) {
            // From the back, where a child that has spoken stands.
            if (std::any_of(out.rbegin(), out.rend(),
                            [&](const Breach& b) { return is_within(b.pointer, *child); }))
                continue;
            breach = {std::move(*child), ""};
        }
        out.push_back(std::move(breach));
    }
    // A value of the wrong type breaks other rules only because of that.
    std::set<std::string> of_wrong_type;
    const auto is_type = [](const Breach& b) { return b.what.starts_with("Value type not permitted"); };
    for (const auto& breach : out) {
        if (is_type(breach)) of_wrong_type.insert(breach.pointer);
    }
    std::erase_if(out, [&](const Breach& b) { return !is_type(b) && of_wrong_type.contains(b.pointer); });
    return out;
}

// Paths, not pointers: a pointer for every value below a long name would be a lot of text.
void find_long_texts(const json& value, Path& here, std::vector<Path>& found) {
    if (value.is_string()) {
        if (value.get_ref<const std::string&>().size() > kLongestMatched) found.push_back(here);
        return;
    }
    if (!value.is_structured()) return;
    here.emplace_back();
    std::size_t index = 0;
    for (auto it = value.begin(); it != value.end(); ++it, ++index) {
        if (it->is_string() || it->is_structured()) {
            here.back() = value.is_object() ? it.key() : std::to_string(index);
            find_long_texts(*it, here, found);
        }
    }
    here.pop_back();
}

// What was found, each thing once, and which values nobody may rely on.
class Findings {
public:
    void add(Finding finding) {
        if (finding.broken) broken_.insert(finding.pointer);
        if (!told_.insert(finding.pointer + '\n' + finding.message).second) return;
        problems.push_back(
            {Problem::Severity::error, "schema", std::move(finding.pointer), std::move(finding.message), 0});
    }

    // The document without what is wrong in it.
    [[nodiscard]] json without_broken(const json& document) const {
        json out = document;
        for (const auto& pointer : broken_) {
            auto path = tokens_of(pointer);
            if (path.empty()) {
                if (!out.is_object()) return {};
                continue;
            }
            const auto last = std::move(path.back());
            path.pop_back();
            auto* parent = const_cast<json*>(node_at(out, path));  // out is ours
            if (parent == nullptr) continue;
            if (parent->is_object()) {
                parent->erase(last);
            } else if (const auto index = number_in(last); parent->is_array() && index < parent->size()) {
                (*parent)[index] = nullptr;
            }
        }
        return out;
    }

    Problems problems;

private:
    std::set<std::string> told_, broken_;
};

// A text that no pattern can be tried on is refused, and cut in the copy that valijson gets.
void cut_long_texts(json& document, const json& schema, Findings& findings, std::set<std::string>& cut) {
    Path here;
    std::vector<Path> long_texts;
    find_long_texts(document, here, long_texts);
    if (long_texts.empty()) return;
    const auto is_matched = [](const std::string& rule) {
        return rule.find("\"pattern\"") != std::string::npos || rule.find("\"format\"") != std::string::npos;
    };
    const bool any = is_matched(schema.dump());
    for (const auto& path : long_texts) {
        const auto* rule = subschema(schema, path);
        if (!any || (rule != nullptr && !is_matched(rule->dump()))) continue;
        std::string pointer;
        for (const auto& token : path) pointer = pointer_append(pointer, token);
        auto& text = const_cast<json*>(node_at(document, path))->get_ref<std::string&>();
        findings.add({pointer,
                      "is too long: " + std::to_string(text.size()) + " bytes, where " +
                          std::to_string(kLongestMatched) + " are allowed",
                      true});
        text = "x";
        cut.insert(pointer);
    }
}

std::vector<Breach> breaches_of(const json& document, const json& schema_document) {
    valijson::Schema schema;
    valijson::SchemaParser parser;
    const valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_document);
    parser.populateSchema(schema_adapter, schema);

    valijson::Validator validator(valijson::Validator::kStrongTypes);
    valijson::ValidationResults results;
    const valijson::adapters::NlohmannJsonAdapter target(document);
    std::vector<Breach> found;
    if (validator.validate(schema, target, &results)) return found;
    valijson::ValidationResults::Error error;
    while (results.popError(error))
        found.push_back({pointer_of(error.context), std::move(error.description)});
    found = sifted(std::move(found));
    // propertyNames says nothing at all at the root, and a breach never passes.
    if (found.empty()) found.push_back({"", ""});
    return found;
}

}  // namespace

Problems validate_json(const json& document, const json& schema, std::string_view text, json* sound) {
    Findings findings;
    Problems problems;
    try {
        json copy = document;
        std::set<std::string> cut;
        cut_long_texts(copy, schema, findings, cut);
        for (const auto& breach : breaches_of(copy, schema)) {
            if (cut.contains(breach.pointer)) continue;
            for (auto& finding : findings_of(breach, document, schema)) findings.add(std::move(finding));
        }
        problems = std::move(findings.problems);
        if (sound != nullptr) *sound = findings.without_broken(document);
    } catch (const std::exception& e) {
        problems = {{Problem::Severity::error, "schema_unusable", "", e.what(), 0}};
        if (sound != nullptr) *sound = nullptr;
    }
    locate(problems, text);
    return problems;
}

}  // namespace capbridge
