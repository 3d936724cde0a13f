// One conversation with an adapter in its child process: questions of the host, and what arrives until the
// answer is there. It watches the clock, so that an adapter which hangs, talks nonsense or dies costs this
// conversation only.
//
// Used by one thread, from start to end (see process.hpp). Errors are the adapter's own ("adapter_auth", ...)
// and "adapter_crashed", "adapter_timeout", "adapter_memory", "adapter_protocol", "adapter_cancelled";
// messages begin with the adapter's name.
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/frame.hpp"
#include "adapters/process.hpp"
#include "adapters/watchdog.hpp"
#include "core/base/json.hpp"

namespace capbridge::adapters {

struct Timeouts {
    std::chrono::milliseconds start{10'000};  // load, describe and configure, each
    std::chrono::milliseconds check{60'000};  // the whole of check()
    // The whole of one push or find, what the host does for it included.
    std::chrono::milliseconds push{600'000};
    // A pull, push or find without a frame (sleeping through the host is no idleness).
    std::chrono::milliseconds pull_idle{60'000};
    // A pull without a frame that brings or reads something: log, alive and state are no progress.
    std::chrono::milliseconds pull_progress{600'000};
    std::chrono::milliseconds pull_total{12 * 3'600'000};  // the whole of a pull
    std::chrono::milliseconds cancel_grace{5'000};         // from the cancel frame to the kill
};

class Session {
public:
    // What the adapter says beside its answer.
    class Listener {
    public:
        virtual ~Listener() = default;
        // Frames of the kinds emit to http_send. An error ends the conversation with that error.
        virtual Status on_frame(const Frame& frame, Session& session) = 0;
        // Takes secrets out of a text of the adapter's that leaves the conversation.
        virtual void clean(std::string& text) const { static_cast<void>(text); }
    };
    struct Limits {
        std::chrono::milliseconds total{0};  // 0: none
        std::chrono::milliseconds idle{0};   // 0: none
        std::chrono::milliseconds cancel_grace{5'000};
        std::chrono::milliseconds progress{0};  // 0: none; see Watchdog::is_progress
    };

    // Starts a child; `label` names the adapter in messages. `program`: what the child becomes instead of
    // loading a library.
    static Result<std::unique_ptr<Session>> start(const std::filesystem::path& executable, std::string label,
                                                  std::uint64_t memory_mb = 256, bool threads = false,
                                                  const std::filesystem::path& program = {},
                                                  bool require_sandbox = true);

    // Sends the question and waits for its answer. Adds "deadline_unix_ms" to the body when there is a total
    // limit.
    Result<json> call(FrameKind question, json body, const Limits& limits, Listener& listener,
                      const std::atomic<bool>* cancel = nullptr);
    // For listeners.
    Status answer(std::uint32_t call, const json& body);
    // The answer, and behind it, so that nothing can come between, the word that the question is cancelled.
    Status answer_and_cancel(std::uint32_t call, const json& body);
    Status refuse(std::uint32_t call, std::string_view error_class, std::string_view message);
    // http_head, http_body and http_end, before the answer to that call. The body is the JSON text, so that a
    // chunk of a few hundred KiB is not built as a tree first.
    Status tell(FrameKind kind, std::uint32_t call, std::string_view body_json);
    // For listeners that take their time, all 50 ms or so: is the process alive and within its memory, and
    // the call within its time? The error is on_frame's to return; the process has been killed then.
    Status watch();
    // Of the call that runs, less what the adapter needs to say what it did; nullopt: it has no limit.
    [[nodiscard]] std::optional<std::chrono::milliseconds> time_left() const;
    // An error about this adapter, with its name in front.
    [[nodiscard]] tl::unexpected<Error> failed(std::string code, const std::string& what) const;
    // Of the process, for those that measure it.
    [[nodiscard]] pid_t pid() const { return child_->pid(); }

private:
    Session(std::unique_ptr<ChildProcess> child, std::string label, std::uint64_t memory_mb)
        : child_(std::move(child)), watchdog_(child_->pid(), memory_mb), label_(std::move(label)) {}
    using SteadyTime = std::chrono::steady_clock::time_point;
    struct Running {
        std::uint32_t id = 0;
        const Limits& limits;
        Listener& listener;
        const std::atomic<bool>* cancel = nullptr;
        SteadyTime began{}, last_frame{}, last_progress{};
        std::optional<SteadyTime> cancelled{};  // seen since
        bool cancel_sent = false;
    };
    Result<json> converse(FrameKind question, const json& body);
    // What ends the call that runs, whatever the host is at.
    Status look();
    Status send(FrameKind kind, std::uint32_t call, std::string_view body_json);
    Status send(FrameKind kind, std::uint32_t call, const json& body);
    Status write_out();  // scratch_
    Status receive(std::chrono::milliseconds wait, bool& arrived);
    [[nodiscard]] tl::unexpected<Error> died();
    [[nodiscard]] tl::unexpected<Error> told(std::string_view failure_json) const;

    // Kills it and says why.
    tl::unexpected<Error> put_down(std::string code, const std::string& what);

    std::unique_ptr<ChildProcess> child_;
    Watchdog watchdog_;
    std::string label_;
    FrameReader reader_;
    std::string scratch_;
    std::uint32_t last_call_ = 0;
    std::optional<Running> running_;
};

}  // namespace capbridge::adapters
