// Periods of what is not about leaving: each class goes on the day when it is over, and nothing else with it;
// what the daemon does by itself, once a day.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "core/engine/privacy/retention.hpp"
#include "core/engine/sync_world.hpp"

namespace capbridge::engine {
namespace {

using namespace std::chrono_literals;

constexpr const char* agent = "mbox|mailto:a@demo.example";
constexpr const char* activity = "https://lms.example/AI-1";

// From the tenth of March 2020 on. Times of the journal, which are the machine's, are all later: nobody
// doubts the clock.
class Retained : public testing::Test {
protected:
    Retained() { at("2020-03-10T09:00:00Z"); }
    void at(const std::string& time) { w.now_ms = unix_ms(*parse_instant(time)); }
    Instant now() { return from_unix_ms(w.now_ms); }
    store::Access& access() { return w.bridge->store().access(); }

    void publish(bool daily, const json& keep) {
        json rules{{"version", "1"}, {"daily", daily}, {"rules", json::array()}};
        for (const auto& [of, period] : keep.items())
            rules["rules"].push_back({{"class", of}, {"keep", period}});
        w.ask("retention.publish", {{"text", rules.dump()}});
    }
    std::size_t previewed(const std::string& of) {
        const auto told = w.ask("retention.preview");
        for (const auto& one : told["classes"])
            if (one["class"] == of) return one["rows"];
        return 999;
    }
    // A sync with two records that cannot be used, and one that can: the number of its run.
    std::int64_t sync(const std::string& one, const std::string& other) {
        w.scripts["lms"].pull = [one, other](std::string_view, RecordStream& out,
                                             const std::atomic<bool>&) -> Status {
            for (const auto& key : {one, other}) {
                auto record = json::parse(World::completion(0, "danced"));
                record["key"] = key;
                CAPBRIDGE_TRY(out.emit("completion", record.dump()));
            }
            return out.emit("completion", World::completion(0));
        };
        return w.sync("lms")["run"];
    }
    std::string quarantined() {
        std::string keys;
        const auto told = w.ask("quarantine.list");
        for (const auto& one : told["records"]) keys += one["key"].get<std::string>();
        return keys;
    }
    std::size_t details(std::int64_t run) { return w.bridge->store().sources().rejected(run).size(); }

    void document(const store::DocumentKey& key) {
        std::promise<bool> done;
        w.bridge->store().documents().put(key, {"text/plain", "bookmark"}, {}, now(),
                                          [&](Status status) { done.set_value(status.has_value()); });
        EXPECT_TRUE(done.get_future().get());
    }
    bool holds(const store::DocumentKey& key) { return w.bridge->store().documents().get(key).has_value(); }
    std::string link(Instant expires) { return *access().add_login_link(expires); }
    std::string session(Instant expires) {
        return *access().redeem_login_link(link(now() + 15min), now(), expires);
    }
    // Sessions and links, over or not.
    std::size_t sign_ins() {
        return w.bridge->store().erasings().count_perished(store::Perishable::sessions, now() + 87'600h);
    }
    SyncWorld w;
};

TEST_F(Retained, EachClassGoesOnItsDayAndNothingElseWithIt) {
    using Kind = store::DocumentKey::Kind;
    const store::DocumentKey state{Kind::state, activity, agent, "", "state", ""},
        theirs{Kind::agent_profile, "", agent, "", "agent profile", ""},
        course{Kind::activity_profile, activity, "", "", "activity profile", ""};
    w.source("lms");
    const auto first = sync("a", "b");
    document(state);
    document(theirs);
    link(now() + 15min);
    session(now() + 8h);
    const auto lasting = session(now() + 720h);
    session(*parse_instant("2020-03-11T00:00:00Z"));
    // The first moment of the next day: "b" is seen again, a document is changed, others are new.
    at("2020-03-11T00:00:00Z");
    const auto second = sync("b", "c");
    document(theirs);
    document(course);
    link(now());
    publish(false, {{"leavers", "P6Y"},
                    {"quarantine", "P90D"},
                    {"run_details", "P1Y"},
                    {"documents", "P2Y"},
                    {"sessions", "P7D"}});

    const auto applied_on = [&](const std::string& day, const std::string& of, std::size_t rows) {
        at(day + "T00:00:00Z");
        w.now_ms -= 1;
        EXPECT_EQ(previewed(of), 0U) << of << " just before " << day;
        at(day + "T00:00:00Z");
        EXPECT_EQ(previewed(of), rows) << of;
        const auto counts = w.ask("retention.apply")["counts"];
        EXPECT_EQ(counts[of], rows);
        EXPECT_EQ(previewed(of), 0U) << of << " is applied";
        EXPECT_EQ(counts["leavers"], 0);
        return counts;
    };
    EXPECT_EQ(sign_ins(), 5U);
    auto counts = applied_on("2020-03-18", "sessions", 2);
    EXPECT_EQ(counts["quarantine"].get<int>() + counts["run_details"].get<int>(), 0);
    EXPECT_EQ(counts["documents"], 0);
    EXPECT_EQ(sign_ins(), 3U);
    EXPECT_TRUE(access().check_session(lasting, now())) << "is not over";
    EXPECT_EQ(quarantined(), "abc");

    counts = applied_on("2020-06-09", "quarantine", 1);
    EXPECT_EQ(counts["run_details"].get<int>() + counts["documents"].get<int>(), 0);
    EXPECT_EQ(quarantined(), "bc");
    EXPECT_EQ(details(first), 2U);

    counts = applied_on("2021-03-11", "run_details", 2);
    EXPECT_EQ(counts["documents"], 0);
    EXPECT_EQ(details(first), 0U);
    EXPECT_EQ(details(second), 2U);
    EXPECT_TRUE(holds(state));

    applied_on("2022-03-11", "documents", 1);
    EXPECT_FALSE(holds(state));
    EXPECT_TRUE(holds(theirs));
    EXPECT_TRUE(holds(course));
    applied_on("2022-03-12", "documents", 2);
    EXPECT_FALSE(holds(theirs) || holds(course));
}

class Daily : public Retained {
protected:
    std::vector<std::string> runs() {
        std::vector<std::string> out;
        const auto told = w.ask("run.list");
        for (const auto& run : told["runs"])
            if (run["kind"] == "retention")
                out.push_back(run["who"].get<std::string>() + ": " + run["outcome"].get<std::string>());
        return out;
    }
    void wait_for(std::size_t count) {
        for (int i = 0; runs().size() < count && i < 2000; ++i) std::this_thread::sleep_for(5ms);
        std::this_thread::sleep_for(100ms);  // for many more looks
        EXPECT_EQ(runs(), std::vector<std::string>(count, "retention: ok"));
    }
    void over() { link(now() - 72h); }
};

TEST_F(Daily, TheDaemonAppliesThemOnceADayWhenTheySaySo) {
    publish(true, {{"sessions", "P1D"}});
    over();
    const RetentionTicker ticker(*w.bridge, 1ms);
    wait_for(1);
    EXPECT_EQ(sign_ins(), 0U);
    over();
    wait_for(1);
    EXPECT_EQ(sign_ins(), 1U) << "today's have been applied";
    w.pass(14h);  // 23:00
    wait_for(1);
    w.pass(1h);
    wait_for(2);
    EXPECT_EQ(sign_ins(), 0U);
    publish(false, {{"sessions", "P1D"}});
    over();
    w.pass(24h);
    wait_for(2);
    EXPECT_EQ(sign_ins(), 1U);
}

}  // namespace
}  // namespace capbridge::engine
