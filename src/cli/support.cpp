// capbridge support-bundle: what somebody who helps from outside needs to see, in one file, without personal
// data.
#include <fcntl.h>
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/support_content.hpp"
#include "cli/sync.hpp"
#include "core/base/files.hpp"
#include "core/base/version.hpp"
#include "core/scorm/zip_writer.hpp"

namespace capbridge::cli {
namespace {

constexpr std::size_t most_log_bytes = 2u << 20;

struct State {
    Options options;
    std::string file, config = "/etc/capbridge/capbridge.json", log;
};

class Bundle {
public:
    void add(const std::string& name, const ordered_json& value) { files_[name] = value.dump(2) + "\n"; }
    void add_text(const std::string& name, std::string text) { files_[name] = std::move(text); }
    void missing(const std::string& what, const std::string& why) {
        missing_.push_back({{"what", what}, {"why", why}});
    }
    [[nodiscard]] const ordered_json& what_is_missing() const { return missing_; }

    Result<std::string> zip() const {
        std::vector<scorm::ContentFile> content;
        for (const auto& [name, text] : files_)
            content.push_back(scorm::text_file("capbridge-support/" + name, text));
        scorm::MemoryTarget target;
        CAPBRIDGE_TRY(scorm::write_zip(content, target));
        return std::move(target.bytes);
    }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const auto& [name, text] : files_) out.push_back(name);
        return out;
    }

private:
    std::map<std::string, std::string> files_;
    ordered_json missing_ = ordered_json::array();
};

// What a program prints; "" when it cannot be run. No shell.
std::string output_of(std::vector<std::string> words) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int failed =
        ::posix_spawn(&child, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    std::string out;
    char buffer[16 << 10];
    for (ssize_t n = 0; failed == 0 && (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        if (out.size() < 2 * most_log_bytes) out.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(ends[0]);
    int status = 0;
    if (failed == 0) ::waitpid(child, &status, 0);
    return failed == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? out : std::string();
}

void add_about(Bundle& bundle) {
    utsname machine{};
    ::uname(&machine);
    const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
    bundle.add("about.json", {{"version", program_version()},
                              {"made", format_instant(SystemClock().now())},
                              {"system", machine.sysname},
                              {"release", machine.release},
                              {"machine", machine.machine},
                              {"processors", ::sysconf(_SC_NPROCESSORS_ONLN)},
                              {"memory_bytes", std::int64_t{pages} * page}});
}

void add_log(const State& state, Bundle& bundle) {
    std::string text;
    if (!state.log.empty()) {
        if (auto read = read_file(state.log, std::size_t{1} << 30)) {
            text = std::move(*read);
        } else {
            return bundle.missing("log.txt", read.error().text());
        }
    } else {
        text = output_of({"/usr/bin/journalctl", "--unit=capbridge", "--lines=5000", "--no-pager", "--quiet",
                          "--output=cat"});
        if (text.empty())
            return bundle.missing("log.txt",
                                  "journalctl shows none; --log FILE names a file with the log's lines");
    }
    if (text.size() > most_log_bytes) {
        const auto line = text.find('\n', text.size() - most_log_bytes);
        text.erase(0, line == std::string::npos ? text.size() - most_log_bytes : line + 1);
    }
    bundle.add_text("log.txt", log_for_support(text));
}

void add_configuration(const State& state, Bundle& bundle) {
    std::error_code ec;
    if (!std::filesystem::exists(state.config, ec))
        return bundle.missing("configuration.json",
                              "there is no " + state.config + "; --config names the file");
    const auto checked = check_configuration(state.config, {}, nullptr);
    if (checked.document.is_null())
        return bundle.missing("configuration.json",
                              "it cannot be read: capbridge check --config " + state.config);
    bundle.add("configuration.json", configuration_for_support(checked.document));
}

void add_sources(const State& state, const ordered_json& status, Bundle& bundle) {
    auto sources = ordered_json::array();
    for (const auto& one : status.value("sources", ordered_json::array())) {
        const auto shown =
            ask_about_sources(state.options, "source.show", {{"source", text_of(one, "name")}});
        sources.push_back(source_for_support(shown ? *shown : one));
    }
    bundle.add("sources.json", sources);
}

void support_command(const State& state, Run& run) {
    Bundle bundle;
    add_about(bundle);
    add_configuration(state, bundle);
    if (const auto status = ask_about_sources(state.options, "status", json::object())) {
        bundle.add("status.json", status_for_support(*status));
        add_sources(state, *status, bundle);
    } else {
        bundle.missing("status.json", status.error().text());
    }
    const auto ask = [&](const char* operation) {
        return ask_daemon(std::filesystem::path(state.options.data) / "admin.sock", operation, json::object(),
                          who_am_i(), [](std::string_view, std::size_t, std::size_t) {});
    };
    if (const auto daemon = ask("daemon.status")) {
        bundle.add("daemon.json", *daemon);
    } else {
        bundle.missing("daemon.json", daemon.error().text());
    }
    if (const auto metrics = ask("daemon.metrics")) bundle.add_text("metrics.txt", text_of(*metrics, "text"));
    add_log(state, bundle);
    bundle.add("missing.json", bundle.what_is_missing());

    const auto zip = bundle.zip();
    if (!zip) return run.failed(zip.error(), 1);
    if (const auto written = write_file(state.file, *zip, 0600); !written)
        return run.failed(written.error(), 1);
    if (state.options.json)
        return print_json({{"file", state.file},
                           {"bytes", zip->size()},
                           {"files", bundle.names()},
                           {"missing", bundle.what_is_missing()}});
    std::cout << state.file << ": " << with_thousands(zip->size()) << " bytes\n";
    for (const auto& name : bundle.names()) std::cout << "  " << name << "\n";
    for (const auto& one : bundle.what_is_missing())
        std::cout << "  without " << text_of(one, "what") << ": " << text_of(one, "why") << "\n";
    std::cout << "It has no secrets, and no names, e-mail addresses or numbers of people. Look through it "
                 "before you send it.\n";
}

}  // namespace

void add_support(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* command = root.add_subcommand("support-bundle",
                                        "One zip for whoever helps from outside: version, configuration "
                                        "without secrets, status, figures, runs, log; no personal data");
    command->add_option("file", state->file, "The zip to write")->required();
    command->add_option("--config", state->config, "Configuration file")->capture_default_str();
    command->add_option("--log", state->log,
                        "File with the log's lines; default: the journal of the service capbridge");
    command->callback([state, &run] { support_command(*state, run); });
    add_data_option(*command, state->options);
    add_json_option(*command, state->options);
}

}  // namespace capbridge::cli
