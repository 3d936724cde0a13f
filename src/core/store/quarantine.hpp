// Records of a source that could not be made into anything: kept one by one until the same record comes again
// and is well, somebody tries it again, or drops it. Values only; Sources reads them, Batch writes them, so
// that they commit with the cursor that is behind them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace capbridge::store {

// Of one source; what is beyond is counted and not kept.
inline constexpr std::size_t most_quarantined = 10'000;

struct QuarantineKey {
    std::string kind;
    std::string slot;  // quarantine_slot()
    friend bool operator==(const QuarantineKey&, const QuarantineKey&) = default;
};

struct QuarantineRow {
    std::int64_t id = 0;  // given by the store
    std::string source;   // uuid
    std::string kind;
    std::string key;            // of the fact, "" when it cannot be told
    std::string where;          // JSON pointer in the record, or a place in the source
    std::string code, message;  // no personal data
    std::string record;         // JSON as the adapter gave it, "" when there is none: holds personal data
    Instant first{}, last{};    // seen
    int tries = 1;
};

// What is replaced by what: the same key, or without one the same place in the source.
inline std::string quarantine_slot(std::string_view key, std::string_view where) {
    return key.empty() ? "\n" + std::string(where) : std::string(key);
}

}  // namespace capbridge::store
