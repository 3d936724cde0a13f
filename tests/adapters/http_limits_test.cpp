// The budget of a source: calls in any second, pauses, and bytes of answers in flight.
#include "adapters/http/limits.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "adapters/http/body_budget.hpp"
#include "adapters/state.hpp"

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

class Limits : public ::testing::Test {
protected:
    std::optional<CallLimits::Refusal> take(const CallLimits::Budget& budget,
                                            const std::atomic<bool>* cancel = nullptr) {
        return limits.take(budget, memory, Instant{}, cancel);
    }
    CallLimits limits;
    ProcessMemory memory;
};

TEST_F(Limits, NoSecondHasMoreCallsThanItMay) {
    for (const double per_second : {2.0, 5.0}) {
        CallLimits fresh;
        std::mutex mutex;
        std::vector<Steady::time_point> made;
        std::vector<std::thread> threads;
        for (int t = 0; t < 2; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 3; ++i) {
                    fresh.take({.per_second = per_second}, memory, Instant{}, nullptr);
                    const std::lock_guard lock(mutex);
                    made.push_back(Steady::now());
                }
            });
        }
        for (auto& thread : threads) thread.join();
        std::sort(made.begin(), made.end());
        for (std::size_t i = 0; i < made.size(); ++i) {
            const auto end = std::upper_bound(made.begin(), made.end(), made[i] + 980ms);
            EXPECT_LE(end - made.begin() - static_cast<std::ptrdiff_t>(i), std::ceil(per_second));
        }
    }
}

TEST_F(Limits, LessThanOneASecondIsOneEachWhile) {
    const auto began = Steady::now();
    take({.per_second = 4.0 / 5});
    take({.per_second = 4.0 / 5});
    EXPECT_GE(Steady::now() - began, 1250ms);
}

TEST_F(Limits, APauseIsWaitedForOrRefused) {
    limits.pause(300ms);
    const auto began = Steady::now();
    EXPECT_FALSE(take({.longest_pause = 1s}));
    EXPECT_GE(Steady::now() - began, 300ms);
    limits.pause(1h);
    EXPECT_GT(limits.paused_for(), 59min);
    const auto refused = take({.longest_pause = 1s});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->error_class, "retry");
    EXPECT_GT(refused->retry_after_ms, 3'590'000);
    EXPECT_LE(refused->retry_after_ms, 3'600'000);
}

TEST_F(Limits, APauseHoldsThoseThatWaitAlready) {
    take({.per_second = 2});
    take({.per_second = 2});
    std::thread other([&] { take({.per_second = 2}); });
    std::this_thread::sleep_for(100ms);
    limits.pause(1500ms);
    const auto began = Steady::now();
    other.join();
    EXPECT_GE(Steady::now() - began, 1400ms);
}

TEST_F(Limits, GivingUpCountsNoCall) {
    std::atomic<bool> cancel = true;
    EXPECT_EQ(take({.per_day = 1}, &cancel)->error_class, "cancelled");
    EXPECT_FALSE(take({.per_day = 1}));
    EXPECT_EQ(take({.per_day = 1})->error_class, "retry");
}

TEST(BodyBudget, WhenItIsUsedUpOneGoesOnAlone) {
    BodyBudget budget;
    std::atomic<bool> cancel = false;
    {
        BodyLease a(budget), b(budget), c(budget);
        EXPECT_TRUE(a.grow(60, 100, &cancel));
        EXPECT_TRUE(b.grow(40, 100, &cancel));
        EXPECT_TRUE(b.grow(30, 100, &cancel)) << "the first to need more";
        std::atomic<bool> grown = false;
        std::thread waiting([&] { grown = c.grow(10, 100, &cancel); });
        std::this_thread::sleep_for(100ms);
        EXPECT_FALSE(grown);
        b.release();
        waiting.join();
        EXPECT_TRUE(grown);
        EXPECT_EQ(budget.held(), 70);
        EXPECT_TRUE(a.grow(100, 100, &cancel));  // alone now
        cancel = true;
        EXPECT_FALSE(c.grow(100, 100, &cancel));
    }
    EXPECT_EQ(budget.held(), 0);
    EXPECT_EQ(budget.most_held(), 170);
}

}  // namespace
}  // namespace capbridge::adapters
