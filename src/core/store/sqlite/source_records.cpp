#include "core/store/sqlite/source_records.hpp"

#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/store/sqlite/catalogue.hpp"
#include "core/store/sqlite/digest.hpp"
#include "core/store/sqlite/quarantine.hpp"

namespace capbridge::store {
namespace {

// Mostly the same source again and again.
class SourceIds {
public:
    explicit SourceIds(Database& database) : database_(database) {}
    std::optional<std::int64_t> find(std::string_view uuid) {
        if (known_ && uuid == uuid_) return id_;
        auto rows = database_.query("select id from source where uuid = ?1");
        rows.bind(uuid);
        if (!rows.step()) return std::nullopt;
        uuid_ = uuid;
        known_ = true;
        return id_ = rows.integer(0);
    }

private:
    Database& database_;
    std::string uuid_;
    std::int64_t id_ = 0;
    bool known_ = false;
};

auto no_such_source(const std::string& uuid) {
    return fail("no_such_source", "There is no source of this id.", uuid);
}

}  // namespace

std::int64_t source_row_id(Database& database, std::string_view uuid) {
    return SourceIds(database).find(uuid).value_or(0);
}

Result<std::string> statement_id(std::string_view uuid) {
    auto bytes = uuid_bytes(uuid);
    if (bytes.empty()) return fail("invalid_id", "A statement's id is not a UUID.");
    return bytes;
}

Status check_source_records(Database& database, const Batch& batch) {
    SourceIds ids(database);
    std::unordered_set<std::string> seen;
    seen.reserve(batch.source_records.size());
    auto known = database.query(
        "select 1 from source_record where source = ?1 and kind = ?2 and key = ?3 and revision = ?4");
    for (const auto& record : batch.source_records) {
        const auto source = ids.find(record.source);
        if (!source) return no_such_source(record.source);
        known.bind(*source, record.kind, KeptText{record.key}, record.revision);
        const bool stored = known.step();
        known.reset();
        auto name = record.source + '\n' + record.kind + '\n' + std::to_string(record.revision) + '\n';
        name += record.key;
        // The key may be a person's number at the source, so it is not in the message.
        if (stored || !seen.insert(std::move(name)).second) {
            return fail("source_record_exists", "This revision of a source's record is stored already.",
                        record.source);
        }
        if (!record.statement.empty() && !is_uuid(record.statement))
            return fail("invalid_id", "A statement's id is not a UUID.");
    }
    if (batch.cursor && !ids.find(batch.cursor_source)) return no_such_source(batch.cursor_source);
    if (!batch.released.empty() && !ids.find(batch.quarantine_source))
        return no_such_source(batch.quarantine_source);
    for (const auto& row : batch.catalogue) {
        if (!ids.find(row.source)) return no_such_source(row.source);
    }
    for (const auto& row : batch.quarantined) {
        if (!ids.find(row.source)) return no_such_source(row.source);
    }
    return {};
}

void append_source_records(Database& database, const Batch& batch) {
    SourceIds ids(database);
    auto insert = database.query(
        "insert into source_record(source, kind, key, revision, digest, statement, run, scope) "
        "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    for (const auto& record : batch.source_records) {
        const auto source = ids.find(record.source).value_or(0);
        const auto id = uuid_bytes(record.statement);
        const auto statement = id.empty() ? std::nullopt : std::optional(KeptBlob{id});
        const PackedDigest digest(record.digest);
        if (digest.packed()) {
            insert.bind(source, record.kind, KeptText{record.key}, record.revision, KeptBlob{digest.bytes()},
                        statement, batch.run, record.scope);
        } else {
            insert.bind(source, record.kind, KeptText{record.key}, record.revision, digest.bytes(), statement,
                        batch.run, record.scope);
        }
        insert.run();
        insert.reset();
    }
    append_catalogue(database, batch);
    append_quarantine(database, batch);
    if (batch.cursor) {
        database.query("update source set cursor = ?2 where uuid = ?1")
            .bind(batch.cursor_source, *batch.cursor)
            .run();
    }
}

}  // namespace capbridge::store
