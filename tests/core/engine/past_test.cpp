// Looking back: an answer known at an earlier entry is what the store answered when it had no more than that,
// byte for byte, whatever was voided, reverted, merged or published later.
#include "core/engine/past.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/engine/posting.hpp"

namespace capbridge::engine {
namespace {

// All that is asked of every moment.
const std::vector<std::pair<std::string, json>>& questions() {
    static const std::vector<std::pair<std::string, json>> all = {
        {"matrix", {{"as_of", "2026-06-01"}}},
        {"matrix", {{"as_of", "2026-03-20"}}},
        {"matrix", {{"as_of", "2026-06-01"}, {"unit", "Ward"}}},
        {"record", {{"as_of", "2026-06-01"}, {"person", "esr-employee:demo:1001"}}},
        {"person", {{"person", "esr-employee:demo:1002"}}},
        {"people.list", {{"limit", 100}}},
        {"explain",
         {{"as_of", "2026-06-01"},
          {"person", "esr-employee:demo:1001"},
          {"requirement", "t1-ai-literacy-1"}}},
        {"explain", {{"as_of", "2026-06-01"}, {"factor", "ai-literacy"}}},
        {"mapping.list", json::object()},
        {"digest", json::object()}};
    return all;
}

std::vector<std::string> answers(World& w, const json& more = json::object()) {
    std::vector<std::string> out;
    for (auto [name, params] : questions()) {
        params.update(more);
        auto answer = run_operation(*w.bridge, name, params, {"tests"});
        if (answer && answer->is_object()) answer->erase("known_at");
        out.push_back(name + ": " + (answer ? answer->dump() : answer.error().text()));
    }
    return out;
}

class Story {
public:
    explicit Story(std::uint32_t seed) : dice_(seed) {
        w.people(12);
        w.mapping();
        w.source();
        w.ask("assessor.publish",
              {{"text", json{{"id", "educator"}, {"title", "Educator"}, {"credentials", {"tests"}}}.dump()}});
    }

    std::uint32_t roll(std::uint32_t sides) {
        dice_ = dice_ * 1664525 + 1013904223;
        return (dice_ >> 16) % sides;
    }
    static std::string who(std::uint32_t i) { return "esr-employee:demo:" + std::to_string(1000 + i); }

    // One thing that happens; what is refused (a merge with oneself, a revert of a revert) is nothing.
    void step() {
        switch (roll(11)) {
            case 0:
            case 1:
                sync();
                break;
            case 2:
                revert();
                break;
            case 3:
                w.mapping(std::to_string(++version_), "t1-ai-literacy-" + std::to_string(1 + roll(3)));
                break;
            case 4:
                post(w, statement("p" + std::to_string(1000 + roll(14)) + "@demo.example"));
                break;
            case 5:
                try_("person.merge", {{"from", who(roll(12))}, {"into", who(roll(12))}});
                break;
            case 6:
                void_one();
                break;
            case 7:
                try_("override.set", {{"person", who(roll(12))},
                                      {"requirements", {"t1-ai-literacy-1"}},
                                      {"kind", "waived"},
                                      {"why", "tests"}});
                break;
            case 8:
                try_("attestation.add", {{"person", who(roll(12))},
                                         {"requirements", {"a4-guidelines-1"}},
                                         {"assessor", "educator"},
                                         {"on", "2026-02-01"}});
                break;
            case 9:
                try_("mapping.withdraw", {{"id", "demo"}, {"why", "tests"}});
                break;
            default:
                w.people(static_cast<int>(12 + roll(4)));
        }
        ASSERT_TRUE(w.bridge->project());
    }

