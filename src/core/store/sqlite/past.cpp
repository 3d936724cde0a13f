#include "core/store/sqlite/past.hpp"

#include <algorithm>
#include <array>

#include "core/store/sqlite/block_bits.hpp"
#include "core/store/sqlite/posting.hpp"

namespace capbridge::store {
namespace {

constexpr std::int64_t seqs_a_slice = 50'000;

constexpr std::array<std::pair<const char*, const char*>, 2> entries_and_times{
    {{"statement", "stored"}, {"decision", "recorded"}}};

// The least seq from which on all rows of the table are later than `at`: times never run backwards.
std::int64_t first_after(Database& database, const std::string& table, const std::string& time, Instant at) {
    auto row =
        database.query("select seq, " + time + " from " + table + " where seq >= ?1 order by seq limit 1");
    std::int64_t low = 1, high = database.integer("select max(seq) from " + table) + 1;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        row.bind(middle);
        if (!row.step() || row.instant(1) > at) {
            high = middle;
        } else {
            low = row.integer(0) + 1;
        }
        row.reset();
    }
    return low;
}

void later_of(Journal::Watermark& out, Database& database, const std::string& table, const std::string& time,
              std::int64_t before) {
    auto row = database.query("select seq, " + time + " from " + table +
                              " where seq < ?1 order by seq desc limit 1");
    row.bind(before);
    if (!row.step()) return;
    out.seq = std::max(out.seq, row.integer(0));
    out.stored = std::max(out.stored, row.instant(1));
}

class Copy {
public:
    Copy(Database& into, std::int64_t seq, const Store::GoOn& go_on)
        : into_(into), seq_(seq), go_on_(go_on) {}

    void all() {
        run("insert into organisation select * from j.organisation");
        run("insert into installation select * from j.installation");
        run("insert into run select * from j.run");
        // What a later revert took back still stood; what an earlier one did was taken back already.
        into_
            .query(
                "update run set reverted_by = ifnull((select case when d.payload = '' then 0 else d.run end "
                "from j.decision d where d.kind = 'run.revert' and d.key = cast(main.run.id as text) and "
                "d.seq <= ?1 order by d.seq desc limit 1), 0) where reverted_by <> 0 or id in (select "
                "cast(key as integer) from j.decision where kind = 'run.revert')")
            .bind(seq_)
            .run();
        run("update run set outcome = 'ok' where outcome = 'reverted' and reverted_by = 0");
        run("insert into term select * from j.term");
        run("insert into activity select * from j.activity");
        settled_ = std::min(into_.integer("select seq from j.settled"),
                            std::max<std::int64_t>(0, first_seq_of(block_of(seq_ + 1)) - 1));
        into_.query("update settled set seq = ?1").bind(settled_).run();
        into_.query("insert into decision select * from j.decision where seq <= ?1").bind(seq_).run();
        in_slices(
            "insert into statement(seq, id, stored, run, org, flags, voided_by, target, owner, actor, keys, "
            "body) select seq, id, stored, run, org, flags, case when voided_by <= ?3 then voided_by end, "
            "target, owner, actor, case when seq > ?4 then keys else x'' end, '' from j.statement where seq "
            "> ?1 and seq <= ?2 order by seq",
            settled_);
        in_slices(
            "insert into fact select * from j.fact where seq > ?1 and seq <= ?2 and ?3 >= seq and ?4 = ?4 "
            "order by seq",
            0);
        // Facts are found by their actors' postings and by nothing else.
        into_.query("insert into posting_block select * from j.posting_block where kind = ?1 and block <= ?2")
            .bind(posting_kind::actor, block_of(settled_))
            .run();
    }

private:
    void run(const char* sql) { into_.query(sql).run(); }
    // ?1 and ?2 bound a slice, ?3 is the last seq of all, ?4 the parameter.
    void in_slices(const char* sql, std::int64_t parameter) {
        for (std::int64_t from = 0; from < seq_; from += seqs_a_slice) {
            const auto upto = std::min(seq_, from + seqs_a_slice);
            into_.query(sql).bind(from, upto, seq_, parameter).run();
            done_ += upto - from;
            if (go_on_ && !go_on_(static_cast<std::size_t>(done_), static_cast<std::size_t>(2 * seq_)))
                throw Failure({"stopping", "the bridge is stopping", {}, 0});
        }
    }

    Database& into_;
    std::int64_t seq_;
    const Store::GoOn& go_on_;
    std::int64_t settled_ = 0, done_ = 0;
};

}  // namespace

Journal::Watermark find_entry(Database& database, std::int64_t seq) {
    const Snapshot snapshot(database);
    Journal::Watermark out;
    for (const auto& [table, time] : entries_and_times) later_of(out, database, table, time, seq + 1);
    return out;
}

Journal::Watermark find_entry(Database& database, Instant at) {
    const Snapshot snapshot(database);
    Journal::Watermark out;
    for (const auto& [table, time] : entries_and_times)
        later_of(out, database, table, time, first_after(database, table, time, at));
    return out;
}

void copy_past(Database& into, const std::filesystem::path& file, std::int64_t seq,
               const Store::GoOn& go_on) {
    // It is thrown away: nothing of it need survive a crash.
    into.exec("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF;");
    into.query("attach ?1 as j").bind(file.string()).run();
    into.exec("BEGIN");
    try {
        Copy(into, seq, go_on).all();
        into.exec("COMMIT");
    } catch (...) {
        if (into.in_transaction()) into.exec("ROLLBACK");
        into.exec("detach j");
        throw;
    }
    into.exec("detach j");
}

}  // namespace capbridge::store
