// How many requests of which class were answered with which status, and how fast: for GET /metrics. Few
// classes, never a path. Thread-safe.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace capbridge::server {

class RequestStats {
public:
    RequestStats();
    ~RequestStats();
    // `route` is the template that the request matched ("/api/v1/people/{id}"), "-" for none.
    void count(std::string_view route, int status, double seconds);
    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// "xapi", "packages", "api", "observe" (health and metrics), "page", or "none".
std::string_view class_of_route(std::string_view route);

}  // namespace capbridge::server
