#include "core/scorm/inspection.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace capbridge::scorm {
namespace {

constexpr std::size_t max_per_code = 20;
constexpr std::size_t max_text = 1000;

// Findings quote what a stranger's manifest says, however long that is: what is too long loses its middle,
// for the end says what to do.
std::string shortened(std::string text) {
    if (text.size() <= max_text) return text;
    const auto is_inside = [&](std::size_t at) {  // a character of UTF-8
        return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    auto front = max_text * 2 / 3, back = text.size() - max_text / 4;
    while (front > 0 && is_inside(front)) --front;
    while (back < text.size() && is_inside(back)) ++back;
    return text.substr(0, front) + " ... " + text.substr(back);
}

ordered_json text_or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json number_or_null(const std::optional<double>& number) {
    return number ? ordered_json(*number) : ordered_json(nullptr);
}

}  // namespace

void Findings::error(std::string code, std::string message, std::string where) {
    add({Finding::Severity::error, std::move(code), std::move(message), std::move(where)});
}

void Findings::warning(std::string code, std::string message, std::string where) {
    add({Finding::Severity::warning, std::move(code), std::move(message), std::move(where)});
}

void Findings::info(std::string code, std::string message, std::string where) {
    add({Finding::Severity::info, std::move(code), std::move(message), std::move(where)});
}

void Findings::add(Finding finding) {
    if (finding.severity == Finding::Severity::error) has_errors_ = true;
    if (++counts_[finding.code] > max_per_code) return;
    finding.message = shortened(std::move(finding.message));
    finding.where = shortened(std::move(finding.where));
    list_.push_back(std::move(finding));
}

std::vector<Finding> Findings::take() {
    for (const auto& [code, count] : counts_) {
        if (count <= max_per_code) continue;
        const auto last = std::find_if(list_.rbegin(), list_.rend(),
                                       [&, wanted = code](const Finding& f) { return f.code == wanted; });
        if (last != list_.rend())
            last->message += " (and " + std::to_string(count - max_per_code) + " more like this)";
    }
    // The reasons for a refusal first, otherwise the order in which things were met.
    std::stable_sort(list_.begin(), list_.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    counts_.clear();
    return std::exchange(list_, {});
}

bool Inspection::has_finding(const std::string& code) const {
    return std::any_of(findings.begin(), findings.end(),
                       [&, wanted = code](const Finding& f) { return f.code == wanted; });
}

std::string_view severity_name(Finding::Severity severity) {
    switch (severity) {
        case Finding::Severity::error:
            return "error";
        case Finding::Severity::warning:
            return "warning";
        case Finding::Severity::info:
            return "info";
    }
    return "error";
}

ordered_json inspection_json(const Inspection& inspection) {
    ordered_json out;
    out["format"] = text_or_null(inspection.format);
    out["version"] = text_or_null(inspection.version);
    out["identifier"] = text_or_null(inspection.identifier);
    out["title"] = text_or_null(inspection.title);
    out["manifest"] = text_or_null(inspection.manifest);
    out["sha256"] = inspection.sha256;
    out["bytes"] = inspection.bytes;
    out["entries"] = inspection.entries;
    out["organizations"] = ordered_json::array();
    for (const auto& organization : inspection.organizations) {
        out["organizations"].push_back(
            ordered_json{{"identifier", organization.identifier}, {"title", organization.title}});
    }
    out["scos"] = ordered_json::array();
    for (const auto& sco : inspection.scos) {
        out["scos"].push_back(ordered_json{{"identifier", sco.identifier},
                                           {"title", sco.title},
                                           {"href", sco.href},
                                           {"parameters", text_or_null(sco.parameters)},
                                           {"mastery_score", number_or_null(sco.mastery_score)},
                                           {"objectives", sco.objectives}});
    }
    out["aus"] = ordered_json::array();
    for (const auto& au : inspection.aus) {
        out["aus"].push_back(ordered_json{{"id", au.id},
                                          {"title", au.title},
                                          {"url", au.url},
                                          {"move_on", au.move_on},
                                          {"mastery_score", number_or_null(au.mastery_score)},
                                          {"objectives", au.objectives}});
    }
    out["findings"] = ordered_json::array();
    for (const auto& finding : inspection.findings) {
        out["findings"].push_back(ordered_json{{"severity", severity_name(finding.severity)},
                                               {"code", finding.code},
                                               {"message", finding.message},
                                               {"where", finding.where}});
    }
    out["accepted"] = inspection.accepted;
    return out;
}

}  // namespace capbridge::scorm
