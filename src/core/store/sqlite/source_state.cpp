// How the syncs of sources go.
#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {
namespace {

std::optional<Instant> maybe_instant(const Query& rows, int column) {
    if (rows.is_null(column)) return std::nullopt;
    return rows.instant(column);
}

}  // namespace

SourceStateRow SqliteSources::source_state(std::string_view source_uuid) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select t.last_try, t.last_ok, t.last_full, t.next_due, t.error_code, t.error, t.failures, "
        "t.crashes, t.stopped, t.held, t.details, t.last_new from source_state t join source s on s.id = "
        "t.source "
        "where s.uuid = ?1");
    rows.bind(source_uuid);
    SourceStateRow out;
    if (!rows.step()) return out;
    out.last_try = maybe_instant(rows, 0);
    out.last_ok = maybe_instant(rows, 1);
    out.last_full = maybe_instant(rows, 2);
    out.next_due = maybe_instant(rows, 3);
    out.error_code = rows.text(4);
    out.error = rows.text(5);
    out.failures = static_cast<int>(rows.integer(6));
    out.crashes = static_cast<int>(rows.integer(7));
    out.stopped = rows.text(8);
    out.held = rows.text(9);
    out.details = rows.text(10);
    out.last_new = maybe_instant(rows, 11);
    return out;
}

bool write_source_state(Database& database, std::string_view source_uuid, const SourceStateRow& state) {
    database
        .query(
            "insert into source_state(source, last_try, last_ok, last_full, next_due, error_code, error, "
            "failures, crashes, stopped, held, details, last_new) "
            "select id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 from source where uuid = ?1 "
            "on conflict(source) do update set last_try = excluded.last_try, last_ok = excluded.last_ok, "
            "last_full = excluded.last_full, next_due = excluded.next_due, "
            "error_code = excluded.error_code, error = excluded.error, failures = excluded.failures, "
            "crashes = excluded.crashes, stopped = excluded.stopped, held = excluded.held, "
            "details = excluded.details, last_new = excluded.last_new")
        .bind(source_uuid, state.last_try, state.last_ok, state.last_full, state.next_due, state.error_code,
              state.error, state.failures, state.crashes, state.stopped, state.held, state.details,
              state.last_new)
        .run();
    return database.changes() != 0;
}

Status SqliteSources::put_source_state(std::string_view source_uuid, const SourceStateRow& state) {
    return connections_.write([&](Writing& writing) -> Status {
        if (!write_source_state(writing.database, source_uuid, state))
            return fail("no_such_source", "There is no source of this id.", std::string(source_uuid));
        return {};
    });
}

}  // namespace capbridge::store
