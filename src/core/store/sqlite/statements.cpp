// statements(): a page of the journal by keys. Every key is walked block by block (key_walk.hpp), from the
// newest or the oldest; blocks that one of the keys lacks are passed over, and in the others the sets are
// intersected. So two keys that are each in every block and never together cost one pass over their bits, not
// a look for every statement of one of them.
#include <algorithm>

#include "core/store/sqlite/journal.hpp"
#include "core/store/sqlite/key_walk.hpp"
#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {
namespace {

using Wanted = std::vector<std::vector<Posting>>;

// Nothing: a key that no statement has.
std::optional<Wanted> wanted_keys(Database& database, const StatementQuery& query) {
    Wanted out;
    const auto add = [&](const std::optional<std::string>& value, std::vector<std::int64_t> kinds) {
        if (!value) return true;
        const auto term = find_term(database, *value);
        if (!term) return false;
        auto& any_of = out.emplace_back();
        for (const auto kind : kinds) any_of.push_back({kind, *term});
        return true;
    };
    using Kinds = std::vector<std::int64_t>;
    const bool all_known =
        add(query.agent_key, query.related_agents ? Kinds{posting_kind::actor, posting_kind::any_agent}
                                                  : Kinds{posting_kind::actor}) &&
        add(query.activity, query.related_activities
                                ? Kinds{posting_kind::object_activity, posting_kind::any_activity}
                                : Kinds{posting_kind::object_activity}) &&
        add(query.registration, {posting_kind::registration}) && add(query.verb, {posting_kind::verb}) &&
        add(query.owner, {posting_kind::owner});
    if (!all_known) return std::nullopt;
    return out;
}

// The first seq whose statement was stored after `at`. stored grows with seq, so halving finds it and no
// index is needed.
std::int64_t first_after(Database& database, Instant at) {
    std::int64_t low = 1, high = database.integer("select max(seq) from statement") + 1;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        auto rows = database.query("select stored from statement where seq >= ?1 order by seq limit 1");
        rows.bind(middle);
        if (rows.step() && rows.instant(0) <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct Range {
    std::int64_t first = 1, last = INT64_MAX;
};

Range range_of(Database& database, const StatementQuery& query) {
    Range range;
    if (query.since) range.first = first_after(database, *query.since);
    if (query.until) range.last = first_after(database, *query.until) - 1;
    if (query.up_to_seq > 0) range.last = std::min(range.last, query.up_to_seq);
    if (query.after_seq > 0 && query.ascending) range.first = std::max(range.first, query.after_seq + 1);
    if (query.after_seq > 0 && !query.ascending) range.last = std::min(range.last, query.after_seq - 1);
    return range;
}

// A page in the making.
struct Page {
    const StatementQuery& query;
    std::vector<StatementRow> rows;
    std::size_t bytes = 0;  // of bodies

    void add(StatementRow row) {
        bytes += row.body.size();
        rows.push_back(std::move(row));
    }
    [[nodiscard]] bool full() const {
        return rows.size() >= query.limit || (query.most_bytes != 0 && bytes > query.most_bytes);
    }
};

std::vector<StatementRow> page_of_all(Database& database, const Range& range, const StatementQuery& query) {
    static const auto newest_first = select_statements(
        "where s.seq between ?1 and ?2 and (?4 or s.voided_by is null) order by s.seq desc limit ?3");
    static const auto oldest_first = select_statements(
        "where s.seq between ?1 and ?2 and (?4 or s.voided_by is null) order by s.seq limit ?3");
    auto rows = database.query(query.ascending ? oldest_first : newest_first);
    rows.bind(range.first, range.last, query.limit, query.with_voided);
    Page page{query, {}};
    while (!page.full() && rows.step()) page.add(statement_row(rows));
    return std::move(page.rows);
}

// The nearest block, from `block` on, that all keys have.
std::optional<std::int64_t> common_block(std::vector<KeyWalk>& walks, std::int64_t block) {
    for (std::size_t agreed = 0, i = 0; agreed < walks.size(); i = (i + 1) % walks.size()) {
        const auto found = walks[i].seek(block);
        if (!found) return std::nullopt;
        agreed = *found == block ? agreed + 1 : 1;
        block = *found;
    }
    return block;
}

std::vector<StatementRow> page_by_keys(const KeySnapshot& snapshot, const Wanted& keys, const Range& range,
                                       const StatementQuery& query) {
    Page page{query, {}};
    if (range.first > range.last || query.limit == 0) return {};
    std::vector<KeyWalk> walks;
    int slot = 0;
    for (const auto& any_of : keys) {
        walks.emplace_back(snapshot, any_of, query.ascending, slot);
        slot += static_cast<int>(any_of.size());
    }
    static const auto sql = select_statements("where s.seq = ?1 and (?2 or s.voided_by is null)");
    auto row = snapshot.database.query(sql);
    const auto first = block_of(range.first), last = block_of(range.last);
    const int step = query.ascending ? 1 : -1;
    for (auto block = query.ascending ? first : last; block >= first && block <= last; block += step) {
        const auto common = common_block(walks, block);
        if (!common || *common < first || *common > last) break;
        block = *common;
        auto bits = walks.front().bits();
        for (std::size_t i = 1; i < walks.size(); ++i) bits.intersect(walks[i].bits());
        bits.keep(block == first ? offset_of(range.first) : 0,
                  block == last ? offset_of(range.last) : BlockBits::size - 1);
        const auto begin = query.ascending ? bits.next(0) : bits.previous(BlockBits::size - 1);
        for (int at = begin; at >= 0; at = query.ascending ? bits.next(at + 1) : bits.previous(at - 1)) {
            row.bind(first_seq_of(block) + at, query.with_voided);
            if (row.step()) page.add(statement_row(row));
            row.reset();
            if (page.full()) return std::move(page.rows);
        }
    }
    return std::move(page.rows);
}

}  // namespace

std::vector<StatementRow> SqliteJournal::statements(const StatementQuery& query) {
    auto database = connections_.readers.lease();
    const KeySnapshot snapshot(connections_, *database);
    const auto keys = wanted_keys(*database, query);
    if (!keys) return {};
    auto range = range_of(*database, query);
    if (keys->empty()) return page_of_all(*database, range, query);
    range.last = std::min(range.last, snapshot.last());
    return page_by_keys(snapshot, *keys, range, query);
}

}  // namespace capbridge::store
