#include "core/base/ids.hpp"
#include "core/store/sqlite/digest.hpp"
#include "core/store/sqlite/journal.hpp"
#include "core/store/sqlite/postings.hpp"

namespace capbridge::store {
namespace {

// Ids that were given as UUIDs, as 16 bytes.
Result<std::string> statement_id(std::string_view uuid) {
    auto bytes = uuid_bytes(uuid);
    if (bytes.empty()) return fail("invalid_id", "A statement's id is not a UUID.");
    return bytes;
}

bool is_stored(Database& database, std::string_view id) {
    return database.query("select 1 from statement where id = ?1").bind(Blob{id}).step();
}

// Before anything is written: a refused batch is then no rollback, which would cost its neighbours in the
// group their caches.
Status refuse_existing(Database& database, const Batch& batch) {
    for (const auto& entry : batch.entries) {
        const auto* statement = std::get_if<NewStatement>(&entry);
        if (statement == nullptr) continue;
        CAPBRIDGE_LET(const auto id, statement_id(statement->id));
        if (is_stored(database, id)) {
            return fail("statement_exists", "A statement of this id is stored already.", statement->id);
        }
    }
    return {};
}

// Voids the target when it is there, and the new statement when its voiding was there first. A voiding
// statement is never void (xAPI 1.0.3 part 2, 2.3.2), and the first to void a statement stays the one that
// did.
void settle_voiding(Database& database, std::int64_t seq, std::string_view id, const NewStatement& statement,
                    std::string_view target) {
    if (!statement.voids.empty()) {
        database
            .query(
                "update statement set voided_by = ?1 where id = ?2 and voided_by is null and flags & 2 = 0")
            .bind(seq, Blob{target})
            .run();
        return;
    }
    auto voiding = database.query("select min(seq) from statement where target = ?1 and flags & 2");
    voiding.bind(Blob{id});
    if (voiding.step() && !voiding.is_null(0)) {
        database.query("update statement set voided_by = ?1 where seq = ?2")
            .bind(voiding.integer(0), seq)
            .run();
    }
}

// False: it is stored already.
Result<bool> append_statement(Writing& writing, const Batch& batch, const NewStatement& statement,
                              Appended& appended) {
    auto& database = writing.database;
    CAPBRIDGE_LET(const auto id, statement_id(statement.id));
    if (is_stored(database, id)) return false;
    std::string target;
    const auto& target_uuid = statement.voids.empty() ? statement.refers_to : statement.voids;
    if (!target_uuid.empty()) {
        CAPBRIDGE_LET(target, statement_id(target_uuid));
    }
    const auto postings = intern_keys(writing.terms, statement.keys);
    const auto flags = (statement.timestamp_given ? flag::timestamp_given : 0) |
                       (statement.voids.empty() ? 0 : flag::voiding);
    const auto seq = writing.sequence.next();
    const auto referred = target.empty() ? std::nullopt : std::optional(Blob{target});
    database
        .query(
            "insert into statement(seq, id, stored, run, org, flags, target, keys, body) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .bind(seq, Blob{id}, appended.stored, batch.run, own_organisation, flags, referred,
              Blob{pack(postings)}, statement.body)
        .run();
    settle_voiding(database, seq, id, statement, target);
    write_postings(database, seq, id, target, postings);
    if (appended.first_seq == 0) appended.first_seq = seq;
    appended.last_seq = seq;
    return true;
}

// `by` 0: the revert itself was withdrawn.
void mark_reverted(Database& database, std::string_view run, std::int64_t by) {
    database
        .query(
            "update run set reverted_by = ?2, outcome = case when ?2 = 0 then 'ok' else 'reverted' end where "
            "id = cast(?1 as integer)")
        .bind(run, by)
        .run();
}

void append_decision(Writing& writing, const Batch& batch, const NewDecision& decision, Appended& appended) {
    const auto seq = writing.sequence.next();
    writing.database
        .query(
            "insert into decision(seq, kind, key, who, recorded, valid_from, run, org, payload) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .bind(seq, decision.kind, decision.key, batch.who, appended.stored, decision.valid_from, batch.run,
              own_organisation, decision.payload)
        .run();
    if (appended.first_seq == 0) appended.first_seq = seq;
    appended.last_seq = seq;
    // The run's mark is what "in force" looks at: it commits with the decision, or a crash in between would
    // part them.
    if (decision.kind == "run.revert")
        mark_reverted(writing.database, decision.key, decision.payload.empty() ? 0 : batch.run);
}

Status append_source_records(Database& database, const Batch& batch) {
    for (const auto& record : batch.source_records) {
        auto source = database.query("select id from source where uuid = ?1");
        source.bind(record.source);
        if (!source.step()) return fail("no_such_source", "There is no source of this id.", record.source);
        auto known = database.query(
            "select 1 from source_record where source = ?1 and kind = ?2 and key = ?3 and revision = ?4");
        known.bind(source.integer(0), record.kind, record.key, record.revision);
        // The key may be a person's number at the source, so it is not in the message.
        if (known.step())
            return fail("source_record_exists", "This revision of a source's record is stored already.",
                        record.source);
        std::optional<Blob> statement;
        std::string id;
        if (!record.statement.empty()) {
            CAPBRIDGE_LET(id, statement_id(record.statement));
            statement = Blob{id};
        }
        const PackedDigest digest(record.digest);
        auto insert = database.query(
            "insert into source_record(source, kind, key, revision, digest, statement, run, scope) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        if (digest.packed()) {
            insert.bind(source.integer(0), record.kind, record.key, record.revision, Blob{digest.bytes()},
                        statement, batch.run, record.scope);
        } else {
            insert.bind(source.integer(0), record.kind, record.key, record.revision, digest.bytes(),
                        statement, batch.run, record.scope);
        }
        insert.run();
    }
    return {};
}

}  // namespace

Result<Appended> append_batch(Writing& writing, const Batch& batch) {
    auto& database = writing.database;
    if (!database.query("select 1 from run where id = ?1").bind(batch.run).step()) {
        return fail("no_such_run", "There is no run " + std::to_string(batch.run) + ".");
    }
    if (database.query("select 1 from run where id = ?1 and reverted_by <> 0").bind(batch.run).step()) {
        return fail("run_reverted",
                    "Run " + std::to_string(batch.run) + " was taken back; nothing can be added to it.");
    }
    if (batch.on_existing == Batch::OnExisting::refuse) CAPBRIDGE_TRY(refuse_existing(database, batch));
    Appended appended;
    appended.stored = writing.sequence.stored();
    for (const auto& entry : batch.entries) {
        if (const auto* decision = std::get_if<NewDecision>(&entry)) {
            append_decision(writing, batch, *decision, appended);
            ++appended.decisions;
            continue;
        }
        const auto& statement = std::get<NewStatement>(entry);
        CAPBRIDGE_LET(const bool fresh, append_statement(writing, batch, statement, appended));
        if (!fresh && batch.on_existing == Batch::OnExisting::refuse) {  // twice in the batch itself
            return fail("statement_exists", "A statement of this id is stored already.", statement.id);
        }
        ++(fresh ? appended.statements : appended.skipped);
    }
    CAPBRIDGE_TRY(append_source_records(database, batch));
    if (batch.cursor) {
        database.query("update source set cursor = ?2 where uuid = ?1")
            .bind(batch.cursor_source, *batch.cursor)
            .run();
        if (database.changes() == 0)
            return fail("no_such_source", "There is no source of this id.", batch.cursor_source);
    }
    return appended;
}

void SqliteJournal::append(Batch batch, Done done) {
    if (!connections_.writer) {
        done(fail(Connections::read_only()));
        return;
    }
    const auto appended = std::make_shared<Appended>();
    connections_.writer->post(
        [batch = std::move(batch), appended](Writing& writing) -> Status {
            CAPBRIDGE_LET(*appended, append_batch(writing, batch));
            return {};
        },
        [done = std::move(done), appended](Status status) {
            if (status) {
                done(*appended);
            } else {
                done(fail(std::move(status).error()));
            }
        });
}

Result<Appended> SqliteJournal::append(Batch batch) {
    Appended appended;
    CAPBRIDGE_TRY(connections_.write([&](Writing& writing) -> Status {
        CAPBRIDGE_LET(appended, append_batch(writing, batch));
        return {};
    }));
    return appended;
}

}  // namespace capbridge::store
