// bridge/testing.hpp - an in-memory host, for the unit tests of an adapter. Needs no library and no test
// framework.
//
//   bridge::testing::Host host;
//   host.put_file("a.csv", "...");
//   bridge::testing::Bench bench(host, "org.example.demo");       // the adapter of this program's
//   bridge_adapter_entry bench.configure(R"({...})"); auto run = bench.pull(""); // run.events, run.code,
//   run.cursor ... auto rest = bench.pull_until(3, "");                            // cancelled at the third
//   checkpoint
//
// It keeps the promises of the real host and checks some of the adapter's: it throws std::logic_error when
// the adapter breaks the contract. Link the adapter's objects into the test; one adapter at a time, one
// thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/http.hpp"

namespace bridge::testing {

class Host {
public:
    Host() : c_{sizeof(bridge_host), BRIDGE_ABI_MAJOR, BRIDGE_ABI_MINOR, 0, this, &Host::service} {}
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    std::int64_t now_ms = 1'772'323'200'000;  // 2026-03-01T00:00:00Z; sleeping moves it
    std::vector<std::string> log;
    std::map<std::string, std::string> state;
    bool offers_files = true;
    bool cancelled = false;

    struct File {
        std::string bytes, version;
        std::int64_t modified_ms = 0;
    };
    std::map<std::string, File> files;
    // Later files are younger; writing again makes another version.
    void put_file(const std::string& name, std::string bytes) {
        ++writes_;
        files[name] = {std::move(bytes), "v" + std::to_string(writes_), 1'700'000'000'000 + writes_ * 1000};
    }
    // The other side of HTTP: unset, the host has no such service. Requests of one send_many come one after
    // the other. It stands for the real host's whole effort: what it answers is the last answer.
    std::function<HttpAnswer(const HttpRequest&)> http;
    std::vector<HttpRequest> requests;  // all that were sent
    int files_read = 0;                 // how many were read from their beginning
    [[nodiscard]] const bridge_host* c() const { return &c_; }

private:
    static Host& self(const bridge_host* host) { return *static_cast<Host*>(host->ctx); }

