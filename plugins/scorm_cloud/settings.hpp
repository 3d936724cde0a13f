// The settings of a scorm-cloud source as the configuration gives them (schema.hpp describes every member for
// the person who writes them), checked and ready to use. Immutable after parse_settings; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "bridge/http.hpp"
#include "common/instant.hpp"

namespace scorm_cloud {

struct Settings {
    std::string url;  // without a slash at its end
    std::string auth, scheme, issuer, course;
    bool email = true, in_progress = true, detail = false;
    bool interactions = false;  // with detail: learners' answers
    std::optional<plugins::Micros> since;
    plugins::Micros overlap = 0;

    // What a cursor covers: another application, course or depth needs another cursor.
    [[nodiscard]] std::string fingerprint() const;
    [[nodiscard]] bridge::HttpRequest get(std::string url) const;
    // The first page of what was updated at that instant or later, the longest ago first.
    [[nodiscard]] std::string first_page(std::optional<plugins::Micros> from) const;
    // A later page: the token alone, for nothing else may stand beside it.
    [[nodiscard]] std::string next_page(const std::string& more) const;
};

// Throws bridge::Failure{BRIDGE_CONFIG} with what to change. The text has passed the schema.
Settings parse_settings(std::string_view json_text);

}  // namespace scorm_cloud
