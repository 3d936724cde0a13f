// One request of an adapter from question to outcome: the checks before it (host, headers, profile), budget,
// signing, redirects, tries and what of the answer the adapter may see. Used by several threads at once, each
// with a client of its own.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "adapters/http/auth.hpp"
#include "adapters/http/hosts.hpp"
#include "adapters/http/retry.hpp"
#include "adapters/http/settings.hpp"
#include "adapters/http_service.hpp"
#include "adapters/state.hpp"

namespace capbridge::adapters {

class HttpSender {
public:
    // The memory is borrowed.
    HttpSender(HttpSettings settings, AllowedHosts hosts, std::shared_ptr<SourceShare> share,
               engine::SourceMemory& memory, HttpTuning tuning);
    // Reads the secrets. Error "config".
    Status open();

    // `until`: when there is no time left for tries and waits. `lease`: what holds the body's bytes, to be
    // kept until it has been handed over.
    HttpOutcome send(net::HttpClient& client, const HttpQuestion& question, const std::atomic<bool>* cancel,
                     std::chrono::steady_clock::time_point until, BodyLease& lease);
    [[nodiscard]] BodyBudget& bodies() const { return share_->bodies; }
    [[nodiscard]] const HttpSettings& settings() const { return settings_; }

private:
    struct Signer {
        std::unique_ptr<AuthProfile> profile;
        std::vector<HostRule> hosts;  // empty: all
    };
    // A request on its way: where it goes now, and whether it may be signed there.
    struct Leg {
        std::string method, url, body;
        bool has_body_headers = true;
        Signer* signer = nullptr;
        bool safe = false;
    };
    // What stays the same on its way.
    struct Errand {
        const HttpQuestion& question;
        const std::atomic<bool>* cancel;
        std::chrono::steady_clock::time_point until;
        BodyLease& lease;
    };
    Status check(const HttpQuestion& question) const;
    Result<Leg> first_leg(const HttpQuestion& question);
    [[nodiscard]] net::HttpRequest request_of(const Errand& errand, const Leg& leg) const;
    // Its turn in the budget. What the source's settings and the time left of the call make of it.
    std::optional<CallLimits::Refusal> take_turn(const std::atomic<bool>* cancel,
                                                 std::chrono::steady_clock::time_point until);
    // One try of one leg, signed, with another one when a renewed token may help.
    Result<net::HttpAnswer> ask(net::HttpClient& client, const Errand& errand, const Leg& leg,
                                HttpOutcome& refused);
    // One leg with all its tries.
    Result<net::HttpAnswer> try_leg(net::HttpClient& client, const Errand& errand, const Leg& leg,
                                    HttpOutcome& refused);
    Result<net::HttpAnswer> token_answer(net::HttpRequest request, const std::atomic<bool>* cancel,
                                         Until until);
    [[nodiscard]] HttpOutcome refused_signing(const Error& error) const;
    HttpOutcome travel(net::HttpClient& client, const Errand& errand);
    // False: the answer is the last one.
    bool follow(const net::HttpAnswer& answer, Leg& leg) const;
    HttpOutcome outcome_of(net::HttpAnswer&& answer, const std::string& url) const;
    [[nodiscard]] HttpOutcome failed(const Error& error, const std::string& url) const;

    const HttpSettings settings_;
    const AllowedHosts hosts_;
    const std::shared_ptr<SourceShare> share_;
    engine::SourceMemory& memory_;
    const HttpTuning tuning_;
    const std::shared_ptr<Redactor> redactor_;
    const std::vector<std::string> named_addresses_;
    std::string proxy_secret_;
    std::map<std::string, Signer> signers_;
};

}  // namespace capbridge::adapters
