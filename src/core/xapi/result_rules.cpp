// Results, scores and attachments (xAPI 1.0.3 part 2, 2.4.5 and 2.4.11; IEEE 9274.1.1, 4.2.2.4 and 4.2.2.6).
#include <algorithm>
#include <optional>

#include "core/xapi/duration.hpp"
#include "core/xapi/statement_rules.hpp"

namespace capbridge::xapi {
namespace {

bool is_media_type(std::string_view text) {
    const auto slash = text.find('/');
    return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size();
}

bool is_hex(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

}  // namespace

void StatementRules::result(const json& value, const Place& at) {
    const auto* members = object(value, at, section::result);
    if (members == nullptr) return;
    each(*members, at, section::result, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "score") {
            score(member, here);
        } else if (name == "success" || name == "completion") {
            boolean(member, here, section::result);
        } else if (name == "response") {
            string(member, here, section::result);
        } else if (name == "duration") {
            if (string(member, here, section::result) && !is_duration(text_of(member)))
                error("duration", here, "must be an ISO 8601 duration", section::duration);
        } else if (name == "extensions") {
            extensions(member, here);
        } else {
            return false;
        }
        return true;
    });
}

void StatementRules::score(const json& value, const Place& at) {
    const auto* members = object(value, at, section::score);
    if (members == nullptr) return;
    std::optional<double> scaled, raw, min, max;
    each(*members, at, section::score, [&](std::string_view name, const json& member, const Place& here) {
        auto* number = name == "scaled" ? &scaled
                       : name == "raw"  ? &raw
                       : name == "min"  ? &min
                       : name == "max"  ? &max
                                        : nullptr;
        if (number == nullptr) return false;
        if (member.is_number()) {
            *number = member.get<double>();
        } else {
            error("type", here, "must be a number", section::score);
        }
        return true;
    });
    if (scaled && (*scaled < -1 || *scaled > 1))
        error("range", Place(at, "scaled"), "must be from -1 to 1", section::score);
    if (min && max && *min >= *max) error("range", Place(at, "min"), "must be less than max", section::score);
    if (raw && ((min && *raw < *min) || (max && *raw > *max)))
        error("range", Place(at, "raw"), "must lie between min and max", section::score);
}

void StatementRules::attachments(const json& value, const Place& at) {
    const auto* list = array(value, at, section::attachment);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size(); ++i) attachment((*list)[i], Place(at, i));
}

void StatementRules::attachment(const json& value, const Place& at) {
    const auto* members = object(value, at, section::attachment);
    if (members == nullptr) return;
    const auto& section = section::attachment;
    each(*members, at, section, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "usageType" || name == "fileUrl") {
            iri(member, here, section);
        } else if (name == "display" || name == "description") {
            language_map(member, here);
        } else if (name == "contentType") {
            if (string(member, here, section) && !is_media_type(text_of(member)))
                error("media_type", here, "must be an Internet media type", section);
        } else if (name == "length") {
            if (!member.is_number_integer() || (!member.is_number_unsigned() && member.get<long>() < 0))
                error("type", here, "must be a number of bytes, an integer", section);
        } else if (name == "sha2") {
            if (string(member, here, section) && !is_hex(text_of(member)))
                error("sha2", here, "must be a SHA-2 in hexadecimal digits", section);
        } else {
            return false;
        }
        return true;
    });
    for (const char* member : {"usageType", "display", "contentType", "length", "sha2"}) {
        if (!members->contains(member)) missing(at, member, section);
    }
}

}  // namespace capbridge::xapi
