// Writing the projection: one batch of the projector is one job of the writer.
#include <nlohmann/json.hpp>

#include "core/store/sqlite/projection.hpp"
#include "core/store/sqlite/put_records.hpp"

namespace capbridge::store {
namespace {

std::int64_t person_key(Database& database, std::string_view uuid) {
    auto rows = database.query("select id from person where uuid = ?1");
    rows.bind(uuid);
    return rows.step() ? rows.integer(0) : 0;
}

void forget_details(Database& database, std::int64_t key) {
    database.query("delete from identifier where person = ?1").bind(key).run();
    database.query("delete from employment where person = ?1").bind(key).run();
    database.query("delete from deployment_use where person = ?1").bind(key).run();
}

void forget_records(Database& database, std::int64_t key) {
    database.query("delete from record where person = ?1").bind(key).run();
    database.query("delete from evidence where person = ?1").bind(key).run();
}

// Of one person: what is not among them is gone.
void replace_assignments(Database& database, const std::string& person,
                         const std::vector<people::Assignment>& assignments);

Status put_person(Writing& writing, const ProjectionBatch::PersonChange& change) {
    auto& database = writing.database;
    auto key = person_key(database, change.id);
    put_composed(database, change.id);
    if (change.assignments) replace_assignments(database, change.id, *change.assignments);
    if (!change.person) {
        if (key == 0) return {};
        forget_details(database, key);
        forget_records(database, key);
        database.query("delete from person where id = ?1").bind(key).run();
        return {};
    }
    const auto& person = *change.person;
    if (person.identifiers.size() != change.actors.size()) {
        return fail("invalid_batch", "A person needs one actor for each identifier.", change.id);
    }
    if (key == 0) {
        database.query("insert into person(uuid, org, name) values (?1, ?2, ?3)")
            .bind(change.id, own_organisation, person.name)
            .run();
        key = database.last_id();
    } else {
        database.query("update person set name = ?2 where id = ?1").bind(key, person.name).run();
        forget_details(database, key);
    }
    for (std::size_t i = 0; i < person.identifiers.size(); ++i) {
        const auto& identifier = person.identifiers[i];
        database
            .query(
                "insert into identifier(person, ordinal, scheme, issuer, value, valid_from, valid_to, actor) "
                "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .bind(key, i, identifier.scheme, identifier.issuer, identifier.value, identifier.valid_from,
                  identifier.valid_to, writing.terms.intern(change.actors[i]))
            .run();
    }
    for (std::size_t i = 0; i < person.employments.size(); ++i) {
        const auto& employment = person.employments[i];
        database
            .query(
                "insert into employment(person, ordinal, unit, staff_group, job_role, position, valid_from, "
                "valid_to) "
                "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .bind(key, i, employment.unit, employment.staff_group, employment.job_role, employment.position,
                  employment.from, employment.to)
            .run();
    }
    for (const auto& use : person.uses) {
        database
            .query(
                "insert into deployment_use(person, deployment, works_with, valid_from, valid_to) values "
                "(?1, ?2, "
                "?3, ?4, ?5)")
            .bind(key, use.deployment, use.works_with ? 1 : 0, use.from, use.to)
            .run();
    }
    return {};
}

void put_assignment(Database& database, const ProjectionBatch::AssignmentChange& change) {
    if (!change.assignment) {
        const auto bar = change.key.find('|');
        database.query("delete from assignment where person = ?1 and archetype = ?2")
            .bind(
                std::string_view(change.key).substr(0, bar),
                bar == std::string::npos ? std::string_view() : std::string_view(change.key).substr(bar + 1))
            .run();
        return;
    }
    const auto& assignment = *change.assignment;
    database
        .query(
            "insert or replace into assignment(person, archetype, org, state, origin, valid_from, valid_to, "
            "decided_by) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        .bind(assignment.person, assignment.archetype, own_organisation, static_cast<int>(assignment.state),
              assignment.origin, assignment.from, assignment.to, assignment.decided_by)
        .run();
}

void replace_assignments(Database& database, const std::string& person,
                         const std::vector<people::Assignment>& assignments) {
    database.query("delete from assignment where person = ?1").bind(person).run();
    for (const auto& assignment : assignments) put_assignment(database, {assignment.key(), assignment});
}

std::int64_t requirement_row(Database& database, const std::string& id) {
    auto rows = database.query("select id from requirement where v = ?1");
    rows.bind(id);
    if (rows.step()) return rows.integer(0);
    database.query("insert into requirement(v) values (?1)").bind(id).run();
    return database.last_id();
}

}  // namespace

void put_fact(Writing& writing, std::int64_t seq, const NewFact& fact) {
    writing.database
        .query(
            "insert or replace into fact(actor, seq, activity, what, score, occurred, occurred_precision, "
            "expires) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        .bind(writing.terms.intern(fact.actor), seq, writing.terms.intern(fact.fact.activity),
              static_cast<int>(fact.fact.what), fact.fact.score, fact.fact.occurred.at,
              static_cast<int>(fact.fact.occurred.precision), fact.fact.expires)
        .run();
}

void SqliteProjection::set_requirements(std::vector<std::string> ids) {
    auto requirements = std::make_shared<Requirements>();
    for (std::size_t i = 0; i < ids.size(); ++i) requirements->index.emplace(ids[i], static_cast<int>(i));
    requirements->ids = std::move(ids);
    const std::lock_guard lock(mutex_);
    requirements_ = std::move(requirements);
}

std::shared_ptr<const Requirements> SqliteProjection::requirements() {
    const std::lock_guard lock(mutex_);
    return requirements_;
}

Status SqliteProjection::apply(const ProjectionBatch& batch) {
    const auto known = requirements();
    std::vector<std::vector<RecordTexts>> texts;  // made here, for the writer is everybody's
    for (const auto& change : batch.records) texts.push_back(texts_of(change.records));
    const auto job = [&](Writing& writing) -> Status {
        auto& database = writing.database;
        for (const auto& change : batch.said) put_said(database, change);
        for (const auto& change : batch.merges) put_merge(database, change);
        for (const auto& change : batch.claims) put_claims(database, change);
        if (batch.everyone_stale) put_everyone_stale(database);
        for (const auto& change : batch.people) CAPBRIDGE_TRY(put_person(writing, change));
        for (const auto& change : batch.assignments) put_assignment(database, change);
        for (const auto& fact : batch.facts) put_fact(writing, fact.fact.seq, fact);
        // All of the framework's, in its order, so that a person's rows mostly come out in the order that is
        // asked for. Not kept for the next batch: a rollback would take new ones back.
        std::vector<std::int64_t> rows;
        if (!batch.records.empty()) {
            for (const auto& id : known->ids) rows.push_back(requirement_row(database, id));
        }
        for (std::size_t i = 0; i < batch.records.size(); ++i)
            CAPBRIDGE_TRY(put_records(database, batch.records[i], texts[i], rows));
        if (batch.cursor) database.query("update projection set cursor = ?1").bind(*batch.cursor).run();
        if (batch.folded_by)
            database.query("update projection set folded_by = ?1").bind(*batch.folded_by).run();
        return {};
    };
    return connections_.write(job, Writer::Kind::derived);
}

Status SqliteProjection::reset() {
    if (!connections_.writer) return fail(Connections::read_only());
    // In a savepoint SQLite would keep a copy of every page that goes in memory: hundreds of MB.
    const auto job = [](Writing& writing) -> Status {
        writing.database.exec(
            "delete from record; delete from evidence; delete from fact; delete from assignment; delete from "
            "employment; delete from deployment_use; "
            "delete from identifier; delete from person; delete from said; delete from claim; delete from "
            "merged; delete from stale; update projection set cursor = 0, folded_by = ''");
        return {};
    };
    return connections_.writer->run(job, Writer::Kind::checked);
}

}  // namespace capbridge::store
