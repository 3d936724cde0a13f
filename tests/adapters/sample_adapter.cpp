// Two adapters in one file that do what a test asks of them, to try the host's side.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "bridge/http.hpp"

namespace {

// A member's number or text out of settings that the tests write without spaces.
std::string setting(const std::string& json, const std::string& name) {
    const auto at = json.find("\"" + name + "\":");
    if (at == std::string::npos) return "";
    auto from = at + name.size() + 3;
    if (json[from] == '"') return json.substr(from + 1, json.find('"', from + 1) - from - 1);
    return json.substr(from, json.find_first_of(",}", from) - from);
}

class Sample : public bridge::Adapter, public bridge::Source, public bridge::Sink, public bridge::Users {
public:
    static constexpr std::string_view id = "test.sample";
    static std::string descriptor() {
        return R"({"id":"test.sample","name":"Sample","vendor":"Test","version":"1.0.0",
                   "facets":["source","sink","users"],"kinds":["completion","course"],"threads":true,
                   "allowed_hosts":["lms.example.org","*.api.example.org:8443"],
                   "config_schema":{"type":"object","required":["do"],"properties":{"do":{"type":"string"}}}})";
    }
    explicit Sample(bridge::Host host) : host_(host) {}

    void configure(std::string_view settings, const bridge::Call&) override {
        settings_ = settings;
        if (setting(settings_, "do") == "bad_settings")
            throw bridge::Failure{BRIDGE_CONFIG, "That will not do."};
    }
    void check(const bridge::Call& call) override {
        if (call.deadline_unix_ms() == 0) throw bridge::Failure{BRIDGE_INTERNAL, {}, "no deadline"};
        if (setting(settings_, "do") == "auth")
            throw bridge::Failure{BRIDGE_AUTH, "The token has expired.", "HTTP 401"};
        if (setting(settings_, "do") == "get") get(nullptr);
        if (setting(settings_, "do") == "wait") host_.sleep_ms(30'000);
        if (setting(settings_, "do") == "warn") {
            host_.log(BRIDGE_LOG_INFO, "Asking.");
            host_.log(BRIDGE_LOG_WARN, "The report is empty.");
        }
    }

    void pull(std::string_view cursor, bridge::Stream& out, const bridge::Call& call) override {
        const auto what = setting(settings_, "do");
        if (what == "count") return count(cursor, out);
        if (what == "services") return services(out);
        if (what == "retry") throw bridge::Failure{BRIDGE_RETRY, "Too many requests.", {}, 1500};
        if (what == "sleep") return host_.sleep_ms(std::atoll(setting(settings_, "ms").c_str()));
        if (what == "wait_for_cancel") {
            out.emit("course", R"({"id":"before"})");
            out.checkpoint("1");
            while (!call.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
            call.stop_if_cancelled();
        }
        if (what == "ignore_cancel") {
            out.checkpoint("1");
            while (true) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        if (what == "threads") return threads(out);
        if (what == "no_json") out.emit("course", "{\"id\":");
        if (what == "two_in_one") out.emit("course", R"({"id":"a"},"kind":"statement")");
        if (what == "too_large") {
            const bool taken = out.emit("course", "{\"id\":\"" + std::string(2u << 20, 'x') + "\"}");
            out.emit("course", taken ? R"({"id":"taken"})" : R"({"id":"refused"})");
        }
        if (what == "cursor") {
            out.emit("course", "{\"id\":\"" + std::to_string(cursor.size()) + "\"}");
            out.checkpoint(full_folder(std::atoll(setting(settings_, "files").c_str())));
        }
        if (what == "http") http(out);
        if (what == "changing") changing(out, call);
        if (what == "get") get(&out);
        if (what == "fds") out.emit("course", "{\"id\":\"" + environment() + "\"}");
    }

    std::string push(std::string_view kind, std::string_view key, std::string_view record,
                     std::string_view previous, const bridge::Call&) override {
        if (key == "rejected") throw bridge::Failure{BRIDGE_REJECTED, "Nobody of that name."};
        if (key == "later") throw bridge::Failure{BRIDGE_RETRY, "Busy.", {}, 700};
        if (key == "crash") std::abort();
        if (key == "no receipt") return "";
        if (key == "no json") return "{\"a\":1},\"b\":2";
        return R"({"kind":")" + std::string(kind) + R"(","times":)" + std::to_string(++pushed_) +
               R"(,"record":)" + std::string(record) + R"(,"previous":)" +
               (previous.empty() ? "null" : std::string(previous)) + "}\n";
    }

    // Everybody whose number is even, and with "liar" somebody who was not asked for.
    std::string find(std::string_view identifiers, const bridge::Call&) override {
        std::string out = "[";
        std::size_t index = 0;
        for (auto at = identifiers.find("\"value\":\""); at != std::string_view::npos;
             at = identifiers.find("\"value\":\"", at + 1), ++index) {
            const auto value =
                std::string(identifiers.substr(at + 9, identifiers.find('"', at + 9) - at - 9));
            if (std::atoi(value.c_str()) % 2 != 0) continue;
            out += (out.size() > 1 ? "," : "") + (R"({"index":)" + std::to_string(index)) +
                   R"(,"identifiers":[{"scheme":"account:https://lms.example.org","issuer":"","value":"u)" +
                   value + "\"}]}";
        }
        if (setting(settings_, "do") == "liar") out = R"([{"index":7,"identifiers":[])" + std::string("}");
        return out + "]";
    }

private:
    // One record for each answer.
    void http(bridge::Stream& out) {
        const std::string body(static_cast<std::size_t>(std::atoll(setting(settings_, "size").c_str())), 'b');
        std::vector<bridge::HttpRequest> requests;
        for (int i = 0; i < std::atoi(setting(settings_, "requests").c_str()); ++i) {
            requests.push_back({.method = "POST",
                                .url = "https://lms.example.org/" + std::to_string(i),
                                .headers = {{"accept", "text/\"plain\""}},
                                .body = i == 1 ? "\xff\x01" + body : body,
                                .auth = "lms",
                                .safe = i % 2 == 0,
                                .timeout_ms = 1000 + i});
        }
        std::size_t at = 0;
        for (const auto& answer : bridge::Http(host_).send_many(requests)) {
            out.emit("course",
                     R"({"id":")" + std::to_string(at++) + R"(","code":)" + std::to_string(answer.code) +
                         R"(,"status":)" + std::to_string(answer.status) + R"(,"size":)" +
                         std::to_string(answer.body.size()) + R"(,"type":")" +
                         std::string(answer.header("content-type")) + R"(","retry":)" +
                         std::to_string(answer.retry_after_ms) + R"(,"why":")" + answer.why + "\"}");
        }
    }

    // One record of the answer; "meanwhile" something else happens; "say" is said afterwards, everywhere.
    void get(bridge::Stream* out) {
        const auto meanwhile = setting(settings_, "meanwhile"), say = setting(settings_, "say");
        std::thread other;
        if (!meanwhile.empty()) {
            other = std::thread([meanwhile] {
                for (int i = 0; i < 200; ++i) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(2));
                    if (meanwhile == "exit" && i == 100) _exit(3);
                    if (meanwhile != "grow") continue;
                    char* volatile memory = static_cast<char*>(std::malloc(4u << 20));
                    if (memory != nullptr) std::memset(memory, i, 4u << 20);
                }
            });
        }
        const auto answer = bridge::Http(host_).send(
            {.method = "GET", .url = setting(settings_, "url"), .auth = setting(settings_, "auth")});
        if (other.joinable()) other.join();
        if (!say.empty()) {
            host_.log(BRIDGE_LOG_WARN, "it says " + say);
            if (out != nullptr) out->reject("course", "k", R"({"reason":"it says )" + say + "\"}");
            throw bridge::Failure{BRIDGE_REJECTED, "It says " + say + ".", "and " + say};
        }
        if (answer.code != BRIDGE_OK)
            throw bridge::Failure{answer.code, answer.why, {}, answer.retry_after_ms};
        if (answer.status != 200)
            throw bridge::Failure{BRIDGE_RETRY, "HTTP " + std::to_string(answer.status)};
        if (out != nullptr)
            out->emit("course", R"({"id":"1","size":)" + std::to_string(answer.body.size()) + R"(,"type":")" +
                                    std::string(answer.header("content-type")) + R"(","odd":")" +
                                    std::string(answer.header("x-odd")) + "\"}");
    }

    void count(std::string_view cursor, bridge::Stream& out) {
        const auto records = std::atoll(setting(settings_, "records").c_str());
        const auto every = std::atoll(setting(settings_, "every").c_str());
        for (auto i = cursor.empty() ? 0LL : std::atoll(std::string(cursor).c_str()); i < records; ++i) {
            const auto n = std::to_string(i);
            out.emit(
                "completion",
                R"({"who":[{"scheme":"esr-employee","issuer":"nymouth","value":")" + n +
                    R"("}],"activity":{"id":"AIF-101","title":"AI in practice"},"key":"AIF-101|)" + n +
                    R"(","what":"completed","occurred":{"value":"2026-03-01","precision":"day","basis":"completed"}})");
            if ((i + 1) % every == 0) out.checkpoint(std::to_string(i + 1));
        }
        out.checkpoint(std::to_string(records));
    }

    void services(bridge::Stream& out) {
        host_.log(BRIDGE_LOG_INFO, "hello");
        const auto before = host_.state("runs").value_or("0");
        host_.set_state("runs", std::to_string(std::atoi(before.c_str()) + 1));
        std::string text;
        if (host_.has_files()) {
            for (std::uint64_t at = 0;;) {
                const auto chunk = host_.read_file("a.txt", at, 3);
                if (chunk.empty()) break;
                text += chunk;
                at += chunk.size();
            }
        }
        out.emit("course", R"({"id":"s","runs":)" + before + R"(,"text":")" + text + R"(","files":)" +
                               (host_.has_files() ? host_.list_files() : "[]") + R"(,"http":)" +
                               (host_.http() ? "true" : "false") + "}");
        for (const char* path : {"../a.txt", "link.txt", "sub/b.txt", "/etc/passwd", ".", "absent.txt"}) {
            try {
                (void)host_.read_file(path, 0);
                out.emit("course", R"({"id":"escaped"})");
            } catch (const bridge::Failure& f) {
                out.reject("course", "", R"({"reason":"code )" + std::to_string(f.code) + "\"}");
            }
        }
    }

    // What a cursor that names so many files with their versions looks like.
    static std::string full_folder(long long files) {
        std::string cursor = "{\"files\":{";
        for (long long i = 0; i < files; ++i) {
            const auto n = std::to_string(100'000 + i);
            cursor += (i ? ",\"" : "\"") + ("learning-management-system-export-of-completions-" + n) +
                      "-2026-03-01T000000Z.csv\":\"12345-1234567890-1772323200.123456789-" + n + "\"";
        }
        return cursor + "}}";
    }

    // Lists, says so, waits for the test to write, and reads.
    void changing(bridge::Stream& out, const bridge::Call& call) {
        out.emit("snapshot_begin", R"({"scope":"s"})");
        (void)host_.list_files();
        if (setting(settings_, "when") == "reading") (void)host_.read_file("a.txt", 0, 3);
        out.checkpoint("listed");
        call.stop_if_cancelled();
        (void)host_.read_file("a.txt", setting(settings_, "when") == "reading" ? 3 : 0, 3);
        out.emit("snapshot_end", R"({"scope":"s"})");
    }

    // Services are usable from every thread while the call runs.
    void threads(bridge::Stream& out) {
        std::vector<std::thread> all;
        for (int t = 0; t < 4; ++t) {
            all.emplace_back([&, t] {
                for (int i = 0; i < 100; ++i) {
                    host_.set_state("t" + std::to_string(t), std::to_string(i));
                    out.emit("course",
                             R"({"id":")" + host_.state("t" + std::to_string(t)).value_or("?") + "\"}");
                }
            });
        }
        for (auto& t : all) t.join();
    }

    static std::string environment() {
        std::string out;
        for (char** e = environ; e && *e; ++e) out += "env ";
        for (int fd = 0; fd < 64; ++fd) {
            char target[256];
            const auto n = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
            if (n > 0)
                out += std::to_string(fd) + "=" +
                       std::string(target, static_cast<std::size_t>(n)).substr(0, 8) + " ";
        }
        return out;
    }

    bridge::Host host_;
    std::string settings_;
    int pushed_ = 0;
};

class NoSource : public bridge::Adapter {
public:
    static constexpr std::string_view id = "test.no_source";
    static constexpr std::string_view descriptor =
        R"({"id":"test.no_source","name":"No source","vendor":"Test","version":"1.0.0","facets":[],"config_schema":{"type":"object"}})";
    explicit NoSource(bridge::Host) {}
    void configure(std::string_view, const bridge::Call&) override {}
    void check(const bridge::Call&) override {}
};

}  // namespace

BRIDGE_ADAPTERS(Sample, NoSource)
