// Packages as files: staged, kept whole, known by their SHA-256, gone when nobody kept them.
#include "core/store/packages.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "core/base/ids.hpp"
#include "core/store/package_files.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

namespace fs = std::filesystem;

class PackagesTest : public ::testing::Test {
protected:
    void SetUp() override { fs::create_directories(dir_.data()); }
    std::unique_ptr<Packages> open(bool writable = true) { return open_package_files(dir_.data(), writable); }
    std::size_t files() {
        std::size_t count = 0;
        std::error_code ec;
        for (const auto& entry : fs::recursive_directory_iterator(dir_.data(), ec))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }
    static std::string text(const scorm::ByteSource& source) {
        std::string out(static_cast<std::size_t>(source.size()), '\0');
        const auto got = source.read(0, std::span(out.data(), out.size()));
        out.resize(got ? *got : 0);
        return out;
    }
    static ::mode_t mode(const fs::path& path) {
        struct stat there {};
        EXPECT_EQ(::stat(path.c_str(), &there), 0);
        return there.st_mode & 0777;
    }
    // Staged and kept; its SHA-256.
    static std::string keep(Packages& packages, const std::string& bytes) {
        auto staged = packages.stage();
        EXPECT_TRUE(staged);
        EXPECT_TRUE((*staged)->write(bytes));
        EXPECT_TRUE((*staged)->finish());
        const auto sha256 = sha256_hex(bytes);
        EXPECT_TRUE(packages.keep((*staged)->name(), sha256));
        return sha256;
    }
    TemporaryDirectory dir_;
};

TEST_F(PackagesTest, BytesComeBackAsTheyWere) {
    const auto packages = open();
    const std::string bytes("PK\3\4\0\xff\r\n", 8);
    auto staged = packages->stage();
    ASSERT_TRUE(staged);
    ASSERT_TRUE((*staged)->write(bytes.substr(0, 3)));
    ASSERT_TRUE((*staged)->write(bytes.substr(3)));
    EXPECT_EQ((*staged)->bytes(), bytes.size());
    ASSERT_TRUE((*staged)->finish());
    const auto on_its_way = packages->open_staged((*staged)->name());
    ASSERT_TRUE(on_its_way);
    EXPECT_EQ(text(**on_its_way), bytes);

    const auto sha256 = sha256_hex(bytes);
    EXPECT_FALSE(packages->path(sha256));
    ASSERT_TRUE(packages->keep((*staged)->name(), sha256));
    staged->reset();
    const auto path = packages->path(sha256);
    ASSERT_TRUE(path);
    EXPECT_EQ(*path, dir_.data() / "packages" / sha256.substr(0, 2) / sha256);
    EXPECT_EQ(mode(*path), 0600u);
    EXPECT_EQ(mode(path->parent_path()), 0700u);
    EXPECT_EQ(mode(path->parent_path().parent_path()), 0700u);
    const auto source = open(false)->open(sha256);
    ASSERT_TRUE(source);
    EXPECT_EQ(text(**source), bytes);
    EXPECT_EQ(packages->kept(), std::vector<std::string>{sha256});
    EXPECT_EQ(files(), 1u);

    // Whoever reads it reads on.
    ASSERT_TRUE(packages->remove(sha256));
    EXPECT_EQ(text(**source), bytes);
    EXPECT_FALSE(packages->path(sha256));
    EXPECT_TRUE(packages->remove(sha256)) << "gone already";
    const auto none = packages->open(sha256);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, "not_found");
}

TEST_F(PackagesTest, TheSameBytesAreOneFile) {
    const auto packages = open();
    EXPECT_EQ(keep(*packages, "same"), keep(*packages, "same"));
    keep(*packages, "other");
    EXPECT_EQ(files(), 2u);
    EXPECT_EQ(packages->kept().size(), 2u);
}

TEST_F(PackagesTest, WhatIsNotKeptIsGone) {
    const auto packages = open();
    {
        const auto staged = packages->stage();
        ASSERT_TRUE(staged);
        ASSERT_TRUE((*staged)->write("half"));
        EXPECT_EQ(files(), 1u);
    }
    EXPECT_EQ(files(), 0u);
}

TEST_F(PackagesTest, ACrashLeavesWhatTheNextOwnerRemoves) {
    const pid_t child = ::fork();
    if (child == 0) {
        auto staged = stage_package(dir_.data());
        if (!staged || !(*staged)->write("half")) ::_exit(2);
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(files(), 1u);
    (void)open(false);
    EXPECT_EQ(files(), 1u) << "a reader removes nothing";
    const auto alive = stage_package(dir_.data());
    ASSERT_TRUE(alive);
    EXPECT_EQ(files(), 2u);
    const auto packages = open();
    EXPECT_EQ(files(), 1u) << "what somebody holds stays";
    EXPECT_TRUE(packages->open_staged((*alive)->name()));
}

TEST_F(PackagesTest, NamesAreNoPaths) {
    const auto packages = open();
    keep(*packages, "bytes");
    std::ofstream(dir_.data() / "secret") << "secret";
    for (const std::string name : {"", ".", "..", "../../secret", "secret", "/etc/passwd",
                                   "../packages/unfinished", "ab/../../../secret"}) {
        EXPECT_FALSE(packages->open(name)) << name;
        EXPECT_FALSE(packages->path(name)) << name;
        EXPECT_FALSE(packages->open_staged(name)) << name;
        EXPECT_FALSE(packages->remove(name)) << name;
        EXPECT_FALSE(packages->keep(name, sha256_hex("x"))) << name;
    }
    const auto staged = packages->stage();
    ASSERT_TRUE(staged);
    const auto bad = packages->keep((*staged)->name(), "../../secret");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, "invalid_id");
    const auto upper = packages->keep((*staged)->name(), std::string(64, 'A'));
    EXPECT_FALSE(upper);
    EXPECT_TRUE(fs::exists(dir_.data() / "secret"));
    const auto gone = packages->keep(uuid_v4(), sha256_hex("x"));
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, "not_found");
}

TEST_F(PackagesTest, AReaderKeepsAndRemovesNothing) {
    const auto sha256 = keep(*open(), "bytes");
    const auto reader = open(false);
    const auto staged = reader->stage();
    ASSERT_TRUE(staged);
    const auto kept = reader->keep((*staged)->name(), sha256);
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().code, "read_only");
    EXPECT_EQ(reader->remove(sha256).error().code, "read_only");
}

TEST_F(PackagesTest, NoRoomLeavesNothing) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{1 << 16, 1 << 16};
        ::setrlimit(RLIMIT_FSIZE, &small);
        auto staged = stage_package(dir_.data());
        if (!staged) ::_exit(2);
        const auto written = (*staged)->write(std::string(1 << 20, 'x'));
        const bool refused = !written && written.error().code == "store_full";
        staged->reset();
        ::_exit(refused ? 0 : 3);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(files(), 0u);
}

TEST_F(PackagesTest, AFileSourceReadsFilesOnly) {
    const auto folder = open_file_source(dir_.data());
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, "not_a_file");
    const auto none = open_file_source(dir_.data() / "none.zip");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, "not_found");
    std::ofstream(dir_.data() / "a.zip") << "0123456789";
    const auto file = open_file_source(dir_.data() / "a.zip");
    ASSERT_TRUE(file);
    std::array<char, 4> four{};
    EXPECT_EQ((*file)->read(8, std::span(four)), 2u);
    EXPECT_EQ((*file)->read(80, std::span(four)), 0u);
}

}  // namespace
}  // namespace capbridge::store::test
