#include "adapters/http/sender.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kMostRedirects = 5;
// A server that asks for more is asked again all the same: it may have meant something else.
constexpr std::chrono::milliseconds kLongestPause = std::chrono::hours(1);

// What the host alone says to the other side: credentials, the host's name, the framing, and what would give
// an answer back in a shape in which an echoed secret is not seen.
bool is_hosts_own(const std::string& lower_name) {
    static const std::set<std::string> names{"authorization",
                                             "proxy-authorization",
                                             "cookie",
                                             "cookie2",
                                             "host",
                                             "content-length",
                                             "connection",
                                             "transfer-encoding",
                                             "te",
                                             "trailer",
                                             "expect",
                                             "upgrade",
                                             "proxy-connection",
                                             "keep-alive",
                                             "accept-encoding",
                                             "range",
                                             "if-range"};
    return names.contains(lower_name);
}

// What of an answer stays here: sessions, and talk about credentials.
bool is_kept_back(const std::string& lower_name) {
    static const std::set<std::string> names{
        "set-cookie",         "set-cookie2",         "authorization",       "www-authenticate",
        "proxy-authenticate", "proxy-authorization", "authentication-info", "proxy-authentication-info"};
    return names.contains(lower_name);
}

double random_part() {
    thread_local std::minstd_rand source(std::random_device{}());
    return std::uniform_real_distribution<double>(0, 1)(source);
}

std::string authority_of(const std::string& url) {
    const auto parts = net::read_url(url);
    return parts ? parts->authority() : "the host";
}

HttpOutcome outcome(std::string error_class, std::string user, std::int64_t retry_after_ms = -1) {
    HttpOutcome out;
    out.error_class = std::move(error_class);
    out.user = std::move(user);
    out.retry_after_ms = retry_after_ms;
    return out;
}

}  // namespace

HttpSender::HttpSender(HttpSettings settings, AllowedHosts hosts, std::shared_ptr<SourceShare> share,
                       engine::SourceMemory& memory, HttpTuning tuning)
    : settings_(std::move(settings)),
      hosts_(std::move(hosts)),
      share_(std::move(share)),
      memory_(memory),
      tuning_(std::move(tuning)),
      redactor_(tuning_.redactor ? tuning_.redactor : std::make_shared<Redactor>()),
      named_addresses_(hosts_.configured()) {}

Status HttpSender::open() {
    if (!settings_.proxy_secret.empty()) {
        auto secret = net::read_secret(settings_.proxy_secret);
        if (!secret) return fail("config", "The proxy's secret: " + secret.error().message + ".");
        if (secret->size() < Redactor::kShortest)
            return fail("config", "The proxy's secret: " + short_secret_text() + ".");
        redactor_->add(*secret);
        proxy_secret_ = std::move(*secret);
    }
    const AuthContext context{*redactor_, share_->tokens, memory_, tuning_.now,
                              [this](net::HttpRequest request, const std::atomic<bool>* cancel, Until until) {
                                  return token_answer(std::move(request), cancel, until);
                              }};
    for (const auto& [name, auth] : settings_.auth) {
        auto& signer = signers_[name];
        CAPBRIDGE_LET(signer.profile, make_auth_profile(auth, context));
        for (const auto& host : auth.hosts) signer.hosts.emplace_back(host, "443");
    }
    return {};
}

std::optional<CallLimits::Refusal> HttpSender::take_turn(const std::atomic<bool>* cancel,
                                                         Steady::time_point until) {
    CallLimits::Budget budget{settings_.calls_per_second, settings_.calls_per_day,
                              tuning_.retry.longest_retry_after};
    if (until != Steady::time_point::max()) {
        const auto left = std::chrono::floor<std::chrono::milliseconds>(until - Steady::now());
        budget.longest_pause = std::min(budget.longest_pause, std::max(left, std::chrono::milliseconds{0}));
    }
    return share_->limits.take(budget, memory_, tuning_.now(), cancel);
}

