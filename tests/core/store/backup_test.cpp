// Repositories of backups: what is stored once, what a wrong key, a lost or changed chunk and a full disk do,
// and that a restore gives back what was there and never writes over data.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "core/store/backup/prune.hpp"
#include "core/store/backup/verify.hpp"
#include "core/store/backup_test_support.hpp"

namespace capbridge::store::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(BackupTest, TheNextOneCostsWhatIsNew) {
    fill(1, 3000);
    const std::string bytes = random_bytes(200'000);
    const auto sha = sha256_hex(bytes);
    ASSERT_TRUE(store_->attachments().keep(sha, bytes));
    const auto first = back_up(day(1));
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_GT(first->manifest.database.bytes, 2'000'000u);
    EXPECT_EQ(first->manifest.files, 1u);
    const auto same = back_up(day(2));
    ASSERT_TRUE(same);
    EXPECT_LT(same->manifest.new_bytes, 20'000u) << "nothing changed";
    fill(3001, 30);
    const auto more = back_up(day(3));
    ASSERT_TRUE(more);
    EXPECT_LT(more->manifest.new_bytes, first->manifest.new_bytes / 3);
    const auto verified = verify_backups(*open_repository(Repository::Use::read), {}, day(4), {});
    ASSERT_TRUE(verified);
    EXPECT_THAT(verified->sound, SizeIs(3));
    ASSERT_TRUE(restore(more->manifest.id));
    EXPECT_EQ(read_file(into() / "attachments" / sha.substr(0, 2) / sha).value(), bytes);
    const auto restored = open_store(into(), Mode::read);
    ASSERT_TRUE(restored) << restored.error().text();
    EXPECT_EQ((*restored)->entry_at(1'000'000).seq, journal().watermark().seq);
    EXPECT_EQ((*restored)->journal().statement(id(3030))->body, journal().statement(id(3030))->body);
}

TEST_F(BackupTest, AnEncryptedOneTellsNothingAndNeedsItsKey) {
    auto secret = statement(1);
    secret.body = R"({"id":")" + secret.id + R"(","text":"a very special word"})";
    append({secret});
    ASSERT_TRUE(back_up(day(1), passphrase));
    for (const auto& each : fs::recursive_directory_iterator(repository())) {
        if (!each.is_regular_file()) continue;
        const auto text = read_file(each.path()).value();
        EXPECT_THAT(text, ::testing::Not(HasSubstr("special word"))) << each.path();
        EXPECT_THAT(text, ::testing::Not(HasSubstr("SQLite format"))) << each.path();
        EXPECT_THAT(text, ::testing::Not(HasSubstr("counts"))) << each.path();
    }
    EXPECT_EQ(restore("latest", "another passphrase").error().code, "wrong_key");
    EXPECT_EQ(restore("latest", "").error().code, "key_needed");
    EXPECT_EQ(back_up(day(2), "").error().code, "key_needed") << "no backup is made that nobody asked for so";
    ASSERT_TRUE(restore("latest", passphrase));
    EXPECT_TRUE(open_store(into(), Mode::read));
}

TEST_F(BackupTest, AKeyIsNotForgottenSilently) {
    ASSERT_TRUE(back_up(day(1)));
    EXPECT_EQ(back_up(day(2), passphrase).error().code, "wrong_key") << "it would not be encrypted";
    const auto file = dir_.data().parent_path() / "key";
    ASSERT_TRUE(make_key_file(file));
    EXPECT_EQ(make_key_file(file).error().code, "exists");
    EXPECT_THAT(read_key_file(file).value(), HasSubstr("capbridge-backup-key-1 "));
    std::ofstream(file) << "capbridge-backup-key-1 AAAA\n";
    EXPECT_EQ(read_key_file(file).error().code, "bad_key_file");
    std::ofstream(file) << "short\n";
    EXPECT_EQ(read_key_file(file).error().code, "bad_key_file");
}

TEST_F(BackupTest, AChangedChunkIsNamedWithWhatItHitsAndHeals) {
    fill(1, 500);
    ASSERT_TRUE(back_up(day(1)));
    const auto shared = chunk_files();
    fill(501, 500);
    ASSERT_TRUE(back_up(day(2)));
    spoil(shared.front());
    auto to = open_repository(Repository::Use::write);
    auto verified = verify_backups(*to, {}, day(3), {}).value();
    ASSERT_THAT(verified.broken, SizeIs(1));
    EXPECT_EQ(verified.broken[0].error.code, "chunk_damaged");
    EXPECT_EQ(verified.broken[0].error.where, shared.front());
    EXPECT_EQ(verified.broken[0].backups, verified.hit);
    EXPECT_FALSE(verified.hit.empty());
    EXPECT_EQ(to->check_of(verified.hit[0])->ok, false);
    to.reset();
    const auto failed = restore(verified.hit[0]);
    EXPECT_EQ(failed.error().code, "chunk_damaged");
    EXPECT_EQ(open_store(into(), Mode::own).error().code, "restore_unfinished");
    EXPECT_EQ(open_store(into(), Mode::read).error().code, "restore_unfinished");
    // Out of the way, and stored anew where the data still has it.
    to = open_repository(Repository::Use::write);
    EXPECT_EQ(set_aside(*to, verified).value(), 1u);
    verified = verify_backups(*to, {}, day(3), {}).value();
    EXPECT_EQ(verified.broken.at(0).error.code, "chunk_missing");
    to.reset();
    ASSERT_TRUE(back_up(day(4)));
    EXPECT_TRUE(restore("latest"));
}

TEST_F(BackupTest, WhatNoManifestNamesIsNotBelieved) {
    fill(1, 300);
    ASSERT_TRUE(back_up(day(1)));
    // As after a power failure in the middle: chunks without their content, and no manifest.
    ASSERT_TRUE(open_repository(Repository::Use::write)->remove("backup-" + std::to_string(unix_ms(day(1)))));
    for (const auto& file : chunk_files()) std::ofstream(file, std::ios::trunc);
    ASSERT_TRUE(back_up(day(2)));
    EXPECT_THAT(verify_backups(*open_repository(Repository::Use::read), {}, day(3), {})->hit, IsEmpty());
}

TEST_F(BackupTest, ASpoiltManifestIsABackupLostAndSaidSo) {
    ASSERT_TRUE(back_up(day(1)));
    ASSERT_TRUE(back_up(day(2)));
    const auto file = repository() / "backups" / ("backup-" + std::to_string(unix_ms(day(1))) + ".json");
    spoil(file);
    auto from = open_repository(Repository::Use::write);
    EXPECT_THAT(from->list()->backups, SizeIs(1));
    EXPECT_THAT(from->list()->unreadable, SizeIs(1));
    EXPECT_EQ(from->find("backup-" + std::to_string(unix_ms(day(1)))).error().code, "repository_damaged");
    // Its chunks are not swept: perhaps the manifest comes back from a copy.
    const auto pruned = prune_backups(*from, {1, 0, 0, 0, 0}, false, {}).value();
    EXPECT_FALSE(pruned.swept);
    EXPECT_EQ(pruned.chunks, 0u);
    std::ofstream(repository() / "repository.json") << "{";
    from.reset();
    EXPECT_EQ(Repository::open(repository(), Repository::Use::read, "").error().code, "repository_damaged");
}

TEST_F(BackupTest, ARestoreNeverWritesOverAnything) {
    ASSERT_TRUE(back_up(day(1)));
    fs::create_directories(into());
    std::ofstream(into() / "letter.txt") << "mine";
    EXPECT_EQ(restore().error().code, "not_empty");
    EXPECT_EQ(read_file(into() / "letter.txt").value(), "mine");
    fs::remove(into() / "letter.txt");
    ASSERT_TRUE(restore());
    EXPECT_EQ(restore().error().code, "not_empty") << "nor over what was restored";
    // What one left that was killed is begun anew.
    fs::remove_all(into());
    fs::create_directories(into() / "attachments" / "aa");
    std::ofstream(into() / "capbridge.db") << "half";
    std::ofstream(into() / restore_mark) << "backup x\n";
    EXPECT_EQ(open_store(into(), Mode::own).error().code, "restore_unfinished");
    ASSERT_TRUE(restore());
    EXPECT_TRUE(open_store(into(), Mode::own));
}

// Its first start may take long, and may be killed.
TEST_F(BackupTest, TheMarkStaysUntilTheFirstStartIsThrough) {
    ASSERT_TRUE(back_up(day(1)));
    const auto from = open_repository(Repository::Use::read);
    const auto manifest = from->find("latest").value();
    std::string mark;
    for (int n = 0; n < 2; ++n) {
        const auto done = restore_backup(*from, from->chunks(), manifest, into(), {}, false, {});
        ASSERT_TRUE(done) << "begun again";
        mark = done->mark;
        EXPECT_EQ(open_store(into(), Mode::own).error().code, "restore_unfinished");
        EXPECT_TRUE(open_restored(into()));
    }
    ASSERT_TRUE(end_restore(into(), mark));
    EXPECT_TRUE(open_store(into(), Mode::own));
}

TEST_F(BackupTest, ValuesOfTheWrongKindAreDamageOfAFile) {
    for (const auto* line : {R"({"kind":"package","name":"ab","tree":{"bytes":"x","chunks":1,"chunk":[]}})",
                             R"({"kind":1,"name":"ab","tree":7})", R"([])"})
        EXPECT_EQ(Content::read(line).error().code, "repository_damaged") << line;
    ASSERT_TRUE(back_up(day(1), passphrase));
    const auto file = repository() / "repository.json";
    const auto whole = json::parse(read_file(file).value());
    for (const auto& [name, value] : {std::pair<std::string, json>{"passes", "three"},
                                      {"passes", -1},
                                      {"memory_bytes", json::array()},
                                      {"salt", 5}}) {
        auto bad = whole;
        bad["encryption"][name] = value;
        std::ofstream(file) << bad.dump();
        const auto opened = Repository::open(repository(), Repository::Use::read, passphrase);
        ASSERT_FALSE(opened) << name;
        EXPECT_EQ(opened.error().code, "repository_damaged") << name;
        EXPECT_EQ(opened.error().where, file);
    }
}

TEST_F(BackupTest, AReaderIsNotTakenForTheLastWriter) {
    ASSERT_TRUE(back_up(day(1)));
    const auto reader = open_repository(Repository::Use::read);
    const auto second = Repository::open(repository(), Repository::Use::write, "");
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("a verify or a restore"));
    EXPECT_THAT(second.error().message, ::testing::Not(HasSubstr("process")));
}

TEST_F(BackupTest, OneWriterAtATimeIsToldOfTheOther) {
    ASSERT_TRUE(back_up(day(1)));
    const auto first = open_repository(Repository::Use::write);
    const auto second = Repository::open(repository(), Repository::Use::write, "");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "repository_busy");
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_EQ(Repository::open(repository(), Repository::Use::read, "").error().code, "repository_busy");
}

