// What people are composed of: what is said of them, who claims which identifier, and merges.
#include <algorithm>
#include <set>

#include "core/store/sqlite/projection.hpp"

namespace capbridge::store {
namespace {

// A ring of merges, or a chain longer than anybody makes, ends here.
constexpr std::size_t longest_chain = 10000;

std::string merge_of(Database& database, std::string_view person) {
    auto rows = database.query("select into_person from merged where person = ?1");
    rows.bind(person);
    return rows.step() ? rows.string(0) : std::string();
}

std::vector<std::string> all_merged_into(Database& database, std::string_view person) {
    std::set<std::string> found;
    std::vector<std::string> next{std::string(person)};
    while (!next.empty() && found.size() < longest_chain) {
        const auto into = std::move(next.back());
        next.pop_back();
        auto rows = database.query("select person from merged where into_person = ?1");
        rows.bind(into);
        while (rows.step()) {
            auto one = rows.string(0);
            if (one != person && found.insert(one).second) next.push_back(std::move(one));
        }
    }
    return {found.begin(), found.end()};
}

}  // namespace

void put_stale(Database& database, std::string_view person, bool fold) {
    if (person.empty()) return;
    database
        .query(
            "insert into stale(person, fold) values (?1, ?2) on conflict(person) do update set fold = "
            "max(fold, excluded.fold)")
        .bind(person, fold)
        .run();
}

void put_composed(Database& database, std::string_view person) {
    database.query("delete from stale where person = ?1 and fold = 0").bind(person).run();
}

void put_folded(Database& database, std::string_view person) {
    database.query("delete from stale where person = ?1").bind(person).run();
}

void put_everyone_stale(Database& database) {
    database.query("insert or replace into stale select distinct person, 1 from said where person <> ''")
        .run();
}

void put_said(Database& database, const ProjectionBatch::SaidChange& change) {
    // Records do not depend on archetypes: a matrix does.
    const bool fold = change.kind != "assignment" && change.kind != "directory.archetype_hint";
    {
        auto before = database.query("select person from said where kind = ?1 and key = ?2");
        before.bind(change.kind, change.key);
        if (before.step()) put_stale(database, before.string(0), fold);  // may have lost it
    }
    if (change.seq == 0) {
        database.query("delete from said where kind = ?1 and key = ?2").bind(change.kind, change.key).run();
        return;
    }
    database.query("insert or replace into said(kind, key, person, seq, scope) values (?1, ?2, ?3, ?4, ?5)")
        .bind(change.kind, change.key, change.person, change.seq, change.scope)
        .run();
    put_stale(database, change.person, fold);
}

void put_merge(Database& database, const ProjectionBatch::MergeChange& change) {
    put_stale(database, change.person);
    put_stale(database, merge_of(database, change.person));
    put_stale(database, change.into);
    // Of a ring that is opened, each may be somebody again.
    for (const auto& one : all_merged_into(database, change.person)) put_stale(database, one);
    if (change.into.empty()) {
        database.query("delete from merged where person = ?1").bind(change.person).run();
    } else {
        database.query("insert or replace into merged(person, into_person) values (?1, ?2)")
            .bind(change.person, change.into)
            .run();
    }
}

void put_claims(Database& database, const ProjectionBatch::ClaimsChange& change) {
    constexpr const char* others_of_present =
        "insert or replace into stale select distinct o.person, 1 from claim c join claim o on o.identifier "
        "= c.identifier where c.person = ?1 and o.person <> ?1";
    std::vector<std::string> before;
    {
        auto rows = database.query("select identifier from claim where person = ?1 order by identifier");
        rows.bind(change.person);
        while (rows.step()) before.push_back(rows.string(0));
    }
    database.query(others_of_present).bind(change.person).run();
    if (before == change.keys) return;
    database.query("delete from claim where person = ?1").bind(change.person).run();
    for (const auto& key : change.keys) {
        database.query("insert or ignore into claim(identifier, person) values (?1, ?2)")
            .bind(key, change.person)
            .run();
    }
    database.query(others_of_present).bind(change.person).run();
}

std::vector<std::string> SqliteProjection::stale() {
    auto database = connections_.readers.lease();
    auto rows = database->query("select person from stale order by person");
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

std::vector<people::Said> SqliteProjection::said_of(std::string_view person, std::string_view kind_prefix) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    auto members = all_merged_into(*database, person);
    members.insert(members.begin(), std::string(person));
    auto rows = database->query(
        "select s.kind, s.key, d.payload, s.seq from said s join decision d on d.seq = s.seq where s.person "
        "= ?1 and s.person <> '' and substr(s.kind, 1, length(?2)) = ?2 order by s.kind, s.key");
    std::vector<people::Said> out;
    for (const auto& member : members) {
        rows.bind(member, kind_prefix);
        while (rows.step())
            out.push_back({rows.string(0), rows.string(1), member, rows.string(2), rows.integer(3)});
        rows.reset();
    }
    return out;
}

std::vector<std::string> SqliteProjection::said_keys(std::string_view kind, std::string_view prefix,
                                                     std::string_view scope) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select key from said where kind = ?1 and key >= ?2 and substr(key, 1, length(?2)) = ?2 and scope = "
        "?3 order by key");
    rows.bind(kind, prefix, scope);
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

std::optional<std::string> SqliteProjection::said_person(std::string_view kind, std::string_view key) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select person from said where kind = ?1 and key = ?2");
    rows.bind(kind, key);
    if (!rows.step()) return std::nullopt;
    return rows.string(0);
}

std::vector<std::string> SqliteProjection::claimants(std::string_view identifier_key) {
    auto database = connections_.readers.lease();
    auto rows = database->query("select person from claim where identifier = ?1 order by person");
    rows.bind(identifier_key);
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

std::vector<std::string> SqliteProjection::contested() {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select identifier from claim group by identifier having count(*) > 1 order by identifier");
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

std::string SqliteProjection::survivor(std::string_view person) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    std::vector<std::string> way{std::string(person)};
    while (way.size() < longest_chain) {
        auto next = merge_of(*database, way.back());
        if (next.empty()) return way.back();
        const auto ring = std::find(way.begin(), way.end(), next);
        if (ring != way.end()) return *std::min_element(ring, way.end());
        way.push_back(std::move(next));
    }
    return way.back();
}

std::vector<std::string> SqliteProjection::merged_into(std::string_view person) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    return all_merged_into(*database, person);
}

std::size_t SqliteProjection::in_post(Day day) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select count(distinct person) from employment where (valid_from is null or valid_from <= ?1) and "
        "(valid_to is null or valid_to >= ?1)");
    rows.bind(day);
    return rows.step() ? static_cast<std::size_t>(rows.integer(0)) : 0;
}

}  // namespace capbridge::store
