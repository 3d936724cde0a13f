// Auth profiles: how the host signs an adapter's requests. The adapter names a profile; what it stands for
// (secrets, tokens) stays here. One for each conversation and profile, thread-safe.
//
// Errors carry the class that the adapter is told: "config" (a secret cannot be read, a request that the
// profile cannot sign), "auth" (the token service refuses), "retry" (it does not answer), "cancelled". No
// message has a secret.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "adapters/http/redactor.hpp"
#include "adapters/http/settings.hpp"
#include "adapters/state.hpp"
#include "core/base/result.hpp"
#include "core/net/http_client.hpp"

namespace capbridge::adapters {

// When there is no time left to ask a token service.
using Until = std::chrono::steady_clock::time_point;

// What a profile works with; all borrowed, and longer-lived than it.
struct AuthContext {
    Redactor& redactor;
    TokenShelf& tokens;
    engine::SourceMemory& memory;
    std::function<Instant()> now;
    // A request to a token service, with the source's TLS, proxy and time limit, out of its budget. Errors:
    // those of net::HttpClient, "budget", and "late" (`until` came first).
    std::function<Result<net::HttpAnswer>(net::HttpRequest request, const std::atomic<bool>* cancel,
                                          Until until)>
        ask;
};

class AuthProfile {
public:
    virtual ~AuthProfile() = default;
    // Gets what signing needs and takes time for, a token. Before the request's own turn in the budget, so
    // that a call is made when its turn has come.
    virtual Status prepare(const std::atomic<bool>* cancel, Until until) {
        static_cast<void>(cancel);
        static_cast<void>(until);
        return {};
    }
    // Adds the credentials to a request that is ready otherwise.
    virtual Status sign(net::HttpRequest& request, const std::atomic<bool>* cancel, Until until) = 0;
    // The request was answered with 401: would a new token be worth another try? The token that it was
    // signed with is dropped.
    virtual bool renew(const net::HttpRequest& refused) {
        static_cast<void>(refused);
        return false;
    }
    // The credentials are in the body of a POST: where a redirect turns it into a GET, or leads elsewhere,
    // they get lost.
    [[nodiscard]] virtual bool is_in_body() const { return false; }
};

// Error "config": a secret or key that cannot be read or used.
Result<std::unique_ptr<AuthProfile>> make_auth_profile(const AuthSettings& settings,
                                                       const AuthContext& context);

// Those of one kind each; make_auth_profile() is what others call.
std::unique_ptr<AuthProfile> make_basic(std::string user, std::string secret);
std::unique_ptr<AuthProfile> make_bearer(std::string header, std::string prefix, std::string secret);
std::unique_ptr<AuthProfile> make_form_token(std::string parameter, std::string secret);
std::unique_ptr<AuthProfile> make_token_profile(const AuthSettings& settings, const AuthContext& context,
                                                std::string secret, std::string refresh_token);
Result<std::unique_ptr<AuthProfile>> make_key_profile(const AuthSettings& settings,
                                                      const AuthContext& context, const std::string& pem);
std::unique_ptr<AuthProfile> make_hmac(const AuthSettings& settings, std::function<Instant()> now,
                                       std::string secret);

}  // namespace capbridge::adapters
