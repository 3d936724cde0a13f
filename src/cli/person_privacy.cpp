// capbridge person export|erase|erasures|readmit
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/person_report.hpp"
#include "cli/session.hpp"
#include "core/base/files.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string person, format = "html", out, reason, identifier;
    bool dry_run = false, yes = false;
};

void export_command(const State& s, Run& run) {
    if (s.format == "csv" && s.out.empty())
        return run.failed({"bad_parameter", "CSV is a folder of tables: say --out FOLDER", {}, 0});
    Session session(s.options.data);
    const auto held = session.run("person.export", {{"person", s.person}, {"format", s.format}});
    if (!held) return run.failed(held.error());
    if (s.format == "csv") {
        if (const auto written = write_person_tables(s.out, *held); !written)
            return run.failed(written.error());
    } else {
        const auto text = s.format == "html" ? person_page(*held) : held->dump(2) + "\n";
        if (s.out.empty()) {
            std::cout << text;
            return;
        }
        if (const auto written = write_file(s.out, text, 0600); !written) return run.failed(written.error());
    }
    std::cerr << "capbridge: written to " << s.out
              << " (readable by you alone). It is personal data: hand it over safely, then delete it.\n";
}

void print_told(const ordered_json& told, bool dry) {
    for (const auto& one : told) {
        const bool target = one.contains("target");
        const auto name = text_of(one, target ? "target" : "source");
        if (const auto count = count_of(one, "by_forwarding"); count > 0)
            std::cout << "  " << name << (dry ? " would be told" : " will be told") << " that "
                      << with_thousands(count) << " statements are void\n";
        if (const auto count = count_of(one, "by_hand"); count > 0)
            std::cout << "  " << name << ": to be told by hand, it has " << with_thousands(count)
                      << (target ? " statements" : " results that were written back") << "\n";
    }
}

void print_erasure(const ordered_json& answer) {
    const bool dry = answer.value("dry_run", false);
    std::cout << (dry ? "Erasing " : "Erased ") << text_of(answer, "person")
              << (dry ? " would take this away or put a tombstone in its place:\n"
                      : ". A tombstone stands where this was, or nothing:\n");
    Table table({"where", "rows"});
    for (const auto& [place, rows] : answer["places"].items())
        table.add({place, with_thousands(rows.get<std::size_t>())});
    table.print();
    if (const auto merged = count_of(answer, "merged"); merged > 0)
        std::cout << "  with " << merged << " identities that were merged into this person\n";
    print_told(answer["told"], dry);
    if (dry) {
        std::cout << "  a dry run: nothing was written\n";
        return;
    }
    std::cout
        << "  as run " << answer["run"]
        << ". It cannot be taken back. Who was known by the same numbers is left out of what comes next, "
           "until: capbridge person readmit\n";
    if (!answer.value("cleaned", true))
        std::cout << "  BUT cleaning up behind it did not come to its end (room on the disk? a reader that "
                     "does not "
                     "end? a backup under way?): until the daemon or the next start has done it, old text "
                     "may still "
                     "be in free space or in a copy\n";
    std::cout
        << "  Backups made before now still have this person, until they are thrown away; a restore erases "
           "them again.\n";
}

// By typing back what cannot be typed by mistake.
bool confirmed(const std::string& person) {
    if (::isatty(STDIN_FILENO) == 0) return false;
    std::cerr << "This cannot be taken back. Type the person's number to go on\n  " << person << "\n> ";
    std::string typed;
    std::getline(std::cin, typed);
    return typed == person;
}

void erase_command(const State& s, Run& run) {
    Session session(s.options.data);
    std::string person = s.person;
    if (!s.dry_run && !s.yes) {
        const auto dry = session.run("person.erase", {{"person", s.person}, {"dry_run", true}});
        if (!dry) return run.failed(dry.error());
        print_erasure(*dry);
        person = text_of(*dry, "person");
        if (!confirmed(person))
            return run.failed({"not_confirmed", "nothing was erased (a script says --yes)", {}, 0});
    }
    const auto answer =
        session.run("person.erase", {{"person", person}, {"reason", s.reason}, {"dry_run", s.dry_run}});
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_erasure(*answer);
}

void erasures_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("person.erasures", json::object());
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    Table table({"erasure", "at", "person", "may come again since", "carried out", "cleaned up"});
    for (const auto& e : (*answer)["erasures"])
        table.add({text_of(e, "erasure"), text_of(e, "at"), text_of(e, "person"), text_of(e, "admitted"),
                   e.value("carried_out", false) ? "yes" : "not yet",
                   e.value("cleaned", false) ? "yes" : "not yet"});
    table.print();
}

void readmit_command(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("person.readmit", {{"identifier", s.identifier}, {"reason", s.reason}});
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    std::cout
        << "whoever is known by that may come again: with the next sync or import, as a new record. Nothing "
           "of before comes back by itself; sync --full reads again what the sources still have.\n";
}

}  // namespace

void add_person_privacy(CLI::App& root, Run& run) {
    auto* person = root.get_subcommand("person");
    auto state = std::make_shared<State>();

    auto* out =
        person->add_subcommand("export", "Everything held about one person, for their own request to see it");
    out->add_option("who", state->person, "uuid or SCHEME:ISSUER:VALUE")->required();
    out->add_option("--format", state->format, "html, json, or csv (a folder of tables)")
        ->check(CLI::IsMember({"html", "json", "csv"}))
        ->capture_default_str();
    out->add_option("--out", state->out, "Write here (mode 0600) instead of to standard output");
    add_data_option(*out, state->options);
    out->callback([state, &run] { export_command(*state, run); });

    auto* erase = person->add_subcommand(
        "erase", "Take a person out of everything: what was said of them becomes a tombstone, counts stay");
    erase->add_option("who", state->person, "uuid or SCHEME:ISSUER:VALUE")->required();
    erase->add_option("--reason", state->reason, "Why; goes into the audit, so name nobody in it");
    erase->add_flag("--dry-run", state->dry_run, "Only tell what would go, by place and number");
    erase->add_flag("--yes", state->yes, "Do not ask");
    add_data_option(*erase, state->options);
    add_json_option(*erase, state->options);
    erase->callback([state, &run] { erase_command(*state, run); });

    auto* erasures = person->add_subcommand("erasures", "Which people were erased, by number and day");
    add_data_option(*erasures, state->options);
    add_json_option(*erasures, state->options);
    erasures->callback([state, &run] { erasures_command(*state, run); });

    auto* readmit = person->add_subcommand(
        "readmit", "Say yes to somebody who was erased and comes again, employed anew for example");
    readmit->add_option("identifier", state->identifier, "What they are known by: SCHEME:ISSUER:VALUE")
        ->required();
    readmit->add_option("--reason", state->reason, "Why; goes into the audit, so name nobody in it")
        ->required();
    add_data_option(*readmit, state->options);
    add_json_option(*readmit, state->options);
    readmit->callback([state, &run] { readmit_command(*state, run); });
}

}  // namespace capbridge::cli
