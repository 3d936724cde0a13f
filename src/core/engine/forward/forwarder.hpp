// Forwards in the background: a thread for each target that is not paused, so that one that does not answer
// keeps no other waiting, and one that starts and ends them. Made by a daemon beside the projector; borrows
// the Bridge and must end before it; ends within about a second.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "core/engine/bridge.hpp"
#include "core/net/http_client.hpp"

namespace capbridge::engine {

class Forwarder {
public:
    using MakeClient = std::function<std::unique_ptr<net::HttpClient>()>;
    explicit Forwarder(Bridge& bridge, MakeClient make_client = net::make_http_client);
    ~Forwarder();
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

private:
    struct Running {
        std::thread thread;
        std::atomic<bool> done{false};
    };
    void supervise();
    void work(const std::string& uuid);

    Bridge& bridge_;
    MakeClient make_client_;
    std::atomic<bool> stopping_{false};
    std::map<std::string, std::unique_ptr<Running>> running_;  // of the supervising thread
    std::thread supervisor_;
};

}  // namespace capbridge::engine
