#include "adapters/session.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapters/json_slice.hpp"

namespace capbridge::adapters {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds kTick{50};              // how soon a cancel is seen
constexpr milliseconds kSendPatience{30'000};  // a child that does not read what it asked for
constexpr milliseconds kEndPatience{2'000};
constexpr std::size_t kMaxMessage = 2000;

std::int64_t unix_now_ms() {
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string seconds(milliseconds ms) {
    return ms.count() % 1000 == 0 ? std::to_string(ms.count() / 1000) + " s"
                                  : std::to_string(ms.count()) + " ms";
}

}  // namespace

Result<std::unique_ptr<Session>> Session::start(const std::filesystem::path& executable, std::string label,
                                                std::uint64_t memory_mb, bool threads,
                                                const std::filesystem::path& program) {
    std::vector<std::string> arguments;
    if (!program.empty()) {
        arguments = {"--program", program.string(), "--memory-mb", std::to_string(memory_mb)};
        if (threads) arguments.emplace_back("--threads");
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
    if (what.size() > kMaxMessage) {
        what.resize(kMaxMessage);
        while (!what.empty() && (static_cast<unsigned char>(what.back()) & 0x80) != 0) what.pop_back();
        what += " ...";
    }
    if (const auto retry = object->raw("retry_after_ms"); !retry.empty() && retry != "-1") {
        what += " Try again after " + std::string(retry) + " ms.";
    }
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
    const auto until = std::chrono::steady_clock::now() + kSendPatience;
    for (std::string_view rest = scratch_; !rest.empty();) {
        const auto sent = ::send(child_->fd(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN || errno == EINTR) {
            if (std::chrono::steady_clock::now() >= until) {
                return put_down("adapter_timeout", "it does not read its socket.");
            }
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

Status Session::refuse(std::uint32_t call, std::string_view error_class, std::string_view message) {
    return send(FrameKind::refuse, call, {{"class", error_class}, {"message", message}});
}

Status Session::tell(FrameKind kind, std::uint32_t call, std::string_view body_json) {
    return send(kind, call, body_json);
}

Result<json> Session::call(FrameKind question, json body, const Limits& limits, Listener& listener,
                           const std::atomic<bool>* cancel) {
    const auto id = ++last_call_;
    const auto began = std::chrono::steady_clock::now();
    if (limits.total.count() > 0) body["deadline_unix_ms"] = unix_now_ms() + limits.total.count();
    CAPBRIDGE_TRY(send(question, id, body));

    auto last_frame = began;
    std::optional<SteadyTime> cancelled;
    while (true) {
        while (true) {
            auto next = reader_.next();
            if (!next) {
                return put_down("adapter_protocol", next.error().message);
            }
            if (!next->has_value()) break;
            const Frame frame = **next;
            if (frame.kind == FrameKind::failure && frame.call == id) return told(frame.body);
            if (frame.kind == FrameKind::result && frame.call == id) {
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
            if (auto heard = listener.on_frame(frame, *this); !heard) {
                child_->kill();
                return fail(std::move(heard).error());
            }
            // After the listener: the time that the host itself takes to store things is not the adapter's.
            last_frame = std::chrono::steady_clock::now();
        }

        const auto now = std::chrono::steady_clock::now();
        if (cancel && *cancel && !cancelled) {
            cancelled = now;
            CAPBRIDGE_TRY(send(FrameKind::cancel, id, json::object()));
        }
        if (cancelled && now - *cancelled > limits.cancel_grace) {
            return put_down("adapter_cancelled", "cancelled; it did not wind up in " +
                                                     seconds(limits.cancel_grace) + " and was killed.");
        }
        if (limits.total.count() > 0 && now - began > limits.total) {
            return put_down("adapter_timeout", "not through after " + seconds(limits.total) + "; killed.");
        }
        if (limits.idle.count() > 0 && now - last_frame > limits.idle) {
            return put_down("adapter_timeout", "no sign of life for " + seconds(limits.idle) + "; killed.");
        }
        if (const auto greed = watchdog_.memory(now)) return put_down("adapter_memory", *greed + " Killed.");
        bool arrived = false;
        CAPBRIDGE_TRY(receive(kTick, arrived));
    }
}

}  // namespace capbridge::adapters
