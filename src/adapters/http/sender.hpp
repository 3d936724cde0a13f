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

    HttpOutcome send(net::HttpClient& client, const HttpQuestion& question, const std::atomic<bool>* cancel);
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
    Status check(const HttpQuestion& question) const;
    Result<Leg> first_leg(const HttpQuestion& question);
    [[nodiscard]] net::HttpRequest request_of(const HttpQuestion& question, const Leg& leg,
                                              const std::atomic<bool>* cancel) const;
    // One try of one leg, signed, with another one when a renewed token may help.
    Result<net::HttpAnswer> ask(net::HttpClient& client, const HttpQuestion& question, const Leg& leg,
                                const std::atomic<bool>* cancel, HttpOutcome& refused);
    // One leg with all its tries.
    Result<net::HttpAnswer> try_leg(net::HttpClient& client, const HttpQuestion& question, const Leg& leg,
                                    const std::atomic<bool>* cancel, HttpOutcome& refused);
    // False: the answer is the last one.
    bool follow(const net::HttpAnswer& answer, Leg& leg) const;
    HttpOutcome outcome_of(net::HttpAnswer&& answer) const;
    [[nodiscard]] HttpOutcome failed(const Error& error, const std::string& url) const;

    const HttpSettings settings_;
    const AllowedHosts hosts_;
    const std::shared_ptr<SourceShare> share_;
    engine::SourceMemory& memory_;
    const HttpTuning tuning_;
    Redactor redactor_;
    std::string proxy_secret_;
    std::map<std::string, Signer> signers_;
};

}  // namespace capbridge::adapters
