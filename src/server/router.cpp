#include "server/router.hpp"

#include <optional>

#include "core/base/text.hpp"

namespace capbridge::server {
namespace {

using Captures = std::vector<std::pair<std::string, std::string>>;

std::optional<Captures> match(const std::vector<std::string>& wanted, const std::vector<std::string>& given) {
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

bool answers(const Route& route, std::string_view method) {
    return route.method == method || (route.method == "GET" && method == "HEAD");
}

void allow(Router::Match& match, const Route& route) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method == "GET" ? "GET, HEAD" : route.method;
}

}  // namespace

std::string Call::capture(std::string_view name) const {
    for (const auto& [known, value] : captures) {
        if (known == name) return value;
    }
    return {};
}

void Router::add(Route route) {
    const auto& added = routes_.emplace_back(std::move(route));
    if (added.path.find('{') == std::string::npos) {
        exact_[added.path].push_back(&added);
    } else {
        templates_.push_back({split(added.path, '/'), &added});
    }
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
    Match out;
    if (const auto it = exact_.find(path); it != exact_.end()) {
        for (const auto* route : it->second) {
            if (answers(*route, method)) return {route, {}, {}};
            allow(out, *route);
        }
        return out;
    }
    const auto given = split(path, '/');
    for (const auto& [segments, route] : templates_) {
        auto captures = match(segments, given);
        if (!captures) continue;
        if (answers(*route, method)) return {route, std::move(*captures), {}};
        allow(out, *route);
    }
    return out;
}

}  // namespace capbridge::server
