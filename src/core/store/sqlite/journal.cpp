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
    if ((rows.integer(4) & flag::voiding) != 0) row.voids = uuid_text(rows.blob(6));
    row.actor = rows.text(7);
    row.body = rows.text(8);
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

std::string select_statements(std::string_view where, Journal::Bodies bodies) {
    return std::string("select s.seq, s.run, s.id, s.stored, s.flags, v.id, s.target, a.v, ") +
           (bodies == Journal::Bodies::yes ? "s.body" : "''") +
           " from statement s left join statement v on v.seq = s.voided_by left join term a on a.id = "
           "s.actor " +
           std::string(where);
}

namespace {

std::string select_decisions(std::string_view where) {
    return std::string("select ") + decision_columns + " from decision d " + std::string(where);
}

}  // namespace

std::optional<StatementRow> SqliteJournal::statement(std::string_view id,
                                                     const std::optional<std::string>& owner) {
    const auto bytes = uuid_bytes(id);
    if (bytes.empty()) return std::nullopt;
    static const auto anybodys = select_statements("where s.id = ?1");
    static const auto of_owner =
        select_statements("where s.id = ?1 and s.owner = (select id from term where v = ?2)");
    auto database = connections_.readers.lease();
    auto rows = database->query(owner ? of_owner : anybodys);
    if (owner) {
        rows.bind(Blob{bytes}, *owner);
    } else {
        rows.bind(Blob{bytes});
    }
    if (!rows.step()) return std::nullopt;
    return statement_row(rows);
}

std::vector<Entry> SqliteJournal::entries(std::int64_t after, std::size_t limit, Bodies bodies) {
    // What is committed but not published yet is not found by its keys: whoever was told of it now and looked
    // by a key would miss it for good.
    const auto upto = connections_.writer ? connections_.young().mark().seq : INT64_MAX;
    static const std::string_view after_seq = "where s.seq > ?1 and s.seq <= ?3 order by s.seq limit ?2";
    static const auto with_bodies = select_statements(after_seq);
    static const auto without_bodies = select_statements(after_seq, Bodies::no);
    static const auto decisions_sql =
        select_decisions("where d.seq > ?1 and d.seq <= ?3 order by d.seq limit ?2");
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    auto statements = database->query(bodies == Bodies::yes ? with_bodies : without_bodies);
    auto decisions = database->query(decisions_sql);
    bool statement_left = statements.bind(after, limit, upto).step();
    bool decision_left = decisions.bind(after, limit, upto).step();
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
    static const auto sql = select_statements("where s.run = ?1 order by s.seq", Bodies::no);
    auto database = connections_.readers.lease();
    auto rows = database->query(sql);
    rows.bind(run);
    std::vector<StatementRow> out;
    while (rows.step()) out.push_back(statement_row(rows));
    return out;
}

std::size_t SqliteJournal::count_of_run(std::int64_t run) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select count(*) from statement where run = ?1");
    rows.bind(run);
    return rows.step() ? static_cast<std::size_t>(rows.integer(0)) : 0;
}

std::optional<std::string> SqliteJournal::definition_of(std::string_view activity) {
    auto database = connections_.readers.lease();
    auto rows =
        database->query("select a.definition from term t join activity a on a.id = t.id where t.v = ?1");
    rows.bind(activity);
    if (!rows.step()) return std::nullopt;
    return rows.string(0);
}

std::vector<std::string> SqliteJournal::names_of(std::string_view agent_key) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select n.name from term t join agent_name n on n.agent = t.id where t.v = ?1 order by n.name");
    rows.bind(agent_key);
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

std::vector<std::string> SqliteJournal::attachments_of(std::int64_t seq) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select sha2 from statement_attachment where seq = ?1");
    rows.bind(seq);
    std::vector<std::string> out;
    while (rows.step()) out.emplace_back(rows.blob(0));
    return out;
}

Journal::Watermark SqliteJournal::watermark() {
    // What is published is committed, and found by its keys too.
    if (connections_.writer) {
        const auto mark = connections_.young().mark();
        return {mark.seq, std::max(mark.stored, connections_.writer->visible_through())};
    }
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
