#include "cli/dry_run.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"

namespace capbridge::cli {
namespace {

constexpr std::size_t most_rows = 30;

void print_part(const ordered_json& rows, const char* first, const char* second, const std::string& heading) {
    if (rows.empty()) return;
    Table table({heading, "people", "gained", "lost", "gaps closed", "gaps opened"});
    std::size_t left = most_rows;
    for (const auto& row : rows) {
        if (left-- == 0) break;
        auto name = text_of(row, first, "");
        if (second != nullptr) {
            if (const auto more = text_of(row, second, ""); !more.empty()) name += ": " + more;
        }
        table.add({name.empty() ? "(none)" : name, with_thousands(count_of(row, "people")),
                   with_thousands(count_of(row, "gained")), with_thousands(count_of(row, "lost")),
                   with_thousands(count_of(row, "gaps_closed")),
                   with_thousands(count_of(row, "gaps_opened"))});
    }
    std::cout << '\n';
    table.print();
    if (rows.size() > most_rows)
        std::cout << "  and " << rows.size() - most_rows << " more (--json has them all)\n";
}

void print_reasons(const ordered_json& reasons, const char* what) {
    if (reasons.empty()) return;
    std::cout << "  " << what;
    const char* before = " ";
    for (const auto& [reason, count] : reasons.items()) {
        std::cout << before << reason << " " << with_thousands(count.get<std::size_t>());
        before = ", ";
    }
    std::cout << '\n';
}

void print_requirements(const ordered_json& change) {
    const auto& counts = change["counts"];
    std::cout << "requirements: " << count_of(counts, "added") << " added, " << count_of(counts, "removed")
              << " removed, of these " << count_of(counts, "replaced") << " replaced\n";
    for (const auto& gone : change["removed"]) {
        std::string to;
        for (const auto& id : gone["replaced_by"]) to += (to.empty() ? "" : ", ") + id.get<std::string>();
        std::cout << "  " << text_of(gone, "requirement") << " -> " << (to.empty() ? "nothing" : to) << " ("
                  << gone["mappings"].size() << " mappings, " << count_of(gone, "profile_asks")
                  << " asks of the profile, " << count_of(gone, "attestations") << " attestations, "
                  << count_of(gone, "overrides") << " overrides)\n";
    }
}

}  // namespace

void print_comparison(const ordered_json& a) {
    if (a.contains("requirements")) print_requirements(a["requirements"]);
    const auto& people = a["people"];
    const auto& items = a["items"];
    const auto& foundation = a["foundation"];
    std::cout << "Nothing was changed. Of " << with_thousands(count_of(people, "total")) << " people "
              << with_thousands(count_of(people, "changed"))
              << " would change: " << with_thousands(count_of(people, "gaining")) << " gain, "
              << with_thousands(count_of(people, "losing")) << " lose.\n"
              << "  items (person x requirement): " << with_thousands(count_of(items, "gained"))
              << " gained, " << with_thousands(count_of(items, "lost")) << " lost, "
              << with_thousands(count_of(items, "valid_longer")) << " valid longer, "
              << with_thousands(count_of(items, "valid_shorter")) << " shorter\n"
              << "  asked: " << with_thousands(count_of(items, "newly_asked")) << " more, "
              << with_thousands(count_of(items, "no_longer_asked")) << " no longer\n";
    print_reasons(a["reasons"]["gained"], "gained by:");
    print_reasons(a["reasons"]["lost"], "lost, now:");
    std::cout << "  whole foundation: " << with_thousands(count_of(foundation, "complete_before"))
              << " people now, " << with_thousands(count_of(foundation, "complete_after")) << " then ("
              << with_thousands(count_of(foundation, "lost")) << " lose it)\n";
    print_part(a["by_unit"], "unit", nullptr, "unit");
    print_part(a["by_archetype"], "tier", "archetype", "part");
    print_part(a["by_factor"], "factor_or_group", nullptr, "factor or group");
    for (const auto& what : a.value("out_of_force", ordered_json::array()))
        std::cout << "would be out of force: " << what.get<std::string>() << '\n';
    if (a["list"].empty()) return;
    std::cout << "\nPeople (" << a["list"].size() << " of " << with_thousands(count_of(a, "listed_of"))
              << "):\n";
    for (const auto& person : a["list"]) {
        std::cout << "  " << text_of(person, "person") << ": gains " << count_of(person, "gained")
                  << ", loses " << count_of(person, "lost") << '\n';
    }
}

}  // namespace capbridge::cli
