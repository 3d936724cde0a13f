// Reading people: by id, by identifier, by what their agents are, by search.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "core/base/text.hpp"
#include "core/store/sqlite/key_walk.hpp"
#include "core/store/sqlite/projection.hpp"
#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {
namespace {

people::Assignment assignment_row(const Query& rows) {
    people::Assignment out;
    out.person = rows.text(0);
    out.archetype = rows.text(1);
    out.state = static_cast<people::Assignment::State>(rows.integer(2));
    out.origin = rows.text(3);
    out.from = rows.day(4);
    out.to = rows.day(5);
    out.decided_by = rows.text(6);
    return out;
}

// The text as a LIKE pattern that finds it anywhere, its own wildcards taken literally.
std::string like_anywhere(std::string_view text) {
    std::string out = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out + "%";
}

constexpr std::string_view from_matching_people =
    " from person p where "
    "(?1 = '' or p.name like ?2 escape '\\' "
    " or exists (select 1 from identifier i where i.person = p.id and i.value like ?2 escape '\\')) "
    "and ((?3 = '' and ?4 = '' and ?5 = '') or exists (select 1 from employment e where e.person = p.id "
    " and (?3 = '' or e.unit = ?3) and (?4 = '' or e.staff_group = ?4) and (?5 = '' or e.job_role = ?5))) "
    "and (?6 = '' or exists (select 1 from assignment a where a.person = p.uuid and a.archetype = ?6 and "
    "a.state = ?8)) "
    "and (?7 = 0 or not exists (select 1 from assignment a where a.person = p.uuid and a.state = ?8)) ";

void bind_people(Query& rows, const PeopleQuery& query, std::int64_t limit, std::int64_t offset) {
    rows.bind(query.text, like_anywhere(query.text), query.unit, query.staff_group, query.job_role,
              query.archetype, query.unassigned, static_cast<int>(people::Assignment::State::confirmed),
              limit, offset);
}

}  // namespace

std::optional<PersonRow> find_person(Database& database, std::string_view uuid) {
    auto rows = database.query("select id, uuid, name, unmapped_only from person where uuid = ?1");
    rows.bind(uuid);
    if (!rows.step()) return std::nullopt;
    return PersonRow{rows.integer(0), rows.string(1), rows.string(2), rows.integer(3) != 0};
}

people::Person read_person(Database& database, const PersonRow& row) {
    people::Person out;
    out.id = row.uuid;
    out.name = row.name;
    auto identifiers = database.query(
        "select scheme, issuer, value, valid_from, valid_to from identifier where person = ?1 order by "
        "ordinal");
    identifiers.bind(row.key);
    while (identifiers.step()) {
        out.identifiers.push_back({identifiers.string(0), identifiers.string(1), identifiers.string(2),
                                   identifiers.day(3), identifiers.day(4)});
    }
    auto employments = database.query(
        "select unit, staff_group, job_role, position, valid_from, valid_to from employment where person = "
        "?1 order by ordinal");
    employments.bind(row.key);
    while (employments.step()) {
        out.employments.push_back({employments.string(0), employments.string(1), employments.string(2),
                                   employments.string(3), employments.day(4), employments.day(5)});
    }
    auto uses = database.query(
        "select deployment, works_with, valid_from, valid_to from deployment_use where person = ?1 order by "
        "deployment");
    uses.bind(row.key);
    while (uses.step()) out.uses.push_back({uses.string(0), uses.integer(1) != 0, uses.day(2), uses.day(3)});
    return out;
}

std::vector<people::Assignment> read_assignments(Database& database, std::string_view uuid) {
    auto rows = database.query(
        "select person, archetype, state, origin, valid_from, valid_to, decided_by from assignment where "
        "person = ?1 "
        "order by archetype");
    rows.bind(uuid);
    std::vector<people::Assignment> out;
    while (rows.step()) out.push_back(assignment_row(rows));
    return out;
}

