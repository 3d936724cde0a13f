// The ledger of erasures in backups: a spoilt line is never passed on, and a ledger can be named.
#include <gmock/gmock.h>

#include "core/store/backup/future.hpp"
#include "core/store/backup/ledger.hpp"
#include "core/store/backup/repository_ledger.hpp"
#include "core/store/backup/verify.hpp"
#include "core/store/backup_ledger_test_support.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/lock.hpp"

namespace capbridge::store::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As versions before this one left it: a spoilt line in the repository too.
TEST_F(BackupLedgerTest, ASpoiltLedgerOfTheRepositoryIsSaidAndWrittenAnew) {
    erase(std::string(64, 'a'));
    erase(std::string(64, 'b'));
    for (const std::string secret : {"", passphrase}) {
        fs::remove_all(repository());
        ASSERT_TRUE(back_up(day(1), secret));
        const auto kept = repository() / (secret.empty() ? "erasures.jsonl" : "erasures.sealed");
        if (secret.empty()) {
            spoil_line(kept, 2);
        } else {
            spoil(kept);
        }
        const auto code = secret.empty() ? "bad_erasures" : "repository_damaged";
        auto verified = verify_backups(*open_repository(Repository::Use::read, secret), {}, day(2), {});
        ASSERT_THAT(verified->ledger, SizeIs(1));
        EXPECT_EQ(verified->ledger[0].code, code);
        EXPECT_EQ(verified->ledger[0].where, kept);
        ledgers_ = {};
        EXPECT_EQ(restore("latest", secret).error().code, code);
        EXPECT_FALSE(fs::exists(into())) << "it is said before anything is begun";
        // Where that of the data directory is named, it stands in.
        ledgers_ = {dir_.data()};
        auto restored = restore("latest", secret);
        ASSERT_TRUE(restored) << restored.error().text();
        EXPECT_EQ(restored->erasures, 2u);
        EXPECT_EQ(read_erasures(into())->size(), 2u);
        EXPECT_EQ(restored->warnings.size(), secret.empty() ? 0u : 1u) << "it had the line whole";
        // And the next backup mends it.
        ASSERT_TRUE(back_up(day(3), secret));
        verified = verify_backups(*open_repository(Repository::Use::read, secret), {}, day(4), {});
        EXPECT_THAT(verified->ledger, IsEmpty());
        fs::remove_all(into());
        ledgers_ = {};
        EXPECT_EQ(restore("latest", secret)->erasures, 2u);
        fs::remove_all(into());
    }
}

TEST_F(BackupLedgerTest, ANamedLedgerIsReadOrRefused) {
    const auto folder = dir_.data().parent_path() / "old";
    fs::create_directories(folder);
    const auto refused = [&](const fs::path& named, const char* why) {
        const auto opened = NamedLedger::open(named);
        ASSERT_FALSE(opened) << named;
        EXPECT_EQ(opened.error().code, "not_found");
        EXPECT_THAT(opened.error().message, HasSubstr(why));
    };
    refused(folder / "nowhere", "there is no ledger");
    refused(folder, "has no erasures.jsonl");
    ASSERT_TRUE(write_file(folder / "notes.txt", "nothing of the kind\n", 0600));
    refused(folder / "notes.txt", "is no ledger");
    ASSERT_TRUE(write_file(folder / "empty.jsonl", "", 0600));
    refused(folder / "empty.jsonl", "no whole line");
    Erasure one;
    one.id = uuid_v4();
    one.at = wall_clock();
    one.people = {uuid_v4()};
    ASSERT_TRUE(append_erasure(folder, one));
    EXPECT_EQ(NamedLedger::open(folder)->erasures(), 1u);
    fs::rename(folder / "erasures.jsonl", folder / "of march.jsonl");
    fs::path shown;
    {
        const auto named = NamedLedger::open(folder / "of march.jsonl");
        ASSERT_TRUE(named);
        EXPECT_FALSE(named->has_keys());
        shown = named->folder();
        const auto into = dir_.data().parent_path() / "into";
        fs::create_directories(into);
        EXPECT_EQ(unite_erasures(into, named->folder()), 1u);
        EXPECT_EQ(read_erasures(into)->front().id, one.id);
    }
    EXPECT_FALSE(fs::exists(shown));
    EXPECT_TRUE(fs::exists(folder / "of march.jsonl"));
    ASSERT_TRUE(erasure_key(folder));
    EXPECT_TRUE(NamedLedger::open(folder / "of march.jsonl")->has_keys());
}

