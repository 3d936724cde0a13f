// bench_floor: what SQLite alone does with the rows that the daemon writes: a bare loop on one connection,
// with the same schema, settings and durability (WAL, synchronous=FULL), so many statements a commit. All
// rows are made before the clock starts: no HTTP, no JSON, no checks, no look-ups, no locks. The ratio of the
// daemon's rate to this one is what the bridge costs.
//
// Postings are written in one of two ways. "rows": a row for each key of a statement, the plain way to index
// them. "blocks": as the daemon does, a row for each key and block of statements when the block is complete.
// It leaves the data directory as it was: what was written is deleted again. No daemon may run on it.
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/ids.hpp"
#include "core/engine/new_statement.hpp"
#include "core/store/sqlite/block_bits.hpp"
#include "core/store/sqlite/posting.hpp"
#include "core/store/store.hpp"
#include "measure.hpp"
#include "workload.hpp"

namespace {

using namespace bench;
namespace store = capbridge::store;

[[noreturn]] void stop(const std::string& why) {
    std::fprintf(stderr, "bench_floor: %s\n", why.c_str());
    std::exit(1);
}

// A connection with the settings of the daemon's writer (src/core/store/sqlite/database.cpp).
class Database {
public:
    explicit Database(const std::string& file) {
        if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) stop(file + " cannot be opened");
        exec(
            "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA "
            "mmap_size=134217728;"
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; PRAGMA "
            "cache_size=-32768;");
    }
    ~Database() { sqlite3_close(handle_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void exec(const char* sql) {
        if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) stop(sqlite3_errmsg(handle_));
    }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* out = nullptr;
        if (sqlite3_prepare_v2(handle_, sql, -1, &out, nullptr) != SQLITE_OK) stop(sqlite3_errmsg(handle_));
        return out;
    }
    void run(sqlite3_stmt* query) {
        if (sqlite3_step(query) != SQLITE_DONE) stop(sqlite3_errmsg(handle_));
        sqlite3_reset(query);
    }
    std::int64_t integer(const char* sql) {
        auto* query = prepare(sql);
        const auto out = sqlite3_step(query) == SQLITE_ROW ? sqlite3_column_int64(query, 0) : 0;
        sqlite3_finalize(query);
        return out;
    }

private:
    sqlite3* handle_ = nullptr;
};