    static void log_line(const bridge_host* host, std::int32_t, bridge_text line) {
        self(host).log.emplace_back(view(line));
    }
    static std::int64_t clock_now(const bridge_host* host) { return self(host).now_ms; }
    static std::int32_t clock_sleep(const bridge_host* host, std::int64_t ms) {
        if (self(host).cancelled) return BRIDGE_CANCELLED;
        self(host).now_ms += ms;
        return BRIDGE_OK;
    }
    static std::int32_t cancel_requested(const bridge_host* host) { return self(host).cancelled ? 1 : 0; }
    static std::int32_t state_get(const bridge_host* host, bridge_text key, const bridge_out* value) {
        const auto it = self(host).state.find(std::string(view(key)));
        return it == self(host).state.end() ? static_cast<std::int32_t>(BRIDGE_NOT_FOUND)
                                            : value->write(value, text(it->second));
    }
    static std::int32_t state_put(const bridge_host* host, bridge_text key, bridge_text value) {
        if (value.size == 0) {
            self(host).state.erase(std::string(view(key)));
        } else {
            self(host).state[std::string(view(key))] = view(value);
        }
        return BRIDGE_OK;
    }
    static std::int32_t files_list(const bridge_host* host, const bridge_out* out) {
        std::string list = "[";
        for (const auto& [name, file] : self(host).files) {  // names in tests need no escapes
            list += (list.size() > 1 ? "," : "") + std::string(R"({"name":")") + name + R"(","size":)" +
                    std::to_string(file.bytes.size()) + R"(,"modified_ms":)" +
                    std::to_string(file.modified_ms) + R"(,"version":")" + file.version + R"("})";
        }
        return out->write(out, text(list + "]"));
    }
    static std::int32_t files_read_chunk(const bridge_host* host, bridge_text name, std::uint64_t offset,
                                         std::uint32_t max_bytes, const bridge_out* out) {
        const auto it = self(host).files.find(std::string(view(name)));
        if (it == self(host).files.end()) return BRIDGE_NOT_FOUND;
        if (offset == 0) ++self(host).files_read;
        const std::string_view bytes = it->second.bytes;
        return offset >= bytes.size() ? static_cast<std::int32_t>(BRIDGE_OK)
                                      : out->write(out, text(bytes.substr(offset, max_bytes)));
    }
    static std::int32_t http_send(const bridge_host* host, const bridge_http_request* request,
                                  const bridge_http_sink* sink) {
        return http_send_many(host, &request, 1, sink);
    }
    static std::int32_t http_send_many(const bridge_host* host, const bridge_http_request* const* list,
                                       std::uint32_t count, const bridge_http_sink* sink) {
        for (std::uint32_t i = 0; i < count; ++i) {
            if (self(host).cancelled) return BRIDGE_CANCELLED;
            const auto& r = *list[i];
            self(host).requests.push_back({std::string(view(r.method)), std::string(view(r.url)),
                                           detail::headers_of(view(r.headers_json)),
                                           std::string(view(r.body)), std::string(view(r.auth_profile)),
                                           (r.flags & BRIDGE_HTTP_SAFE) != 0, r.timeout_ms});
            const auto answer = self(host).http(self(host).requests.back());
            auto code = answer.code;
            if (code == BRIDGE_OK)
                code = sink->head(sink, i, answer.status, text(detail::headers_text(answer.headers)));
            if (code == BRIDGE_OK) code = sink->body(sink, i, text(answer.body));
            const bridge_error error{sizeof(bridge_error), code, answer.retry_after_ms, text(answer.why), {}};
            sink->end(sink, i, &error);
        }
        return BRIDGE_OK;
    }

    static const void* service(const bridge_host* host, bridge_text wanted) {
        static const bridge_log log_service{sizeof(bridge_log), 0, log_line};
        static const bridge_clock clock_service{sizeof(bridge_clock), 0, clock_now, clock_sleep};
        static const bridge_cancel cancel_service{sizeof(bridge_cancel), 0, cancel_requested};
        static const bridge_state state_service{sizeof(bridge_state), 0, state_get, state_put};
        static const bridge_files files_service{sizeof(bridge_files), 0, files_list, files_read_chunk};
        static const bridge_http http_service{sizeof(bridge_http), 0, http_send, http_send_many};
        const auto id = view(wanted);
        if (id == BRIDGE_HTTP && self(host).http) return &http_service;
        if (id == BRIDGE_LOG) return &log_service;
        if (id == BRIDGE_CLOCK) return &clock_service;
        if (id == BRIDGE_CANCEL) return &cancel_service;
        if (id == BRIDGE_STATE) return &state_service;
        if (id == BRIDGE_FILES && self(host).offers_files) return &files_service;
        return nullptr;
    }

    bridge_host c_;
    std::int64_t writes_ = 0;
};

// What one call did.
struct Run {
    struct Event {
        enum class What { emit, reject, checkpoint } what;
        std::string kind;  // of emit and reject
        std::string key;   // of reject
        std::string text;  // the record, the reason or the cursor
    };
    std::int32_t code = BRIDGE_OK;
    std::string user_message, log_message;
    std::int64_t retry_after_ms = -1;
    std::vector<Event> events;
    std::string cursor;  // of the last checkpoint, else the one that the pull began with
    std::string answer;  // the receipt of a push, the accounts of a find

