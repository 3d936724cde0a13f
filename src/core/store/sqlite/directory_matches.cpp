// Whose statements are: each is looked at on the day of what it tells, or on the day on which it was stored
// when it does not say.
#include "core/store/sqlite/projection.hpp"

namespace capbridge::store {
namespace {

static_assert(static_cast<int>(When::Precision::unknown) == 2);

// For a fact f, its statement s and an identifier i.
constexpr std::string_view valid_then =
    "i.actor = f.actor and (i.valid_from is null or i.valid_from * 86400000 <= "
    "case f.occurred_precision when 2 then s.stored else f.occurred end) "
    "and (i.valid_to is null or (i.valid_to + 1) * 86400000 > "
    "case f.occurred_precision when 2 then s.stored else f.occurred end)";

}  // namespace

std::vector<Projection::Unresolved> SqliteProjection::unresolved(std::size_t limit) {
    static const auto sql =
        "select t.v, count(*), max(f.seq) from fact f cross join statement s on s.seq = f.seq "
        "join term t on t.id = f.actor where not exists (select 1 from identifier i where " +
        std::string(valid_then) +
        ") and s.voided_by is null group by f.actor order by count(*) desc, t.v limit ?1";
    auto database = connections_.readers.lease();
    auto rows = database->query(sql);
    rows.bind(limit);
    std::vector<Unresolved> out;
    while (rows.step())
        out.push_back({rows.string(0), static_cast<std::size_t>(rows.integer(1)), rows.integer(2)});
    return out;
}

std::vector<MatchRow> SqliteProjection::matches(const std::optional<std::string>& owner) {
    static const auto sql =
        "select o.v, a.v, x.people, count(*) from (select s.owner as owner, f.actor as actor, (select "
        "count(distinct i.person) from identifier i where " +
        std::string(valid_then) +
        ") as people from fact f cross join statement s on s.seq = f.seq join run r on r.id = s.run "
        "where s.voided_by is null and r.reverted_by = 0 "
        "and (?1 is null or s.owner = (select id from term where v = ?1))) x "
        "left join term o on o.id = x.owner join term a on a.id = x.actor "
        "group by x.owner, x.actor, x.people order by o.v, a.v, x.people";
    auto database = connections_.readers.lease();
    auto rows = database->query(sql);
    rows.bind(owner);
    std::vector<MatchRow> out;
    while (rows.step()) {
        out.push_back({rows.string(0), rows.string(1), static_cast<std::size_t>(rows.integer(2)),
                       static_cast<std::size_t>(rows.integer(3))});
    }
    return out;
}

}  // namespace capbridge::store
