#include "cli/service_notify.hpp"

#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/log.hpp"

namespace capbridge::cli {
namespace {

using std::chrono::seconds;

// While it starts: asked for again well before it is over.
constexpr seconds more_time{60}, between_asks{10};
// A start that neither computes nor reads for so long is not asked time for.
constexpr seconds idle_start{120};
constexpr std::chrono::microseconds between_statuses{10'000'000};

void tell(const std::string& state) {
    sd_notify(0, state.c_str());
}

// Grows while this process does anything at all.
double work_done() {
    rusage used{};
    if (getrusage(RUSAGE_SELF, &used) != 0) return 0;
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6 +
           static_cast<double>(used.ru_inblock + used.ru_oublock);
}

// One line: what systemd shows beside the service.
std::string status_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return "STATUS=" + text;
}

}  // namespace

ServiceNotify::ServiceNotify() : wanted_(std::getenv("NOTIFY_SOCKET") != nullptr) {
    if (!wanted_) return;
    std::uint64_t usec = 0;
    if (sd_watchdog_enabled(0, &usec) > 0) watchdog_ = std::chrono::microseconds(usec);
    worked_ = std::chrono::steady_clock::now();
    ask_for_time();
    thread_ = std::thread([this] { run(); });
}

ServiceNotify::~ServiceNotify() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void ServiceNotify::starting(const std::string& what) {
    if (wanted_) tell(status_line("starting: " + what));
}

void ServiceNotify::ready(std::function<std::string()> hung, std::function<std::string()> summary) {
    if (!wanted_) return;
    {
        const std::lock_guard lock(mutex_);
        hung_ = std::move(hung);
        summary_ = std::move(summary);
        phase_ = Phase::serving;
        tell("READY=1\n" + status_line(summary_()));
        pulse();
    }
    wake_.notify_all();
}

void ServiceNotify::reloading() {
    if (wanted_) tell("RELOADING=1\nSTATUS=reading the configuration again");
}

void ServiceNotify::reloaded(const std::string& outcome) {
    if (wanted_) tell("READY=1\n" + status_line(outcome));
}

void ServiceNotify::stopping() {
    if (!wanted_) return;
    const std::lock_guard lock(mutex_);
    phase_ = Phase::stopping;
    hung_ = nullptr;
    summary_ = nullptr;
    tell("STOPPING=1\nSTATUS=finishing what is under way");
}

void ServiceNotify::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        auto wait = std::chrono::microseconds(between_asks);
        if (phase_ == Phase::serving)
            wait = watchdog_.count() > 0 ? std::min(watchdog_ / 3, between_statuses) : between_statuses;
        const auto phase = phase_;
        wake_.wait_for(lock, wait, [&] { return ending_ || phase_ != phase; });
        if (ending_) return;
        if (phase_ == Phase::starting) ask_for_time();
        if (phase_ == Phase::serving) pulse();
    }
}

void ServiceNotify::ask_for_time() {
    const auto now = std::chrono::steady_clock::now();
    if (const auto work = work_done(); work != last_work_) {
        last_work_ = work;
        worked_ = now;
    }
    if (now - worked_ > idle_start) return;
    tell("EXTEND_TIMEOUT_USEC=" + std::to_string(std::chrono::microseconds(more_time).count()));
}

void ServiceNotify::pulse() {
    const auto hung = hung_();
    auto status = status_line(hung.empty() ? summary_() : "hangs: " + hung);
    if (status != last_status_) tell(status);
    last_status_ = std::move(status);
    if (hung.empty()) {
        told_hung_ = false;
        if (watchdog_.count() > 0) tell("WATCHDOG=1");
    } else if (!told_hung_) {
        told_hung_ = true;
        log::error("daemon_hangs",
                   {{"what", hung}, {"restarted", watchdog_.count() > 0 ? "by systemd" : "not by itself"}});
    }
}

}  // namespace capbridge::cli
