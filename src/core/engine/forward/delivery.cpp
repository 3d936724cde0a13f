#include "core/engine/forward/delivery.hpp"

#include <time.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/xapi/multipart.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::engine {
namespace {

constexpr std::chrono::seconds longest_wait{3600};

// The answers that speak of what is in the request; every other one speaks of the target or of us.
bool is_statements_fault(int status) {
    return status == 400 || status == 409 || status == 412 || status == 413 || status == 415 || status == 422;
}

Settled refused(const Outgoing& one, int status) {
    return {one.seq, one.id, status == 413 ? "too_large" : "refused",
            "the target answered " + std::to_string(status)};
}

Trouble trouble_of_error(const Error& error) {
    return {error.code, error.message, std::nullopt};
}

std::string array_of(std::span<const Outgoing> batch) {
    std::string out = "[";
    for (const auto& one : batch) {
        if (out.size() > 1) out += ',';
        out += one.text;
    }
    return out + "]";
}

}  // namespace

std::size_t Outgoing::bytes() const {
    std::size_t out = text.size();
    for (const auto& attachment : attachments) out += attachment.bytes.size();
    return out;
}

Result<Outgoing> outgoing_of(store::Store& store, const store::StatementRow& row, const json& statement,
                             bool with_attachments) {
    Outgoing out{row.seq, row.id, row.text(), {}};
    if (!with_attachments) return out;
    const auto sent = store.journal().attachments_of(row.seq);
    if (sent.empty()) return out;
    const auto types = xapi::content_types(statement);
    for (const auto& sha2 : sent) {
        auto bytes = store.attachments().read(sha2);
        if (!bytes) return fail("attachment_missing", "the bytes of an attachment are not in the store");
        const auto type = types.find(sha2);
        out.attachments.push_back(
            {sha2, type == types.end() ? "application/octet-stream" : type->second, std::move(*bytes)});
    }
    return out;
}

