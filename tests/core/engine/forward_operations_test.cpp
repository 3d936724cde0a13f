// The operations on targets, the forwarder's threads, and what monitoring is told.
#include <gmock/gmock.h>

#include <thread>

#include "core/engine/forward/forwarder.hpp"
#include "core/engine/forward/report.hpp"
#include "core/engine/forward_world.hpp"
#include "core/engine/metric_lines.hpp"

namespace capbridge::engine::test {
namespace {

using ::testing::HasSubstr;

class ForwardOperationsTest : public ForwardTest {
protected:
    Forwarder::MakeClient make_client = [this] { return std::make_unique<FakeClient>(lrs); };
    json put(const std::string& name, const std::string& from = "start") {
        return {{"name", name},
                {"kind", "lrs"},
                {"settings", {{"url", "https://lrs.example/xapi"}}},
                {"from", from}};
    }
    template <class Condition>
    static bool soon(const Condition& condition) {
        for (int i = 0; i < 500; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }
    std::size_t received() {
        const std::lock_guard lock(lrs.mutex);
        return lrs.order.size();
    }
};

TEST_F(ForwardOperationsTest, ATargetIsAddedChangedShownAndRemoved) {
    append(0, 3);
    auto added = ask("forward.put", put("lrs"));
    EXPECT_EQ(true, added["new"]);
    EXPECT_EQ(3, added["behind"]);
    EXPECT_EQ(false, added["running"]);
    EXPECT_FALSE(added.contains("error"));
    EXPECT_EQ(false, ask("forward.put", put("lrs"))["changed"]);
    auto changed = put("lrs", "now");
    changed["settings"]["user"] = "key";
    changed["settings"]["secret_env"] = "CAPBRIDGE_NOT_SET";
    const auto again = ask("forward.put", changed);
    EXPECT_EQ(true, again["changed"]);
    EXPECT_EQ(3, again["behind"]);  // it keeps its place
    EXPECT_THAT(again["warnings"].at(0).get<std::string>(), HasSubstr("CAPBRIDGE_NOT_SET"));
    EXPECT_EQ("key", ask("forward.show", {{"name", "lrs"}})["settings"]["user"]);
    EXPECT_EQ(0, ask("forward.put", put("other", "now"))["behind"]);
    EXPECT_EQ(2, ask("forward.list")["targets"].size());
    ask("forward.remove", {{"name", "lrs"}});
    EXPECT_EQ("not_found", refused("forward.show", {{"name", "lrs"}}).code);
}

TEST_F(ForwardOperationsTest, BadParametersAreRefusedAndNothingIsStored) {
    EXPECT_EQ("bad_parameter", refused("forward.put", json::object()).code);
    EXPECT_EQ("bad_parameter", refused("forward.put", put("Not A Name")).code);
    auto bad = put("lrs");
    bad["from"] = "yesterday";
    EXPECT_EQ("bad_parameter", refused("forward.put", bad).code);
    bad = put("lrs");
    bad["kind"] = "kafka";
    EXPECT_EQ("bad_kind", refused("forward.put", bad).code);
    bad = put("lrs");
    bad["settings"]["secret"] = "hush";
    const auto error = refused("forward.put", bad);
    EXPECT_EQ("invalid_document", error.code);
    EXPECT_EQ(error.message.npos, error.message.find("hush"));
    bad["settings"] = "x";
    EXPECT_EQ("invalid_document", refused("forward.put", bad).code);
    EXPECT_EQ(0, ask("forward.list")["targets"].size());
    for (const auto* operation :
         {"forward.retry", "forward.drop", "forward.pause", "forward.resume", "forward.remove"})
        EXPECT_EQ("not_found", refused(operation, {{"name", "lrs"}, {"all", true}}).code);
}

TEST_F(ForwardOperationsTest, DeadLettersAreShownAndGivenUp) {
    append(0, 5);
    target();
    lrs.bad = {id(0), id(2), id(4)};
    run_worker();
    const auto shown = ask("forward.show", {{"name", "lrs"}});
    ASSERT_EQ(3, shown["dead"].size());
    EXPECT_EQ(id(0), shown["dead"][0]["statement"]);
    EXPECT_EQ("bad_parameter", refused("forward.drop", {{"name", "lrs"}}).code);
    EXPECT_EQ("not_found", refused("forward.drop", {{"name", "lrs"}, {"seq", 9999}}).code);
    EXPECT_EQ(2, ask("forward.drop", {{"name", "lrs"}, {"seq", shown["dead"][1]["seq"]}})["left"]);
    EXPECT_EQ(2, ask("forward.drop", {{"name", "lrs"}, {"all", true}})["dropped"]);
    EXPECT_EQ(0, ask("forward.list")["targets"][0]["dead_letters"]);
}

TEST_F(ForwardOperationsTest, TheForwarderSendsWhatIsAppendedAndEndsPromptly) {
    append(0, 3);
    ask("forward.put", put("lrs"));
    {
        const Forwarder forwarder(*bridge, make_client);
        EXPECT_TRUE(soon([&] { return received() == 3; }));
        append(3, 5);
        bridge->wake();
        EXPECT_TRUE(soon([&] { return received() == 5; }));
        EXPECT_TRUE(soon([&] { return ask("forward.list")["targets"][0]["delivered"] == 5; }));
        ask("forward.pause", {{"name", "lrs"}});
        append(5, 6);
        bridge->wake();
        ask("forward.put", put("second"));  // beside it
        EXPECT_TRUE(soon([&] { return ask("forward.show", {{"name", "second"}})["behind"] == 0; }));
        EXPECT_EQ(1, ask("forward.show", {{"name", "lrs"}})["behind"]);
        ask("forward.resume", {{"name", "lrs"}});
        EXPECT_TRUE(soon([&] { return ask("forward.show", {{"name", "lrs"}})["behind"] == 0; }));
    }
    EXPECT_EQ(false, ask("forward.list")["targets"][0]["running"]);
    EXPECT_EQ(ids(0, 6), lrs.order);
}

TEST_F(ForwardOperationsTest, OneTargetThatHangsKeepsNoOtherWaiting) {
    append(0, 3);
    auto hanging = put("hanging");
    hanging["settings"]["url"] = "https://hanging.example/xapi";
    ask("forward.put", hanging);
    ask("forward.put", put("lrs"));
    std::atomic<bool> hangs{true};
    class Hanging final : public net::HttpClient {
    public:
        Hanging(FakeTarget& target, std::atomic<bool>& hangs) : target_(target), hangs_(hangs) {}
        Result<net::HttpAnswer> send(const net::HttpRequest& request) override {
            if (request.url.find("hanging") == request.url.npos) return target_.send(request);
            while (hangs_ && !request.cancel->load()) std::this_thread::sleep_for(5ms);
            return fail("cancelled", "given up");
        }

    private:
        FakeTarget& target_;
        std::atomic<bool>& hangs_;
    };
    {
        const Forwarder forwarder(*bridge, [&] { return std::make_unique<Hanging>(lrs, hangs); });
        EXPECT_TRUE(soon([&] { return received() == 3; }));
    }  // ends, though a request is under way
    EXPECT_EQ(0, bridge->store().outbox().target("hanging")->cursor);
}

TEST_F(ForwardOperationsTest, MonitoringIsToldTheLag) {
    EXPECT_TRUE(forward_metrics(*bridge).empty());
    append(0, 4);
    const auto stored = bridge->store().journal().statement(id(0))->stored;
    target();
    clock_ms = unix_ms(stored + 90s);
    auto text = lines_of(forward_metrics(*bridge));
    EXPECT_THAT(text, HasSubstr("# TYPE capbridge_forward_lag_seconds gauge\n"));
    EXPECT_THAT(text, HasSubstr("capbridge_forward_behind_entries{target=\"lrs\",kind=\"lrs\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("capbridge_forward_lag_seconds{target=\"lrs\",kind=\"lrs\"} 90\n"));
    lrs.bad = {id(1)};
    run_worker();
    text = lines_of(forward_metrics(*bridge));
    EXPECT_THAT(text, HasSubstr("capbridge_forward_behind_entries{target=\"lrs\",kind=\"lrs\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("capbridge_forward_lag_seconds{target=\"lrs\",kind=\"lrs\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("capbridge_forward_delivered_total{target=\"lrs\",kind=\"lrs\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("capbridge_forward_dead_letters{target=\"lrs\",kind=\"lrs\"} 1\n"));
}

}  // namespace
}  // namespace capbridge::engine::test
