// bridge/adapter.hpp - write an adapter in C++20 without touching the C structs of adapter.h (read its rules
// first).
//
//   class Demo : public bridge::Adapter, public bridge::Source {
//   public:
//       static constexpr std::string_view id = "org.example.demo";
//       static constexpr std::string_view descriptor = R"({"id":"org.example.demo", ... })";  // or static
//       std::string descriptor() explicit Demo(bridge::Host host); void configure(std::string_view
//       settings_json, const bridge::Call& call) override; void check(const bridge::Call& call) override;
//       void pull(std::string_view cursor, bridge::Stream& out, const bridge::Call& call) override;
//   };
//   BRIDGE_ADAPTERS(Demo)   // one or several classes, once in a file
//
// Errors are thrown as bridge::Failure and end at the border; any other exception becomes BRIDGE_INTERNAL
// (out of configure() BRIDGE_CONFIG).
// The facets that an adapter has are those of Source, Sink and Users that it derives from. HTTP is in
// bridge/http.hpp.
#pragma once
#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "bridge/adapter.h"

namespace bridge {

inline std::string_view view(bridge_text t) {
    return t.size == 0 ? std::string_view{} : std::string_view{t.data, t.size};
}
inline bridge_text text(std::string_view s) {
    return {s.data(), s.size()};
}

// Ends the call with that class of error. No secrets and no personal data in either message.
class Failure : public std::exception {
public:
    Failure(std::int32_t error_class, std::string user_message, std::string log_message = {},
            std::int64_t retry_after = -1)
        : code(error_class),
          user(std::move(user_message)),
          log(std::move(log_message)),
          retry_after_ms(retry_after) {}
    const char* what() const noexcept override { return user.empty() ? log.c_str() : user.c_str(); }

    std::int32_t code;
    std::string user, log;
    std::int64_t retry_after_ms;
};

namespace detail {

inline void require(std::int32_t code, const char* what) {
    if (code != BRIDGE_OK) throw Failure{code, {}, what};
}

// Collects an answer of the host.
struct Text {
    std::string value;
    bridge_out out{sizeof(bridge_out), 0, this, &Text::write};
    Text() = default;
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;
    static std::int32_t write(const bridge_out* out, bridge_text chunk) noexcept {
        try {
            static_cast<Text*>(out->ctx)->value.append(view(chunk));
            return BRIDGE_OK;
        } catch (...) {
            return BRIDGE_INTERNAL;
        }
    }
};

inline void write(const bridge_out* out, std::string_view answer) {
    require(out->write(out, text(answer)), "the host does not take the answer");
}

}  // namespace detail

// The call that runs now. Copies are fine within it.
class Call {
public:
    explicit Call(const bridge_call* call) : call_(call) {}
    [[nodiscard]] bool cancelled() const { return call_->cancelled(call_) != 0; }
    [[nodiscard]] std::int64_t deadline_unix_ms() const { return call_->deadline_unix_ms; }
    void stop_if_cancelled() const {
        if (cancelled()) throw Failure{BRIDGE_CANCELLED, {}, "cancelled"};
    }

private:
    const bridge_call* call_;
};

// The host's services. A copy is as good as the original, as long as the adapter lives.
class Host {
public:
    explicit Host(const bridge_host* host)
        : host_(host),
          log_(find<bridge_log>(BRIDGE_LOG)),
          clock_(find<bridge_clock>(BRIDGE_CLOCK)),
          state_(find<bridge_state>(BRIDGE_STATE)),
          files_(find<bridge_files>(BRIDGE_FILES)),
          http_(find<bridge_http>(BRIDGE_HTTP)) {}

    void log(std::int32_t level, std::string_view message) const {
        if (log_ && BRIDGE_HAS(bridge_log, log_, line)) log_->line(host_, level, text(message));
    }
    [[nodiscard]] std::int64_t unix_ms() const {
        return need(clock_, clock_ && BRIDGE_HAS(bridge_clock, clock_, sleep_ms), "clock").unix_ms(host_);
    }
    // Throws Failure{BRIDGE_CANCELLED} when the host does not want to wait.
    void sleep_ms(std::int64_t ms) const {
        const auto& clock = need(clock_, clock_ && BRIDGE_HAS(bridge_clock, clock_, sleep_ms), "clock");
        detail::require(clock.sleep_ms(host_, ms), "cancelled");
    }

