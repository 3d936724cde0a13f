#include "adapters/child_link.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace capbridge::adapters {
namespace {

constexpr std::size_t kGather = 64u << 10;
constexpr std::int64_t kAliveEveryMs = 5'000;

bool readable(int fd, int wait_ms) {
    pollfd p{fd, POLLIN, 0};
    return ::poll(&p, 1, wait_ms) > 0;
}

}  // namespace

void ChildLink::flush_locked() {
    for (std::string_view rest = out_; !rest.empty();) {
        const auto sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EINTR) {
            _exit(0);
        }
    }
    out_.clear();
}

ChildLink::Question ChildLink::read_frame() {
    while (true) {
        auto next = reader_.next();
        if (!next) _exit(70);
        if (next->has_value()) return {(*next)->kind, (*next)->call, std::string((*next)->body)};
        char buffer[64 << 10];
        const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
        if (got > 0) {
            reader_.feed({buffer, static_cast<std::size_t>(got)});
        } else if (got == 0 || errno != EINTR) {
            _exit(0);
        }
    }
}

void ChildLink::dispatch(Question&& frame) {
    if (frame.kind == FrameKind::cancel) {
        if (frame.call == running_) cancelled_ = true;
    } else if (frame.kind == FrameKind::reply || frame.kind == FrameKind::refuse) {
        answers_[frame.call] = {frame.kind == FrameKind::reply, std::move(frame.body)};
    } else {
        _exit(70);  // the host asks one question at a time
    }
}

ChildLink::Question ChildLink::next_question() {
    std::unique_lock lock(mutex_);
    while (true) {
        auto frame = read_frame();
        if (frame.kind == FrameKind::cancel) continue;  // crossed the answer on its way
        running_ = frame.call;
        cancelled_ = false;
        answers_.clear();
        return frame;
    }
}

void ChildLink::finish(FrameKind kind, std::string_view body) {
    const std::lock_guard lock(out_mutex_);
    append_frame(out_, kind, running_, body);
    flush_locked();
}

void ChildLink::tell(FrameKind kind, std::string_view body) {
    const std::lock_guard lock(out_mutex_);
    append_frame(out_, kind, 0, body);
    if (out_.size() < kGather) return;
    flush_locked();
    cancelled();
}

ChildLink::Answer ChildLink::ask(FrameKind kind, std::string_view body) {
    std::uint32_t id = 0;
    {
        const std::lock_guard lock(out_mutex_);
        id = ++last_ask_;
        append_frame(out_, kind, id, body);
        flush_locked();
    }
    std::unique_lock lock(mutex_);
    while (true) {
        if (const auto it = answers_.find(id); it != answers_.end()) {
            auto answer = std::move(it->second);
            answers_.erase(it);
            return answer;
        }
        if (reading_) {
            changed_.wait(lock);
            continue;
        }
        reading_ = true;
        lock.unlock();
        auto frame = read_frame();
        lock.lock();
        reading_ = false;
        dispatch(std::move(frame));
        changed_.notify_all();
    }
}

bool ChildLink::cancelled() {
    if (cancelled_) return true;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock && !reading_) {  // else the thread that reads will see it
        while (!cancelled_ && readable(fd_, 0)) dispatch(read_frame());
        changed_.notify_all();
    }
    return cancelled_;
}

bool ChildLink::sleep(std::int64_t ms) {
    using Clock = std::chrono::steady_clock;
    const auto until = Clock::now() + std::chrono::milliseconds(ms);
    auto next_alive = Clock::now();
    while (!cancelled()) {
        const auto now = Clock::now();
        if (now >= until) return true;
        if (now >= next_alive) {
            const std::lock_guard lock(out_mutex_);
            append_frame(out_, FrameKind::alive, 0, "{}");
            flush_locked();
            next_alive = now + std::chrono::milliseconds(kAliveEveryMs);
        }
        // Short, because another thread may take the cancel frame out of the socket.
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count() + 1;
        readable(fd_, static_cast<int>(std::min<std::int64_t>(left, 200)));
    }
    return false;
}

}  // namespace capbridge::adapters
