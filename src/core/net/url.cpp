#include "core/net/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "core/base/text.hpp"
#include "core/net/address.hpp"

namespace capbridge::net {

bool Url::is_loopback() const {
    return kind_of_host(host) == AddressKind::this_machine;
}

std::optional<Url> read_url(const std::string& text) {
    const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == ' ';
    });
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parser(curl_url(), &curl_url_cleanup);
    if (has_control || !parser || curl_url_set(parser.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return std::nullopt;
    const auto part = [&](CURLUPart what) -> std::string {
        char* found = nullptr;
        if (curl_url_get(parser.get(), what, &found, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
        std::string out(found);
        curl_free(found);
        return out;
    };
    Url out;
    out.scheme = lower_ascii(part(CURLUPART_SCHEME));
    out.host = lower_ascii(part(CURLUPART_HOST));
    out.port = part(CURLUPART_PORT);
    out.path = part(CURLUPART_PATH);
    out.query = part(CURLUPART_QUERY);
    out.has_user = !part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty();
    out.has_fragment = !part(CURLUPART_FRAGMENT).empty();
    if (out.host.empty()) return std::nullopt;
    return out;
}

Status check_url(const std::string& url, bool allow_http) {
    const auto parts = read_url(url);
    if (!parts || (parts->scheme != "http" && parts->scheme != "https"))
        return fail("bad_url", "the address must be one of https://");
    if (parts->has_user)
        return fail("bad_url", "the address must have no user or password in it: they would show in lists");
    if (parts->has_fragment) return fail("bad_url", "the address must have no #fragment");
    if (parts->scheme == "http" && !allow_http && !parts->is_loopback())
        return fail("insecure", "the address must be https://; http:// is for this machine only");
    return {};
}

}  // namespace capbridge::net