Result<net::HttpAnswer> HttpSender::token_answer(net::HttpRequest request, const std::atomic<bool>* cancel,
                                                 Until until) {
    if (const auto refusal = take_turn(cancel, until))
        return fail(refusal->error_class == "cancelled" ? "cancelled" : "budget", refusal->user);
    request.cancel = cancel;
    request.timeout = settings_.timeout;
    if (until != Until::max())
        request.timeout =
            std::min(request.timeout, std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()));
    if (request.timeout.count() <= 0) return fail("late", "there was no time left to ask it");
    const bool hurried = request.timeout < settings_.timeout;
    request.allow_http = settings_.allow_http;
    request.ca_file = settings_.ca_file;
    request.proxy = {settings_.proxy_url, settings_.proxy_user, proxy_secret_, settings_.no_proxy};
    request.most_redirects = 0;
    request.most_answer_bytes = 1u << 20;
    request.named_addresses = named_addresses_;
    request.headers.emplace_back("Accept-Encoding", "identity");
    auto answer = net::make_http_client()->send(request);
    if (!answer && hurried && answer.error().code == "timeout")
        return fail("late",
                    "no answer within the " +
                        std::to_string(std::chrono::ceil<std::chrono::seconds>(request.timeout).count()) +
                        " s that were left of the call");
    return answer;
}

Status HttpSender::check(const HttpQuestion& question) const {
    for (const auto& [name, value] : question.headers) {
        if (is_hosts_own(lower_ascii(name)))
            return fail("internal", "The adapter may not set the header " + lower_ascii(name) +
                                        ": credentials and framing are the host's.");
    }
    if (!question.auth.empty() && !signers_.contains(question.auth))
        return fail("config",
                    "The source has no auth profile '" + question.auth + "': give it in http.auth.");
    if (const auto checked = net::check_url(question.url, settings_.allow_http); !checked) {
        // A web address begins with what the settings gave; any other is the adapter's own doing.
        const auto address = lower_ascii(question.url);
        const bool given = address.starts_with("https://") || address.starts_with("http://");
        return fail(given ? "config" : "internal",
                    "The adapter's request cannot be sent: " + checked.error().message +
                        (given ? ". Is the url in the settings right?" : "."));
    }
    return hosts_.check(*net::read_url(question.url));
}

Result<HttpSender::Leg> HttpSender::first_leg(const HttpQuestion& question) {
    CAPBRIDGE_TRY(check(question));
    Leg leg{question.method, question.url,
            question.body,   true,
            nullptr,         question.safe || is_safe_method(question.method)};
    if (question.auth.empty()) return leg;
    auto& signer = signers_.at(question.auth);
    const auto url = *net::read_url(question.url);
    if (!signer.hosts.empty() && std::none_of(signer.hosts.begin(), signer.hosts.end(),
                                              [&](const HostRule& rule) { return rule.fits(url); }))
        return fail("config", "Auth profile '" + question.auth + "' is not for the host " + url.authority() +
                                  " (its hosts).");
    leg.signer = &signer;
    return leg;
}

net::HttpRequest HttpSender::request_of(const Errand& errand, const Leg& leg) const {
    const auto& question = errand.question;
    net::HttpRequest out;
    out.method = leg.method;
    out.url = leg.url;
    out.body = leg.body;
    for (const auto& header : question.headers) {
        if (leg.has_body_headers || !lower_ascii(header.first).starts_with("content-"))
            out.headers.push_back(header);
    }
    // Without it every encoding would be welcome (RFC 9110, 12.5.3), and an echoed secret not be seen in it.
    out.headers.emplace_back("Accept-Encoding", "identity");
    out.timeout = settings_.timeout;
    if (question.timeout_ms > 0)
        out.timeout = std::min(out.timeout, std::chrono::milliseconds(question.timeout_ms));
    if (errand.until != Steady::time_point::max())
        out.timeout =
            std::min(out.timeout, std::chrono::ceil<std::chrono::milliseconds>(errand.until - Steady::now()));
    out.most_answer_bytes = settings_.most_answer_bytes;
    out.allow_http = settings_.allow_http;
    out.ca_file = settings_.ca_file;
    out.cancel = errand.cancel;
    out.once = !leg.safe && leg.method != "PUT" && leg.method != "DELETE";
    out.most_redirects = 0;  // follow() asks the list of hosts
    out.proxy = {settings_.proxy_url, settings_.proxy_user, proxy_secret_, settings_.no_proxy};
    out.named_addresses = named_addresses_;
    out.resolve = tuning_.resolve;
    out.may_keep = [this, &errand](std::size_t bytes) {
        return errand.lease.grow(bytes, 2 * settings_.most_answer_bytes, errand.cancel);
    };
    return out;
}

