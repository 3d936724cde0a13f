#include "core/engine/quarantine.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/engine/intake.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/sync/outcome.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_listed = 1000;
constexpr std::size_t a_page = 500;
constexpr std::size_t longest_reason = 500;

Result<store::SourceRow> source_of(Bridge& bridge, const json& params) {
    CAPBRIDGE_LET(const auto name, need_text(params, "source"));
    auto source = bridge.store().sources().source(name);
    if (!source)
        return fail("not_found", "there is no source '" + name + "' (capbridge source list)", "/source");
    return std::move(*source);
}

// {all: true} or {ids: [..]} or {key, kind?}
class Choice {
public:
    static Result<Choice> read(const json& params) {
        Choice out;
        out.all_ = params.value("all", false);
        out.ids_ = params.value("ids", std::vector<std::int64_t>());
        out.key_ = get_string(params, "key");
        out.kind_ = get_string(params, "kind");
        if (!out.all_ && out.ids_.empty() && out.key_.empty())
            return fail("bad_parameter", "say which records: --all, their ids, or a key", "/ids");
        return out;
    }
    [[nodiscard]] bool has(const store::QuarantineRow& row) const {
        if (!kind_.empty() && row.kind != kind_) return false;
        return all_ || (!key_.empty() && row.key == key_) ||
               std::find(ids_.begin(), ids_.end(), row.id) != ids_.end();
    }

private:
    bool all_ = false;
    std::vector<std::int64_t> ids_;
    std::string key_, kind_;
};

Result<std::vector<store::QuarantineRow>> chosen_of(Bridge& bridge, const store::SourceRow& source,
                                                    const json& params) {
    CAPBRIDGE_LET(const auto choice, Choice::read(params));
    std::vector<store::QuarantineRow> out;
    std::int64_t after = 0;
    for (;;) {
        auto page = bridge.store().sources().quarantined(source.uuid, after, a_page);
        if (page.empty()) break;
        after = page.back().id;
        for (auto& row : page) {
            if (choice.has(row)) out.push_back(std::move(row));
        }
    }
    if (out.empty()) return fail("not_found", "there is no such record (capbridge quarantine list)");
    return out;
}

Result<ordered_json> quarantine_list(Bridge& bridge, const json& params, const Caller&) {
    std::string uuid;
    if (!get_string(params, "source").empty()) {
        CAPBRIDGE_LET(const auto source, source_of(bridge, params));
        uuid = source.uuid;
    }
    const auto limit = std::clamp(params.value("limit", std::size_t{100}), std::size_t{1}, most_listed);
    auto rows = bridge.store().sources().quarantined(uuid, params.value("after", std::int64_t{0}), limit + 1);
    const bool more = rows.size() > limit;
    if (more) rows.pop_back();
    std::map<std::string, std::string> names;
    for (auto& source : bridge.store().sources().sources()) names[source.uuid] = source.name;
    const auto count = bridge.store().sources().count_quarantined(uuid);
    ordered_json out{{"records", ordered_json::array()}, {"total", count.kept}, {"beyond", count.beyond}};
    for (const auto& row : rows) {
        out["records"].push_back({{"id", row.id},
                                  {"source", names[row.source]},
                                  {"kind", row.kind},
                                  {"key", row.key.empty() ? ordered_json(nullptr) : ordered_json(row.key)},
                                  {"where", row.where},
                                  {"code", row.code},
                                  {"message", row.message},
                                  {"first", format_instant(row.first)},
                                  {"last", format_instant(row.last)},
                                  {"tries", row.tries},
                                  {"can_be_tried", !row.record.empty()}});
    }
    out["next"] = more ? ordered_json(rows.back().id) : ordered_json(nullptr);
    return out;
}

