#include "core/engine/write_back/ledger.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace capbridge::engine {
namespace {

constexpr std::chrono::milliseconds first_wait{3'600'000}, longest_wait{7 * 24 * 3'600'000};

}  // namespace

store::PushRow refused_row(store::PushRow before, const Error& why, Instant now) {
    const std::chrono::milliseconds wait{first_wait.count() << std::clamp(before.tries, 0, 16)};
    before.state = "rejected";
    before.error_code = why.code;
    before.error = why.message;
    before.at = now;
    before.next_try = now + std::min(wait, longest_wait);
    ++before.tries;
    return before;
}

store::PushRow pushed_row(store::PushRow before, const json& receipt, Instant now) {
    before.state = "pushed";
    before.receipt = receipt.is_null() ? "" : receipt.dump();
    before.error_code.clear();
    before.error.clear();
    before.tries = 0;
    before.at = now;
    before.next_try.reset();
    return before;
}

store::PushRow unmet_row(store::PushRow before, Instant now) {
    before.state = was_given(before) ? "unmet" : "dropped";
    before.at = now;
    before.next_try.reset();
    return before;
}

bool was_given(const store::PushRow& row) {
    return row.state == "pushed" || row.state == "unmet" || !row.receipt.empty();
}

bool is_due(const store::PushRow& row, Instant now) {
    return !row.next_try || *row.next_try <= now || row.at > now;
}

}  // namespace capbridge::engine
