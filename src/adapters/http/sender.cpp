#include "adapters/http/sender.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr int kMostRedirects = 5;

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
      tuning_(std::move(tuning)) {}

Status HttpSender::open() {
    if (!settings_.proxy_secret.empty()) {
        auto secret = net::read_secret(settings_.proxy_secret);
        if (!secret) return fail("config", "The proxy's secret: " + secret.error().message + ".");
        redactor_.add(*secret);
        proxy_secret_ = std::move(*secret);
    }
    const AuthContext context{
        redactor_, share_->tokens, memory_, tuning_.now,
        [this](net::HttpRequest request, const std::atomic<bool>* cancel) {
            request.cancel = cancel;
            request.timeout = settings_.timeout;
            request.allow_http = settings_.allow_http;
            request.ca_file = settings_.ca_file;
            request.proxy = {settings_.proxy_url, settings_.proxy_user, proxy_secret_, settings_.no_proxy};
            request.most_redirects = 0;
            request.most_answer_bytes = 1u << 20;
            return net::make_http_client()->send(request);
        }};
    for (const auto& [name, auth] : settings_.auth) {
        auto& signer = signers_[name];
        CAPBRIDGE_LET(signer.profile, make_auth_profile(auth, context));
        for (const auto& host : auth.hosts) signer.hosts.emplace_back(host, "443");
    }
    return {};
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
    if (const auto checked = net::check_url(question.url, settings_.allow_http); !checked)
        return fail(checked.error().code == "insecure" ? "config" : "internal",
                    "The adapter's request cannot be sent: " + checked.error().message + ".");
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

net::HttpRequest HttpSender::request_of(const HttpQuestion& question, const Leg& leg,
                                        const std::atomic<bool>* cancel) const {
    net::HttpRequest out;
    out.method = leg.method;
    out.url = leg.url;
    out.body = leg.body;
    for (const auto& header : question.headers) {
        if (leg.has_body_headers || !lower_ascii(header.first).starts_with("content-"))
            out.headers.push_back(header);
    }
    out.timeout = settings_.timeout;
    if (question.timeout_ms > 0)
        out.timeout = std::min(out.timeout, std::chrono::milliseconds(question.timeout_ms));
    out.most_answer_bytes = settings_.most_answer_bytes;
    out.allow_http = settings_.allow_http;
    out.ca_file = settings_.ca_file;
    out.cancel = cancel;
    out.once = !leg.safe && leg.method != "PUT" && leg.method != "DELETE";
    out.most_redirects = 0;  // follow() asks the list of hosts
    out.proxy = {settings_.proxy_url, settings_.proxy_user, proxy_secret_, settings_.no_proxy};
    return out;
}

Result<net::HttpAnswer> HttpSender::ask(net::HttpClient& client, const HttpQuestion& question, const Leg& leg,
                                        const std::atomic<bool>* cancel, HttpOutcome& refused) {
    for (bool renewed = false;; renewed = true) {
        auto request = request_of(question, leg, cancel);
        if (leg.signer != nullptr) {
            if (const auto signed_ = leg.signer->profile->sign(request, cancel); !signed_) {
                refused = outcome(signed_.error().code, signed_.error().message);
                return fail("refused", "");
            }
        }
        if (auto refusal = share_->limits.take({settings_.calls_per_second, settings_.calls_per_day}, memory_,
                                               tuning_.now(), cancel)) {
            refused = outcome(refusal->error_class, refusal->user, refusal->retry_after_ms);
            return fail("refused", "");
        }
        auto answer = client.send(request);
        if (!answer || answer->status != 401 || renewed || leg.signer == nullptr ||
            !leg.signer->profile->renew(request))
            return answer;
    }
}

Result<net::HttpAnswer> HttpSender::try_leg(net::HttpClient& client, const HttpQuestion& question,
                                            const Leg& leg, const std::atomic<bool>* cancel,
                                            HttpOutcome& refused) {
    for (int tries = 1;; ++tries) {
        auto answer = ask(client, question, leg, cancel, refused);
        std::optional<std::chrono::milliseconds> asked;
        if (answer) asked = retry_after(answer->header("retry-after"), tuning_.now());
        const bool again = answer ? worth_another_try(answer->status, asked.has_value(), leg.safe)
                                  : worth_another_try(answer.error().code, leg.safe);
        if (!again || tries >= tuning_.retry.most_tries) return answer;
        if (asked && *asked > tuning_.retry.longest_retry_after) return answer;
        const auto wait = std::max(back_off(tuning_.retry, tries + 1, random_part()),
                                   asked.value_or(std::chrono::milliseconds{0}));
        if (asked) share_->limits.pause(*asked);  // the others of this source wait too
        if (!sleep_unless(cancel, std::chrono::steady_clock::now() + wait))
            return fail("cancelled", "the request was given up");
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

HttpOutcome HttpSender::outcome_of(net::HttpAnswer&& answer) const {
    HttpOutcome out;
    out.status = answer.status;
    if (const auto wait = retry_after(answer.header("retry-after"), tuning_.now()))
        out.retry_after_ms = wait->count();
    for (auto& [name, value] : answer.headers) {
        if (!is_kept_back(name) && !redactor_.clean(value)) out.headers.emplace_back(name, std::move(value));
    }
    out.body = std::move(answer.body);
    redactor_.clean(out.body);
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
    if (code == "tls" || code == "insecure" || code == "proxy")
        return outcome("config", host + ": " + error.message + ".");
    return outcome("retry", host + ": " + error.message + ".");
}

HttpOutcome HttpSender::send(net::HttpClient& client, const HttpQuestion& question,
                             const std::atomic<bool>* cancel) {
    auto leg = first_leg(question);
    if (!leg) return outcome(leg.error().code, leg.error().message);
    for (int redirects = 0;; ++redirects) {
        HttpOutcome refused;
        auto answer = try_leg(client, question, *leg, cancel, refused);
        if (!answer) return answer.error().code == "refused" ? refused : failed(answer.error(), leg->url);
        if (redirects >= kMostRedirects || !follow(*answer, *leg)) return outcome_of(std::move(*answer));
    }
}

}  // namespace capbridge::adapters
