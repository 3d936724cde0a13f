#include "cli/log_output.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

int severity_of(log::Level level) {
    switch (level) {
        case log::Level::debug:
            return 7;
        case log::Level::info:
            return 6;
        case log::Level::warn:
            return 4;
        case log::Level::error:
            break;
    }
    return 3;
}

net::SyslogMessage message_of(const log::Line& line) {
    net::SyslogMessage out{line.at, severity_of(line.level), line.event, line.fields, line.event};
    if (!line.request.empty()) out.fields.emplace_back("request", line.request);
    if (!line.trace.empty()) out.fields.emplace_back("trace", line.trace);
    return out;
}

// The text is a line of an export: what arrives can be verified without us.
net::NumberedMessage message_of(const store::AuditRow& row) {
    net::SyslogMessage out;
    const auto entry = json::parse(row.text, nullptr, false);
    if (entry.is_object()) {
        if (const auto at = parse_instant(get_string(entry, "at"))) out.at = *at;
        for (const auto* name : {"phase", "who", "what", "from", "request", "outcome"})
            out.fields.emplace_back(name, get_string(entry, name));
        const auto outcome = get_string(entry, "outcome");
        out.severity = outcome.empty() || outcome == "ok" ? 6 : 4;
    }
    out.fields.insert(out.fields.begin(), {"n", std::to_string(row.n)});
    out.msgid = "audit";
    out.text = store::export_line(row);
    return {row.n, std::move(out)};
}

// How far the audit is over there, in a file beside the store: behind, at worst.
struct Sent {
    std::int64_t n = 0;
    bool of_another = false;  // the file tells of an entry that this audit does not have
};

Sent read_sent(store::Audit& audit, const std::filesystem::path& file) {
    const auto text = read_file(file, 128);
    if (!text) return {};
    const auto words = std::string(trim(*text));
    auto mark = store::audit_mark(words);
    if (!mark) {  // a number alone is what was written before the digest was
        if (words.empty() || words.size() >= 18 || words.find_first_not_of("0123456789") != std::string::npos)
            return {};
        mark = store::AuditMark{std::stoll(words), {}};
    }
    if (mark->n <= 0) return {};
    try {
        const auto rows = audit.after(mark->n - 1, 1);
        const bool is_there = !rows.empty() && rows.front().n == mark->n &&
                              (mark->hash.empty() || rows.front().hash == mark->hash);
        return is_there ? Sent{mark->n, false} : Sent{0, true};
    } catch (const std::exception&) {  // cannot be read just now: sending says so, and goes on later
        return {mark->n, false};
    }
}

void keep_sent(store::Audit& audit, const std::filesystem::path& file, std::int64_t n) {
    auto text = std::to_string(n);
    try {
        const auto rows = audit.after(n - 1, 1);
        if (!rows.empty() && rows.front().n == n) text = store::text_of({n, rows.front().hash});
    } catch (const std::exception&) {  // without its digest, the number is a cursor too
        log::debug("syslog.cursor_without_digest");
    }
    if (const auto kept = write_file(file, text + "\n", 0600); !kept)
        log::warn("syslog.cursor_not_kept", {{"code", kept.error().code}});
}

net::SyslogFeed audit_feed(store::Audit& audit, const std::filesystem::path& file, std::int64_t cursor) {
    net::SyslogFeed out;
    out.cursor = cursor;
    out.more = [&audit](std::int64_t after, std::size_t limit) {
        std::vector<net::NumberedMessage> messages;
        for (const auto& row : audit.after(after, limit)) messages.push_back(message_of(row));
        return messages;
    };
    out.keep = [&audit, file](std::int64_t n) { keep_sent(audit, file, n); };
    return out;
}

}  // namespace

void apply_log_lines(const LogSettings& settings) {
    log::find_journal();
    log::set_format(settings.format);
    log::set_levels(settings.levels);
}

LogSettings with(LogSettings settings, const LogOverrides& overrides) {
    if (overrides.format) settings.format = *overrides.format;
    if (overrides.level) settings.levels.all = *overrides.level;
    return settings;
}

LogOutput::LogOutput(engine::Bridge& bridge, std::filesystem::path data, LogOverrides overrides)
    : bridge_(bridge), cursor_file_(data / "audit.sent"), overrides_(overrides) {
    log::set_outputs([this] { return outputs(); });
}

LogOutput::~LogOutput() {
    log::set_outputs({});
    log::set_tap({});
}

void LogOutput::apply(const LogSettings& given) {
    const auto settings = with(given, overrides_);
    if (settings == applied_) return;  // levels that were set for a while stay
    apply_log_lines(settings);
    applied_ = settings;
    const std::lock_guard lock(mutex_);
    if (settings.syslog == in_force_) return;
    log::set_tap({});
    sender_.reset();
    in_force_ = settings.syslog;
    if (!in_force_) return;
    auto& audit = bridge_.store().audit();
    const auto sent = in_force_->audit ? read_sent(audit, cursor_file_) : Sent{};
    sender_ = net::start_syslog(
        in_force_->target, in_force_->audit ? audit_feed(audit, cursor_file_, sent.n) : net::SyslogFeed{});
    if (in_force_->log) {
        log::set_tap([sender = sender_.get(), level = in_force_->level](const log::Line& line) {
            // What sending itself has to say would feed itself.
            if (line.level >= level && line.component != "syslog") sender->put(message_of(line));
        });
    }
    // After the tap, so that it is told over there too.
    if (sent.of_another) log::error("audit.not_what_was_sent", {{"file", cursor_file_.filename().string()}});
}

std::vector<log::Output> LogOutput::outputs() const {
    const std::lock_guard lock(mutex_);
    if (!sender_) return {};
    const auto state = sender_->state();
    log::Output out{"syslog " + in_force_->target.host + ":" + std::to_string(in_force_->target.port),
                    state.connected,
                    state.waiting,
                    state.sent,
                    state.dropped,
                    0,
                    state.error};
    if (in_force_->audit)
        out.audit_behind = std::max<std::int64_t>(0, bridge_.store().audit().head().n - state.cursor);
    return {std::move(out)};
}

}  // namespace capbridge::cli
