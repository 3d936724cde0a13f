// The settings of an xapi source as the configuration gives them (schema.hpp describes every member for the
// person who writes them), checked and ready to use. Immutable after parse_settings; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "bridge/http.hpp"
#include "common/instant.hpp"

namespace xapi_adapter {

struct Settings {
    std::string url;  // without a slash at its end
    std::string auth, version;
    std::string verb, activity;
    bool related_activities = false;
    std::optional<plugins::Micros> since;
    plugins::Micros overlap = 0;
    int limit = 0;

    // What a cursor covers: another endpoint or filter needs another cursor.
    [[nodiscard]] std::string fingerprint() const;
    // A GET of this version and profile.
    [[nodiscard]] bridge::HttpRequest get(std::string url) const;
    // The first page of what was stored after that instant; nullopt: of everything.
    [[nodiscard]] std::string first_page(std::optional<plugins::Micros> after) const;
};

// Throws bridge::Failure{BRIDGE_CONFIG} with what to change. The text has passed the schema.
Settings parse_settings(std::string_view json_text);

}  // namespace xapi_adapter
