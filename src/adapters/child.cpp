#include "adapters/child.hpp"

#include <dlfcn.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/child_host.hpp"
#include "adapters/json_slice.hpp"

namespace capbridge::adapters {
namespace {

using nlohmann::json;

std::string_view view(bridge_text t) {
    return t.size == 0 ? std::string_view{} : std::string_view(t.data, t.size);
}

// How a call ended, as the frame `failure` says it.
struct Outcome {
    std::int32_t code = BRIDGE_OK;
    std::int64_t retry_after_ms = -1;
    std::string user, log, result = "{}";
};
Outcome trouble(std::int32_t code, std::string what) {
    return {code, -1, {}, std::move(what), {}};
}

constexpr std::size_t kMaxDescriptor = 256u << 10;

struct Collected {
    std::string text;
    bridge_out out{sizeof(bridge_out), 0, this, write};
    static std::int32_t write(const bridge_out* out, bridge_text chunk) noexcept {
        try {
            auto& text = static_cast<Collected*>(out->ctx)->text;
            if (text.size() + chunk.size > kMaxDescriptor) return BRIDGE_REJECTED;
            text.append(view(chunk));
            return BRIDGE_OK;
        } catch (...) {
            return BRIDGE_INTERNAL;
        }
    }
};

class Child {
public:
    explicit Child(int fd) : link_(fd), host_(link_) {}
    ~Child() {
        if (adapter_) adapter_->destroy(adapter_->self);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[noreturn]] void serve() {
        while (true) {
            const auto question = link_.next_question();
            finish(answer(question));
        }
    }

private:
    Outcome answer(const ChildLink::Question& question) {
        const auto body = JsonObject::slice(question.body);
        if (!body) return trouble(BRIDGE_INTERNAL, "a question that is no JSON object");
        try {
            switch (question.kind) {
                case FrameKind::hello:
                    return hello(*body);
                case FrameKind::describe:
                    return describe();
                case FrameKind::configure:
                    return configure(*body);
                case FrameKind::check:
                    return call(*body,
                                [&](const bridge_call* c) { return adapter_->check(adapter_->self, c); });
                case FrameKind::pull:
                    return pull(*body);
                default:
                    return trouble(BRIDGE_UNSUPPORTED, "a question of unknown kind");
            }
        } catch (...) {
            // By the contract none arrives; a library of C++ may break it, and here is where it stops.
            return trouble(BRIDGE_INTERNAL, "an exception crossed the border of the adapter");
        }
    }

    void finish(const Outcome& outcome) {
        if (outcome.code == BRIDGE_OK) return link_.finish(FrameKind::result, outcome.result);
        const json body{{"class", class_name(outcome.code)},
                        {"user", outcome.user},
                        {"log", outcome.log},
                        {"retry_after_ms", outcome.retry_after_ms}};
        link_.finish(FrameKind::failure, body.dump(-1, ' ', false, json::error_handler_t::replace));
    }

    Outcome hello(const JsonObject& body) {
        if (body.text("wire") != kWire)
            return trouble(BRIDGE_UNSUPPORTED, "the host speaks another protocol");
        const auto path = body.text("library").value_or("");
        // The sandbox closes here, before any code of the library runs.
        library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!library_)
            return trouble(BRIDGE_CONFIG, "the library cannot be loaded: " + std::string(dlerror()));
        entry_ = static_cast<const bridge_entry*>(dlsym(library_, "bridge_adapter_entry"));
        if (!entry_) return trouble(BRIDGE_UNSUPPORTED, "the library does not export bridge_adapter_entry");
        if (!BRIDGE_HAS(bridge_entry, entry_, create))
            return trouble(BRIDGE_UNSUPPORTED, "bridge_adapter_entry is too small");
        if (entry_->abi_major != BRIDGE_ABI_MAJOR) {
            return trouble(BRIDGE_UNSUPPORTED, "ABI version " + std::to_string(entry_->abi_major) +
                                                   "; this host has " + std::to_string(BRIDGE_ABI_MAJOR));
        }
        if (entry_->count == 0 || entry_->count > 64 || !entry_->describe || !entry_->create) {
            return trouble(BRIDGE_UNSUPPORTED, "bridge_adapter_entry is incomplete");
        }
        Outcome outcome;
        outcome.result = json{{"wire", kWire}, {"adapters", entry_->count}}.dump();
        return outcome;
    }

