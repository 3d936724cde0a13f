#include "xapi/settings.hpp"

#include <nlohmann/json.hpp>

#include "common/fingerprint.hpp"
#include "common/link.hpp"

namespace xapi_adapter {

using nlohmann::json;

std::string Settings::fingerprint() const {
    return plugins::fingerprint({url, verb, activity, related_activities ? "related" : ""});
}

bridge::HttpRequest Settings::get(std::string address) const {
    return {.url = std::move(address),
            .headers = {{"accept", "application/json"}, {"x-experience-api-version", version}},
            .auth = auth};
}

std::string Settings::first_page(std::optional<plugins::Micros> after) const {
    auto address = url + "/statements?ascending=true&limit=" + std::to_string(limit);
    if (after) address += "&since=" + bridge::url_encoded(plugins::write_instant(*after));
    if (!verb.empty()) address += "&verb=" + bridge::url_encoded(verb);
    if (!activity.empty()) address += "&activity=" + bridge::url_encoded(activity);
    if (related_activities) address += "&related_activities=true";
    return address;
}

Settings parse_settings(std::string_view json_text) {
    const auto settings = json::parse(json_text);
    Settings out;
    out.url = settings.at("url").get<std::string>();
    while (out.url.ends_with('/')) out.url.pop_back();
    if (out.url.ends_with("/statements")) out.url.erase(out.url.size() - 11);
    if (plugins::origin_of(out.url).empty())
        throw bridge::Failure{BRIDGE_CONFIG,
                              "url: this is no web address; credentials belong into the "
                              "source's http section, not into the url."};
    out.auth = settings.value("auth", "lms");
    out.version = settings.value("version", "1.0.3");
    out.verb = settings.value("verb", "");
    out.activity = settings.value("activity", "");
    out.related_activities = settings.value("related_activities", false);
    if (out.related_activities && out.activity.empty())
        throw bridge::Failure{BRIDGE_CONFIG, "related_activities: say which activity."};
    if (const auto since = settings.value("since", ""); !since.empty()) {
        out.since = plugins::read_instant(since);
        if (!out.since)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "since: this is no instant of the calendar, like 2024-04-01T00:00:00Z."};
    }
    out.overlap = settings.value("overlap_minutes", std::int64_t{10}) * 60'000'000;
    out.limit = settings.value("limit", 200);
    return out;
}

}  // namespace xapi_adapter
