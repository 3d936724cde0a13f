#include "server/http.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace capbridge::server {

std::string_view Request::header(std::string_view lower_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_name) return value;
    }
    return {};
}

std::string Request::cookie(std::string_view name) const {
    for (const auto& part : split(header("cookie"), ';')) {
        const auto pair = trim(part);
        const auto equals = pair.find('=');
        if (equals != std::string::npos && std::string_view(pair).substr(0, equals) == name) {
            return pair.substr(equals + 1);
        }
    }
    return {};
}

Response& Response::with(std::string name, std::string value) & {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
}
Response&& Response::with(std::string name, std::string value) && {
    return std::move(with(std::move(name), std::move(value)));
}

struct Responder::Once {
    std::function<void(Response)> send;
    std::atomic<bool> sent{false};

    void answer(Response response) {
        if (!sent.exchange(true)) send(std::move(response));
    }
    ~Once() {
        if (sent) return;
        log::error("http.unanswered");
        answer(error_response(500, "internal", "The server lost this request. Please try again."));
    }
};

Responder::Responder(std::function<void(Response)> send) : once_(std::make_shared<Once>()) {
    once_->send = std::move(send);
}
void Responder::operator()(Response response) const {
    once_->answer(std::move(response));
}

Response json_response(const ordered_json& body, int status) {
    // Text from outside was checked to be UTF-8 when it came in; should some not be, an answer with a mark
    // beats none.
    return {
        status, "application/json", body.dump(-1, ' ', false, ordered_json::error_handler_t::replace), {}};
}
Response text_response(std::string_view body, int status) {
    return {status, "text/plain; charset=utf-8", std::string(body), {}};
}
Response html_response(std::string body, int status) {
    return {status, "text/html; charset=utf-8", std::move(body), {}};
}
Response csv_response(std::string body, std::string_view file_name) {
    Response response{200, "text/csv; charset=utf-8", std::move(body), {}};
    response.with("Content-Disposition", "attachment; filename=\"" + std::string(file_name) + "\"");
    return response;
}
Response empty_response(int status) {
    return {status, "", "", {}};
}

Response error_response(int status, std::string_view code, std::string_view message, std::string_view where) {
    return json_response({{"code", code}, {"message", message}, {"where", where}}, status);
}
Response error_response(const Error& error) {
    return error_response(status_of(error.code), error.code, error.message, error.where);
}

int status_of(std::string_view code) {
    if (code == "not_found") return 404;
    if (code == "forbidden") return 403;
    if (code == "statement_conflict" || code == "statement_exists" || code == "conflict" ||
        code == "precondition_needed")
        return 409;
    if (code == "too_slow") return 408;
    if (code == "precondition_failed") return 412;
    if (code == "too_large") return 413;
    if (code == "unknown_operation") return 501;
    if (code == "internal") return 500;
    if (code.starts_with("store_") || code == "unwritable" || code == "no_data" || code == "stopping")
        return 503;
    // Everything else is something that the caller can mend: a bad parameter, a bad document.
    return 400;
}

bool is_header_value(std::string_view text) {
    return text.size() <= 1024 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string http_date(Instant at) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

}  // namespace capbridge::server
