// A bridge on a temporary directory with a clock that the test moves, statements in its journal, and a target
// that behaves like a store, or as the test wants.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/engine/bridge.hpp"
#include "core/engine/forward/worker.hpp"
#include "core/engine/operations.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::engine::test {

using namespace std::chrono_literals;

struct MovingClock final : Clock {
    explicit MovingClock(const std::atomic<std::int64_t>& ms) : ms_(ms) {}
    [[nodiscard]] Instant now() const override { return from_unix_ms(ms_); }
    const std::atomic<std::int64_t>& ms_;
};

// A store that others send to. Statements are kept in the order in which they came.
class FakeTarget {
public:
    using Answer = Result<net::HttpAnswer>;
    std::function<std::optional<Answer>(const net::HttpRequest&)> script;  // asked first
    std::set<std::string> bad;                                             // ids that it answers 400 for
    bool refuses_known = false;  // 409 for what it has, though it be the same
    bool loses_answers = false;  // stores, and then the connection breaks
    std::vector<net::HttpRequest> requests;
    std::vector<std::string> order;
    std::map<std::string, json> stored;

    static Answer status(int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
        net::HttpAnswer out;
        out.status = status;
        out.headers = std::move(headers);
        return out;
    }
    static Answer error(const std::string& code) { return fail(code, "it is " + code); }

    Answer send(const net::HttpRequest& request) {
        const std::lock_guard lock(mutex);
        requests.push_back(request);
        if (script) {
            if (auto answer = script(request)) return *answer;
        }
        if (request.method == "GET") return get(request.url);
        auto body = json::parse(request.body, nullptr, false);
        if (body.is_object()) body = body["statements"];
        if (!body.is_array()) return status(400);
        for (const auto& statement : body) {
            const std::string id = statement.at("id");
            if (bad.contains(id)) return status(400);
            if (const auto it = stored.find(id);
                it != stored.end() && (refuses_known || !xapi::equivalent(it->second, statement)))
                return status(409);
        }
        for (const auto& statement : body) {
            const std::string id = statement.at("id");
            if (stored.emplace(id, statement).second) order.push_back(id);
        }
        if (loses_answers) return error("timeout");
        return status(200);
    }
    std::mutex mutex;

private:
    Answer get(const std::string& url) {
        const auto it = stored.find(url.substr(url.find('=') + 1));
        if (it == stored.end() || url.find("voided") != url.npos) return status(404);
        auto out = *status(200);
        out.body = it->second.dump();
        return out;
    }
};

class FakeClient final : public net::HttpClient {
public:
    explicit FakeClient(FakeTarget& target) : target_(target) {}
    Result<net::HttpAnswer> send(const net::HttpRequest& request) override { return target_.send(request); }

private:
    FakeTarget& target_;
};

class ForwardTest : public ::testing::Test {
protected:
    void SetUp() override {
        log::set_level(log::Level::error);
        dir = std::filesystem::temp_directory_path() / ("capbridge-forward-" + uuid_v4());
        open();
    }
    void TearDown() override {
        worker.reset();
        bridge.reset();
        std::filesystem::remove_all(dir);
    }
    void open() {
        worker.reset();
        bridge.reset();
        auto store = store::open_store(dir, store::Mode::own, "https://bridge.example");
        ASSERT_TRUE(store) << store.error().text();
        bridge =
            std::make_unique<Bridge>(std::move(*store), nullptr, std::make_unique<MovingClock>(clock_ms));
    }

    ordered_json ask(std::string_view operation, const json& params = json::object()) {
        auto answer = run_operation(*bridge, operation, params, {"tests"});
        EXPECT_TRUE(answer) << operation << ": " << answer.error().text();
        return answer.value_or(ordered_json::object());
    }
    Error refused(std::string_view operation, const json& params) {
        auto answer = run_operation(*bridge, operation, params, {"tests"});
        EXPECT_FALSE(answer) << answer->dump();
        return answer ? Error{} : answer.error();
    }

