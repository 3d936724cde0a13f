#include "server/router.hpp"

#include <optional>

#include "core/base/text.hpp"

namespace capbridge::server {
namespace {

using Captures = std::vector<std::pair<std::string, std::string>>;

std::optional<Captures> match(std::string_view pattern, std::string_view path) {
    const auto wanted = split(pattern, '/');
    const auto given = split(path, '/');
    if (wanted.size() != given.size()) return std::nullopt;
    Captures captures;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!wanted[i].starts_with('{')) {
            if (wanted[i] != given[i]) return std::nullopt;
            continue;
        }
        auto value = url_decode(given[i], false);
        if (value.empty() || !is_utf8(value) || value.find('\0') != std::string::npos) return std::nullopt;
        captures.emplace_back(wanted[i].substr(1, wanted[i].size() - 2), std::move(value));
    }
    return captures;
}

}  // namespace

std::string Call::capture(std::string_view name) const {
    for (const auto& [known, value] : captures) {
        if (known == name) return value;
    }
    return {};
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
    Match out;
    for (const auto& route : routes_) {
        auto captures = match(route.path, path);
        if (!captures) continue;
        if (route.method == method || (route.method == "GET" && method == "HEAD")) {
            return {&route, std::move(*captures), {}};
        }
        if (!out.allow.empty()) out.allow += ", ";
        out.allow += route.method == "GET" ? "GET, HEAD" : route.method;
    }
    return out;
}

}  // namespace capbridge::server
