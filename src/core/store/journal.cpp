#include "core/store/journal.hpp"

namespace capbridge::store {

std::int64_t seq_of(const Entry& entry) {
    return std::visit([](const auto& row) { return row.seq; }, entry);
}

}  // namespace capbridge::store
