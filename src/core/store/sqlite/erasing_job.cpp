#include "core/store/sqlite/erasing_job.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/store/sqlite/journal.hpp"
#include "core/store/sqlite/projection.hpp"
#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {
namespace {

// erase_redact(x): what is left of a text that names them, or NULL when it does not.
void redact(sqlite3_context* context, int, sqlite3_value** values) {
    const auto& erasing = *static_cast<const Erasing*>(sqlite3_user_data(context));
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite3_result_null(context);
    const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values[0]));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
    if (bytes == nullptr) return sqlite3_result_null(context);
    try {
        const auto left = erasing.redact(std::string_view(bytes, size));
        if (!left) return sqlite3_result_null(context);
        sqlite3_result_text64(context, left->data(), left->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } catch (const std::exception&) {  // must not pass through SQLite
        sqlite3_result_error_nomem(context);
    }
}

class Redaction {
public:
    Redaction(Database& database, const Erasing& erasing) : handle_(database.handle()) {
        const int code =
            sqlite3_create_function_v2(handle_, "erase_redact", 1, SQLITE_UTF8,
                                       const_cast<Erasing*>(&erasing), &redact, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) throw Failure(sqlite_error(code, "no function"));
    }
    ~Redaction() {
        sqlite3_create_function_v2(handle_, "erase_redact", 1, SQLITE_UTF8, nullptr, nullptr, nullptr,
                                   nullptr, nullptr);
    }
    Redaction(const Redaction&) = delete;
    Redaction& operator=(const Redaction&) = delete;

private:
    sqlite3* handle_;
};

class Eraser {
public:
    Eraser(Writing& writing, const Erasing& erasing)
        : writing_(writing), database_(writing.database), erasing_(erasing) {}

    ErasedPlaces all() {
        statements();
        decisions();
        source_records();
        agents();
        people();
        pushes();
        for (const auto id : erasing_.quarantined)
            count("quarantine", database_.query("delete from quarantine where id = ?1").bind(id));
        texts();
        remember();
        return std::move(places_);
    }

private:
    void count(const std::string& place, Query&& query) { count(place, query); }
    void count(const std::string& place, Query& query) {
        query.run();
        if (const auto changed = database_.changes(); changed > 0)
            places_[place] += static_cast<std::size_t>(changed);
    }

    void statements() {
        for (const auto& one : erasing_.statements) {
            if (!one.was_theirs) {
                count("statements of others that named them",
                      database_.query("update statement set body = ?2 where seq = ?1")
                          .bind(one.seq, KeptText{one.body}));
                continue;
            }
            {
                auto rows = database_.query("select sha2 from statement_attachment where seq = ?1");
                rows.bind(one.seq);
                while (rows.step()) files_.emplace(rows.blob(0));
            }
            count("statements",
                  database_
                      .query("update statement set body = ?2, actor = null, flags = flags & ~?3 "
                             "where seq = ?1")
                      .bind(one.seq, KeptText{one.body}, flag::timestamp_given));
            count("facts", database_.query("delete from fact where seq = ?1").bind(one.seq));
            count("attachments",
                  database_.query("delete from statement_attachment where seq = ?1").bind(one.seq));
        }
    }

    void decisions() {
        for (const auto& one : erasing_.decisions)
            count("decisions", database_.query("update decision set key = ?2, payload = ?3 where seq = ?1")
                                   .bind(one.seq, one.key, one.payload));
    }

    // The key of a fact is the source's own and mostly holds a number of theirs. Without its revisions the
    // fact is unknown, and what comes again is barred at the door.
    void source_records() {
        database_.exec(
            "create temp table if not exists erased_statement(id blob primary key) without rowid;"
            "delete from temp.erased_statement");
        for (const auto& one : erasing_.statements) {
            if (!one.was_theirs) continue;
            const auto id = uuid_bytes(one.id);
            database_.query("insert or ignore into temp.erased_statement(id) values (?1)")
                .bind(KeptBlob{id})
                .run();
        }
        count("facts of sources",
              database_.query("delete from source_record where (source, kind, key) in (select source, kind, "
                              "key from source_record where statement in (select id from "
                              "temp.erased_statement))"));
        database_.exec("delete from temp.erased_statement");
    }

