// Where the next page is: the Link header (RFC 8288) and relative references (RFC 3986 section 5). Addresses
// of pages are the other side's own words: they are followed as they are, and only on the origin that the
// administrator gave. Pure; any thread.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "bridge/http.hpp"

namespace plugins {

namespace detail {

inline std::string lower_case(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

// Is `rel` one of the relation types of these parameters? (; rel="next last"; title="...")
inline bool has_rel(std::string_view parameters, std::string_view rel) {
    const auto lower = lower_case(parameters);
    const auto at = lower.find("rel=");
    if (at == std::string::npos) return false;
    auto value = std::string_view(lower).substr(at + 4);
    if (value.starts_with('"')) {
        value.remove_prefix(1);
        value = value.substr(0, value.find('"'));
    } else {
        value = value.substr(0, value.find_first_of("; \t"));
    }
    while (!value.empty()) {
        const auto end = std::min(value.find(' '), value.size());
        if (value.substr(0, end) == rel) return true;
        value.remove_prefix(std::min(end + 1, value.size()));
    }
    return false;
}

}  // namespace detail

// "" when no Link header names such a page. A comma within <...> separates nothing.
inline std::string link_of(const bridge::HttpAnswer& answer, std::string_view rel) {
    for (const auto& [name, header] : answer.headers) {
        if (name != "link") continue;
        std::string_view rest = header;
        for (auto open = rest.find('<'); open != std::string_view::npos; open = rest.find('<')) {
            const auto close = rest.find('>', open);
            if (close == std::string_view::npos) break;
            const auto url = rest.substr(open + 1, close - open - 1);
            const auto next = rest.find('<', close);
            const auto parameters =
                rest.substr(close + 1, next == std::string_view::npos ? next : next - close - 1);
            if (detail::has_rel(parameters, rel)) return std::string(url);
            if (next == std::string_view::npos) break;
            rest.remove_prefix(next);
        }
    }
    return {};
}

// "https://lms.example.org:8443", in lower case, without the scheme's usual port; "" when it is no web
// address, or one with a user in it.
inline std::string origin_of(std::string_view url) {
    const auto slashes = url.find("://");
    if (slashes == std::string_view::npos) return {};
    const auto scheme = detail::lower_case(url.substr(0, slashes));
    if (scheme != "https" && scheme != "http") return {};
    const auto rest = url.substr(slashes + 3);
    auto host = detail::lower_case(rest.substr(0, rest.find_first_of("/?#")));
    const std::string usual = scheme == "https" ? ":443" : ":80";
    if (host.ends_with(usual)) host.erase(host.size() - usual.size());
    if (host.empty() || host.find_first_of("@\\ \t\r\n") != std::string::npos) return {};
    return scheme + "://" + host;
}

// The absolute address of a reference found in an answer from `base`. Dot segments are left to the server.
inline std::string resolved(std::string_view base, std::string_view reference) {
    if (!origin_of(reference).empty()) return std::string(reference);
    const auto scheme_end = base.find("://");
    const auto path_at = std::min(base.find_first_of("/?#", scheme_end + 3), base.size());
    if (reference.starts_with("//"))
        return std::string(base.substr(0, scheme_end + 1)) + std::string(reference);
    if (reference.starts_with('/')) return std::string(base.substr(0, path_at)) + std::string(reference);
    const auto path = base.substr(0, std::min(base.find_first_of("?#"), base.size()));
    if (reference.starts_with('?')) return std::string(path) + std::string(reference);
    const auto folder = path.size() > path_at ? path.substr(0, path.rfind('/') + 1) : path;
    return std::string(folder) + (folder.ends_with('/') ? "" : "/") + std::string(reference);
}

// Throws when the next page is not on the origin of the settings' url: a credential must not follow it there.
inline std::string same_origin(std::string_view base, std::string_view reference, const std::string& what) {
    auto url = resolved(base, reference);
    if (origin_of(url) == origin_of(base)) return url;
    throw bridge::Failure{BRIDGE_CONFIG,
                          "The next page of " + what +
                              " is on another address than the url of the settings. Use the address by which "
                              "the system knows itself (scheme, host and port).",
                          "next page on " + (origin_of(url).empty() ? "no web address" : origin_of(url))};
}

}  // namespace plugins
