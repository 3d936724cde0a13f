// The adapter's end of the socket: frames out (gathered into one write of 64 KiB), answers in, and the cancel
// frame.
//
// Usable from every thread of the adapter while a call runs. Whoever waits for an answer reads the socket for
// all and hands the others theirs, so that no thread of our own is needed (the sandbox allows none). When the
// host has gone, the process has no more purpose: every function here then ends it.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/frame.hpp"

namespace capbridge::adapters {

class ChildLink {
public:
    struct Question {
        FrameKind kind{};
        std::uint32_t call = 0;
        std::string body;
    };
    struct Answer {
        bool granted = false;  // reply, else refuse
        std::string body;
    };
    // What the host tells before it answers (http_head, http_body, http_end). Must not throw.
    using Told = std::function<void(FrameKind kind, std::string_view body)>;

    explicit ChildLink(int fd) : fd_(fd) {}

    // The host's next question; the one that is then "the call that runs".
    Question next_question();
    // Ends the call that runs. Sends what is gathered.
    void finish(FrameKind kind, std::string_view body);

    void tell(FrameKind kind, std::string_view body);  // no answer; may wait in the buffer
    // Sends what is gathered, waits; `told` is called on this thread.
    Answer ask(FrameKind kind, std::string_view body, const Told& told = {});
    bool cancelled();                                              // looks at the socket, does not wait
    bool sleep(std::int64_t ms);                                   // false: cancelled
    [[nodiscard]] bool cancel_seen() const { return cancelled_; }  // what is known already; free of charge

private:
    void flush_locked();
    void send_now(FrameKind kind, std::uint32_t call, std::string_view body);
    bool take_frames();     // what has arrived, without waiting; false: another thread reads
    Question read_frame();  // the reader's right is held; waits
    std::optional<Question> next_received();  // the same, without waiting
    void receive(int flags);
    void dispatch(Question&& frame);  // mutex_ is held

    const int fd_;
    std::mutex out_mutex_;
    std::string out_;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool reading_ = false;
    std::map<std::uint32_t, Answer> answers_;
    std::map<std::uint32_t, std::deque<Question>> told_;  // of the questions that asked to be told
    FrameReader reader_;
    std::atomic<std::uint32_t> last_ask_ = 0;
    std::uint32_t running_ = 0;
    std::atomic<bool> cancelled_ = false;
};

}  // namespace capbridge::adapters
