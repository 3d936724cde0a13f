#include "core/store/sqlite/catalogue.hpp"

#include "core/store/sqlite/source_records.hpp"
#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {
namespace {

constexpr const char* select_rows =
    "select s.uuid, c.kind, c.id, c.iri, c.title, c.type, c.parent, c.url, c.language, c.revision, c.scope "
    "from catalogue c join source s on s.id = c.source ";

CatalogueRow catalogue_row_of(const Query& rows) {
    return {rows.string(0), rows.string(1), rows.string(2), rows.string(3), rows.string(4), rows.string(5),
            rows.string(6), rows.string(7), rows.string(8), rows.string(9), rows.string(10)};
}

}  // namespace

void append_catalogue(Database& database, const Batch& batch) {
    for (const auto& row : batch.catalogue) {
        database
            .query(
                "insert or replace into catalogue(source, kind, id, iri, title, type, parent, url, language, "
                "revision, scope) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
            .bind(source_row_id(database, row.source), row.kind, row.id, row.iri, row.title, row.type,
                  row.parent, row.url, row.language, row.revision, row.scope)
            .run();
    }
    for (const auto& gone : batch.catalogue_gone) {
        database.query("delete from catalogue where source = ?1 and kind = ?2 and id = ?3")
            .bind(source_row_id(database, gone.source), gone.kind, gone.id)
            .run();
    }
}

std::vector<CatalogueRow> SqliteSources::catalogue(std::string_view source_uuid, std::string_view kind) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        std::string(select_rows) +
        "where (?1 = '' or s.uuid = ?1) and (?2 = '' or c.kind = ?2) order by s.name, c.kind, c.id");
    rows.bind(source_uuid, kind);
    std::vector<CatalogueRow> out;
    while (rows.step()) out.push_back(catalogue_row_of(rows));
    return out;
}

std::optional<CatalogueRow> SqliteSources::catalogue_row(std::string_view source_uuid, std::string_view kind,
                                                         std::string_view id) {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_rows) + "where s.uuid = ?1 and c.kind = ?2 and c.id = ?3");
    rows.bind(source_uuid, kind, id);
    if (!rows.step()) return std::nullopt;
    return catalogue_row_of(rows);
}

}  // namespace capbridge::store
