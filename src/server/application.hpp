// Everything between the HTTP server and the handlers: finds the route, admits the caller, runs the handler
// on its lane, puts the security headers on every answer, and logs method, route, status and time (never a
// query, a body or a credential). Owns the worker pools. Thread-safe.
#pragma once
#include <atomic>
#include <optional>
#include <string>

#include "server/backend.hpp"
#include "server/cors.hpp"
#include "server/http.hpp"
#include "server/observer.hpp"
#include "server/package_uploads.hpp"
#include "server/request_stats.hpp"
#include "server/router.hpp"
#include "server/under_way.hpp"
#include "server/worker_pool.hpp"

namespace capbridge::server {

class Application {
public:
    Application(Backend backend, Cors cors);
    // An io thread's entry; answers later.
    void handle(Request request, Responder respond);
    // An io thread's look at a request before its body is read: the answer when nobody would want that body.
    // A stranger's body may be small only; a package's goes to a file.
    std::optional<Response> look_at_header(Request& request, std::size_t& most_body);
    // The answer to what was no request, or one whose body is not wanted.
    [[nodiscard]] Response refused(int status, const Error& error, const Request* without_body) const;
    void set_serving(bool serving) { serving_ = serving; }
    [[nodiscard]] bool serving() const { return serving_; }
    // Before the first request; it outlives them.
    void observe_with(const Observer* observer) { observer_ = observer; }
    [[nodiscard]] std::string metrics() const;  // as GET /metrics tells them
    void stop();
    [[nodiscard]] const Backend& backend() const { return backend_; }

private:
    void run(const Route& route, Call call, const Responder& respond);
    void tell_refusal(const Route& route, const Call& call, const Admission& admission) const;
    void admit_and_handle(const Route& route, Call& call, const Responder& respond) const;
    // The headers that every answer has, and those of xAPI when there is a version to say.
    void finish(Response& response, std::string_view version, std::string_view origin) const;
    const Backend backend_;
    void add_health_routes();
    void place(Request& request) const;
    [[nodiscard]] bool is_open_to(const Route& route, const Request& request) const;
    std::atomic<bool> serving_{false};
    const Observer* observer_ = nullptr;  // null: /readyz goes by serving_ alone
    mutable RequestStats stats_;          // thread-safe
    mutable std::atomic<bool> told_of_no_address_{false};
    Router router_;
    UnderWay under_way_;
    PackageUploads uploads_{backend_, [this](Response& response) { finish(response, "", ""); }};
    WorkerPool quick_{2, 1024}, slow_{2, 64}, change_{4, 64};
};

// api/*.cpp: each adds its routes. The backend outlives the router.
void add_xapi_routes(Router& router, const Backend& backend);
void add_audit_routes(Router& router, const Backend& backend);
void add_query_routes(Router& router, const Backend& backend);
void add_page_routes(Router& router, const Backend& backend);
void add_completions_routes(Router& router, const Backend& backend);
void add_learning_routes(Router& router, const Backend& backend);
void add_assertion_routes(Router& router, const Backend& backend);
void add_evidence_routes(Router& router, const Backend& backend);
void add_product_routes(Router& router, const Backend& backend);
void add_package_routes(Router& router, const Backend& backend);

}  // namespace capbridge::server
