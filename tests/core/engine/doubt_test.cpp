// Why something is missing: a silent source, or somebody unknown who may be the person.
#include "core/engine/doubt.hpp"

#include <gtest/gtest.h>

#include "core/engine/directory_world.hpp"

namespace capbridge::engine {
namespace {

constexpr const char* item = "t1-ai-literacy-1";

std::string person(int number) {
    return "esr-employee:demo:" + std::to_string(1000 + number);
}
ordered_json explained(World& w, int number, const std::string& requirement = item) {
    return w.ask("explain", {{"person", person(number)}, {"requirement", requirement}});
}
std::string reason(World& w, int number) {
    return explained(w, number)["reason"];
}
void look(World& w) {
    ASSERT_TRUE(renew_doubt(*w.bridge));
    ASSERT_TRUE(w.bridge->project());
}
void set_state(World& w, const std::function<void(store::SourceStateRow&)>& set) {
    auto& sources = w.bridge->store().sources();
    const auto source = sources.source("lms");
    auto state = sources.source_state(source->uuid);
    set(state);
    ASSERT_TRUE(sources.put_source_state(source->uuid, state));
    look(w);
}
Instant hours_ago(World& w, int hours) {
    return w.bridge->now() - std::chrono::hours{hours};
}
void scheduled_source(World& w) {
    w.ask("source.put", {{"name", "lms"},
                         {"adapter", "script"},
                         {"activity_base", "https://lms.example/"},
                         {"schedule", {{"every", "PT1H"}}}});
}
void learn(World& w, int number, const std::string& activity) {
    w.pull = [=](std::string_view, RecordStream& out) -> Status {
        return out.emit("completion", World::completion(number, "completed", "2026-03-01", activity));
    };
    w.sync();
}
void say(World& w, const std::string& account, const std::string& name = "") {
    auto said = statement("x@x.example");
    said["actor"] = {{"account", {{"homePage", "https://lms.example"}, {"name", account}}}};
    if (!name.empty()) said["actor"]["name"] = name;
    const auto posted = post(w, said);
    ASSERT_TRUE(posted) << (posted ? "" : posted.error().text());
    ASSERT_TRUE(w.bridge->project());
    look(w);
}

TEST(Doubt, ASourceThatIsADayOverdueIsNamed) {
    World w;
    w.people(2);
    w.mapping();
    scheduled_source(w);
    learn(w, 0, "AI-1");
    EXPECT_EQ(reason(w, 1), "not_attempted");
    set_state(w, [&](auto& state) { state.next_due = hours_ago(w, 23); });
    EXPECT_EQ(reason(w, 1), "not_attempted");
    set_state(w, [&](auto& state) { state.next_due = hours_ago(w, 25); });
    EXPECT_EQ(reason(w, 0), "met_direct");
    const auto why = explained(w, 1);
    EXPECT_EQ(why["reason"], "source_stale");
    EXPECT_NE(why.dump().find("lms"), std::string::npos);
    set_state(w, [&](auto& state) { state.next_due = w.bridge->now(); });
    EXPECT_EQ(reason(w, 1), "not_attempted");
}

TEST(Doubt, ASourceThatWaitsForAPersonForADayIsSilent) {
    World w;
    w.people(1);
    w.mapping();
    scheduled_source(w);
    const auto held_since = [&](int hours) {
        set_state(w, [&](auto& state) {
            state.held = "rows_fell";
            state.last_ok = hours_ago(w, hours);
        });
    };
    held_since(5);
    EXPECT_EQ(reason(w, 0), "not_attempted");
    held_since(30);
    EXPECT_EQ(reason(w, 0), "source_stale");
}

TEST(Doubt, ASourceWithoutAScheduleOrOfOtherLearningIsNoMatter) {
    World w;
    w.people(1);
    w.mapping();
    w.source();
    set_state(w, [&](auto& state) {
        state.held = "rows_fell";
        state.last_ok = hours_ago(w, 300);
    });
    EXPECT_EQ(reason(w, 0), "not_attempted");
    w.ask("source.put", {{"name", "other"},
                         {"adapter", "script"},
                         {"activity_base", "https://other.example/"},
                         {"schedule", {{"every", "PT1H"}}}});
    auto& sources = w.bridge->store().sources();
    store::SourceStateRow late;
    late.next_due = hours_ago(w, 300);
    ASSERT_TRUE(sources.put_source_state(sources.source("other")->uuid, late));
    look(w);
    EXPECT_EQ(reason(w, 0), "not_attempted");
}

TEST(Doubt, SomebodyUnknownWhoMayBeThePersonIsTold) {
    DirectoryWorld w;
    w.people(3);
    w.mapping();
    say(w, "1001");
    EXPECT_EQ(reason(w, 0), "not_attempted");
    EXPECT_EQ(reason(w, 1), "identity_unresolved");
    EXPECT_NE(explained(w, 1).dump().find("people review"), std::string::npos);
    say(w, "xyz", "Person 1002");  // a name alone is too little
    EXPECT_EQ(reason(w, 2), "not_attempted");
    w.ask("identity.link",
          {{"links", {{{"person", person(1)}, {"identifier", "account:https://lms.example:1001"}}}}});
    look(w);
    EXPECT_EQ(reason(w, 1), "met_direct");
}

TEST(Doubt, ReasonsOfACellStillAddUpAndTheKeptMatrixIsTheCountedOne) {
    DirectoryWorld w;
    w.people(4);
    w.mapping();
    scheduled_source(w);
    say(w, "1001");
    set_state(w, [&](auto& state) { state.next_due = hours_ago(w, 48); });
    const auto counted = w.ask("matrix");
    w.bridge->standings.keep();
    ASSERT_TRUE(w.bridge->project());
    EXPECT_EQ(w.ask("matrix").dump(), counted.dump());
    std::map<std::string, int> total;
    for (const auto& cell : counted["foundation"]["cells"]) {
        int reasons = 0, required = 0;
        for (const auto& [code, count] : cell["reasons"].items()) {
            reasons += count.get<int>();
            total[code] += count.get<int>();
        }
        for (const auto& [kind, split] : cell["kind_split"].items()) required += split["required"].get<int>();
        EXPECT_EQ(reasons, required) << cell["factor"];
    }
    EXPECT_GT(total["source_stale"], 0);
    EXPECT_GT(total["identity_unresolved"], 0);
    EXPECT_EQ(total["source_stale"], 3 * total["identity_unresolved"]);
}

TEST(Doubt, IsPartOfThePastAndOfAFrozenReport) {
    World w;
    w.people(2);
    w.mapping();
    scheduled_source(w);
    const auto before = w.bridge->store().journal().watermark().seq;
    const auto early = w.ask("matrix");
    set_state(w, [&](auto& state) { state.next_due = hours_ago(w, 48); });
    const auto late = w.ask("matrix");
    EXPECT_NE(early["foundation"].dump(), late["foundation"].dump());
    EXPECT_EQ(w.ask("matrix", {{"known_at", before}})["foundation"].dump(), early["foundation"].dump());
    const auto now = w.bridge->store().journal().watermark().seq;
    EXPECT_EQ(w.ask("matrix", {{"known_at", now}})["foundation"].dump(), late["foundation"].dump());
    const auto runs = w.ask("run.list")["runs"].size();
    look(w);  // nothing has changed: nothing is written
    EXPECT_EQ(w.ask("run.list")["runs"].size(), runs);
}

// New statements about learning that no mapping knows are passed over, but for somebody's first.
TEST(Doubt, TheFirstUnmappedLearningIsSeenAndLaterOnesChangeNothing) {
    World w;
    w.people(2);
    w.mapping();
    w.source();
    ASSERT_TRUE(w.bridge->project());
    learn(w, 0, "other-1");
    EXPECT_EQ(reason(w, 0), "unmapped_only");
    learn(w, 0, "other-2");
    EXPECT_EQ(reason(w, 0), "unmapped_only");
    learn(w, 0, "AI-1");
    EXPECT_EQ(reason(w, 0), "met_direct");
    learn(w, 0, "other-3");
    EXPECT_EQ(reason(w, 0), "met_direct");
    learn(w, 1, "AI-1");
    learn(w, 1, "other-1");
    EXPECT_EQ(reason(w, 1), "met_direct");
    const auto before = w.digest();
    ASSERT_TRUE(w.bridge->rebuild());
    EXPECT_EQ(w.digest(), before);
    EXPECT_EQ(reason(w, 0), "met_direct");
}

}  // namespace
}  // namespace capbridge::engine