HttpOutcome HttpSender::refused_signing(const Error& error) const {
    const auto paused = error.code == "retry" ? share_->limits.paused_for().count() : 0;
    return outcome(error.code, error.message, paused > 0 ? paused : -1);
}

Result<net::HttpAnswer> HttpSender::ask(net::HttpClient& client, const Errand& errand, const Leg& leg,
                                        HttpOutcome& refused) {
    for (bool renewed = false;; renewed = true) {
        errand.lease.release();
        if (leg.signer != nullptr) {
            if (const auto ready = leg.signer->profile->prepare(errand.cancel, errand.until); !ready) {
                refused = refused_signing(ready.error());
                return fail("refused", "");
            }
        }
        if (auto refusal = take_turn(errand.cancel, errand.until)) {
            refused = outcome(refusal->error_class, refusal->user, refusal->retry_after_ms);
            return fail("refused", "");
        }
        auto request = request_of(errand, leg);
        if (leg.signer != nullptr) {
            if (const auto signed_ = leg.signer->profile->sign(request, errand.cancel, errand.until);
                !signed_) {
                refused = refused_signing(signed_.error());
                return fail("refused", "");
            }
        }
        auto answer = client.send(request);
        if (!answer || answer->status != 401 || renewed || leg.signer == nullptr ||
            !leg.signer->profile->renew(request))
            return answer;
    }
}

Result<net::HttpAnswer> HttpSender::try_leg(net::HttpClient& client, const Errand& errand, const Leg& leg,
                                            HttpOutcome& refused) {
    for (int tries = 1;; ++tries) {
        auto answer = ask(client, errand, leg, refused);
        std::optional<std::chrono::milliseconds> asked;
        if (answer) asked = retry_after(answer->header("retry-after"), tuning_.now());
        // The others of this source wait too, whatever becomes of this one.
        if (asked && (answer->status == 429 || answer->status == 503))
            share_->limits.pause(std::min(*asked, kLongestPause));
        const bool again = answer ? worth_another_try(answer->status, asked.has_value(), leg.safe)
                                  : worth_another_try(answer.error().code, leg.safe);
        if (!again || tries >= tuning_.retry.most_tries) return answer;
        if (asked && *asked > tuning_.retry.longest_retry_after) return answer;
        const auto wait = std::max(back_off(tuning_.retry, tries + 1, random_part()),
                                   asked.value_or(std::chrono::milliseconds{0}));
        const auto next = Steady::now() + wait;
        if (next >= errand.until) return answer;
        if (answer) answer = net::HttpAnswer{};  // its bytes are not held while nothing happens
        errand.lease.release();
        if (!sleep_unless(errand.cancel, next)) return fail("cancelled", "the request was given up");
    }
}

bool HttpSender::follow(const net::HttpAnswer& answer, Leg& leg) const {
    if (answer.redirect.empty()) return false;
    const auto from = net::read_url(leg.url), to = net::read_url(answer.redirect);
    if (!from || !to || to->has_user || !net::check_url(answer.redirect, settings_.allow_http) ||
        !hosts_.check(*to) || (from->scheme == "https" && to->scheme != "https"))
        return false;
    const bool reads = leg.method == "GET" || leg.method == "HEAD";
    if (answer.status == 303) {
        if (!reads) leg.method = "GET";
        leg.body.clear();
        leg.has_body_headers = false;
        leg.safe = true;
    } else if (answer.status != 307 && answer.status != 308 && !reads) {
        return false;  // 301, 302: what becomes of a POST is not agreed upon
    }
    if (!from->same_origin(*to)) leg.signer = nullptr;  // and never again on the way
    leg.url = answer.redirect;
    return true;
}