    void agents() {
        const auto round = uuid_v4();  // what came in meanwhile may be the same agent again
        std::size_t number = 0;
        for (const auto& actor : erasing_.actors) {
            const auto term = find_term(database_, actor);
            if (!term) continue;
            count("names in statements",
                  database_.query("delete from agent_name where agent = ?1").bind(*term));
            count("documents", database_.query("delete from document where agent = ?1").bind(*term));
            // Statements go on being found by their other keys; this one leads to nobody.
            count("agents", database_.query("update term set v = ?2 where id = ?1")
                                .bind(*term, "erased|" + round + "|" + std::to_string(number++)));
            if (!erasing_.dry_run) writing_.terms.forget(actor);
        }
    }

    // The projector composes and folds them again, and finds nobody.
    void people() {
        for (const auto& person : erasing_.people) {
            count("records",
                  database_.query("delete from record where person = (select id from person where uuid = ?1)")
                      .bind(person));
            count(
                "evidence",
                database_.query("delete from evidence where person = (select id from person where uuid = ?1)")
                    .bind(person));
            count("what is said of people",
                  database_.query("delete from said where person = ?1").bind(person));
            put_claims(database_, {person, {}});
            put_stale(database_, person);
        }
    }

    void pushes() {
        for (const auto& person : erasing_.people)
            count("written back to sources",
                  database_.query("delete from push_ledger where instr(key, ?1) > 0").bind(person));
    }

    // Whatever else names them, in whatever table there is: also in tables that come later.
    void texts() {
        const Redaction redaction(database_, erasing_);
        documents();
        // Who did something stays; settings name systems, and would not be read any more.
        static constexpr std::array<std::string_view, 4> kept_columns{"who", "decided_by", "settings",
                                                                      "options"};
        std::vector<std::pair<std::string, std::string>> columns;
        {
            auto rows = database_.query(
                "select t.name, c.name from sqlite_schema t join pragma_table_info(t.name) c where t.type = "
                "'table' and t.name not like 'sqlite_%' and t.name not like 'audit%' and t.name <> 'erased' "
                "and lower(c.type) = 'text' order by t.name, c.cid");
            while (rows.step()) columns.emplace_back(rows.string(0), rows.string(1));
        }
        for (const auto& [table, column] : columns) {
            if (std::find(kept_columns.begin(), kept_columns.end(), column) != kept_columns.end()) continue;
            const auto what = "erase_redact(\"" + column + "\")";
            // A conflict ends the erasure, loudly: a text that stays would be one that names them.
            count("texts of " + table, database_.query("update \"" + table + "\" set \"" + column +
                                                       "\" = " + what + " where " + what + " is not null"));
        }
    }

    // Of others, or of an activity: their ETag is that of their bytes.
    void documents() {
        std::vector<std::pair<std::int64_t, std::string>> named;
        {
            auto rows = database_.query(
                "select id, erase_redact(body) from document where erase_redact(body) is not null and "
                "instr(body, x'00') = 0");
            while (rows.step()) {
                // Of other bytes than a text's nothing can be taken out.
                if (auto body = rows.string(1); is_utf8(body))
                    named.emplace_back(rows.integer(0), std::move(body));
            }
        }
        for (const auto& [id, body] : named)
            count("documents of others that named them",
                  database_.query("update document set body = ?2, etag = ?3 where id = ?1")
                      .bind(id, KeptBlob{body}, sha1_hex(body)));
    }

    // The files stand with the first.
    void remember() {
        auto files = json::array();
        {  // of an earlier round
            auto rows = database_.query("select files from erased where id = ?1");
            rows.bind(erasing_.ids.front());
            const auto before = rows.step() ? json::parse(rows.text(0), nullptr, false) : json::array();
            for (const auto& sha2 : before) files_.insert(sha2.get<std::string>());
        }
        for (const auto& sha2 : files_) files.push_back(sha2);
        for (const auto& id : erasing_.ids) {
            database_.query("insert or replace into erased(id, at, files, cleaned) values (?1, ?2, ?3, 0)")
                .bind(id, erasing_.at, id == erasing_.ids.front() ? files.dump() : "[]")
                .run();
        }
    }

    Writing& writing_;
    Database& database_;
    const Erasing& erasing_;
    std::set<std::string> files_;
    ErasedPlaces places_;
};

}  // namespace

ErasedPlaces erase(Writing& writing, const Erasing& erasing) {
    return Eraser(writing, erasing).all();
}

}  // namespace capbridge::store
