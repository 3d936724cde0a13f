// capbridge product list|show, profile list|show|check
#include "cli/product.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "cli/session.hpp"
#include "core/competency/profile.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string id, version, file, framework = "hee-ai-confidence";
};

std::string yes_or_no(const ordered_json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end() || !it->is_boolean()) return "not known";
    return it->get<bool>() ? "yes" : "no";
}

std::string joined(const ordered_json& list) {
    std::string out;
    for (const auto& each : list)
        out += (out.empty() ? "" : ", ") + (each.is_string() ? each.get<std::string>() : each.dump());
    return out;
}

void product_list(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("product.list", json::object());
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    Table table(
        {"id", "file", "versions", "risk", "medical device", "clinical", "deployments", "gaps", "name"});
    for (const auto& p : (*answer)["products"])
        table.add({text_of(p, "id"), text_of(p, "version"), joined(p["versions"]),
                   text_of(p, "risk", "not known"), yes_or_no(p, "medical_device"), yes_or_no(p, "clinical"),
                   text_of(p, "deployments"), text_of(p, "gaps"), text_of(p, "name")});
    if (!table.empty()) table.print();
    for (const auto& name : (*answer)["unknown"])
        std::cout << "Deployments name '" << name.get<std::string>()
                  << "', of which nothing is known (capbridge product publish).\n";
}

// Headings for objects, a line each for what stands in them: the document as it was published.
void print_value(const std::string& name, const ordered_json& value, std::size_t indent) {
    const std::string space(indent, ' ');
    auto title = name;
    for (auto& c : title) {
        if (c == '_') c = ' ';
    }
    if (value.is_object()) {
        std::cout << space << title << "\n";
        for (const auto& [member, each] : value.items()) print_value(member, each, indent + 2);
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
        std::size_t number = 0;
        for (const auto& each : value) print_value(title + " " + std::to_string(++number), each, indent);
    } else {
        const auto text = value.is_string()  ? value.get<std::string>()
                          : value.is_array() ? joined(value)
                          : value.is_null()  ? std::string("not known")
                                             : value.dump();
        print_wrapped(title + ": " + text, indent);
    }
}

void print_history(const ordered_json& history) {
    Table table({"id", "version", "state", "published", "who", "run"});
    for (const auto& h : history)
        table.add({text_of(h, "id"), text_of(h, "version"), text_of(h, "state"),
                   text_of(h, "published_at").substr(0, 10), text_of(h, "who"), text_of(h, "run")});
    table.print();
}

void product_show(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("product.show", {{"product", s.id}});
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    const auto& a = *answer;
    for (const auto& [member, value] : a["document"].items()) {
        if (member != "$schema") print_value(member, value, 0);
    }
    std::cout << "\n";
    Table deployments({"deployment", "version", "go-live", "unit"});
    for (const auto& d : a["deployments"])
        deployments.add({text_of(d, "id"), text_of(d, "version"), text_of(d, "go_live"), text_of(d, "unit")});
    if (deployments.empty()) {
        std::cout << "Deployed nowhere.\n";
    } else {
        deployments.print();
    }
    if (!a["gaps"].empty()) {
        std::cout << "\nNot told yet:\n";
        for (const auto& gap : a["gaps"])
            print_wrapped(text_of(gap, "says") + " (" + text_of(gap, "pointer") + ")", 2);
    }
    std::cout << "\n";
    print_history(a["history"]);
}

void profile_list(const State& s, Run& run) {
    Session session(s.options.data);
    const auto answer = session.run("profile.list", json::object());
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    print_history((*answer)["profiles"]);
}

void profile_show(const State& s, Run& run) {
    json params = json::object();
    if (!s.id.empty()) params["id"] = s.id;
    if (!s.version.empty()) params["version"] = s.version;
    Session session(s.options.data);
    const auto answer = session.run("profile.show", params);
    if (!answer) return run.failed(answer.error());
    if (s.options.json) return print_json(*answer);
    const auto& a = *answer;
    std::cout << text_of(a, "title") << " (" << text_of(a, "id") << " " << text_of(a, "version") << ", "
              << text_of(a, "state") << ")\n";
    if (!a["problem"].is_null()) std::cout << text_of(a, "problem") << "\n";
    std::cout << "The last that fits a person and an item decides.\n\n";
    Table table({"ask", "demand", "requirements", "items", "people"});
    const auto words = [](const ordered_json& conditions) {
        std::string out;
        for (const auto& [name, value] : conditions.items())
            out += (out.empty() ? "" : "; ") + name + " " + (value.is_array() ? joined(value) : value.dump());
        return out;
    };
    for (const auto& ask : a["asks"])
        table.add({text_of(ask, "id"), text_of(ask, "demand"), text_of(ask, "requirements"),
                   words(ask["items"]), ask["people"].empty() ? "everyone" : words(ask["people"])});
    table.print();
}

void profile_check(const State& s, Run& run) {
    const auto text = read_input(s.file);
    if (!text) return run.failed(text.error());
    auto framework_text = framework::shipped_framework(s.framework);
    std::string from_file;
    if (!framework_text) {
        auto read = read_input(s.framework);
        if (!read) return run.failed(framework_text.error());
        from_file = std::move(*read);
        framework_text = from_file;
    }
    const auto framework = framework::load_framework(*framework_text, s.framework);
    if (!framework) return run.failed(framework.error());
    const auto profile = competency::load_profile(*text, s.file, *framework);
    if (!profile) return run.failed(profile.error());
    std::cout << s.file << ": no errors, " << profile->asks.size() << " asks\n";
}

}  // namespace

void add_product(CLI::App& product, Run& run) {
    const auto state = std::make_shared<State>();
    auto* list = product.add_subcommand("list", "Products in force, and how much of each is not told yet");
    list->callback([state, &run] { product_list(*state, run); });
    auto* show =
        product.add_subcommand("show", "All that is published of a product, and where it is deployed");
    show->add_option("product", state->id, "Its id or name")->required();
    show->callback([state, &run] { product_show(*state, run); });
    for (auto* command : {list, show}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

void add_profile(CLI::App& profile, Run& run) {
    const auto state = std::make_shared<State>();
    auto* list = profile.add_subcommand("list", "Profiles that were published: the one in force, and before");
    list->callback([state, &run] { profile_list(*state, run); });
    auto* show = profile.add_subcommand("show", "Who is asked what, by the profile in force or another one");
    show->add_option("id", state->id, "Id of a profile; default: the one in force");
    show->add_option("--version", state->version, "Its version; default: the one published last");
    show->callback([state, &run] { profile_show(*state, run); });
    auto* check =
        profile.add_subcommand("check", "Check a profile file: every problem with its pointer and line");
    check->add_option("file", state->file, "Profile file")->required();
    check->add_option("--framework", state->framework, "Framework id or file")->capture_default_str();
    check->callback([state, &run] { profile_check(*state, run); });
    for (auto* command : {list, show}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
