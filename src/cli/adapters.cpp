// capbridge adapter list|new|test
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/kit/kit.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/sync.hpp"
#include "core/base/embedded.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view skeleton = "skeleton/", name_mark = "@NAME@";

struct State {
    Options options;
    std::string name, folder, file, only;
    std::vector<std::string> cassettes;
    bool quiet = false;
};

ordered_json missing_of(const ordered_json& answer) {
    const auto sandbox = answer.value("sandbox", ordered_json::object());
    return sandbox.is_object() ? sandbox.value("missing", ordered_json::array()) : ordered_json::array();
}

void list_command(const State& state, Run& run) {
    const auto answer = ask_about_sources(state.options, "adapter.list", json::object());
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"id", "version", "vendor", "path"});
    for (const auto& row : (*answer)["adapters"])
        table.add(
            {text_of(row, "id"), text_of(row, "version"), text_of(row, "vendor"), text_of(row, "path")});
    table.print();
    const auto sandbox = answer->value("sandbox", ordered_json());
    if (const auto why = sandbox.is_object() ? text_of(sandbox, "refusal", "") : ""; !why.empty()) {
        std::cerr << "note: " << why << "\n";
        return;
    }
    for (const auto& one : answer->value("refused", ordered_json::array()))
        std::cerr << "refused: " << text_of(one, "path") << ": " << text_of(one, "reason") << "\n";
    for (const auto& missing : missing_of(*answer))
        std::cerr << "note: this machine cannot lock adapters in wholly: " << missing.get<std::string>()
                  << "\n";
}

bool is_name(const std::string& name) {
    return !name.empty() && name.size() <= 64 && name.front() >= 'a' && name.front() <= 'z' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

std::string named(std::string_view text, const std::string& name) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto next = text.find(name_mark, at);
        out += text.substr(at, next == text.npos ? text.npos : next - at);
        if (next == text.npos) break;
        out += name;
        at = next + name_mark.size();
    }
    return out;
}

void new_command(const State& state, Run& run) {
    if (!is_name(state.name)) {
        return run.failed(
            {"bad_name", "a name begins with a lower-case letter and has lower-case letters, digits, - and _",
             state.name, 0});
    }
    const fs::path folder = state.folder.empty() ? fs::path(state.name) : fs::path(state.folder);
    std::error_code ec;
    if (fs::exists(folder, ec) && !fs::is_empty(folder, ec))
        return run.failed({"exists", "there is something in this folder already; name another with --dir",
                           folder.string(), 0});
    for (const auto& file : embedded_config()) {
        if (!file.path.starts_with(skeleton)) continue;
        const auto path = folder / file.path.substr(skeleton.size());
        fs::create_directories(path.parent_path(), ec);
        if (const auto written = write_file(path, named(file.bytes, state.name)); !written)
            return run.failed(written.error(), 1);
    }
    std::cout
        << "an adapter that works, for an LMS that does not exist, is in " << folder.string() << "\nnext: cd "
        << folder.string()
        << " && cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure\n";
}

void test_command(const State& state, Run& run) {
    adapters::KitOptions options;
    options.file = state.file;
    options.only = state.only;
    // The author's own code on the author's own machine; what it cannot be locked in by is said.
    options.spec.require_sandbox = false;
    if (const auto sandbox = adapters::probe_sandbox(options.spec)) {
        for (const auto& one : sandbox->value("lacking", json::array()))
            std::cerr << "note: it is not locked in here as it is in a hospital: " << one.get<std::string>()
                      << "\n";
    }
    for (const auto& folder : state.cassettes) options.cassettes.emplace_back(folder);
    const bool show = !state.options.json && !state.quiet;
    const auto report = adapters::run_kit(options, [&](const adapters::KitFinding& finding) {
        if (show && finding.outcome == adapters::KitFinding::Outcome::failed)
            std::cerr << "FAILED " << finding.rule << "\n";
    });
    if (!report) return run.failed(report.error());
    if (report->count(adapters::KitFinding::Outcome::failed) > 0) run.exit_code = 1;
    if (state.options.json) return print_json(report->to_json());
    std::cout << report->to_text();
}

}  // namespace

void add_adapters(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* adapter = root.add_subcommand("adapter", "Adapters: what there is, a new one, and is it right?");
    adapter->require_subcommand(1);
    auto* list = adapter->add_subcommand("list", "Adapters of this installation, their versions and files");
    add_data_option(*list, state->options);
    add_json_option(*list, state->options);
    list->callback([state, &run] { list_command(*state, run); });

    auto* make =
        adapter->add_subcommand("new", "Write the skeleton of an adapter, with tests and a cassette");
    make->add_option("name", state->name, "Its id and the name of its file")->required();
    make->add_option("--dir", state->folder, "Folder to write into; by default one of that name");
    make->callback([state, &run] { new_command(*state, run); });

    auto* test = adapter->add_subcommand(
        "test", "Try an adapter file against the rules of the contract; exit code 1 when one fails");
    test->add_option("file", state->file, "NAME.so, or a program NAME.adapter")->required();
    test->add_option("--cassette", state->cassettes, "Folder with a recorded conversation; may be repeated");
    test->add_option("--only", state->only, "Rules whose name contains this");
    add_json_option(*test, state->options);
    test->callback([state, &run] { test_command(*state, run); });
}

}  // namespace capbridge::cli
