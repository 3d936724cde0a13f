#include "core/engine/intake_quarantine.hpp"

namespace capbridge::engine {
namespace {

// A longer record is named, and not kept: ten thousand of a megabyte would be a disk full.
constexpr std::size_t longest_record = 32u << 10;
// Of one batch, and of what is known: more than are kept make no difference.
constexpr std::size_t most_known = 2 * store::most_quarantined;

}  // namespace

QuarantineIntake::QuarantineIntake(Bridge& bridge, std::string source_uuid)
    : bridge_(bridge), source_(std::move(source_uuid)) {
    for (const auto& one : bridge_.store().sources().quarantined_keys(source_))
        known_.insert(name_of(one.kind, one.slot));
}

std::string QuarantineIntake::name_of(std::string_view kind, std::string_view slot) {
    return std::string(kind) + '\n' + std::string(slot);
}

void QuarantineIntake::keep(std::string_view kind, const std::string& key, const Error& why,
                            std::string_view record) {
    store::QuarantineRow row;
    row.source = source_;
    row.kind = kind;
    row.key = key;
    row.where = why.where;
    row.code = why.code;
    row.message = why.message;
    if (record.size() <= longest_record) row.record = record;
    row.first = row.last = bridge_.now();
    if (known_.size() < most_known) known_.insert(name_of(kind, store::quarantine_slot(key, why.where)));
    kept_.push_back(std::move(row));
}

void QuarantineIntake::well(std::string_view kind, std::string_view key) {
    if (known_.empty()) return;
    if (known_.erase(name_of(kind, key)) == 0) return;
    std::erase_if(kept_, [&](const auto& row) { return row.kind == kind && row.key == key; });
    released_.push_back({std::string(kind), std::string(key)});
}

void QuarantineIntake::settle(store::Batch& batch) {
    batch.quarantined = std::move(kept_);
    batch.released = std::move(released_);
    batch.quarantine_source = source_;
    kept_.clear();
    released_.clear();
}

}  // namespace capbridge::engine
