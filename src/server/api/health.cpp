// /healthz, /readyz and /metrics: for whoever watches over the daemon. The first two answer from what the
// observer saw last, on the io thread: whatever waits for the disk holds neither up.
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "server/api/metrics.hpp"
#include "server/application.hpp"
#include "server/live.hpp"

namespace capbridge::server {

void Application::add_health_routes() {
    router_.add({"GET", "/healthz", Lane::io, {}, false, [](const Call&, const Responder& respond) {
                     respond(json_response({{"status", "ok"}}));
                 }});
    router_.add({"GET", "/readyz", Lane::io, {}, false, [this](const Call&, const Responder& respond) {
                     Readiness readiness;
                     if (observer_ != nullptr) {
                         readiness = observer_->readiness();
                     } else if (!serving_) {
                         readiness.reasons.push_back(
                             {"not_serving", "The server is starting or stopping.", "Wait some seconds."});
                     }
                     respond(json_response(readiness_json(readiness), readiness.reasons.empty() ? 200 : 503));
                 }});
    Route metrics{"GET",
                  "/metrics",
                  Lane::slow,
                  {"metrics", "read"},
                  false,
                  [this](const Call&, const Responder& respond) {
                      respond({200, "text/plain; version=0.0.4; charset=utf-8", this->metrics(), {}});
                  }};
    metrics.for_monitoring = true;
    router_.add(std::move(metrics));
}

std::string Application::metrics() const {
    const auto seen = observer_ != nullptr ? observer_->seen() : Observation{};
    const auto readiness = observer_ != nullptr ? observer_->readiness() : Readiness{};
    const auto started = observer_ != nullptr ? observer_->started() : Instant{};
    return metrics_text(seen, readiness, started, backend_.version, backend_.metrics(), stats_);
}

// Once: a request whose body is read comes twice.
void Application::place(Request& request) const {
    if (request.placed) return;
    request.placed = true;
    const auto live = backend_.live->get();
    const auto& proxies = live->edge.trusted_proxies;
    const auto proxy = request.from;
    // Before looking through: what stands there then is the client's.
    const bool forwarded = was_forwarded(request), trusted = proxies.networks.contain(proxy);
    const bool client_known = proxies.look_through(request);
    // Whom a trusted proxy does not name is anybody: the proxy's own address is not theirs.
    request.through_stranger = forwarded && !client_known;
    if (trusted && request.through_stranger && !told_of_no_address_.exchange(true)) {
        const auto* wanted =
            proxies.header == TrustedProxies::Header::forwarded ? "Forwarded" : "X-Forwarded-For";
        log::warn("proxy_sends_no_address", {{"proxy", proxy}, {"forwarded_header", wanted}});
    }
    live->edge.public_url.strip(request.path);
}

// What a proxy passed on that is not named, or does not say for whom, may come from anybody.
bool Application::is_open_to(const Route& route, const Request& request) const {
    return route.for_monitoring && !request.through_stranger && request.header("authorization").empty() &&
           backend_.live->get()->edge.metrics_open_to.contain(request.from);
}

}  // namespace capbridge::server
