// The keys that a source's facts have, a page at a time, and the runs that collect what is sent to a source.
#include <nlohmann/json.hpp>

#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {
namespace {

// With max(), SQLite takes the bare columns of the row that has the maximum; grouping follows the primary
// key, so a limit ends the walk.
constexpr const char* latest_of_each =
    "select r.key, r.statement, max(r.revision), r.scope from source_record r "
    "where r.source = (select id from source where uuid = ?1) and r.kind = ?2 ";

}  // namespace

std::size_t SqliteSources::count_live(std::string_view source_uuid, std::string_view kind,
                                      std::string_view scope) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select count(*) from (" + std::string(latest_of_each) +
                                "group by r.key having r.statement is not null and r.scope = ?3)");
    rows.bind(source_uuid, kind, scope).step();
    return static_cast<std::size_t>(rows.integer(0));
}

std::vector<std::string> SqliteSources::live_keys_after(std::string_view source_uuid, std::string_view kind,
                                                        std::string_view scope, std::string_view after,
                                                        std::size_t limit) {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(latest_of_each) +
                                "and r.key > ?4 group by r.key having r.statement is not null and r.scope = "
                                "?3 order by r.key limit ?5");
    rows.bind(source_uuid, kind, scope, after, limit);
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

std::vector<std::string> SqliteSources::live_keys_below(std::string_view source_uuid, std::string_view kind,
                                                        std::string_view prefix) {
    auto database = connections_.readers.lease();
    std::string end(prefix);  // the first text behind all that begin with it
    if (!end.empty()) ++end.back();
    auto rows = database->query(
        std::string(latest_of_each) +
        "and r.key >= ?3 and (?4 = '' or r.key < ?4) group by r.key having r.statement is not null "
        "order by r.key");
    rows.bind(source_uuid, kind, prefix, end);
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

Result<std::int64_t> SqliteSources::run_of_day(const RunRow& run) {
    std::int64_t id = 0;
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        auto& database = writing.database;
        auto known = database.query(
            "select id from run where kind = ?1 and source = ?2 and what = ?3 and began >= ?4 and "
            "reverted_by = 0 order by id desc limit 1");
        known.bind(run.kind, run.source, run.what,
                   std::chrono::time_point_cast<Instant::duration>(day_of(run.began)));
        if (known.step()) {
            id = known.integer(0);
            return {};
        }
        database
            .query(
                "insert into run(org, kind, source, adapter, adapter_version, adapter_sha256, who, what, "
                "began, ended, counts, outcome, error, cursor_before) values (?1, ?2, ?3, '', '', '', ?4, "
                "?5, ?6, ?6, '{}', 'ok', '', ?7)")
            .bind(own_organisation, run.kind, run.source, run.who, run.what, run.began, run.cursor_before)
            .run();
        id = database.last_id();
        return {};
    }));
    return id;
}

Status SqliteSources::add_counts(std::int64_t run, const json& counts, Instant ended) {
    return connections_.write([&](Writing& writing) -> Status {
        auto rows = writing.database.query("select counts from run where id = ?1");
        rows.bind(run);
        if (!rows.step()) return fail("no_such_run", "There is no run " + std::to_string(run) + ".");
        auto total = nlohmann::ordered_json::parse(rows.text(0), nullptr, false);
        if (!total.is_object()) total = nlohmann::ordered_json::object();
        for (const auto& [name, value] : counts.items())
            total[name] = total.value(name, std::int64_t{0}) + value.get<std::int64_t>();
        writing.database.query("update run set counts = ?2, ended = ?3 where id = ?1")
            .bind(run, total.dump(), ended)
            .run();
        return {};
    });
}

}  // namespace capbridge::store