// Two erasures of one person are much alike: their uuid and their digests are the same.
TEST_F(BackupLedgerTest, AnEarlierErasureOfSomebodyIsNotTheirLaterOne) {
    Erasure one;
    one.people = {uuid_v4()};
    one.key = uuid_v4();
    for (int n = 0; n < 6; ++n) one.digests.push_back(std::string(64, static_cast<char>('a' + n)));
    for (int n = 0; n < 2; ++n) {
        one.id = uuid_v4();
        one.at = day(1 + n);
        ASSERT_TRUE(append_erasure(dir_.data(), one));
    }
    ASSERT_TRUE(back_up(day(3)));
    spoil_line(repository() / erasures_name, 2);
    EXPECT_THAT(verify_backups(*open_repository(Repository::Use::read), {}, day(4), {})->ledger, SizeIs(1));
    EXPECT_EQ(restore().error().code, "bad_erasures");
    ledgers_ = {dir_.data()};
    EXPECT_EQ(restore()->erasures, 2u);
}

// A repository's files are written whole: nothing in them is only begun.
TEST_F(BackupLedgerTest, WhatIsCutOffARepositorysLedgerIsDamage) {
    erase(std::string(64, 'a'));
    erase(std::string(64, 'b'));
    ASSERT_TRUE(back_up(day(1)));
    const auto file = repository() / erasures_name;
    const auto whole = read_file(file).value();
    for (const std::size_t left : {whole.size() - 9, std::size_t{0}}) {
        fs::resize_file(file, left);
        EXPECT_EQ(restore().error().code, "bad_erasures") << left;
        EXPECT_THAT(verify_backups(*open_repository(Repository::Use::read), {}, day(4), {})->ledger,
                    SizeIs(1));
        ASSERT_TRUE(back_up(day(2)));
        EXPECT_EQ(read_file(file).value(), whole) << "the next backup writes it anew";
    }
    fs::resize_file(file, whole.size() - 1);  // its end only: the line is whole
    EXPECT_EQ(restore()->erasures, 2u);
}

TEST_F(BackupLedgerTest, AMarkIsTakenByItsOwnRestoreOnly) {
    ASSERT_TRUE(back_up(day(1)));
    const auto from = open_repository(Repository::Use::read);
    const auto manifest = from->find("latest").value();
    const auto first = restore_backup(*from, from->chunks(), manifest, into(), {}, false, {});
    ASSERT_TRUE(first);
    const auto half = {"erasures.jsonl.tmp7", "erasures.key.tmp7", "audit.head.tmp7"};
    for (const auto* name : half) std::ofstream(into() / name) << "half";
    const auto second = restore_backup(*from, from->chunks(), manifest, into(), {}, false, {});
    ASSERT_TRUE(second) << "of the same backup";
    for (const auto* name : half) EXPECT_FALSE(fs::exists(into() / name)) << name;
    EXPECT_EQ(end_restore(into(), first->mark).error().code, "store_locked");
    EXPECT_EQ(open_store(into(), Mode::own).error().code, "restore_unfinished");
    {
        const auto owner = Lock::take(into());
        EXPECT_EQ(end_restore(into(), second->mark).error().code, "store_locked");
    }
    EXPECT_TRUE(end_restore(into(), second->mark));
    EXPECT_TRUE(open_store(into(), Mode::own));
}

TEST_F(BackupLedgerTest, AnEmptyLedgerNeverReplacesADamagedOne) {
    erase(std::string(64, 'a'));
    ASSERT_TRUE(back_up(day(1), passphrase));
    spoil(repository() / "erasures.sealed");
    const auto spoilt = read_file(repository() / "erasures.sealed").value();
    fs::resize_file(dir_.data() / erasures_name, 0);
    EXPECT_EQ(back_up(day(2), passphrase).error().code, "bad_erasures");
    EXPECT_EQ(read_file(repository() / "erasures.sealed").value(), spoilt);
}

