// The data directory: who owns it, who may read, what is refused, and what a full or damaged disk does.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/store/sqlite/database.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using DirectoryTest = StoreTest;
using ::testing::HasSubstr;

unsigned mode_of(const std::filesystem::path& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777u : 0u;
}

TEST_F(DirectoryTest, IsPrivateAndKnowsItself) {
    EXPECT_EQ(mode_of(dir_.data()), 0700u);
    for (const auto* name : {"capbridge.db", "capbridge.db-wal", "capbridge.db-shm", "lock"}) {
        EXPECT_EQ(mode_of(dir_.data() / name), 0600u) << name;
    }
    const auto made = store_->installation();
    EXPECT_TRUE(is_uuid(made.uuid));
    EXPECT_TRUE(is_uuid(made.organisation_uuid));
    EXPECT_EQ(made.iri_base, "https://trust.example/cap");
    ASSERT_TRUE(store_->set_organisation("Nymouth NHS Trust"));
    store_.reset();
    store_ = open_store(dir_.data(), Mode::own, "https://elsewhere.example").value();
    EXPECT_EQ(store_->installation().organisation, "Nymouth NHS Trust");
    EXPECT_EQ(store_->installation().uuid, made.uuid);
    EXPECT_EQ(store_->installation().iri_base, "https://trust.example/cap")
        << "fixed when the directory was made";
}

TEST_F(DirectoryTest, TheDefaultIriBaseIsNobodysName) {
    TemporaryDirectory other;
    const auto store = open_store(other.data() / "deeper" / "still", Mode::own).value();
    EXPECT_EQ(store->installation().iri_base, "https://capbridge.invalid/" + store->installation().uuid);
}

TEST_F(DirectoryTest, HasOneOwner) {
    const auto second = open_store(dir_.data(), Mode::own);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "store_locked");
    EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(::getpid()) + " "));
    store_.reset();
    EXPECT_TRUE(open_store(dir_.data(), Mode::own));
}

TEST_F(DirectoryTest, CanBeReadBesideAnOwnerAndWithoutOne) {
    append({statement(1)});
    auto reader = open_store(dir_.data(), Mode::read).value();
    EXPECT_TRUE(reader->journal().statement(id(1)));
    append({statement(2)});
    EXPECT_TRUE(reader->journal().statement(id(2))) << "a reader sees what was committed since it opened";
    EXPECT_EQ(reader->journal().watermark().seq, journal().watermark().seq);
    const auto refused = reader->journal().append(batch({statement(3)}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "read_only");
    std::string code;
    reader->journal().append(std::make_shared<const Batch>(batch({statement(3)})),
                             [&](Result<Appended> answer) { code = answer.error().code; });
    EXPECT_EQ(code, "read_only");
    EXPECT_EQ(reader->projection().reset().error().code, "read_only");
    reader.reset();
    store_.reset();
    reader = open_store(dir_.data(), Mode::read).value();
    EXPECT_TRUE(reader->journal().statement(id(2)));
    EXPECT_TRUE(open_store(dir_.data(), Mode::own)) << "a reader does not hold the lock";
}

TEST_F(DirectoryTest, ABackupOnAReadOnlyMediumCanBeRead) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
    append({statement(1)});
    store_.reset();
    ::chmod(dir_.data().c_str(), 0500);
    {
        const auto reader = open_store(dir_.data(), Mode::read);
        EXPECT_TRUE(reader && (*reader)->journal().statement(id(1)));
    }
    ::chmod(dir_.data().c_str(), 0700);
}

TEST_F(DirectoryTest, ReadingNothingIsAnError) {
    TemporaryDirectory other;
    EXPECT_EQ(open_store(other.data(), Mode::read).error().code, "no_data");
    std::filesystem::create_directory(other.data());
    EXPECT_EQ(open_store(other.data(), Mode::read).error().code, "no_data");
    std::ofstream(other.data() / "capbridge.db").flush();  // made, and killed before the first commit
    EXPECT_EQ(open_store(other.data(), Mode::read).error().code, "no_data");
    EXPECT_TRUE(open_store(other.data(), Mode::own));
}

TEST_F(DirectoryTest, ALaterVersionIsRefused) {
    store_.reset();
    { Database(dir_.data() / "capbridge.db", Database::Access::write).exec("PRAGMA user_version=999"); }
    for (const auto mode : {Mode::own, Mode::read}) {
        const auto opened = open_store(dir_.data(), mode);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, "store_newer");
        EXPECT_THAT(opened.error().message, HasSubstr("later version"));
    }
}

