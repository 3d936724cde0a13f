#include "adapters/http/auth.hpp"

#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

class Basic : public AuthProfile {
public:
    Basic(std::string user, std::string secret) : user_(std::move(user)), secret_(std::move(secret)) {}
    Status sign(net::HttpRequest& request, const std::atomic<bool>*, Until) override {
        request.user = user_;
        request.secret = secret_;
        return {};
    }

private:
    std::string user_, secret_;
};

class Bearer : public AuthProfile {
public:
    Bearer(std::string header, std::string value) : header_(std::move(header)), value_(std::move(value)) {}
    Status sign(net::HttpRequest& request, const std::atomic<bool>*, Until) override {
        request.headers.emplace_back(header_, value_);
        return {};
    }

private:
    std::string header_, value_;
};

// A field of the form, so that it is never in an address, which servers and proxies write into their logs.
class FormToken : public AuthProfile {
public:
    explicit FormToken(std::string field) : field_(std::move(field)) {}
    Status sign(net::HttpRequest& request, const std::atomic<bool>*, Until) override {
        const auto type =
            std::find_if(request.headers.begin(), request.headers.end(),
                         [](const auto& header) { return lower_ascii(header.first) == "content-type"; });
        constexpr std::string_view form = "application/x-www-form-urlencoded";
        if (request.method != "POST" ||
            (type != request.headers.end() && !lower_ascii(type->second).starts_with(form)))
            return fail("config", "A form token goes into the form of a POST, and this request has none.");
        if (type == request.headers.end()) request.headers.emplace_back("Content-Type", std::string(form));
        request.body += (request.body.empty() ? "" : "&") + field_;
        return {};
    }
    [[nodiscard]] bool is_in_body() const override { return true; }

private:
    std::string field_;
};

Result<std::string> needed(const AuthSettings& settings, const net::SecretPlace& place, Redactor& redactor) {
    auto secret = net::read_secret(place);
    if (secret && secret->empty()) secret = fail("secret", "no secret is configured");
    if (!secret)
        return fail("config", "Auth profile '" + settings.name + "': " + secret.error().message +
                                  (secret.error().where.empty() ? "." : " (" + secret.error().where + ")."));
    if (secret->size() < Redactor::kShortest)
        return fail("config", "Auth profile '" + settings.name + "': " + short_secret_text() + ".");
    redactor.add(*secret);
    return secret;
}

}  // namespace

std::unique_ptr<AuthProfile> make_basic(std::string user, std::string secret) {
    return std::make_unique<Basic>(std::move(user), std::move(secret));
}

std::unique_ptr<AuthProfile> make_bearer(std::string header, std::string prefix, std::string secret) {
    return std::make_unique<Bearer>(std::move(header), std::move(prefix) + secret);
}

std::unique_ptr<AuthProfile> make_form_token(std::string parameter, std::string secret) {
    return std::make_unique<FormToken>(url_encode(parameter) + "=" + url_encode(secret));
}

Result<std::unique_ptr<AuthProfile>> make_auth_profile(const AuthSettings& settings,
                                                       const AuthContext& context) {
    auto& redactor = context.redactor;
    if (settings.type == "private_key_jwt") {
        CAPBRIDGE_LET(const auto pem, needed(settings, settings.key, redactor));
        return make_key_profile(settings, context, pem);
    }
    if (settings.type == "oauth2_refresh") {
        CAPBRIDGE_LET(auto refresh_token, needed(settings, settings.refresh_token, redactor));
        std::string secret;  // a public client has none
        if (!settings.secret.empty()) {
            CAPBRIDGE_LET(secret, needed(settings, settings.secret, redactor));
        }
        return make_token_profile(settings, context, std::move(secret), std::move(refresh_token));
    }
    CAPBRIDGE_LET(auto secret, needed(settings, settings.secret, redactor));
    if (settings.type == "oauth2_client_credentials")
        return make_token_profile(settings, context, std::move(secret), "");
    if (settings.type == "hmac") return make_hmac(settings, context.now, std::move(secret));
    if (settings.type == "basic") {
        redactor.add(base64(settings.user + ":" + secret));
        return make_basic(settings.user, std::move(secret));
    }
    if (settings.type == "bearer") return make_bearer(settings.header, settings.prefix, std::move(secret));
    if (settings.type == "form_token") return make_form_token(settings.parameter, std::move(secret));
    return fail("config", "Auth profile '" + settings.name + "' is of a type that is not known here.");
}

}  // namespace capbridge::adapters
