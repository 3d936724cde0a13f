// A damaged ledger of erasures in the data directory: taken whole from the repository, or given up by word.
#include <gmock/gmock.h>

#include "core/store/backup/repository_ledger.hpp"
#include "core/store/backup_ledger_test_support.hpp"

namespace capbridge::store::test {

namespace {

using ::testing::HasSubstr;

class MendLedgerTest : public BackupLedgerTest {};

TEST_F(MendLedgerTest, ASpoiltLineOfTheLedgerFailsTheBackupAndHarmsNoOther) {
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

TEST_F(MendLedgerTest, ALineThatNobodyHasWholeIsGivenUpByWord) {
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

// The database knows what it has carried out, so a ledger that was cut or emptied is no ledger of nobody.
TEST_F(MendLedgerTest, ALedgerThatLacksWhatWasCarriedOutIsDamaged) {
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

TEST_F(MendLedgerTest, WhereNoBackupsAreMadeALineIsGivenUpToo) {
    erase(std::string(64, 'a'));
    erase(std::string(64, 'b'));
    spoil_line(dir_.data() / erasures_name, 1);
    store_.reset();
    EXPECT_EQ(mend_ledger(nullptr, dir_.data(), false).error().code, "bad_erasures");
    EXPECT_EQ(mend_ledger(nullptr, dir_.data(), true)->set_aside, 1u);
    EXPECT_EQ(read_erasures(dir_.data())->size(), 1u);
}

TEST_F(MendLedgerTest, AKeyThatNobodyHasIsGivenUpByWord) {
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

}  // namespace
}  // namespace capbridge::store::test
