#include <map>

#include "core/store/sqlite/sources.hpp"

namespace capbridge::store {
namespace {

constexpr const char* select_run =
    "select id, kind, source, adapter, adapter_version, adapter_sha256, who, what, began, ended, counts, "
    "outcome, error, "
    "cursor_before, reverted_by from run ";

RunRow run_row(const Query& rows) {
    RunRow row;
    row.id = rows.integer(0);
    row.kind = rows.text(1);
    row.source = rows.text(2);
    row.adapter = rows.text(3);
    row.adapter_version = rows.text(4);
    row.adapter_sha256 = rows.text(5);
    row.who = rows.text(6);
    row.what = rows.text(7);
    row.began = rows.instant(8);
    if (!rows.is_null(9)) row.ended = rows.instant(9);
    row.counts = rows.text(10);
    row.outcome = rows.text(11);
    row.error = rows.text(12);
    row.cursor_before = rows.text(13);
    row.reverted_by = rows.integer(14);
    return row;
}

Status one_changed(Database& database, std::int64_t run) {
    if (database.changes() == 0) return fail("no_such_run", "There is no run " + std::to_string(run) + ".");
    return {};
}

// Of one run; the rest is counted in its counts, and the same reason a thousand times tells nothing new.
constexpr std::int64_t max_rejected = 1000;

}  // namespace

Result<std::int64_t> SqliteSources::begin_run(const RunRow& run) {
    std::int64_t id = 0;
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        writing.database
            .query(
                "insert into run(org, kind, source, adapter, adapter_version, adapter_sha256, who, what, "
                "began, counts, "
                "outcome, error, cursor_before) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
                "?13)")
            .bind(own_organisation, run.kind, run.source, run.adapter, run.adapter_version,
                  run.adapter_sha256, run.who, run.what, run.began, run.counts, run.outcome, run.error,
                  run.cursor_before)
            .run();
        id = writing.database.last_id();
        return {};
    }));
    return id;
}

Status SqliteSources::end_run(const RunRow& run) {
    return connections_.write([&](Writing& writing) {
        writing.database
            .query("update run set ended = ?2, counts = ?3, outcome = ?4, error = ?5 where id = ?1")
            .bind(run.id, run.ended, run.counts, run.outcome, run.error)
            .run();
        return one_changed(writing.database, run.id);
    });
}

std::vector<RunRow> SqliteSources::runs(std::size_t limit) {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_run) + "order by id desc limit ?1");
    rows.bind(limit);
    std::vector<RunRow> out;
    while (rows.step()) out.push_back(run_row(rows));
    return out;
}

std::vector<RunRow> SqliteSources::runs_of_source(std::string_view source, std::size_t limit) {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_run) + "where source = ?1 order by id desc limit ?2");
    rows.bind(source, limit);
    std::vector<RunRow> out;
    while (rows.step()) out.push_back(run_row(rows));
    return out;
}

std::optional<RunRow> SqliteSources::run(std::int64_t id) {
    auto database = connections_.readers.lease();
    auto rows = database->query(std::string(select_run) + "where id = ?1");
    rows.bind(id);
    if (!rows.step()) return std::nullopt;
    return run_row(rows);
}

Status SqliteSources::close_interrupted_runs(Instant now) {
    return connections_.write([&](Writing& writing) -> Status {
        writing.database.query("update run set ended = ?1, outcome = 'interrupted' where ended is null")
            .bind(now)
            .run();
        return {};
    });
}

Status SqliteSources::add_rejected(const std::vector<RejectedRow>& rejected) {
    return connections_.write([&](Writing& writing) -> Status {
        std::map<std::int64_t, std::int64_t> kept;
        auto insert =
            writing.database.query("insert into rejected(run, place, code, message) values (?1, ?2, ?3, ?4)");
        for (const auto& row : rejected) {
            const auto [count, fresh] = kept.try_emplace(row.run, 0);
            if (fresh) {
                auto rows = writing.database.query("select count(*) from rejected where run = ?1");
                rows.bind(row.run).step();
                count->second = rows.integer(0);
            }
            if (count->second >= max_rejected) continue;
            insert.bind(row.run, row.where, row.code, row.message).run();
            insert.reset();
            ++count->second;
        }
        return {};
    });
}

std::vector<RejectedRow> SqliteSources::rejected(std::int64_t run) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select run, place, code, message from rejected where run = ?1 order by id");
    rows.bind(run);
    std::vector<RejectedRow> out;
    while (rows.step()) out.push_back({rows.integer(0), rows.string(1), rows.string(2), rows.string(3)});
    return out;
}

}  // namespace capbridge::store
