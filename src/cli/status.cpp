// capbridge status: how it goes, for a person and (--check) for a monitoring plugin.
#include "cli/status.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/sync.hpp"
#include "core/base/text.hpp"
#include "core/base/version.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    bool check = false;
};

ordered_json as_json(const std::vector<StatusFinding>& findings, bool problems) {
    auto out = ordered_json::array();
    for (const auto& f : findings) {
        if (f.is_problem == problems)
            out.push_back({{"code", f.code}, {"message", f.message}, {"remedy", f.remedy}});
    }
    return out;
}

std::string address_of(const std::string& data) {
    for (const auto* file : {"/public_url", "/address"}) {
        if (const auto text = read_input(data + file)) return trim(*text);
    }
    return "-";
}

void print_daemon(const ordered_json& daemon, const std::string& data, Instant now) {
    if (!daemon.is_object()) {
        std::cout << "no daemon serves this data directory; this is capbridge " << program_version() << "\n";
        return;
    }
    const auto started = parse_instant(text_of(daemon, "started")).value_or(now);
    std::cout << "capbridge " << text_of(daemon, "version") << ", " << text_of(daemon, "status") << ", at "
              << address_of(data) << ", up for " << span_text(started, now) << " (since "
              << text_of(daemon, "started") << ")\n  records: " << with_thousands(count_of(daemon, "behind"))
              << " entries behind\n";
    if (const auto& certificate = daemon["certificate"]; certificate.is_object())
        std::cout << "  certificate: until " << text_of(certificate, "until") << " (" << certificate["days"]
                  << " days)\n";
}

void print_store(const ordered_json& s, const std::string& data, Instant now) {
    const auto store = s.value("store", ordered_json::object());
    const auto bytes = [&](const char* member) { return bytes_text(store.value(member, std::uint64_t{0})); };
    std::cout << "  data: " << data << ", database " << bytes("database_bytes") << ", write-ahead log "
              << bytes("wal_bytes") << "; " << bytes("free_bytes") << " of " << bytes("disk_bytes")
              << " free on its disk\n";
    const auto backup = s.value("backup", ordered_json());
    if (!backup.is_object() || !backup.value("configured", false)) return;
    const auto last = backup.value("last", ordered_json());
    const auto taken = last.is_object() ? parse_instant(text_of(last, "taken")) : std::nullopt;
    std::cout << "  backup: "
              << (taken ? "last " + text_of(last, "taken") + " (" + span_text(*taken, now) + " ago)"
                        : std::string("none yet"))
              << (backup.value("next_due", ordered_json()).is_null()
                      ? ", no schedule: by command only"
                      : ", next " + text_of(backup, "next_due"))
              << "\n";
}

void print_knowledge(const ordered_json& s) {
    std::cout << text_of(s, "organisation") << "\n  people: " << with_thousands(count_of(s, "people"))
              << "\n  journal: " << with_thousands(count_of(s, "journal")) << " entries, folded up to "
              << with_thousands(count_of(s, "folded")) << "\n  rules: " << text_of(s, "folded_by")
              << "\n  statements of actors that nobody is known by: "
              << with_thousands(count_of(s, "unresolved_statements")) << " ("
              << with_thousands(count_of(s, "unresolved_actors"))
              << " actors)\n  statements of learning that no mapping names: "
              << with_thousands(count_of(s, "unmapped_statements")) << "\n";
    for (const auto& what : s["out_of_force"])
        std::cout << "  out of force: " << what.get<std::string>() << "\n";
    for (const auto& a : s["unmapped_activities"])
        std::cout << "    " << text_of(a, "activity") << ": " << with_thousands(count_of(a, "people"))
                  << " people\n";
}

