#include "core/scorm/values.hpp"

#include <charconv>
#include <cmath>

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

// adlseq:objectives (4th edition) has the same name and only extends the maps of the real ones.
const xml::Element* own_objectives(const xml::Element& sequencing) {
    for (const auto& element : sequencing.children) {
        if (element.is("objectives") && element.ns.find("adlseq") == std::string::npos) return &element;
    }
    return nullptr;
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
    const std::string trimmed = trim(text);
    const char* begin = trimmed.data();
    const char* const end = begin + trimmed.size();
    if (trimmed.size() > 1 && *begin == '+' && begin[1] != '-') ++begin;
    double value = 0;
    const auto [stop, error] = std::from_chars(begin, end, value, std::chars_format::fixed);
    // from_chars also takes "inf" and "nan".
    if (error != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
    return value;
}

bool has_placeholder(std::string_view text) {
    const auto between = [&](std::string_view open, std::string_view close) {
        const auto at = text.find(open);
        return at != std::string_view::npos && text.find(close, at + open.size()) != std::string_view::npos;
    };
    return between("{{", "}}") || between("[[", "]]") || text.find("@@") != std::string_view::npos;
}

std::vector<std::string> objective_ids(
    const xml::Element& item, const std::unordered_map<std::string, const xml::Element*>& collections) {
    std::vector<std::string> ids;
    const auto* sequencing = item.child("sequencing");
    if (!sequencing) return ids;
    const auto* objectives = own_objectives(*sequencing);
    if (!objectives) {
        const auto it = collections.find(sequencing->attribute_or("IDRef"));
        if (it != collections.end()) objectives = own_objectives(*it->second);
    }
    if (!objectives) return ids;
    for (const auto& objective : objectives->children) {
        if (!objective.is("primaryObjective") && !objective.is("objective")) continue;
        std::string id = trim(objective.attribute_or("objectiveID"));
        if (!id.empty()) ids.push_back(std::move(id));
    }
    return ids;
}

}  // namespace capbridge::scorm
