#include "adapters/child_host.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

#include "adapters/child_http.hpp"
#include "adapters/json_slice.hpp"
#include "core/base/ids.hpp"
#include "core/base/plain_text.hpp"

namespace capbridge::adapters {
namespace {

using nlohmann::json;

std::string_view view(bridge_text t) {
    return t.size == 0 ? std::string_view{} : std::string_view(t.data, t.size);
}
ChildHost& self(const bridge_host* host) {
    return *static_cast<ChildHost*>(host->ctx);
}
ChildHost& self(const bridge_stream* stream) {
    return *static_cast<ChildHost*>(stream->ctx);
}

// What an adapter passes need not be UTF-8; a frame is.
std::string dump(const json& body) {
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class F>
std::int32_t guarded(F&& body) noexcept {
    try {
        return body();
    } catch (...) {
        return BRIDGE_INTERNAL;
    }
}

std::int32_t refused(const ChildLink::Answer& answer) {
    const auto object = JsonObject::slice(answer.body);
    const auto code = class_code(object ? object->text("class").value_or("") : "");
    return code == BRIDGE_OK ? static_cast<std::int32_t>(BRIDGE_INTERNAL) : code;
}

// Asks, and writes one text member of the answer to `out`.
std::int32_t ask_text(ChildHost& host, FrameKind kind, const json& body, const char* member,
                      const bridge_out* out) {
    const auto answer = host.link().ask(kind, dump(body));
    if (!answer.granted) return refused(answer);
    const auto object = JsonObject::slice(answer.body);
    if (!object) return BRIDGE_INTERNAL;
    std::string value = object->is_object(member) || object->raw(member).starts_with('[')
                            ? std::string(object->raw(member))
                            : object->text(member).value_or("");
    if (kind == FrameKind::file_read) {
        auto bytes = from_base64(value);
        if (!bytes) return BRIDGE_INTERNAL;
        value = std::move(*bytes);
    }
    return value.empty() ? static_cast<std::int32_t>(BRIDGE_OK)
                         : out->write(out, {value.data(), value.size()});
}

void log_line(const bridge_host* host, std::int32_t level, bridge_text message) {
    guarded([&] {
        static constexpr const char* kLevels[] = {"debug", "info", "warn", "error"};
        const auto line = cut_text(view(message), 1024);
        self(host).link().tell(FrameKind::log, dump({{"level", kLevels[level < 0 || level > 3 ? 3 : level]},
                                                     {"message", line}}));
        return 0;
    });
}
const bridge_log kLog{sizeof(bridge_log), 0, log_line};

std::int64_t unix_ms(const bridge_host*) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}
std::int32_t sleep_ms(const bridge_host* host, std::int64_t ms) {
    return guarded([&] { return self(host).link().sleep(ms) ? BRIDGE_OK : BRIDGE_CANCELLED; });
}
const bridge_clock kClock{sizeof(bridge_clock), 0, unix_ms, sleep_ms};

std::int32_t cancel_requested(const bridge_host* host) {
    return guarded([&] { return self(host).link().cancelled() ? 1 : 0; });
}
const bridge_cancel kCancel{sizeof(bridge_cancel), 0, cancel_requested};

std::int32_t state_get(const bridge_host* host, bridge_text key, const bridge_out* value) {
    return guarded([&] {
        return ask_text(self(host), FrameKind::state_get, {{"key", view(key)}}, "value", value);
    });
}
std::int32_t state_put(const bridge_host* host, bridge_text key, bridge_text value) {
    return guarded([&] {
        const auto body = dump({{"key", view(key)}, {"value", view(value)}});
        if (body.size() > kMaxFrameBody) return static_cast<std::int32_t>(BRIDGE_REJECTED);
        const auto answer = self(host).link().ask(FrameKind::state_put, body);
        return answer.granted ? static_cast<std::int32_t>(BRIDGE_OK) : refused(answer);
    });
}
const bridge_state kState{sizeof(bridge_state), 0, state_get, state_put};

std::int32_t files_list(const bridge_host* host, const bridge_out* list) {
    return guarded(
        [&] { return ask_text(self(host), FrameKind::files_list, json::object(), "files", list); });
}
std::int32_t files_read(const bridge_host* host, bridge_text name, std::uint64_t offset,
                        std::uint32_t max_bytes, const bridge_out* bytes) {
    return guarded([&] {
        return ask_text(self(host), FrameKind::file_read,
                        {{"name", view(name)}, {"offset", offset}, {"max_bytes", max_bytes}}, "base64",
                        bytes);
    });
}
const bridge_files kFiles{sizeof(bridge_files), 0, files_list, files_read};

const void* service(const bridge_host* host, bridge_text text) {
    const auto id = view(text);
    if (id == BRIDGE_LOG) return &kLog;
    if (id == BRIDGE_CLOCK) return &kClock;
    if (id == BRIDGE_CANCEL) return &kCancel;
    if (id == BRIDGE_STATE) return &kState;
    if (id == BRIDGE_FILES && self(host).has_files()) return &kFiles;
    if (id == BRIDGE_HTTP && self(host).has_http()) return child_http();
    return nullptr;
}

// As JSON; the name of a kind has nothing to escape, but an adapter may call a record anything.
void append_name(std::string& out, std::string_view name) {
    const bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
    out.append(plain ? '"' + std::string(name) + '"' : dump(name));
}

std::int32_t emit(const bridge_stream* stream, bridge_text kind, bridge_text record) {
    return guarded([&]() -> std::int32_t {
        auto& link = self(stream).link();
        if (link.cancel_seen()) return BRIDGE_CANCELLED;
        if (record.size > kMaxRecord || kind.size > 64) return BRIDGE_REJECTED;
        // Spliced, not parsed: the host checks the whole frame anyway.
        std::string body;
        body.reserve(record.size + kind.size + 24);
        body.append(R"({"kind":)");
        append_name(body, view(kind));
        body.append(R"(,"record":)").append(view(record)).append("}");
        link.tell(FrameKind::emit, body);
        return BRIDGE_OK;
    });
}

std::int32_t checkpoint(const bridge_stream* stream, bridge_text cursor) {
    return guarded([&]() -> std::int32_t {
        auto& link = self(stream).link();
        if (link.cancel_seen()) return BRIDGE_CANCELLED;
        if (cursor.size > kMaxCursor) return BRIDGE_REJECTED;
        const auto body = dump({{"cursor", view(cursor)}});
        // Not a byte more than pull, which hands the cursor back beside its deadline, can carry.
        if (body.size() > kMaxRecord) return BRIDGE_REJECTED;
        const auto answer = link.ask(FrameKind::checkpoint, body);
        return answer.granted ? static_cast<std::int32_t>(BRIDGE_OK) : refused(answer);
    });
}

std::int32_t reject(const bridge_stream* stream, bridge_text kind, bridge_text key, bridge_text reason) {
    return guarded([&]() -> std::int32_t {
        auto& link = self(stream).link();
        if (link.cancel_seen()) return BRIDGE_CANCELLED;
        if (kind.size > 64 || key.size > 2048 || reason.size > kMaxRecord) return BRIDGE_REJECTED;
        std::string body =
            R"({"kind":)" + dump(view(kind)) + R"(,"key":)" + dump(view(key)) + R"(,"reason":)";
        body.append(view(reason)).append("}");
        if (body.size() > kMaxFrameBody) return BRIDGE_REJECTED;
        link.tell(FrameKind::reject, body);
        return BRIDGE_OK;
    });
}

}  // namespace

ChildHost::ChildHost(ChildLink& link)
    : link_(link),
      host_{sizeof(bridge_host), BRIDGE_ABI_MAJOR, BRIDGE_ABI_MINOR, 0, this, service},
      stream_{sizeof(bridge_stream), 0, this, emit, checkpoint, reject} {}

}  // namespace capbridge::adapters
