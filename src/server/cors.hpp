// Cross-origin requests of browser content (Fetch standard, 3.2; xAPI 1.0.3 part 3, 1.3): xAPI content often
// runs on another origin than the LRS. Off unless the configuration lists origins, and for /xapi only. No
// cookie is ever let through: content sends its own Authorization header. Immutable; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "server/http.hpp"

namespace capbridge::server {

class Cors {
public:
    // "https://content.example.org"; "*" is any origin.
    explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

    [[nodiscard]] bool allows(std::string_view origin) const;
    // A browser asks before the request itself whether it may send it.
    [[nodiscard]] bool is_preflight(const Request& request) const;
    [[nodiscard]] static Response preflight_answer();
    // What lets the content of that origin read the answer; nothing for an origin that is not allowed.
    void open(Response& response, std::string_view origin) const;

private:
    std::vector<std::string> origins_;
};

}  // namespace capbridge::server