    Outcome describe() {
        if (!entry_) return trouble(BRIDGE_INTERNAL, "describe before hello");
        std::string all;
        for (std::uint32_t i = 0; i < entry_->count; ++i) {
            Collected one;
            if (entry_->describe(i, &one.out) != BRIDGE_OK || !JsonObject::slice(one.text)) {
                return trouble(BRIDGE_INTERNAL,
                               "descriptor " + std::to_string(i) + " is no JSON object of up to 256 KiB");
            }
            all += (i ? "," : "") + one.text;
        }
        Outcome outcome;
        outcome.result = R"({"adapters":[)" + all + "]}";
        if (outcome.result.size() > kMaxFrameBody)
            return trouble(BRIDGE_INTERNAL, "its descriptors are larger than 1 MiB");
        return outcome;
    }

    Outcome configure(const JsonObject& body) {
        if (!entry_) return trouble(BRIDGE_INTERNAL, "configure before hello");
        if (!adapter_) {
            host_.offer_files(body.raw("files") == "true");
            const auto id = body.text("adapter").value_or("");
            adapter_ = entry_->create(host_.c(), {id.data(), id.size()});
            if (!adapter_) return trouble(BRIDGE_NOT_FOUND, "the library did not make adapter '" + id + "'");
            if (!BRIDGE_HAS(bridge_adapter, adapter_, destroy))
                return trouble(BRIDGE_UNSUPPORTED, "its bridge_adapter is too small");
        }
        const auto settings = body.raw("settings");
        return call(body, [&](const bridge_call* c) {
            return adapter_->configure(adapter_->self, c, {settings.data(), settings.size()});
        });
    }

    Outcome pull(const JsonObject& body) {
        if (!adapter_) return trouble(BRIDGE_INTERNAL, "pull before configure");
        const bridge_text id{BRIDGE_SOURCE, sizeof(BRIDGE_SOURCE) - 1};
        const auto* source = static_cast<const bridge_source*>(adapter_->facet(adapter_->self, id));
        if (!source) return trouble(BRIDGE_UNSUPPORTED, "this adapter is no source");
        if (!BRIDGE_HAS(bridge_source, source, pull))
            return trouble(BRIDGE_UNSUPPORTED, "its bridge_source is too small");
        const auto cursor = body.text("cursor").value_or("");
        return call(body, [&](const bridge_call* c) {
            return source->pull(adapter_->self, c, {cursor.data(), cursor.size()}, host_.stream());
        });
    }

    // Runs one function of the adapter with a bridge_call, and gathers what it told.
    struct Running {
        ChildLink* link;
        Outcome outcome;
    };
    template <class F>
    Outcome call(const JsonObject& body, F&& function) {
        if (!adapter_) return trouble(BRIDGE_INTERNAL, "a call before configure");
        Running running{&link_, {}};
        const auto deadline = body.raw("deadline_unix_ms");
        const bridge_call c{sizeof(bridge_call),
                            0,
                            &running,
                            deadline.empty() ? 0 : json::parse(deadline).get<std::int64_t>(),
                            is_cancelled,
                            told};
        const std::int32_t code = function(&c);
        running.outcome.code = code;
        return running.outcome;
    }
    static std::int32_t is_cancelled(const bridge_call* c) {
        return static_cast<Running*>(c->ctx)->link->cancelled() ? 1 : 0;
    }
    static void told(const bridge_call* c, const bridge_error* error) {
        if (!BRIDGE_HAS(bridge_error, error, log_message)) return;
        auto& outcome = static_cast<Running*>(c->ctx)->outcome;
        outcome.retry_after_ms = error->retry_after_ms;
        outcome.user = view(error->user_message).substr(0, 4096);
        outcome.log = view(error->log_message).substr(0, 4096);
    }

    ChildLink link_;
    ChildHost host_;
    void* library_ = nullptr;
    const bridge_entry* entry_ = nullptr;
    bridge_adapter* adapter_ = nullptr;
};

}  // namespace

int child_main(int fd) {
    // A person who tries it by hand gets an answer instead of a silent end.
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return 64;
    prctl(PR_SET_NAME, "capbridge-child");
    Child(fd).serve();
}

}  // namespace capbridge::adapters
