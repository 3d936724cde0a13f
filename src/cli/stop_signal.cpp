#include "cli/stop_signal.hpp"

#include <signal.h>

namespace capbridge::cli {

StopSignal::StopSignal(bool hangup_reloads) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread([this, set, hangup_reloads] {
        const timespec soon{0, 100'000'000};
        while (!ending_) {
            const int number = sigtimedwait(&set, nullptr, &soon);
            if (number <= 0) continue;
            if (number == SIGHUP && hangup_reloads) {
                const std::lock_guard lock(mutex_);
                hung_up_ = !hangup_;
                if (hangup_) hangup_();
                continue;
            }
            {
                // Under the lock: who takes the callback back by on_stop({}) knows that it runs no more.
                const std::lock_guard lock(mutex_);
                name_ = number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM";
                came_ = true;
                if (what_) what_();
            }
            changed_.notify_all();
            // A second signal ends the process at once, for whoever cannot wait.
            signal(SIGINT, SIG_DFL);
            signal(SIGTERM, SIG_DFL);
            pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
            while (!ending_) std::this_thread::sleep_for(std::chrono::milliseconds{100});
            return;
        }
    });
}

StopSignal::~StopSignal() {
    ending_ = true;
    thread_.join();
}

void StopSignal::on_stop(std::function<void()> what) {
    const std::lock_guard lock(mutex_);
    what_ = std::move(what);
    if (came_ && what_) what_();
}

void StopSignal::on_hangup(std::function<void()> what) {
    const std::lock_guard lock(mutex_);
    hangup_ = std::move(what);
    if (hung_up_ && hangup_) hangup_();
    hung_up_ = hung_up_ && !hangup_;
}

std::string StopSignal::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return came_.load(); });
    return name_;
}

}  // namespace capbridge::cli
