#include "core/engine/intake_snapshot.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/sync/guard.hpp"

namespace capbridge::engine {

KeySet::Digest KeySet::digest_of(std::string_view kind, std::string_view key) {
    std::string text(kind);
    text += '\n';
    text += key;
    Digest out{};
    std::memcpy(out.data(), sha256(text).data(), out.size());
    return out;
}

void KeySet::add(std::string_view kind, std::string_view key) {
    digests_.push_back(digest_of(kind, key));
}

void KeySet::take(KeySet&& other) {
    if (digests_.empty()) {
        *this = std::move(other);
        return;
    }
    digests_.insert(digests_.end(), other.digests_.begin(), other.digests_.end());
}

bool KeySet::contains(std::string_view kind, std::string_view key) {
    if (sorted_ != digests_.size()) {
        std::sort(digests_.begin(), digests_.end());
        digests_.erase(std::unique(digests_.begin(), digests_.end()), digests_.end());
        sorted_ = digests_.size();
    }
    return std::binary_search(digests_.begin(), digests_.end(), digest_of(kind, key));
}

bool OpenSnapshot::is_of(std::string_view kind) const {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

void Snapshots::open(OpenSnapshot snapshot) {
    std::erase_if(
        open_, [&](const auto& one) { return one.scope == snapshot.scope && one.kinds == snapshot.kinds; });
    open_.push_back(std::move(snapshot));
}

OpenSnapshot Snapshots::close(const std::string& scope, const std::vector<std::string>& kinds, bool& found) {
    auto it = std::find_if(open_.begin(), open_.end(),
                           [&](const auto& one) { return one.scope == scope && one.kinds == kinds; });
    // An end that names no kinds is that of the scope.
    if (it == open_.end())
        it = std::find_if(open_.begin(), open_.end(), [&](const auto& one) { return one.scope == scope; });
    found = it != open_.end();
    if (!found) return {};
    auto out = std::move(*it);
    open_.erase(it);
    return out;
}

const OpenSnapshot* Snapshots::innermost(std::string_view kind) const {
    const auto it =
        std::find_if(open_.rbegin(), open_.rend(), [&](const auto& one) { return one.is_of(kind); });
    return it == open_.rend() ? nullptr : &*it;
}

const std::string& Snapshots::scope_of(std::string_view kind) const {
    static const std::string none;
    const auto* one = innermost(kind);
    return one == nullptr ? none : one->scope;
}

bool Snapshots::guarded(std::string_view kind) const {
    const auto* one = innermost(kind);
    if (one == nullptr) return false;
    const auto at = std::find(one->kinds.begin(), one->kinds.end(), kind) - one->kinds.begin();
    return one->live_before[static_cast<std::size_t>(at)] >= fall_counts_from;
}

void Snapshots::saw(std::string_view kind, std::string_view key) {
    for (auto& one : open_) {
        if (one.is_of(kind)) one.seen.add(kind, key);
    }
}

void Snapshots::saw_unknown(std::string_view kind) {
    for (auto& one : open_) {
        if (kind.empty() || one.is_of(kind)) one.whole = false;
    }
}

std::vector<std::string> Snapshots::kinds_of(const json& record) {
    std::vector<std::string> out;
    if (const auto kinds = record.is_object() ? record.find("kinds") : record.end();
        kinds != record.end() && kinds->is_array()) {
        for (const auto& kind : *kinds) {
            if (kind.is_string()) out.push_back(kind.get<std::string>());
        }
    }
    if (const auto kind = get_string(record, "kind"); !kind.empty()) out.push_back(kind);
    if (out.empty()) out.emplace_back("completion");
    return out;
}

}  // namespace capbridge::engine
