#include "adapters/http/retry.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace capbridge::adapters {

bool is_safe_method(const std::string& method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool worth_another_try(int status, bool has_retry_after, bool safe) {
    if (status == 429 || (status == 503 && has_retry_after)) return true;
    return safe && (status == 500 || status == 502 || status == 503 || status == 504);
}

bool worth_another_try(const std::string& code, bool safe) {
    return code == "unreachable" || (safe && (code == "http" || code == "timeout"));
}

std::chrono::milliseconds back_off(const RetryPolicy& policy, int next_try, double random) {
    const auto doubled = static_cast<double>(policy.first_wait.count()) * std::exp2(next_try - 2);
    const auto whole = std::min(doubled, static_cast<double>(policy.longest_wait.count()));
    return std::chrono::milliseconds(std::llround(whole * (0.5 + 0.5 * std::clamp(random, 0.0, 1.0))));
}

std::optional<std::chrono::milliseconds> retry_after(const std::string& header, Instant now) {
    if (header.empty()) return std::nullopt;
    if (header.find_first_not_of("0123456789") == std::string::npos) {
        constexpr long a_year = 365L * 24 * 3600;
        return std::chrono::seconds(header.size() > 9 ? a_year : std::min(a_year, std::stol(header)));
    }
    tm parts{};
    const char* end = ::strptime(header.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    const Instant at{std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}}};
    return std::max(at - now, std::chrono::milliseconds{0});
}

}  // namespace capbridge::adapters
