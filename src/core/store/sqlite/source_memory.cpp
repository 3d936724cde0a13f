// What sources remember from run to run.
#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {

std::optional<std::string> SqliteSources::memory(std::string_view source_uuid, std::string_view key) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select m.value from source_memory m join source s on s.id = m.source where s.uuid = ?1 and m.key = "
        "?2");
    rows.bind(source_uuid, key);
    if (!rows.step()) return std::nullopt;
    return rows.string(0);
}

std::vector<std::pair<std::string, std::string>> SqliteSources::memories(std::string_view source_uuid,
                                                                         std::string_view prefix) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select m.key, m.value from source_memory m join source s on s.id = m.source "
        "where s.uuid = ?1 and substr(m.key, 1, length(?2)) = ?2 order by m.key");
    rows.bind(source_uuid, prefix);
    std::vector<std::pair<std::string, std::string>> out;
    while (rows.step()) out.emplace_back(rows.string(0), rows.string(1));
    return out;
}

Status SqliteSources::set_memory(std::string_view source_uuid, std::string_view key, std::string_view value) {
    return connections_.write([&](Writing& writing) -> Status {
        auto& database = writing.database;
        auto source = database.query("select id from source where uuid = ?1");
        source.bind(source_uuid);
        if (!source.step())
            return fail("no_such_source", "There is no source of this id.", std::string(source_uuid));
        const auto id = source.integer(0);
        if (value.empty()) {
            database.query("delete from source_memory where source = ?1 and key = ?2").bind(id, key).run();
        } else {
            database
                .query(
                    "insert into source_memory(source, key, value) values (?1, ?2, ?3) "
                    "on conflict(source, key) do update set value = excluded.value")
                .bind(id, key, value)
                .run();
        }
        return {};
    });
}

}  // namespace capbridge::store
