// capbridge quarantine list|retry|drop: records that could not be used, one by one.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "cli/sync.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string source, key, kind, reason;
    std::vector<std::int64_t> ids;
    std::int64_t after = 0;
    std::size_t limit = 100;
    bool all = false;
};

void list_command(const State& state, Run& run) {
    json params{{"limit", state.limit}};
    if (!state.source.empty()) params["source"] = state.source;
    if (state.after > 0) params["after"] = state.after;
    Session session(state.options.data);
    const auto answer = session.run("quarantine.list", params);
    if (!answer) return run.failed(answer.error(), sync_exit_code(answer.error()));
    if (state.options.json) return print_json(*answer);
    Table table({"id", "source", "kind", "where", "code", "message", "tries"});
    for (const auto& r : (*answer)["records"])
        table.add({r["id"].dump(), text_of(r, "source"), text_of(r, "kind"), text_of(r, "where"),
                   text_of(r, "code"), text_of(r, "message"), std::to_string(count_of(r, "tries"))});
    table.print();
    if ((*answer)["next"].is_number())
        std::cout << "more: --after " << (*answer)["next"] << " ("
                  << with_thousands(count_of(*answer, "total")) << " in all)\n";
    if (const auto beyond = count_of(*answer, "beyond"); beyond > 0)
        std::cout << with_thousands(beyond) << " more were not kept\n";
}

// {source, all | ids | key, kind?}
json chosen(const State& state) {
    json params{{"source", state.source}};
    if (state.all) params["all"] = true;
    if (!state.ids.empty()) params["ids"] = state.ids;
    if (!state.key.empty()) params["key"] = state.key;
    if (!state.kind.empty()) params["kind"] = state.kind;
    return params;
}

void retry_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto done = session.run("quarantine.retry", chosen(state));
    if (!done) return run.failed(done.error(), sync_exit_code(done.error()));
    if (state.options.json) return print_json(*done);
    std::cout << with_thousands(count_of(*done, "tried"))
              << " tried: " << with_thousands(count_of(*done, "mended")) << " can be used now, "
              << with_thousands(count_of(*done, "still_wrong")) << " cannot";
    if (const auto rest = count_of(*done, "not_kept"); rest > 0)
        std::cout << "; " << with_thousands(rest) << " were refused by the adapter itself: capbridge sync "
                  << state.source << " --full reads them again";
    std::cout << "\n";
}

void drop_command(const State& state, Run& run) {
    Session session(state.options.data);
    auto params = chosen(state);
    if (!state.reason.empty()) params["reason"] = state.reason;
    const auto done = session.run("quarantine.drop", params);
    if (!done) return run.failed(done.error(), sync_exit_code(done.error()));
    if (state.options.json) return print_json(*done);
    std::cout << with_thousands(count_of(*done, "dropped")) << " given up\n";
}

}  // namespace

void add_quarantine(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* group =
        root.add_subcommand("quarantine", "Records that could not be used: listed, tried again, given up");
    group->require_subcommand(1);
    auto* list = group->add_subcommand("list", "What is kept, and why it could not be used");
    list->add_option("source", state->source, "Of this source only");
    list->add_option("--limit", state->limit, "At most so many")->capture_default_str();
    list->add_option("--after", state->after, "Those after this id");
    list->callback([state, &run] { list_command(*state, run); });
    auto* retry = group->add_subcommand(
        "retry", "Try them again: after a mapping, an identity or the adapter was mended");
    retry->callback([state, &run] { retry_command(*state, run); });
    auto* drop = group->add_subcommand("drop", "Give them up");
    drop->add_option("--reason", state->reason, "Why: it is kept as a run");
    drop->callback([state, &run] { drop_command(*state, run); });
    for (auto* command : {retry, drop}) {
        command->add_option("source", state->source, "Short name of the source")->required();
        command->add_flag("--all", state->all, "All of the source");
        command->add_option("--id", state->ids, "Those with these ids");
        command->add_option("--key", state->key, "The one with this key");
        command->add_option("--kind", state->kind, "Of this kind only");
    }
    for (auto* command : {list, retry, drop}) {
        add_data_option(*command, state->options);
        add_json_option(*command, state->options);
    }
}

}  // namespace capbridge::cli