std::optional<people::Person> SqliteProjection::person(std::string_view id) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    const auto row = find_person(*database, id);
    if (!row) return std::nullopt;
    return read_person(*database, *row);
}

std::optional<std::string> SqliteProjection::person_by_identifier(std::string_view scheme,
                                                                  std::string_view issuer,
                                                                  std::string_view value) {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select p.uuid from identifier i join person p on p.id = i.person where i.scheme = ?1 and i.issuer = "
        "?2 and i.value = ?3 "
        "order by i.valid_to is null desc, i.valid_to desc, i.valid_from desc, p.uuid limit 1");
    rows.bind(scheme, issuer, value);
    if (rows.step()) return rows.string(0);
    if (scheme != "email" || lower_ascii(value) == value) return std::nullopt;
    rows.reset();
    rows.bind(scheme, issuer, lower_ascii(value));
    if (rows.step()) return rows.string(0);
    return std::nullopt;
}

std::vector<std::string> SqliteProjection::people_of_actors(const std::vector<std::string>& actors) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    std::set<std::string> out;
    auto rows = database->query(
        "select p.uuid from term t join identifier i on i.actor = t.id join person p on p.id = i.person "
        "where t.v = ?1");
    for (const auto& actor : actors) {
        rows.bind(actor);
        while (rows.step()) out.insert(rows.string(0));
        rows.reset();
    }
    return {out.begin(), out.end()};
}

std::vector<std::string> SqliteProjection::people_of_activities(const std::vector<std::string>& activities) {
    auto database = connections_.readers.lease();
    const KeySnapshot snapshot(connections_, *database);
    std::unordered_set<std::int64_t> actors;
    auto fact = database->query("select actor from fact where seq = ?1");
    for (const auto& activity : activities) {
        const auto term = find_term(*database, activity);
        if (!term) continue;
        for (const auto seq : seqs_of(snapshot, {posting_kind::object_activity, *term})) {
            if (fact.bind(seq).step()) actors.insert(fact.integer(0));
            fact.reset();
        }
    }
    std::set<std::string> out;
    auto rows = database->query(
        "select p.uuid from identifier i join person p on p.id = i.person where i.actor = ?1");
    for (const auto actor : actors) {
        rows.bind(actor);
        while (rows.step()) out.insert(rows.string(0));
        rows.reset();
    }
    return {out.begin(), out.end()};
}

std::vector<std::string> SqliteProjection::all_people() {
    auto database = connections_.readers.lease();
    auto rows = database->query("select uuid from person order by uuid");
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

std::vector<people::Assignment> SqliteProjection::assignments_of(std::string_view person) {
    auto database = connections_.readers.lease();
    return read_assignments(*database, person);
}

std::vector<people::Assignment> SqliteProjection::assignments() {
    auto database = connections_.readers.lease();
    auto rows = database->query(
        "select person, archetype, state, origin, valid_from, valid_to, decided_by from assignment order by "
        "person, archetype");
    std::vector<people::Assignment> out;
    while (rows.step()) out.push_back(assignment_row(rows));
    return out;
}

std::pair<std::vector<people::Person>, std::size_t> SqliteProjection::find_people(const PeopleQuery& query) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    std::pair<std::vector<people::Person>, std::size_t> out;
    auto total = database->query(std::string("select count(*), ?9, ?10") + std::string(from_matching_people));
    bind_people(total, query, 0, 0);
    if (total.step()) out.second = static_cast<std::size_t>(total.integer(0));
    auto rows =
        database->query(std::string("select p.id, p.uuid, p.name") + std::string(from_matching_people) +
                        "order by p.name collate nocase, p.uuid limit ?9 offset ?10");
    bind_people(rows, query, static_cast<std::int64_t>(query.limit), static_cast<std::int64_t>(query.offset));
    while (rows.step())
        out.first.push_back(read_person(*database, {rows.integer(0), rows.string(1), rows.string(2), false}));
    return out;
}

}  // namespace capbridge::store
