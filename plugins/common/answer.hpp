// What an answer of an LMS means for the run: the mapping of HTTP statuses to error classes, and JSON bodies,
// that the HTTP adapters share. The host has already tried again where that could help (bridge/http.hpp).
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "bridge/http.hpp"

namespace plugins {

using json = nlohmann::json;

// Retry-After in seconds as milliseconds; -1 when it is absent or a date (the host backs off by itself).
inline std::int64_t retry_after_ms(const bridge::HttpAnswer& answer) {
    const auto text = answer.header("retry-after");
    if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != text.npos) return -1;
    return std::stoll(std::string(text)) * 1000;
}

// Throws the class that fits a status of 400 or more; `what` is what was asked for, in words that an
// administrator knows, without ids of people.
inline void refuse_status(const bridge::HttpAnswer& answer, const std::string& what) {
    if (answer.status < 400) return;
    const auto status = " (HTTP " + std::to_string(answer.status) + ")";
    switch (answer.status) {
        case 401:
            throw bridge::Failure{BRIDGE_AUTH, "The LMS refuses the credentials for " + what + status + "."};
        case 403:
            throw bridge::Failure{BRIDGE_CONFIG, "The LMS does not allow this account " + what + status +
                                                     ": give it the right."};
        case 404:
        case 410:
            throw bridge::Failure{BRIDGE_NOT_FOUND, "The LMS does not have " + what + status + "."};
        case 408:
        case 425:
        case 429:
            throw bridge::Failure{BRIDGE_RETRY,
                                  "The LMS is asked too often for " + what + status + ".",
                                  {},
                                  retry_after_ms(answer)};
        default:
            if (answer.status >= 500)
                throw bridge::Failure{
                    BRIDGE_RETRY, "The LMS failed at " + what + status + ".", {}, retry_after_ms(answer)};
            throw bridge::Failure{BRIDGE_INTERNAL,
                                  "The LMS does not understand the request for " + what + status + "."};
    }
}

// Does a web page come where data should be: a sign-in, a proxy's notice?
inline bool is_web_page(const bridge::HttpAnswer& answer) {
    const auto first = answer.body.find_first_not_of(" \t\r\n");
    return first != std::string::npos && answer.body[first] == '<';
}

// Only an answer of 200 to 299 with data passes. The host follows redirects to allowed hosts, so one that
// arrives leads to another: the address in the settings is not the LMS's own.
inline void require_success(const bridge::HttpAnswer& answer, const std::string& what) {
    refuse_status(answer, what);
    // Perhaps a proxy's page for a minute; perhaps the wrong address for good: the words say both.
    if (answer.status < 300 && is_web_page(answer))
        throw bridge::Failure{BRIDGE_RETRY,
                              "A web page came instead of an answer about " + what +
                                  ". If it goes on: the url of the settings must be the LMS itself, and "
                                  "nothing in between may ask for a sign-in."};
    if (answer.status >= 200 && answer.status < 300) return;
    throw bridge::Failure{BRIDGE_CONFIG, "The request for " + what +
                                             " was sent on to another address (HTTP " +
                                             std::to_string(answer.status) +
                                             "): check the url in the settings, and that no sign-in page or "
                                             "proxy answers in the LMS's place."};
}

// Whether the containers of a text that is JSON are nested deeper than that.
inline bool nests_deeper(std::string_view text, std::size_t deepest) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        switch (text[at]) {
            case '"':
                while (++at < text.size() && text[at] != '"') at += text[at] == '\\' ? 1 : 0;
                break;
            case '{':
            case '[':
                if (++depth > deepest) return true;
                break;
            case '}':
            case ']':
                depth -= depth > 0 ? 1 : 0;
                break;
            default:
                break;
        }
    }
    return false;
}

// The body as JSON, bounded in depth. A body that is none was cut off on its way, or comes from something
// in between: worth another try.
inline json json_body(const bridge::HttpAnswer& answer, const std::string& what) {
    constexpr std::size_t deepest = 64;
    auto parsed = nests_deeper(answer.body, deepest) ? json(json::value_t::discarded)
                                                     : json::parse(answer.body, nullptr, false);
    if (parsed.is_discarded())
        throw bridge::Failure{
            BRIDGE_RETRY, "The answer about " + what + " is not JSON, or was cut off.",
            "status " + std::to_string(answer.status) + ", " + std::to_string(answer.body.size()) + " bytes"};
    return parsed;
}

// A member that must be a text or a number, as text; "" when it is absent, null or something else.
inline std::string text_of(const json& object, const char* member) {
    const auto it = object.is_object() ? object.find(member) : object.end();
    if (!object.is_object() || it == object.end()) return {};
    if (it->is_string()) return it->get<std::string>();
    return it->is_number() ? it->dump() : std::string{};
}

}  // namespace plugins
