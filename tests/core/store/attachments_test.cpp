// Attachments: stored once, durable, and only under names that are a SHA-2.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "core/base/files.hpp"
#include "core/store/attachment_files.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

namespace fs = std::filesystem;

class AttachmentsTest : public ::testing::Test {
protected:
    void SetUp() override { fs::create_directories(dir_.data()); }
    std::unique_ptr<Attachments> open(bool writable = true) {
        return open_attachment_files(dir_.data(), writable);
    }
    std::size_t files() {
        std::size_t count = 0;
        std::error_code ec;
        for (const auto& entry : fs::recursive_directory_iterator(dir_.data(), ec))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }
    static ::mode_t mode(const fs::path& path) {
        struct stat there {};
        EXPECT_EQ(::stat(path.c_str(), &there), 0);
        return there.st_mode & 0777;
    }
    TemporaryDirectory dir_;
};

TEST_F(AttachmentsTest, BytesComeBackAsTheyWere) {
    const auto attachments = open();
    const std::string bytes("%PDF\0\xff\r\n", 8);
    const auto sha2 = sha256_hex(bytes);
    EXPECT_FALSE(attachments->has(sha2));
    EXPECT_FALSE(attachments->read(sha2));
    EXPECT_FALSE(attachments->path(sha2));
    ASSERT_TRUE(attachments->keep(sha2, bytes));
    EXPECT_TRUE(attachments->has(sha2));
    EXPECT_EQ(attachments->read(sha2), bytes);
    const auto path = attachments->path(sha2);
    ASSERT_TRUE(path);
    EXPECT_EQ(*path, dir_.data() / "attachments" / sha2.substr(0, 2) / sha2);
    EXPECT_EQ(mode(*path), 0600u);
    EXPECT_EQ(mode(path->parent_path()), 0700u);
    EXPECT_EQ(mode(path->parent_path().parent_path()), 0700u);
    ASSERT_TRUE(attachments->keep(sha256_hex(""), ""));
    EXPECT_EQ(attachments->read(sha256_hex("")), "");
    EXPECT_EQ(open(false)->read(sha2), bytes);
}

TEST_F(AttachmentsTest, TheSameBytesAreStoredOnce) {
    const auto attachments = open();
    const auto sha2 = sha256_hex("bytes");
    ASSERT_TRUE(attachments->keep(sha2, "bytes"));
    const auto path = *attachments->path(sha2);
    struct stat first {
    }, second{};
    ASSERT_EQ(::stat(path.c_str(), &first), 0);
    ASSERT_TRUE(attachments->keep(sha2, "bytes"));
    ASSERT_EQ(::stat(path.c_str(), &second), 0);
    EXPECT_EQ(first.st_ino, second.st_ino);
    EXPECT_EQ(files(), 1u);
}

TEST_F(AttachmentsTest, ManyWhoBringTheSameAndOthers) {
    const auto attachments = open();
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i) {
                const auto bytes = "attachment " + std::to_string(i);
                EXPECT_TRUE(attachments->keep(sha256_hex(bytes), bytes));
                EXPECT_EQ(attachments->read(sha256_hex(bytes)), bytes);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(files(), 20u);
}

TEST_F(AttachmentsTest, OnlyASha2IsAName) {
    const auto attachments = open();
    const auto sha2 = sha256_hex("x");
    for (const std::string& name :
         {std::string(), std::string("../../etc/passwd"), std::string(64, '.'), std::string(64, '/'),
          sha2.substr(1), sha2 + "0", std::string(64, 'G'), std::string(64, 'A'), std::string(40, 'a'),
          sha2.substr(0, 63) + std::string(1, '\0')}) {
        const auto kept = attachments->keep(name, "x");
        ASSERT_FALSE(kept) << name;
        EXPECT_EQ(kept.error().code, "invalid_id");
        EXPECT_FALSE(attachments->has(name));
        EXPECT_FALSE(attachments->read(name));
        EXPECT_FALSE(attachments->path(name));
    }
    EXPECT_EQ(files(), 0u);
    for (const std::size_t length : {56u, 64u, 96u, 128u})
        EXPECT_TRUE(attachments->keep(std::string(length, 'a'), "x")) << length;
    EXPECT_EQ(files(), 4u);
}

TEST_F(AttachmentsTest, WhatACrashLeftIsGoneAndADamagedFileIsMended) {
    const auto sha2 = sha256_hex("whole");
    {
        const auto attachments = open();
        ASSERT_TRUE(attachments->keep(sha2, "whole"));
        std::ofstream(dir_.data() / "attachments" / "unfinished" / sha256_hex("half")) << "ha";
        std::ofstream(*attachments->path(sha2)) << "cut";
    }
    EXPECT_EQ(files(), 2u);
    open(false);
    EXPECT_EQ(files(), 2u) << "a reader removes nothing";
    const auto attachments = open();
    EXPECT_EQ(files(), 1u);
    ASSERT_TRUE(attachments->keep(sha2, "whole"));
    EXPECT_EQ(attachments->read(sha2), "whole");
    ASSERT_TRUE(attachments->keep(sha256_hex("half"), "half"));
}

TEST_F(AttachmentsTest, AReaderKeepsNothing) {
    const auto kept = open(false)->keep(sha256_hex("x"), "x");
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().code, "read_only");
    EXPECT_FALSE(fs::exists(dir_.data() / "attachments"));
}

TEST_F(AttachmentsTest, WithoutRoomNothingIsLeft) {
    const auto attachments = open();
    ASSERT_TRUE(attachments->keep(sha256_hex("x"), "x"));
    const std::string large(1u << 20, 'x');
    const auto sha2 = sha256_hex(large);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {  // a limit on files is what a full disk looks like to write()
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1u << 16, 1u << 16};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto kept = attachments->keep(sha2, large);
        ::_exit(!kept && kept.error().code == "store_full" ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(files(), 1u);
    EXPECT_TRUE(attachments->keep(sha2, large)) << "there is room again";
}

TEST_F(AttachmentsTest, AFolderThatCannotBeMadeIsAnError) {
    const auto attachments = open();
    std::ofstream(dir_.data() / "attachments") << "a file in its place";
    const auto kept = attachments->keep(sha256_hex("x"), "x");
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().code, "store_io");
}

}  // namespace
}  // namespace capbridge::store::test
