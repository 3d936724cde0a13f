// Whose data directory it is: root does not write into another's.
#include "core/store/sqlite/lock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

TEST(LockTest, RootTakesNoDirectoryOfAnotherUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root could";
    const TemporaryDirectory dir;
    std::filesystem::create_directories(dir.data());
    ASSERT_EQ(::chown(dir.data().c_str(), 65534, 65534), 0);
    const auto refused = Lock::take(dir.data());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "wrong_user");
    EXPECT_NE(refused.error().message.find("runuser -u"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(dir.data() / "lock"));
    // Held by the daemon: said as ever, so that the command goes to it.
    ASSERT_EQ(::chown(dir.data().c_str(), 0, 0), 0);
    {
        const auto daemon = Lock::take(dir.data());
        ASSERT_TRUE(daemon);
        ASSERT_EQ(::chown(dir.data().c_str(), 65534, 65534), 0);
        const auto second = Lock::take(dir.data());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, "store_locked");
    }
    const auto after = Lock::take(dir.data());
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().code, "wrong_user");
    ASSERT_EQ(::chown(dir.data().c_str(), 0, 0), 0);
    EXPECT_TRUE(Lock::take(dir.data()));
}

TEST(LockTest, OneOwnerAtATime) {
    const TemporaryDirectory dir;
    std::filesystem::create_directories(dir.data());
    const auto held = Lock::take(dir.data());
    ASSERT_TRUE(held);
    const auto second = Lock::take(dir.data());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "store_locked");
}

}  // namespace
}  // namespace capbridge::store::test
