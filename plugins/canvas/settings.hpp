// The settings of a canvas source as the configuration gives them (schema.hpp describes every member for the
// person who writes them), checked and ready to use. Immutable after parse_settings; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace canvas {

struct IdentifierMember {
    std::string member, scheme, issuer;
};

struct Settings {
    std::string url;  // without a slash at its end
    std::string auth, account;
    std::vector<std::string> courses;  // empty: all
    std::vector<IdentifierMember> identifiers;
    bool account_identifier = true, snapshot = false, in_progress = true, modules = false;
    int page_size = 100;

    // What a cursor covers: other courses need another cursor.
    [[nodiscard]] std::string fingerprint() const;
    // An address of the interface, e.g. api("/courses/7"), for one page of the settings' size.
    [[nodiscard]] std::string page_of(const std::string& path, const std::string& query = {}) const;
};

// Throws bridge::Failure{BRIDGE_CONFIG} with what to change. The text has passed the schema.
Settings parse_settings(std::string_view json_text);

}  // namespace canvas
