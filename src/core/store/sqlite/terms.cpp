#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {

std::optional<std::int64_t> find_term(Database& database, std::string_view text) {
    auto rows = database.query("select id from term where v = ?1");
    rows.bind(text);
    if (!rows.step()) return std::nullopt;
    return rows.integer(0);
}

std::int64_t Terms::intern(std::string_view text) {
    std::string key(text);
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    std::int64_t id = 0;
    if (const auto found = find_term(database_, text)) {
        id = *found;
    } else {
        database_.query("insert into term(v) values (?1)").bind(text).run();
        id = database_.last_id();
    }
    if (known_.size() >= max_known) known_.clear();
    known_.emplace(std::move(key), id);
    return id;
}

}  // namespace capbridge::store
