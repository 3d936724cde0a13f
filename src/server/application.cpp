#include "server/application.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "server/api/admin.hpp"
#include "server/caller.hpp"
#include "server/live.hpp"
#include "server/xapi/alternate_syntax.hpp"
#include "server/xapi/refusal.hpp"
#include "server/xapi/request.hpp"

namespace capbridge::server {
namespace {

constexpr std::size_t most_bytes_of_strangers = 64u << 10;  // a form to sign in has a few
// The alternate syntax may have its credential in the body. No secret is checked for less than a parse.
constexpr std::size_t most_bytes_of_alternate = 1u << 20;
constexpr std::size_t most_brief_bytes = 128u << 10;  // that an io thread parses itself

bool is_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}
bool is_xapi(const Request& request) {
    return is_below(request.path, "/xapi");
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

// Attachments are written to the disk before their statements are appended: not for an io thread.
bool is_brief(const Request& request) {
    return request.body.size() <= most_brief_bytes &&
           lower_ascii(request.header("content-type").substr(0, 9)) != "multipart";
}

Backend with_live(Backend backend, Cors cors) {
    if (!backend.live)
        backend.live = std::make_shared<const Live>(
            LiveSettings{std::move(cors), backend.check_token, backend.most_package_bytes, backend.edge});
    return backend;
}

}  // namespace

Application::Application(Backend backend, Cors cors)
    : backend_(with_live(std::move(backend), std::move(cors))) {
    add_health_routes();
    add_xapi_routes(router_, backend_);
    add_audit_routes(router_, backend_);
    add_query_routes(router_, backend_);
    add_page_routes(router_, backend_);
    add_admin_routes(router_, backend_);
    add_completions_routes(router_, backend_);
    add_learning_routes(router_, backend_);
    add_assertion_routes(router_, backend_);
    add_evidence_routes(router_, backend_);
    add_product_routes(router_, backend_);
    add_package_routes(router_, backend_);
}

void Application::stop() {
    serving_ = false;
    uploads_.stop();
    quick_.stop();
    slow_.stop();
    change_.stop();
    under_way_.wait_for_none();
}

Response Application::refused(int status, const Error& error, const Request* without_body) const {
    const bool of_xapi = without_body != nullptr && is_xapi(*without_body);
    auto response = of_xapi && accepts_problem(*without_body) && status_of(error.code) == status
                        ? refusal(true, error)
                        : error_response(status, error.code, error.message);
    finish(response, of_xapi ? answer_version(*without_body) : "",
           of_xapi ? without_body->header("origin") : "");
    if (without_body != nullptr && !without_body->context.request.empty())
        response.with("X-Request-Id", without_body->context.request);
    const log::Scope scope(without_body != nullptr ? without_body->context : log::Context{});
    stats_.count("-", status, 0);
    log::info("http.refused", {{"status", std::to_string(status)}, {"code", error.code}});
    return response;
}

void Application::finish(Response& response, std::string_view version, std::string_view origin) const {
    secure(response);
    if (response.status == 503 && !has_header(response, "Retry-After")) response.with("Retry-After", "5");
    const auto live = backend_.live->get();  // a reload may be swapping it
    const auto& us = live->edge.public_url;
    if (us.is_https() && us.has_own_host()) response.with("Strict-Transport-Security", "max-age=31536000");
    if (version.empty()) return;  // not xAPI
    response.with("X-Experience-API-Version", std::string(version));
    live->cors.open(response, origin);
}

std::optional<Response> Application::look_at_header(Request& request, std::size_t& most_body) {
    place(request);
    identify(request);
    if (is_xapi(request) && is_alternate(request)) {
        if (brings_no_credential(request, false)) most_body = std::min(most_body, most_bytes_of_alternate);
        return std::nullopt;
    }
    const auto match = router_.find(request.method, request.path);
    std::optional<Response> response;
    if (!match.route) {
        response = no_route(match);
    } else if (match.route->scopes.empty()) {
        most_body = std::min(most_body, most_bytes_of_strangers);
    } else if (brings_no_credential(request, match.route->for_session)) {
        response = no_credential(request);
    }
    if (!response && match.route->takes_package) {
        request.sink = uploads_.sink(*match.route, request);
        most_body = static_cast<std::size_t>(backend_.live->get()->most_package_bytes);
    }
    if (!response) return std::nullopt;
    stats_.count(match.route ? std::string_view(match.route->path) : "-", response->status, 0);
    finish(*response, is_xapi(request) ? answer_version(request) : "", request.header("origin"));
    response->with("X-Request-Id", request.context.request);
    const log::Scope scope(request.context);
    log::info("http.refused", {{"method", request.method},
                               {"route", match.route ? match.route->path : "-"},
                               {"status", std::to_string(response->status)}});
    return response;
}

void Application::handle(Request request, Responder respond) {
    using clock = std::chrono::steady_clock;
    const auto began = clock::now();
    place(request);
    identify(request);
    const auto context = request.context;
    const auto asker = std::make_shared<std::string>();
    std::optional<Error> misread;
    if (is_xapi(request) && is_alternate(request)) {
        if (auto read = read_alternate(request); !read) misread = std::move(read.error());
    }
    auto match = router_.find(request.method, request.path);
    const std::string version(is_xapi(request) ? answer_version(request) : "");
    // Unknown paths are logged as "-": a path may hold a person's id or a login token.
    const std::string_view route = match.route ? std::string_view(match.route->path) : "-";
    const bool quiet = route == "/healthz" || route == "/readyz";

    Responder answer([this, here = under_way_.enter(), respond = std::move(respond), method = request.method,
                      route, quiet, version, origin = std::string(request.header("origin")), began, context,
                      asker](Response response) {
        finish(response, version, origin);
        response.with("X-Request-Id", context.request);
        const log::Scope scope(context);
        stats_.count(route, response.status, std::chrono::duration<double>(clock::now() - began).count());
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - began).count();
        log::write(quiet ? log::Level::debug : log::Level::info, "http.answer",
                   {{"method", method},
                    {"route", std::string(route)},
                    {"status", std::to_string(response.status)},
                    {"ms", std::to_string(ms)},
                    {"bytes", std::to_string(response.file ? response.file->bytes() : response.body.size())},
                    {"who", asker->empty() ? "-" : *asker}});
        respond(std::move(response));
    });

