// The journal as it was: entries, facts, voidings and reverts up to an entry, whether its postings are
// settled or young, for the owner and for a reader beside it.
#include "core/store/sqlite/past.hpp"

#include <gmock/gmock.h>

#include "core/store/sqlite/block_bits.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

const people::Person ada{
    "11111111-1111-4111-8111-111111111111", "Ada", {{"email", "", "ada@x.example", {}, {}}}, {}, {}};

NewStatement learnt(int n, const std::string& actor = "mbox:ada") {
    auto out = statement(n, {{Kind::actor, actor}});
    NewFact fact;
    fact.actor = actor;
    fact.fact.activity = "https://lms.example/" + std::to_string(n % 7);
    fact.fact.what = competency::Fact::What::completed;
    fact.fact.occurred = *parse_when("2026-01-01");
    out.fact = fact;
    return out;
}

class PastTest : public StoreTest {
protected:
    // What the facts of Ada are in a store: seq, negative when voided.
    static std::vector<std::int64_t> facts(Store& store) {
        std::vector<std::int64_t> out;
        for (const auto& fact : store.projection().facts_of(ada, {"mbox:ada"}))
            out.push_back(fact.voided ? -fact.seq : fact.seq);
        std::sort(out.begin(), out.end());
        return out;
    }
    std::vector<std::int64_t> facts_at(std::int64_t seq) {
        auto past = store_->past(seq, {});
        EXPECT_TRUE(past) << past.error().text();
        return past ? facts(**past) : std::vector<std::int64_t>{};
    }
};

TEST_F(PastTest, HasWhatWasThereAndNothingLater) {
    append({learnt(1), NewDecision{"mapping", "m", "{1}", {}}});                 // 1, 2
    append({voiding(3, 1), learnt(4), NewDecision{"mapping", "m", "{2}", {}}});  // 3, 4, 5
    append({NewDecision{"mapping", "m", "", {}}});                               // 6
    EXPECT_THAT(facts(*store_), testing::ElementsAre(-1, 4));
    EXPECT_THAT(facts_at(2), testing::ElementsAre(1));
    EXPECT_THAT(facts_at(3), testing::ElementsAre(-1));
    EXPECT_THAT(facts_at(4), testing::ElementsAre(-1, 4));
    const auto mapping = [&](std::int64_t seq) {
        auto past = store_->past(seq, {});
        const auto row = (*past)->journal().decision_in_force("mapping", "m");
        return row ? row->payload : std::string("none");
    };
    EXPECT_EQ(mapping(1), "none");
    EXPECT_EQ(mapping(4), "{1}");
    EXPECT_EQ(mapping(5), "{2}");
    EXPECT_EQ(mapping(6), "none");
    const auto past = store_->past(4, {});
    EXPECT_EQ((*past)->journal().watermark().seq, 4);
    EXPECT_EQ((*past)->journal().entries(0, 100, Journal::Bodies::no).size(), 4u);
    EXPECT_EQ((*past)->installation().uuid, store_->installation().uuid);
    EXPECT_EQ((*past)->projection().cursor(), 0);
}

TEST_F(PastTest, KnowsWhichRunsWereTakenBackByThen) {
    const auto taken = run();
    append({learnt(1)}, taken);                                            // 1
    append({learnt(2)});                                                   // 2
    append({NewDecision{"run.revert", std::to_string(taken), "{}", {}}});  // 3
    append({NewDecision{"run.revert", std::to_string(taken), "", {}}});    // 4: the revert was withdrawn
    append({NewDecision{"run.revert", std::to_string(taken), "{}", {}}});  // 5
    EXPECT_THAT(facts(*store_), testing::ElementsAre(2));
    EXPECT_THAT(facts_at(2), testing::ElementsAre(1, 2));
    EXPECT_THAT(facts_at(3), testing::ElementsAre(2));
    EXPECT_THAT(facts_at(4), testing::ElementsAre(1, 2));
    EXPECT_THAT(facts_at(5), testing::ElementsAre(2));
    const auto past = store_->past(2, {});
    EXPECT_EQ((*past)->sources().run(taken)->reverted_by, 0);
    EXPECT_NE((*past)->sources().run(taken)->outcome, "reverted");
}

TEST_F(PastTest, IsTheSameWhetherPostingsAreSettledOrYoung) {
    constexpr int blocks = 2, size = BlockBits::size, beyond = 300;
    const int last = blocks * size + beyond;
    const auto one_run = run();
    for (int n = 1; n <= last;) {
        std::vector<std::variant<NewStatement, NewDecision>> entries;
        for (int i = 0; i < 2000 && n <= last; ++i, ++n)
            entries.emplace_back(learnt(n, n % 1000 == 0 ? "mbox:ada" : "mbox:other"));
        append(std::move(entries), one_run);
    }
    const auto expect = [](std::int64_t seq) {
        std::vector<std::int64_t> out;
        for (std::int64_t n = 1000; n <= seq; n += 1000) out.push_back(n);
        return out;
    };
    const std::vector<std::int64_t> seqs{1000, size - 1, size, size + 1, 2 * size - 1, 2 * size + 100, last};
    for (const auto seq : seqs) EXPECT_EQ(facts_at(seq), expect(seq)) << seq;
    for (const auto mode : {Mode::own, Mode::read}) {
        open(mode);
        for (const auto seq : seqs) EXPECT_EQ(facts_at(seq), expect(seq)) << seq;
    }
}

TEST_F(PastTest, FindsTheEntryOfAMoment) {
    std::int64_t clock = 1'000'000;
    open(Mode::own, {[&] { return from_unix_ms(clock); }, 0});
    for (int i = 1; i <= 40; ++i) {
        clock += 10'000;
        if (i % 3 == 0) {
            append({NewDecision{"mapping", "m", std::to_string(i), {}}});
        } else {
            append({statement(i)});
        }
    }
    for (std::int64_t i = 1; i <= 40; ++i) {
        const auto at = from_unix_ms(1'000'000 + i * 10'000);
        EXPECT_EQ(store_->entry_at(at).seq, i);
        EXPECT_EQ(store_->entry_at(at + std::chrono::milliseconds{9'999}).seq, i);
        EXPECT_EQ(store_->entry_at(at - std::chrono::milliseconds{1}).seq, i - 1);
        EXPECT_EQ(store_->entry_at(i).seq, i);
        EXPECT_EQ(store_->entry_at(i).stored, at);
    }
    EXPECT_EQ(store_->entry_at(std::int64_t{1000}).seq, 40);
    EXPECT_EQ(store_->entry_at(std::int64_t{0}).seq, 0);
}

TEST_F(PastTest, GoesWithItsObjectAndCanBeGivenUp) {
    append({learnt(1)});
    const auto scratch = dir_.data() / "scratch";
    {
        const auto first = store_->past(1, {}), second = store_->past(1, {});
        ASSERT_TRUE(first && second);
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch), {}), 2);
    }
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch), {}), 0);
    const auto given_up = store_->past(1, [](std::size_t, std::size_t) { return false; });
    ASSERT_FALSE(given_up);
    EXPECT_EQ(given_up.error().code, "stopping");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch), {}), 0);
}

}  // namespace
}  // namespace capbridge::store::test
