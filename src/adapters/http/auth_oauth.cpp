// Profiles whose requests carry an access token of a token service: OAuth 2 client credentials and refresh
// (RFC 6749, 4.4 and 6) and clients known by their key (RFC 7523, 2.2).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/http/auth.hpp"
#include "adapters/http/retry.hpp"
#include "core/base/ids.hpp"
#include "core/base/jose_sign.hpp"
#include "core/base/log.hpp"
#include "core/base/seal.hpp"
#include "core/base/text.hpp"
#include "core/net/url.hpp"

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;

constexpr auto kUnsaidLifetime = 600s;  // of a token that comes without expires_in
constexpr auto kMostMargin = 60s;       // before its end a token is not used any more
constexpr auto kAssertionLifetime = 300s;
// How long a token service that gave none is left alone: doubled for each refusal, fixed when it was busy.
constexpr std::chrono::milliseconds kRefusalHeld = 60s, kRefusalHeldMost = 15min, kBusyHeld = 5s,
                                    kBusyHeldMost = 1h;

using Form = std::vector<std::pair<std::string, std::string>>;

std::string encoded(const Form& form) {
    std::string out;
    for (const auto& [name, value] : form)
        out += (out.empty() ? "" : "&") + url_encode(name) + "=" + url_encode(value);
    return out;
}

// RFC 6749, 5.2: a word such as invalid_client. Nothing else of the answer is shown: it may echo the request.
std::string error_word(const json& answer) {
    const auto word = get_string(answer, "error");
    const bool plain =
        word.size() <= 40 && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == word.npos;
    return plain && !word.empty() ? word + ", " : "";
}

class TokenProfile : public AuthProfile {
public:
    TokenProfile(AuthSettings settings, AuthContext context, std::string secret, std::string refresh_token,
                 std::optional<SigningKey> key)
        : settings_(std::move(settings)),
          context_(std::move(context)),
          secret_(std::move(secret)),
          refresh_token_(std::move(refresh_token)),
          key_(std::move(key)) {
        shelf_key_ =
            sha256_hex(json::array({settings_.name, settings_.type, settings_.token_url, settings_.client_id,
                                    settings_.scope, settings_.audience, secret_, refresh_token_})
                           .dump());
    }

    Status prepare(const std::atomic<bool>* cancel, Until until) override {
        const auto token = good_token(cancel, until);
        return token ? Status{} : fail(token.error());
    }

    Status sign(net::HttpRequest& request, const std::atomic<bool>* cancel, Until until) override {
        CAPBRIDGE_LET(const auto token, good_token(cancel, until));
        request.headers.emplace_back("Authorization", "Bearer " + token);
        return {};
    }

    bool renew(const net::HttpRequest& refused) override {
        const std::lock_guard lock(context_.tokens.mutex);
        auto& token = context_.tokens.tokens[shelf_key_];
        // Another thread may have renewed it meanwhile: then that one is worth the try.
        for (const auto& [name, value] : refused.headers) {
            if (name == "Authorization" && value == "Bearer " + token.value) token.value.clear();
        }
        return true;
    }

private:
    Result<std::string> good_token(const std::atomic<bool>* cancel, Until until) {
        // Another thread may hold it for as long as a token service takes.
        std::unique_lock lock(context_.tokens.mutex, std::defer_lock);
        while (!lock.try_lock()) {
            if (std::chrono::steady_clock::now() >= until)
                return failed("retry", service() + "somebody else asks it, and no time was left to wait.");
            if (!sleep_unless(cancel, std::chrono::steady_clock::now() + 5ms))
                return fail("cancelled", "Cancelled.");
        }
        auto& token = context_.tokens.tokens[shelf_key_];
        const auto now = context_.now();
        if (token.value.empty() || token.expires <= now) {
            const auto left = token.refused_until - now;
            // A clock that was set back must not hold it longer.
            if (!token.refusal.code.empty() && left > 0ms && left <= kBusyHeldMost)
                return fail(token.refusal.code,
                            token.refusal.message + " It is not asked again for " +
                                std::to_string(std::chrono::ceil<std::chrono::seconds>(left).count()) +
                                " s.");
            auto held = 0ms;
            auto fetched = fetch(cancel, until, held);
            if (!fetched) {
                if (held > 0ms) {
                    token.refusal = fetched.error();
                    if (token.refusal.code != "retry")
                        held =
                            std::min(kRefusalHeldMost, kRefusalHeld * (1 << std::min(token.refusals++, 4)));
                    token.refused_until = context_.now() + held;
                }
                return fail(std::move(fetched).error());
            }
            token = std::move(*fetched);
        }
        context_.redactor.add(token.value);
        return token.value;
    }

