// Snapshots of a pull: inside a closed snapshot of a scope, and only there, absence means withdrawn. What is
// remembered of a million keys are digests of sixteen bytes. One thread.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::engine {

// Keys that were met. Two of them are taken for one with a chance that no source lives to see.
class KeySet {
public:
    void add(std::string_view kind, std::string_view key);
    [[nodiscard]] bool contains(std::string_view kind, std::string_view key);
    void take(KeySet&& other);

private:
    using Digest = std::array<unsigned char, 16>;
    static Digest digest_of(std::string_view kind, std::string_view key);
    std::vector<Digest> digests_;
    std::size_t sorted_ = 0;  // of them
};

struct OpenSnapshot {
    std::string scope;
    std::vector<std::string> kinds;
    std::vector<std::size_t> live_before;  // of each kind
    KeySet seen;
    bool whole = true;  // false once a row was rejected that does not say which fact it was about
    [[nodiscard]] bool is_of(std::string_view kind) const;
};

class Snapshots {
public:
    void open(OpenSnapshot snapshot);  // an open one of the same scope and kinds begins anew
    // Takes it out; `found` false when none is open of that scope.
    OpenSnapshot close(const std::string& scope, const std::vector<std::string>& kinds, bool& found);
    // The scope to which a record of this kind belongs now, "" when it comes in no snapshot.
    [[nodiscard]] const std::string& scope_of(std::string_view kind) const;
    // Something may fall in the one to which a record of this kind belongs now.
    [[nodiscard]] bool guarded(std::string_view kind) const;
    void saw(std::string_view kind, std::string_view key);
    // A record of this kind ("" = of some) was of no use and does not say which it was.
    void saw_unknown(std::string_view kind);
    // By any snapshot of this pull that is closed, so that a row that moved from one to another is not lost.
    [[nodiscard]] bool listed(std::string_view kind, std::string_view key) {
        return listed_.contains(kind, key);
    }
    void list(OpenSnapshot snapshot) { listed_.take(std::move(snapshot.seen)); }

    // Of a record snapshot_begin or snapshot_end; absent: completion.
    static std::vector<std::string> kinds_of(const json& record);

private:
    [[nodiscard]] const OpenSnapshot* innermost(std::string_view kind) const;
    std::vector<OpenSnapshot> open_;
    KeySet listed_;
};

}  // namespace capbridge::engine
