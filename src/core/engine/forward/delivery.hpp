// Sending statements to one target, and finding out what became of each of them. To an LRS as POST
// .../statements (xAPI 1.0.3 part 3, 2.1; with attachments as multipart/mixed), to a webhook as one signed
// JSON document. A batch that is refused for what is in it is divided until the statements at fault are
// found; trouble that is no statement's fault (no connection, credentials, the target's own errors) ends it,
// and what is not settled is sent again later, with the same ids. One thread at a time.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/engine/forward/settings.hpp"
#include "core/net/http_client.hpp"
#include "core/store/store.hpp"
#include "core/xapi/multipart.hpp"

namespace capbridge::engine {

struct Outgoing {
    std::int64_t seq = 0;
    std::string id, text;  // as a reader would get it
    std::vector<xapi::AttachmentBytes> attachments;
    [[nodiscard]] std::size_t bytes() const;
};
// With the bytes of its attachments, read from the store. Error "attachment_missing".
Result<Outgoing> outgoing_of(store::Store& store, const store::StatementRow& row, const json& statement,
                             bool with_attachments);

// What became of a statement: delivered (code ""), or not to be sent again: "refused", "too_large",
// "conflict" (the target has another statement of this id), "version", "attachment_missing", "damaged".
struct Settled {
    std::int64_t seq = 0;
    std::string id, code, message;
};

// Why nothing more can be sent now: a code of net::HttpClient, or "secret", "not_allowed", "not_found",
// "target_busy", "target_error", "unexpected_answer".
struct Trouble {
    std::string code, message;
    std::optional<std::chrono::seconds> retry_after;  // as the target asked
};

class Delivery {
public:
    // All are borrowed. `cancel` ends a request that is under way.
    Delivery(net::HttpClient& http, const TargetSettings& settings, std::string name, std::string uuid,
             std::function<Instant()> now, const std::atomic<bool>* cancel)
        : http_(http),
          settings_(settings),
          name_(std::move(name)),
          uuid_(std::move(uuid)),
          now_(std::move(now)),
          cancel_(cancel) {}

    // Settles the statements in order, a beginning of them when there is trouble.
    std::optional<Trouble> send(std::span<const Outgoing> batch, std::vector<Settled>& settled);

private:
    std::optional<Trouble> divide(std::span<const Outgoing> batch, std::vector<Settled>& settled);
    std::optional<Trouble> settle_conflict(const Outgoing& one, std::vector<Settled>& settled);
    Result<net::HttpAnswer> request(std::span<const Outgoing> batch);
    net::HttpRequest lrs_request(std::span<const Outgoing> batch) const;
    net::HttpRequest webhook_request(std::span<const Outgoing> batch) const;
    net::HttpRequest blank(std::string method, std::string url) const;
    [[nodiscard]] Trouble trouble_of(const net::HttpAnswer& answer) const;

    net::HttpClient& http_;
    const TargetSettings& settings_;
    std::string name_, uuid_;
    std::function<Instant()> now_;
    const std::atomic<bool>* cancel_;
    std::string secret_;
};

// Retry-After (RFC 9110, 10.2.3): seconds or a date; at most an hour.
std::optional<std::chrono::seconds> retry_after(const std::string& header, Instant now);

}  // namespace capbridge::engine
