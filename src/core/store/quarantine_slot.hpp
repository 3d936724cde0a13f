// What is replaced by what in quarantine: the same key; without one the same record, wherever it stands; and
// of what was not kept the same place in the source. Pure.
#pragma once
#include <string>
#include <string_view>

#include "core/base/ids.hpp"
#include "core/store/quarantine.hpp"

namespace capbridge::store {

// A line break begins no key, and no place begins with a number sign.
inline std::string slot_of_record(std::string_view record) {
    return "\n#" + sha256_hex(record).substr(0, 32);
}

inline std::string slot_of(const QuarantineRow& row) {
    if (row.key.empty() && !row.record.empty()) return slot_of_record(row.record);
    return quarantine_slot(row.key, row.where);
}

}  // namespace capbridge::store
