// The profile of services that want each request signed with a shared secret (HMAC-SHA256). What is signed
// differs from service to service, so the configuration writes it down with placeholders:
// "{method}\n{path}\n{timestamp}\n{body_sha256}".
#include <ctime>
#include <map>

#include "adapters/http/auth.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

// An unknown name in braces stays as it is.
std::string filled(std::string_view text, const Values& values) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text[at] == '{' ? text.find('}', at) : std::string_view::npos;
        const auto value =
            end == std::string_view::npos ? values.end() : values.find(text.substr(at + 1, end - at - 1));
        if (value == values.end()) {
            out += text[at++];
        } else {
            out += value->second;
            at = end + 1;
        }
    }
    return out;
}

std::string http_date(Instant now) {
    const auto seconds =
        static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    const auto size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, size};
}

std::string bytes_of_hex(const std::string& hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return out;
}

class Hmac : public AuthProfile {
public:
    Hmac(AuthSettings settings, std::function<Instant()> now, std::string secret)
        : settings_(std::move(settings)), now_(std::move(now)), secret_(std::move(secret)) {}

    Status sign(net::HttpRequest& request, const std::atomic<bool>*, Until) override {
        const auto url = net::read_url(request.url);
        if (!url) return fail("config", "the address cannot be read");
        const auto now = now_();
        const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
        const Values values{{"method", request.method},
                            {"url", request.url},
                            {"host", url->host},
                            {"path", url->path},
                            {"query", url->query},
                            {"body", request.body},
                            {"body_sha256", sha256_hex(request.body)},
                            {"timestamp", std::to_string(seconds)},
                            {"date", http_date(now)},
                            {"nonce", random_token(16)},
                            {"key_id", settings_.key_id}};
        auto signature = hmac_sha256_hex(secret_, filled(settings_.canonical, values));
        if (settings_.encoding == "base64") signature = base64(bytes_of_hex(signature));
        for (const auto& [name, value] : settings_.headers)
            request.headers.emplace_back(name, filled(value, values));
        request.headers.emplace_back(settings_.header, filled(settings_.prefix, values) + signature);
        return {};
    }

private:
    const AuthSettings settings_;
    const std::function<Instant()> now_;
    const std::string secret_;
};

}  // namespace

std::unique_ptr<AuthProfile> make_hmac(const AuthSettings& settings, std::function<Instant()> now,
                                       std::string secret) {
    return std::make_unique<Hmac>(settings, std::move(now), std::move(secret));
}

}  // namespace capbridge::adapters
