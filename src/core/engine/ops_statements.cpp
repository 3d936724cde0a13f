// Statements out of the store and into it, in pages and batches, so that neither side ever holds them all.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/statement_import.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_a_page = 1000;

tl::unexpected<Error> bad(std::string_view name, std::string message) {
    return fail("bad_parameter", "'" + std::string(name) + "' " + std::move(message),
                "/" + std::string(name));
}

// An Agent's key as we show it, its JSON, or an address.
Result<std::string> agent_key(const std::string& text) {
    if (text.starts_with('{')) {
        CAPBRIDGE_LET(const auto agent, parse_json(text));
        const auto key = xapi::read_agent(agent).key();
        if (!key.empty()) return key;
    } else if (text.starts_with("mailto:")) {
        return "mbox|" + text;
    } else if (const auto agent = xapi::agent_from_key(text)) {
        return agent->key();
    }
    return bad("agent",
               "is an Agent as JSON, an address such as mailto:a@b.example, or a key such as "
               "'account|https://lms.example|17'");
}

// A time as it is: xAPI leaves statements of exactly `since` out, and takes those of exactly `until` in. A
// day is meant whole: `of_day` after its beginning.
Result<std::optional<Instant>> bound(const json& params, const char* name, std::chrono::milliseconds of_day) {
    const auto text = get_string(params, name);
    if (text.empty()) return std::nullopt;
    const auto when = parse_when(text);
    if (!when) return bad(name, "is a day such as 2026-03-31, or a time such as 2026-03-31T09:30:00Z");
    return when->at + (when->precision == When::Precision::day ? of_day : std::chrono::milliseconds{0});
}

Result<store::StatementQuery> query_of(Bridge& bridge, const json& params) {
    using std::chrono::milliseconds;
    store::StatementQuery query;
    query.ascending = true;
    query.with_voided = true;
    const auto text = [&](const char* name) -> std::optional<std::string> {
        auto value = get_string(params, name);
        return value.empty() ? std::nullopt : std::optional(std::move(value));
    };
    query.verb = text("verb");
    query.activity = text("activity");
    if (const auto agent = text("agent")) {
        CAPBRIDGE_LET(query.agent_key, agent_key(*agent));
    }
    if (const auto registration = text("registration")) {
        if (!is_uuid(*registration)) return bad("registration", "is a UUID");
        query.registration = lower_uuid(*registration);
    }
    if (const auto name = text("source")) {
        const auto source = bridge.store().sources().source(*name);
        if (!source)
            return fail("no_such_source",
                        "there is no source '" + *name + "' (capbridge source list shows them)", "/source");
        query.owner = "source:" + source->uuid;
    }
    CAPBRIDGE_LET(query.since, bound(params, "since", milliseconds{-1}));
    CAPBRIDGE_LET(query.until, bound(params, "until", std::chrono::days{1} - milliseconds{1}));
    query.after_seq = params.value("after_seq", std::int64_t{0});
    query.up_to_seq = params.value("up_to_seq", std::int64_t{0});
    query.limit = std::clamp<std::size_t>(params.value("limit", std::size_t{100}), 1, most_a_page);
    return query;
}

// {verb?, activity?, agent?, registration?, source?, since?, until?, after_seq?, up_to_seq?, limit?} ->
// {statements: [{text, voided_by, attachments: [{sha2, path}]}], last_seq, up_to_seq, more}: a page, oldest
// first, voided ones too. For the next one, last_seq is its after_seq; up_to_seq stays.
Result<ordered_json> statements_export(Bridge& bridge, const json& params, const Caller&) {
    auto& journal = bridge.store().journal();
    CAPBRIDGE_LET(auto query, query_of(bridge, params));
    if (query.up_to_seq == 0) query.up_to_seq = journal.watermark().seq;
    ordered_json out{{"statements", ordered_json::array()}, {"last_seq", query.after_seq}};
    const auto rows = query.up_to_seq == 0 ? std::vector<store::StatementRow>{} : journal.statements(query);
    for (const auto& row : rows) {
        auto attachments = ordered_json::array();
        for (const auto& sha2 : journal.attachments_of(row.seq)) {
            const auto path = bridge.store().attachments().path(sha2);
            attachments.push_back(
                {{"sha2", sha2}, {"path", path ? ordered_json(path->string()) : ordered_json(nullptr)}});
        }
        out["statements"].push_back(
            {{"text", row.text()}, {"voided_by", row.voided_by}, {"attachments", std::move(attachments)}});
        out["last_seq"] = row.seq;
    }
    out["up_to_seq"] = query.up_to_seq;
    out["more"] = rows.size() == query.limit;
    return out;
}

