// What Moodle says instead of an answer. Most errors come with HTTP 200 as {exception, errorcode, message};
// the table in refusal.cpp gives each its class (facts: the error shapes that docs/adapter-moodle.md lists).
// Moodle's own messages may hold names of people, so that none of them is handed on but the name of a missing
// right.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/http.hpp"

namespace moodle {

using nlohmann::json;

struct Refusal {
    std::int32_t code = BRIDGE_INTERNAL;
    std::string errorcode;  // Moodle's, such as usernotenroled
    std::string user;       // for the administrator
    std::int64_t retry_after_ms = -1;

    [[noreturn]] void raise() const {
        throw bridge::Failure{code, user, "moodle errorcode " + errorcode, retry_after_ms};
    }
};

// `what` is what was asked for, in words that an administrator knows. nullopt: it is no error.
std::optional<Refusal> refusal_of(const json& answer, std::string_view function, const std::string& what);

// Of an answer that is no JSON at all, or none with status 200. Throws, or returns when the body is to be
// read.
void refuse_transport(const bridge::HttpAnswer& answer, std::string_view function, const std::string& what);

// The right that a web service function needs most: "report/progress:view"; "" when we know none.
std::string_view right_for(std::string_view function);

}  // namespace moodle