    // The public URL without the slash at its end: what pages ask for hangs on it.
    if (request.path.empty()) return answer(empty_response(308).with("Location", prefix_of(backend_) + "/"));
    if (misread) return answer(refusal(false, *misread));
    if (!version.empty() && backend_.live->get()->cors.is_preflight(request))
        return answer(Cors::preflight_answer());
    if (!match.route) return answer(no_route(match));
    run(*match.route, {std::move(request), std::move(match.captures), {}, asker}, answer);
}

void Application::run(const Route& route, Call call, const Responder& respond) {
    if (route.lane == Lane::io || (route.lane == Lane::brief && is_brief(call.request))) {
        const log::Scope scope(call.request.context);
        try {
            return admit_and_handle(route, call, respond);
        } catch (const std::exception&) {
            // A bug, or a disk that cannot be read: the request answers 500 by itself. The text of an
            // exception may quote a client's data, so it is not logged.
            return log::error("http.handler_threw");
        }
    }
    auto& pool = route.lane == Lane::slow ? slow_ : route.lane == Lane::change ? change_ : quick_;
    const bool taken = pool.run([this, &route, call = std::move(call), respond]() mutable {
        const log::Scope scope(call.request.context);
        admit_and_handle(route, call, respond);
    });
    if (!taken)
        respond(error_response(503, "busy", "The server has too much to do. Please try again soon.")
                    .with("Retry-After", "5"));
}

// A request without any credential is nobody's attempt at anything, and not worth an entry.
void Application::tell_refusal(const Route& route, const Call& call, const Admission& admission) const {
    const bool nobody = admission.refusal->status == 401 && call.request.header("authorization").empty();
    if (!backend_.refused || nobody) return;
    backend_.refused({admission.refusal->status == 401 ? "credential" : "scope", call.request.from,
                      admission.key, route.path, call.request.context.request});
}

void Application::admit_and_handle(const Route& route, Call& call, const Responder& respond) const {
    if (!route.scopes.empty() && !is_open_to(route, call.request)) {
        auto admission = admit(backend_, call.request, route.scopes, route.for_session);
        if (admission.refusal) {
            tell_refusal(route, call, admission);
            return respond(std::move(*admission.refusal));
        }
        call.principal = std::move(*admission.principal);
        if (call.asker) *call.asker = call.principal.who;
    }
    route.handle(call, respond);
}

}  // namespace capbridge::server
