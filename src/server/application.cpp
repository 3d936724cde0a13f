#include "server/application.hpp"

#include <algorithm>
#include <chrono>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "server/api/xapi_version.hpp"

namespace capbridge::server {
namespace {

constexpr std::size_t most_bytes_of_strangers = 64u << 10;  // a form to sign in has a few

bool is_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool has_header(const Response& response, std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [&](const auto& header) { return lower_ascii(header.first) == lower_ascii(name); });
}

void secure(Response& response) {
    response.with("X-Content-Type-Options", "nosniff");
    response.with("Content-Security-Policy",
                  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    response.with("Referrer-Policy", "no-referrer");
    response.with("Cross-Origin-Resource-Policy", "same-origin");
    if (!has_header(response, "Cache-Control")) response.with("Cache-Control", "no-store");
}

Response no_route(const Router::Match& match) {
    if (match.allow.empty()) return error_response(404, "not_found", "There is nothing at this path.");
    return error_response(405, "method_not_allowed", "This path answers " + match.allow + " only.")
        .with("Allow", match.allow);
}

}  // namespace

Application::Application(Backend backend) : backend_(std::move(backend)) {
    router_.add({"GET", "/healthz", Lane::io, "", false, [](const Call&, const Responder& respond) {
                     respond(json_response({{"status", "ok"}}));
                 }});
    router_.add({"GET", "/readyz", Lane::io, "", false, [this](const Call&, const Responder& respond) {
                     respond(serving_ ? json_response({{"status", "ready"}})
                                      : json_response({{"status", "not_ready"}}, 503));
                 }});
    add_xapi_routes(router_, backend_);
    add_query_routes(router_, backend_);
    add_page_routes(router_, backend_);
}

void Application::stop() {
    serving_ = false;
    quick_.stop();
    slow_.stop();
}

Response Application::refused(int status, const Error& error) const {
    auto response = error_response(status, error.code, error.message);
    secure(response);
    log::info("http.refused", {{"status", std::to_string(status)}, {"code", error.code}});
    return response;
}

std::optional<Response> Application::look_at_header(const Request& request, std::size_t& most_body) const {
    const auto match = router_.find(request.method, request.path);
    std::optional<Response> response;
    if (!match.route) {
        response = no_route(match);
    } else if (match.route->scope.empty()) {
        most_body = std::min(most_body, most_bytes_of_strangers);
    } else if (brings_no_credential(request, match.route->for_session)) {
        response = no_credential(request);
    }
    if (!response) return std::nullopt;
    secure(*response);
    if (is_below(request.path, "/xapi")) {
        response->with("X-Experience-API-Version",
                       xapi_answer_version(request.header("x-experience-api-version")));
    }
    log::info("http.refused", {{"method", request.method},
                               {"route", match.route ? match.route->path : "-"},
                               {"status", std::to_string(response->status)}});
    return response;
}

void Application::handle(Request request, Responder respond) {
    using clock = std::chrono::steady_clock;
    auto match = router_.find(request.method, request.path);
    const bool is_xapi = is_below(request.path, "/xapi");
    const auto version =
        is_xapi ? xapi_answer_version(request.header("x-experience-api-version")) : std::string();
    // Unknown paths are logged as "-": a path may hold a person's id or a login token.
    const std::string route = match.route ? match.route->path : "-";
    const bool quiet = route == "/healthz" || route == "/readyz";

    Responder finish([respond = std::move(respond), method = request.method, route, quiet, version,
                      began = clock::now()](Response response) {
        secure(response);
        if (!version.empty()) response.with("X-Experience-API-Version", version);
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - began).count();
        log::write(quiet ? log::Level::debug : log::Level::info, "http.answer",
                   {{"method", method},
                    {"route", route},
                    {"status", std::to_string(response.status)},
                    {"ms", std::to_string(ms)}});
        respond(std::move(response));
    });

    if (!match.route) return finish(no_route(match));
    run(*match.route, {std::move(request), std::move(match.captures), {}}, finish);
}

void Application::run(const Route& route, Call call, const Responder& respond) {
    if (route.lane == Lane::io) return route.handle(call, respond);
    auto& pool = route.lane == Lane::slow ? slow_ : quick_;
    const bool taken = pool.run([this, &route, call = std::move(call), respond]() mutable {
        if (!route.scope.empty()) {
            auto admission = admit(backend_, call.request, route.scope, route.for_session);
            if (admission.refusal) return respond(std::move(*admission.refusal));
            call.principal = std::move(*admission.principal);
        }
        route.handle(call, respond);
    });
    if (!taken)
        respond(error_response(503, "busy", "The server has too much to do. Please try again soon.")
                    .with("Retry-After", "5"));
}

}  // namespace capbridge::server