    World w;

private:
    void try_(const char* operation, const json& params) {
        const auto done = run_operation(*w.bridge, operation, params, {"tests"});
        if (done && done->contains("run")) runs_.push_back((*done)["run"].get<std::int64_t>());
    }
    void sync() {
        w.pull = [&](std::string_view, RecordStream& out) -> Status {
            for (int i = 0; i < 6; ++i) {
                const auto person = static_cast<int>(roll(14));
                if (roll(4) == 0) {
                    CAPBRIDGE_TRY(out.emit("withdraw", R"({"kind":"completion","key":")" +
                                                           std::to_string(1000 + person) + R"(/AI-1"})"));
                } else {
                    const auto day = "2026-0" + std::to_string(1 + roll(5)) + "-15";
                    CAPBRIDGE_TRY(out.emit(
                        "completion", World::completion(person, roll(3) == 0 ? "failed" : "passed", day)));
                }
            }
            return {};
        };
        runs_.push_back(w.sync()["run"].get<std::int64_t>());
    }
    void revert() {
        if (runs_.empty()) return;
        run_operation(*w.bridge, "run.revert",
                      {{"run", runs_[roll(static_cast<std::uint32_t>(runs_.size()))]}}, {"tests"});
    }
    void void_one() {
        store::StatementQuery query;
        query.limit = 20;
        const auto rows = w.bridge->store().journal().statements(query);
        if (rows.empty()) return;
        const auto& target = rows[roll(static_cast<std::uint32_t>(rows.size()))];
        post(w, {{"actor", {{"mbox", "mailto:admin@demo.example"}}},
                 {"verb", {{"id", "http://adlnet.gov/expapi/verbs/voided"}}},
                 {"object", {{"objectType", "StatementRef"}, {"id", target.id}}}});
    }

