// Which handler answers a path: a small table of method and template ("/api/v1/people/{id}"). Filled once,
// before the server starts; from then on immutable, any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/credentials.hpp"
#include "server/http.hpp"

namespace capbridge::server {

// A request on its way through: with what the template captured and who asks.
struct Call {
    Request request;
    std::vector<std::pair<std::string, std::string>> captures;  // decoded
    Principal principal;
    [[nodiscard]] std::string capture(std::string_view name) const;
};
using Handler = std::function<void(const Call& call, const Responder& respond)>;

// On which threads a handler runs: `io` for what never waits, `quick` for single reads and writes of the
// store, `slow` for questions that look at many people.
enum class Lane { io, quick, slow };

struct Route {
    std::string method;  // GET answers HEAD too
    std::string path;
    Lane lane = Lane::quick;
    std::string scope;         // that the caller needs; "" = anybody
    bool for_session = false;  // a browser session will do as well
    Handler handle;
};

class Router {
public:
    void add(Route route) { routes_.push_back(std::move(route)); }

    struct Match {
        const Route* route = nullptr;
        std::vector<std::pair<std::string, std::string>> captures;
        std::string allow;  // when only the method does not fit: those that do
    };
    [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

private:
    std::vector<Route> routes_;
};

}  // namespace capbridge::server
