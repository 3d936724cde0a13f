// capbridge sync, gap accept|reseed, push, people lookup, rebuild, digest
#include "cli/sync.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/output.hpp"
#include "core/base/files.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string name, record, replay;
    std::vector<std::string> names;
    bool all = false, full = false, dry_run = false, accept = false, retry = false;
};

void print_sync(const ordered_json& one) {
    if (one.contains("error")) {
        std::cerr << "capbridge: " << text_of(one, "source") << ": " << text_of(one["error"], "message")
                  << " [" << text_of(one["error"], "code") << "]\n";
        const auto code = text_of(one["error"], "code");
        if (code == "snapshot_fell" || code == "leavers")
            std::cerr << "  it waits for your yes: capbridge source accept " << text_of(one, "source")
                      << "\n";
        return;
    }
    const bool dry = one.value("dry_run", false);
    const auto& c = one["counts"];
    std::cout << text_of(one, "source") << (dry ? " (dry run, nothing is stored)" : "") << ": "
              << with_thousands(count_of(c, "read")) << " read: " << with_thousands(count_of(c, "added"))
              << " new, " << with_thousands(count_of(c, "changed")) << " changed, "
              << with_thousands(count_of(c, "same")) << " known, " << with_thousands(count_of(c, "withdrawn"))
              << " withdrawn, " << with_thousands(count_of(c, "rejected")) << " rejected";
    if (c.contains("left_out"))
        std::cout << ", " << with_thousands(count_of(c, "left_out")) << " values left out";
    if (!dry) std::cout << " (run " << one["run"] << ")";
    std::cout << "\n";
    if (const auto young = count_of(one, "too_young"); young > 0)
        std::cout << "  " << with_thousands(young) << (young == 1 ? " file is" : " files are")
                  << " younger than file_min_age_seconds and left for a later sync\n";
    for (const auto& r : one["rejected"])
        std::cerr << "  " << text_of(r, "where") << ": " << text_of(r, "message") << " ["
                  << text_of(r, "code") << "]\n";
    if (!dry && count_of(c, "rejected") > one["rejected"].size())
        std::cerr << "  ... all of them: capbridge run show " << one["run"] << "\n";
}

// What of people was replaced; whoever recorded reads it all the same.
void print_recording(const std::filesystem::path& folder) {
    const auto text = read_file(folder / "recording.json");
    const auto parsed = text ? parse_json(*text) : Result<json>(fail("none", ""));
    if (!parsed || !parsed->is_object()) return;
    std::cerr << "recorded into " << folder.string() << ": " << (*parsed)["exchanges"]
              << " exchanges; replaced:";
    for (const auto& [kind, count] : (*parsed)["replaced"].items()) std::cerr << " " << count << " " << kind;
    std::cerr << "\nlook through every file before it leaves the house: a name in a sentence may be left\n";
}

void sync_command(const State& state, Run& run) {
    const auto whole = [](const std::string& folder) {
        return folder.empty() ? folder : std::filesystem::absolute(folder).lexically_normal().string();
    };
    Session session(state.options.data);
    const auto done = session.run("sync", {{"sources", state.names},
                                           {"all", state.all},
                                           {"full", state.full},
                                           {"dry_run", state.dry_run},
                                           {"accept", state.accept},
                                           {"record", whole(state.record)},
                                           {"replay", whole(state.replay)}});
    print_syncs(state.options, done, run);
    if (!state.record.empty() && !state.options.json) print_recording(whole(state.record));
}

// What a push leaves as it is, and why.
void print_not_told(const std::string& name, const ordered_json& done) {
    const auto& c = done["counts"];
    if (const auto own = count_of(c, "own"); own > 0)
        std::cout << "  " << with_thousands(own) << " not given: all that counts for them came from " << name
                  << " itself (write_back.own_evidence)\n";
    const auto unmet = count_of(c, "unmet");
    if (unmet == 0) return;
    std::cout << "  " << with_thousands(unmet) << " were given to " << name
              << " and are not met here any more; the bridge takes nothing back, somebody has to decide there"
              << (done.contains("unmet") ? ":" : " (--dry-run lists them)") << "\n";
    for (const auto& one : done.value("unmet", ordered_json::array()))
        std::cout << "    " << text_of(one, "competency") << "  " << text_of(one, "person") << "\n";
}

void push_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto done =
        session.run("push", {{"source", state.name}, {"dry_run", state.dry_run}, {"retry", state.retry}});
    if (!done) return run.failed(done.error(), sync_exit_code(done.error()));
    if (state.options.json) return print_json(*done);
    const auto& c = (*done)["counts"];
    if (state.dry_run) {
        std::cout << state.name << " (dry run): " << with_thousands(count_of(c, "to_push"))
                  << " competencies would be given, " << with_thousands(count_of(c, "same")) << " are there, "
                  << with_thousands(count_of(c, "waiting")) << " were refused and wait; "
                  << with_thousands(count_of(c, "statements")) << " statements would be sent\n";
        for (const auto& award : (*done)["awards"])
            std::cout << "  " << text_of(award, "competency") << "  " << text_of(award, "person")
                      << (award.contains("again") ? "  again, on new evidence" : "") << "\n";
        print_not_told(state.name, *done);
        return;
    }
    std::cout << state.name << ": " << with_thousands(count_of(c, "pushed")) << " competencies given, "
              << with_thousands(count_of(c, "same")) << " were there, "
              << with_thousands(count_of(c, "rejected")) << " refused, "
              << with_thousands(count_of(c, "waiting")) << " wait; "
              << with_thousands(count_of(c, "statements")) << " statements sent, "
              << with_thousands(count_of(c, "statements_rejected")) << " refused";
    if (done->contains("run")) std::cout << " (run " << (*done)["run"] << ")";
    std::cout << "\n";
    print_not_told(state.name, *done);
}

