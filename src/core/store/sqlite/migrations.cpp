#include "core/store/sqlite/migrations.hpp"

#include <array>
#include <string>

namespace capbridge::store {
namespace {

// Times are milliseconds since 1970 (UTC), days are days since 1970; UUIDs of statements are 16 bytes; `org`
// is the owner. Never edit a step that was released: add one.
constexpr const char* step_1 = R"sql(
create table organisation(id integer primary key, uuid text not null unique, name text not null);
create table installation(id integer primary key check (id = 1), uuid text not null, iri_base text not null,
    org integer not null references organisation(id));

create table run(id integer primary key autoincrement, org integer not null references organisation(id),
    kind text not null, source text not null, adapter text not null, adapter_version text not null,
    adapter_sha256 text not null, who text not null, what text not null, began integer not null, ended integer,
    counts text not null, outcome text not null, error text not null, cursor_before text not null,
    reverted_by integer not null default 0);
create table rejected(id integer primary key, run integer not null references run(id), place text not null,
    code text not null, message text not null);
create index rejected_run on rejected(run);

-- The journal. body is last, so that a long one does not stand in the way of the other columns. owner and
-- actor (of the statement's fact) are terms.
-- Runs are looked up before a batch is written, so no reference is checked again for each row.
create table statement(seq integer primary key, id blob not null unique, stored integer not null,
    run integer not null, org integer not null, flags integer not null,
    voided_by integer, target blob, owner integer, actor integer, keys blob not null, body text not null);
create index statement_target on statement(target) where target is not null;
create index statement_run on statement(run);
create table statement_attachment(seq integer not null, sha2 blob not null, primary key (seq, sha2)) without rowid;
create table decision(seq integer primary key, kind text not null, key text not null, who text not null,
    recorded integer not null, valid_from integer, run integer not null references run(id),
    org integer not null references organisation(id), payload text not null);
create index decision_key on decision(kind, key, seq);
create index decision_run on decision(run);

-- Every IRI, agent key and registration once; a posting says that the statement of `seq` is found by it.
-- Statements up to settled.seq have a set of bits for each key and block of seqs. Younger ones are found in
-- memory by statement.keys, and by what they have from others that they refer to, which is in posting.
create table term(id integer primary key, v text not null unique);
create table posting(kind integer not null, id integer not null, seq integer not null,
    primary key (kind, id, seq)) without rowid;
create table posting_block(kind integer not null, id integer not null, block integer not null, bits blob not null,
    primary key (kind, id, block)) without rowid;
create table settled(id integer primary key check (id = 1), seq integer not null);
insert into settled(id, seq) values (1, 0);
-- What statements told about activities, and how they called agents (both are terms).
create table activity(id integer primary key, definition text not null);
create table agent_name(agent integer not null, name text not null, primary key (agent, name)) without rowid;

create table document(id integer primary key, kind integer not null, owner text not null, agent integer not null,
    activity integer not null, registration text not null, name text not null, content_type text not null,
    etag text not null, updated integer not null, org integer not null references organisation(id), body blob not null);
create unique index document_key on document(kind, agent, activity, owner, registration, name);

create table target(id integer primary key, uuid text not null unique, org integer not null references organisation(id),
    name text not null unique, kind text not null, settings text not null, paused integer not null,
    cursor integer not null, moved integer not null);
create table dead_letter(target integer not null references target(id), seq integer not null, statement blob not null,
    code text not null, message text not null, tries integer not null, first integer not null, last integer not null,
    primary key (target, seq)) without rowid;

create table source(id integer primary key, uuid text not null unique, org integer not null references organisation(id),
    name text not null unique, adapter text not null, folder text not null, activity_base text not null,
    settings text not null, cursor text not null, file_min_age integer not null, options text not null);
create table source_memory(source integer not null references source(id), key text not null, value text not null,
    primary key (source, key)) without rowid;
create table source_state(source integer primary key references source(id), last_try integer, last_ok integer,
    last_full integer, next_due integer, error_code text not null, error text not null, failures integer not null,
    crashes integer not null, stopped text not null, held text not null, details text not null);
create table push_ledger(source integer not null references source(id), kind text not null, key text not null,
    digest text not null, receipt text not null, state text not null, error_code text not null, error text not null,
    tries integer not null, at integer not null, next_try integer, primary key (source, kind, key)) without rowid;
create table source_record(source integer not null references source(id), kind text not null, key text not null,
    revision integer not null, digest blob, statement blob, run integer not null references run(id),
    scope text not null default '',
    primary key (source, kind, key, revision)) without rowid;
create index source_record_run on source_record(run);
create table catalogue(source integer not null references source(id), kind text not null, id text not null,
    iri text not null, title text not null, type text not null, parent text not null, url text not null,
    language text not null, revision text not null, scope text not null, primary key (source, kind, id)) without rowid;
create table quarantine(id integer primary key autoincrement, source integer not null references source(id),
    kind text not null, slot text not null, key text not null, place text not null, code text not null,
    message text not null, record text not null, first integer not null, last integer not null,
    tries integer not null, unique (source, kind, slot));
create table quarantine_beyond(source integer primary key references source(id), count integer not null);

create table credential(key text primary key, org integer not null references organisation(id), name text not null,
    scopes text not null, salt blob not null, hash blob not null, created integer not null, revoked integer,
    source text not null default '', rotated integer) without rowid;
create table login_link(hash blob primary key, org integer not null references organisation(id),
    expires integer not null) without rowid;
create table session(hash blob primary key, org integer not null references organisation(id),
    expires integer not null) without rowid;

-- The projection: folded from the journal, may be emptied and folded again.
-- What people are composed of: the decision in force of each key, and whom it is about ('' a unit). claim: who
-- claims an identifier, whether it is theirs or not. stale: to be composed again, and (fold) their records folded.
create table said(kind text not null, key text not null, person text not null, seq integer not null, scope text,
    primary key (kind, key)) without rowid;
create index said_person on said(person) where person <> '';
create table claim(identifier text not null, person text not null, primary key (identifier, person)) without rowid;
create index claim_person on claim(person);
create table merged(person text primary key, into_person text not null) without rowid;
create index merged_into on merged(into_person);
create table stale(person text primary key, fold integer not null) without rowid;
create table projection(id integer primary key check (id = 1), cursor integer not null, folded_by text not null);
insert into projection(id, cursor, folded_by) values (1, 0, '');
create table person(id integer primary key, uuid text not null unique, org integer not null references organisation(id),
    name text not null, unmapped_only integer not null default 0);
create table identifier(person integer not null, ordinal integer not null, scheme text not null, issuer text not null,
    value text not null, valid_from integer, valid_to integer, actor integer not null,
    primary key (person, ordinal)) without rowid;
create index identifier_actor on identifier(actor);
create index identifier_value on identifier(scheme, issuer, value);
create table employment(person integer not null, ordinal integer not null, unit text not null, staff_group text not null,
    job_role text not null, position text not null, valid_from integer, valid_to integer,
    primary key (person, ordinal)) without rowid;
-- Who works with a product's deployment, or does not, whatever its rule says.
create table deployment_use(person integer not null, deployment text not null, works_with integer not null,
    valid_from integer, valid_to integer, primary key (person, deployment)) without rowid;
create table assignment(person text not null, archetype text not null, org integer not null references organisation(id),
    state integer not null, origin text not null, valid_from integer, valid_to integer, decided_by text not null,
    primary key (person, archetype)) without rowid;
-- By seq, so that appending stays at its end; an actor's are found by the actor's postings.
create table fact(seq integer primary key, actor integer not null, activity integer not null, what integer not null,
    score real, occurred integer not null, occurred_precision integer not null, expires integer);
-- Requirements by their textual ids, so that an edit of the framework cannot shift a record.
create table requirement(id integer primary key, v text not null unique);
create table record(person integer not null, requirement integer not null, context text not null,
    attainment integer not null, reason integer not null, first_achieved integer, last_achieved integer, valid_to integer,
    overriding integer not null default 0, override_from integer, override_until integer,
    primary key (person, requirement, context)) without rowid;
-- Apart from record: a matrix reads every record and no evidence. overriding: who overrode it and why.
create table evidence(person integer not null, requirement integer not null, context text not null, body text not null,
    overriding text not null default '', primary key (person, requirement, context)) without rowid;
)sql";

// The audit: each entry is the digest of its text, which has the digest of the one before it. Whoever gets
// past the triggers is found by `audit verify`. audit_open: intents that have no outcome yet.
constexpr const char* step_2 = R"sql(
create table audit(n integer primary key, entry text not null, hash blob not null);
create trigger audit_is_not_changed before update on audit begin
    select raise(abort, 'the audit is append-only'); end;
create trigger audit_is_not_cut before delete on audit begin
    select raise(abort, 'the audit is append-only'); end;
create trigger audit_goes_on before insert on audit
    when new.n is not (select coalesce(max(n), 0) + 1 from audit) begin
    select raise(abort, 'the audit is append-only'); end;
create table audit_open(n integer primary key);
create table audit_key(id integer primary key check (id = 1), key blob not null);
insert into audit_key(id, key) values (1, randomblob(32));
)sql";

// Client certificates that stand for a credential, by their SHA-256 in hex.
constexpr const char* step_certificates = R"sql(
create table credential_certificate(certificate text primary key,
    key text not null unique references credential(key)) without rowid;
)sql";

