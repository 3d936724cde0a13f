// The brief as a text that a lead can send, and as lines for a spreadsheet.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/competency/brief.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

std::string text_at(const ordered_json& object, const char* member) {
    const auto& value = object.at(member);
    return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

// Titles are people's: nothing in them may become a table's border, a link or a tag.
std::string cell(std::string_view words) {
    std::string out;
    for (const char c : words) {
        if (std::string_view("|\\<>[]*_`#").find(c) != std::string_view::npos) out += '\\';
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out;
}

std::string when_words(const ordered_json& line) {
    const auto why = text_at(line, "why_then"), day = text_at(line, "by_when");
    if (why == "go_live") return day + " (go-live)";
    if (why == "since_go_live") return "overdue since go-live, " + day;
    if (why == "next_expiry") return day + " (first expiry)";
    return "now";
}

std::string who_words(const ordered_json& line) {
    const auto& each = line.at("of_each");
    const auto& together = line.at("together");
    std::vector<std::string> parts;
    if (const auto n = each.at("lacking").get<std::size_t>(); n > 0)
        parts.push_back(std::to_string(n) + " of " + text_at(each, "asked") + " lack it");
    if (const auto n = each.at("running_out").get<std::size_t>(); n > 0)
        parts.push_back(std::to_string(n) + " about to run out");
    if (together.at("gap").get<bool>())
        parts.push_back("one of " + text_at(together, "asked") + " must hold it" +
                        (together.at("holders").get<std::size_t>() > 0 ? " (runs out)" : ""));
    return join(parts, "; ");
}

std::string learning_words(const ordered_json& line) {
    std::vector<std::string> parts;
    for (const auto& item : line.at("learning")) {
        const auto minutes = text_at(item, "minutes");
        parts.push_back(text_at(item, "title") + (minutes.empty() ? "" : " (" + minutes + " min)"));
    }
    return join(parts, "; ");
}

std::string scope_words(const ordered_json& scope) {
    std::vector<std::string> parts;
    for (const char* name : {"unit", "staff_group", "job_role", "archetype", "team", "deployment"}) {
        auto value = text_at(scope, name);
        if (!value.empty())
            parts.push_back((std::string(name) == "unit" ? "" : std::string(name) + " ") + value);
    }
    return parts.empty() ? "everyone" : join(parts, ", ");
}

std::string place_words(const ordered_json& line) {
    auto place = text_at(line, "factor");
    if (place.empty()) place = text_at(line, "group");
    if (const auto context = text_at(line, "context"); !context.empty()) place += " (" + context + ")";
    return place;
}

void table(std::string& out, const ordered_json& brief, bool exists) {
    out += exists
               ? "| requirement | level | factor | who | evidence | by when | learning |\n"
                 "|---|---|---|---|---|---|---|\n"
               : "| requirement | level | factor | who | evidence | by when |\n|---|---|---|---|---|---|\n";
    for (const auto& line : brief.at("lines")) {
        if (line.at("learning_exists").get<bool>() != exists) continue;
        out += "| " + cell(text_at(line, "title")) + " (" + text_at(line, "requirement") + ") | " +
               cell(text_at(line, "level")) + " | " + cell(place_words(line)) + " | " + who_words(line) +
               " | " + cell(text_at(line.at("evidence"), "says")) + " | " + when_words(line) + " |" +
               (exists ? " " + cell(learning_words(line)) + " |" : "") + "\n";
    }
    out += "\n";
}

}  // namespace

std::string brief_csv(const ordered_json& brief) {
    std::string out =
        "requirement,title,kind,level,tier,factor,group,deployment,needed,asked_of_each,lacking,running_out,"
        "asked_together,holders,gap,evidence,assessors,learning_exists,learning,by_when,why_then\r\n";
    for (const auto& line : brief.at("lines")) {
        for (const char* name :
             {"requirement", "title", "kind", "level", "tier", "factor", "group", "context", "needed"})
            out += csv_field(text_at(line, name)) + ",";
        for (const char* name : {"asked", "lacking", "running_out"})
            out += text_at(line.at("of_each"), name) + ",";
        for (const char* name : {"asked", "holders", "gap"}) out += text_at(line.at("together"), name) + ",";
        out += csv_field(text_at(line.at("evidence"), "least")) + "," +
               text_at(line.at("evidence"), "assessors") + "," + text_at(line, "learning_exists") + "," +
               csv_field(learning_words(line)) + "," + text_at(line, "by_when") + "," +
               text_at(line, "why_then") + "\r\n";
    }
    return out;
}

std::string brief_markdown(const ordered_json& brief) {
    const auto& lines = brief.at("lines");
    const auto count = [&](bool exists) {
        return std::count_if(lines.begin(), lines.end(), [&](const auto& l) {
            return l.at("learning_exists").template get<bool>() == exists;
        });
    };
    std::string out = "# Learning to commission: " + cell(scope_words(brief.at("scope"))) + "\n\n";
    const auto organisation = text_at(brief.at("scope"), "organisation");
    out += (organisation.empty() ? "As of " : cell(organisation) + ", as of ") + text_at(brief, "as_of") +
           ", looking ahead to " + text_at(brief, "by") + ". " +
           count_of(brief.at("people").get<std::size_t>(), "person") + "; " +
           count_of(brief.at("lines_total").get<std::size_t>(), "requirement") +
           " with somebody in need of it, " + text_at(brief, "cases") +
           " cases (a person and a requirement). Those that most people need come first.\n\n";
    if (lines.size() < brief.at("lines_total").get<std::size_t>())
        out += "Only the first " + std::to_string(lines.size()) + " are listed.\n\n";
    if (count(false) > 0) {
        out += "## No learning exists\n\n";
        table(out, brief, false);
    }
    if (count(true) > 0) {
        out += "## Learning exists, to be offered\n\n";
        table(out, brief, true);
    }
    if (lines.empty()) out += "Nothing is lacking.\n\n";
    return out + "By the rules " + cell(text_at(brief, "rules")) + ".\n";
}

}  // namespace capbridge::competency
