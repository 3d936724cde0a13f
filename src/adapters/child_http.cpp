#include "adapters/child_http.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <vector>

#include "adapters/child_host.hpp"
#include "adapters/json_slice.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

using nlohmann::json;

// {"requests":[...]} around them.
constexpr std::size_t kMaxList = kMaxFrameBody - 32;

std::string_view view(bridge_text t) {
    return t.size == 0 ? std::string_view{} : std::string_view(t.data, t.size);
}

template <class T>
T number(std::string_view text, T otherwise) {
    T value = otherwise;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : otherwise;
}

// What the adapter's sink has heard of the requests of one call: each gets exactly one end.
class Answers {
public:
    Answers(const bridge_http_sink* sink, std::uint32_t count) : sink_(sink), states_(count) {}

    void end(std::uint32_t index, std::int32_t code, std::string_view user,
             std::int64_t retry_after_ms = -1) {
        auto& state = states_[index];
        if (state.ended) return;
        state.ended = true;
        const bridge_error error{sizeof(bridge_error),
                                 state.dropped == BRIDGE_OK ? code : state.dropped,
                                 retry_after_ms,
                                 {user.data(), user.size()},
                                 {}};
        sink_->end(sink_, index, &error);
    }
    void end_rest(const std::vector<std::uint32_t>& indices, std::int32_t code, std::string_view user) {
        for (const auto index : indices) end(index, code, user);
    }

    // One frame about a question whose n-th request is indices[n].
    void hear(FrameKind kind, std::string_view body, const std::vector<std::uint32_t>& indices) {
        const auto object = JsonObject::slice(body);
        const auto at = object ? number<std::size_t>(object->raw("index"), indices.size()) : indices.size();
        if (at >= indices.size() || states_[indices[at]].ended) return;
        const auto index = indices[at];
        auto& state = states_[index];
        if (kind == FrameKind::http_end) {
            end(index, class_code(object->text("class").value_or("")), object->text("user").value_or(""),
                number<std::int64_t>(object->raw("retry_after_ms"), -1));
        } else if (state.dropped != BRIDGE_OK) {
            return;
        } else if (kind == FrameKind::http_head) {
            const auto headers = object->is_object("headers") ? object->raw("headers") : "{}";
            state.dropped = sink_->head(sink_, index, number<std::int32_t>(object->raw("status"), 0),
                                        {headers.data(), headers.size()});
        } else {
            auto encoded = object->raw("base64");  // has no escapes
            if (encoded.size() >= 2) encoded = encoded.substr(1, encoded.size() - 2);
            const auto bytes = from_base64(encoded);
            state.dropped = bytes ? sink_->body(sink_, index, {bytes->data(), bytes->size()})
                                  : static_cast<std::int32_t>(BRIDGE_INTERNAL);
        }
    }

private:
    struct State {
        bool ended = false;
        std::int32_t dropped = BRIDGE_OK;  // what the sink answered instead
    };
    const bridge_http_sink* sink_;
    std::vector<State> states_;
};

// "" when it cannot be said: it has no size, or its headers are no JSON object.
std::string request_text(const bridge_http_request* request) {
    if (!request || !BRIDGE_HAS(bridge_http_request, request, timeout_ms)) return {};
    const auto headers = request->headers_json.size == 0 ? "{}" : view(request->headers_json);
    if (!JsonObject::slice(headers) || request->body.size > kMaxFrameBody) return {};
    json head{{"method", view(request->method)}, {"url", view(request->url)}};
    if (request->auth_profile.size != 0) head["auth"] = view(request->auth_profile);
    if (request->timeout_ms > 0) head["timeout_ms"] = request->timeout_ms;
    if ((request->flags & BRIDGE_HTTP_SAFE) != 0) head["safe"] = true;
    const auto body = view(request->body);
    if (!body.empty() && is_utf8(body)) head["body"] = body;
    if (!body.empty() && !is_utf8(body)) head["body_base64"] = base64(body);
    auto text = head.dump(-1, ' ', false, json::error_handler_t::replace);
    text.pop_back();
    return text.append(R"(,"headers":)").append(headers).append("}");
}

class Question {
public:
    [[nodiscard]] bool takes(const std::string& request) const {
        return indices_.size() < kMaxHttpRequests && list_.size() + request.size() + 1 <= kMaxList;
    }
    void add(std::uint32_t index, const std::string& request) {
        if (!indices_.empty()) list_ += ',';
        list_ += request;
        indices_.push_back(index);
    }
    // BRIDGE_OK or BRIDGE_CANCELLED; every request in it has ended then.
    std::int32_t ask(ChildLink& link, Answers& answers) {
        if (indices_.empty()) return BRIDGE_OK;
        const auto answer = link.ask(
            FrameKind::http_send, R"({"requests":[)" + list_ + "]}",
            [&](FrameKind kind, std::string_view body) noexcept { answers.hear(kind, body, indices_); });
        std::int32_t code = BRIDGE_INTERNAL;
        std::string why = "The host gave no answer.";
        if (const auto object = JsonObject::slice(answer.body); !answer.granted && object) {
            code = class_code(object->text("class").value_or(""));
            why = object->text("message").value_or("");
        }
        answers.end_rest(indices_, code == BRIDGE_OK ? static_cast<std::int32_t>(BRIDGE_INTERNAL) : code,
                         why);
        list_.clear();
        indices_.clear();
        return code == BRIDGE_CANCELLED || link.cancel_seen() ? BRIDGE_CANCELLED : BRIDGE_OK;
    }

private:
    std::string list_;
    std::vector<std::uint32_t> indices_;
};

std::int32_t send_all(ChildLink& link, const bridge_http_request* const* requests, std::uint32_t count,
                      const bridge_http_sink* sink) {
    if (!sink || !BRIDGE_HAS(bridge_http_sink, sink, end)) return BRIDGE_UNSUPPORTED;
    Answers answers(sink, count);
    Question question;
    std::int32_t code = link.cancelled() ? BRIDGE_CANCELLED : BRIDGE_OK;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto text = code == BRIDGE_OK ? request_text(requests[i]) : std::string();
        if (code == BRIDGE_OK && !text.empty() && text.size() <= kMaxList && !question.takes(text))
            code = question.ask(link, answers);
        if (code != BRIDGE_OK) {
            answers.end(i, BRIDGE_CANCELLED, "The run was cancelled.");
        } else if (text.empty() || text.size() > kMaxList) {
            answers.end(i, BRIDGE_REJECTED, "The request is malformed or larger than 1 MiB.");
        } else {
            question.add(i, text);
        }
    }
    return code == BRIDGE_OK ? question.ask(link, answers) : code;
}

std::int32_t send_many(const bridge_host* host, const bridge_http_request* const* requests,
                       std::uint32_t count, const bridge_http_sink* sink) noexcept {
    try {
        return send_all(static_cast<ChildHost*>(host->ctx)->link(), requests, count, sink);
    } catch (...) {
        return BRIDGE_INTERNAL;
    }
}

std::int32_t send_one(const bridge_host* host, const bridge_http_request* request,
                      const bridge_http_sink* sink) noexcept {
    return send_many(host, &request, 1, sink);
}

const bridge_http kHttp{sizeof(bridge_http), 0, send_one, send_many};

}  // namespace

const bridge_http* child_http() {
    return &kHttp;
}

}  // namespace capbridge::adapters