    [[nodiscard]] tl::unexpected<Error> failed(std::string error_class, const std::string& what) const {
        return fail(std::move(error_class), "Auth profile '" + settings_.name + "': " + what);
    }
    [[nodiscard]] std::string service() const {
        const auto url = net::read_url(settings_.token_url);
        return "the token service" + (url ? " (" + url->authority() + "): " : std::string(": "));
    }
    [[nodiscard]] std::string memory_key() const { return "host/refresh_token/" + settings_.name; }
    // Only who has what the configuration's files hold can read what was kept; a new token in the
    // configuration makes the kept one void.
    [[nodiscard]] std::string seal_secret() const { return refresh_token_ + "\n" + secret_; }

    Result<Form> form() const {
        Form out;
        if (settings_.type == "oauth2_refresh") {
            const auto kept = context_.memory.get(memory_key());
            const auto newer = kept ? unseal(seal_secret(), *kept) : std::nullopt;
            if (newer) context_.redactor.add(*newer);
            out = {{"grant_type", "refresh_token"}, {"refresh_token", newer.value_or(refresh_token_)}};
        } else {
            out = {{"grant_type", "client_credentials"}};
            if (!settings_.audience.empty() && !key_) out.emplace_back("audience", settings_.audience);
        }
        if (!settings_.scope.empty()) out.emplace_back("scope", settings_.scope);
        if (!key_) return out;
        CAPBRIDGE_LET(auto assertion, client_assertion());
        context_.redactor.add(assertion);
        out.emplace_back("client_id", settings_.client_id);
        out.emplace_back("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        out.emplace_back("client_assertion", std::move(assertion));
        return out;
    }

    Result<std::string> client_assertion() const {
        const auto now = std::chrono::floor<std::chrono::seconds>(context_.now()).time_since_epoch();
        auto header = json::object();
        if (!settings_.key_id.empty()) header["kid"] = settings_.key_id;
        const json claims{{"iss", settings_.client_id},
                          {"sub", settings_.client_id},
                          {"aud", settings_.audience.empty() ? settings_.token_url : settings_.audience},
                          {"jti", uuid_v4()},
                          {"iat", now.count()},
                          {"exp", (now + kAssertionLifetime).count()}};
        return key_->sign(std::move(header), claims);
    }

    // `held`: for how long an error stands; 0: it is not the token service's.
    Result<AccessToken> fetch(const std::atomic<bool>* cancel, Until until, std::chrono::milliseconds& held) {
        auto fields = form();
        if (!fields) return failed("config", fields.error().message + ".");
        net::HttpRequest request;
        request.method = "POST";
        request.url = settings_.token_url;
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                           {"Accept", "application/json"}};
        if (!key_ && !secret_.empty() && settings_.client_auth == "basic") {
            // RFC 6749, 2.3.1: both are encoded as in a form first.
            request.user = url_encode(settings_.client_id);
            request.secret = url_encode(secret_);
        } else if (!key_) {
            fields->emplace_back("client_id", settings_.client_id);
            if (!secret_.empty()) fields->emplace_back("client_secret", secret_);
        }
        request.body = encoded(*fields);
        const auto answer = context_.ask(std::move(request), cancel, until);
        if (!answer) {
            const auto& code = answer.error().code;
            if (code == "cancelled") return fail("cancelled", "Cancelled.");
            if (code == "budget") return fail("retry", answer.error().message);
            // A call that had no time left says nothing about the service.
            if (code == "late") return failed("retry", service() + answer.error().message + ".");
            held = kBusyHeld;
            return failed(code == "tls" || code == "proxy" || code == "address" ? "config" : "retry",
                          service() + answer.error().message + ".");
        }
        held = std::clamp(retry_after(answer->header("retry-after"), context_.now()).value_or(kBusyHeld),
                          kBusyHeld, kBusyHeldMost);
        return token_of(*answer);
    }

