#include "server/cors.hpp"

#include <algorithm>

namespace capbridge::server {

bool Cors::allows(std::string_view origin) const {
    if (origin.empty()) return false;
    return std::any_of(origins_.begin(), origins_.end(),
                       [&](const auto& known) { return known == "*" || known == origin; });
}

bool Cors::is_preflight(const Request& request) const {
    return request.method == "OPTIONS" && !request.header("access-control-request-method").empty() &&
           allows(request.header("origin"));
}

Response Cors::preflight_answer() {
    return empty_response(204)
        .with("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE")
        .with("Access-Control-Allow-Headers",
              "Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, "
              "X-Experience-API-Version")
        .with("Access-Control-Max-Age", "3600");
}

void Cors::open(Response& response, std::string_view origin) const {
    if (origins_.empty()) return;
    response.with("Vary", "Origin");
    if (!allows(origin)) return;
    response.with("Access-Control-Allow-Origin", std::string(origin));
    response.with("Access-Control-Expose-Headers",
                  "ETag, Last-Modified, WWW-Authenticate, X-Experience-API-Version, "
                  "X-Experience-API-Consistent-Through");
}

}  // namespace capbridge::server
