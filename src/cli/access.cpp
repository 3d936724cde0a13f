// capbridge credential add|list|rotate|revoke, login-link
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "core/base/text.hpp"
#include "server/tls.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string name, key, source, base, certificate;
    std::vector<std::string> scopes;
};

void print_secret(const ordered_json& made) {
    std::cout << "key:    " << text_of(made, "key") << "\nsecret: " << text_of(made, "secret")
              << "\nThe secret is shown this once; only its hash is kept.\n";
}

void add_command(const State& state, Run& run) {
    json scopes = json::array();
    for (const auto& part : state.scopes) {
        for (const auto& scope : split(part, ',')) scopes.push_back(trim(scope));
    }
    json params{{"name", state.name}, {"scopes", scopes}};
    if (!state.source.empty()) params["source"] = state.source;
    if (!state.certificate.empty()) {
        const auto text = read_input(state.certificate);
        if (!text) return run.failed(text.error());
        auto fingerprint = server::certificate_fingerprint(*text);
        if (!fingerprint) {
            fingerprint.error().where = state.certificate;
            return run.failed(fingerprint.error());
        }
        params["certificate"] = *fingerprint;
    }
    Session session(state.options.data);
    const auto done = session.run("credential.add", params);
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    if (state.certificate.empty()) return print_secret(*done);
    std::cout << "key:         " << text_of(*done, "key")
              << "\ncertificate: " << text_of(*done, "certificate")
              << "\nThe client needs no secret: it shows this certificate (\"tls\" with \"client_ca\" in the "
                 "configuration).\n";
}

void list_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("credential.list", json::object());
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"key", "name", "scopes", "source", "certificate", "created", "rotated", "revoked"});
    for (const auto& c : (*answer)["credentials"])
        table.add({text_of(c, "key"), text_of(c, "name"),
                   join(c["scopes"].get<std::vector<std::string>>(), " "), text_of(c, "source"),
                   text_of(c, "certificate").substr(0, 16), text_of(c, "created"), text_of(c, "rotated"),
                   text_of(c, "revoked")});
    table.print();
}

void rotate_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto done = session.run("credential.rotate", {{"key", state.key}});
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    print_secret(*done);
    std::cerr << "the old secret no longer fits\n";
}

void revoke_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto done = session.run("credential.revoke", {{"key", state.key}});
    if (!done) return run.failed(done.error());
    if (state.options.json) return print_json(*done);
    std::cout << "the credential is revoked\n";
}

void login_command(const State& state, Run& run) {
    Session session(state.options.data);
    auto done = session.run("login-link", json::object());
    if (!done) return run.failed(done.error());
    std::string base = state.base;
    if (base.empty()) {  // the daemon leaves its address beside its data
        auto address = read_input(state.options.data + "/public_url");
        if (!address) address = read_input(state.options.data + "/address");
        if (!address)
            return run.failed(
                {"no_daemon",
                 "no daemon serves this data directory: start one with 'capbridge serve', or say --base",
                 state.options.data, 0});
        base = trim(*address);
    }
    (*done)["url"] = base + text_of(*done, "path");
    if (state.options.json) return print_json(*done);
    std::cout << text_of(*done, "url") << "\n";
    std::cerr << "works once, until " << text_of(*done, "expires") << "\n";
}

}  // namespace

void add_access(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* group = root.add_subcommand("credential", "Keys and secrets of clients");
    group->require_subcommand(1);
    auto* add = group->add_subcommand("add", "Make a key and secret");
    add->add_option("name", state->name, "What uses it")->required();
    add->add_option(
           "--scope", state->scopes,
           "Several with commas. For /xapi: statements/write, statements/read, "
           "statements/read/mine, state, profile, define, all/read; for /api/v1: read, admin, audit; "
           "metrics "
           "is for /metrics only; "
           "all is all of them")
        ->required();
    add->add_option("--source", state->source,
                    "Bind it to a source: it reads and writes only what is the source's, on /xapi");
    add->add_option(
        "--certificate", state->certificate,
        "Client certificate (PEM or DER file) that stands for it: the client then needs no secret");
    add->callback([state, &run] { add_command(*state, run); });
    auto* list = group->add_subcommand("list", "Credentials, without their secrets");
    list->callback([state, &run] { list_command(*state, run); });
    auto* rotate = group->add_subcommand("rotate", "Give a key a new secret; the old one ends at once");
    rotate->add_option("key", state->key, "Its key")->required();
    rotate->callback([state, &run] { rotate_command(*state, run); });
    auto* revoke = group->add_subcommand("revoke", "Revoke a credential, for good");
    revoke->add_option("key", state->key, "Its key")->required();
    revoke->callback([state, &run] { revoke_command(*state, run); });
    auto* login =
        root.add_subcommand("login-link", "A one-time address that opens the page, good for 15 minutes");
    login->add_option(
        "--base", state->base,
        "Address of the daemon as the browser sees it; default: public_url of the configuration, else the "
        "one it listens on");
    login->callback([state, &run] { login_command(*state, run); });
    for (auto* command : {add, rotate, revoke, login}) add_reason_option(*command);
    for (auto* command : {add, list, rotate, revoke, login}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
