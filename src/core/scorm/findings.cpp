#include "core/scorm/findings.hpp"

#include <algorithm>
#include <utility>

namespace capbridge::scorm {
namespace {

constexpr std::size_t max_per_code = 20;
constexpr std::size_t max_text = 1000;

// Findings quote what a stranger's manifest says, however long that is: what is too long loses its middle.
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

}  // namespace

void Findings::add(Severity severity, std::string_view code, const Place& place, std::string message,
                   std::string remedy, std::string_view rule) {
    if (severity == Severity::error) has_errors_ = true;
    auto at = counts_.find(code);
    if (at == counts_.end()) at = counts_.emplace(code, 0).first;
    if (++at->second > max_per_code) return;
    Finding finding;
    finding.severity = severity;
    finding.code = code;
    finding.message = shortened(std::move(message));
    finding.remedy = shortened(std::move(remedy));
    finding.rule = rule;
    finding.entry = shortened(place.entry);
    finding.line = place.element ? place.element.line() : place.line;
    if (place.element) finding.xpath = shortened(place.element.xpath());
    finding.where = finding.entry;
    if (finding.line) finding.where += ':' + std::to_string(finding.line);
    list_.push_back(std::move(finding));
}

void Findings::error(std::string_view code, const Place& place, std::string message, std::string remedy,
                     std::string_view rule) {
    add(Severity::error, code, place, std::move(message), std::move(remedy), rule);
}

void Findings::warning(std::string_view code, const Place& place, std::string message, std::string remedy) {
    add(Severity::warning, code, place, std::move(message), std::move(remedy));
}

void Findings::info(std::string_view code, const Place& place, std::string message, std::string remedy) {
    add(Severity::info, code, place, std::move(message), std::move(remedy));
}

void add_error(Findings& findings, const Error& error) {
    const std::string& text = error.message;
    auto cut = text.size() < 2 ? std::string::npos : text.rfind(". ");
    // The last sentence is the remedy, unless there is only one.
    if (cut == std::string::npos) cut = text.size();
    findings.error(error.code, Place(error.where, static_cast<std::size_t>(error.line)),
                   text.substr(0, cut + 1), cut + 2 < text.size() ? text.substr(cut + 2) : std::string{},
                   error.code == "not_a_readable_zip" ? "14.0.0.0-1" : "");
}

std::vector<Finding> Findings::take() {
    for (const auto& [code, count] : counts_) {
        if (count <= max_per_code) continue;
        const auto last = std::find_if(list_.rbegin(), list_.rend(),
                                       [&, wanted = code](const Finding& f) { return f.code == wanted; });
        if (last != list_.rend())
            last->message += " (and " + std::to_string(count - max_per_code) + " more like this)";
    }
    std::stable_sort(list_.begin(), list_.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    counts_.clear();
    return std::exchange(list_, {});
}

}  // namespace capbridge::scorm
