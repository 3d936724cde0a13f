#include "core/xapi/version.hpp"

#include <algorithm>

namespace capbridge::xapi {
namespace {

// "1.0" or "1.0.<digits>", of the line "1.0".
bool is_of_line(std::string_view version, std::string_view line) {
    if (!version.starts_with(line)) return false;
    version.remove_prefix(line.size());
    if (version.empty()) return true;
    return version.size() > 1 && version.size() <= 4 && version[0] == '.' &&
           std::all_of(version.begin() + 1, version.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Version> version_of(std::string_view header) {
    if (is_of_line(header, "1.0")) return Version::v1_0_3;
    if (is_of_line(header, "2.0")) return Version::v2_0;
    return std::nullopt;
}

std::string_view version_text(Version version) {
    return version == Version::v1_0_3 ? "1.0.3" : "2.0.0";
}

}  // namespace capbridge::xapi
