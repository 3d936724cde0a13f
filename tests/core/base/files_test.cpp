#include "core/base/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/ids.hpp"

namespace capbridge {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
protected:
    void SetUp() override { fs::create_directory(folder); }
    void TearDown() override { fs::remove_all(folder); }

    std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path().filename());
        return out;
    }

    const fs::path folder = fs::path(testing::TempDir()) / ("files_test_" + random_token(9));
};

TEST_F(Files, WhatIsWrittenIsRead) {
    const std::string bytes("a\0\r\n\xFF", 5);
    ASSERT_TRUE(write_file(folder / "a", bytes));
    EXPECT_EQ(read_file(folder / "a").value(), bytes);
    ASSERT_TRUE(write_file(folder / "a", ""));
    EXPECT_EQ(read_file(folder / "a").value(), "");
}

TEST_F(Files, AWriteReplacesTheWholeFileAndLeavesNothingBeside) {
    ASSERT_TRUE(write_file(folder / "a", "a long first text"));
    ASSERT_TRUE(write_file(folder / "a", "short"));
    EXPECT_EQ(read_file(folder / "a").value(), "short");
    EXPECT_THAT(names(), testing::ElementsAre("a"));
}

TEST_F(Files, AFailedWriteLeavesTheTargetAlone) {
    fs::create_directory(folder / "taken");
    const auto status = write_file(folder / "taken", "x");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, "unwritable");
    EXPECT_TRUE(fs::is_directory(folder / "taken"));
    EXPECT_THAT(names(), testing::ElementsAre("taken"));
    EXPECT_EQ(write_file(folder / "none" / "a", "x").error().code, "unwritable");
}

TEST_F(Files, AWriterOfSecretsSetsTheMode) {
    ASSERT_TRUE(write_file(folder / "key", "x", 0600));
    struct stat info {};
    ASSERT_EQ(::stat((folder / "key").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777u, 0600u);
}

TEST_F(Files, AFileLargerThanTheLimitIsNotRead) {
    ASSERT_TRUE(write_file(folder / "a", "12345"));
    EXPECT_EQ(read_file(folder / "a", 5).value(), "12345");
    const auto read = read_file(folder / "a", 4);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "too_large");
    EXPECT_EQ(read.error().where, (folder / "a").string());
}

TEST_F(Files, WhatIsMissingIsToldApartFromWhatIsOutOfReach) {
    ASSERT_TRUE(write_file(folder / "a", "x"));
    EXPECT_EQ(read_file(folder / "none").error().code, "not_found");
    EXPECT_EQ(read_file(folder / "a" / "below").error().code, "not_found");
    EXPECT_EQ(read_file(folder).error().code, "not_a_file");
    fs::create_symlink(folder / "round", folder / "round");
    EXPECT_EQ(read_file(folder / "round").error().code, "unreadable");
    if (::geteuid() == 0) return;  // nothing is out of root's reach
    fs::create_directory(folder / "closed");
    ASSERT_TRUE(write_file(folder / "closed" / "a", "x"));
    fs::permissions(folder / "closed", fs::perms::none);
    EXPECT_EQ(read_file(folder / "closed" / "a").error().code, "unreadable");
    fs::permissions(folder / "closed", fs::perms::owner_all);
}

// Files of sysfs say that they are a page, and give less: so does a disk that fails.
TEST_F(Files, WhatCannotBeReadToItsEndIsNotRead) {
    const fs::path online = "/sys/devices/system/cpu/online";
    if (!fs::exists(online)) GTEST_SKIP() << "no sysfs here";
    EXPECT_EQ(read_file(online).error().code, "unreadable");
}

}  // namespace
}  // namespace capbridge
