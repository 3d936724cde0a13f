// Reading facts and records, one person's or everybody's.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/store/sqlite/key_walk.hpp"
#include "core/store/sqlite/projection.hpp"
#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {
namespace {

competency::Record record_row(const Query& rows, int requirement) {
    competency::Record out;
    out.requirement = requirement;
    out.context = rows.text(1);
    out.attainment = static_cast<competency::Attainment>(rows.integer(2));
    out.reason = static_cast<competency::Reason>(rows.integer(3));
    out.first_achieved = rows.day(4);
    out.last_achieved = rows.day(5);
    out.valid_to = rows.day(6);
    out.overriding.kind = static_cast<competency::Override::Kind>(rows.integer(7));
    out.overriding.from = rows.day(8);
    out.overriding.until = rows.day(9);
    return out;
}

std::vector<competency::Contribution> evidence_from(std::string_view text) {
    std::vector<competency::Contribution> out;
    const auto array = json::parse(text, nullptr, false);  // written by ourselves: no limits to check
    if (array.is_discarded()) throw Failure(sqlite_error(SQLITE_CORRUPT, "evidence"));
    for (const auto& contribution : array) out.push_back(competency::contribution_from_json(contribution));
    return out;
}

// From columns seq, id, activity, what, score, occurred, occurred_precision, expires, voided_by.
competency::Fact fact_row(const Query& rows) {
    competency::Fact out;
    out.seq = rows.integer(0);
    out.statement = uuid_text(rows.blob(1));
    out.activity = rows.text(2);
    out.what = static_cast<competency::Fact::What>(rows.integer(3));
    if (!rows.is_null(4)) out.score = rows.real(4);
    out.occurred.at = rows.instant(5);
    out.occurred.precision = static_cast<When::Precision>(rows.integer(6));
    out.expires = rows.day(7);
    out.voided = !rows.is_null(8);
    return out;
}

bool is_wanted(Database& database, const ActivityFilter& filter, std::int64_t activity) {
    if (const auto known = filter.known(activity)) return *known;
    auto rows = database.query("select v from term where id = ?1");
    rows.bind(activity);
    return rows.step() && filter.wants(activity, rows.text(0));
}

// What the filter says of the fact of `seq`; absent when it is not the actor's.
std::optional<bool> is_wanted_fact(Database& database, const ActivityFilter& filter, std::int64_t seq,
                                   std::int64_t actor) {
    if (const auto known = filter.known_fact(seq)) return known;
    // A fact is a few bytes; its statement, which says whether it is voided, is a page of its own.
    auto about = database.query("select activity from fact where seq = ?1 and actor = ?2");
    if (!about.bind(seq, actor).step()) return std::nullopt;
    const bool wanted = is_wanted(database, filter, about.integer(0));
    filter.tell_fact(seq, wanted);
    return wanted;
}

// A fact counts as of the day on which it was stored when it has none.
bool is_of(const people::Identifier& identifier, const competency::Fact& fact, Instant stored) {
    const bool undated = fact.occurred.precision == When::Precision::unknown;
    return identifier.valid_on(day_of(undated ? stored : fact.occurred.at));
}

// Adds the fact of `seq`, about something that is not wanted, if it stands.
bool take_other(Query& rows, std::int64_t seq, std::int64_t actor, const people::Identifier& identifier,
                std::vector<competency::Fact>& out) {
    bool stands = false;
    if (rows.bind(seq, actor).step()) {
        auto fact = fact_row(rows);
        stands = !fact.voided && fact.what != competency::Fact::What::other &&
                 is_of(identifier, fact, rows.instant(9));
        fact.activity.clear();
        if (stands) out.push_back(std::move(fact));
    }
    rows.reset();
    return stands;
}

}  // namespace

std::vector<int> Requirements::by_row(Database& database) const {
    std::vector<int> out;
    auto rows = database.query("select id, v from requirement order by id");
    while (rows.step()) {
        const auto row = static_cast<std::size_t>(rows.integer(0));
        if (out.size() <= row) out.resize(row + 1, -1);
        const auto known = index.find(rows.string(1));
        if (known != index.end()) out[row] = known->second;
    }
    return out;
}

