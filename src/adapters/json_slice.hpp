// Members of one JSON object as slices of its text, found in one strict pass (RFC 8259, UTF-8, bounded
// depth). Records cross the border by the ten thousand and are stored as they came: this checks each without
// building a tree. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::adapters {

class JsonObject {
public:
    // nullopt: the text is not exactly one well-formed JSON object, repeats one of its members, or is nested
    // deeper than max_depth.
    static std::optional<JsonObject> slice(std::string_view text, int max_depth = 64);

    // The member's raw text ("" when absent). Names written with escapes are not
    // found.
    [[nodiscard]] std::string_view raw(std::string_view name) const;
    // The member as text; nullopt when it is absent or no string.
    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    [[nodiscard]] bool is_object(std::string_view name) const { return raw(name).starts_with('{'); }

private:
    struct Member {
        std::string_view name, value;
    };
    std::vector<Member> members_;
};

}  // namespace capbridge::adapters
