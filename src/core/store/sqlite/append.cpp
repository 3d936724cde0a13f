// Appending is a checked job of the writer (writer.hpp): first everything that a batch can be refused for is
// looked at, then it is written.
#include <algorithm>

#include "core/base/ids.hpp"
#include "core/store/sqlite/journal.hpp"
#include "core/store/sqlite/postings.hpp"
#include "core/store/sqlite/projection.hpp"
#include "core/store/sqlite/source_records.hpp"

namespace capbridge::store {
namespace {

struct Incoming {
    const NewStatement* statement = nullptr;  // null: a decision
    std::string id, target;                   // 16 bytes; target may be empty
    bool stored = false;                      // already: to be left out
};

bool is_stored(Database& database, std::string_view id) {
    return database.query("select 1 from statement where id = ?1").bind(KeptBlob{id}).step();
}

Status check_run(Database& database, std::int64_t run) {
    auto rows = database.query("select reverted_by from run where id = ?1");
    rows.bind(run);
    if (!rows.step()) return fail("no_such_run", "There is no run " + std::to_string(run) + ".");
    if (rows.integer(0) != 0) {
        return fail("run_reverted",
                    "Run " + std::to_string(run) + " was taken back; nothing can be added to it.");
    }
    return {};
}

// The ids as bytes, and which are stored already: earlier, or as an earlier one of the same batch.
Status look_up(Database& database, const Batch& batch, std::vector<Incoming>& incoming) {
    std::vector<Incoming*> named;  // by clients: what we gave ourselves is new
    for (std::size_t i = 0; i < batch.entries.size(); ++i) {
        const auto* statement = std::get_if<NewStatement>(&batch.entries[i]);
        if (statement == nullptr) continue;
        auto& one = incoming[i];
        one.statement = statement;
        CAPBRIDGE_LET(one.id, statement_id(statement->id));
        const auto& target = statement->voids.empty() ? statement->refers_to : statement->voids;
        if (!target.empty()) {
            CAPBRIDGE_LET(one.target, statement_id(target));
        }
        if (!statement->id_is_new) named.push_back(&one);
    }
    std::stable_sort(named.begin(), named.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
    for (std::size_t i = 0; i < named.size(); ++i) {
        auto& one = *named[i];
        one.stored = (i > 0 && named[i - 1]->id == one.id) || is_stored(database, one.id);
        if (one.stored && batch.on_existing == Batch::OnExisting::refuse) {
            return fail("statement_exists", "A statement of this id is stored already.", one.statement->id);
        }
    }
    return {};
}

// Voids the target when it is there, and the new statement when its voiding was there first. A voiding
// statement is never void (xAPI 1.0.3 part 2, 2.3.2), and the first to void a statement stays the one that
// did. `owner` is a term, 0 nobody. Gives whether anything referred to the new statement before it came.
bool settle_voiding(Database& database, std::int64_t seq, const Incoming& one, std::int64_t owner,
                    bool only_own) {
    if (!one.statement->voids.empty()) {
        database
            .query(
                "update statement set voided_by = ?1 where id = ?2 and voided_by is null and flags & 2 = 0 "
                "and (?3 = 0 or ifnull(owner, 0) = ?4)")
            .bind(seq, KeptBlob{one.target}, only_own, owner)
            .run();
    }
    if (one.statement->id_is_new) return false;  // nobody could name it
    auto referrers = database.query("select seq, flags, owner from statement where target = ?1 order by seq");
    referrers.bind(KeptBlob{one.id});
    std::int64_t voided_by = 0;
    bool any = false;
    while (voided_by == 0 && referrers.step()) {
        any = true;
        const auto flags = referrers.integer(1);
        if ((flags & flag::voiding) == 0) continue;
        const bool same_owner = referrers.integer(2) == owner;  // no owner is 0
        if ((flags & flag::only_own) == 0 || same_owner) voided_by = referrers.integer(0);
    }
    if (voided_by != 0 && one.statement->voids.empty()) {
        database.query("update statement set voided_by = ?1 where seq = ?2").bind(voided_by, seq).run();
    }
    return any;
}

void append_statement(Writing& writing, const Batch& batch, const Incoming& one, std::int64_t owner,
                      std::size_t& to_inherit, Appended& appended) {
    auto& database = writing.database;
    const auto& statement = *one.statement;
    auto postings = intern_keys(writing.terms, statement.keys);
    std::optional<std::int64_t> actor;
    if (statement.fact) {
        actor = writing.terms.intern(statement.fact->actor);
        // Facts are found by their actor's postings.
        const Posting by_actor{posting_kind::actor, *actor};
        if (std::find(postings.begin(), postings.end(), by_actor) == postings.end())
            postings.insert(postings.begin(), by_actor);
    }
    const auto flags = (statement.timestamp_given ? flag::timestamp_given : 0) |
                       (statement.voids.empty() ? 0 : flag::voiding) | (batch.only_own ? flag::only_own : 0);
    const auto seq = writing.sequence.next();
    const auto keys = pack(postings);
    const auto target = one.target.empty() ? std::nullopt : std::optional(KeptBlob{one.target});
    database
        .query(
            "insert into statement(seq, id, stored, run, org, flags, target, owner, actor, keys, body) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
        .bind(seq, KeptBlob{one.id}, appended.stored, batch.run, own_organisation, flags, target,
              owner == 0 ? std::nullopt : std::optional(owner), actor, KeptBlob{keys},
              KeptText{statement.body})
        .run();
    for (const auto& posting : postings) writing.young.push_back({seq, posting});
    if (owner != 0) writing.young.push_back({seq, {posting_kind::owner, owner}});
    if (statement.fact) put_fact(writing, seq, *statement.fact);
    const bool referred_to = settle_voiding(database, seq, one, owner, batch.only_own);
    inherit_postings(writing, {seq, one.id, one.target, postings, owner, batch.only_own, referred_to},
                     to_inherit);
    for (const auto& told : statement.activities)
        writing.described.tell(writing.terms.intern(told.id), told.definition);
    for (const auto& called : statement.names)
        writing.described.name(writing.terms.intern(called.agent), called.name);
    for (const auto& sha2 : statement.attachments) {
        database.query("insert or ignore into statement_attachment(seq, sha2) values (?1, ?2)")
            .bind(seq, Blob{sha2})
            .run();
    }
    if (appended.first_seq == 0) appended.first_seq = seq;
    appended.last_seq = seq;
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

}  // namespace

Result<Appended> append_batch(Writing& writing, const Batch& batch) {
    auto& database = writing.database;
    std::vector<Incoming> incoming(batch.entries.size());
    CAPBRIDGE_TRY(check_run(database, batch.run));
    CAPBRIDGE_TRY(look_up(database, batch, incoming));
    CAPBRIDGE_TRY(check_source_records(database, batch));
    // From here on nothing is refused.
    Appended appended;
    appended.stored = writing.sequence.stored();
    const auto owner = batch.owner.empty() ? 0 : writing.terms.intern(batch.owner);
    auto to_inherit = most_inherited;
    for (std::size_t i = 0; i < incoming.size(); ++i) {
        const auto& one = incoming[i];
        if (one.statement == nullptr) {
            append_decision(writing, batch, std::get<NewDecision>(batch.entries[i]), appended);
            ++appended.decisions;
        } else if (one.stored) {
            ++appended.skipped;
        } else {
            append_statement(writing, batch, one, owner, to_inherit, appended);
            ++appended.statements;
        }
    }
    append_source_records(database, batch);
    return appended;
}

void SqliteJournal::append(std::shared_ptr<const Batch> batch, Done done) {
    if (!connections_.writer) {
        done(fail(Connections::read_only()));
        return;
    }
    const auto appended = std::make_shared<Appended>();
    connections_.writer->post(
        [batch = std::move(batch), appended](Writing& writing) -> Status {
            CAPBRIDGE_LET(*appended, append_batch(writing, *batch));
            return {};
        },
        [done = std::move(done), appended](Status status) {
            if (status) {
                done(*appended);
            } else {
                done(fail(std::move(status).error()));
            }
        },
        Writer::Kind::checked);
}

Result<Appended> SqliteJournal::append(Batch batch) {
    if (!connections_.writer) return fail(Connections::read_only());
    Appended appended;
    CAPBRIDGE_TRY(connections_.writer->run(
        [&](Writing& writing) -> Status {
            CAPBRIDGE_LET(appended, append_batch(writing, batch));
            return {};
        },
        Writer::Kind::checked));
    return appended;
}

}  // namespace capbridge::store
