#include "core/store/sqlite/journal.hpp"

#include <algorithm>

#include "core/base/ids.hpp"

namespace capbridge::store {

StatementRow statement_row(const Query& rows) {
    StatementRow row;
    row.seq = rows.integer(0);
    row.run = rows.integer(1);
    row.id = uuid_text(rows.blob(2));
    row.stored = rows.instant(3);
    row.timestamp_given = (rows.integer(4) & flag::timestamp_given) != 0;
    if (!rows.is_null(5)) row.voided_by = uuid_text(rows.blob(5));
    row.body = rows.text(6);
    return row;
}

DecisionRow decision_row(const Query& rows) {
    DecisionRow row;
    row.seq = rows.integer(0);
    row.run = rows.integer(1);
    row.kind = rows.text(2);
    row.key = rows.text(3);
    row.payload = rows.text(4);
    row.who = rows.text(5);
    row.recorded = rows.instant(6);
    row.valid_from = rows.day(7);
    return row;
}

namespace {

std::string select_statements(std::string_view where) {
    return std::string("select ") + statement_columns +
           " from statement s left join statement v on v.seq = s.voided_by " + std::string(where);
}

std::string select_decisions(std::string_view where) {
    return std::string("select ") + decision_columns + " from decision d " + std::string(where);
}

}  // namespace

std::optional<StatementRow> SqliteJournal::statement(std::string_view id) {
    const auto bytes = uuid_bytes(id);
    if (bytes.empty()) return std::nullopt;
    static const auto sql = select_statements("where s.id = ?1");
    auto database = connections_.readers.lease();
    auto rows = database->query(sql);
    rows.bind(Blob{bytes});
    if (!rows.step()) return std::nullopt;
    return statement_row(rows);
}

std::vector<Entry> SqliteJournal::entries(std::int64_t after, std::size_t limit) {
    static const auto statements_sql = select_statements("where s.seq > ?1 order by s.seq limit ?2");
    static const auto decisions_sql = select_decisions("where d.seq > ?1 order by d.seq limit ?2");
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    auto statements = database->query(statements_sql);
    auto decisions = database->query(decisions_sql);
    bool statement_left = statements.bind(after, limit).step();
    bool decision_left = decisions.bind(after, limit).step();
    std::vector<Entry> out;
    while (out.size() < limit && (statement_left || decision_left)) {
        if (statement_left && (!decision_left || statements.integer(0) < decisions.integer(0))) {
            out.emplace_back(statement_row(statements));
            statement_left = statements.step();
        } else {
            out.emplace_back(decision_row(decisions));
            decision_left = decisions.step();
        }
    }
    return out;
}

std::vector<DecisionRow> SqliteJournal::decisions_in_force(std::string_view kind) {
    static const auto sql = select_decisions(
        "join (select max(k.seq) as seq from decision k join run r on r.id = k.run "
        "where k.kind = ?1 and r.reverted_by = 0 group by k.key) top on top.seq = d.seq "
        "where d.payload <> '' order by d.seq");
    auto database = connections_.readers.lease();
    auto rows = database->query(sql);
    rows.bind(kind);
    std::vector<DecisionRow> out;
    while (rows.step()) out.push_back(decision_row(rows));
    return out;
}

std::optional<DecisionRow> SqliteJournal::decision_in_force(std::string_view kind, std::string_view key) {
    static const auto sql = select_decisions(
        "join run r on r.id = d.run where d.kind = ?1 and d.key = ?2 and r.reverted_by = 0 order by d.seq "
        "desc limit 1");
    auto database = connections_.readers.lease();
    auto rows = database->query(sql);
    rows.bind(kind, key);
    if (!rows.step() || rows.text(4).empty()) return std::nullopt;
    return decision_row(rows);
}

std::vector<DecisionRow> SqliteJournal::decisions_of_run(std::int64_t run) {
    static const auto sql = select_decisions("where d.run = ?1 order by d.seq");
    auto database = connections_.readers.lease();
    auto rows = database->query(sql);
    rows.bind(run);
    std::vector<DecisionRow> out;
    while (rows.step()) out.push_back(decision_row(rows));
    return out;
}

std::vector<StatementRow> SqliteJournal::statements_of_run(std::int64_t run) {
    static const auto sql = select_statements("where s.run = ?1 order by s.seq");
    auto database = connections_.readers.lease();
    auto rows = database->query(sql);
    rows.bind(run);
    std::vector<StatementRow> out;
    while (rows.step()) out.push_back(statement_row(rows));
    return out;
}

Journal::Watermark SqliteJournal::watermark() {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    Watermark watermark;
    for (const auto* sql : {"select seq, stored from statement order by seq desc limit 1",
                            "select seq, recorded from decision order by seq desc limit 1"}) {
        auto rows = database->query(sql);
        if (!rows.step()) continue;
        watermark.seq = std::max(watermark.seq, rows.integer(0));
        watermark.stored = std::max(watermark.stored, rows.instant(1));
    }
    return watermark;
}

}  // namespace capbridge::store