    [[nodiscard]] std::optional<std::string> state(std::string_view key) const {
        if (!state_ || !BRIDGE_HAS(bridge_state, state_, put)) return std::nullopt;
        detail::Text value;
        const auto code = state_->get(host_, text(key), &value.out);
        if (code == BRIDGE_NOT_FOUND) return std::nullopt;
        detail::require(code, "state");
        return std::move(value.value);
    }
    void set_state(std::string_view key, std::string_view value) const {
        const auto& state = need(state_, state_ && BRIDGE_HAS(bridge_state, state_, put), "state");
        detail::require(state.put(host_, text(key), text(value)), "state");
    }

    [[nodiscard]] bool has_files() const { return files_ && BRIDGE_HAS(bridge_files, files_, read); }
    // JSON, as bridge_files.list says.
    [[nodiscard]] std::string list_files() const {
        detail::Text list;
        detail::require(need(files_, has_files(), "files").list(host_, &list.out), "the list of files");
        return std::move(list.value);
    }
    // "" at the end of the file.
    [[nodiscard]] std::string read_file(std::string_view name, std::uint64_t offset,
                                        std::uint32_t max_bytes = 256u << 10) const {
        detail::Text bytes;
        const auto code =
            need(files_, has_files(), "files").read(host_, text(name), offset, max_bytes, &bytes.out);
        if (code == BRIDGE_RETRY) throw Failure{code, "A file changed while it was read.", {}};
        detail::require(code, "reading a file");
        return std::move(bytes.value);
    }

    // nullptr when this host has none.
    [[nodiscard]] const bridge_http* http() const {
        return http_ && BRIDGE_HAS(bridge_http, http_, send_many) ? http_ : nullptr;
    }
    [[nodiscard]] const bridge_host* c() const { return host_; }

private:
    template <class T>
    const T* find(std::string_view id) const {
        return static_cast<const T*>(host_->service(host_, text(id)));
    }
    template <class T>
    static const T& need(const T* service, bool usable, const char* name) {
        if (!usable)
            throw Failure{BRIDGE_UNSUPPORTED, std::string("This host has no service '") + name + "'.", {}};
        return *service;
    }

    const bridge_host* host_;
    const bridge_log* log_;
    const bridge_clock* clock_;
    const bridge_state* state_;
    const bridge_files* files_;
    const bridge_http* http_;
};

// Where a pull's records go.
class Stream {
public:
    explicit Stream(const bridge_stream* stream) : stream_(stream) {}
    // False: the host will not have this record (too large); go on. Throws when the pull should end.
    bool emit(std::string_view kind, std::string_view record_json) {
        const auto code = stream_->emit(stream_, text(kind), text(record_json));
        if (code == BRIDGE_REJECTED) return false;
        detail::require(code, "the host ends the pull");
        return true;
    }
    void checkpoint(std::string_view cursor) {
        detail::require(stream_->checkpoint(stream_, text(cursor)), "the host ends the pull");
    }
    void reject(std::string_view kind, std::string_view key, std::string_view reason_json) {
        const auto code = stream_->reject(stream_, text(kind), text(key), text(reason_json));
        if (code != BRIDGE_REJECTED) detail::require(code, "the host ends the pull");
    }

private:
    const bridge_stream* stream_;
};

class Adapter {
public:
    virtual ~Adapter() = default;
    virtual void configure(std::string_view settings_json, const Call& call) = 0;
    virtual void check(const Call& call) = 0;
};

class Source {
public:
    virtual ~Source() = default;
    virtual void pull(std::string_view cursor, Stream& out, const Call& call) = 0;
};

class Sink {
public:
    virtual ~Sink() = default;
    // The receipt, as JSON or empty.
    virtual std::string push(std::string_view kind, std::string_view key, std::string_view record_json,
                             std::string_view previous_json, const Call& call) = 0;
};

class Users {
public:
    virtual ~Users() = default;
    // Question and answer as bridge_users.find says, as JSON.
    virtual std::string find(std::string_view identifiers_json, const Call& call) = 0;
};

namespace detail {

inline std::int32_t tell(const bridge_call* call, std::int32_t code, std::int64_t retry_after_ms,
                         std::string_view user, std::string_view log) noexcept {
    if (call) {
        const bridge_error error{sizeof(bridge_error), code, retry_after_ms, text(user), text(log)};
        call->fail(call, &error);
    }
    return code;
}

// Every call from the host passes here: no exception crosses, and every way out tells its code. `other`: what
// an exception means that is no Failure.
template <class F>
std::int32_t guard(const bridge_call* call, F&& body, std::int32_t other = BRIDGE_INTERNAL) noexcept {
    try {
        body();
        return BRIDGE_OK;
    } catch (const Failure& f) {
        return tell(call, f.code == BRIDGE_OK ? static_cast<std::int32_t>(BRIDGE_INTERNAL) : f.code,
                    f.retry_after_ms, f.user, f.log);
    } catch (const std::exception& e) {
        const auto* user = other == BRIDGE_CONFIG ? "The settings cannot be read." : "";
        return tell(call, other, -1, user, e.what());
    } catch (...) {
        return tell(call, BRIDGE_INTERNAL, -1, {}, "an exception that is no std::exception");
    }
}

// The C struct and the C++ object in one allocation, so that destroy() frees both.
template <class T>
struct Box {
    bridge_adapter c;
    T object;

