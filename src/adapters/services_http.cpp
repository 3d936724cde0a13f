// The frames of HTTP (docs/wire.md, 53 and 66 to 68) to and from the host's own values.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/services.hpp"
#include "core/base/ids.hpp"

namespace capbridge::adapters {
namespace {

tl::unexpected<Error> malformed(const char* what) {
    return fail("internal", std::string("A request of the adapter is malformed: ") + what + ".");
}

bool is_header_name(const std::string& name) {
    return !name.empty() &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") == name.npos;
}

Result<HttpQuestion> read_question(const json& one) {
    if (!one.is_object()) return malformed("it is no object");
    HttpQuestion out;
    out.method = get_string(one, "method", "GET");
    out.url = get_string(one, "url");
    out.auth = get_string(one, "auth");
    out.body = get_string(one, "body");
    if (const auto encoded = get_string(one, "body_base64"); !encoded.empty()) {
        auto bytes = from_base64(encoded);
        if (!bytes) return malformed("body_base64 is no base64");
        out.body = std::move(*bytes);
    }
    if (const auto it = one.find("headers"); it != one.end()) {
        if (!it->is_object()) return malformed("its headers are no object");
        for (const auto& [name, value] : it->items()) {
            if (!value.is_string()) return malformed("a header is no text");
            out.headers.emplace_back(name, value.get<std::string>());
        }
    }
    if (const auto it = one.find("timeout_ms"); it != one.end() && it->is_number_integer())
        out.timeout_ms = it->get<std::int64_t>();
    if (const auto it = one.find("safe"); it != one.end() && it->is_boolean()) out.safe = it->get<bool>();
    return out;
}

// Half of what a frame may carry; a byte of a value may take three as text, or two.
constexpr std::size_t kMaxHeaders = kMaxFrameBody / 2;

// The control bytes that a server may put into a value would swell sixfold, and nobody means them.
std::string plain(std::string value) {
    std::replace_if(
        value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; },
        ' ');
    return value;
}

std::string head_text(std::size_t index, const HttpOutcome& outcome) {
    auto headers = json::object();
    std::size_t size = 0;
    for (const auto& [name, value] : outcome.headers) {
        size += 3 * (name.size() + value.size()) + 8;
        if (size > kMaxHeaders || !is_header_name(name)) continue;
        if (auto& held = headers[name]; held.is_string()) {
            held.get_ref<std::string&>().append(", ").append(plain(value));  // RFC 9110, 5.3
        } else {
            held = plain(value);
        }
    }
    return json({{"index", index}, {"status", outcome.status}, {"headers", std::move(headers)}})
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Result<std::vector<HttpQuestion>> read_http_questions(std::string_view body) {
    const auto parsed = parse_json(body, {kMaxFrameBody, 64});
    if (!parsed || !parsed->is_object()) return malformed("the frame is no JSON object");
    const auto requests = parsed->find("requests");
    if (requests == parsed->end() || !requests->is_array()) return malformed("there is no list of requests");
    if (requests->size() > kMaxHttpRequests) return malformed("there are more than 64 at once");
    std::vector<HttpQuestion> out;
    for (const auto& one : *requests) {
        CAPBRIDGE_LET(auto question, read_question(one));
        out.push_back(std::move(question));
    }
    return out;
}

Status tell_outcome(Session& session, std::uint32_t call, std::size_t index, const HttpOutcome& outcome) {
    if (outcome.status != 0) {
        CAPBRIDGE_TRY(session.tell(FrameKind::http_head, call, head_text(index, outcome)));
        const auto begin = R"({"index":)" + std::to_string(index) + R"(,"base64":")";
        for (std::size_t at = 0; at < outcome.body.size(); at += kMaxHttpChunk) {
            const auto chunk = std::string_view(outcome.body).substr(at, kMaxHttpChunk);
            CAPBRIDGE_TRY(session.tell(FrameKind::http_body, call, begin + base64(chunk) + "\"}"));
        }
    }
    return session.tell(FrameKind::http_end, call,
                        json({{"index", index},
                              {"class", outcome.error_class},
                              {"user", outcome.user},
                              {"retry_after_ms", outcome.retry_after_ms}})
                            .dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace capbridge::adapters
