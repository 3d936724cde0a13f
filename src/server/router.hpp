// Which handler answers a path: a small table of method and template ("/api/v1/people/{id}"). Filled once,
// before the server starts; from then on immutable, any thread.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
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
    std::shared_ptr<std::string> asker = {};  // told the principal, for the line of the log
    [[nodiscard]] std::string capture(std::string_view name) const;
};
// The handler may take the request apart: its body can be large, and is wanted once.
using Handler = std::function<void(Call& call, const Responder& respond)>;

// On which threads a handler runs: `io` for what never waits, `brief` for what is handed to the store's
// writer and takes little work before (on the io thread too, unless the body is large or brings attachments),
// `quick` for single reads and writes of the store, `slow` for questions that look at many people, `change`
// for what may wait for another change, so that no question waits with it.
enum class Lane { io, brief, quick, slow, change };

struct Route {
    std::string method;  // GET answers HEAD too
    std::string path;
    Lane lane = Lane::quick;
    std::vector<std::string> scopes;  // of which the caller needs one; none = anybody
    bool for_session = false;         // a browser session will do as well
    Handler handle;
    bool takes_package = false;   // the body goes to a staged package: Request::sink
    bool for_monitoring = false;  // without a credential for those whom the configuration names
};

class Router {
public:
    Router() = default;
    Router(const Router&) = delete;  // the tables point into the routes
    Router& operator=(const Router&) = delete;

    void add(Route route);

    struct Match {
        const Route* route = nullptr;
        std::vector<std::pair<std::string, std::string>> captures;
        std::string allow;  // when only the method does not fit: those that do
    };
    [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

private:
    struct Template {
        std::vector<std::string> segments;
        const Route* route;
    };
    std::deque<Route> routes_;
    std::map<std::string, std::vector<const Route*>, std::less<>> exact_;  // paths without captures
    std::vector<Template> templates_;
};

}  // namespace capbridge::server
