#include "core/store/sqlite/described.hpp"

#include <algorithm>
#include <functional>

#include "core/xapi/descriptions.hpp"

namespace capbridge::store {

void Described::tell(std::int64_t activity, std::string_view definition) {
    const auto digest = std::hash<std::string_view>{}(definition);
    if (nothing_new_.size() >= most_activities) nothing_new_.clear();
    auto& nothing_new = nothing_new_[activity];
    if (std::find(nothing_new.begin(), nothing_new.end(), digest) != nothing_new.end()) return;
    std::string known;
    if (const auto changed = definitions_.find(activity); changed != definitions_.end()) {
        known = changed->second;
    } else {
        auto rows = database_.query("select definition from activity where id = ?1");
        rows.bind(activity);
        if (rows.step()) known = rows.text(0);
    }
    auto merged = xapi::merge_definition(known, definition);
    if (merged != known) {
        nothing_new.clear();
        definitions_[activity] = std::move(merged);
    } else if (nothing_new.size() >= most_tellings) {
        nothing_new.clear();
    }
    nothing_new.push_back(digest);
}

void Described::name(std::int64_t agent, std::string_view name) {
    const auto digest = std::hash<std::string_view>{}(name) ^
                        static_cast<std::uint64_t>(agent) * std::uint64_t{0x9E3779B97F4A7C15};
    if (names_known_.size() >= most_names) names_known_.clear();
    if (names_known_.insert(digest).second) names_.emplace(agent, name);
}

void Described::flush() {
    for (const auto& [activity, definition] : definitions_) {
        database_.query("insert or replace into activity(id, definition) values (?1, ?2)")
            .bind(activity, definition)
            .run();
    }
    for (const auto& [agent, name] : names_) {
        database_.query("insert or ignore into agent_name(agent, name) values (?1, ?2)")
            .bind(agent, name)
            .run();
    }
    definitions_.clear();
    names_.clear();
}

void Described::rolled_back() {
    nothing_new_.clear();
    names_known_.clear();
    definitions_.clear();
    names_.clear();
}

}  // namespace capbridge::store
