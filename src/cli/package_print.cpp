#include "cli/package_print.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"

namespace capbridge::cli {
namespace {

std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    return out;
}

std::string format_of(const ordered_json& package) {
    const auto version = text_of(package, "format_version", "");
    return (text_of(package, "format") == "cmi5" ? "cmi5 " : "SCORM ") + version;
}

std::string named(const ordered_json& activity) {
    return printable(activity, "kind") + " \"" + printable(activity, "title") + "\"  " +
           printable(activity, "iri");
}

void print_list(const ordered_json& changes, const char* member, const char* mark) {
    for (const auto& one : changes.at(member)) std::cout << "  " << mark << ' ' << named(one) << '\n';
    const auto all = count_of(changes.at("counts"), member);
    if (all > changes.at(member).size())
        std::cout << "  " << mark << " ... and " << with_thousands(all - changes.at(member).size())
                  << " more\n";
}

void print_tree(const ordered_json& list, const std::multimap<std::string, std::size_t>& below,
                const std::string& parent, std::size_t depth) {
    if (depth > 100) return;
    const auto [from, to] = below.equal_range(parent);
    for (auto it = from; it != to; ++it) {
        const auto& one = list[it->second];
        std::cout << std::string(2 * depth, ' ') << printable(one, "kind") << "  " << printable(one, "title");
        if (text_of(one, "title", "").empty()) std::cout << printable(one, "identifier");
        if (one.contains("launch")) std::cout << "  [" << printable(one, "launch") << ']';
        std::cout << "\n" << std::string(2 * depth + 2, ' ') << printable(one, "iri") << '\n';
        if (const auto iri = text_of(one, "iri"); iri != parent) print_tree(list, below, iri, depth + 1);
    }
}

}  // namespace

std::string printable(const ordered_json& object, std::string_view member) {
    return plain(text_of(object, member, ""));
}

