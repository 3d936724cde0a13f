// What statements tell about activities and how they call agents, on its way into the tables activity and
// agent_name. Gathered for a group of the writer and written once before its commit, in order of the keys,
// and only where something changed: statements tell the same again and again, and that costs a look into
// memory. On the writer's thread.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

class Described {
public:
    explicit Described(Database& database) : database_(database) {}
    void tell(std::int64_t activity, std::string_view definition);  // term of the IRI
    void name(std::int64_t agent, std::string_view name);           // term of the agent's key
    void flush();
    void rolled_back();

private:
    // Digests of texts: one that is another's by chance would leave a name or a definition out, at odds of
    // one in billions of billions.
    using Digest = std::uint64_t;
    static constexpr std::size_t most_activities = 65536, most_names = 131072, most_tellings = 16;

    Database& database_;
    // The definitions that would change nothing in what is known of an activity now.
    std::unordered_map<std::int64_t, std::vector<Digest>> nothing_new_;
    std::unordered_set<Digest> names_known_;
    std::map<std::int64_t, std::string> definitions_;       // changed in this group
    std::set<std::pair<std::int64_t, std::string>> names_;  // new in this group
};

}  // namespace capbridge::store
