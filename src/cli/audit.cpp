// capbridge audit list|verify|export|head
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

struct State {
    Options options;
    std::string since, who, what, outcome, request, format = "jsonl";
    std::size_t limit = 50;
    std::vector<std::string> heads;
};

// "2026-03-01 08:30:00": a list is read by a person.
std::string moment(const ordered_json& entry) {
    auto at = text_of(entry, "at");
    if (at.size() < 19) return at;
    at[10] = ' ';
    return at.substr(0, 19);
}

std::string outcome_text(const ordered_json& entry) {
    if (entry.value("damaged", false)) return "DAMAGED";
    const auto phase = text_of(entry, "phase");
    return phase == "intent" ? "begins" : text_of(entry, "outcome");
}

std::string about(const ordered_json& entry) {
    std::string out;
    const auto subject = entry.value("subject", ordered_json::object());
    for (const auto& [name, value] : subject.items())
        out += (out.empty() ? "" : " ") + name + "=" +
               (value.is_string() ? value.get<std::string>() : value.dump());
    if (const auto run = entry.value("run", 0); run != 0)
        out += (out.empty() ? "run=" : " run=") + std::to_string(run);
    if (const auto of = entry.value("of", 0); of != 0) out += " (of " + std::to_string(of) + ")";
    const auto details = entry.value("details", ordered_json::object());
    const auto made = details.value("made", ordered_json::object());
    for (const auto& [name, value] : made.items())
        out += " " + name + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
    if (details.contains("count")) out += " " + details["count"].dump() + " times";
    if (const auto why = text_of(entry, "why", ""); !why.empty()) out += " why: " + why;
    return out;
}

void list_command(const State& state, Run& run) {
    Session session(state.options.data);
    json params{{"limit", state.limit}};
    const auto given = [&](const char* name, const std::string& value) {
        if (!value.empty()) params[name] = value;
    };
    given("since", state.since);
    given("who", state.who);
    given("what", state.what);
    given("outcome", state.outcome);
    given("request", state.request);
    const auto answer = session.run("audit.list", params);
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    Table table({"n", "at (UTC)", "who", "from", "what", "outcome", "about"});
    for (const auto& e : (*answer)["entries"])
        table.add({e["n"].dump(), moment(e), text_of(e, "who"), text_of(e, "from"), text_of(e, "what"),
                   outcome_text(e), about(e)});
    table.print();
    if ((*answer)["more"].get<bool>()) std::cerr << "there are more: --limit, --since\n";
}

void verify_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto v = session.run("audit.verify", {{"heads", state.heads}});
    if (!v) return run.failed(v.error());
    const bool good = (*v)["ok"].get<bool>();
    if (!good) run.exit_code = 1;
    if (state.options.json) return print_json(*v);
    if (good) {
        std::cout << "the audit is as it was written: " << with_thousands(count_of(*v, "entries"))
                  << " entries, held against " << count_of(*v, "held_against")
                  << " mark(s) of its end\nhead: " << text_of(*v, "head")
                  << "\nKeep the head elsewhere: `capbridge audit verify --head HEAD` then shows whether "
                     "anything up to here was changed or cut off.\n";
    } else {
        const auto& p = (*v)["problem"];
        std::cout << "THE AUDIT IS NOT AS IT WAS WRITTEN, from entry " << p["entry"] << " on ["
                  << text_of(p, "code") << "]\n";
        print_wrapped(text_of(p, "message"), 2);
        std::cout << "  sound before it: " << with_thousands(count_of(*v, "entries"))
                  << " entries\nWhat to do: keep the data directory as it is (copy it), and see "
                     "docs/audit.md, \"When verify fails\".\n";
    }
    for (const auto& note : (*v)["notes"]) std::cout << "note: " << note.get<std::string>() << "\n";
    if (const auto open = count_of(*v, "open"); open > 0)
        std::cout << "note: " << open << " operation(s) have begun and not ended: at work just now, or cut "
                  << "off; the next start of capbridge says which\n";
}

constexpr const char* columns[] = {"n",       "at",  "phase",   "of",  "who",     "what", "subject", "from",
                                   "request", "why", "outcome", "run", "details", "prev", "hash"};

std::string csv_line(const std::string& line) {
    const auto entry = ordered_json::parse(line, nullptr, false);
    std::string out;
    for (const auto* column : columns) {
        const auto value = entry.is_object() ? entry.value(column, ordered_json()) : ordered_json();
        out += csv_field(value.is_string() ? value.get<std::string>() : value.dump()) + ",";
    }
    return out + csv_field(line) + "\r\n";
}

void export_command(const State& state, Run& run) {
    Session session(state.options.data);
    json params = json::object();
    if (!state.since.empty()) params["since"] = state.since;
    const bool as_csv = state.format == "csv";
    if (as_csv) {
        for (const auto* column : columns) std::cout << column << ",";
        std::cout << "line\r\n";
    }
    std::size_t count = 0;
    for (bool more = true; more;) {
        const auto page = session.run("audit.export", params);
        if (!page) return run.failed(page.error());
        for (const auto& line : (*page)["lines"]) {
            const auto& text = line.get_ref<const std::string&>();
            as_csv ? std::cout << csv_line(text) : std::cout << text << "\n";
            ++count;
        }
        more = (*page)["more"].get<bool>();
        params["after"] = (*page)["last"];
    }
    std::cout.flush();
    if (!std::cout)
        return run.failed({"unwritable", "the export could not be written", "standard output", 0}, 1);
    std::cerr << with_thousands(count) << " entries; docs/examples/verify_audit.py checks them anywhere\n";
}

void head_command(const State& state, Run& run) {
    Session session(state.options.data);
    const auto answer = session.run("audit.head", json::object());
    if (!answer) return run.failed(answer.error());
    if (state.options.json) return print_json(*answer);
    std::cout << text_of(*answer, "head") << "\n";
}

}  // namespace

void add_audit(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* group = root.add_subcommand("audit", "Who did what, when, from where and why");
    group->require_subcommand(1);
    auto* list = group->add_subcommand("list", "Entries, newest first");
    list->add_option("--since", state->since, "From this day or moment on");
    list->add_option("--who", state->who, "Of this one: cli:NAME, credential:KEY, session, config, daemon");
    list->add_option("--what", state->what, "This operation or event, such as run.revert");
    list->add_option("--outcome", state->outcome, "Those that ended so: ok, refused, interrupted, a code");
    list->add_option("--request", state->request, "Those of this request (X-Request-Id)");
    list->add_option("--limit", state->limit, "At most so many")->capture_default_str();
    list->callback([state, &run] { list_command(*state, run); });
    auto* verify = group->add_subcommand(
        "verify", "Follow the chain from its beginning; names the first entry that is not as it was");
    verify->add_option("--head", state->heads, "A mark that was kept elsewhere (N:HASH); may be given again");
    verify->callback([state, &run] { verify_command(*state, run); });
    auto* out = group->add_subcommand("export", "All entries to standard output, with their chain");
    out->add_option("--since", state->since, "From the first entry of this day or moment on");
    out->add_option("--format", state->format, "jsonl or csv")
        ->check(CLI::IsMember({"jsonl", "csv"}))
        ->capture_default_str();
    out->callback([state, &run] { export_command(*state, run); });
    auto* head = group->add_subcommand("head", "The mark of the last entry, to be kept elsewhere");
    head->callback([state, &run] { head_command(*state, run); });
    for (auto* command : {list, verify, out, head}) add_data_option(*command, state->options);
    for (auto* command : {list, verify, head}) add_json_option(*command, state->options);
}

}  // namespace capbridge::cli
