// Asking the audit, and the level of the log, which the admin socket changes while the daemon is at work.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/log_settings.hpp"
#include "core/base/text.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_entries = 1000;
constexpr std::chrono::seconds longest_while = std::chrono::hours{24};

Result<std::string> since_of(const json& params) {
    const auto text = get_string(params, "since");
    if (text.empty()) return std::string();
    const auto when = parse_when(text);
    if (!when)
        return fail("bad_parameter",
                    "'since' is a day such as 2026-03-31, or a time such as 2026-03-31T09:30:00Z", "/since");
    return format_instant(when->at);
}

// As it stands in an entry's text.
void add_piece(std::vector<std::string>& pieces, const json& params, const char* name) {
    if (const auto value = get_string(params, name); !value.empty())
        pieces.push_back("\"" + std::string(name) +
                         "\":" + json(value).dump(-1, ' ', false, json::error_handler_t::replace));
}

// {since?, who?, what?, outcome?, request?, before?: n, limit?}: newest first.
Result<ordered_json> audit_list(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto since, since_of(params));
    std::vector<std::string> pieces;
    for (const auto* name : {"who", "what", "outcome", "request"}) add_piece(pieces, params, name);
    const auto limit = std::clamp<std::size_t>(params.value("limit", std::size_t{100}), 1, most_entries);
    auto below = params.value("before", std::numeric_limits<std::int64_t>::max());
    ordered_json out{{"entries", ordered_json::array()}, {"more", false}};
    for (bool through = false; !through;) {
        const auto rows = bridge.store().audit().before(below, limit + 1, pieces);
        through = rows.size() <= limit;
        for (const auto& row : rows) {
            below = row.n;
            auto entry = ordered_json::parse(row.text, nullptr, false);
            if (!entry.is_object()) entry = {{"n", row.n}, {"damaged", true}};
            // The clock may have been set back, so an older entry can be a later one: none ends the list.
            if (!since.empty() && entry.value("at", since) < since) continue;
            if (out["entries"].size() == limit) {
                out["more"] = through = true;
                break;
            }
            entry["hash"] = row.hash;
            out["entries"].push_back(std::move(entry));
        }
    }
    return out;
}

// {heads?: ["N:HASH", ...]}: marks that were kept elsewhere; DIR/audit.head is looked at anyway.
Result<ordered_json> audit_verify(Bridge& bridge, const json& params, const Caller&) {
    auto& audit = bridge.store().audit();
    std::vector<store::AuditMark> marks;
    for (const auto& text : params.value("heads", std::vector<std::string>())) {
        const auto mark = store::audit_mark(trim(text));
        if (!mark)
            return fail("bad_parameter",
                        "a mark is the number of an entry, a colon and 64 hex digits, as `capbridge audit "
                        "verify` and a backup's manifest tell it",
                        "/heads");
        marks.push_back(*mark);
    }
    const auto anchor = audit.anchor();  // before the entries: it is never ahead of them
    ordered_json notes = ordered_json::array();
    if (!anchor) {
        if (audit.head().n > 0) notes.push_back("there is no audit.head in the data directory");
    } else if (anchor->hash.empty()) {
        notes.push_back("audit.head in the data directory cannot be read");
    } else {
        marks.push_back(*anchor);
    }
    std::erase_if(marks, [](const auto& mark) { return mark.n == 0; });
    const auto verdict = store::verify_audit(audit, marks);
    // What the chain itself says about marks that did not fit when the owner came.
    for (const auto* what : {"audit.end_differs", "audit.anchor_missing"}) {
        for (const auto& row : audit.before(std::numeric_limits<std::int64_t>::max(), 20,
                                            {"\"what\":\"" + std::string(what) + "\""}))
            notes.push_back(
                "entry " + std::to_string(row.n) + " (" + what + ") says that audit.head " +
                (what == std::string_view("audit.end_differs") ? "did not fit the entries" : "was gone") +
                " when capbridge started; docs/audit.md says what that means");
    }
    ordered_json out{{"ok", verdict.code.empty()},
                     {"entries", verdict.entries},
                     {"head", store::text_of(verdict.head)},
                     {"held_against", marks.size()},
                     {"open", audit.open().size()},
                     {"notes", std::move(notes)},
                     {"problem", nullptr}};
    if (!verdict.code.empty())
        out["problem"] = {{"entry", verdict.n}, {"code", verdict.code}, {"message", verdict.message}};
    return out;
}

