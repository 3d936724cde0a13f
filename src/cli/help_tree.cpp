// capbridge help-tree: every command and option as JSON. The manual pages and the shells' completions are
// made of it (packaging/documents.py), so that they say what the program says. It is not listed by --help.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "core/base/json.hpp"
#include "core/base/version.hpp"

namespace capbridge::cli {
namespace {

// "TEXT:{csv,json}": what may be said is what stands in the braces.
ordered_json choices_of(const std::string& type) {
    ordered_json choices = ordered_json::array();
    const auto from = type.find('{');
    const auto to = type.rfind('}');
    if (from == std::string::npos || to == std::string::npos || to < from) return choices;
    std::string word;
    for (std::size_t i = from + 1; i <= to; ++i) {
        if (type[i] != ',' && i != to) {
            word += type[i];
            continue;
        }
        // "word->value" of a transformer: people type the word.
        if (!word.empty()) choices.push_back(word.substr(0, word.find("->")));
        word.clear();
    }
    return choices;
}

ordered_json option_of(const CLI::Option& option) {
    ordered_json names = ordered_json::array();
    for (const auto& name : option.get_snames()) names.push_back("-" + name);
    for (const auto& name : option.get_lnames()) names.push_back("--" + name);
    const std::string type = option.get_type_name();
    ordered_json out{{"names", names}, {"description", option.get_description()}};
    if (names.empty()) out["positional"] = option.get_name();
    // Flags take nothing.
    out["value"] = option.get_items_expected_max() == 0 ? "" : type.substr(0, type.find(':'));
    out["choices"] = choices_of(type);
    out["required"] = option.get_required();
    out["many"] = option.get_items_expected_max() > 1;
    if (!option.get_envname().empty()) out["environment"] = option.get_envname();
    if (!option.get_default_str().empty()) out["default"] = option.get_default_str();
    return out;
}

ordered_json command_of(const CLI::App& app) {
    ordered_json out{{"name", app.get_name()}, {"description", app.get_description()}};
    out["footer"] = app.get_footer();
    ordered_json options = ordered_json::array();
    ordered_json arguments = ordered_json::array();
    for (const auto* option : app.get_options()) {
        if (option->get_group().empty()) continue;  // hidden
        auto one = option_of(*option);
        (one.contains("positional") ? arguments : options).push_back(std::move(one));
    }
    out["options"] = std::move(options);
    out["arguments"] = std::move(arguments);
    ordered_json commands = ordered_json::array();
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
        if (!command->get_group().empty()) commands.push_back(command_of(*command));
    out["commands"] = std::move(commands);
    return out;
}

}  // namespace

void add_help_tree(CLI::App& root, Run&) {
    auto* tree = root.add_subcommand("help-tree", "All commands and options, as JSON");
    tree->group("");
    tree->callback([&root] {
        auto out = command_of(root);
        out["name"] = "capbridge";
        out["version"] = program_version();
        std::cout << out.dump(1) << '\n';
    });
}

}  // namespace capbridge::cli