// Its dates alone would tell it wrongly (competency::state_at): evidence that is dated ahead bridges a gap
// before it, and a failure that is dated ahead has not happened. There are few.
bool needs_its_evidence(const competency::Record& record, Day today) {
    return record.attainment == competency::Attainment::contradicted ||
           (record.last_achieved && *record.last_achieved > today);
}

std::vector<competency::Record> read_records(Database& database, std::int64_t person,
                                             const std::vector<int>& index_of_row, bool with_evidence) {
    // The name of a column is the price of a join: a matrix reads a million rows here, and no evidence.
    auto rows = database.query(
        with_evidence
            ? "select r.requirement, r.context, r.attainment, r.reason, r.first_achieved, r.last_achieved, "
              "r.valid_to, r.overriding, r.override_from, r.override_until, e.body, e.overriding "
              "from record r left join evidence e on e.person = r.person and e.requirement = r.requirement "
              "and e.context = r.context where r.person = ?1"
            : "select requirement, context, attainment, reason, first_achieved, last_achieved, valid_to, "
              "overriding, override_from, override_until from "
              "record "
              "where person = ?1");
    rows.bind(person);
    auto bodies =
        database.query("select body from evidence where person = ?1 and requirement = ?2 and context = ?3");
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    std::vector<competency::Record> out;
    out.reserve(64);
    bool sorted = true;
    while (rows.step()) {
        const auto row = static_cast<std::size_t>(rows.integer(0));
        const int requirement = row < index_of_row.size() ? index_of_row[row] : -1;
        if (requirement < 0) continue;
        auto record = record_row(rows, requirement);
        if (with_evidence && !rows.is_null(10)) {
            record.evidence = evidence_from(rows.text(10));
            if (const auto said = rows.text(11); !said.empty())
                record.overriding = competency::override_from_json(json::parse(said, nullptr, false));
        } else if (!with_evidence && needs_its_evidence(record, today)) {
            if (bodies.bind(person, rows.integer(0), rows.text(1)).step())
                record.evidence = evidence_from(bodies.text(0));
            bodies.reset();
        }
        sorted = sorted && (out.empty() || out.back().requirement <= requirement);
        out.push_back(std::move(record));
    }
    // Rows come in the order of the first framework that was folded; another one may have another.
    if (!sorted) {
        std::sort(out.begin(), out.end(), [](const competency::Record& a, const competency::Record& b) {
            return a.requirement != b.requirement ? a.requirement < b.requirement : a.context < b.context;
        });
    }
    return out;
}

std::int64_t SqliteProjection::cursor() {
    return connections_.readers.lease()->integer("select cursor from projection");
}

std::string SqliteProjection::folded_by() {
    auto database = connections_.readers.lease();
    auto rows = database->query("select folded_by from projection");
    return rows.step() ? rows.string(0) : std::string();
}

std::vector<competency::Fact> SqliteProjection::facts_of(const people::Person& person,
                                                         const std::vector<std::string>& actors,
                                                         const ActivityFilter* wanted) {
    auto database = connections_.readers.lease();
    const KeySnapshot snapshot(connections_, *database);
    auto rows = database->query(
        "select f.seq, s.id, a.v, f.what, f.score, f.occurred, f.occurred_precision, f.expires, s.voided_by, "
        "s.stored "
        "from fact f join statement s on s.seq = f.seq join term a on a.id = f.activity "
        "join run r on r.id = s.run where f.seq = ?1 and f.actor = ?2 and r.reverted_by = 0 "
        // What a revert restored and another took back again was never said by anybody.
        "and not (r.kind = 'revert' and s.voided_by is not null)");
    bool has_other = false;  // one that is not wanted
    std::vector<competency::Fact> out;
    std::set<std::pair<std::int64_t, std::int64_t>>
        seen;  // one agent may be two identifiers with dates of their own
    for (std::size_t i = 0; i < person.identifiers.size() && i < actors.size(); ++i) {
        const auto actor = find_term(*database, actors[i]);
        if (!actor) continue;
        for (const auto seq : seqs_of(snapshot, {posting_kind::actor, *actor})) {
            if (wanted != nullptr) {
                const auto asked_for = is_wanted_fact(*database, *wanted, seq, *actor);
                if (!asked_for || (!*asked_for && has_other)) continue;
                if (!*asked_for) {
                    has_other = take_other(rows, seq, *actor, person.identifiers[i], out);
                    continue;
                }
            }
            if (rows.bind(seq, *actor).step()) {
                auto fact = fact_row(rows);
                if (is_of(person.identifiers[i], fact, rows.instant(9)) && seen.emplace(*actor, seq).second)
                    out.push_back(std::move(fact));
            }
            rows.reset();
        }
    }
    return out;
}

