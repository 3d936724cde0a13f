// Interned texts: an IRI, agent key or registration is stored once and is an integer everywhere else. On the
// writer's thread only; readers look a term up with find_term().
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

std::optional<std::int64_t> find_term(Database& database, std::string_view text);

class Terms {
public:
    explicit Terms(Database& database) : database_(database) {}
    std::int64_t intern(std::string_view text);
    void forget(const std::string& text) {  // its row says something else from now on
        recent_.erase(text);
        older_.erase(text);
    }

    // What was new in a transaction that is rolled back is not there.
    void begin() { fresh_.clear(); }  // a transaction
    [[nodiscard]] std::size_t mark() const { return fresh_.size(); }
    void undo(std::size_t mark);

private:
    // Two generations: what is used stays, and registrations, which are used for a while and never again,
    // push out nothing that is.
    static constexpr std::size_t a_generation = 65536;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Known = std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;
    void keep(Known::node_type node);

    Database& database_;
    Known recent_, older_;
    std::vector<std::string> fresh_;  // of this transaction
};

}  // namespace capbridge::store
