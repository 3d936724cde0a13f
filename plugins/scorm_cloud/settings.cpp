#include "scorm_cloud/settings.hpp"

#include <nlohmann/json.hpp>

#include "common/fingerprint.hpp"
#include "common/link.hpp"

namespace scorm_cloud {

using nlohmann::json;

std::string Settings::fingerprint() const {
    const auto* depth = !detail ? "" : interactions ? "interactions" : "detail";
    return plugins::fingerprint({url, course, depth, in_progress ? "in_progress" : ""});
}

bridge::HttpRequest Settings::get(std::string address) const {
    return {.url = std::move(address), .headers = {{"accept", "application/json"}}, .auth = auth};
}

std::string Settings::first_page(std::optional<plugins::Micros> from) const {
    // Without datetimeFilter, since would be about the day on which the registration was made.
    auto address = url + "/registrations?datetimeFilter=updated&orderBy=updated_asc";
    if (from) address += "&since=" + bridge::url_encoded(plugins::write_instant(*from));
    if (!course.empty()) address += "&courseId=" + bridge::url_encoded(course);
    if (detail)
        address += "&includeChildResults=true&includeInteractionsAndObjectives=true&includeRuntime=true";
    return address;
}

std::string Settings::next_page(const std::string& more) const {
    return url + "/registrations?more=" + bridge::url_encoded(more);
}

Settings parse_settings(std::string_view json_text) {
    const auto settings = json::parse(json_text);
    Settings out;
    out.url = settings.value("url", "https://cloud.scorm.com/api/v2");
    while (out.url.ends_with('/')) out.url.pop_back();
    if (plugins::origin_of(out.url).empty())
        throw bridge::Failure{BRIDGE_CONFIG,
                              "url: this is no web address; the key belongs into the source's "
                              "http section, not into the url."};
    out.auth = settings.value("auth", "lms");
    out.scheme = settings.at("learner").at("scheme").get<std::string>();
    out.issuer = settings.at("learner").value("issuer", "");
    out.course = settings.value("course", "");
    out.email = settings.value("email", true);
    out.in_progress = settings.value("in_progress", true);
    out.detail = settings.value("detail", false);
    out.interactions = settings.value("interactions", false);
    if (const auto since = settings.value("since", ""); !since.empty()) {
        out.since = plugins::read_instant(since);
        if (!out.since)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "since: this is no instant of the calendar, like 2024-04-01T00:00:00Z."};
    }
    out.overlap = settings.value("overlap_minutes", std::int64_t{10}) * 60'000'000;
    return out;
}

}  // namespace scorm_cloud
