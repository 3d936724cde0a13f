// Which backups a prune keeps, what it gives back, and that a backup from the future harms no other.
#include <gmock/gmock.h>

#include "core/store/backup/future.hpp"
#include "core/store/backup/prune.hpp"
#include "core/store/backup/verify.hpp"
#include "core/store/backup_test_support.hpp"

namespace capbridge::store::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using BackupPruneTest = BackupTest;

TEST_F(BackupPruneTest, APruneGivesBackWhatNothingUses) {
    fill(1, 200);
    ASSERT_TRUE(back_up(day(1)));
    fill(201, 200);
    ASSERT_TRUE(back_up(day(2)));
    ASSERT_TRUE(back_up(day(3)));
    const auto before = chunk_files().size();
    {
        auto from = open_repository(Repository::Use::write);
        const auto dry = prune_backups(*from, {1, 0, 0, 0, 0}, true, {}).value();
        EXPECT_THAT(dry.plan.remove, SizeIs(2));
        EXPECT_GT(dry.chunks, 0u);
        EXPECT_EQ(chunk_files().size(), before);
        const auto done = prune_backups(*from, {1, 0, 0, 0, 0}, false, {}).value();
        EXPECT_EQ(done.chunks, dry.chunks);
        EXPECT_EQ(chunk_files().size(), before - done.chunks);
    }
    EXPECT_THAT(verify_backups(*open_repository(Repository::Use::read), {}, day(3), {})->sound, SizeIs(1));
    EXPECT_TRUE(restore());
}

TEST_F(BackupPruneTest, OneFromTheFuturePushesNoneOutAndIsNotTheLatest) {
    const auto now = wall_clock();
    const auto ahead = now + std::chrono::hours{24 * 365 * 4};
    fill(1, 50);
    ASSERT_TRUE(back_up(now - std::chrono::hours{48}));
    ASSERT_TRUE(back_up(ahead));
    ASSERT_TRUE(back_up(now - std::chrono::hours{24}));
    auto from = open_repository(Repository::Use::write);
    const auto last = "backup-" + std::to_string(unix_ms(now - std::chrono::hours{24}));
    const auto future = "backup-" + std::to_string(unix_ms(ahead));
    EXPECT_EQ(from->find("latest")->id, last);
    EXPECT_EQ(from->find(future)->id, future) << "who names it gets it";
    const auto done = prune_backups(*from, {1, 1, 1, 1, 1}, false, {}).value();
    ASSERT_THAT(done.plan.keep, SizeIs(2));
    EXPECT_EQ(done.plan.keep[0].id, future);
    EXPECT_THAT(done.plan.keep[0].why, ElementsAre("its time is still to come"));
    EXPECT_EQ(done.plan.keep[1].id, last);
    EXPECT_THAT(done.plan.remove, SizeIs(1));
    ASSERT_TRUE(from->remove(last));
    EXPECT_EQ(from->find("latest")->id, future) << "when all are, this machine's clock is behind";
    EXPECT_THAT(prune_backups(*from, {1, 0, 0, 0, 0}, false, {})->plan.remove, IsEmpty());
}

std::vector<Manifest> daily(int first, int last) {
    std::vector<Manifest> out;
    for (int n = first; n <= last; ++n) {
        Manifest one;
        one.id = std::to_string(10000 + n);
        one.taken = from_unix_ms(std::int64_t{86'400'000} * n + 7'200'000);
        out.push_back(std::move(one));
    }
    return out;
}

TEST(PlanPrune, KeepsWhatAnyRuleKeeps) {
    // 2026-01-01 is day 20454, a Thursday.
    const auto backups = daily(20454, 20454 + 99);
    const auto plan = plan_prune(backups, {2, 3, 2, 2, 1}, {});
    std::vector<std::string> kept;
    for (const auto& one : plan.keep) kept.push_back(one.id);
    // Days 97 to 99; the week before ended on Sunday, day 94 (5 April); March ended on day 89.
    EXPECT_THAT(kept, ElementsAre("30553", "30552", "30551", "30548", "30543"));
    EXPECT_EQ(plan.remove.size(), 95u);
}

TEST(PlanPrune, NeverTakesTheLastOneNorTheLastOneVerified) {
    const auto backups = daily(1, 10);
    const auto plan =
        plan_prune(backups, {1, 0, 0, 0, 0}, {{"10009", false}, {"10004", true}, {"10002", true}});
    ASSERT_THAT(plan.keep, SizeIs(2));
    EXPECT_EQ(plan.keep[0].id, "10010");
    EXPECT_EQ(plan.keep[1].id, "10004");
    EXPECT_THAT(plan.keep[1].why, ElementsAre("the last one verified"));
    EXPECT_THAT(plan_prune(backups, {}, {}).remove, IsEmpty()) << "no rule, nothing goes";
    EXPECT_THAT(plan_prune({}, {1, 1, 1, 1, 1}, {}).keep, IsEmpty());
}

}  // namespace
}  // namespace capbridge::store::test