HttpOutcome HttpSender::outcome_of(net::HttpAnswer&& answer, const std::string& url) const {
    const auto coding = lower_ascii(answer.header("content-encoding"));
    if (!answer.body.empty() && !coding.empty() && coding != "identity")
        return outcome("config", authority_of(url) +
                                     " (or a proxy on the way) sends its answer encoded, which was not asked "
                                     "for: it must leave it plain (Accept-Encoding: identity).");
    if (answer.status == 206)
        return outcome("config",
                       authority_of(url) + " answers with a part (HTTP 206) where the whole was asked for.");
    HttpOutcome out;
    out.status = answer.status;
    if (const auto wait = retry_after(answer.header("retry-after"), tuning_.now()))
        out.retry_after_ms = wait->count();
    for (auto& [name, value] : answer.headers) {
        if (!is_kept_back(name) && !redactor_->clean(value)) out.headers.emplace_back(name, std::move(value));
    }
    out.body = std::move(answer.body);
    redactor_->clean(out.body);
    return out;
}

HttpOutcome HttpSender::failed(const Error& error, const std::string& url) const {
    const auto host = authority_of(url);
    const auto& code = error.code;
    if (code == "cancelled") return outcome("cancelled", "Cancelled.");
    if (code == "bad_request" || code == "bad_url")
        return outcome("internal", "The adapter's request cannot be sent: " + error.message + ".");
    if (code == "too_large")
        return outcome("rejected", "An answer of " + host + " is larger than " +
                                       std::to_string(settings_.most_answer_bytes >> 20) +
                                       " MiB (http.most_answer_mb).");
    if (code == "address")
        return outcome("config", host + ": " + error.message +
                                     ". If that is meant, name the address with its port in http.hosts.");
    if (code == "tls" || code == "insecure" || code == "proxy")
        return outcome("config", host + ": " + error.message + ".");
    return outcome("retry", host + ": " + error.message + ".");
}

HttpOutcome HttpSender::travel(net::HttpClient& client, const Errand& errand) {
    auto leg = first_leg(errand.question);
    if (!leg) return outcome(leg.error().code, leg.error().message);
    for (int redirects = 0;; ++redirects) {
        HttpOutcome refused;
        auto answer = try_leg(client, errand, *leg, refused);
        if (!answer) return answer.error().code == "refused" ? refused : failed(answer.error(), leg->url);
        const auto before = *leg;
        const bool goes_on = redirects < kMostRedirects && follow(*answer, *leg);
        const bool signs_body = before.signer != nullptr && before.signer->profile->is_in_body();
        // The adapter would see an answer to nobody, and might take it for an empty one.
        if (signs_body && !answer->redirect.empty() &&
            (!goes_on || leg->signer == nullptr || leg->method != before.method))
            return outcome("config", authority_of(before.url) + " answers with a redirect (HTTP " +
                                         std::to_string(answer->status) + " to " +
                                         authority_of(answer->redirect) +
                                         "), on which the form with its token gets lost: give the address "
                                         "as the server wants it in the source's settings.");
        if (!goes_on) return outcome_of(std::move(*answer), leg->url);
    }
}

HttpOutcome HttpSender::send(net::HttpClient& client, const HttpQuestion& question,
                             const std::atomic<bool>* cancel, Steady::time_point until, BodyLease& lease) {
    auto out = travel(client, {question, cancel, until, lease});
    if (out.body.empty()) lease.release();
    redactor_->clean(out.user);
    return out;
}

}  // namespace capbridge::adapters