// {lines: [{line, text, attachments?: [{sha2, content (base64)}]}]}
Result<std::vector<ImportLine>> lines_of(const json& params) {
    std::vector<ImportLine> out;
    const auto list = params.find("lines");
    if (list == params.end() || !list->is_array()) return bad("lines", "is a list of {line, text}");
    for (const auto& line : *list) {
        auto& one = out.emplace_back();
        if (!line.at("line").is_number_unsigned()) return bad("lines", "is a list of {line, text}");
        one.number = line.at("line").get<std::size_t>();
        one.text = line.at("text").get<std::string>();
        const auto attachments = line.find("attachments");
        if (attachments == line.end()) continue;
        for (const auto& attachment : *attachments) {
            auto bytes = from_base64(attachment.at("content").get_ref<const std::string&>());
            if (!bytes) return bad("lines", "has an attachment that is not base64");
            one.attachments.push_back({attachment.at("sha2").get<std::string>(), std::move(*bytes)});
        }
    }
    return out;
}

ordered_json bad_json(const std::vector<BadLine>& lines) {
    auto out = ordered_json::array();
    for (const auto& line : lines) {
        out.push_back({{"line", line.number},
                       {"code", line.code},
                       {"pointer", line.pointer},
                       {"message", line.message},
                       {"section", line.section}});
    }
    return out;
}

std::size_t distinct_lines(const std::vector<BadLine>& lines) {
    std::set<std::size_t> numbers;
    for (const auto& line : lines) numbers.insert(line.number);
    return numbers.size();
}

// The run that a file goes into: the first batch begins it. It is over after each batch, so that a client
// that dies leaves whole batches that can be taken back.
Result<store::RunRow> import_run(Bridge& bridge, const json& params, const Caller& caller) {
    auto& sources = bridge.store().sources();
    if (const auto id = params.find("run"); id != params.end()) {
        const auto run = sources.run(id->get<std::int64_t>());
        if (!run || run->kind != "import" || run->who != caller.who)
            return bad("run", "is not the number of an import of yours");
        if (run->reverted_by != 0) return bad("run", "was taken back: begin again");
        return *run;
    }
    store::RunRow run;
    run.kind = "import";
    run.who = caller.who;
    run.what = "statements from " + get_string(params, "name", "a file");
    run.began = bridge.now();
    run.counts = "{}";
    CAPBRIDGE_LET(run.id, sources.begin_run(run));
    return run;
}

void count(store::RunRow& run, const Imported& done, std::size_t read, std::size_t rejected) {
    auto counts = ordered_json::parse(run.counts, nullptr, false);
    if (!counts.is_object()) counts = ordered_json::object();
    const auto add = [&](const char* name, std::size_t more) {
        counts[name] = counts.value(name, std::size_t{0}) + more;
    };
    add("read", read);
    add("new", done.stored);
    add("same", done.same);
    add("rejected", rejected);
    run.counts = counts.dump();
}

Status keep_rejected(Bridge& bridge, std::int64_t run, const std::vector<BadLine>& lines) {
    if (lines.empty()) return {};
    std::vector<store::RejectedRow> rows;
    for (const auto& line : lines) {
        const auto message = line.pointer.empty() ? line.message : line.pointer + ": " + line.message;
        rows.push_back({run, "line " + std::to_string(line.number), line.code, message});
    }
    return bridge.store().sources().add_rejected(rows);
}

// {name, lines, run?, last?} -> {run, stored, same, rejected, bad: [{line, code, pointer, message,
// section}]}: one batch of a file. The first begins a run; the others name it. After the last one the records
// are folded.
Result<ordered_json> statements_import(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto lines, lines_of(params));
    CAPBRIDGE_LET(auto run, import_run(bridge, params, caller));
    const Importing importing{
        run.id,
        caller.who,
        {{"objectType", "Agent"},
         {"account", {{"homePage", bridge.store().installation().iri_base}, {"name", "import"}}}}};
    Imported done;
    const auto status = import_lines(bridge, lines, importing, done);
    const auto rejected = distinct_lines(done.bad);
    count(run, done, lines.size(), rejected);
    run.ended = bridge.now();
    run.outcome = status ? "ok" : "failed";
    run.error = status ? "" : status.error().text();
    const auto kept = keep_rejected(bridge, run.id, done.bad);
    const auto ended = bridge.store().sources().end_run(run);
    CAPBRIDGE_TRY(status);
    CAPBRIDGE_TRY(kept);
    CAPBRIDGE_TRY(ended);
    if (params.value("last", false)) CAPBRIDGE_TRY(bridge.project());
    return ordered_json{{"run", run.id},
                        {"stored", done.stored},
                        {"same", done.same},
                        {"rejected", rejected},
                        {"bad", bad_json(done.bad)}};
}

// {lines}: what an import of them would do; `stored` is what would be new.
Result<ordered_json> statements_check(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto lines, lines_of(params));
    const auto done = check_lines(bridge, lines);
    return ordered_json{{"stored", done.stored},
                        {"same", done.same},
                        {"rejected", distinct_lines(done.bad)},
                        {"bad", bad_json(done.bad)}};
}

}  // namespace

std::vector<Operation> statement_operations() {
    return {
        {"statements.export", false, "admin", statements_export},
        {"statements.check", false, "admin", statements_check},
        {"statements.import", true, "admin", statements_import, true},
    };
}

}  // namespace capbridge::engine
