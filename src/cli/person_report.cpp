#include "cli/person_report.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/html.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

struct Section {
    const char* name;  // of the answer's member, and of the CSV file
    const char* title;
    const char* explained;
};
constexpr std::array sections{
    Section{"identity", "Who we think you are",
            "Your name as it is held, and the numbers by which this system tells you from everybody else. "
            "They have no "
            "meaning outside it."},
    Section{"identifiers", "What you are known by",
            "Numbers, addresses and accounts under which learning is recorded for you, when each is yours, "
            "and where it "
            "came from. One that does not count now is kept because it was said of you once."},
    Section{"employments", "Your posts", "Where you work or worked, as your employer's records say."},
    Section{"archetypes", "Your part in working with AI",
            "The capability framework groups staff by what they do with AI, as 'archetypes'. This is what "
            "was proposed for "
            "you or decided, and by whom."},
    Section{"teams", "Teams", "Teams in which you are listed as a member."},
    Section{"records", "Your record",
            "Each requirement about which something is known of you: whether it is met, why, until when, and "
            "the evidence "
            "it rests on."},
    Section{"attestations", "What was attested",
            "What an assessor, or you yourself, said that you can do. Assessors stand here by their entry in "
            "the register, "
            "not by name."},
    Section{"waivers", "Requirements waived or not applicable",
            "What was taken out of what is asked of you, and why."},
    Section{"statements", "Learning that was reported",
            "Every report of your learning that reached this system, exactly as it was received (other "
            "people in it are "
            "shown as 'somebody else'), what it was taken to mean, and whether it was taken back later."},
    Section{
        "named_in", "Reports about others in which you are named",
        "For example as an instructor. What they say about the other person is theirs and not shown here."},
    Section{"attachments", "Files", "Files that came with your learning, such as certificates."},
    Section{
        "documents", "Where you were in a course, and profiles",
        "What courses stored so that you could go on where you left off, and profile documents about you."},
    Section{"quarantine", "Records that could not be used",
            "Records about you that were wrong or incomplete and are kept until they are mended or dropped."},
    Section{"forwarded", "Who was told", "Other systems to which something about you was passed on."},
    Section{"decisions", "What was decided or imported about you",
            "Every entry about you in the journal, oldest first: imports, links between accounts, "
            "archetypes, merges; when, "
            "and by whom."},
    Section{
        "not_held", "What is not held",
        "Things that the systems we read from may have, and that are dropped before anything is stored."}};

std::string words(const std::string& name) {
    auto out = name;
    std::replace(out.begin(), out.end(), '_', ' ');
    if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
        out.front() = static_cast<char>(out.front() - 'a' + 'A');
    return out;
}

std::string shown(const ordered_json& value) {
    if (value.is_null()) return "";
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

const ordered_json& rows_of(const ordered_json& held, const char* name) {
    static const auto none = ordered_json::array();
    const auto found = held.find(name);
    return found == held.end() || !found->is_array() ? none : *found;
}

std::string table(const Section& section, const ordered_json& rows) {
    std::string out = "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"" +
                      std::string(section.name) + "\"><table><thead><tr>";
    for (const auto& [name, value] : rows.front().items())
        out += "<th scope=\"col\">" + escape_html(words(name)) + "</th>";
    out += "</tr></thead><tbody>\n";
    for (const auto& row : rows) {
        out += "<tr>";
        for (const auto& [name, value] : row.items()) {
            const auto text = shown(value);
            // Bytes are for the JSON file: a page of them is no use to anybody.
            const bool bytes = name == "content_base64" && !text.empty();
            out += "<td>" + (bytes ? std::string("in the JSON file") : escape_html(text)) + "</td>";
        }
        out += "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

constexpr const char* style =
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#212b32;"
    "background:#fff}h1,h2{line-height:1.2}h2{margin-top:2.5rem;border-top:2px solid "
    "#768692;padding-top:1rem}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}"
    "th,td{border:1px solid #aeb7bd;padding:.35rem "
    ".5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f0f4f5}a{color:#005eb8}@media print{nav{display:none}body{margin:0;max-width:none}"
    ".wide{overflow:visible}table{font-size:7pt}tr{break-inside:avoid}}";

Status write_private(const std::filesystem::path& file, std::string_view text) {
    return write_file(file, text, 0600);
}

}  // namespace

std::string person_page(const ordered_json& held) {
    const auto organisation = shown(held.value("organisation", ordered_json()));
    const auto title =
        "Everything held about you" + (organisation.empty() ? std::string() : " at " + organisation);
    std::string out =
        "<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
        escape_html(title) + "</title><style>" + style + "</style></head><body><main>\n<h1>" +
        escape_html(title) + "</h1>\n";
    out +=
        "<p>This is the answer to a request to see your personal data in the learning bridge. It was made "
        "on " +
        escape_html(shown(held.value("made_at", ordered_json()))) +
        " (UTC) and has everything that the system held about you then. If something is wrong, say so to "
        "whoever "
        "gave you this file: you have a right to have it put right.</p>\n"
        "<p>Other people are shown by what they did, not by name, because this file is yours and not theirs. "
        "Long "
        "codes of letters and digits are the numbers by which the system knows a record; you may need one "
        "when you "
        "ask about it.</p>\n<nav aria-label=\"Contents\"><h2>Contents</h2><ul>\n";
    for (const auto& section : sections)
        out += "<li><a href=\"#" + std::string(section.name) + "\">" + section.title + "</a> (" +
               std::to_string(rows_of(held, section.name).size()) + ")</li>\n";
    out += "</ul></nav>\n";
    for (const auto& section : sections) {
        out += "<section><h2 id=\"" + std::string(section.name) + "\">" + section.title + "</h2>\n<p>" +
               escape_html(section.explained) + "</p>\n";
        const auto& rows = rows_of(held, section.name);
        out += rows.empty() ? "<p>Nothing is held.</p>\n" : table(section, rows);
        out += "</section>\n";
    }
    return out + "</main></body></html>\n";
}

Status write_person_tables(const std::filesystem::path& folder, const ordered_json& held) {
    std::error_code ec;
    if (std::filesystem::exists(folder, ec) && !std::filesystem::is_empty(folder, ec))
        return fail("exists", "there is something here already: name a new folder", folder.string());
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return fail("unwritable", std::string("cannot be made: ") + std::strerror(errno), folder.string());
    std::string readme = "Everything held about one person, made on " +
                         shown(held.value("made_at", ordered_json())) +
                         " (UTC). A CSV file, UTF-8, for each table:\n\n";
    for (const auto& section : sections) {
        const auto& rows = rows_of(held, section.name);
        readme += std::string(section.name) + ".csv: " + section.title + ". " + section.explained +
                  " Rows: " + std::to_string(rows.size()) + ".\n\n";
        if (rows.empty()) continue;
        std::string text;
        for (const auto& [name, value] : rows.front().items())
            text += (text.empty() ? "" : ",") + csv_field(name);
        text += "\r\n";
        for (const auto& row : rows) {
            bool first = true;
            for (const auto& [name, value] : row.items()) {
                text += (first ? "" : ",") + csv_field(shown(value));
                first = false;
            }
            text += "\r\n";
        }
        CAPBRIDGE_TRY(write_private(folder / (std::string(section.name) + ".csv"), text));
    }
    return write_private(folder / "README.txt", readme);
}

}  // namespace capbridge::cli
