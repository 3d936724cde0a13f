// What is new in a snapshot waits for the pull's end: in order, whatever else the pull says of it.
#include "core/engine/intake_waiting.hpp"

#include <gtest/gtest.h>

#include "core/engine/intake_world.hpp"

namespace capbridge::engine {
namespace {

TEST(WaitingRecords, ComeBackInOrderFromMemoryAndDisk) {
    WaitingRecords waiting;
    EXPECT_TRUE(waiting.empty());
    const auto text_of = [](int i) {
        std::string text = "{\"n\":" + std::to_string(i) + "}\n";
        text.push_back('\0');
        return text + std::string(static_cast<std::size_t>(i % 1000), 'x');
    };
    constexpr int many = 20'000;  // about 10 MB
    for (int i = 0; i < many; ++i)
        ASSERT_TRUE(waiting.add({"completion", std::to_string(i), i % 2 == 0 ? "a" : "", text_of(i)}));
    ASSERT_TRUE(waiting.add({"completion", "gone", "", ""}));
    EXPECT_TRUE(waiting.holds("completion", "17"));
    EXPECT_FALSE(waiting.holds("scorm_attempt", "17"));
    EXPECT_FALSE(waiting.holds("completion", "x17"));
    int next = 0;
    const auto check = [&](const WaitingRecord& record) -> Status {
        if (next == many) {
            EXPECT_EQ(record.key + record.text, "gone");
        } else {
            EXPECT_EQ(record.key, std::to_string(next));
            EXPECT_EQ(record.scope, next % 2 == 0 ? "a" : "");
            EXPECT_EQ(record.text, text_of(next));
        }
        ++next;
        return {};
    };
    ASSERT_TRUE(waiting.each(check));
    EXPECT_EQ(next, many + 1);
    EXPECT_TRUE(waiting.empty());
}

class Waiting : public testing::Test {
protected:
    Waiting() {
        IntakeWorld::Records all;
        for (int i = 0; i < 25; ++i) all.push_back(IntakeWorld::completion(i));
        EXPECT_TRUE(w.intake(snapshot(all)).status);
    }
    static IntakeWorld::Records snapshot(IntakeWorld::Records inside, const char* kind = "completion") {
        const json named{{"scope", "all"}, {"kinds", {kind}}};
        inside.insert(inside.begin(), {"snapshot_begin", named});
        inside.push_back({"snapshot_end", named});
        return inside;
    }
    IntakeWorld::Records known(int to = 25) {
        IntakeWorld::Records out;
        for (int i = 0; i < to; ++i) out.push_back(IntakeWorld::completion(i));
        return out;
    }
    IntakeWorld w;
};

TEST_F(Waiting, TheLastWordCounts) {
    auto pull = known();
    pull.push_back(IntakeWorld::completion(25));
    pull.push_back(IntakeWorld::completion(26, "in_progress"));
    pull.push_back(IntakeWorld::completion(27));
    pull.push_back(IntakeWorld::completion(26));
    pull = snapshot(pull);
    pull.push_back({"checkpoint", "inside"});
    pull.push_back({"withdraw", {{"key", IntakeWorld::completion(25).second["key"]}}});
    pull.push_back(IntakeWorld::completion(27, "in_progress"));
    const auto done = w.intake(pull);
    ASSERT_TRUE(done.status);
    EXPECT_EQ(w.row().cursor, "inside");
    EXPECT_EQ(w.attainment(25), "revoked");
    EXPECT_EQ(w.attainment(26), "met");
    EXPECT_EQ(w.attainment(27), "in_progress");
    EXPECT_EQ(w.standing().size(), 27U);
    // They are in their snapshot, as all others are: also what was told of one behind it.
    EXPECT_EQ(w.intake(snapshot(known())).counts.withdrawn, 2U);
    EXPECT_EQ(w.standing().size(), 25U);
}

TEST_F(Waiting, ACursorDoesNotPassThem) {
    auto pull = known();
    pull.push_back(IntakeWorld::completion(26));
    pull = snapshot(pull);
    pull.push_back({"checkpoint", "behind"});
    pull.push_back({"feed_gap", json::object()});  // the world ends the pull here, without its finish
    EXPECT_FALSE(w.intake(pull).status);
    EXPECT_EQ(w.row().cursor, "");
    EXPECT_EQ(w.attainment(26), "none");
    IntakeOptions dry;
    dry.dry_run = true;
    pull.pop_back();
    const auto told = w.intake(pull, dry);
    EXPECT_EQ(told.counts.added, 1U);
    EXPECT_EQ(told.examples["added"].size(), 1U);
    EXPECT_EQ(w.intake(pull).counts.added, 1U);
    EXPECT_EQ(w.row().cursor, "behind");
}

TEST_F(Waiting, AnAttemptToo) {
    const auto attempt = [](const std::string& key, const std::vector<std::string>& scos) {
        json record{{"who", {{{"scheme", "esr-employee"}, {"issuer", "demo"}, {"value", "1001"}}}},
                    {"activity", {{"id", "fire"}}},
                    {"key", key},
                    {"scos", json::array()}};
        for (const auto& id : scos) record["scos"].push_back({{"id", id}, {"completion", "completed"}});
        return std::pair<std::string, json>{"scorm_attempt", record};
    };
    IntakeWorld::Records all;
    for (int i = 0; i < 20; ++i) all.push_back(attempt("old" + std::to_string(i), {"s"}));
    ASSERT_EQ(w.intake(snapshot(all, "scorm_attempt")).counts.added, 20U);
    auto more = all;
    more.push_back(attempt("new1", {"s", "t"}));
    more.push_back(attempt("new1", {"s"}));
    more.push_back(attempt("new2", {"s"}));
    more = snapshot(more, "scorm_attempt");
    more.push_back({"withdraw", {{"kind", "scorm_attempt"}, {"key", "new2"}}});
    ASSERT_TRUE(w.intake(more).status);
    EXPECT_EQ(w.standing().size(), 25U + 21U);
    // Under other keys they are held, and none of them is stored.
    IntakeWorld::Records renamed;
    for (int i = 0; i < 21; ++i) renamed.push_back(attempt("other" + std::to_string(i), {"s"}));
    EXPECT_EQ(w.intake(snapshot(renamed, "scorm_attempt")).status.error().code, "snapshot_fell");
    EXPECT_EQ(w.standing().size(), 25U + 21U);
}

}  // namespace
}  // namespace capbridge::engine
