#include "adapters/child.hpp"

#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "adapters/child_host.hpp"
#include "adapters/json_slice.hpp"
#include "adapters/sandbox.hpp"

namespace capbridge::adapters {
namespace {

using nlohmann::json;

std::string_view view(bridge_text t) {
    return t.size == 0 ? std::string_view{} : std::string_view(t.data, t.size);
}

bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
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

void end_call(ChildLink& link, const Outcome& outcome) {
    if (outcome.code == BRIDGE_OK) return link.finish(FrameKind::result, outcome.result);
    const json body{{"class", class_name(outcome.code)},
                    {"user", outcome.user},
                    {"log", outcome.log},
                    {"retry_after_ms", outcome.retry_after_ms}};
    link.finish(FrameKind::failure, body.dump(-1, ' ', false, json::error_handler_t::replace));
}

constexpr std::size_t kMaxDescriptor = 256u << 10;
constexpr std::size_t kMaxReceipt = 64u << 10;
// Each facet of version 1.0 is a size and one function.
constexpr std::size_t kFirstFacet = offsetof(bridge_source, pull) + sizeof(bridge_source::pull);
static_assert(kFirstFacet == offsetof(bridge_sink, push) + sizeof(bridge_sink::push) &&
              kFirstFacet == offsetof(bridge_users, find) + sizeof(bridge_users::find));

struct Collected {
    explicit Collected(std::size_t limit) : most(limit) {}
    Collected(const Collected&) = delete;
    Collected& operator=(const Collected&) = delete;

