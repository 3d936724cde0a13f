#include "core/store/sqlite/source_records.hpp"

#include <set>
#include <tuple>

#include "core/base/ids.hpp"
#include "core/store/sqlite/digest.hpp"

namespace capbridge::store {
namespace {

std::optional<std::int64_t> find_source(Database& database, std::string_view uuid) {
    auto rows = database.query("select id from source where uuid = ?1");
    rows.bind(uuid);
    if (!rows.step()) return std::nullopt;
    return rows.integer(0);
}

auto no_such_source(const std::string& uuid) {
    return fail("no_such_source", "There is no source of this id.", uuid);
}

}  // namespace

Result<std::string> statement_id(std::string_view uuid) {
    auto bytes = uuid_bytes(uuid);
    if (bytes.empty()) return fail("invalid_id", "A statement's id is not a UUID.");
    return bytes;
}

Status check_source_records(Database& database, const Batch& batch) {
    std::set<std::tuple<std::string_view, std::string_view, std::string_view, int>> seen;
    for (const auto& record : batch.source_records) {
        const auto source = find_source(database, record.source);
        if (!source) return no_such_source(record.source);
        auto known = database.query(
            "select 1 from source_record where source = ?1 and kind = ?2 and key = ?3 and revision = ?4");
        known.bind(*source, record.kind, record.key, record.revision);
        // The key may be a person's number at the source, so it is not in the message.
        if (known.step() || !seen.emplace(record.source, record.kind, record.key, record.revision).second) {
            return fail("source_record_exists", "This revision of a source's record is stored already.",
                        record.source);
        }
        if (!record.statement.empty()) CAPBRIDGE_TRY(statement_id(record.statement));
    }
    if (batch.cursor && !find_source(database, batch.cursor_source))
        return no_such_source(batch.cursor_source);
    return {};
}

void append_source_records(Database& database, const Batch& batch) {
    for (const auto& record : batch.source_records) {
        const auto source = find_source(database, record.source).value_or(0);
        const auto id = uuid_bytes(record.statement);
        const auto statement = id.empty() ? std::nullopt : std::optional(Blob{id});
        const PackedDigest digest(record.digest);
        auto insert = database.query(
            "insert into source_record(source, kind, key, revision, digest, statement, run, scope) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        if (digest.packed()) {
            insert.bind(source, record.kind, record.key, record.revision, Blob{digest.bytes()}, statement,
                        batch.run, record.scope);
        } else {
            insert.bind(source, record.kind, record.key, record.revision, digest.bytes(), statement,
                        batch.run, record.scope);
        }
        insert.run();
    }
    if (batch.cursor) {
        database.query("update source set cursor = ?2 where uuid = ?1")
            .bind(batch.cursor_source, *batch.cursor)
            .run();
    }
}

}  // namespace capbridge::store
