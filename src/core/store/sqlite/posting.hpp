// A posting says that a statement is found by a key: the kind of the key, and its term. Values; any thread.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::store {

struct Posting {
    std::int64_t kind = 0, id = 0;
    [[nodiscard]] std::uint64_t packed() const {  // in the same order
        return static_cast<std::uint64_t>(kind) << 56 | static_cast<std::uint64_t>(id);
    }
    static Posting unpacked(std::uint64_t packed) {
        return {static_cast<std::int64_t>(packed >> 56), static_cast<std::int64_t>(packed << 8 >> 8)};
    }
    friend auto operator<=>(const Posting&, const Posting&) = default;
};

// Kinds 1 to 6 are xapi::Key::Kind. The actor is one of the agents, and the object one of the activities: a
// key of the narrow kind is not posted as the wide kind again, and who looks for the wide one looks for both.
namespace posting_kind {
inline constexpr std::int64_t actor = 1, any_agent = 2, object_activity = 3, any_activity = 4, verb = 5,
                              registration = 6, owner = 7;
}  // namespace posting_kind

// How a statement row keeps its own keys (a few bytes), so that they are found without its body.
std::string pack(const std::vector<Posting>& postings);
std::vector<Posting> unpack(std::string_view packed, std::size_t most = SIZE_MAX);  // the first of them

}  // namespace capbridge::store