    std::size_t most;
    std::string text;
    bridge_out out{sizeof(bridge_out), 0, this, write};
    static std::int32_t write(const bridge_out* out, bridge_text chunk) noexcept {
        try {
            auto& into = *static_cast<Collected*>(out->ctx);
            if (into.text.size() + chunk.size > into.most) return BRIDGE_REJECTED;
            into.text.append(view(chunk));
            return BRIDGE_OK;
        } catch (...) {
            return BRIDGE_INTERNAL;
        }
    }
};

std::uint64_t memory_mb(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value > 0 && value < (1u << 20) ? value : Lockdown{}.memory_mb;
}

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
            end_call(link_, answer(question));
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
                case FrameKind::push:
                    return push(*body);
                case FrameKind::find:
                    return find(*body);
                default:
                    return trouble(BRIDGE_UNSUPPORTED, "a question of unknown kind");
            }
        } catch (...) {
            // By the contract none arrives; a library of C++ may break it, and here is where it stops.
            return trouble(BRIDGE_INTERNAL, "an exception crossed the border of the adapter");
        }
    }

    Outcome hello(const JsonObject& body) {
        if (body.text("wire") != kWire)
            return trouble(BRIDGE_UNSUPPORTED, "the host speaks another protocol");
        const auto path = body.text("library").value_or("");
        // The sandbox closes here, before any code of the library runs.
        if (!locked_) {
            locked_ = true;
            sandbox_ =
                lock_down({path, false, body.raw("threads") == "true", memory_mb(body.raw("memory_mb"))});
        }
        if (path.empty()) return greeting(0);  // the host asks what the sandbox is like here
        if (body.text("sandbox") != "optional" && !sandbox_.lacking.empty())
            return trouble(BRIDGE_UNSUPPORTED, refusal_text(sandbox_.lacking));
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
        return greeting(entry_->count);
    }

    Outcome greeting(std::uint32_t adapters) const {
        const json sandbox{{"landlock", sandbox_.landlock},
                           {"seccomp", sandbox_.seccomp},
                           {"missing", sandbox_.missing},
                           {"lacking", sandbox_.lacking}};
        Outcome outcome;
        outcome.result = json{{"wire", kWire}, {"adapters", adapters}, {"sandbox", sandbox}}.dump();
        return outcome;
    }

    Outcome describe() {
        if (!entry_) return trouble(BRIDGE_INTERNAL, "describe before hello");
        std::string all;
        for (std::uint32_t i = 0; i < entry_->count; ++i) {
            Collected one(kMaxDescriptor);
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
        if (adapter_ && body.raw("anew") == "true") {  // the kit: does making and destroying it leak?
            adapter_->destroy(adapter_->self);
            adapter_ = nullptr;
        }
        if (!adapter_) {
            host_.offer(body.raw("files") == "true", body.raw("http") == "true");
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

    // The adapter's facet of that id and size, or nullptr and why.
    template <class Facet>
    const Facet* facet(std::string_view id, std::size_t needed, const char* what, Outcome& why) {
        if (!adapter_) {
            why = trouble(BRIDGE_INTERNAL, "a call before configure");
            return nullptr;
        }
        const auto* found =
            static_cast<const Facet*>(adapter_->facet(adapter_->self, {id.data(), id.size()}));
        if (!found) {
            why = trouble(BRIDGE_UNSUPPORTED, std::string("this adapter ") + what);
        } else if (found->size < needed) {
            why = trouble(BRIDGE_UNSUPPORTED, "its " + std::string(id) + " is too small");
            return nullptr;
        }
        return found;
    }

    Outcome pull(const JsonObject& body) {
        Outcome why;
        const auto* source = facet<bridge_source>(BRIDGE_SOURCE, kFirstFacet, "is no source", why);
        if (!source) return why;
        const auto cursor = body.text("cursor").value_or("");
        return call(body, [&](const bridge_call* c) {
            return source->pull(adapter_->self, c, {cursor.data(), cursor.size()}, host_.stream());
        });
    }

    Outcome push(const JsonObject& body) {
        Outcome why;
        const auto* sink = facet<bridge_sink>(BRIDGE_SINK, kFirstFacet, "takes no records", why);
        if (!sink) return why;
        const auto kind = body.text("kind").value_or(""), key = body.text("key").value_or("");
        const auto record = body.raw("record");
        const auto previous = body.raw("previous") == "null" ? "" : body.raw("previous");
        Collected receipt(kMaxReceipt);
        auto outcome = call(body, [&](const bridge_call* c) {
            return sink->push(adapter_->self, c, {kind.data(), kind.size()}, {key.data(), key.size()},
                              {record.data(), record.size()}, {previous.data(), previous.size()},
                              &receipt.out);
        });
        return with_answer(std::move(outcome), "receipt", receipt.text.empty() ? "null" : receipt.text);
    }

    Outcome find(const JsonObject& body) {
        Outcome why;
        const auto* users = facet<bridge_users>(BRIDGE_USERS, kFirstFacet, "finds no accounts", why);
        if (!users) return why;
        const auto identifiers = body.raw("identifiers");
        Collected accounts(kMaxRecord);
        auto outcome = call(body, [&](const bridge_call* c) {
            return users->find(adapter_->self, c, {identifiers.data(), identifiers.size()}, &accounts.out);
        });
        return with_answer(std::move(outcome), "accounts", accounts.text);
    }

    static Outcome with_answer(Outcome outcome, std::string_view member, std::string_view value) {
        if (outcome.code != BRIDGE_OK) return outcome;
        while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
        while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
        std::string result = "{\"";
        result.append(member).append("\":").append(value).append("}");
        // Spliced, so look that it is one value of JSON and no more.
        const auto object = JsonObject::slice(result);
        if (!object || object->raw(member) != value)
            return trouble(BRIDGE_INTERNAL, "its answer '" + std::string(member) + "' is no JSON");
        outcome.result = std::move(result);
        return outcome;
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
    bool locked_ = false;
    Sandbox sandbox_;
    void* library_ = nullptr;
    const bridge_entry* entry_ = nullptr;
    bridge_adapter* adapter_ = nullptr;
};

// 127 is what a shell says of a program that it cannot start.
[[noreturn]] void become(const Lockdown& program, bool optional, int fd) {
    const auto sandbox = lock_down(program);
    if (!optional && !sandbox.lacking.empty()) {
        ChildLink link(fd);
        const auto why = trouble(BRIDGE_UNSUPPORTED, refusal_text(sandbox.lacking));
        while (true) {  // until the host goes
            link.next_question();
            end_call(link, why);
        }
    }
    std::string path = program.file.string();
    char* const arguments[] = {path.data(), nullptr};
    char* const environment[] = {nullptr};
    execve(path.c_str(), arguments, environment);
    _exit(127);
}

}  // namespace

int child_main(int argc, char** argv, int fd) {
    // A person who tries it by hand gets an answer instead of a silent end.
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return 64;
    Lockdown program;
    program.program = true;
    bool optional = false;
    for (int i = 2; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--threads") program.threads = true;
        if (word == "--sandbox-optional") optional = true;
        if (word == "--program" && i + 1 < argc) program.file = argv[++i];
        if (word == "--memory-mb" && i + 1 < argc) program.memory_mb = memory_mb(argv[++i]);
    }
    if (!program.file.empty()) become(program, optional, fd);
    prctl(PR_SET_NAME, "capbridge-child");
    Child(fd).serve();
}

}  // namespace capbridge::adapters
