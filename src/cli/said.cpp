// capbridge attest-list, waive-list; and how the commands that attest and waive tell what they did
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/attest.hpp"
#include "cli/dry_run.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string person, assessor, requirement;
    std::size_t limit = 50, offset = 0;
};

json asked(const State& s) {
    json params = {{"limit", s.limit}, {"offset", s.offset}};
    if (!s.person.empty()) params["person"] = s.person;
    if (!s.assessor.empty()) params["assessor"] = s.assessor;
    if (!s.requirement.empty()) params["requirement"] = s.requirement;
    return params;
}

std::string joined(const ordered_json& list) {
    std::string out;
    for (const auto& each : list) out += (out.empty() ? "" : ", ") + each.get<std::string>();
    return out;
}

std::string counts_words(const ordered_json& a) {
    if (a["not_counting"].empty()) return a["outcome"] == "met" ? "yes" : "as a finding";
    const auto why = a["not_counting"].front().get<std::string>();
    return a["not_counting"].size() == a["requirements"].size() ? "no: " + why : "in part: " + why;
}

void print_rest(const ordered_json& answer, std::size_t shown) {
    const auto total = count_of(answer, "total"), from = count_of(answer, "offset");
    if (total > from + shown)
        std::cout << "... " << with_thousands(total - from - shown) << " more (--offset, --limit)\n";
}

void attestations_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("attestation.list", asked(s));
    if (!answer) return run.failed(answer.error(), 1);
    if (s.options.json) return print_json(*answer);
    Table table({"on", "person", "requirements", "kind", "outcome", "method", "assessor", "counts", "id"});
    const auto& list = (*answer)["attestations"];
    for (const auto& a : list) {
        table.add({text_of(a, "on"), text_of(a, "person"), joined(a["requirements"]), text_of(a, "kind"),
                   text_of(a, "outcome"), text_of(a, "method"), text_of(a, "assessor"), counts_words(a),
                   text_of(a, "id")});
    }
    table.print();
    print_rest(*answer, list.size());
}

void waivers_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("override.list", asked(s));
    if (!answer) return run.failed(answer.error(), 1);
    if (s.options.json) return print_json(*answer);
    Table table({"person", "requirement", "kind", "from", "until", "today", "why"});
    const auto& list = (*answer)["overrides"];
    for (const auto& o : list) {
        table.add({text_of(o, "person"), text_of(o, "requirement"), text_of(o, "kind"), text_of(o, "from"),
                   text_of(o, "until"), o.value("in_force", false) ? "in force" : "", text_of(o, "why")});
    }
    table.print();
    print_rest(*answer, list.size());
}

void add_paging(CLI::App& command, State& s) {
    command.add_option("--person", s.person, "Of this person: uuid or SCHEME:ISSUER:VALUE");
    command.add_option("--requirement", s.requirement, "Of this requirement");
    command.add_option("--limit", s.limit, "So many at most")->capture_default_str();
    command.add_option("--offset", s.offset, "Leave so many out")->capture_default_str();
    add_data_option(command, s.options);
    add_json_option(command, s.options);
}

void print_exceptions(const ordered_json& answer, const std::string& file) {
    const auto& exceptions = answer["exceptions"];
    for (const auto& e : exceptions) {
        std::cerr << file << ":" << e["line"] << ":"
                  << (e.contains("column") ? text_of(e, "column") + ":" : "") << " " << text_of(e, "message")
                  << " [" << text_of(e, "code") << "]\n";
    }
    if (const auto all = count_of(answer["counts"], "exceptions"); all > exceptions.size())
        std::cerr << "... and " << with_thousands(all - exceptions.size()) << " more\n";
}

}  // namespace

void print_said(const ordered_json& answer, const std::string& done, const std::string& file, Run& run) {
    const bool dry = answer.value("dry_run", false);
    if (!file.empty()) {
        const auto& counts = answer["counts"];
        std::cout << (dry ? "would be " : "") << done << " from " << file << ": "
                  << with_thousands(count_of(counts, "taken")) << " of "
                  << with_thousands(count_of(counts, "rows")) << " rows, "
                  << with_thousands(count_of(counts, "people")) << " people; "
                  << with_thousands(count_of(counts, "same")) << " were said already, "
                  << with_thousands(count_of(counts, "left_out")) << " left out\n";
    } else if (!dry) {
        std::cout << (answer.value("changed", true) ? done : "that was said already; nothing was written");
        if (const auto id = text_of(answer, "id", ""); !id.empty()) std::cout << ", id " << id;
        std::cout << '\n';
    }
    if (const auto number = text_of(answer, "run", ""); !number.empty())
        std::cout << "take it back: capbridge run revert " << number << '\n';
    if (dry) print_comparison(answer["effect"]);
    if (!file.empty()) print_exceptions(answer, file);
    if (!file.empty() && count_of(answer["counts"], "left_out") > 0) run.exit_code = 2;
}

void add_said(CLI::App& root, Run& run) {
    const auto attested = std::make_shared<State>();
    auto* attestations = root.add_subcommand(
        "attest-list", "What was vouched for, newest first, with whether it counts and why not");
    add_paging(*attestations, *attested);
    attestations->add_option("--assessor", attested->assessor, "By this assessor of the register");
    attestations->callback([attested, &run] { attestations_command(*attested, run); });

    const auto waived = std::make_shared<State>();
    auto* waivers =
        root.add_subcommand("waive-list", "Items that are waived or do not apply, and to whom, newest first");
    add_paging(*waivers, *waived);
    waivers->callback([waived, &run] { waivers_command(*waived, run); });
}

}  // namespace capbridge::cli
