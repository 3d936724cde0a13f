#include "server/request_stats.hpp"

#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace capbridge::server {
namespace {

const prometheus::Histogram::BucketBoundaries& bounds() {
    static const prometheus::Histogram::BucketBoundaries seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                                 0.25,  0.5,    1,     2.5,  5,     10};
    return seconds;
}

}  // namespace

struct RequestStats::State {
    prometheus::Registry registry;
    prometheus::Family<prometheus::Histogram>& requests =
        prometheus::BuildHistogram()
            .Name("capbridge_http_request_duration_seconds")
            .Help("Requests by class and status, and how long their answers took.")
            .Register(registry);
};

RequestStats::RequestStats() : state_(std::make_unique<State>()) {}
RequestStats::~RequestStats() = default;

void RequestStats::count(std::string_view route, int status, double seconds) {
    const auto statuses = std::to_string(status / 100) + "xx";
    // The family gives the same histogram for the same labels.
    state_->requests.Add({{"class", std::string(class_of_route(route))}, {"status", statuses}}, bounds())
        .Observe(seconds);
}

std::vector<prometheus::MetricFamily> RequestStats::collect() const {
    return state_->registry.Collect();
}

std::string_view class_of_route(std::string_view route) {
    if (route == "-") return "none";
    if (route.starts_with("/xapi")) return "xapi";
    if (route.starts_with("/api/v1/packages")) return "packages";
    if (route.starts_with("/api/")) return "api";
    if (route == "/metrics" || route == "/healthz" || route == "/readyz") return "observe";
    return "page";
}

}  // namespace capbridge::server
