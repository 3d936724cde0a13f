#include "core/engine/audit.hpp"

#include "core/base/log.hpp"
#include "core/base/log_context.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {
namespace {

std::string dumped(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Caller daemon() {
    Caller out{"daemon"};
    out.from = "daemon";
    return out;
}

Status write_refusal(Bridge& bridge, const Refusal& refusal, std::int64_t count, std::string_view note) {
    Caller caller{refusal.credential.empty() ? "nobody" : "credential:" + refusal.credential};
    caller.from = refusal.from;
    caller.request = refusal.request;
    ordered_json subject = ordered_json::object();
    if (!refusal.credential.empty()) subject["credential"] = refusal.credential;
    ordered_json details{{"count", count}};
    if (!refusal.route.empty()) details["route"] = refusal.route;
    if (!note.empty()) details["note"] = note;
    return audit_event(bridge, caller, "refused." + refusal.kind, subject, details, "refused");
}

void tell(const Status& done) {
    if (!done) log::error("audit.not_written", {{"code", done.error().code}});
}

}  // namespace

Status audit_event(Bridge& bridge, const Caller& caller, std::string_view what, const ordered_json& subject,
                   const ordered_json& details, std::string_view outcome) {
    store::NewAuditEntry entry;
    entry.at = bridge.now();
    entry.who = caller.who;
    entry.what = what;
    entry.subject = dumped(subject);
    entry.from = caller.from;
    entry.request = caller.request.empty() ? log::context().request : caller.request;
    entry.why = caller.reason;
    entry.outcome = outcome;
    entry.details = dumped(details);
    CAPBRIDGE_TRY(bridge.store().audit().append(entry));
    return {};
}

store::AuditMark audit_head(store::Store& store) {
    return store.audit().head();
}

Status resume_audit(Bridge& bridge) {
    auto& audit = bridge.store().audit();
    const auto head = audit.head();
    const auto anchor = audit.anchor();
    const auto at_anchor = [&]() -> std::string {
        if (!anchor || anchor->n == 0 || anchor->n > head.n) return {};
        const auto rows = audit.after(anchor->n - 1, 1);
        return rows.empty() ? "" : rows.front().hash;
    };
    const bool lacks = !anchor && head.n > 0;
    // Spoilt or emptied: the next entry writes over it, so this is the last chance to say so.
    const bool unreadable = anchor && anchor->hash.empty();
    const bool differs =
        unreadable || (anchor && !(*anchor == store::audit_beginning()) && at_anchor() != anchor->hash);
    if (lacks || differs) {
        ordered_json details{{"found", store::text_of(head)}};
        if (differs) details["kept"] = unreadable ? "unreadable" : store::text_of(*anchor);
        log::error(lacks ? "audit.anchor_missing" : "audit.end_differs",
                   {{"found", std::to_string(head.n)},
                    {"kept", unreadable ? "unreadable" : std::to_string(anchor ? anchor->n : 0)}});
        CAPBRIDGE_TRY(audit_event(bridge, daemon(), lacks ? "audit.anchor_missing" : "audit.end_differs",
                                  ordered_json::object(), details, "error"));
    }
    for (const auto n : audit.open()) {
        store::NewAuditEntry entry;
        entry.at = bridge.now();
        entry.phase = "outcome";
        entry.of = n;
        entry.outcome = "interrupted";
        if (const auto rows = audit.after(n - 1, 1); !rows.empty()) {
            const auto intent = json::parse(rows.front().text, nullptr, false);
            if (intent.is_object()) {
                entry.what = get_string(intent, "what");
                entry.request = get_string(intent, "request");
            }
        }
        entry.who = entry.from = "daemon";
        log::warn("audit.interrupted", {{"entry", std::to_string(n)}, {"what", entry.what}});
        CAPBRIDGE_TRY(audit.append(entry));
    }
    return {};
}

Refusals::Counted Refusals::begin_window(std::chrono::steady_clock::time_point now) {
    Counted out{std::exchange(counted_, {}), std::exchange(others_, 0)};
    began_ = now;
    std::erase_if(out.kinds, [](const auto& one) { return one.second == 0; });
    return out;
}

void Refusals::write(Bridge& bridge, const Counted& counted) {
    for (const auto& [refusal, count] : counted.kinds)
        tell(write_refusal(bridge, refusal, count, "more of the same, within ten minutes"));
    if (counted.others > 0)
        tell(write_refusal(bridge, {"others", "", "", "", ""}, counted.others,
                           "of further clients and routes, within ten minutes"));
}

void Refusals::note(Bridge& bridge, Refusal refusal) {
    auto request = std::exchange(refusal.request, {});
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - began_ >= window)
        bridge.later([&bridge, counted = begin_window(now)] { write(bridge, counted); });
    if (const auto it = counted_.find(refusal); it != counted_.end()) {
        ++it->second;
        return;
    }
    if (counted_.size() >= most_kinds) {
        ++others_;
        return;
    }
    counted_.emplace(refusal, 0);
    refusal.request = std::move(request);
    bridge.later([&bridge, refusal = std::move(refusal)] { tell(write_refusal(bridge, refusal, 1, "")); });
}

void Refusals::flush(Bridge& bridge, bool all) {
    Counted counted;
    {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (!all && now - began_ < window) return;
        counted = begin_window(now);
    }
    write(bridge, counted);
}

}  // namespace capbridge::engine
