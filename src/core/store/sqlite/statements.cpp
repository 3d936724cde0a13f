// statements(): a page of the journal by keys. The rarest of the given keys leads; every other one is a look
// into the posting table for each statement that the leading key names.
#include <algorithm>
#include <array>

#include "core/store/sqlite/journal.hpp"
#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {
namespace {

using Kind = xapi::Key::Kind;

struct Wanted {
    std::int64_t kind, id;
    std::int64_t rows = 0;  // counted up to a bound
};

// Nothing: a key that no statement has.
std::optional<std::vector<Wanted>> wanted_keys(Database& database, const StatementQuery& query) {
    std::vector<Wanted> out;
    const auto add = [&](Kind kind, const std::optional<std::string>& value) {
        if (!value) return true;
        const auto term = find_term(database, *value);
        if (term) out.push_back({static_cast<std::int64_t>(kind), *term});
        return term.has_value();
    };
    const bool all_known =
        add(query.related_agents ? Kind::any_agent : Kind::actor, query.agent_key) &&
        add(query.related_activities ? Kind::any_activity : Kind::object_activity, query.activity) &&
        add(Kind::registration, query.registration) && add(Kind::verb, query.verb);
    if (!all_known) return std::nullopt;
    if (out.size() > 1) {
        for (auto& key : out) {
            auto rows = database.query(
                "select count(*) from (select 1 from posting where kind = ?1 and id = ?2 limit 256)");
            rows.bind(key.kind, key.id).step();
            key.rows = rows.integer(0);
        }
        std::stable_sort(out.begin(), out.end(),
                         [](const Wanted& a, const Wanted& b) { return a.rows < b.rows; });
    }
    return out;
}

// The first seq whose statement was stored after `at`. stored grows with seq, so halving finds it and no
// index is needed.
std::int64_t first_after(Database& database, Instant at) {
    std::int64_t low = 1, high = database.integer("select max(seq) from statement") + 1;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        auto rows = database.query("select stored from statement where seq >= ?1 order by seq limit 1");
        rows.bind(middle);
        if (rows.step() && rows.instant(0) <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct Range {
    std::int64_t first = 1, last = INT64_MAX;
};

Range range_of(Database& database, const StatementQuery& query) {
    Range range;
    if (query.since) range.first = first_after(database, *query.since);
    if (query.until) range.last = first_after(database, *query.until) - 1;
    if (query.up_to_seq > 0) range.last = std::min(range.last, query.up_to_seq);
    if (query.after_seq > 0 && query.ascending) range.first = std::max(range.first, query.after_seq + 1);
    if (query.after_seq > 0 && !query.ascending) range.last = std::min(range.last, query.after_seq - 1);
    return range;
}

// Few different texts (number of keys x direction), so each connection prepares each of them once.
// ?1 first, ?2 last, ?3 limit, then kind and id of each key.
std::string page_sql(std::size_t keys, bool ascending) {
    std::string sql = std::string("select ") + statement_columns;
    // CROSS JOIN holds the planner to our order of reading. v is there for statement_row() and costs nothing:
    // what is not voided has no row in it.
    sql +=
        keys == 0
            ? " from statement s left join statement v on v.seq = s.voided_by where s.seq between ?1 and ?2"
            : " from posting k cross join statement s on s.seq = k.seq left join statement v on v.seq = "
              "s.voided_by "
              "where k.kind = ?4 and k.id = ?5 and k.seq between ?1 and ?2";
    for (std::size_t i = 1; i < keys; ++i) {
        sql += " and exists (select 1 from posting p where p.kind = ?" + std::to_string(4 + 2 * i) +
               " and p.id = ?" + std::to_string(5 + 2 * i) + " and p.seq = k.seq)";
    }
    sql += " and s.voided_by is null order by ";
    sql += keys == 0 ? "s.seq" : "k.seq";
    sql += ascending ? " limit ?3" : " desc limit ?3";
    return sql;
}

}  // namespace

std::vector<StatementRow> SqliteJournal::statements(const StatementQuery& query) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    const auto keys = wanted_keys(*database, query);
    if (!keys) return {};
    const auto range = range_of(*database, query);
    auto rows = database->query(page_sql(keys->size(), query.ascending));
    const auto& k = *keys;
    switch (k.size()) {
        case 0:
            rows.bind(range.first, range.last, query.limit);
            break;
        case 1:
            rows.bind(range.first, range.last, query.limit, k[0].kind, k[0].id);
            break;
        case 2:
            rows.bind(range.first, range.last, query.limit, k[0].kind, k[0].id, k[1].kind, k[1].id);
            break;
        case 3:
            rows.bind(range.first, range.last, query.limit, k[0].kind, k[0].id, k[1].kind, k[1].id, k[2].kind,
                      k[2].id);
            break;
        default:
            rows.bind(range.first, range.last, query.limit, k[0].kind, k[0].id, k[1].kind, k[1].id, k[2].kind,
                      k[2].id, k[3].kind, k[3].id);
    }
    std::vector<StatementRow> out;
    while (rows.step()) out.push_back(statement_row(rows));
    return out;
}

}  // namespace capbridge::store
