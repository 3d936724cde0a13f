#include "canvas/client.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "common/answer.hpp"
#include "common/link.hpp"
#include "common/rows.hpp"

namespace canvas {
namespace {

constexpr double kLeakEachSecond = 10, kCostInFlight = 50;
constexpr double kLow = 200;  // of 600: slow down from here, so that others with the token are not shut out
constexpr int kAttempts = 6;
constexpr std::int64_t kLongestWait = 30'000;
constexpr std::size_t kMostAtOnce = 10;

std::optional<double> remaining_of(const bridge::HttpAnswer& answer) {
    const auto text = answer.header("x-rate-limit-remaining");
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

[[noreturn]] void throttled_for_good(const bridge::HttpAnswer& answer) {
    throw bridge::Failure{BRIDGE_RETRY,
                          "Canvas throttles this token (HTTP " + std::to_string(answer.status) +
                              "): something else uses it at the same time, or the site's limit is low.",
                          {},
                          plugins::retry_after_ms(answer)};
}

}  // namespace

bool is_throttled(const bridge::HttpAnswer& answer) {
    if (answer.status != 403) return false;
    if (plugins::detail::lower_case(std::string_view(answer.body).substr(0, 200))
            .find("rate limit exceeded") != std::string::npos)
        return true;
    // A proxy may have replaced the text; a refusal for a missing right is JSON and leaves the bucket as it
    // is.
    const auto remaining = remaining_of(answer);
    return remaining && *remaining <= 0 && !answer.header("content-type").starts_with("application/json");
}

void require_allowed(const bridge::HttpAnswer& answer, const std::string& what, const char* right) {
    if (answer.status != 401 && answer.status != 403) return plugins::require_success(answer, what);
    const auto status = " (HTTP " + std::to_string(answer.status) + ")";
    const auto text = plugins::detail::lower_case(std::string_view(answer.body).substr(0, 1000));
    if (text.find("insufficient scopes") != std::string::npos)
        throw bridge::Failure{BRIDGE_CONFIG, "The developer key of the token does not allow " + what +
                                                 status +
                                                 ": add the scope of that request to the key, and make a new "
                                                 "token."};
    if (answer.status == 403 && plugins::is_web_page(answer))
        throw bridge::Failure{BRIDGE_CONFIG,
                              "A web page refuses " + what + status +
                                  ": a proxy in between does, or the url of the settings is not "
                                  "the Canvas site itself."};
    // 401 is the status for a token that is not (or no longer) valid, too; only the text tells them apart.
    if (answer.status == 403 || text.find("user not authorized") != std::string::npos)
        throw bridge::Failure{BRIDGE_CONFIG, "Canvas knows the token but does not allow its user " + what +
                                                 status + ": give its role the right '" + right + "'."};
    plugins::require_success(answer, what);
}

bool has_no_progress(const bridge::HttpAnswer& answer) {
    if (answer.status != 200 && answer.status != 400) return false;
    const auto members = plugins::raw_members(answer.body);
    const auto error = members ? plugins::parse_row(plugins::raw_member(*members, "error")) : std::nullopt;
    return error && plugins::detail::lower_case(plugins::text_of(*error, "message")).find("no progress") == 0;
}

bridge::HttpRequest Client::request(const std::string& url) const {
    // Ids as texts: those of several shards do not fit the numbers of every reader.
    return {.url = url,
            .headers = {{"accept", "application/json+canvas-string-ids, application/json"}},
            .auth = settings_.auth};
}

void Client::note(const bridge::HttpAnswer& answer) {
    if (const auto remaining = remaining_of(answer)) remaining_ = remaining;
}

void Client::slow_down() {
    call_.stop_if_cancelled();
    if (!remaining_ || *remaining_ >= kLow) return;
    const auto ms = static_cast<std::int64_t>((kLow - *remaining_) / kLeakEachSecond * 1000);
    host_.sleep_ms(std::clamp<std::int64_t>(ms, 100, kLongestWait));
    remaining_.reset();  // the next answer says it anew
}

void Client::wait_out(const bridge::HttpAnswer& throttled, int attempt) {
    if (attempt >= kAttempts) throttled_for_good(throttled);
    const auto asked = plugins::retry_after_ms(throttled);
    host_.sleep_ms(asked > 0 ? std::min<std::int64_t>(asked, 10 * kLongestWait)
                             : std::min<std::int64_t>(1000LL << attempt, kLongestWait));
    remaining_.reset();
}

bridge::HttpAnswer Client::get(const std::string& url) {
    for (int attempt = 0;; ++attempt) {
        slow_down();
        auto answer = http_.send(request(url));
        note(answer);
        if (!is_throttled(answer)) {
            if (answer.status == 429) throttled_for_good(answer);
            return answer;
        }
        wait_out(answer, attempt);
    }
}

std::vector<bridge::HttpAnswer> Client::get_all(const std::vector<std::string>& urls) {
    std::vector<bridge::HttpAnswer> out;
    while (out.size() < urls.size()) {
        slow_down();
        const auto room = remaining_
                              ? static_cast<std::size_t>(std::max(1.0, *remaining_ / kCostInFlight - 2))
                              : std::size_t{4};
        const auto count = std::min({room, kMostAtOnce, urls.size() - out.size()});
        std::vector<bridge::HttpRequest> requests;
        for (std::size_t i = 0; i < count; ++i) requests.push_back(request(urls[out.size() + i]));
        auto answers = http_.send_many(requests);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            auto& answer = answers[i];
            if (answer.code != BRIDGE_OK)
                throw bridge::Failure{answer.code, answer.why, "no answer", answer.retry_after_ms};
            note(answer);
            if (answer.status == 429) throttled_for_good(answer);
            if (is_throttled(answer)) {  // that one alone, slower
                wait_out(answer, 0);
                answer = get(requests[i].url);
            }
            out.push_back(std::move(answer));
        }
    }
    return out;
}

int Client::list(const std::string& url, const std::string& what, const char* right, const OnRow& on_row) {
    std::set<std::string> seen;
    bool anew = false;
    for (auto next = url; !next.empty();) {
        if (!seen.insert(next).second)
            throw bridge::Failure{BRIDGE_RETRY,
                                  "Canvas gives the same page of " + what + " again and again."};
        const bool first = seen.size() == 1;
        const auto answer = get(next);
        if (!first && (answer.status == 400 || answer.status == 404 || answer.status == 410)) {
            if (std::exchange(anew, true))
                throw bridge::Failure{BRIDGE_RETRY, "Canvas lets the address of the next page of " + what +
                                                        " expire again and again."};
            seen.clear();
            next = url;
            continue;
        }
        if (first && (answer.status == 400 || answer.status == 404 || has_no_progress(answer)))
            return answer.status == 200 ? 400 : answer.status;
        require_allowed(answer, what, right);
        const auto rows = plugins::raw_elements(answer.body);
        if (!rows)
            throw bridge::Failure{BRIDGE_RETRY, "The answer about " + what + " is no list, or was cut off.",
                                  std::to_string(answer.body.size()) + " bytes"};
        for (std::size_t i = 0; i < rows->size(); ++i)
            on_row((*rows)[i],
                   what + ", page " + std::to_string(seen.size()) + ", row " + std::to_string(i + 1));
        const auto link = plugins::link_of(answer, "next");
        next = link.empty() ? "" : plugins::same_origin(next, link, what);
    }
    return 200;
}

}  // namespace canvas