Result<ordered_json> try_again(Bridge& bridge, const store::SourceRow& source,
                               const std::vector<store::QuarantineRow>& rows, store::RunRow& run,
                               const Caller& caller) {
    Intake intake(bridge, source, run.id, caller.progress, {});
    std::size_t tried = 0;
    std::vector<std::int64_t> gone;  // those without a key: what is still wrong was kept anew
    for (const auto& row : rows) {
        if (row.record.empty()) continue;
        ++tried;
        const auto wrong_before = intake.counts().rejected;
        CAPBRIDGE_TRY(intake.emit(row.kind, row.record));
        if (row.key.empty() && intake.counts().rejected == wrong_before) gone.push_back(row.id);
    }
    CAPBRIDGE_TRY(intake.finish());
    const auto wrong = intake.counts().rejected;
    if (!gone.empty()) CAPBRIDGE_TRY(bridge.store().sources().drop_quarantined(source.uuid, gone));
    return ordered_json{{"source", source.name},           {"tried", tried},
                        {"mended", tried - wrong},         {"still_wrong", wrong},
                        {"not_kept", rows.size() - tried}, {"counts", intake.counts().to_json()}};
}

// What is left of the reason for which the source is failing, when nothing of it is kept any more.
Status forget_what_was_unusable(Bridge& bridge, const store::SourceRow& source) {
    auto& sources = bridge.store().sources();
    const auto state = sources.source_state(source.uuid);
    if (state.error_code != "nothing_usable" || sources.count_quarantined(source.uuid).kept > 0) return {};
    CAPBRIDGE_LET(const auto options, options_of(source));
    return sources.put_source_state(source.uuid, resumed(state, options.schedule, bridge.now()));
}

Result<ordered_json> quarantine_retry(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto named, source_of(bridge, params));
    CAPBRIDGE_LET(const auto hold, hold_source(bridge, named.name, "quarantine", caller));
    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    CAPBRIDGE_LET(const auto source, source_of(bridge, params));  // as it is now
    CAPBRIDGE_LET(const auto rows, chosen_of(bridge, source, params));
    if (std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.record.empty(); })) {
        // Nothing can be tried, so there is no run either.
        return ordered_json{{"source", source.name},   {"tried", 0},    {"mended", 0}, {"still_wrong", 0},
                            {"not_kept", rows.size()}, {"run", nullptr}};
    }
    store::RunRow run;
    run.kind = "sync";
    run.source = source.name;
    run.who = caller.who;
    run.what = "records of the quarantine of " + source.name + " tried again";
    run.cursor_before = source.cursor;
    CAPBRIDGE_LET(auto done, in_run(bridge, run, [&](store::RunRow& row) {
                      return try_again(bridge, source, rows, row, caller);
                  }));
    if (done["mended"] > 0) CAPBRIDGE_TRY(forget_what_was_unusable(bridge, source));
    return done;
}

Result<ordered_json> drop(Bridge& bridge, const store::SourceRow& source,
                          const std::vector<store::QuarantineRow>& rows) {
    std::vector<std::int64_t> ids;
    for (const auto& row : rows) ids.push_back(row.id);
    CAPBRIDGE_TRY(bridge.store().sources().drop_quarantined(source.uuid, ids));
    CAPBRIDGE_TRY(forget_what_was_unusable(bridge, source));
    return ordered_json{{"source", source.name}, {"dropped", ids.size()}};
}

// With a reason it is a run, so that somebody can find later who gave up what, and why.
Result<ordered_json> quarantine_drop(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto named, source_of(bridge, params));
    CAPBRIDGE_LET(const auto hold, hold_source(bridge, named.name, "quarantine", caller));
    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    CAPBRIDGE_LET(const auto source, source_of(bridge, params));
    CAPBRIDGE_LET(const auto rows, chosen_of(bridge, source, params));
    const auto reason = get_string(params, "reason");
    if (reason.size() > longest_reason)
        return fail("bad_parameter", "a reason has at most 500 characters", "/reason");
    if (reason.empty()) return drop(bridge, source, rows);
    store::RunRow run;
    run.kind = "decision";
    run.source = source.name;
    run.who = caller.who;
    run.what =
        std::to_string(rows.size()) + " records of the quarantine of " + source.name + " given up: " + reason;
    run.cursor_before = source.cursor;
    return in_run(bridge, run, [&](store::RunRow&) { return drop(bridge, source, rows); });
}

}  // namespace

std::vector<Operation> quarantine_operations() {
    return {{"quarantine.list", false, "read", quarantine_list},
            {"quarantine.retry", true, "admin", quarantine_retry, false, true},
            {"quarantine.drop", true, "admin", quarantine_drop, false, true}};
}

}  // namespace capbridge::engine
