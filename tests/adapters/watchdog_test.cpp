#include "adapters/watchdog.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "adapters/sandbox.hpp"

namespace capbridge::adapters {
namespace {

TEST(Watchdog, SeesMemoryThatIsShared) {
    constexpr std::size_t size = 64u << 20;
    const auto before = resident_bytes(getpid());
    ASSERT_TRUE(before);
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    std::memset(memory, 1, size);
    EXPECT_GE(*resident_bytes(getpid()), *before + size / 2);
    munmap(memory, size);
}

TEST(Watchdog, EndsWhatItCannotSee) {
    const auto now = std::chrono::steady_clock::now();
    EXPECT_TRUE(Watchdog(getpid(), 1u << 20).memory(now));
    EXPECT_EQ(Watchdog(getpid(), 1).memory(now).error().code, "adapter_memory");
    const auto blind = Watchdog(getpid(), 1u << 20, "/nonexistent").memory(now);
    ASSERT_FALSE(blind);
    EXPECT_EQ(blind.error().code, "adapter_config");
    EXPECT_NE(blind.error().message.find("/proc"), std::string::npos);
    EXPECT_TRUE(Watchdog(getpid(), 0, "/nonexistent").memory(now)) << "there is no limit";
}

TEST(Watchdog, WhatHasEndedIsNotItsToJudge) {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
    EXPECT_TRUE(Watchdog(pid, 64, "/nonexistent").memory(std::chrono::steady_clock::now()));
    waitpid(pid, nullptr, 0);
    EXPECT_TRUE(Watchdog(pid, 64, "/nonexistent").memory(std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace capbridge::adapters