    Result<AccessToken> token_of(const net::HttpAnswer& answer) {
        const auto status = "HTTP " + std::to_string(answer.status);
        const auto parsed = parse_json(answer.body, {1u << 20, 16});
        const auto body = parsed && parsed->is_object() ? *parsed : json::object();
        if (answer.status == 429 || answer.status >= 500)
            return failed("retry", "the token service is busy or failed (" + status + ").");
        if (answer.status == 400 || answer.status == 401 || answer.status == 403)
            return failed("auth", "the token service refuses (" + error_word(body) + status +
                                      "): check client id, secret or key, and whether it was revoked.");
        if (answer.status != 200)
            return failed("config", "the token_url is no token service (" + status + ").");
        AccessToken token;
        token.value = get_string(body, "access_token");
        const bool sound = !token.value.empty() && std::all_of(token.value.begin(), token.value.end(),
                                                               [](char c) { return c > 0x20 && c < 0x7F; });
        if (!sound || lower_ascii(get_string(body, "token_type", "bearer")) != "bearer")
            return failed("auth", "the token service's answer has no bearer token in it.");
        if (token.value.size() < Redactor::kShortest)
            return failed("auth",
                          "the token service gives a token of a few bytes only: it could not be kept "
                          "out of answers and logs.");
        context_.redactor.add(token.value);
        std::chrono::seconds lifetime = kUnsaidLifetime;
        if (const auto it = body.find("expires_in"); it != body.end() && it->is_number())
            lifetime = std::chrono::seconds(
                static_cast<std::int64_t>(std::clamp(it->get<double>(), 0.0, 365.0 * 24 * 3600)));
        token.expires =
            context_.now() + lifetime - std::min<std::chrono::seconds>(kMostMargin, lifetime / 10);
        if (settings_.type == "oauth2_refresh") keep(get_string(body, "refresh_token"));
        return token;
    }

    // Before the access token is used: a rotated refresh token that is lost locks us out.
    void keep(const std::string& refresh_token) {
        if (refresh_token.empty()) return;
        context_.redactor.add(refresh_token);
        const auto kept = context_.memory.put(memory_key(), seal(seal_secret(), refresh_token));
        if (!kept)
            log::error("refresh_token_not_kept",
                       {{"profile", settings_.name}, {"why", kept.error().message}});
    }

    const AuthSettings settings_;
    const AuthContext context_;
    const std::string secret_, refresh_token_;
    const std::optional<SigningKey> key_;
    std::string shelf_key_;
};

}  // namespace

std::unique_ptr<AuthProfile> make_token_profile(const AuthSettings& settings, const AuthContext& context,
                                                std::string secret, std::string refresh_token) {
    return std::make_unique<TokenProfile>(settings, context, std::move(secret), std::move(refresh_token),
                                          std::nullopt);
}

Result<std::unique_ptr<AuthProfile>> make_key_profile(const AuthSettings& settings,
                                                      const AuthContext& context, const std::string& pem) {
    auto key = SigningKey::read(pem);
    if (!key) return fail("config", "Auth profile '" + settings.name + "': " + key.error().message + ".");
    if (!settings.algorithm.empty() && settings.algorithm != key->algorithm())
        return fail("config", "Auth profile '" + settings.name + "': the key is one for " + key->algorithm() +
                                  ", not for " + settings.algorithm + ".");
    return std::make_unique<TokenProfile>(settings, context, sha256_hex(pem), "", std::move(*key));
}

}  // namespace capbridge::adapters
