// When the host sends a request again, and after how long (include/bridge/adapter.h, BRIDGE_HTTP). Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace capbridge::adapters {

struct RetryPolicy {
    int most_tries = 5;
    std::chrono::milliseconds first_wait{1'000};  // doubled for each further try
    std::chrono::milliseconds longest_wait{30'000};
    // A longer Retry-After is the adapter's to heed: it gets the answer.
    std::chrono::milliseconds longest_retry_after{120'000};
};

// Changes nothing over there by its method.
bool is_safe_method(const std::string& method);

// May a request that was answered so be sent again? `safe`: it changes nothing over there.
bool worth_another_try(int status, bool has_retry_after, bool safe);
// May one that got no answer? `code`: of net::HttpClient.
bool worth_another_try(const std::string& code, bool safe);

// The wait before try number `next_try` (2, 3, ...). `random` is from 0 to 1: half of the wait is fixed.
std::chrono::milliseconds back_off(const RetryPolicy& policy, int next_try, double random);

// Retry-After (RFC 9110, 10.2.3): seconds or a date; nullopt when there is none that can be read.
std::optional<std::chrono::milliseconds> retry_after(const std::string& header, Instant now);

}  // namespace capbridge::adapters
