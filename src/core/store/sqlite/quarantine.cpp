#include "core/store/sqlite/quarantine.hpp"

#include "core/store/quarantine_slot.hpp"
#include "core/store/sqlite/source_records.hpp"
#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {
namespace {

std::int64_t count_of(Database& database, std::int64_t source) {
    auto rows = database.query("select count(*) from quarantine where source = ?1");
    rows.bind(source).step();
    return rows.integer(0);
}

// What is known already is seen once more; a new one is kept while there is room.
void put(Database& database, std::int64_t source, const QuarantineRow& row, std::int64_t& count) {
    const auto slot = slot_of(row);
    // A record that the adapter refuses now may have been one that we had: what we have of it is kept.
    database
        .query(
            "update quarantine set place = ?4, code = ?5, message = ?6, "
            "record = case when ?7 = '' then record else ?7 end, last = ?8, tries = tries + 1 "
            "where source = ?1 and kind = ?2 and slot = ?3")
        .bind(source, row.kind, slot, row.where, row.code, row.message, row.record, row.last)
        .run();
    if (database.changes() > 0) return;
    if (count >= static_cast<std::int64_t>(most_quarantined)) {
        database
            .query(
                "insert into quarantine_beyond(source, count) values (?1, 1) "
                "on conflict(source) do update set count = count + 1")
            .bind(source)
            .run();
        return;
    }
    database
        .query(
            "insert into quarantine(source, kind, slot, key, place, code, message, record, first, last, "
            "tries) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
        .bind(source, row.kind, slot, row.key, row.where, row.code, row.message, row.record, row.first,
              row.last, row.tries)
        .run();
    ++count;
}

}  // namespace

void append_quarantine(Database& database, const Batch& batch) {
    if (!batch.released.empty()) {
        const auto source = source_row_id(database, batch.quarantine_source);
        for (const auto& one : batch.released) {
            database.query("delete from quarantine where source = ?1 and kind = ?2 and slot = ?3")
                .bind(source, one.kind, one.slot)
                .run();
        }
        // With room again, what is beyond is counted anew.
        database.query("delete from quarantine_beyond where source = ?1").bind(source).run();
    }
    std::int64_t count = -1;
    for (const auto& row : batch.quarantined) {
        const auto source = source_row_id(database, row.source);
        if (count < 0) count = count_of(database, source);
        put(database, source, row, count);
    }
}

std::vector<QuarantineKey> SqliteSources::quarantined_keys(std::string_view source_uuid) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select q.kind, q.slot from quarantine q join source s on s.id = q.source where s.uuid = ?1");
    rows.bind(source_uuid);
    std::vector<QuarantineKey> out;
    while (rows.step()) out.push_back({rows.string(0), rows.string(1)});
    return out;
}

std::vector<QuarantineRow> SqliteSources::quarantined(std::string_view source_uuid, std::int64_t after_id,
                                                      std::size_t limit) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select q.id, s.uuid, q.kind, q.key, q.place, q.code, q.message, q.record, q.first, q.last, q.tries "
        "from quarantine q join source s on s.id = q.source "
        "where (?1 = '' or s.uuid = ?1) and q.id > ?2 order by q.id limit ?3");
    rows.bind(source_uuid, after_id, limit);
    std::vector<QuarantineRow> out;
    while (rows.step()) {
        out.push_back({rows.integer(0), rows.string(1), rows.string(2), rows.string(3), rows.string(4),
                       rows.string(5), rows.string(6), rows.string(7), rows.instant(8), rows.instant(9),
                       static_cast<int>(rows.integer(10))});
    }
    return out;
}

Sources::Quarantined SqliteSources::count_quarantined(std::string_view source_uuid) {
    auto database = connections_.readers.lease();
    const auto count = [&](const char* sql) {
        auto rows = database->query(sql);
        rows.bind(source_uuid).step();
        return static_cast<std::size_t>(rows.integer(0));
    };
    return {count("select count(*) from quarantine q join source s on s.id = q.source "
                  "where ?1 = '' or s.uuid = ?1"),
            count("select ifnull(sum(b.count), 0) from quarantine_beyond b join source s on s.id = b.source "
                  "where ?1 = '' or s.uuid = ?1")};
}

Status SqliteSources::drop_quarantined(std::string_view source_uuid, const std::vector<std::int64_t>& ids) {
    return connections_.write([&](Writing& writing) -> Status {
        const auto source = source_row_id(writing.database, source_uuid);
        auto remove = writing.database.query("delete from quarantine where source = ?1 and id = ?2");
        for (const auto id : ids) {
            remove.bind(source, id).run();
            remove.reset();
        }
        writing.database.query("delete from quarantine_beyond where source = ?1").bind(source).run();
        return {};
    });
}

}  // namespace capbridge::store
