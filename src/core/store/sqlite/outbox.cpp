#include "core/store/sqlite/outbox.hpp"

#include "core/base/ids.hpp"

namespace capbridge::store {
namespace {

constexpr const char* select_target = "select uuid, name, kind, settings, paused, cursor, moved from target ";

TargetRow target_row(const Query& rows) {
    TargetRow row;
    row.uuid = rows.text(0);
    row.name = rows.text(1);
    row.kind = rows.text(2);
    row.settings = rows.text(3);
    row.paused = rows.integer(4) != 0;
    row.cursor = rows.integer(5);
    row.moved = rows.instant(6);
    return row;
}

std::optional<TargetRow> find_target(Database& database, std::string_view column, std::string_view value) {
    auto rows = database.query(std::string(select_target) + "where " + std::string(column) + " = ?1");
    rows.bind(value);
    if (!rows.step()) return std::nullopt;
    return target_row(rows);
}

// Its row's id, for the tables that hang on it; 0 when there is no such target.
std::int64_t id_of(Database& database, std::string_view uuid) {
    auto rows = database.query("select id from target where uuid = ?1");
    rows.bind(uuid);
    return rows.step() ? rows.integer(0) : 0;
}

Error no_target() {
    return {"not_found", "there is no such target", {}, 0};
}

}  // namespace

Result<TargetRow> write_target(Database& database, const TargetRow& target) {
    TargetRow out = target;
    auto known = target.uuid.empty() ? std::nullopt : find_target(database, "uuid", target.uuid);
    const auto same_name = find_target(database, "name", target.name);
    if (known && same_name && known->uuid != same_name->uuid)
        return fail("name_taken", "another target has this name", target.name);
    if (!known) known = same_name;
    out.uuid = known ? known->uuid : target.uuid.empty() ? uuid_v4() : target.uuid;
    if (known) {
        out.cursor = known->cursor;
        out.moved = known->moved;
        database.query("update target set name = ?2, kind = ?3, settings = ?4, paused = ?5 where uuid = ?1")
            .bind(out.uuid, out.name, out.kind, out.settings, out.paused)
            .run();
    } else {
        database
            .query(
                "insert into target(uuid, org, name, kind, settings, paused, cursor, moved) "
                "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .bind(out.uuid, own_organisation, out.name, out.kind, out.settings, out.paused, out.cursor,
                  out.moved)
            .run();
    }
    return out;
}

Result<TargetRow> SqliteOutbox::put_target(const TargetRow& target) {
    TargetRow out;
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        CAPBRIDGE_LET(out, write_target(writing.database, target));
        return {};
    }));
    return out;
}

std::vector<TargetRow> SqliteOutbox::targets() {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_target) + "order by name");
    std::vector<TargetRow> out;
    while (rows.step()) out.push_back(target_row(rows));
    return out;
}

std::optional<TargetRow> SqliteOutbox::target(std::string_view name) {
    auto database = connections_.readers.lease();
    return find_target(*database, "name", name);
}

Status SqliteOutbox::remove_target(std::string_view uuid) {
    return connections_.write([&](Writing& writing) -> Status {
        const auto id = id_of(writing.database, uuid);
        if (id == 0) return fail(no_target());
        writing.database.query("delete from dead_letter where target = ?1").bind(id).run();
        writing.database.query("delete from target where id = ?1").bind(id).run();
        return {};
    });
}

Status SqliteOutbox::set_paused(std::string_view uuid, bool paused) {
    return connections_.write([&](Writing& writing) -> Status {
        writing.database.query("update target set paused = ?2 where uuid = ?1").bind(uuid, paused).run();
        if (writing.database.changes() == 0) return fail(no_target());
        return {};
    });
}

Status SqliteOutbox::advance(std::string_view uuid, std::int64_t cursor, Instant now,
                             const std::vector<DeadLetter>& dead) {
    return connections_.write([&](Writing& writing) -> Status {
        auto& database = writing.database;
        const auto id = id_of(database, uuid);
        if (id == 0) return fail(no_target());
        // Never back: what was settled stays settled, whoever comes late with an older place.
        database.query("update target set cursor = ?2, moved = ?3 where id = ?1 and cursor < ?2")
            .bind(id, cursor, now)
            .run();
        for (const auto& letter : dead) {
            database
                .query(
                    "insert into dead_letter(target, seq, statement, code, message, tries, first, last) "
                    "values (?1, ?2, ?3, ?4, ?5, 1, ?6, ?6) on conflict (target, seq) do update set "
                    "code = excluded.code, message = excluded.message, tries = tries + 1, "
                    "last = excluded.last")
                .bind(id, letter.seq, Blob{uuid_bytes(letter.statement)}, letter.code, letter.message, now)
                .run();
        }
        return {};
    });
}

std::vector<DeadLetter> SqliteOutbox::dead_letters(std::string_view uuid, std::size_t limit) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select d.seq, d.statement, d.code, d.message, d.tries, d.first, d.last from dead_letter d "
        "join target t on t.id = d.target where t.uuid = ?1 order by d.seq limit ?2");
    rows.bind(uuid, limit);
    std::vector<DeadLetter> out;
    while (rows.step()) {
        DeadLetter letter;
        letter.target = uuid;
        letter.seq = rows.integer(0);
        letter.statement = uuid_text(rows.blob(1));
        letter.code = rows.text(2);
        letter.message = rows.text(3);
        letter.tries = static_cast<int>(rows.integer(4));
        letter.first = rows.instant(5);
        letter.last = rows.instant(6);
        out.push_back(std::move(letter));
    }
    return out;
}

std::size_t SqliteOutbox::count_dead(std::string_view uuid) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select count(*) from dead_letter d join target t on t.id = d.target where t.uuid = ?1");
    rows.bind(uuid);
    return rows.step() ? static_cast<std::size_t>(rows.integer(0)) : 0;
}

Status SqliteOutbox::remove_dead(std::string_view uuid, std::int64_t seq) {
    return connections_.write([&](Writing& writing) -> Status {
        const auto id = id_of(writing.database, uuid);
        if (id == 0) return fail(no_target());
        writing.database.query("delete from dead_letter where target = ?1 and seq = ?2").bind(id, seq).run();
        if (writing.database.changes() == 0) return fail("not_found", "there is no such dead letter");
        return {};
    });
}

}  // namespace capbridge::store