TEST_F(BackupLedgerTest, WhatTheReplacedDataCarriedOutIsInItsLedger) {
    ASSERT_TRUE(back_up(day(1)));
    erase(std::string(64, 'a'));
    erase(std::string(64, 'b'));
    carry_out_all();
    const auto file = dir_.data() / erasures_name;
    fs::resize_file(file, read_file(file).value().find('\n') + 1);
    store_.reset();
    ledgers_ = {dir_.data()};
    EXPECT_EQ(restore().error().code, "bad_erasures") << "its person would come back with the old backup";
    EXPECT_FALSE(fs::exists(into())) << "nothing was written";
    set_aside_ = true;
    const auto done = restore();
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_THAT(done->warnings, ::testing::ElementsAre(HasSubstr("was carried out")));
}

TEST_F(BackupLedgerTest, AnEmptiedLedgerOfTheRepositoryIsToldWhoeverIsNamed) {
    erase(std::string(64, 'a'));
    const auto folder = dir_.data().parent_path() / "copy";
    fs::create_directory(folder);
    fs::copy_file(dir_.data() / erasures_name, folder / erasures_name);
    erase(std::string(64, 'b'));
    ASSERT_TRUE(back_up(day(1)));
    fs::resize_file(repository() / erasures_name, 0);
    ledgers_ = {folder};
    const auto done = restore();
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_THAT(done->warnings, ::testing::ElementsAre(HasSubstr("cannot be read")));
}

TEST_F(BackupLedgerTest, OneSpoiltLineInTwoNamedLedgersIsOneLine) {
    erase(std::string(64, 'a'));
    ASSERT_TRUE(back_up(day(1)));
    spoil_line(dir_.data() / erasures_name, 1);
    const auto folder = dir_.data().parent_path() / "copy";
    fs::create_directory(folder);
    fs::copy_file(dir_.data() / erasures_name, folder / erasures_name);
    ledgers_ = {dir_.data(), folder, dir_.data()};
    const auto done = restore();
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(done->erasures, 1u);
}

TEST_F(BackupLedgerTest, ANamedLedgerWithoutItsKeyIsTakenWithAWarning) {
    ASSERT_TRUE(back_up(day(1)));
    Erasure one;
    one.id = uuid_v4();
    one.at = wall_clock();
    one.people = {uuid_v4()};
    one.key = uuid_v4();
    one.digests = {std::string(64, 'a')};
    const auto folder = dir_.data().parent_path() / "copy";
    fs::create_directory(folder);
    ASSERT_TRUE(append_erasure(folder, one));
    ledgers_ = {folder};
    const auto done = restore();
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_THAT(done->warnings, ::testing::ElementsAre(HasSubstr(one.key)));
    EXPECT_EQ(done->erasures, 1u);
    EXPECT_TRUE(open_restored(into())) << "it can be used";
}

// A copy that a person made, against a data directory to which a line was just being added.
TEST_F(BackupLedgerTest, ANamedFileIsReadToItsLastByte) {
    ASSERT_TRUE(back_up(day(1)));
    erase(std::string(64, 'a'));
    erase(std::string(64, 'b'));
    const auto folder = dir_.data().parent_path() / "copy";
    fs::create_directories(folder);
    const auto whole = read_file(dir_.data() / erasures_name).value();
    const auto restored_of = [&](const std::string& text, const fs::path& in) {
        EXPECT_TRUE(write_file(in / erasures_name, text, 0600));
        const auto named = NamedLedger::open(in);
        EXPECT_TRUE(named) << text;
        ledgers_ = {named->folder()};
        auto done = restore();
        fs::remove_all(into());
        return done;
    };
    EXPECT_EQ(restored_of(whole.substr(0, whole.size() - 1), folder)->erasures, 2u);
    EXPECT_EQ(restored_of(whole.substr(0, whole.size() - 9), folder).error().code, "bad_erasures");
    EXPECT_EQ(restored_of(whole.substr(0, whole.size() - 9), dir_.data())->erasures, 1u) << "a crash";
    // One that has spoilt lines only is a ledger, and is not passed over.
    const auto first = whole.substr(0, whole.find('\n') + 1);
    EXPECT_EQ(restored_of("x" + first, folder).error().code, "bad_erasures");
}

}  // namespace
}  // namespace capbridge::store::test
