// SIGINT and SIGTERM as an event, and SIGHUP as a wish to read the configuration anew. Made before any other
// thread, so that all of them inherit the blocked signals and only this one's thread takes them: a long start
// can be ended as cleanly as a running daemon. SIGPIPE is ignored.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace capbridge::cli {

class StopSignal {
public:
    // SIGHUP: of a daemon that has a configuration file; of any other it means the end, as SIGTERM does.
    explicit StopSignal(bool hangup_reloads = false);
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    // Called once, under this object's lock, when a signal comes; at once when it has come already. Empty:
    // nothing any more, and when on_stop returns nothing runs. Must be short.
    void on_stop(std::function<void()> what);
    // Called, under this object's lock, for each SIGHUP; at once when one has come already. Empty: nothing
    // any more. Must be short.
    void on_hangup(std::function<void()> what);
    std::string wait();  // the signal's name
    [[nodiscard]] bool came() const { return came_; }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void()> what_, hangup_;
    bool hung_up_ = false;  // and nobody was told
    std::string name_;
    std::atomic<bool> came_{false}, ending_{false};
    std::thread thread_;
};

}  // namespace capbridge::cli
