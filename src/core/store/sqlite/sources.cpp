#include "core/store/sqlite/sources.hpp"

#include "core/base/ids.hpp"
#include "core/store/sqlite/digest.hpp"

namespace capbridge::store {
namespace {

constexpr const char* select_source =
    "select uuid, name, adapter, folder, activity_base, settings, cursor, file_min_age, options from source ";

SourceRow source_row(const Query& rows) {
    SourceRow row;
    row.uuid = rows.text(0);
    row.name = rows.text(1);
    row.adapter = rows.text(2);
    row.folder = rows.text(3);
    row.activity_base = rows.text(4);
    row.settings = rows.text(5);
    row.cursor = rows.text(6);
    row.file_min_age = std::chrono::seconds{rows.integer(7)};
    row.options = rows.text(8);
    return row;
}

// From columns revision, digest, statement, run, scope that begin at `first`.
SourceRecordRow record_row(const Query& rows, int first, std::string key) {
    SourceRecordRow row;
    row.key = std::move(key);
    row.revision = static_cast<int>(rows.integer(first));
    row.run = rows.integer(first + 3);
    row.scope = rows.string(first + 4);
    if (!rows.is_null(first + 2)) {  // withdrawn: no statement, and no digest either
        row.digest = PackedDigest::read(rows, first + 1);
        row.statement = uuid_text(rows.blob(first + 2));
    }
    return row;
}

std::optional<SourceRow> find_source(Database& database, std::string_view column, std::string_view value) {
    auto rows = database.query(std::string(select_source) + "where " + std::string(column) + " = ?1");
    rows.bind(value);
    if (!rows.step()) return std::nullopt;
    return source_row(rows);
}

}  // namespace

SourceRow write_source(Database& database, const SourceRow& source) {
    SourceRow out = source;
    auto known = source.uuid.empty() ? std::nullopt : find_source(database, "uuid", source.uuid);
    if (!known) known = find_source(database, "name", source.name);
    out.uuid = known ? known->uuid : source.uuid.empty() ? uuid_v4() : source.uuid;
    if (known) {
        out.cursor = known->cursor;
        database
            .query(
                "update source set name = ?2, adapter = ?3, folder = ?4, activity_base = ?5, settings = "
                "?6, file_min_age = ?7, options = ?8 where uuid = ?1")
            .bind(out.uuid, out.name, out.adapter, out.folder, out.activity_base, out.settings,
                  out.file_min_age.count(), out.options)
            .run();
    } else {
        database
            .query(
                "insert into source(uuid, org, name, adapter, folder, activity_base, settings, cursor, "
                "file_min_age, options) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
            .bind(out.uuid, own_organisation, out.name, out.adapter, out.folder, out.activity_base,
                  out.settings, out.cursor, out.file_min_age.count(), out.options)
            .run();
    }
    return out;
}

bool write_cursor(Database& database, std::string_view source_uuid, std::string_view cursor) {
    database.query("update source set cursor = ?2 where uuid = ?1").bind(source_uuid, cursor).run();
    return database.changes() != 0;
}

Result<SourceRow> SqliteSources::put_source(const SourceRow& source) {
    SourceRow out;
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        out = write_source(writing.database, source);
        return {};
    }));
    return out;
}

std::vector<SourceRow> SqliteSources::sources() {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_source) + "order by name");
    std::vector<SourceRow> out;
    while (rows.step()) out.push_back(source_row(rows));
    return out;
}

std::optional<SourceRow> SqliteSources::source(std::string_view name) {
    auto database = connections_.readers.lease();
    return find_source(*database, "name", name);
}

Status SqliteSources::set_cursor(std::string_view source_uuid, std::string_view cursor) {
    return connections_.write([&](Writing& writing) -> Status {
        if (!write_cursor(writing.database, source_uuid, cursor))
            return fail("no_such_source", "There is no source of this id.", std::string(source_uuid));
        return {};
    });
}

std::unordered_map<std::string, SourceRecordRow> SqliteSources::latest(std::string_view source_uuid,
                                                                       std::string_view kind,
                                                                       const std::vector<std::string>& keys) {
    std::unordered_map<std::string, SourceRecordRow> out;
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    auto source = database->query("select id from source where uuid = ?1");
    source.bind(source_uuid);
    if (!source.step()) return out;
    out.reserve(keys.size());
    auto rows = database->query(
        "select revision, digest, statement, run, scope from source_record where source = ?1 and kind = ?2 "
        "and key "
        "= ?3 "
        "order by revision desc limit 1");
    for (const auto& key : keys) {
        rows.bind(source.integer(0), kind, key);
        if (rows.step()) out.insert_or_assign(key, record_row(rows, 0, key));
        rows.reset();
    }
    return out;
}

std::vector<std::string> SqliteSources::live_keys(std::string_view source_uuid, std::string_view kind,
                                                  std::string_view scope) {
    auto database = connections_.readers.lease();
    // With max(), SQLite takes the bare column of the row that has the maximum.
    auto rows = database->query(
        "select r.key, r.statement, max(r.revision), r.scope from source_record r join source s on s.id = "
        "r.source "
        "where s.uuid = ?1 and r.kind = ?2 group by r.key");
    rows.bind(source_uuid, kind);
    std::vector<std::string> out;
    while (rows.step()) {
        if (!rows.is_null(1) && rows.text(3) == scope) out.push_back(rows.string(0));
    }
    return out;
}

std::vector<Sources::Change> SqliteSources::changes_of_run(std::int64_t run) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    // For each key that the run wrote: where it is now, and what it says when the run had not been: the last
    // word of a run that stands. What a revert wrote only repeats such a word.
    auto rows = database->query(
        "select s.uuid, l.kind, l.key, l.revision, l.digest, l.statement, l.run, l.scope, "
        "b.revision, b.digest, b.statement, b.run, b.scope "
        "from (select distinct source, kind, key from source_record where run = ?1) c "
        "join source s on s.id = c.source "
        "join source_record l on l.source = c.source and l.kind = c.kind and l.key = c.key and l.revision = "
        "(select max(m.revision) from source_record m where m.source = c.source and m.kind = c.kind and "
        "m.key = c.key) "
        "left join source_record b on b.source = c.source and b.kind = c.kind and b.key = c.key and "
        "b.revision = "
        "(select max(p.revision) from source_record p join run r on r.id = p.run where p.source = c.source "
        "and p.kind = c.kind and p.key = c.key and p.run <> ?1 and r.kind <> 'revert' and r.reverted_by = 0) "
        "order by s.uuid, l.kind, l.key");
    rows.bind(run);
    std::vector<Change> out;
    while (rows.step()) {
        Change change;
        change.source_uuid = rows.text(0);
        change.kind = rows.text(1);
        change.latest = record_row(rows, 3, rows.string(2));
        change.standing.key = change.latest.key;
        if (!rows.is_null(8)) change.standing = record_row(rows, 8, change.latest.key);
        out.push_back(std::move(change));
    }
    return out;
}

}  // namespace capbridge::store