// Erasures that this store has carried out (core/store/erasures.hpp), and the files that go with one until it
// is cleaned up.
constexpr const char* step_erased = R"sql(
create table erased(id text primary key, at integer not null, files text not null, cleaned integer not null)
    without rowid;
)sql";

// When a sync of a source last brought something. Of a directory earlier runs do not tell: it is given the
// time of the last one that went well.
constexpr const char* step_last_new = R"sql(
alter table source_state add column last_new integer;
update source_state set last_new = coalesce((select max(r.began) from run r join source s on s.name = r.source
    where s.id = source_state.source and r.kind = 'sync' and r.outcome = 'ok' and json_valid(r.counts)
    and coalesce(json_extract(r.counts, '$.added'), 0) + coalesce(json_extract(r.counts, '$.changed'), 0)
        + coalesce(json_extract(r.counts, '$.withdrawn'), 0) > 0), last_ok);
)sql";

constexpr std::array steps{step_1, step_2, step_certificates, step_erased, step_last_new};

void check_ours(Database& database, std::int64_t version) {
    if (version > latest_version()) {
        throw Failure({"store_newer",
                       "The data directory was written by a later version of capbridge (format " +
                           std::to_string(version) + ", this one knows " + std::to_string(latest_version()) +
                           "): use that version.",
                       {},
                       0});
    }
    if (version > 0 && database.integer("PRAGMA application_id") != application_id) {
        throw Failure(sqlite_error(SQLITE_NOTADB, "the application id is another one"));
    }
}

}  // namespace