void bind_text(sqlite3_stmt* query, int at, const std::string& text) {
    sqlite3_bind_text(query, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}
void bind_blob(sqlite3_stmt* query, int at, const std::string& bytes) {
    sqlite3_bind_blob(query, at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
}

struct Fact {
    std::int64_t activity = 0, occurred = 0;
    int what = 0, precision = 0;
    std::optional<double> score;
};

// All that one statement brings, ready to be bound.
struct Row {
    std::string id, body, keys;  // id of 16 bytes, keys packed
    std::vector<std::pair<std::int64_t, std::string>> new_terms;
    std::vector<store::Posting> postings;
    std::int64_t actor = 0;
    Fact fact;
};

struct Block {
    store::Posting posting;
    std::int64_t block;
    std::string bits;
};

class Rows {
public:
    Rows(Database& database, Shape shape, std::uint64_t seed) : database_(database), workload_(shape, seed) {
        next_term_ = database.integer("select coalesce(max(id), 0) from term");
        find_ = database.prepare("select id from term where v = ?1");
    }
    ~Rows() { sqlite3_finalize(find_); }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    Row make() {
        std::string text;
        workload_.append(text);
        auto statement = nlohmann::json::parse(text);
        capbridge::xapi::complete_statement(
            statement, {{"objectType", "Agent"},
                        {"account", {{"homePage", "https://capbridge.example"}, {"name", "bench"}}}});
        auto read = capbridge::engine::new_statement(statement);
        Row row;
        row.id = capbridge::uuid_bytes(read.id);
        row.body = std::move(read.body);
        for (const auto& key : read.keys)
            row.postings.push_back({static_cast<std::int64_t>(key.kind), term(key.value, row)});
        drop_implied(row.postings);
        row.keys = store::pack(row.postings);
        if (read.fact) {
            const auto& fact = read.fact->fact;
            row.actor = term(read.fact->actor, row);
            row.fact = {term(fact.activity, row), capbridge::unix_ms(fact.occurred.at),
                        static_cast<int>(fact.what), static_cast<int>(fact.occurred.precision), fact.score};
        }
        return row;
    }

private:
    std::int64_t term(const std::string& text, Row& row) {
        const auto known = terms_.find(text);
        if (known != terms_.end()) return known->second;
        bind_text(find_, 1, text);
        std::int64_t id = sqlite3_step(find_) == SQLITE_ROW ? sqlite3_column_int64(find_, 0) : 0;
        sqlite3_reset(find_);
        if (id == 0) row.new_terms.emplace_back(id = ++next_term_, text);
        return terms_[text] = id;
    }
    // The actor is one of the agents, and the object one of the activities: not posted twice.
    static void drop_implied(std::vector<store::Posting>& postings) {
        std::sort(postings.begin(), postings.end());
        const auto all = postings;
        std::erase_if(postings, [&](const store::Posting& p) {
            const bool wide =
                p.kind == store::posting_kind::any_agent || p.kind == store::posting_kind::any_activity;
            return wide && std::binary_search(all.begin(), all.end(), store::Posting{p.kind - 1, p.id});
        });
    }

    Database& database_;
    Workload workload_;
    sqlite3_stmt* find_;
    std::int64_t next_term_;
    std::unordered_map<std::string, std::int64_t> terms_;
};

// The bare loop.
class Loop {
public:
    Loop(Database& database, bool blocks)
        : database_(database),
          blocks_(blocks),
          statement_(
              database.prepare("insert into statement(seq, id, stored, run, org, flags, keys, body, actor) "
                               "values (?1, ?2, ?3, ?4, 1, 1, ?5, ?6, ?7)")),
          term_(database.prepare("insert into term(id, v) values (?1, ?2)")),
          fact_(database.prepare("insert or replace into fact(actor, seq, activity, what, score, occurred, "
                                 "occurred_precision, expires) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, null)")),
          posting_(database.prepare("insert into posting(kind, id, seq) values (?1, ?2, ?3)")),
          block_(
              database.prepare("insert into posting_block(kind, id, block, bits) values (?1, ?2, ?3, ?4)")) {}
    ~Loop() {
        for (auto* query : {statement_, term_, fact_, posting_, block_}) sqlite3_finalize(query);
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Statements a second.
    double run(const std::vector<Row>& rows, std::int64_t first_seq, std::int64_t run_id, std::size_t group,
               const std::vector<Block>& all_blocks) {
        const auto began = Clock::now();
        std::size_t block_at = 0;
        for (std::size_t i = 0; i < rows.size();) {
            database_.exec("BEGIN IMMEDIATE");
            const auto end = std::min(rows.size(), i + group);
            for (; i < end; ++i) insert(rows[i], first_seq + static_cast<std::int64_t>(i), run_id);
            if (blocks_) {  // evenly, as many of them as belong to the statements so far
                const auto until = all_blocks.size() * i / rows.size();
                for (; block_at < until; ++block_at) insert(all_blocks[block_at]);
            }
            database_.exec("COMMIT");
        }
        return static_cast<double>(rows.size()) / seconds_since(began);
    }

private:
    void insert(const Row& row, std::int64_t seq, std::int64_t run_id) {
        for (const auto& [id, text] : row.new_terms) {
            sqlite3_bind_int64(term_, 1, id);
            bind_text(term_, 2, text);
            database_.run(term_);
        }
        sqlite3_bind_int64(statement_, 1, seq);
        bind_blob(statement_, 2, row.id);
        sqlite3_bind_int64(statement_, 3, 1773000000000 + seq);
        sqlite3_bind_int64(statement_, 4, run_id);
        bind_blob(statement_, 5, row.keys);
        bind_text(statement_, 6, row.body);
        sqlite3_bind_int64(statement_, 7, row.actor);
        database_.run(statement_);
        sqlite3_bind_int64(fact_, 1, row.actor);
        sqlite3_bind_int64(fact_, 2, seq);
        sqlite3_bind_int64(fact_, 3, row.fact.activity);
        sqlite3_bind_int(fact_, 4, row.fact.what);
        row.fact.score ? sqlite3_bind_double(fact_, 5, *row.fact.score) : sqlite3_bind_null(fact_, 5);
        sqlite3_bind_int64(fact_, 6, row.fact.occurred);
        sqlite3_bind_int(fact_, 7, row.fact.precision);
        database_.run(fact_);
        if (blocks_) return;
        for (const auto& posting : row.postings) {
            sqlite3_bind_int64(posting_, 1, posting.kind);
            sqlite3_bind_int64(posting_, 2, posting.id);
            sqlite3_bind_int64(posting_, 3, seq);
            database_.run(posting_);
        }
    }
    void insert(const Block& block) {
        sqlite3_bind_int64(block_, 1, block.posting.kind);
        sqlite3_bind_int64(block_, 2, block.posting.id);
        sqlite3_bind_int64(block_, 3, block.block);
        bind_blob(block_, 4, block.bits);
        database_.run(block_);
    }

    Database& database_;
    bool blocks_;
    sqlite3_stmt *statement_, *term_, *fact_, *posting_, *block_;
};

// One for each key and block; blocks that no statement has reached yet, so that none is in the way.
std::vector<Block> blocks_of(const std::vector<Row>& rows, std::int64_t first_seq) {
    const auto ahead = store::block_of(first_seq) + 2;
    std::map<std::pair<std::int64_t, store::Posting>, std::vector<std::uint16_t>> offsets;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        for (const auto& posting : rows[i].postings) {
            offsets[{ahead + store::block_of(at), posting}].push_back(
                static_cast<std::uint16_t>(store::offset_of(at)));
        }
    }
    std::vector<Block> out;
    for (const auto& [key, list] : offsets) out.push_back({key.second, key.first, store::pack_offsets(list)});
    return out;
}

void take_back(Database& database, std::int64_t last_seq, std::int64_t last_term) {
    const auto remove = [&](const char* sql, std::int64_t beyond) {
        auto* query = database.prepare(sql);
        sqlite3_bind_int64(query, 1, beyond);
        database.run(query);
        sqlite3_finalize(query);
    };
    database.exec("BEGIN IMMEDIATE");
    remove("delete from statement where seq > ?1", last_seq);
    remove("delete from fact where seq > ?1", last_seq);
    remove("delete from posting where seq > ?1", last_seq);
    remove("delete from posting_block where block > ?1", store::block_of(last_seq + 1) + 1);
    remove("delete from term where id > ?1", last_term);
    database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

int main(int argc, char** argv) {
    std::string data, shape = "narrow", postings = "rows";
    std::size_t count = 40000;
    std::vector<std::size_t> groups{50, 400};
    std::uint64_t seed = 77;
    bool json = false;
    CLI::App app("The floor: a bare loop");
    app.add_option("--data", data, "Data directory; made when it is not there")->required();
    app.add_option("--workload", shape)->check(CLI::IsMember({"narrow", "wide"}));
    app.add_option("--postings", postings)->check(CLI::IsMember({"rows", "blocks"}));
    app.add_option("--count", count, "Statements for each group size");
    app.add_option("--group", groups, "Statements a commit; several");
    app.add_option("--seed", seed);
    app.add_flag("--json", json);
    CLI11_PARSE(app, argc, argv);

    if (const auto made = store::open_store(data, store::Mode::own); !made) stop(made.error().text());
    Database database(data + "/capbridge.db");
    for (const auto group : groups) {
        const auto last_seq = database.integer(
            "select max(coalesce((select max(seq) from statement), 0), "
            "coalesce((select max(seq) from decision), 0))");
        const auto last_term = database.integer("select coalesce(max(id), 0) from term");
        std::vector<Row> rows;
        rows.reserve(count);
        {
            Rows source(database, shape == "wide" ? Shape::wide : Shape::narrow, seed + group);
            for (std::size_t i = 0; i < count; ++i) rows.push_back(source.make());
        }
        const auto blocks = blocks_of(rows, last_seq + 1);
        database.exec(
            "insert into run(org, kind, source, adapter, adapter_version, adapter_sha256, who, what, began, "
            "counts, "
            "outcome, error, cursor_before) values (1, 'request', '', '', '', '', 'bench', 'floor', 0, '{}', "
            "'ok', '', '')");
        const auto run_id = database.integer("select last_insert_rowid()");
        const auto rate = Loop(database, postings == "blocks").run(rows, last_seq + 1, run_id, group, blocks);
        take_back(database, last_seq, last_term);
        database.exec(("delete from run where id = " + std::to_string(run_id)).c_str());
        if (json) {
            const nlohmann::ordered_json line{{"workload", shape},   {"postings", postings}, {"group", group},
                                              {"statements", count}, {"stored", last_seq},   {"rate", rate}};
            std::printf("%s\n", line.dump().c_str());
        } else {
            std::printf("floor, %s, postings as %s, %zu a commit, %lld stored: %.0f statements/s\n",
                        shape.c_str(), postings.c_str(), group, static_cast<long long>(last_seq), rate);
        }
    }
    return 0;
}
