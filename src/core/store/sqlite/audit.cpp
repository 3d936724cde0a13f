#include "core/store/sqlite/audit.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace capbridge::store {
namespace {

constexpr std::size_t most_object_bytes = 2048;

std::string dumped(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// Cut between characters.
std::string bounded(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    auto end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end));
}

ordered_json object_of(const std::string& text) {
    auto object = ordered_json::parse(text, nullptr, false);
    if (!object.is_object()) return ordered_json::object();
    if (const auto bytes = dumped(object).size(); bytes > most_object_bytes) return {{"left_out", bytes}};
    return object;
}

std::string text_of_entry(std::int64_t n, const NewAuditEntry& e, const std::string& prev) {
    return dumped({{"n", n},
                   {"at", format_instant(e.at)},
                   {"phase", e.phase},
                   {"of", e.of},
                   {"who", bounded(e.who, 200)},
                   {"what", bounded(e.what, 64)},
                   {"subject", object_of(e.subject)},
                   {"from", bounded(e.from, 100)},
                   {"request", bounded(e.request, 128)},
                   {"why", bounded(e.why, 500)},
                   {"outcome", bounded(e.outcome, 64)},
                   {"run", e.run},
                   {"details", object_of(e.details)},
                   {"prev", prev}});
}

AuditMark last_mark(Database& database) {
    auto rows = database.query("select n, hash from audit order by n desc limit 1");
    if (!rows.step()) return audit_beginning();
    return {rows.integer(0), to_hex(rows.blob(1))};
}

AuditRow row_of(const Query& rows) {
    return {rows.integer(0), rows.string(1), to_hex(rows.blob(2))};
}

}  // namespace

Result<AuditMark> SqliteAudit::append(const NewAuditEntry& entry) {
    AuditMark mark;
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        auto& database = writing.database;
        const auto last = last_mark(database);
        const auto text = text_of_entry(last.n + 1, entry, last.hash);
        const auto hash = sha256(text);
        database.query("insert into audit(n, entry, hash) values (?1, ?2, ?3)")
            .bind(last.n + 1, text, Blob{hash})
            .run();
        if (entry.phase == "intent")
            database.query("insert into audit_open(n) values (?1)").bind(last.n + 1).run();
        if (entry.phase == "outcome")
            database.query("delete from audit_open where n = ?1").bind(entry.of).run();
        mark = {last.n + 1, to_hex(hash)};
        return {};
    }));
    keep(mark);
    return mark;
}

// In place and of one length: a write that is cut off leaves the old line or the new one, not none.
void SqliteAudit::keep(const AuditMark& mark) {
    const std::lock_guard lock(mutex_);
    if (mark.n <= kept_) return;
    kept_ = mark.n;
    auto line = text_of(mark);
    line.insert(0, 20 + 1 + 64 > line.size() ? 20 + 1 + 64 - line.size() : 0, ' ');
    line += '\n';
    const int fd = ::open(head_file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const bool written =
        fd >= 0 && ::pwrite(fd, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size()) &&
        ::ftruncate(fd, static_cast<off_t>(line.size())) == 0;  // what somebody put behind it goes
    if (fd >= 0) ::close(fd);
    if (!written) log::warn("audit.head_not_kept", {{"n", std::to_string(mark.n)}});
}

AuditMark SqliteAudit::head() {
    return last_mark(*connections_.readers.lease());
}

std::vector<AuditRow> SqliteAudit::after(std::int64_t n, std::size_t limit) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select n, entry, hash from audit where n > ?1 order by n limit ?2");
    rows.bind(n, limit);
    std::vector<AuditRow> out;
    while (rows.step()) out.push_back(row_of(rows));
    return out;
}

std::vector<AuditRow> SqliteAudit::before(std::int64_t n, std::size_t limit,
                                          const std::vector<std::string>& has) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select n, entry, hash from audit where n < ?1 order by n desc");
    rows.bind(n);
    std::vector<AuditRow> out;
    while (out.size() < limit && rows.step()) {
        const auto text = rows.text(1);
        const bool fits = std::all_of(has.begin(), has.end(), [&](const auto& piece) {
            return text.find(piece) != std::string_view::npos;
        });
        if (fits) out.push_back(row_of(rows));
    }
    return out;
}

std::vector<std::int64_t> SqliteAudit::open() {
    auto database = connections_.readers.lease();
    auto rows = database->query("select n from audit_open order by n");
    std::vector<std::int64_t> out;
    while (rows.step()) out.push_back(rows.integer(0));
    return out;
}

std::optional<AuditMark> SqliteAudit::anchor() {
    std::error_code ec;
    if (!std::filesystem::exists(head_file_, ec)) return std::nullopt;
    const auto text = read_file(head_file_, 4096);
    const auto mark = text ? audit_mark(trim(*text)) : std::nullopt;
    return mark ? *mark : AuditMark{};
}

std::string SqliteAudit::digest(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (key_.empty()) {
        auto database = connections_.readers.lease();
        auto rows = database->query("select key from audit_key");
        if (rows.step()) key_ = rows.blob(0);
    }
    return hmac_sha256_hex(key_, bytes);
}

}  // namespace capbridge::store