void gap_accept_command(const State& state, Run& run) {
    Session session(state.options.data);
    print_syncs(state.options, session.run("gap.accept", {{"source", state.name}}), run);
}

void lookup_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto done = session.run("people.lookup", {{"source", state.name}, {"dry_run", state.dry_run}});
    if (!done) return run.failed(done.error(), sync_exit_code(done.error()));
    if (state.options.json) return print_json(*done);
    std::cout << state.name << " was asked for " << with_thousands(count_of(*done, "asked"))
              << " identifiers and knows " << with_thousands(count_of(*done, "found"))
              << (state.dry_run ? " pairs (dry run: nothing is proposed)"
                                : " pairs; they wait in the review of identities")
              << "\n";
}

void rebuild_command(const State& state, const std::string& operation, Run& run) {
    Session session(state.options.data);
    const auto done = session.run(operation, json::object());
    if (!done) return run.failed(done.error(), sync_exit_code(done.error()));
    if (state.options.json) return print_json(*done);
    std::cout << "folded up to entry " << with_thousands(count_of(*done, "folded"))
              << " of the journal; digest of the records " << text_of(*done, "digest") << "\n";
}

}  // namespace

int sync_exit_code(const Error& error) {
    for (const auto* code : {"not_found", "bad_parameter", "no_data", "not_held", "no_write_back"}) {
        if (error.code == code) return 2;
    }
    return 1;
}

Result<ordered_json> ask_about_sources(const Options& options, std::string_view operation,
                                       const json& params) {
    auto answer = ask_daemon(std::filesystem::path(options.data) / "admin.sock", operation, params,
                             who_am_i(), [](std::string_view, std::size_t, std::size_t) {});
    if (answer || answer.error().code != "no_daemon") return answer;
    return Session(options.data).run(operation, params);
}

void print_syncs(const Options& options, const Result<ordered_json>& done, Run& run) {
    if (!done) return run.failed(done.error(), sync_exit_code(done.error()));
    if (count_of(*done, "failed") > 0) run.exit_code = 1;
    if (options.json) return print_json(*done);
    for (const auto& one : (*done)["syncs"]) print_sync(one);
}

void resume_source(const Options& options, std::string_view operation, const std::string& name, Run& run) {
    Session session(options.data);
    const auto done = session.run(operation, {{"source", name}});
    if (!done) return run.failed(done.error(), sync_exit_code(done.error()));
    if (options.json) return print_json(*done);
    std::cout << "source " << name << " is no longer stopped or held"
              << (done->value("from_the_beginning", false) ? "; it will be read from the beginning" : "")
              << (done->value("scheduled", false) ? "; the daemon syncs it now"
                                                  : "\nnext: capbridge sync " + name)
              << "\n";
}

void add_sync(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* sync = root.add_subcommand("sync", "Read sources; the same again changes nothing");
    sync->add_option("source", state->names, "Names of sources");
    sync->add_flag("--all", state->all, "All sources");
    sync->add_flag("--full", state->full, "From the beginning, not from where the last sync ended");
    sync->add_flag("--dry-run", state->dry_run, "Read and compare, store nothing");
    sync->add_flag("--accept,--accept-fall", state->accept,
                   "Your yes to what would hold the sync: a fall, leavers, a gap");
    sync->add_option("--record", state->record,
                     "Folder: record what the source answers, with pseudonyms, as a cassette");
    sync->add_option("--replay", state->replay, "Folder: answer from that cassette, not from the network");
    sync->callback([state, &run] { sync_command(*state, run); });

    auto* gap = root.add_subcommand("gap", "A feed that has a gap");
    gap->require_subcommand(1);
    auto* accept = gap->add_subcommand("accept", "Go on without what is missing, and sync");
    accept->callback([state, &run] { gap_accept_command(*state, run); });
    auto* reseed = gap->add_subcommand("reseed", "Begin again with a full delivery");
    reseed->callback([state, &run] { resume_source(state->options, "gap.reseed", state->name, run); });

    auto* push = root.add_subcommand("push", "Write back to a source what it is to have and has not");
    push->callback([state, &run] { push_command(*state, run); });
    push->add_flag("--retry", state->retry, "What was refused goes again now, not when its time comes");
    auto* people = root.get_subcommand("people");
    auto* lookup = people->add_subcommand(
        "lookup", "Ask a source for the accounts of people who have none there on record");
    lookup->callback([state, &run] { lookup_command(*state, run); });
    for (auto* command : {push, lookup})
        command->add_flag("--dry-run", state->dry_run, "Show it, change nothing");
    for (auto* command : {accept, reseed, push, lookup})
        command->add_option("source", state->name, "Short name of the source")->required();

    auto* rebuild = root.add_subcommand("rebuild", "Fold all records again from the journal alone");
    rebuild->callback([state, &run] { rebuild_command(*state, "rebuild", run); });
    auto* digest = root.add_subcommand("digest", "Digest of the records: equal digests, equal records");
    digest->callback([state, &run] { rebuild_command(*state, "digest", run); });
    for (auto* command : {sync, accept, reseed, push, lookup, rebuild, digest}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
    add_quarantine(root, run);
}

}  // namespace capbridge::cli
