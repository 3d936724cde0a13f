// The ledger of erasures in backups: a spoilt line is never passed on, is mended from where it is whole, and
// a ledger can be named.
#include <gmock/gmock.h>

#include "core/store/backup/future.hpp"
#include "core/store/backup/ledger.hpp"
#include "core/store/backup/repository_ledger.hpp"
#include "core/store/backup/verify.hpp"
#include "core/store/backup_test_support.hpp"
#include "core/store/erasures.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/lock.hpp"

namespace capbridge::store::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BackupLedgerTest : public BackupTest {
protected:
    void erase(const std::string& digest) {
        Erasure one;
        one.id = uuid_v4();
        one.at = wall_clock();
        one.people = {uuid_v4()};
        one.key = erasure_key(dir_.data())->id;
        one.digests = {digest};
        ASSERT_TRUE(append_erasure(dir_.data(), one));
    }
    // As the engine does after it has written the ledger.
    void carry_out_all() {
        const auto erasures = read_erasures(dir_.data()).value();
        for (const auto& one : erasures) {
            Erasing erasing;
            erasing.ids = {one.id};
            erasing.at = one.at;
            erasing.redact = [](std::string_view) { return std::nullopt; };
            const auto done = store_->erasings().carry_out(erasing);
            ASSERT_TRUE(done) << done.error().text();
        }
    }
    static void spoil_line(const fs::path& file, int number) {
        auto text = read_file(file).value();
        std::size_t at = 0;
        for (int n = 1; n < number; ++n) at = text.find('\n', at) + 1;
        text[at + 2] = '"';
        std::ofstream(file, std::ios::binary) << text;
    }
};

TEST_F(BackupLedgerTest, ASpoiltLineOfTheLedgerFailsTheBackupAndHarmsNoOther) {
    erase(std::string(64, 'a'));
    erase(std::string(64, 'b'));
    ASSERT_TRUE(back_up(day(1)));
    const auto data = dir_.data() / erasures_name;
    const auto whole = read_file(data).value();
    spoil_line(data, 2);
    const auto failed = back_up(day(2));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, "bad_erasures");
    EXPECT_EQ(failed.error().where, data);
    EXPECT_THAT(failed.error().message, HasSubstr("capbridge backup ledger"));
    EXPECT_EQ(read_file(repository() / erasures_name).value(), whole) << "nothing spoilt got there";
    EXPECT_EQ(restore()->erasures, 2u);
    // The advice works.
    EXPECT_EQ(mend_ledger(open_repository(Repository::Use::read).get(), dir_.data(), false).error().code,
              "store_locked");
    store_.reset();
    const auto mended = mend_ledger(open_repository(Repository::Use::read).get(), dir_.data(), false);
    ASSERT_TRUE(mended) << mended.error().text();
    EXPECT_EQ(mended->came, 1u);
    EXPECT_EQ(read_erasures(dir_.data())->size(), 2u);
}

TEST_F(BackupLedgerTest, ALineThatNobodyHasWholeIsGivenUpByWord) {
    erase(std::string(64, 'a'));
    ASSERT_TRUE(back_up(day(1)));
    erase(std::string(64, 'b'));
    const auto data = dir_.data() / erasures_name;
    spoil_line(data, 2);
    store_.reset();
    const auto from = open_repository(Repository::Use::read);
    EXPECT_EQ(mend_ledger(from.get(), dir_.data(), false).error().code, "bad_erasures");
    EXPECT_FALSE(read_erasures(dir_.data())) << "nothing was changed";
    EXPECT_EQ(mend_ledger(from.get(), dir_.data(), true)->set_aside, 1u);
    EXPECT_EQ(read_erasures(dir_.data())->size(), 1u);
    EXPECT_THAT(read_file(data.string() + ".damaged").value(), HasSubstr(std::string(64, 'b')));
}

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

