// What a store says that keeps no history.
#include "core/store/store.hpp"

namespace capbridge::store {

Journal::Watermark Store::entry_at(std::int64_t) {
    return {};
}

Journal::Watermark Store::entry_at(Instant) {
    return {};
}

Result<std::unique_ptr<Store>> Store::past(std::int64_t, const GoOn&) {
    return fail("no_history", "This store cannot show how it was.");
}

}  // namespace capbridge::store