    static std::string id(int n) {
        return uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", std::to_string(n));
    }
    static json statement(int n, const json& more = json::object()) {
        json out{
            {"id", id(n)},
            {"actor", {{"objectType", "Agent"}, {"mbox", "mailto:p" + std::to_string(n % 3) + "@x.example"}}},
            {"verb",
             {{"id", "http://adlnet.gov/expapi/verbs/" + std::string(n % 2 == 0 ? "passed" : "failed")}}},
            {"object", {{"id", "https://lms.example/course/" + std::to_string(n)}}},
            {"timestamp", "2026-05-01T09:00:00Z"},
            {"version", "1.0.0"}};
        out.update(more);
        return out;
    }
    std::int64_t new_run(const std::string& source = "") {
        store::RunRow run;
        run.kind = source.empty() ? "request" : "sync";
        run.source = source;
        run.who = "tests";
        run.began = bridge->now();
        return bridge->store().sources().begin_run(run).value();
    }
    // Appends them in one commit; the seq of the last.
    std::int64_t append(const std::vector<json>& statements, std::int64_t run = 0,
                        const std::string& owner = "",
                        const std::function<void(store::NewStatement&)>& change = {}) {
        store::Batch batch;
        batch.run = run != 0 ? run : new_run();
        batch.who = "tests";
        batch.owner = owner;
        for (const auto& one : statements) {
            store::NewStatement out;
            out.id = one.at("id");
            out.body = one.dump();
            out.keys = xapi::keys_of(one);
            if (const auto read = xapi::read_statement(one); read.voids()) out.voids = read.object_id;
            if (change) change(out);
            batch.entries.emplace_back(std::move(out));
        }
        auto appended = bridge->store().journal().append(std::move(batch));
        EXPECT_TRUE(appended) << appended.error().text();
        return appended ? appended->last_seq : 0;
    }
    std::int64_t append(int from, int to) {
        std::vector<json> out;
        for (int n = from; n < to; ++n) out.push_back(statement(n));
        return append(out);
    }

    // Adds the target "lrs" and makes its worker.
    void target(const json& settings = json::object(), const std::string& kind = "lrs",
                const std::string& from = "start") {
        json all{{"url", "https://lrs.example/xapi"}};
        all.update(settings);
        ask("forward.put", {{"name", "lrs"}, {"kind", kind}, {"settings", all}, {"from", from}});
        start_worker();
    }
    void start_worker() {
        const auto row = bridge->store().outbox().target("lrs");
        ASSERT_TRUE(row);
        worker = std::make_unique<ForwardWorker>(*bridge, client, row->uuid, stopping, [] { return 1.0; });
    }
    // Turns until there is nothing more to do at once.
    ForwardTurn run_worker() {
        for (int i = 0; i < 1000; ++i) {
            const auto turn = worker->turn();
            if (turn.next != ForwardTurn::Next::again) return turn;
        }
        ADD_FAILURE() << "it does not end";
        return {};
    }
    std::int64_t cursor() { return bridge->store().outbox().target("lrs")->cursor; }
    std::vector<store::DeadLetter> dead() {
        auto& outbox = bridge->store().outbox();
        return outbox.dead_letters(outbox.target("lrs")->uuid, 1000);
    }
    ForwardState state() { return bridge->forwarding.state(bridge->store().outbox().target("lrs")->uuid); }
    static std::vector<std::string> ids(int from, int to) {
        std::vector<std::string> out;
        for (int n = from; n < to; ++n) out.push_back(id(n));
        return out;
    }
    void pass_time(std::chrono::milliseconds time) { clock_ms += time.count(); }

    std::atomic<std::int64_t> clock_ms{unix_ms(*parse_instant("2026-06-01T09:00:00Z"))};
    std::filesystem::path dir;
    std::unique_ptr<Bridge> bridge;
    FakeTarget lrs;
    FakeClient client{lrs};
    std::atomic<bool> stopping{false};
    std::unique_ptr<ForwardWorker> worker;
};

}  // namespace capbridge::engine::test