// The database knows what it has carried out, so a ledger that was cut or emptied is no ledger of nobody.
TEST_F(BackupLedgerTest, ALedgerThatLacksWhatWasCarriedOutIsDamaged) {
    erase(std::string(64, 'a'));
    erase(std::string(64, 'b'));
    carry_out_all();
    ASSERT_TRUE(store_->erasings().ledger());
    ASSERT_TRUE(back_up(day(1)));
    const auto file = dir_.data() / erasures_name;
    const auto whole = read_file(file).value();
    for (const auto left : {std::size_t{0}, whole.find('\n') + 1}) {
        fs::resize_file(file, left);
        open();
        EXPECT_EQ(store_->erasings().ledger().error().code, "bad_erasures") << left;
        EXPECT_THROW(store_->erasings().bars_anybody(), Failure);
        store_.reset();
        const auto mended = mend_ledger(open_repository(Repository::Use::read).get(), dir_.data(), false);
        ASSERT_TRUE(mended) << mended.error().text();
        EXPECT_EQ(read_file(file).value(), whole);
        EXPECT_TRUE(fs::exists(file.string() + ".damaged")) << "it was written anew";
    }
    // In no ledger any more: it is given up by word, and stays so in the repository too.
    fs::remove(file);
    fs::remove(repository() / erasures_name);
    auto from = open_repository(Repository::Use::read);
    EXPECT_EQ(mend_ledger(from.get(), dir_.data(), false).error().code, "bad_erasures");
    EXPECT_EQ(restore().error().code, "bad_erasures");
    set_aside_ = true;
    EXPECT_EQ(restore().value().warnings.size(), 2u) << "where nothing else is left";
    EXPECT_TRUE(open_restored(into()));
    fs::remove_all(into());
    set_aside_ = false;
    EXPECT_EQ(mend_ledger(from.get(), dir_.data(), true)->set_aside, 2u);
    from.reset();
    open();
    EXPECT_EQ(store_->erasings().ledger()->size(), 0u);
    const auto kept = back_up(day(2));
    ASSERT_TRUE(kept) << kept.error().text();
    EXPECT_TRUE(restore());
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

TEST_F(BackupLedgerTest, WhereNoBackupsAreMadeALineIsGivenUpToo) {
    erase(std::string(64, 'a'));
    erase(std::string(64, 'b'));
    spoil_line(dir_.data() / erasures_name, 1);
    store_.reset();
    EXPECT_EQ(mend_ledger(nullptr, dir_.data(), false).error().code, "bad_erasures");
    EXPECT_EQ(mend_ledger(nullptr, dir_.data(), true)->set_aside, 1u);
    EXPECT_EQ(read_erasures(dir_.data())->size(), 1u);
}

TEST_F(BackupLedgerTest, AKeyThatNobodyHasIsGivenUpByWord) {
    const auto key = erasure_key(dir_.data()).value();
    Erasure one;
    one.id = uuid_v4();
    one.at = wall_clock();
    one.people = {uuid_v4()};
    one.key = key.id;
    one.digests = {std::string(64, 'a')};
    ASSERT_TRUE(append_erasure(dir_.data(), one));
    const auto file = dir_.data() / erasure_keys_name;
    spoil_line(file, 1);
    ASSERT_TRUE(Repository::open(repository(), Repository::Use::write, {}));
    store_.reset();
    const auto from = open_repository(Repository::Use::read);
    EXPECT_EQ(mend_ledger(from.get(), dir_.data(), false).error().code, "bad_erasures");
    const auto mended = mend_ledger(from.get(), dir_.data(), true);
    ASSERT_TRUE(mended) << mended.error().text();
    EXPECT_EQ(mended->set_aside, 1u);
    EXPECT_EQ(mended->unrecognised, 1u);
    EXPECT_TRUE(read_ledger_lines(dir_.data())->bad.empty());
    EXPECT_TRUE(mend_ledger(from.get(), dir_.data(), false)) << "it is whole now";
    EXPECT_NE(erasure_key(dir_.data())->id, key.id) << "the next erasure has a key";
    EXPECT_EQ(read_erasures(dir_.data())->size(), 1u);
    open();
    EXPECT_TRUE(store_->erasings().ledger());
    fs::remove(file);
    EXPECT_EQ(store_->erasings().ledger().error().code, "bad_erasures") << "it would recognise nobody";
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