// {after?: n, since?, limit?} -> {lines, last, more}: lines of an export, oldest first. With since: from the
// first entry of that moment on, and then all, so that the chain has no gaps.
Result<ordered_json> audit_export(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto since, since_of(params));
    const auto limit = std::clamp<std::size_t>(params.value("limit", most_entries), 1, most_entries);
    auto after = params.value("after", std::int64_t{0});
    auto& audit = bridge.store().audit();
    bool begun = since.empty() || after > 0;
    ordered_json out{{"lines", ordered_json::array()}, {"last", after}, {"more", false}};
    for (;;) {
        const auto rows = audit.after(after, limit);
        for (const auto& row : rows) {
            after = row.n;
            if (!begun) {
                const auto entry = json::parse(row.text, nullptr, false);
                begun = !entry.is_object() || get_string(entry, "at") >= since;
            }
            if (begun) out["lines"].push_back(store::export_line(row));
        }
        out["last"] = after;
        out["more"] = rows.size() == limit;
        if (begun || rows.size() < limit) return out;
    }
}

// {} -> {head}
Result<ordered_json> head(Bridge& bridge, const json&, const Caller&) {
    return ordered_json{{"head", store::text_of(audit_head(bridge.store()))}};
}

// {what, params?, reason?}: something that a command does itself and that belongs into the audit.
Result<ordered_json> audit_note(Bridge& bridge, const json& params, const Caller& caller) {
    constexpr std::array known{"statements.export", "person.export", "support.bundle", "backup",
                               "restore",           "report.export"};
    CAPBRIDGE_LET(const auto what, need_text(params, "what"));
    if (std::find(known.begin(), known.end(), what) == known.end())
        return fail("bad_parameter", "'" + what + "' is nothing that a command notes in the audit", "/what");
    const auto shown =
        audited_parameters(bridge.store().audit(), what, params.value("params", json::object()));
    auto by = caller;
    if (by.reason.empty()) by.reason = get_string(params, "reason");
    CAPBRIDGE_TRY(audit_event(bridge, by, what, shown.subject, shown.details));
    return ordered_json{{"noted", what}};
}

ordered_json present_levels() {
    const auto now = log::present();
    ordered_json out{{"level", log::name_of(now.levels.all)}, {"levels", ordered_json::object()}};
    for (const auto& [component, level] : now.levels.of) out["levels"][component] = log::name_of(level);
    out["for_now"] = ordered_json::array();
    for (const auto& one : now.for_now)
        out["for_now"].push_back(
            {{"component", one.component.empty() ? ordered_json(nullptr) : ordered_json(one.component)},
             {"level", log::name_of(one.level)},
             {"seconds_left", one.left.count()}});
    out["outputs"] = ordered_json::array();
    for (const auto& one : log::outputs())
        out["outputs"].push_back(
            {{"name", one.name},
             {"connected", one.connected},
             {"sent", one.sent},
             {"waiting", one.waiting},
             {"dropped", one.dropped},
             {"audit_behind", one.audit_behind},
             {"error", one.error.empty() ? ordered_json(nullptr) : ordered_json(one.error)}});
    return out;
}

// {level?, component?, seconds?}: of this process. Without seconds until the next start or reload of another
// "log"; without a level it only tells.
Result<ordered_json> log_level(Bridge&, const json& params, const Caller&) {
    const auto name = get_string(params, "level");
    if (name.empty()) return present_levels();
    const auto level = log::level_of(name);
    if (!level) return fail("bad_parameter", "a level is one of debug, info, warn, error", "/level");
    const auto component = get_string(params, "component");
    const auto& known = log::components();
    if (!component.empty() && std::find(known.begin(), known.end(), component) == known.end())
        return fail("bad_parameter",
                    "there is no component '" + component + "'; there are " +
                        join({known.begin(), known.end()}, ", "),
                    "/component");
    if (const auto seconds = params.value("seconds", std::int64_t{0}); seconds != 0) {
        if (seconds < 0 || seconds > longest_while.count())
            return fail("bad_parameter", "for a day at most", "/seconds");
        log::set_level_for(*level, component, std::chrono::seconds{seconds});
        return present_levels();
    }
    auto levels = log::present().levels;
    component.empty() ? levels.all = *level : levels.of[component] = *level;
    log::set_levels(std::move(levels));
    return present_levels();
}

}  // namespace

std::vector<Operation> audit_operations() {
    return {{"audit.list", false, "admin", audit_list},     {"audit.verify", false, "admin", audit_verify},
            {"audit.export", false, "admin", audit_export}, {"audit.head", false, "admin", head},
            {"audit.note", true, "access", audit_note},     {"log.level", true, "access", log_level}};
}

}  // namespace capbridge::engine
