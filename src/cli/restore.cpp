// capbridge restore, restore --drill
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/repository_choice.hpp"
#include "cli/session.hpp"
#include "cli/stop_signal.hpp"
#include "core/base/files.hpp"
#include "core/engine/backup/drill.hpp"
#include "core/engine/backup/restored.hpp"
#include "core/store/backup/future.hpp"
#include "core/store/backup/ledger.hpp"
#include "core/store/backup/restore.hpp"
#include "core/store/restored.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;
using store::Repository;

struct State {
    RepositoryOptions repository;
    std::string id = "latest", into, scratch = "/var/tmp", report;
    std::vector<std::string> erasures;
    bool set_aside = false, drill = false, keep = false, json = false;
};

std::string host_name() {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

// A report for the file: what was done with what, and every comparison in a line.
std::string report_text(const ordered_json& r) {
    const auto& b = r["backup"];
    const auto& d = r["durations_ms"];
    const auto seconds = [&](const char* name) {
        return d[name].is_null() ? std::string("-") : std::to_string(d[name].get<std::int64_t>()) + " ms";
    };
    const auto plain = [](const ordered_json& value) {
        return value.is_string() ? value.get<std::string>() : value.dump();
    };
    std::string out =
        "RESTORE DRILL: " + std::string(text_of(r, "verdict") == "passed" ? "PASSED" : "FAILED") + "\n\n";
    out += "organisation     " + text_of(b, "organisation") + "\ninstallation     " +
           text_of(b, "installation") + "\nbegan            " + text_of(r, "began") + "\nended            " +
           text_of(r, "ended") + "\nby               " + text_of(r, "who") + " on " + text_of(r, "host") +
           "\nwith             " + text_of(r, "program") + "\nrepository       " + text_of(r, "repository") +
           (r.value("encrypted", false) ? " (encrypted)" : " (not encrypted)") + "\nbackup           " +
           text_of(b, "id") + "\n  taken          " + text_of(b, "taken") + " by " + text_of(b, "by") + ", " +
           text_of(b, "made_by") + ", format " + b["format"].dump() + "\n  last entry     " +
           b["entries"].dump() + " of " + text_of(b, "last_entry") + "\n  audit chain    " +
           text_of(b, "audit_head") + "\ndurations        restore " + seconds("restore") + ", read " +
           seconds("read") + ", check " + seconds("check") + ", fold again " + seconds("fold") + "\n\n";
    for (const auto& check : r["checks"]) {
        const bool ok = check["ok"].get<bool>();
        const auto expected = plain(check["expected"]), found = plain(check["found"]);
        out += std::string(ok ? "ok      " : "FAILED  ") + text_of(check, "name") + ": ";
        out += expected == found ? found : "expected " + expected + ", found " + found;
        if (check.contains("note")) out += " (" + text_of(check, "note") + ")";
        out += "\n";
    }
    if (r["restored"]["directory"].is_string())
        out += "\nThe restored directory was kept: " + text_of(r["restored"], "directory") + "\n";
    return out;
}

// Without an id: backups whose time is still to come were left out, and perhaps one of them was meant.
void tell_left_out(const Repository& repository, const State& s) {
    if (!s.id.empty() && s.id != "latest") return;
    const auto all = repository.list();
    if (!all) return;
    for (const auto& one : all->backups) {
        if (store::is_from_future(one.taken, store::wall_clock()))
            std::cerr
                << "note: backup " << one.id << " says that it was taken at " << format_instant(one.taken)
                << ", which is still to come, so it is not taken for the last one. If the clock of this "
                   "machine is wrong, set it first; if you want that backup, give its id\n";
    }
}

struct ChosenBackup {
    std::unique_ptr<Repository> repository;
    store::Manifest manifest;
};

// Nothing when `run` was told why.
std::optional<ChosenBackup> chosen_backup(const State& s, Run& run) {
    const auto settings = chosen_repository(s.repository);
    if (!settings) return run.failed(settings.error()), std::nullopt;
    auto repository = open_repository(*settings, Repository::Use::read);
    if (!repository) return run.failed(repository.error(), 1), std::nullopt;
    auto manifest = (*repository)->find(s.id);
    if (!manifest) return run.failed(manifest.error(), 1), std::nullopt;
    tell_left_out(**repository, s);
    return ChosenBackup{std::move(*repository), std::move(*manifest)};
}

// A drill takes an hour; a report that can be written nowhere is known before. Beside it, so that an earlier
// report stays until there is a new one.
Status try_report(const fs::path& report) {
    std::error_code ec;
    if (fs::is_directory(report, ec))
        return fail("unwritable", "this is a directory: name the file of the report", report.string());
    auto beside = report;
    beside += ".try";
    const auto written = write_file(beside, "a drill begins\n");
    fs::remove(beside, ec);
    if (!written) return fail(written.error().code, written.error().message, report.string());
    return {};
}

void drill_command(const State& s, Run& run) {
    if (!s.report.empty()) {
        if (const auto tried = try_report(s.report); !tried) return run.failed(tried.error(), 1);
    }
    const auto chosen = chosen_backup(s, run);
    if (!chosen) return;
    const auto& [repository, manifest] = *chosen;
    StopSignal stop;
    SystemClock clock;
    Result<ordered_json> report = fail("internal", "no report");
    {
        ProgressLine progress;
        report = engine::drill(
            *repository, manifest, {s.scratch, who_am_i(), host_name(), s.keep}, clock,
            [&](std::string_view what, std::size_t done, std::size_t total) {
                progress.show(what, done, total);
            },
            [&] { return stop.came(); });
    }
    if (!report) return run.failed(report.error(), 1);
    const auto text = s.json ? report->dump(2) + "\n" : report_text(*report);
    if (!s.report.empty()) {
        if (const auto written = write_file(s.report, text); !written) {
            std::cout << text;  // an hour's work, and evidence
            return run.failed(written.error(), 1);
        }
        std::cout << "drill " << text_of(*report, "verdict") << "; the report is in " << s.report << "\n";
    } else {
        std::cout << text;
    }
    if (text_of(*report, "verdict") != "passed") run.exit_code = 1;
}

// Opened once by its new owner: what was erased since goes before anybody asks, and the chain says what
// happened. That may take long, so the mark of an unfinished restore outlasts it.
Result<ordered_json> first_start(const fs::path& into, const store::Manifest& manifest) {
    CAPBRIDGE_TRY(engine::write_audit_head(into, manifest));
    CAPBRIDGE_LET(auto store, store::open_restored(into));
    engine::Bridge bridge(std::move(store), nullptr, std::make_unique<SystemClock>());
    CAPBRIDGE_TRY(engine::settle_restored(bridge, manifest));
    CAPBRIDGE_TRY(bridge.take_over());
    engine::Caller caller{who_am_i()};
    caller.from = "cli";
    CAPBRIDGE_TRY(engine::audit_event(bridge, caller, "restore", {{"backup", manifest.id}},
                                      {{"seq", manifest.seq}, {"taken", format_instant(manifest.taken)}}));
    return engine::run_operation(bridge, "digest", json::object(), caller);
}

void restore_command(const State& s, Run& run) {
    if (s.drill) return drill_command(s, run);
    if (s.into.empty())
        return run.failed(
            {"bad_parameter",
             "--into DIR says which empty directory the data is restored into (or --drill, to rehearse it)",
             {},
             0});
    const auto chosen = chosen_backup(s, run);
    if (!chosen) return;
    const auto& [repository, manifest] = *chosen;
    std::vector<store::NamedLedger> named;
    std::vector<fs::path> ledgers;
    for (const auto& one : s.erasures) {
        auto ledger = store::NamedLedger::open(one);
        if (!ledger) return run.failed(ledger.error(), 1);
        ledgers.push_back(ledger->folder());
        named.push_back(std::move(*ledger));
    }
    StopSignal stop;
    Result<store::Restored> done = fail("internal", "nothing was done");
    const auto into = fs::absolute(s.into).lexically_normal();
    {
        ProgressLine progress;
        done = store::restore_backup(*repository, repository->chunks(), manifest, into, ledgers, s.set_aside,
                                     [&](std::string_view what, std::size_t so_far, std::size_t total) {
                                         progress.show(what, so_far, total);
                                         return !stop.came();
                                     });
    }
    if (!done) return run.failed(done.error(), 1);
    for (const auto& warning : done->warnings) std::cerr << "warning: " << warning << "\n";
    const auto started = first_start(into, manifest);
    if (!started) return run.failed(started.error(), 1);
    if (const auto ended = store::end_restore(into, done->mark); !ended) return run.failed(ended.error(), 1);
    ordered_json out = {{"backup", manifest.id},
                        {"taken", format_instant(manifest.taken)},
                        {"into", into.string()},
                        {"bytes", done->bytes},
                        {"files", done->files},
                        {"entries", manifest.seq},
                        {"erasures", done->erasures},
                        {"ledgers", ordered_json::array()},
                        {"warnings", done->warnings},
                        {"digest", (*started)["digest"]},
                        {"digest_of_backup", manifest.digest}};
    for (const auto& one : named)
        out["ledgers"].push_back({{"file", one.file().string()}, {"erasures", one.erasures()}});
    if (s.json) return print_json(out);
    std::cout << "backup " << manifest.id << " of " << format_instant(manifest.taken) << " is restored into "
              << into.string() << ": " << in_mib(done->bytes) << ", " << with_thousands(done->files)
              << " attachments and packages, the journal up to entry "
              << with_thousands(static_cast<std::size_t>(manifest.seq)) << "\n";
    for (const auto& one : named) {
        std::cout << with_thousands(one.erasures()) << " erasures were read from " << one.file().string()
                  << "\n";
        if (!one.has_keys())
            std::cout << "  there is no erasures.key beside it: put the one it belongs to there and restore "
                         "again, or an erased person who is sent anew is not recognised\n";
    }
    if (done->erasures > 0)
        std::cout << with_thousands(done->erasures)
                  << " erasures are in its ledger; those that the backup did not "
                  << "know were carried out again\n";
    std::cout
        << "What was written after the backup is not there: sync the sources again, and look at what people "
           "decided since.\nStart it with: capbridge serve --data "
        << into.string() << "\n";
}

}  // namespace