void print_package_json(const ordered_json& answer) {
    std::cout << answer.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

void print_packages(const ordered_json& answer) {
    Table table({"key", "version", "format", "launchable", "objectives", "bytes", "added", "title"});
    for (const auto& p : answer.at("packages"))
        table.add({printable(p, "key"), text_of(p, "version"), format_of(p),
                   with_thousands(count_of(p, "launchable")), with_thousands(count_of(p, "objectives")),
                   with_thousands(count_of(p, "bytes")), text_of(p, "added_at").substr(0, 10),
                   printable(p, "title")});
    if (table.empty()) {
        std::cout << "no packages; 'capbridge package add FILE' adds one\n";
    } else {
        table.print();
    }
    for (const auto& p : answer.at("packages")) {
        if (!p.value("stored", true))
            std::cout << "note: the file of " << printable(p, "key")
                      << " is not in the data directory; add the same file again\n";
    }
}

void print_package(const ordered_json& p) {
    std::cout << printable(p, "title") << "  (" << format_of(p) << ")\n";
    const auto line = [&](const char* name, const std::string& value) {
        std::cout << "  " << name << std::string(14 - std::string_view(name).size(), ' ') << value << '\n';
    };
    line("key", printable(p, "key"));
    line("identifier", printable(p, "identifier"));
    line("version", text_of(p, "version") + (p.value("in_force", true) ? "" : " (not the one in force)"));
    line("added", text_of(p, "added_at") + " by " + printable(p, "who") + ", run " + text_of(p, "run"));
    line("file", printable(p, "file_name") + "  " + with_thousands(count_of(p, "bytes")) + " bytes, " +
                     with_thousands(count_of(p, "files")) + " files" +
                     (p.value("stored", true) ? "" : "; it is not in the data directory any more"));
    line("sha256", text_of(p, "sha256"));
    line("course", printable(p, "course"));
    std::string kinds;
    for (const auto& [kind, count] : p.at("kinds").items())
        kinds += (kinds.empty() ? "" : ", ") + with_thousands(count.get<std::size_t>()) + " " + kind;
    line("activities", kinds);
    const auto& findings = p.at("findings");
    line("findings", text_of(findings, "warning") + " warnings, " + text_of(findings, "info") + " notes");
    for (const auto& v : p.at("earlier"))
        line("before", "version " + text_of(v, "version") + "  " + text_of(v, "added_at").substr(0, 10) +
                           "  \"" + printable(v, "title") + "\", run " + text_of(v, "run"));
}

void print_findings(const ordered_json& findings, bool all) {
    for (const auto& finding : findings) {
        const auto severity = text_of(finding, "severity");
        if (!all && severity == "info") continue;
        std::cout << severity << " [" << printable(finding, "code") << "] ";
        if (const auto where = printable(finding, "where"); !where.empty()) std::cout << where << ": ";
        std::cout << printable(finding, "message");
        if (const auto remedy = printable(finding, "remedy"); !remedy.empty()) std::cout << ' ' << remedy;
        std::cout << '\n';
    }
}

void print_kept(const ordered_json& answer, std::string_view verb) {
    const bool dry = answer.value("dry_run", false);
    if (!answer.value("changed", false)) {
        std::cout << "the same bytes are there already: " << printable(answer, "key") << ", version "
                  << text_of(answer, "version") << '\n';
        if (answer.value("file_restored", false)) std::cout << "its file had been lost, and is there again\n";
        return;
    }
    std::cout << (dry ? "would be " : "") << verb << ": \"" << printable(answer, "title") << "\" as "
              << printable(answer, "key") << ", version " << text_of(answer, "version") << '\n'
              << format_of(answer) << ", " << with_thousands(count_of(answer, "files")) << " files, "
              << with_thousands(count_of(answer, "launchable")) << " to launch, "
              << with_thousands(count_of(answer, "activities")) << " activities";
    if (answer.contains("run")) std::cout << " (run " << text_of(answer, "run") << ')';
    std::cout << '\n';
    for (const auto& key : answer.value("same_bytes_as", ordered_json::array()))
        std::cout << "note: the same bytes are there as " << plain(key.get<std::string>()) << " too\n";
    if (const auto other = printable(answer, "other_identifier"); !other.empty())
        std::cout << "note: the manifest's identifier was " << other << " and is "
                  << printable(answer, "identifier") << ": is it the same course?\n";
    print_findings(answer.at("findings"), false);
}

void print_changes(const ordered_json& changes) {
    const auto& counts = changes.at("counts");
    std::cout << "activities: " << text_of(counts, "added") << " added, " << text_of(counts, "removed")
              << " removed, " << text_of(counts, "likely_renamed") << " likely under another identifier, "
              << text_of(counts, "retitled") << " with another title, " << text_of(counts, "unchanged")
              << " as before\n";
    print_list(changes, "added", "+");
    print_list(changes, "removed", "-");
    for (const auto& pair : changes.at("likely_renamed"))
        std::cout << "  ? " << named(pair.at("before")) << "\n    likely now (same " << text_of(pair, "same")
                  << ") " << printable(pair.at("after"), "iri") << '\n';
    for (const auto& pair : changes.at("retitled"))
        std::cout << "  ~ " << named(pair.at("before")) << "\n    now \""
                  << printable(pair.at("after"), "title") << "\"\n";
}

void print_effects(const ordered_json& mappings) {
    if (count_of(mappings, "total") == 0) {
        std::cout << "no mapping in force names what goes\n";
        return;
    }
    std::cout << with_thousands(count_of(mappings, "total"))
              << " learning items of mappings in force name what goes; "
              << with_thousands(count_of(mappings, "people"))
              << " people have statements about it, which stay\n";
    for (const auto& item : mappings.at("learning_items")) {
        std::cout << "  " << printable(item, "mapping") << "  " << printable(item, "learning_item") << "  \""
                  << printable(item, "title") << "\": " << with_thousands(count_of(item, "people"))
                  << " people\n";
        for (const auto& one : item.at("activities")) {
            std::cout << "    names " << printable(one, "activity");
            if (!one.at("likely_now").is_null()) std::cout << ", likely now " << printable(one, "likely_now");
            std::cout << '\n';
        }
    }
}

void print_activities(const ordered_json& answer) {
    const auto& list = answer.at("activities");
    std::multimap<std::string, std::size_t> below;
    std::map<std::string, bool> there;
    for (const auto& one : list) there[text_of(one, "iri")] = true;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto parent = text_of(list[i], "parent", "");
        below.emplace(there.contains(parent) ? parent : std::string(), i);
    }
    print_tree(list, below, "", 0);
    if (const auto total = count_of(answer, "total"); total > list.size())
        std::cout << "... and " << with_thousands(total - list.size()) << " more (--json, --limit)\n";
}

}  // namespace capbridge::cli
