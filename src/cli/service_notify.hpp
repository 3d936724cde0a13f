// What systemd is told (sd_notify(3)): that the daemon is starting and needs time, that it is ready, how it
// goes, that it reloads or stops; and the watchdog's pulse, only while what should answer does. Without
// NOTIFY_SOCKET it does nothing. Owns a thread; thread-safe. Make it after StopSignal, whose blocked signals
// its thread inherits.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace capbridge::cli {

class ServiceNotify {
public:
    ServiceNotify();  // begins with "starting"
    ~ServiceNotify();
    ServiceNotify(const ServiceNotify&) = delete;
    ServiceNotify& operator=(const ServiceNotify&) = delete;

    void starting(const std::string& what);  // "folding the records"
    // From now on it serves. hung() says what does not answer, or "": then the pulse stops, and systemd
    // restarts the daemon. summary() is for `systemctl status`. Both are called until stopping().
    void ready(std::function<std::string()> hung, std::function<std::string()> summary);
    void reloading();  // and afterwards:
    void reloaded(const std::string& outcome);
    void stopping();

private:
    void run();
    void ask_for_time();
    void pulse();

    bool wanted_ = false;
    std::chrono::microseconds watchdog_{0};  // 0: none
    std::mutex mutex_;
    std::condition_variable wake_;
    enum class Phase { starting, serving, stopping } phase_ = Phase::starting;
    bool ending_ = false, told_hung_ = false;
    std::function<std::string()> hung_, summary_;
    std::string last_status_;
    double last_work_ = -1;  // of this process, while it starts
    std::chrono::steady_clock::time_point worked_{};
    std::thread thread_;
};

}  // namespace capbridge::cli
