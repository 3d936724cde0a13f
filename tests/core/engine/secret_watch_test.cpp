// Rotated secrets: what was stopped because the old ones were refused goes on by itself.
#include "core/engine/sync/secret_watch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "core/base/files.hpp"
#include "core/engine/sync_world.hpp"
#include "core/engine/write_back/push_state.hpp"

namespace capbridge::engine {
namespace {

class SecretWatchTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(write_file(file(), "a secret of the system", 0600));
        world.source("lms",
                     {{"http", {{"auth", {{"lms", {{"type", "bearer"}, {"secret_file", file().string()}}}}}}},
                      {"schedule", {{"every", "PT1H"}}}});
    }
    std::filesystem::path file() { return world.dir / "secret"; }
    store::SourceRow row() { return *world.bridge->store().sources().source("lms"); }
    Instant changed() { return *secrets_changed(*options_of(row())); }
    store::SourceStateRow state() { return world.bridge->store().sources().source_state(row().uuid); }
    void stop(const std::string& how, Instant last_try) {
        store::SourceStateRow next;
        next.stopped = how;
        next.error_code = "adapter_auth";
        next.failures = 1;
        next.last_try = last_try;
        ASSERT_TRUE(world.bridge->store().sources().put_source_state(row().uuid, next));
    }

    SyncWorld world;
};

TEST_F(SecretWatchTest, ANewSecretLetsItGoOnAndAnOldOneDoesNot) {
    using namespace std::chrono_literals;
    stop("configuration", changed() + 1ms);
    ASSERT_TRUE(go_on_after_rotation(*world.bridge, row()));
    EXPECT_EQ("configuration", state().stopped);
    stop("configuration", changed() - 1ms);
    ASSERT_TRUE(go_on_after_rotation(*world.bridge, row()));
    EXPECT_EQ("", state().stopped);
    EXPECT_TRUE(state().next_due);
}

TEST_F(SecretWatchTest, AQuarantineAndAPersonsQuestionStay) {
    using namespace std::chrono_literals;
    stop("quarantined", changed() - 1s);
    ASSERT_TRUE(go_on_after_rotation(*world.bridge, row()));
    EXPECT_EQ("quarantined", state().stopped);
}

TEST_F(SecretWatchTest, WhileItIsReadNothingIsTouched) {
    using namespace std::chrono_literals;
    stop("configuration", changed() - 1s);
    {
        const auto hold = world.bridge->syncing.try_hold("lms", "sync");
        ASSERT_TRUE(go_on_after_rotation(*world.bridge, row()));
        EXPECT_EQ("configuration", state().stopped);
    }
    ASSERT_TRUE(go_on_after_rotation(*world.bridge, row()));
    EXPECT_EQ("", state().stopped);
}

TEST_F(SecretWatchTest, AFileThatIsMovedIntoItsPlaceCountsFromThen) {
    const auto beside = world.dir / "beside";
    ASSERT_TRUE(write_file(beside, "another secret", 0600));
    const timespec old[2] = {{1, 0}, {1, 0}};
    ASSERT_EQ(0, ::utimensat(AT_FDCWD, beside.c_str(), old, 0));
    const auto before = changed();
    std::filesystem::rename(beside, file());
    EXPECT_GE(changed(), before);
}

TEST_F(SecretWatchTest, WritingBackGoesOnToo) {
    using namespace std::chrono_literals;
    PushState push;
    push.stopped = true;
    push.failures = 2;
    push.last_try = changed() - 1s;
    ASSERT_TRUE(keep_push_state(*world.bridge, row().uuid, push));
    ASSERT_TRUE(go_on_after_rotation(*world.bridge, row()));
    EXPECT_FALSE(read_push_state(*world.bridge, row().uuid).stopped);
}

TEST(SecretsChanged, CredentialsAreLookedAtInTheirDirectoryAndMissingFilesAreNone) {
    const auto dir = std::filesystem::temp_directory_path() / ("capbridge-credentials-" + uuid_v4());
    std::filesystem::create_directories(dir);
    SourceOptions options;
    EXPECT_FALSE(secrets_changed(options));
    options.http = {{"proxy", {{"secret_credential", "proxy"}}}, {"ca_file", "/nowhere/at/all"}};
    EXPECT_FALSE(secrets_changed(options));
    ::setenv("CREDENTIALS_DIRECTORY", dir.c_str(), 1);
    EXPECT_FALSE(secrets_changed(options));
    ASSERT_TRUE(write_file(dir / "proxy", "x", 0600));
    EXPECT_TRUE(secrets_changed(options));
    ::unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace capbridge::engine