TEST_F(BackupTest, NoDirectoryOfSomebodyElseBecomesARepository) {
    fs::create_directories(repository());
    std::ofstream(repository() / "photo.jpg") << "x";
    EXPECT_EQ(back_up(day(1)).error().code, "no_repository");
    EXPECT_FALSE(fs::exists(repository() / "lock"));
    EXPECT_EQ(Repository::open(repository(), Repository::Use::read, "").error().code, "no_repository");
}

TEST_F(BackupTest, AFullDiskFailsTheBackupAndLeavesTheOthers) {
    fill(1, 200);
    ASSERT_TRUE(back_up(day(1)));
    const auto copy = store_->copy({});
    ASSERT_TRUE(copy);
    fill(201, 2000);
    const auto later = store_->copy({});
    ASSERT_TRUE(later);
    // No file may grow beyond this: what write() says then is what a full disk says in other words.
    const auto was = std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{}, tight{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = 10'000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    Manifest manifest;
    manifest.id = "tight";
    manifest.taken = day(2);
    Result<WrittenBackup> failed = fail("none", "");
    {
        const auto to = open_repository(Repository::Use::write);
        if (to) failed = write_backup(*to, dir_.data(), **later, manifest, {});
    }
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, was);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, "repository_full");
    EXPECT_THAT(open_repository(Repository::Use::read)->list()->backups, SizeIs(1));
    EXPECT_THAT(verify_backups(*open_repository(Repository::Use::read), {}, day(3), {})->hit, IsEmpty());
    ASSERT_TRUE(back_up(day(3))) << "and the next one goes on";
    EXPECT_TRUE(restore());
}

}  // namespace
}  // namespace capbridge::store::test
