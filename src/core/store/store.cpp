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

Status Store::put_settings(const SettingsChange&) {
    return fail("read_only", "This store takes no settings.");
}

std::filesystem::path Store::directory() const {
    return {};
}

Result<std::unique_ptr<StoreCopy>> Store::copy(const GoOn&) {
    return fail("no_copy", "This store cannot be copied from here: use the backup of its database server.");
}

Result<std::vector<Damage>> Store::damage() {
    return std::vector<Damage>();
}

Result<CopyFacts> Store::copy_facts() {
    return CopyFacts{};
}

}  // namespace capbridge::store