std::optional<std::chrono::seconds> retry_after(const std::string& header, Instant now) {
    if (header.empty()) return std::nullopt;
    if (header.find_first_not_of("0123456789") == std::string::npos) {
        if (header.size() > 9) return longest_wait;
        return std::min(longest_wait, std::chrono::seconds{std::stol(header)});
    }
    tm parts{};
    const char* end = ::strptime(header.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    const auto at = std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
    const auto wait = std::chrono::ceil<std::chrono::seconds>(at - now);
    return std::clamp(wait, std::chrono::seconds{0}, longest_wait);
}

std::optional<Trouble> Delivery::send(std::span<const Outgoing> batch, std::vector<Settled>& settled) {
    if (batch.empty()) return std::nullopt;
    auto secret = read_secret(settings_);
    if (!secret) return Trouble{"secret", secret.error().text(), std::nullopt};
    secret_ = std::move(*secret);
    return divide(batch, settled);
}

std::optional<Trouble> Delivery::divide(std::span<const Outgoing> batch, std::vector<Settled>& settled) {
    const auto answer = request(batch);
    if (!answer) return trouble_of_error(answer.error());
    if (answer->status >= 200 && answer->status < 300) {
        for (const auto& one : batch) settled.push_back({one.seq, one.id, {}, {}});
        return std::nullopt;
    }
    if (!is_statements_fault(answer->status)) return trouble_of(*answer);
    const bool conflict = answer->status == 409 && settings_.kind == TargetSettings::Kind::lrs;
    if (batch.size() == 1) {
        if (conflict) return settle_conflict(batch.front(), settled);
        settled.push_back(refused(batch.front(), answer->status));
        return std::nullopt;
    }
    // A conflict is most often a batch that was stored before its answer was lost: each of them conflicts.
    const auto step = conflict ? std::size_t{1} : (batch.size() + 1) / 2;
    for (std::size_t at = 0; at < batch.size(); at += step) {
        if (auto trouble = divide(batch.subspan(at, std::min(step, batch.size() - at)), settled))
            return trouble;
    }
    return std::nullopt;
}

// The target has a statement of this id: ours, from a try whose answer was lost, or another one.
std::optional<Trouble> Delivery::settle_conflict(const Outgoing& one, std::vector<Settled>& settled) {
    for (const auto* parameter : {"statementId", "voidedStatementId"}) {
        const auto got =
            http_.send(blank("GET", settings_.url + "/statements?" + parameter + "=" + url_encode(one.id)));
        if (!got) return trouble_of_error(got.error());
        if (got->status == 404) continue;
        if (got->status == 429 || got->status >= 500) return trouble_of(*got);
        if (got->status != 200) break;
        const auto theirs = json::parse(got->body, nullptr, false);
        const auto ours = json::parse(one.text, nullptr, false);
        if (!theirs.is_object() || !xapi::equivalent(ours, theirs)) break;
        settled.push_back({one.seq, one.id, {}, {}});
        return std::nullopt;
    }
    settled.push_back({one.seq, one.id, "conflict",
                       "the target has another statement of this id, or does not show the one that it has"});
    return std::nullopt;
}

net::HttpRequest Delivery::blank(std::string method, std::string url) const {
    net::HttpRequest out;
    out.method = std::move(method);
    out.url = std::move(url);
    out.timeout = settings_.timeout;
    out.allow_http = settings_.allow_http;
    out.ca_file = settings_.ca_file;
    out.cancel = cancel_;
    if (settings_.kind == TargetSettings::Kind::webhook) return out;
    out.headers.emplace_back("X-Experience-API-Version", std::string(xapi::version_text(settings_.version)));
    if (!settings_.user.empty()) {
        out.user = settings_.user;
        out.secret = secret_;
    } else if (!secret_.empty()) {
        out.headers.emplace_back("Authorization", "Bearer " + secret_);
    }
    return out;
}

net::HttpRequest Delivery::lrs_request(std::span<const Outgoing> batch) const {
    auto out = blank("POST", settings_.url + "/statements");
    std::vector<xapi::AttachmentBytes> attachments;
    std::set<std::string_view> known;  // bytes that several statements share go once
    for (const auto& one : batch) {
        for (const auto& attachment : one.attachments) {
            if (known.insert(attachment.sha2).second) attachments.push_back(attachment);
        }
    }
    if (attachments.empty()) {
        out.headers.emplace_back("Content-Type", "application/json");
        out.body = array_of(batch);
    } else {
        auto multipart = xapi::write_multipart(array_of(batch), attachments);
        out.headers.emplace_back("Content-Type", std::move(multipart.content_type));
        out.body = std::move(multipart.body);
    }
    return out;
}

net::HttpRequest Delivery::webhook_request(std::span<const Outgoing> batch) const {
    auto out = blank("POST", settings_.url);
    out.body = R"({"target":)" + json(name_).dump() + R"(,"statements":)" + array_of(batch) + "}";
    const auto timestamp =
        std::to_string(std::chrono::floor<std::chrono::seconds>(now_()).time_since_epoch().count());
    // The same statements again are the same delivery, so that a receiver can leave out what it has.
    const auto range = std::to_string(batch.front().seq) + "-" + std::to_string(batch.back().seq);
    out.headers = {{"Content-Type", "application/json"},
                   {"X-Capbridge-Delivery", uuid_v5(uuid_, range)},
                   {"X-Capbridge-Timestamp", timestamp},
                   {"X-Capbridge-Signature", "v1=" + hmac_sha256_hex(secret_, timestamp + "." + out.body)}};
    return out;
}

Result<net::HttpAnswer> Delivery::request(std::span<const Outgoing> batch) {
    return http_.send(settings_.kind == TargetSettings::Kind::webhook ? webhook_request(batch)
                                                                      : lrs_request(batch));
}

Trouble Delivery::trouble_of(const net::HttpAnswer& answer) const {
    const auto& status = answer.status;
    const auto* code = status == 401 || status == 403   ? "not_allowed"
                       : status == 404                  ? "not_found"
                       : status == 408 || status == 429 ? "target_busy"
                       : status >= 500                  ? "target_error"
                                                        : "unexpected_answer";
    return {code, "the target answered " + std::to_string(status),
            retry_after(answer.header("retry-after"), now_())};
}

}  // namespace capbridge::engine
