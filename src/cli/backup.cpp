// capbridge backup [run]|list|verify|prune|key
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/repository_choice.hpp"
#include "cli/session.hpp"
#include "cli/stop_signal.hpp"
#include "core/store/backup/prune.hpp"
#include "core/store/backup/repository_ledger.hpp"
#include "core/store/backup/verify.hpp"

namespace capbridge::cli {
namespace {

using store::Repository;

constexpr int most_kept = 10'000;  // as in the configuration

struct State {
    Options options;
    RepositoryOptions repository;
    std::vector<std::string> ids;
    std::string file, into;
    store::KeepRules keep;
    bool dry_run = false, set_aside = false;
};
using Shared = std::shared_ptr<State>;

// The daemon's own repository without options; another one, or the configured one where nobody serves, by
// name.
Result<ordered_json> run_backup(const State& s) {
    Session session(s.options.data);
    const auto into = [&](const engine::BackupSettings& chosen) {
        json params = {{"to", chosen.to.string()}};
        if (!chosen.key_file.empty()) params["key_file"] = chosen.key_file.string();
        return session.run("backup.run", params);
    };
    if (!s.repository.dir.empty() || !s.repository.config.empty()) {
        CAPBRIDGE_LET(const auto chosen, chosen_repository(s.repository));
        return into(chosen);
    }
    auto answer = session.run("backup.run", json::object());
    if (answer || answer.error().code != "no_backup_target") return answer;
    CAPBRIDGE_LET(const auto chosen, chosen_repository(s.repository));
    return into(chosen);
}

void run_command(const State& s, Run& run) {
    const auto done = run_backup(s);
    if (!done) return run.failed(done.error(), done.error().code == "no_backup_target" ? 2 : 1);
    if (s.options.json) return print_json(*done);
    std::cout << "backup " << text_of(*done, "id") << " is in " << text_of(*done, "to")
              << (done->value("encrypted", false) ? " (encrypted)" : " (not encrypted)") << "\n  holds "
              << in_mib(done->value("bytes", std::uint64_t{0})) << ": the database up to entry "
              << with_thousands(count_of(*done, "seq")) << " of the journal, and "
              << with_thousands(count_of(*done, "files"))
              << " attachments and packages\n  new in the repository: "
              << in_mib(done->value("new_bytes", std::uint64_t{0})) << " in "
              << with_thousands(count_of(*done, "new_chunks")) << " chunks; took "
              << static_cast<double>(done->value("took_ms", std::int64_t{0})) / 1000.0 << " s\n";
    if (const auto missing = count_of(*done, "missing_attachments"); missing > 0)
        std::cerr << with_thousands(missing)
                  << " attachments that statements name are not in the data directory, so not in the backup "
                     "either: see capbridge check-data\n";
    if (const auto& pruned = (*done)["pruned"]; pruned.is_object() && pruned.contains("error")) {
        std::cerr << "old backups could not be removed: " << text_of(pruned, "error") << "\n";
    } else if (pruned.is_object()) {
        std::cout << "  removed " << count_of(pruned, "backups") << " old backups, "
                  << in_mib(pruned.value("bytes", std::uint64_t{0})) << "\n";
    }
}

void list_command(const State& s, Run& run) {
    const auto chosen = chosen_repository(s.repository);
    if (!chosen) return run.failed(chosen.error());
    const auto repository = open_repository(*chosen, Repository::Use::read);
    if (!repository) return run.failed(repository.error(), 1);
    const auto all = (*repository)->list();
    if (!all) return run.failed(all.error(), 1);
    ordered_json out = {{"repository", chosen->to.string()},
                        {"encrypted", (*repository)->is_encrypted()},
                        {"backups", ordered_json::array()},
                        {"unreadable", ordered_json::array()}};
    Table table({"backup", "taken", "entries", "size", "new", "version", "verified"});
    for (const auto& one : all->backups) {
        const auto check = (*repository)->check_of(one.id);
        auto row = one.json();
        row.erase("database");
        row.erase("contents");
        row["bytes"] = one.database.bytes + one.file_bytes;
        row["verified"] = check ? ordered_json(format_instant(check->at)) : ordered_json(nullptr);
        row["sound"] = check ? ordered_json(check->ok) : ordered_json(nullptr);
        out["backups"].push_back(std::move(row));
        table.add({one.id, format_instant(one.taken), std::to_string(one.seq),
                   in_mib(one.database.bytes + one.file_bytes), in_mib(one.new_bytes), one.made_by,
                   !check      ? "never"
                   : check->ok ? format_day(day_of(check->at))
                               : "DAMAGED " + format_day(day_of(check->at))});
    }
    for (const auto& lost : all->unreadable)
        out["unreadable"].push_back({{"id", lost.id}, {"error", lost.error.text()}});
    if (!all->unreadable.empty()) run.exit_code = 1;
    if (s.options.json) return print_json(out);
    if (table.empty()) {
        std::cout << "no backup yet in " << chosen->to.string() << "\n";
    } else {
        table.print();
    }
    for (const auto& lost : all->unreadable) std::cerr << "capbridge: " << lost.error.text() << "\n";
}

ordered_json verify_json(const store::Verified& v, std::size_t aside) {
    ordered_json out = {{"ok", v.broken.empty() && v.hit.empty() && v.unreadable.empty() && v.ledger.empty()},
                        {"chunks", v.chunks},
                        {"bytes", v.bytes},
                        {"sound", v.sound},
                        {"hit", v.hit},
                        {"unreadable", ordered_json::array()},
                        {"broken", ordered_json::array()},
                        {"ledger", ordered_json::array()},
                        {"set_aside", aside}};
    for (const auto& lost : v.unreadable)
        out["unreadable"].push_back({{"id", lost.id}, {"error", lost.error.text()}});
    for (const auto& error : v.ledger) out["ledger"].push_back(error.text());
    for (const auto& one : v.broken)
        out["broken"].push_back(
            {{"code", one.error.code}, {"file", one.error.where}, {"backups", one.backups}});
    return out;
}

void print_verified(const store::Verified& v, std::size_t aside) {
    for (const auto& one : v.broken) {
        std::cout << (one.error.code == "chunk_missing" ? "missing: " : "damaged: ") << one.error.where
                  << "\n  hits";
        for (const auto& id : one.backups) std::cout << " " << id;
        std::cout << "\n";
    }
    for (const auto& lost : v.unreadable) std::cout << "lost: " << lost.error.text() << "\n";
    for (const auto& error : v.ledger) std::cout << "ledger of erasures: " << error.text() << "\n";
    std::cout << with_thousands(v.sound.size()) << " backups are whole, "
              << with_thousands(v.hit.size() + v.unreadable.size()) << " are not; "
              << with_thousands(v.chunks) << " chunks, " << in_mib(v.bytes) << " were read\n";
    if (v.hit.empty() && v.unreadable.empty()) return;
    std::cout
        << "what to do: copy the files named above back from another copy of the repository (they never "
           "change).\nWithout one: ";
    if (aside > 0) {
        std::cout << aside << " damaged chunks were set aside in damaged/; ";
    } else {
        std::cout << "'capbridge backup verify --set-aside' moves damaged chunks away; ";
    }
    std::cout
        << "then 'capbridge backup' stores anew what the data still has, and 'capbridge backup verify' says "
           "which old backups that healed.\nLook at the disk too: it changed or lost what was written.\n";
}

void verify_command(const State& s, Run& run) {
    const auto chosen = chosen_repository(s.repository);
    if (!chosen) return run.failed(chosen.error());
    const auto repository =
        open_repository(*chosen, s.set_aside ? Repository::Use::write : Repository::Use::read);
    if (!repository) return run.failed(repository.error(), 1);
    StopSignal stop;
    ProgressLine progress;
    const auto verified =
        store::verify_backups(**repository, s.ids, SystemClock().now(),
                              [&](std::string_view what, std::size_t done, std::size_t total) {
                                  progress.show(what, done, total);
                                  return !stop.came();
                              });
    if (!verified) return run.failed(verified.error(), 1);
    std::size_t aside = 0;
    if (s.set_aside) {
        const auto moved = store::set_aside(**repository, *verified);
        if (!moved) return run.failed(moved.error(), 1);
        aside = *moved;
    }
    const auto out = verify_json(*verified, aside);
    if (!out["ok"].get<bool>()) run.exit_code = 1;
    if (s.options.json) return print_json(out);
    print_verified(*verified, aside);
}

void prune_command(const State& s, Run& run) {
    auto chosen = chosen_repository(s.repository);
    if (!chosen) return run.failed(chosen.error());
    const auto rules = s.keep.any() ? s.keep : chosen->keep;
    if (!rules.any())
        return run.failed(
            {"bad_parameter",
             "say what stays, such as --keep-last 7 --keep-daily 14 --keep-monthly 12, or configure "
             "\"keep\"",
             {},
             0});
    const auto repository = open_repository(*chosen, Repository::Use::write);
    if (!repository) return run.failed(repository.error(), 1);
    StopSignal stop;
    ProgressLine progress;
    const auto pruned = store::prune_backups(**repository, rules, s.dry_run,
                                             [&](std::string_view what, std::size_t done, std::size_t total) {
                                                 progress.show(what, done, total);
                                                 return !stop.came();
                                             });
    if (!pruned) return run.failed(pruned.error(), 1);
    ordered_json out = {{"dry_run", s.dry_run},          {"keep", ordered_json::array()},
                        {"remove", pruned->plan.remove}, {"chunks", pruned->chunks},
                        {"bytes", pruned->bytes},        {"swept", pruned->swept}};
    for (const auto& kept : pruned->plan.keep) out["keep"].push_back({{"id", kept.id}, {"why", kept.why}});
    if (s.options.json) return print_json(out);
    for (const auto& kept : pruned->plan.keep) {
        std::cout << "keep   " << kept.id << "  ";
        for (std::size_t i = 0; i < kept.why.size(); ++i) std::cout << (i > 0 ? ", " : "") << kept.why[i];
        std::cout << "\n";
    }
    for (const auto& id : pruned->plan.remove)
        std::cout << (s.dry_run ? "remove " : "removed ") << id << "\n";
    std::cout << (s.dry_run ? "would give back " : "gave back ") << in_mib(pruned->bytes) << " in "
              << with_thousands(pruned->chunks) << " chunks"
              << (s.dry_run ? " (dry run, nothing is changed)" : "") << "\n";
    if (!pruned->swept)
        std::cerr << "a backup that stays cannot be read whole, so no chunk was removed: see capbridge "
                     "backup verify\n";
}

void key_command(const State& s, Run& run) {
    if (const auto made = store::make_key_file(s.file); !made) return run.failed(made.error(), 1);
    std::cout << "a new key is in " << s.file
              << "\nKeep a copy of it where no backup is: on paper in a safe, in the trust's password vault. "
                 "Without "
                 "it no backup that is encrypted with it can ever be read.\n";
}

// For a directory that nobody serves: what its disk has spoilt in the ledger is taken from the repository.
void ledger_command(const State& s, Run& run) {
    std::unique_ptr<Repository> repository;
    const auto chosen = chosen_repository(s.repository);
    // Where no backups are made, nobody else has what was lost.
    const bool none = !chosen && chosen.error().code == "no_backup_target" && s.set_aside;
    if (!none) {
        if (!chosen) return run.failed(chosen.error());
        auto opened = open_repository(*chosen, Repository::Use::read);
        if (!opened) return run.failed(opened.error(), 1);
        repository = std::move(*opened);
    }
    const auto into = std::filesystem::absolute(s.into).lexically_normal();
    const auto mended = store::mend_ledger(repository.get(), into, s.set_aside);
    if (!mended) return run.failed(mended.error(), 1);
    for (const auto& error : mended->damaged) std::cerr << "warning: " << error.text() << "\n";
    if (s.options.json)
        return print_json(ordered_json{{"into", into.string()},
                                       {"erasures", mended->erasures},
                                       {"came", mended->came},
                                       {"set_aside", mended->set_aside},
                                       {"unrecognised", mended->unrecognised}});
    std::cout << "the ledger in " << into.string() << " is whole: " << with_thousands(mended->erasures)
              << " erasures; " << with_thousands(mended->came) << " lines came from the repository\n";
    if (mended->set_aside > 0)
        std::cout << with_thousands(mended->set_aside)
                  << " lines that nobody has whole were left out; what the files were is kept beside them "
                     "(*.damaged). Whom those lines named must be erased again after a restore\n";
    if (mended->unrecognised > 0)
        std::cout
            << "the key of " << with_thousands(mended->unrecognised)
            << " erasures was given up: those people are no longer recognised when they are sent anew\n";
}

void add_keep(CLI::App& command, store::KeepRules& keep) {
    const auto add = [&](const char* name, int& count, const char* what) {
        command.add_option(name, count, what)->check(CLI::Range(0, most_kept));
    };
    add("--keep-last", keep.last, "So many of the last backups");
    add("--keep-daily", keep.daily, "The last one of each of so many days");
    add("--keep-weekly", keep.weekly, "Of each of so many weeks");
    add("--keep-monthly", keep.monthly, "Of each of so many months");
    add("--keep-yearly", keep.yearly, "Of each of so many years");
}

}  // namespace

void add_backup(CLI::App& root, Run& run) {
    const auto state = std::make_shared<State>();
    auto* backup = root.add_subcommand(
        "backup", "Back up the data while it is in use: each backup is complete and costs what is new");
    backup->require_subcommand(0, 1);
    add_data_option(*backup, state->options);
    add_json_option(*backup, state->options);
    add_repository_options(*backup, state->repository, "--to");
    backup->callback([state, backup, &run] {
        if (backup->get_subcommands().empty()) run_command(*state, run);
    });
    const auto add = [&](const char* name, const char* what, void (*work)(const State&, Run&)) {
        const auto own = std::make_shared<State>();
        auto* command = backup->add_subcommand(name, what);
        add_repository_options(*command, own->repository, "--from");
        add_json_option(*command, own->options);
        command->callback([own, work, &run] { work(*own, run); });
        return std::pair(command, own);
    };
    add("list", "What backups there are, and whether they were verified", list_command);
    const auto [verify, verify_state] = add(
        "verify", "Read every chunk of every backup and compare it with what was written", verify_command);
    verify->add_option("backups", verify_state->ids, "Ids, or 'latest'; all if left out");
    verify->add_flag("--set-aside", verify_state->set_aside,
                     "Move damaged chunks away, so that the next backup stores them anew");
    const auto [ledger, ledger_state] =
        add("ledger", "Mend a damaged ledger of erasures from the repository, of a directory nobody serves",
            ledger_command);
    ledger->add_option("--into", ledger_state->into, "The data directory whose erasures.jsonl is damaged")
        ->required();
    ledger->add_flag("--set-aside", ledger_state->set_aside,
                     "Leave out the lines that the repository has not whole either; also without any");
    const auto [prune, prune_state] = add(
        "prune", "Remove old backups by rules; never the last one, nor the last one verified", prune_command);
    add_keep(*prune, prune_state->keep);
    prune->add_flag("--dry-run", prune_state->dry_run, "Tell what would go, and remove nothing");
    const auto key_state = std::make_shared<State>();
    auto* key = backup->add_subcommand("key", "Make a new key file for an encrypted repository");
    key->add_option("file", key_state->file, "Where to; never over a file that is there")->required();
    key->callback([key_state, &run] { key_command(*key_state, run); });
}

}  // namespace capbridge::cli