TEST_F(DirectoryTest, ADamagedOrForeignFileSaysWhatToDo) {
    store_.reset();
    {
        std::fstream file(dir_.data() / "capbridge.db", std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(0);
        file << std::string(4096, 'x');
    }
    for (const auto mode : {Mode::own, Mode::read}) {
        const auto opened = open_store(dir_.data(), mode);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, "store_damaged");
        EXPECT_THAT(opened.error().message, HasSubstr("restore the latest backup"));
    }
    TemporaryDirectory other;
    std::filesystem::create_directory(other.data());
    { Database(other.data() / "capbridge.db", Database::Access::write).exec("create table recipe(id)"); }
    EXPECT_EQ(open_store(other.data(), Mode::own).error().code, "store_damaged");
}

TEST_F(DirectoryTest, ADamagedPageInTheMiddleIsNoticedWhenRead) {
    const auto run_id = run();
    for (int i = 0; i < 50; ++i) append({statement(i, {{Kind::verb, "v" + std::to_string(i)}})}, run_id);
    store_.reset();
    const auto file = dir_.data() / "capbridge.db";
    const auto size = std::filesystem::file_size(file);
    {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(4096);
        out << std::string(size - 4096, '\x5a');
    }
    for (const auto mode : {Mode::own, Mode::read}) {
        const auto opened = open_store(dir_.data(), mode);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, "store_damaged");
    }
}

TEST_F(DirectoryTest, AFullDatabaseStoresNothingHalf) {
    append({statement(1)});
    open(Mode::own, {{}, 100});
    const auto run_id = run();
    Result<Appended> answer;
    int n = 10;
    do {
        auto first = statement(n), second = statement(n + 1);
        second.body += std::string(20000, ' ');
        answer = journal().append(batch({first, second}, run_id));
        n += 2;
    } while (answer && n < 200);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "store_full");
    EXPECT_FALSE(journal().statement(id(n - 2)));
    EXPECT_FALSE(journal().statement(id(n - 1)));
    EXPECT_TRUE(journal().statement(id(n - 4)));
    open();
    EXPECT_EQ(append({statement(n - 2), statement(n - 1)}).statements, 2u);
}

// No file may grow, so that the COMMIT itself fails, as on a disk that is full.
class NoFileGrows {
public:
    NoFileGrows() {
        previous_ = ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &limit_);
        auto none = limit_;
        none.rlim_cur = 512;
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    ~NoFileGrows() {
        ::setrlimit(RLIMIT_FSIZE, &limit_);
        ::signal(SIGXFSZ, previous_);
    }

private:
    struct rlimit limit_ {};
    void (*previous_)(int) = nullptr;
};

TEST_F(DirectoryTest, AFailedCommitFailsItsWholeGroupAndTheWriterGoesOn) {
    const auto run_id = run();
    append({statement(1)}, run_id);
    std::atomic<int> failed = 0, answered = 0;
    {
        const NoFileGrows limit;
        for (int i = 10; i < 30; ++i) {
            journal().append(
                std::make_shared<const Batch>(batch({statement(i, {{Kind::verb, "v"}})}, run_id)),
                [&](Result<Appended> answer) {
                    failed +=
                        !answer && (answer.error().code == "store_io" || answer.error().code == "store_full");
                    ++answered;
                });
        }
        while (answered < 20) ::usleep(1000);
    }
    EXPECT_EQ(failed, 20);
    for (int i = 10; i < 30; ++i) EXPECT_FALSE(journal().statement(id(i)));
    EXPECT_EQ(append({statement(10, {{Kind::verb, "v"}}), statement(11)}, run_id).statements, 2u);
    StatementQuery query;
    query.verb = "v";
    EXPECT_EQ(ids(query), std::vector<std::string>{id(10)});
    open();
    EXPECT_EQ(journal().entries(0, 100).size(), 3u);
}

TEST_F(DirectoryTest, ClosingWaitsForWhatWasQueued) {
    const auto run_id = run();
    std::atomic<int> answered = 0;
    for (int i = 0; i < 50; ++i) {
        journal().append(std::make_shared<const Batch>(batch({statement(i)}, run_id)),
                         [&](const Result<Appended>& answer) { answered += answer.has_value(); });
    }
    store_.reset();
    EXPECT_EQ(answered, 50);
    open();
    EXPECT_EQ(journal().entries(0, 100).size(), 50u);
}

}  // namespace
}  // namespace capbridge::store::test
