// What was written back to sources.
#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {
namespace {

constexpr const char* select_push =
    "select p.kind, p.key, p.digest, p.receipt, p.state, p.error_code, p.error, p.tries, p.at, p.next_try "
    "from push_ledger p join source s on s.id = p.source where s.uuid = ?1 ";

PushRow push_row(const Query& rows) {
    PushRow row;
    row.kind = rows.text(0);
    row.key = rows.text(1);
    row.digest = rows.text(2);
    row.receipt = rows.text(3);
    row.state = rows.text(4);
    row.error_code = rows.text(5);
    row.error = rows.text(6);
    row.tries = static_cast<int>(rows.integer(7));
    row.at = rows.instant(8);
    if (!rows.is_null(9)) row.next_try = rows.instant(9);
    return row;
}

}  // namespace

std::optional<PushRow> SqliteSources::push(std::string_view source_uuid, std::string_view kind,
                                           std::string_view key) {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_push) + "and p.kind = ?2 and p.key = ?3");
    rows.bind(source_uuid, kind, key);
    if (!rows.step()) return std::nullopt;
    return push_row(rows);
}

Status SqliteSources::put_push(std::string_view source_uuid, const PushRow& push) {
    return connections_.write([&](Writing& writing) -> Status {
        writing.database
            .query(
                "insert into push_ledger(source, kind, key, digest, receipt, state, error_code, error, "
                "tries, at, next_try) select id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 from source "
                "where uuid = ?1 on conflict(source, kind, key) do update set digest = excluded.digest, "
                "receipt = excluded.receipt, state = excluded.state, error_code = excluded.error_code, "
                "error = excluded.error, tries = excluded.tries, at = excluded.at, "
                "next_try = excluded.next_try")
            .bind(source_uuid, push.kind, push.key, push.digest, push.receipt, push.state, push.error_code,
                  push.error, push.tries, push.at, push.next_try)
            .run();
        if (writing.database.changes() == 0)
            return fail("no_such_source", "There is no source of this id.", std::string(source_uuid));
        return {};
    });
}

std::vector<PushRow> SqliteSources::pushes(std::string_view source_uuid, std::string_view state,
                                           std::size_t limit) {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_push) +
                                "and (?2 = '' or p.state = ?2) order by p.kind, p.key limit ?3");
    rows.bind(source_uuid, state, limit);
    std::vector<PushRow> out;
    while (rows.step()) out.push_back(push_row(rows));
    return out;
}

std::vector<PushRow> SqliteSources::pushes_of(std::string_view source_uuid, std::string_view kind,
                                              std::string_view state, std::string_view after,
                                              std::size_t limit) {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_push) +
                                "and p.kind = ?2 and p.key > ?4 and p.state = ?3 order by p.key limit ?5");
    rows.bind(source_uuid, kind, state, after, limit);
    std::vector<PushRow> out;
    while (rows.step()) out.push_back(push_row(rows));
    return out;
}

std::size_t SqliteSources::count_pushes(std::string_view source_uuid, std::string_view state) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select count(*) from push_ledger p join source s on s.id = p.source "
        "where s.uuid = ?1 and (?2 = '' or p.state = ?2)");
    rows.bind(source_uuid, state);
    return rows.step() ? static_cast<std::size_t>(rows.integer(0)) : 0;
}

}  // namespace capbridge::store
