#include "core/engine/intake_quarantine.hpp"

#include <algorithm>

#include "core/store/quarantine_slot.hpp"

namespace capbridge::engine {
namespace {

// A longer record is named, and not kept: ten thousand of a megabyte would be a disk full.
constexpr std::size_t longest_record = 32u << 10;
// Of one batch, and of what is known: more than are kept make no difference.
constexpr std::size_t most_known = 2 * store::most_quarantined;

}  // namespace

QuarantineIntake::QuarantineIntake(Bridge& bridge, std::string source_uuid)
    : bridge_(bridge), source_(std::move(source_uuid)) {
    for (const auto& one : bridge_.store().sources().quarantined_keys(source_)) {
        known_.insert(name_of(one.kind, one.slot));
        any_without_key_ = any_without_key_ || one.slot.starts_with('\n');
    }
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
    const auto name = name_of(kind, store::slot_of(row));
    if (known_.size() < most_known) known_.insert(name);
    if (key.empty()) {
        any_without_key_ = true;
        if (kept_now_.size() < most_known) kept_now_.insert(name);
    }
    kept_.push_back(std::move(row));
}

void QuarantineIntake::well(std::string_view kind, std::string_view key, std::string_view record) {
    if (known_.empty()) return;
    release(kind, std::string(key));
    if (any_without_key_ && !record.empty() && record.size() <= longest_record)
        release(kind, store::slot_of_record(record));
}

void QuarantineIntake::release(std::string_view kind, const std::string& slot) {
    if (known_.erase(name_of(kind, slot)) == 0) return;
    std::erase_if(kept_, [&](const auto& row) { return row.kind == kind && store::slot_of(row) == slot; });
    released_.push_back({std::string(kind), slot});
}

void QuarantineIntake::release_unseen(const std::set<std::string>& kinds) {
    if (!any_without_key_) return;
    std::vector<store::QuarantineKey> gone;
    for (const auto& name : known_) {
        const auto end = name.find('\n');
        const auto kind = name.substr(0, end), slot = name.substr(end + 1);
        if (!slot.starts_with('\n') || kept_now_.contains(name)) continue;
        if (kind.empty() || kinds.contains(kind)) gone.push_back({kind, slot});
    }
    for (const auto& one : gone) release(one.kind, one.slot);
}

void QuarantineIntake::settle(store::Batch& batch) {
    batch.quarantined = std::move(kept_);
    batch.released = std::move(released_);
    batch.quarantine_source = source_;
    kept_.clear();
    released_.clear();
}

}  // namespace capbridge::engine
