// bridge/http.hpp - the HTTP service of the host, for adapters in C++20.
//
//   bridge::Http http(host_);
//   auto answer = http.send({.url = base + "/courses", .headers = {{"accept", "application/json"}}, .auth =
//   "lms"}); if (answer.status == 200) parse(answer.body);
//
// The host signs requests, keeps budgets, waits and tries again where that is safe (adapter.h says when), so
// what arrives here is the last answer. Whole bodies are held in memory; the host bounds them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/adapter.hpp"

namespace bridge {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method = "GET";
    std::string url;
    HttpHeaders headers = {};
    std::string body = {};
    std::string auth = {};        // an auth profile of the source's configuration
    bool safe = false;            // changes nothing over there, although it is a POST
    std::int64_t timeout_ms = 0;  // 0: the host's default
};

struct HttpAnswer {
    std::int32_t code = BRIDGE_OK;  // not BRIDGE_OK: no whole answer came, and `why` tells a person
    std::string why;
    std::int64_t retry_after_ms = -1;
    int status = 0;
    HttpHeaders headers;  // names in lower case
    std::string body;

    // "" when there is none.
    [[nodiscard]] std::string_view header(std::string_view lower_name) const {
        const auto it = std::find_if(headers.begin(), headers.end(),
                                     [&](const auto& h) { return h.first == lower_name; });
        return it == headers.end() ? std::string_view{} : std::string_view{it->second};
    }
};

namespace detail {

// A flat JSON object of texts, which is all that crosses here.
inline std::string json_text(std::string_view s) {
    static constexpr char hex[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : s) {
        const auto u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (u < 0x20) {
            out += "\\u00";
            out += hex[u >> 4];
            out += hex[u & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

inline std::string headers_text(const HttpHeaders& headers) {
    std::string out = "{";
    for (const auto& [name, value] : headers)
        out += (out.size() > 1 ? "," : "") + json_text(name) + ":" + json_text(value);
    return out + "}";
}

inline std::string read_text(std::string_view json, std::size_t& at) {
    std::string out;
    for (++at; at < json.size() && json[at] != '"'; ++at) {
        if (json[at] != '\\') {
            out += json[at];
            continue;
        }
        if (++at >= json.size()) break;
        static constexpr std::string_view escapes = "bfnrt", means = "\b\f\n\r\t";
        if (const auto e = escapes.find(json[at]); e != std::string_view::npos) {
            out += means[e];
        } else if (json[at] == 'u' && at + 4 < json.size()) {  // header fields are bytes: below U+0100
            out += static_cast<char>(std::stoi(std::string(json.substr(at + 1, 4)), nullptr, 16) & 0xff);
            at += 4;
        } else {
            out += json[at];
        }
    }
    ++at;
    return out;
}

inline HttpHeaders headers_of(std::string_view json) {
    HttpHeaders out;
    for (std::size_t at = json.find('"'); at < json.size(); at = json.find('"', at)) {
        auto name = read_text(json, at);
        at = json.find('"', at);
        if (at >= json.size()) break;
        auto value = read_text(json, at);
        out.emplace_back(std::move(name), std::move(value));
    }
    return out;
}

struct Answers {
    std::vector<HttpAnswer> all;
    bridge_http_sink sink{sizeof(bridge_http_sink), 0, this, head, body, end};
    explicit Answers(std::size_t count) : all(count) {}
    Answers(const Answers&) = delete;
    Answers& operator=(const Answers&) = delete;

    static HttpAnswer* at(const bridge_http_sink* sink, std::uint32_t index) {
        auto& all = static_cast<Answers*>(sink->ctx)->all;
        return index < all.size() ? &all[index] : nullptr;
    }
    static std::int32_t head(const bridge_http_sink* sink, std::uint32_t index, std::int32_t status,
                             bridge_text headers) noexcept {
        try {
            auto* answer = at(sink, index);
            if (!answer) return BRIDGE_INTERNAL;
            answer->status = status;
            answer->headers = headers_of(view(headers));
            return BRIDGE_OK;
        } catch (...) {
            return BRIDGE_INTERNAL;
        }
    }
    static std::int32_t body(const bridge_http_sink* sink, std::uint32_t index, bridge_text chunk) noexcept {
        try {
            auto* answer = at(sink, index);
            if (!answer) return BRIDGE_INTERNAL;
            answer->body.append(view(chunk));
            return BRIDGE_OK;
        } catch (...) {
            return BRIDGE_INTERNAL;
        }
    }
    static void end(const bridge_http_sink* sink, std::uint32_t index, const bridge_error* error) noexcept {
        try {
            if (auto* answer = at(sink, index)) {
                answer->code = error->code;
                answer->retry_after_ms = error->retry_after_ms;
                answer->why = std::string(view(error->user_message));
            }
        } catch (...) {
        }
    }
};

}  // namespace detail

class Http {
public:
    // Throws Failure{BRIDGE_UNSUPPORTED} when the host has no such service.
    explicit Http(const Host& host) : host_(host.c()), http_(host.http()) {
        if (!http_) throw Failure{BRIDGE_UNSUPPORTED, "This host has no service 'http'.", {}};
    }

    // Throws what the host says when no whole answer came (its class, for a person to read). Any status is an
    // answer.
    [[nodiscard]] HttpAnswer send(const HttpRequest& request) const {
        auto answers = send_many({request});
        auto& answer = answers.front();
        if (answer.code != BRIDGE_OK)
            throw Failure{answer.code, answer.why, "no answer", answer.retry_after_ms};
        return std::move(answer);
    }

    // All of them, in parallel within the source's budget; answers in the order of the requests, each with
    // its own code. Throws only when the whole was cancelled.
    [[nodiscard]] std::vector<HttpAnswer> send_many(const std::vector<HttpRequest>& requests) const {
        std::vector<std::string> headers;
        std::vector<bridge_http_request> each;
        std::vector<const bridge_http_request*> list;
        headers.reserve(requests.size());
        each.reserve(requests.size());
        for (const auto& r : requests) {
            headers.push_back(detail::headers_text(r.headers));
            each.push_back({sizeof(bridge_http_request),
                            r.safe ? static_cast<std::uint32_t>(BRIDGE_HTTP_SAFE) : 0u, text(r.method),
                            text(r.url), text(headers.back()), text(r.body), text(r.auth), r.timeout_ms});
        }
        for (const auto& r : each) list.push_back(&r);
        detail::Answers answers(requests.size());
        detail::require(
            http_->send_many(host_, list.data(), static_cast<std::uint32_t>(list.size()), &answers.sink),
            "cancelled");
        return std::move(answers.all);
    }

private:
    const bridge_host* host_;
    const bridge_http* http_;
};

// A value within a query or a form.
inline std::string url_encoded(std::string_view s) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : s) {
        const auto u = static_cast<unsigned char>(c);
        if ((u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z') || u == '-' ||
            u == '_' || u == '.' || u == '~') {
            out += c;
        } else {
            out += '%';
            out += hex[u >> 4];
            out += hex[u & 15];
        }
    }
    return out;
}

}  // namespace bridge
