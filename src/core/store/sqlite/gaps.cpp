// What the projection cannot explain, and its digest.
#include <unordered_map>
#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/store/sqlite/projection.hpp"

namespace capbridge::store {
namespace {

// SHA-256 over a stream of any length: of each full chunk together with the digest so far.
class Digest {
public:
    void add(const Query& rows, int columns) {
        for (int i = 0; i < columns; ++i) {
            // The length keeps ("ab", "c") and ("a", "bc") apart, and NULL apart from "".
            const auto value = rows.text(i);
            chunk_ += rows.is_null(i) ? std::string("-") : std::to_string(value.size());
            chunk_ += ':';
            chunk_ += value;
        }
        chunk_ += '\n';
        if (chunk_.size() > (64u << 10)) close();
    }
    std::string hex() {
        close();
        return to_hex(so_far_);
    }

private:
    void close() {
        so_far_ = sha256(so_far_ + chunk_);
        chunk_.clear();
    }
    std::string so_far_, chunk_;
};

// Interned keys depend on the order in which things were first seen, so none is digested: the texts are, in
// their order.
struct Part {
    const char* sql;
    int columns;
};
constexpr Part digested[] = {
    {"select uuid, name, unmapped_only from person order by uuid", 3},
    {"select p.uuid, i.ordinal, i.scheme, i.issuer, i.value, i.valid_from, i.valid_to, t.v from person p "
     "join identifier i on i.person = p.id join term t on t.id = i.actor order by p.uuid, i.ordinal",
     8},
    {"select p.uuid, e.ordinal, e.unit, e.staff_group, e.job_role, e.position, e.valid_from, e.valid_to from "
     "person p "
     "join employment e on e.person = p.id order by p.uuid, e.ordinal",
     8},
    {"select p.uuid, u.deployment, u.works_with, u.valid_from, u.valid_to from person p join deployment_use "
     "u on "
     "u.person = p.id order by p.uuid, u.deployment",
     5},
    {"select person, archetype, state, origin, valid_from, valid_to, decided_by from assignment order by "
     "person, archetype",
     7},
    {"select f.seq, a.v, t.v, f.what, f.score, f.occurred, f.occurred_precision, f.expires from fact f "
     "join term a on a.id = f.actor join term t on t.id = f.activity join statement s on s.seq = f.seq "
     "join run r on r.id = s.run where r.reverted_by = 0 "
     "and not (r.kind = 'revert' and s.voided_by is not null) order by f.seq, a.v",
     8},
};
// Of one person after the other, in order of uuid: to sort everybody's evidence at once would take memory
// for all of it.
constexpr Part digested_of_person{
    "select p.uuid, q.v, r.context, r.attainment, r.reason, r.first_achieved, r.last_achieved, r.valid_to, "
    "e.body, e.overriding from person p "
    "join record r on r.person = p.id join requirement q on q.id = r.requirement "
    "left join evidence e on e.person = r.person and e.requirement = r.requirement and e.context = "
    "r.context "
    "where p.uuid = ?1 order by q.v, r.context",
    10};

}  // namespace

std::vector<Projection::UnmappedActivity> SqliteProjection::activities() {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    std::unordered_map<std::int64_t, std::vector<std::int64_t>> people_of;
    auto identifiers = database->query("select actor, person from identifier");
    while (identifiers.step()) people_of[identifiers.integer(0)].push_back(identifiers.integer(1));

    auto rows = database->query(
        "select f.activity, f.actor, count(*), t.v from fact f cross join statement s on s.seq = f.seq join "
        "term t on t.id = f.activity "
        "where s.voided_by is null group by f.activity, f.actor order by t.v");
    std::vector<UnmappedActivity> out;
    std::unordered_set<std::int64_t> people;
    std::int64_t activity = 0;
    while (rows.step()) {
        if (out.empty() || rows.integer(0) != activity) {
            activity = rows.integer(0);
            people.clear();
            out.push_back({rows.string(3)});
        }
        out.back().statements += static_cast<std::size_t>(rows.integer(2));
        if (const auto found = people_of.find(rows.integer(1)); found != people_of.end()) {
            people.insert(found->second.begin(), found->second.end());
        }
        out.back().people = people.size();
    }
    return out;
}

std::string SqliteProjection::digest() {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    Digest digest;
    for (const auto& part : digested) {
        auto rows = database->query(part.sql);
        while (rows.step()) digest.add(rows, part.columns);
    }
    auto people = database->query("select uuid from person order by uuid");
    auto rows = database->query(digested_of_person.sql);
    while (people.step()) {
        rows.bind(people.text(0));
        while (rows.step()) digest.add(rows, digested_of_person.columns);
        rows.reset();
    }
    return digest.hex();
}

}  // namespace capbridge::store
