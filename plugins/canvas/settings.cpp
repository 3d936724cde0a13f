#include "canvas/settings.hpp"

#include <nlohmann/json.hpp>

#include "common/fingerprint.hpp"
#include "common/link.hpp"

namespace canvas {

using nlohmann::json;

std::string Settings::fingerprint() const {
    std::string listed;
    for (const auto& course : courses) listed += course + ",";
    return plugins::fingerprint({url, account, listed, snapshot ? "snapshot" : "", modules ? "modules" : "",
                                 in_progress ? "in_progress" : ""});
}

std::string Settings::page_of(const std::string& path, const std::string& query) const {
    return url + "/api/v1" + path + "?per_page=" + std::to_string(page_size) +
           (query.empty() ? "" : "&" + query);
}

Settings parse_settings(std::string_view json_text) {
    const auto settings = json::parse(json_text);
    Settings out;
    out.url = settings.at("url").get<std::string>();
    while (out.url.ends_with('/')) out.url.pop_back();
    if (out.url.ends_with("/api/v1")) out.url.erase(out.url.size() - 7);
    if (plugins::origin_of(out.url).empty())
        throw bridge::Failure{BRIDGE_CONFIG,
                              "url: this is no web address; the token belongs into the "
                              "source's http section, not into the url."};
    out.auth = settings.value("auth", "lms");
    out.account = settings.value("account", "self");
    out.courses = settings.value("courses", std::vector<std::string>{});
    for (const auto& one : settings.at("identifiers"))
        out.identifiers.push_back({one.at("member").get<std::string>(), one.at("scheme").get<std::string>(),
                                   one.value("issuer", "")});
    out.account_identifier = settings.value("account_identifier", true);
    out.snapshot = settings.value("snapshot", false);
    out.in_progress = settings.value("in_progress", true);
    out.modules = settings.value("modules", false);
    out.page_size = settings.value("page_size", 100);
    return out;
}

}  // namespace canvas