    [[nodiscard]] std::vector<std::string> records(std::string_view kind) const {
        std::vector<std::string> out;
        for (const auto& e : events) {
            if (e.what == Event::What::emit && e.kind == kind) out.push_back(e.text);
        }
        return out;
    }
    [[nodiscard]] std::vector<Event> rejected() const { return only(Event::What::reject); }
    [[nodiscard]] std::vector<Event> checkpoints() const { return only(Event::What::checkpoint); }
    // Records that a checkpoint covers: what a host keeps when the run ends here.
    [[nodiscard]] std::vector<std::string> durable(std::string_view kind) const {
        std::vector<std::string> out, open;
        for (const auto& e : events) {
            if (e.what == Event::What::emit && e.kind == kind) open.push_back(e.text);
            if (e.what != Event::What::checkpoint) continue;
            out.insert(out.end(), open.begin(), open.end());
            open.clear();
        }
        return out;
    }

private:
    [[nodiscard]] std::vector<Event> only(Event::What what) const {
        std::vector<Event> out;
        std::copy_if(events.begin(), events.end(), std::back_inserter(out),
                     [&](const Event& e) { return e.what == what; });
        return out;
    }
};

class Bench {
public:
    // Throws std::logic_error when there is no such adapter.
    Bench(Host& host, std::string_view adapter_id, const bridge_entry& entry = bridge_adapter_entry)
        : host_(host) {
        adapter_ = entry.create(host.c(), text(adapter_id));
        if (!adapter_) throw std::logic_error("create() knows no such adapter");
        if (!BRIDGE_HAS(bridge_adapter, adapter_, destroy))
            throw std::logic_error("bridge_adapter is too small");
    }
    ~Bench() { adapter_->destroy(adapter_->self); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    Run configure(std::string_view settings_json) {
        return call([&](const bridge_call* c, Run&) {
            return adapter_->configure(adapter_->self, c, text(settings_json));
        });
    }
    Run check() {
        return call([&](const bridge_call* c, Run&) { return adapter_->check(adapter_->self, c); });
    }
    Run pull(std::string_view cursor) { return pull_until(-1, cursor); }
    // The stream answers BRIDGE_CANCELLED to all that follows the n-th checkpoint; -1: never.
    Run pull_until(int checkpoints, std::string_view cursor) {
        const auto* source =
            static_cast<const bridge_source*>(adapter_->facet(adapter_->self, text(BRIDGE_SOURCE)));
        if (!source || !BRIDGE_HAS(bridge_source, source, pull))
            throw std::logic_error("the adapter is no source");
        return call([&](const bridge_call* c, Run& run) {
            run.cursor = cursor;
            Streaming streaming{&run, checkpoints};
            const bridge_stream stream{sizeof(bridge_stream), 0, &streaming, emit, checkpoint, reject};
            return source->pull(adapter_->self, c, text(cursor), &stream);
        });
    }
    Run push(std::string_view kind, std::string_view key, std::string_view record_json,
             std::string_view previous_json = {}) {
        const auto* sink =
            static_cast<const bridge_sink*>(adapter_->facet(adapter_->self, text(BRIDGE_SINK)));
        if (!sink || !BRIDGE_HAS(bridge_sink, sink, push)) throw std::logic_error("the adapter is no sink");
        return call([&](const bridge_call* c, Run& run) {
            const bridge_out out{sizeof(bridge_out), 0, &run, answered};
            return sink->push(adapter_->self, c, text(kind), text(key), text(record_json),
                              text(previous_json), &out);
        });
    }
    Run find(std::string_view identifiers_json) {
        const auto* users =
            static_cast<const bridge_users*>(adapter_->facet(adapter_->self, text(BRIDGE_USERS)));
        if (!users || !BRIDGE_HAS(bridge_users, users, find))
            throw std::logic_error("the adapter knows no accounts");
        return call([&](const bridge_call* c, Run& run) {
            const bridge_out out{sizeof(bridge_out), 0, &run, answered};
            return users->find(adapter_->self, c, text(identifiers_json), &out);
        });
    }

private:
    static std::int32_t answered(const bridge_out* out, bridge_text chunk) {
        static_cast<Run*>(out->ctx)->answer.append(view(chunk));
        return BRIDGE_OK;
    }
    struct Streaming {
        Run* run;
        int checkpoints_left;
        std::int32_t add(Run::Event event) {
            if (checkpoints_left == 0) return BRIDGE_CANCELLED;
            run->events.push_back(std::move(event));
            return BRIDGE_OK;
        }
    };
    static Streaming& at(const bridge_stream* stream) { return *static_cast<Streaming*>(stream->ctx); }
    static std::int32_t emit(const bridge_stream* s, bridge_text kind, bridge_text record) {
        return at(s).add({Run::Event::What::emit, std::string(view(kind)), "", std::string(view(record))});
    }
    static std::int32_t reject(const bridge_stream* s, bridge_text kind, bridge_text key,
                               bridge_text reason) {
        return at(s).add({Run::Event::What::reject, std::string(view(kind)), std::string(view(key)),
                          std::string(view(reason))});
    }
    static std::int32_t checkpoint(const bridge_stream* s, bridge_text cursor) {
        const auto code = at(s).add({Run::Event::What::checkpoint, "", "", std::string(view(cursor))});
        if (code != BRIDGE_OK) return code;
        at(s).run->cursor = view(cursor);
        if (at(s).checkpoints_left > 0) --at(s).checkpoints_left;
        return BRIDGE_OK;
    }

    struct Calling {
        Host* host;
        Run* run;
    };
    template <class F>
    Run call(F&& function) {
        Run run;
        Calling calling{&host_, &run};
        const bridge_call c{sizeof(bridge_call), 0, &calling, 0, is_cancelled, told};
        const std::int32_t code = function(&c, run);
        if (run.code != BRIDGE_OK && run.code != code)
            throw std::logic_error("fail() told another code than the function returned");
        run.code = code;
        return run;
    }
    static std::int32_t is_cancelled(const bridge_call* c) {
        return static_cast<Calling*>(c->ctx)->host->cancelled ? 1 : 0;
    }
    static void told(const bridge_call* c, const bridge_error* error) {
        auto& run = *static_cast<Calling*>(c->ctx)->run;
        run.code = error->code;
        run.retry_after_ms = error->retry_after_ms;
        run.user_message = view(error->user_message);
        run.log_message = view(error->log_message);
    }

    Host& host_;
    bridge_adapter* adapter_ = nullptr;
};

}  // namespace bridge::testing
