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

// The events that came, 0 when none did in that time.
short wait_for(int fd, short events, int wait_ms) {
    pollfd p{fd, events, 0};
    return ::poll(&p, 1, wait_ms) > 0 ? p.revents : short{0};
}

}  // namespace

// While the socket is full it goes on reading: the host may be sending to us, and does not read before we
// take that.
void ChildLink::flush_locked() {
    for (std::string_view rest = out_; !rest.empty();) {
        const auto sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            const auto events = wait_for(fd_, POLLIN | POLLOUT, 1000);
            if ((events & POLLOUT) == 0 && (events & POLLIN) != 0 && !take_frames())
                wait_for(fd_, POLLOUT, 20);  // another thread reads
        } else if (errno != EINTR) {
            _exit(0);
        }
    }
    out_.clear();
}

void ChildLink::receive(int flags) {
    char buffer[64 << 10];
    const auto got = ::recv(fd_, buffer, sizeof buffer, flags);
    if (got > 0) {
        reader_.feed({buffer, static_cast<std::size_t>(got)});
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        _exit(0);
    }
}

std::optional<ChildLink::Question> ChildLink::next_received() {
    const auto next = reader_.next();
    if (!next) _exit(70);
    if (!next->has_value()) return std::nullopt;
    return Question{(*next)->kind, (*next)->call, std::string((*next)->body)};
}

ChildLink::Question ChildLink::read_frame() {
    while (true) {
        if (auto frame = next_received()) return std::move(*frame);
        receive(0);
    }
}

void ChildLink::dispatch(Question&& frame) {
    if (frame.kind == FrameKind::cancel) {
        if (frame.call == running_) cancelled_ = true;
    } else if (frame.kind == FrameKind::reply || frame.kind == FrameKind::refuse) {
        answers_[frame.call] = {frame.kind == FrameKind::reply, std::move(frame.body)};
    } else if (const auto asked = told_.find(frame.call);
               asked != told_.end() && frame.kind >= FrameKind::http_head) {
        asked->second.push_back(std::move(frame));
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
        told_.clear();
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

void ChildLink::send_now(FrameKind kind, std::uint32_t call, std::string_view body) {
    const std::lock_guard lock(out_mutex_);
    append_frame(out_, kind, call, body);
    flush_locked();
}

ChildLink::Answer ChildLink::ask(FrameKind kind, std::string_view body, const Told& told) {
    const std::uint32_t id = ++last_ask_;
    if (told) {
        const std::lock_guard lock(mutex_);
        told_[id];  // before the host can answer
    }
    send_now(kind, id, body);
    std::unique_lock lock(mutex_);
    while (true) {
        if (told) {
            for (auto& waiting = told_[id]; !waiting.empty();) {
                const auto frame = std::move(waiting.front());
                waiting.pop_front();
                lock.unlock();
                told(frame.kind, frame.body);
                lock.lock();
            }
        }
        if (const auto it = answers_.find(id); it != answers_.end()) {
            auto answer = std::move(it->second);
            answers_.erase(it);
            told_.erase(id);
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

bool ChildLink::take_frames() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || reading_) return false;  // the thread that reads will see what there is
    while (true) {
        if (auto frame = next_received()) {
            dispatch(std::move(*frame));
        } else if (wait_for(fd_, POLLIN, 0) != 0) {
            receive(MSG_DONTWAIT);
        } else {
            break;
        }
    }
    changed_.notify_all();
    return true;
}

bool ChildLink::cancelled() {
    if (!cancelled_) take_frames();
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
            send_now(FrameKind::alive, 0, "{}");
            next_alive = now + std::chrono::milliseconds(kAliveEveryMs);
        }
        // Short, because another thread may take the cancel frame out of the socket.
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count() + 1;
        wait_for(fd_, POLLIN, static_cast<int>(std::min<std::int64_t>(left, 200)));
    }
    return false;
}

}  // namespace capbridge::adapters
