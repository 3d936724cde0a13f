#include "server/api/xapi_version.hpp"

#include <algorithm>

namespace capbridge::server {
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

std::string xapi_answer_version(std::string_view asked) {
    return is_of_line(asked, "1.0") ? "1.0.3" : "2.0.0";
}

Status check_xapi_version(std::string_view asked) {
    if (is_of_line(asked, "1.0") || is_of_line(asked, "2.0")) return {};
    if (asked.empty()) {
        return fail("bad_version", "The header X-Experience-API-Version is missing. Send 1.0.3 or 2.0.0.",
                    "X-Experience-API-Version");
    }
    return fail("bad_version", "X-Experience-API-Version must be 1.0.x or 2.0.x.",
                "X-Experience-API-Version");
}

}  // namespace capbridge::server
