#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {

std::optional<std::int64_t> find_term(Database& database, std::string_view text) {
    auto rows = database.query("select id from term where v = ?1");
    rows.bind(text);
    if (!rows.step()) return std::nullopt;
    return rows.integer(0);
}

void Terms::keep(Known::node_type node) {
    if (recent_.size() >= a_generation) {
        older_ = std::move(recent_);
        recent_ = {};
    }
    recent_.insert(std::move(node));
}

std::int64_t Terms::intern(std::string_view text) {
    if (const auto known = recent_.find(text); known != recent_.end()) return known->second;
    if (const auto known = older_.find(text); known != older_.end()) {
        const auto id = known->second;
        keep(older_.extract(known));
        return id;
    }
    // What is not in memory is most likely new: a registration.
    std::int64_t id = 0;
    database_.query("insert into term(v) values (?1) on conflict do nothing").bind(KeptText{text}).run();
    if (database_.changes() > 0) {
        id = database_.last_id();
        fresh_.emplace_back(text);
    } else {
        id = find_term(database_, text).value_or(0);
    }
    Known one;
    one.emplace(text, id);
    keep(one.extract(one.begin()));
    return id;
}

void Terms::undo(std::size_t mark) {
    for (; fresh_.size() > mark; fresh_.pop_back()) {
        recent_.erase(fresh_.back());
        older_.erase(fresh_.back());
    }
}

}  // namespace capbridge::store
