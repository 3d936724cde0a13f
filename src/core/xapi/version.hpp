// The two editions of the specification that are spoken on one endpoint, chosen by the header
// X-Experience-API-Version (xAPI 1.0.3 part 3, 3.3; IEEE 9274.1.1, 4.1.5). Values; any thread.
#pragma once
#include <optional>
#include <string_view>

namespace capbridge::xapi {

enum class Version { v1_0_3, v2_0 };

// "1.0", "1.0.x" and "2.0", "2.0.x"; nothing else.
std::optional<Version> version_of(std::string_view header);
std::string_view version_text(Version version);  // "1.0.3", "2.0.0": what an answer says
// The section of a rule in either edition, as a message shows it: "xAPI 1.0.3 part 2, 2.4.2" or
// "IEEE 9274.1.1, 4.2.2.1".
struct Section {
    std::string_view v1_0_3, v2_0;
};

}  // namespace capbridge::xapi
