// What a run is held for, in numbers: kept with the held source, so that a person's yes is one to what the
// person saw; and the yeses that were given so far. Values; pure; any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace capbridge::engine {

struct GuardHit {
    std::string code;         // "snapshot_fell" or "leavers"
    std::string kind, scope;  // of the snapshot that fell; "" of leavers
    std::size_t missing = 0;  // what would be withdrawn, people who would leave
    std::size_t of = 0;       // that there were

    [[nodiscard]] ordered_json to_json() const;  // without the code
    // Absent when the details have no numbers.
    static std::optional<GuardHit> read(const std::string& code, const json& details);
    // A yes to this is one to that too: a twentieth more, or two, is the drift between looking and answering.
    [[nodiscard]] bool covers(const GuardHit& now) const;
};
bool cover(const std::vector<GuardHit>& accepted, const GuardHit& now);

// A small snapshot (fewer than this) may change as it likes.
inline constexpr std::size_t fall_counts_from = 20;
bool falls(const GuardHit& hit, double at_most);
// "snapshot_fell", for people.
Error fall_error(const GuardHit& hit, const std::string& source);

struct FeedGap {
    std::string key, expected, found;
    [[nodiscard]] ordered_json to_json() const;
    friend bool operator==(const FeedGap&, const FeedGap&) = default;
};

// What people said yes to since a run of the source last ended well. One run may have several guards and gaps
// in its way; it is stored as a whole or not at all, so each next run meets all of them again.
struct Answers {
    std::vector<GuardHit> hits;
    std::vector<FeedGap> gaps;  // the latest is the last one

    // A yes to what holds a source (code and details of its state). Beyond a bound the oldest is forgotten
    // and is asked again.
    void add(const std::string& held, const json& details);
    [[nodiscard]] bool empty() const { return hits.empty() && gaps.empty(); }
    // The member "answered" of a state's details.
    [[nodiscard]] ordered_json to_json() const;
    static Answers read(const json& details);
};

// By which a person names what is held: other numbers have another one.
std::string hold_code(const std::string& held, const std::string& details);

}  // namespace capbridge::engine