void print_sources(const ordered_json& s, Instant now) {
    for (const auto& source : s["sources"]) {
        std::cout << "  source " << text_of(source, "name") << ": " << text_of(source, "state");
        if (const auto last = parse_instant(text_of(source, "last_ok")))
            std::cout << ", last read " << text_of(source, "last_ok") << " (" << span_text(*last, now)
                      << " ago)";
        if (source.value("without_new", false))
            std::cout << ", nothing new since " << text_of(source, "last_new");
        if (!source["next_due"].is_null()) std::cout << ", next " << text_of(source, "next_due");
        std::cout << "\n";
        if (!source["error"].is_null())
            std::cout << "    " << text_of(source["error"], "message") << " ["
                      << text_of(source["error"], "code") << "]\n";
    }
    for (const auto& target : s.value("forward", ordered_json::array()))
        std::cout << "  forwarding to " << text_of(target, "name") << ": "
                  << with_thousands(count_of(target, "behind")) << " entries behind\n";
    const auto& sandbox = s["sandbox"];
    if (!sandbox.is_object()) return;
    if (const auto why = text_of(sandbox, "refusal", ""); !why.empty()) {
        std::cout << "  adapters: " << why << "\n";
        return;
    }
    for (const auto& missing : sandbox.value("missing", ordered_json::array()))
        std::cout << "  adapters are not wholly locked in: " << missing.get<std::string>() << "\n";
}

void print_findings_of(const std::vector<StatusFinding>& findings) {
    for (const bool problems : {true, false}) {
        for (const auto& f : findings) {
            if (f.is_problem != problems) continue;
            std::cout << (problems ? "problem: " : "note: ") << f.message << " [" << f.code
                      << "]\n    do: " << f.remedy << "\n";
        }
    }
}

// One line first, as monitoring plugins want it; then one a finding.
void print_check(const std::vector<StatusFinding>& findings) {
    std::size_t problems = 0;
    for (const auto& f : findings) problems += f.is_problem ? 1 : 0;
    if (problems == 0) {
        std::cout << "OK: capbridge works" << (findings.empty() ? "" : ", with notes") << "\n";
    } else {
        std::cout << "PROBLEM: " << problems << (problems == 1 ? " problem" : " problems")
                  << " with capbridge\n";
    }
    print_findings_of(findings);
}

void status_command(const State& state, Run& run) {
    const auto now = SystemClock().now();
    // Of the daemon when there is one: it knows what is at work, and what its configuration says of the
    // sandbox.
    auto answer = ask_about_sources(state.options, "status", json::object());
    if (!answer) {
        if (state.check) std::cout << "PROBLEM: " << answer.error().text() << "\n";
        return run.failed(answer.error(), state.check ? 1 : 2);
    }
    const auto asked =
        ask_daemon(std::filesystem::path(state.options.data) / "admin.sock", "daemon.status", json::object(),
                   who_am_i(), [](std::string_view, std::size_t, std::size_t) {});
    const auto daemon = asked ? *asked : ordered_json(nullptr);
    const auto findings = status_findings(*answer, daemon, now);
    if (state.check) {
        for (const auto& f : findings) run.exit_code = f.is_problem ? 1 : run.exit_code;
    }
    if (state.options.json) {
        (*answer)["daemon"] = daemon;
        (*answer)["data"] = state.options.data;
        (*answer)["problems"] = as_json(findings, true);
        (*answer)["notes"] = as_json(findings, false);
        return print_json(*answer);
    }
    if (state.check) return print_check(findings);
    print_findings_of(findings);
    if (!findings.empty()) std::cout << "\n";
    print_daemon(daemon, state.options.data, now);
    print_store(*answer, state.options.data, now);
    print_knowledge(*answer);
    print_sources(*answer, now);
}

}  // namespace

void add_status(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* status = root.add_subcommand("status",
                                       "How it goes: the daemon, its disk, sources, targets, backups, what "
                                       "could not be placed; what is wrong and what to do");
    status->add_flag("--check", state->check,
                     "For a monitoring plugin: one line and what is wrong; exit code 0 when it works, 1 when "
                     "something is to be done");
    status->callback([state, &run] { status_command(*state, run); });
    add_data_option(*status, state->options);
    add_json_option(*status, state->options);
}

}  // namespace capbridge::cli