std::vector<std::string> SqliteProjection::people_of_new_facts(const std::vector<std::int64_t>& seqs,
                                                               const ActivityFilter& wanted) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    auto facts = database->query("select actor, activity from fact where seq = ?1");
    auto people = database->query(
        "select p.id, p.uuid, p.unmapped_only from identifier i join person p on p.id = i.person "
        "where i.actor = ?1");
    // Only a fact that is wanted gives these reasons.
    auto learnt = database->query("select 1 from record where person = ?1 and reason in (?2, ?3) limit 1");
    std::set<std::string> out;
    for (const auto seq : seqs) {
        if (facts.bind(seq).step()) {
            const bool matters = is_wanted(*database, wanted, facts.integer(1));
            wanted.tell_fact(seq, matters);
            people.bind(facts.integer(0));
            while (people.step()) {
                bool folds = matters;
                if (!matters && people.integer(2) == 0) {
                    folds = !learnt
                                 .bind(people.integer(0), static_cast<int>(competency::Reason::met_direct),
                                       static_cast<int>(competency::Reason::in_progress))
                                 .step();
                    learnt.reset();
                }
                if (folds) out.insert(people.string(1));
            }
            people.reset();
        }
        facts.reset();
    }
    return {out.begin(), out.end()};
}

std::vector<competency::Record> SqliteProjection::records_of(std::string_view person) {
    const auto known = requirements();
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    const auto row = find_person(*database, person);
    if (!row) return {};
    return read_records(*database, row->key, known->by_row(*database), true);
}

std::optional<competency::PersonFacts> SqliteProjection::person_facts(std::string_view id) {
    const auto known = requirements();
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    const auto row = find_person(*database, id);
    if (!row) return std::nullopt;
    return competency::PersonFacts{read_person(*database, *row), read_assignments(*database, id),
                                   read_records(*database, row->key, known->by_row(*database), true),
                                   row->unmapped_only};
}

void SqliteProjection::people_facts(const std::vector<std::string>& ids,
                                    const std::function<void(const competency::PersonFacts&)>& visit) {
    const auto known = requirements();
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    const auto index_of_row = known->by_row(*database);
    for (const auto& id : ids) {
        const auto row = find_person(*database, id);
        if (!row) continue;
        visit({read_person(*database, *row), read_assignments(*database, id),
               read_records(*database, row->key, index_of_row, false), row->unmapped_only});
    }
}

void SqliteProjection::each_person(bool with_evidence,
                                   const std::function<void(const competency::PersonFacts&)>& visit) {
    const auto known = requirements();
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    const auto index_of_row = known->by_row(*database);
    auto rows = database->query("select id, uuid, name, unmapped_only from person order by uuid");
    while (rows.step()) {
        const PersonRow row{rows.integer(0), rows.string(1), rows.string(2), rows.integer(3) != 0};
        visit({read_person(*database, row), read_assignments(*database, row.uuid),
               read_records(*database, row.key, index_of_row, with_evidence), row.unmapped_only});
    }
}

}  // namespace capbridge::store