    std::uint32_t dice_;
    int version_ = 1;
    std::vector<std::int64_t> runs_;
};

class PastOfAStory : public testing::TestWithParam<std::uint32_t> {};

TEST_P(PastOfAStory, IsWhatTheStoreAnsweredThen) {
    Story story(GetParam());
    auto& w = story.w;
    std::vector<std::pair<std::int64_t, std::vector<std::string>>> moments;
    for (int i = 0; i < 40; ++i) {
        story.step();
        if (i % 5 == 0) moments.emplace_back(w.bridge->store().projection().cursor(), answers(w));
    }
    for (const auto& [seq, then] : moments) {
        const auto again = answers(w, {{"known_at", seq}});
        for (std::size_t i = 0; i < then.size(); ++i) EXPECT_EQ(again[i], then[i]) << "known at " << seq;
    }
}

// At any entry, also in the midst of an import: looking back from later and from nearer comes to the same.
TEST_P(PastOfAStory, IsTheSameFromWherever) {
    Story story(GetParam() + 100);
    auto& w = story.w;
    for (int i = 0; i < 30; ++i) story.step();
    const auto last = w.bridge->store().projection().cursor();
    for (int i = 0; i < 4; ++i) {
        const auto near = 4 + static_cast<std::int64_t>(story.roll(static_cast<std::uint32_t>(last - 4)));
        const auto seq = 1 + static_cast<std::int64_t>(story.roll(static_cast<std::uint32_t>(near)));
        auto store = w.bridge->store().past(near, {});
        ASSERT_TRUE(store) << store.error().text();
        Bridge nearer(std::move(*store), std::make_unique<StillClock>(), nullptr);
        ASSERT_TRUE(nearer.project());
        const auto from_near = run_operation(nearer, "digest", {{"known_at", seq}}, {"tests"});
        ASSERT_TRUE(from_near) << from_near.error().text();
        EXPECT_EQ((*from_near)["digest"], w.ask("digest", {{"known_at", seq}})["digest"])
            << seq << " " << near;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PastOfAStory, testing::Values(1u, 2u, 3u, 4u, 5u));

TEST(Past, ByTheRulesOfThenOrOfNow) {
    World w;
    w.people(3);
    w.mapping();
    ASSERT_TRUE(post(w, statement("p1001@demo.example")));
    ASSERT_TRUE(w.bridge->project());
    const auto seq = w.bridge->store().projection().cursor();
    w.mapping("2", "t1-ai-literacy-2");
    ASSERT_TRUE(post(w, statement("p1002@demo.example")));
    ASSERT_TRUE(w.bridge->project());
    const auto reason = [&](const char* requirement, const char* rules, int person = 1) {
        return w.ask("explain", {{"person", "esr-employee:demo:" + std::to_string(1000 + person)},
                                 {"requirement", requirement},
                                 {"known_at", seq},
                                 {"rules", rules}})["reason"];
    };
    EXPECT_EQ(reason("t1-ai-literacy-1", "then"), "met_direct");
    EXPECT_EQ(reason("t1-ai-literacy-2", "then"), "no_learning_exists");
    EXPECT_EQ(reason("t1-ai-literacy-2", "now"), "met_direct");
    EXPECT_EQ(reason("t1-ai-literacy-1", "now"), "no_learning_exists");
    EXPECT_EQ(reason("t1-ai-literacy-2", "now", 2), "not_attempted");  // posted later
    w.mapping("3", "t1-ai-literacy-3");                                // rules now are others now
    EXPECT_EQ(reason("t1-ai-literacy-2", "now"), "no_learning_exists");
    EXPECT_EQ(reason("t1-ai-literacy-3", "now"), "met_direct");
    const auto told = w.ask("matrix", {{"known_at", seq}, {"rules", "now"}})["known_at"];
    EXPECT_EQ(told["seq"], seq);
    EXPECT_EQ(told["rules"], "now");
}

TEST(Past, MomentsAreEntriesInstantsAndDays) {
    World w;
    w.people(2);
    const auto last = w.bridge->store().projection().cursor();
    const auto where = [&](const json& known_at) {
        return w.refused("matrix", {{"known_at", known_at}}).where;
    };
    EXPECT_EQ(where(0), "/known_at");
    EXPECT_EQ(where(-1), "/known_at");
    EXPECT_EQ(where(last + 1), "/known_at");
    EXPECT_EQ(where("tomorrow"), "/known_at");
    EXPECT_EQ(where("2026-06-02"), "/known_at");            // still to come, by the clock of the bridge
    EXPECT_EQ(where("2019-01-01T00:00:00Z"), "/known_at");  // before the first entry
    EXPECT_EQ(where(json::array()), "/known_at");
    EXPECT_EQ(w.refused("matrix", {{"known_at", last}, {"rules", "tomorrow"}}).where, "/rules");
    EXPECT_EQ(w.refused("status", {{"known_at", last}}).where, "/known_at");
    EXPECT_EQ(w.ask("people.list", {{"known_at", std::to_string(last)}})["total"], 2);
    EXPECT_EQ(w.ask("people.list", {{"known_at", 1}})["total"], 0);
}

TEST(Past, QuestionsOfItAreOperations) {
    std::size_t answered = 0;
    for (const auto& operation : operations()) {
        answered += answers_of_the_past(operation.name) ? 1 : 0;
        EXPECT_FALSE(operation.changes && answers_of_the_past(operation.name)) << operation.name;
    }
    EXPECT_EQ(answered, 27u);  // each of the list is there
}

TEST(Past, LeavesNothingBehind) {
    World w;
    w.people(2);
    const auto last = w.bridge->store().projection().cursor();
    for (std::int64_t seq = last; seq > last - 4; --seq) w.ask("matrix", {{"known_at", seq}});
    const auto scratch = w.dir / "scratch";
    const auto count = [&] {
        std::error_code ec;
        return std::distance(std::filesystem::directory_iterator(scratch, ec), {});
    };
    EXPECT_LE(count(), 2);  // those kept for who asks again
    // What a process that died left there goes with the next look back.
    std::filesystem::create_directories(scratch / "left-behind");
    std::ofstream(scratch / "left-behind" / "capbridge.db") << "x";
    w.open();
    w.ask("matrix", {{"known_at", last}});
    EXPECT_FALSE(std::filesystem::exists(scratch / "left-behind"));
    w.bridge.reset();
    EXPECT_EQ(count(), 0);
}

}  // namespace
}  // namespace capbridge::engine