void add_restore(CLI::App& root, Run& run) {
    const auto state = std::make_shared<State>();
    auto* restore = root.add_subcommand(
        "restore", "Restore a backup into an empty directory, or rehearse that and print a report (--drill)");
    restore->add_option("backup", state->id, "Its id, or the beginning of it; the last one if left out");
    add_repository_options(*restore, state->repository, "--from");
    auto* into = restore->add_option("--into", state->into, "Empty or new directory; never over data");
    restore
        ->add_option(
            "--erasures", state->erasures,
            "The data directory that is replaced, or its erasures.jsonl by whatever name (with erasures.key "
            "beside it): whoever was erased in it is erased again, besides those that the repository knows")
        ->allow_extra_args(false);
    auto* set_aside = restore->add_flag(
        "--set-aside", state->set_aside,
        "Go on without the erasures, and the keys of erasures, that no ledger has any more; says which");
    auto* drill =
        restore->add_flag("--drill", state->drill,
                          "Restore into a scratch directory, check everything, fold it again, compare, "
                          "report, and remove it; exit code 1 when it failed");
    drill->excludes(into)->excludes(set_aside);
    restore
        ->add_option("--scratch", state->scratch,
                     "Where a drill has room; what it makes there is private, and removed")
        ->capture_default_str()
        ->needs(drill);
    restore->add_option("--report", state->report, "File for the drill's report")->needs(drill);
    restore->add_flag("--keep", state->keep, "Leave what a drill restored")->needs(drill);
    restore->add_flag("--json", state->json, "Answer in JSON");
    restore->callback([state, &run] { restore_command(*state, run); });
}

}  // namespace capbridge::cli
