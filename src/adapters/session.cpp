#include "adapters/session.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapters/json_slice.hpp"
#include "core/base/plain_text.hpp"

namespace capbridge::adapters {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{50};              // how soon a cancel is seen
constexpr milliseconds kSendPatience{30'000};  // a child that does not read what it asked for
constexpr milliseconds kEndPatience{2'000};
constexpr milliseconds kLastWords{1'000};  // of a call's time, kept from the host's own work for it
constexpr std::size_t kMaxMessage = 2000;

std::int64_t unix_now_ms() {
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string seconds(milliseconds ms) {
    return ms.count() % 1000 == 0 ? std::to_string(ms.count() / 1000) + " s"
                                  : std::to_string(ms.count()) + " ms";
}

// A whole number, and one that a person can read; nullopt: it says nothing.
std::optional<std::int64_t> wait_of(std::string_view raw) {
    constexpr std::int64_t most = std::int64_t{365} * 24 * 3'600'000;
    std::int64_t ms = -1;
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), ms);
    if (error != std::errc() || end != raw.data() + raw.size() || ms < 0 || ms > most) return std::nullopt;
    return ms;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::start(const std::filesystem::path& executable, std::string label,
                                                std::uint64_t memory_mb, bool threads,
                                                const std::filesystem::path& program, bool require_sandbox) {
    std::vector<std::string> arguments;
    if (!program.empty()) {
        arguments = {"--program", program.string(), "--memory-mb", std::to_string(memory_mb)};
        if (threads) arguments.emplace_back("--threads");
        if (!require_sandbox) arguments.emplace_back("--sandbox-optional");
    }
    CAPBRIDGE_LET(auto child, ChildProcess::start(executable, std::move(arguments)));
    return std::unique_ptr<Session>(new Session(std::move(child), std::move(label), memory_mb));
}

tl::unexpected<Error> Session::put_down(std::string code, const std::string& what) {
    child_->kill();
    return failed(std::move(code), what);
}

tl::unexpected<Error> Session::failed(std::string code, const std::string& what) const {
    return fail(std::move(code), "Adapter " + label_ + ": " + what);
}

tl::unexpected<Error> Session::died() {
    const auto ending = child_->wait(kEndPatience);
    if (child_->exec_failed()) return failed("adapter_internal", "its process could not be started.");
    return failed("adapter_crashed", "its process ended in the middle of a call (" + ending + ").");
}

tl::unexpected<Error> Session::told(std::string_view failure_json) const {
    const auto object = JsonObject::slice(failure_json);
    if (!object) return failed("adapter_protocol", "a failure that is no JSON object.");
    const auto name = class_name(class_code(object->text("class").value_or("internal")));
    std::string what = object->text("user").value_or("");
    const auto log = object->text("log").value_or("");
    if (!log.empty()) what += what.empty() ? log : " (" + log + ")";
    if (what.empty()) what = "it gave no reason.";
    if (running_) running_->listener.clean(what);  // before it is cut: half a secret is not found
    const bool longer = what.size() > kMaxMessage;
    what = plain_text(what, kMaxMessage) + (longer ? " ..." : "");
    if (const auto wait = wait_of(object->raw("retry_after_ms")))
        what += " Try again after " + std::to_string(*wait) + " ms.";
    return failed("adapter_" + std::string(name), what);
}

Status Session::send(FrameKind kind, std::uint32_t call, const json& body) {
    const auto text = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return send(kind, call, std::string_view(text));
}

Status Session::send(FrameKind kind, std::uint32_t call, std::string_view body_json) {
    if (body_json.size() > kMaxFrameBody)
        return failed("adapter_internal", "a question or answer is larger than 1 MiB.");
    scratch_.clear();
    append_frame(scratch_, kind, call, body_json);
    return write_out();
}

Status Session::write_out() {
    const auto until = std::chrono::steady_clock::now() + kSendPatience;
    for (std::string_view rest = scratch_; !rest.empty();) {
        const auto sent = ::send(child_->fd(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN || errno == EINTR) {
            if (std::chrono::steady_clock::now() >= until) {
                return put_down("adapter_timeout", "it does not read its socket.");
            }
            CAPBRIDGE_TRY(look());
            pollfd wait{child_->fd(), POLLOUT, 0};
            ::poll(&wait, 1, static_cast<int>(kTick.count()));
        } else {
            return died();
        }
    }
    return {};
}

Status Session::receive(milliseconds wait, bool& arrived) {
    arrived = false;
    pollfd readable{child_->fd(), POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(wait.count())) <= 0) return {};
    char buffer[64 << 10];
    const auto got = ::recv(child_->fd(), buffer, sizeof buffer, 0);
    if (got > 0) {
        reader_.feed({buffer, static_cast<std::size_t>(got)});
        arrived = true;
        return {};
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    return died();
}

Status Session::answer(std::uint32_t call, const json& body) {
    return send(FrameKind::reply, call, body);
}

Status Session::answer_and_cancel(std::uint32_t call, const json& body) {
    if (!running_ || running_->cancel_sent) return answer(call, body);
    running_->cancelled = std::chrono::steady_clock::now();
    running_->cancel_sent = true;
    scratch_.clear();
    append_frame(scratch_, FrameKind::reply, call, body.dump());
    append_frame(scratch_, FrameKind::cancel, running_->id, "{}");
    return write_out();
}

Status Session::refuse(std::uint32_t call, std::string_view error_class, std::string_view message) {
    std::string text(message);
    if (running_) running_->listener.clean(text);
    return send(FrameKind::refuse, call, {{"class", error_class}, {"message", text}});
}

Status Session::tell(FrameKind kind, std::uint32_t call, std::string_view body_json) {
    return send(kind, call, body_json);
}

std::optional<milliseconds> Session::time_left() const {
    if (!running_ || running_->limits.total.count() <= 0) return std::nullopt;
    const auto total = running_->limits.total;
    const auto until = running_->began + total - std::min(kLastWords, total / 10);
    return std::max(std::chrono::floor<milliseconds>(until - std::chrono::steady_clock::now()),
                    milliseconds{0});
}

Status Session::look() {
    const auto now = std::chrono::steady_clock::now();
    if (const auto seen = watchdog_.memory(now); !seen)
        return put_down(seen.error().code, seen.error().message + " Killed.");
    if (!running_) return {};
    const auto& limits = running_->limits;
    if (running_->cancel != nullptr && *running_->cancel && !running_->cancelled) running_->cancelled = now;
    if (running_->cancelled && now - *running_->cancelled > limits.cancel_grace) {
        return put_down("adapter_cancelled", "cancelled; it did not wind up in " +
                                                 seconds(limits.cancel_grace) + " and was killed.");
    }
    if (limits.total.count() > 0 && now - running_->began > limits.total)
        return put_down("adapter_timeout", "not through after " + seconds(limits.total) + "; killed.");
    return {};
}

Status Session::watch() {
    CAPBRIDGE_TRY(look());
    pollfd end{child_->fd(), 0, 0};
    if (::poll(&end, 1, 0) > 0 && (end.revents & (POLLHUP | POLLERR)) != 0) return died();
    return {};
}

Result<json> Session::call(FrameKind question, json body, const Limits& limits, Listener& listener,
                           const std::atomic<bool>* cancel) {
    const auto now = std::chrono::steady_clock::now();
    if (limits.total.count() > 0) body["deadline_unix_ms"] = unix_now_ms() + limits.total.count();
    running_.emplace(Running{++last_call_, limits, listener, cancel, now, now, now});
    auto result = converse(question, body);
    running_.reset();
    if (!result) listener.clean(result.error().message);
    return result;
}

Result<json> Session::converse(FrameKind question, const json& body) {
    auto& running = *running_;
    CAPBRIDGE_TRY(send(question, running.id, body));
    while (true) {
        while (true) {
            auto next = reader_.next();
            if (!next) {
                return put_down("adapter_protocol", next.error().message);
            }
            if (!next->has_value()) break;
            const Frame frame = **next;
            if (frame.kind == FrameKind::failure && frame.call == running.id) return told(frame.body);
            if (frame.kind == FrameKind::result && frame.call == running.id) {
                auto result = parse_json(frame.body, {kMaxFrameBody, 64});
                if (!result)
                    return failed("adapter_protocol",
                                  "an answer that is not JSON: " + result.error().message);
                return std::move(*result);
            }
            if (frame.kind < FrameKind::emit || frame.kind > FrameKind::http_send) {
                return put_down("adapter_protocol", "a frame that does not belong here (kind " +
                                                        std::to_string(static_cast<int>(frame.kind)) + ").");
            }
            if (watchdog_.chatter(frame.kind))
                return put_down("adapter_protocol", "it talks without end and brings nothing; killed.");
            if (auto heard = running.listener.on_frame(frame, *this); !heard) {
                child_->kill();
                return fail(std::move(heard).error());
            }
            // After the listener: the time that the host itself takes to store things is not the adapter's.
            running.last_frame = std::chrono::steady_clock::now();
            if (Watchdog::is_progress(frame.kind)) running.last_progress = running.last_frame;
        }

        CAPBRIDGE_TRY(look());
        if (running.cancelled && !running.cancel_sent) {
            running.cancel_sent = true;
            CAPBRIDGE_TRY(send(FrameKind::cancel, running.id, json::object()));
        }
        if (const auto idle = running.limits.idle;
            idle.count() > 0 && std::chrono::steady_clock::now() - running.last_frame > idle) {
            return put_down("adapter_timeout", "no sign of life for " + seconds(idle) + "; killed.");
        }
        if (const auto most = running.limits.progress;
            most.count() > 0 && std::chrono::steady_clock::now() - running.last_progress > most) {
            return put_down("adapter_timeout",
                            "it lives, but brought and read nothing for " + seconds(most) + "; killed.");
        }
        bool arrived = false;
        CAPBRIDGE_TRY(receive(kTick, arrived));
    }
}

}  // namespace capbridge::adapters
