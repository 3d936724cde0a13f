// Interned texts: an IRI, agent key or registration is stored once and is an integer everywhere else. On the
// writer's thread only; readers look a term up with find_term().
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

std::optional<std::int64_t> find_term(Database& database, std::string_view text);

class Terms {
public:
    explicit Terms(Database& database) : database_(database) {}
    std::int64_t intern(std::string_view text);
    // What was interned in a transaction that was rolled back is not there.
    void forget() { known_.clear(); }

private:
    static constexpr std::size_t max_known = 65536;
    Database& database_;
    std::unordered_map<std::string, std::int64_t> known_;
};

}  // namespace capbridge::store