int latest_version() {
    return static_cast<int>(steps.size());
}

void migrate(Database& database) {
    const auto version = database.integer("PRAGMA user_version");
    check_ours(database, version);
    if (version == 0 && database.integer("select count(*) from sqlite_schema") > 0) {
        throw Failure(sqlite_error(SQLITE_NOTADB, "it has tables of another program"));
    }
    for (auto next = version; next < latest_version(); ++next) {
        database.exec("BEGIN IMMEDIATE");
        try {
            database.exec(steps.at(static_cast<std::size_t>(next)));
            database.exec(("PRAGMA application_id=" + std::to_string(application_id)).c_str());
            database.exec(("PRAGMA user_version=" + std::to_string(next + 1)).c_str());
            database.exec("COMMIT");
        } catch (...) {
            if (database.in_transaction()) database.exec("ROLLBACK");
            throw;
        }
    }
}

void check_version(Database& database) {
    const auto version = database.integer("PRAGMA user_version");
    check_ours(database, version);
    if (version == 0) throw Failure({"no_data", "There is no data here yet.", {}, 0});
    if (version < latest_version()) {
        throw Failure(
            {"store_older",
             "The data directory is of an earlier version of capbridge: run this version once as its owner "
             "(for example `capbridge serve`), which brings it up to date.",
             {},
             0});
    }
}

}  // namespace capbridge::store