    explicit Box(const bridge_host* host)
        : c{sizeof(bridge_adapter), 0, this, configure, check, facet, destroy}, object(Host{host}) {}

    static T& at(void* self) { return static_cast<Box*>(self)->object; }
    static std::int32_t configure(void* self, const bridge_call* call, bridge_text settings) noexcept {
        // Settings that a JSON library stumbles over are wrong settings.
        return guard(
            call, [&] { at(self).configure(view(settings), Call{call}); }, BRIDGE_CONFIG);
    }
    static std::int32_t check(void* self, const bridge_call* call) noexcept {
        return guard(call, [&] { at(self).check(Call{call}); });
    }
    static std::int32_t pull(void* self, const bridge_call* call, bridge_text cursor,
                             const bridge_stream* out) noexcept {
        return guard(call, [&] {
            Stream stream{out};
            at(self).pull(view(cursor), stream, Call{call});
        });
    }
    static std::int32_t push(void* self, const bridge_call* call, bridge_text kind, bridge_text key,
                             bridge_text record, bridge_text previous, const bridge_out* receipt) noexcept {
        return guard(call, [&] {
            write(receipt, at(self).push(view(kind), view(key), view(record), view(previous), Call{call}));
        });
    }
    static std::int32_t find(void* self, const bridge_call* call, bridge_text identifiers,
                             const bridge_out* accounts) noexcept {
        return guard(call, [&] { write(accounts, at(self).find(view(identifiers), Call{call})); });
    }
    static const void* facet(void*, bridge_text id) noexcept {
        if constexpr (std::is_base_of_v<Source, T>) {
            static constexpr bridge_source source{sizeof(bridge_source), 0, pull};
            if (view(id) == BRIDGE_SOURCE) return &source;
        }
        if constexpr (std::is_base_of_v<Sink, T>) {
            static constexpr bridge_sink sink{sizeof(bridge_sink), 0, push};
            if (view(id) == BRIDGE_SINK) return &sink;
        }
        if constexpr (std::is_base_of_v<Users, T>) {
            static constexpr bridge_users users{sizeof(bridge_users), 0, find};
            if (view(id) == BRIDGE_USERS) return &users;
        }
        return nullptr;
    }
    static void destroy(void* self) noexcept { delete static_cast<Box*>(self); }
};

template <class T>
std::string descriptor_of() {
    static_assert(std::is_base_of_v<Adapter, T>, "derive from bridge::Adapter");
    if constexpr (requires { T::descriptor(); }) {
        return std::string(T::descriptor());
    } else {
        return std::string(T::descriptor);
    }
}

template <class... Ts>
struct File {
    static constexpr std::uint32_t count = sizeof...(Ts);
    static std::int32_t describe(std::uint32_t index, const bridge_out* out) noexcept {
        using Describe = std::string (*)();
        static constexpr std::array<Describe, sizeof...(Ts)> all{&descriptor_of<Ts>...};
        if (index >= all.size()) return BRIDGE_NOT_FOUND;
        return guard(nullptr, [&] { write(out, all[index]()); });
    }
    static bridge_adapter* create(const bridge_host* host, bridge_text id) noexcept {
        bridge_adapter* made = nullptr;
        try {
            ((made == nullptr && view(id) == Ts::id
                  ? void(made = &std::make_unique<Box<Ts>>(host).release()->c)
                  : void()),
             ...);
        } catch (...) {
            return nullptr;
        }
        return made;
    }
};

}  // namespace detail
}  // namespace bridge

#define BRIDGE_ADAPTERS(...)                                                                \
    BRIDGE_ABI_NOTE;                                                                        \
    const bridge_entry bridge_adapter_entry = {sizeof(bridge_entry),                        \
                                               BRIDGE_ABI_MAJOR,                            \
                                               BRIDGE_ABI_MINOR,                            \
                                               bridge::detail::File<__VA_ARGS__>::count,    \
                                               bridge::detail::File<__VA_ARGS__>::describe, \
                                               bridge::detail::File<__VA_ARGS__>::create};
