// Repositories of backups: what is stored once, what a wrong key, a lost or changed chunk and a full disk do,
// what a prune keeps, and that a restore gives back what was there and never writes over data.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/store/backup/future.hpp"
#include "core/store/backup/ledger.hpp"
#include "core/store/backup/prune.hpp"
#include "core/store/backup/repository_ledger.hpp"
#include "core/store/backup/restore.hpp"
#include "core/store/backup/verify.hpp"
#include "core/store/erasures.hpp"
#include "core/store/restored.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto passphrase = "correct horse battery";

class BackupTest : public StoreTest {
protected:
    fs::path repository() { return dir_.data().parent_path() / "repository"; }
    fs::path into() { return dir_.data().parent_path() / "restored"; }

    std::unique_ptr<Repository> open_repository(Repository::Use use, const std::string& secret = {}) {
        auto opened = Repository::open(repository(), use, secret);
        EXPECT_TRUE(opened) << opened.error().text();
        return opened ? std::move(*opened) : nullptr;
    }

    void fill(int from, int count) {
        std::vector<std::variant<NewStatement, NewDecision>> entries;
        for (int n = from; n < from + count; ++n) {
            auto one = statement(n);
            one.body = R"({"id":")" + one.id + R"(","text":")" + random_token(600) + "\"}";
            entries.emplace_back(std::move(one));
        }
        append(std::move(entries));
    }

    Result<WrittenBackup> back_up(Instant taken, const std::string& secret = {}) {
        auto to = Repository::open(repository(), Repository::Use::write, secret);
        if (!to) return fail(to.error());
        auto copy = store_->copy({});
        if (!copy) return fail(copy.error());
        EXPECT_THAT((*copy)->damage, IsEmpty());
        Manifest manifest;
        manifest.id = "backup-" + std::to_string(unix_ms(taken));
        manifest.taken = taken;
        manifest.made_by = "test";
        manifest.format = (*copy)->facts.format;
        manifest.counts = (*copy)->facts.counts;
        return write_backup(**to, dir_.data(), **copy, std::move(manifest), {});
    }

    Result<Restored> restore(const std::string& id = "latest", const std::string& secret = {}) {
        auto from = Repository::open(repository(), Repository::Use::read, secret);
        if (!from) return fail(from.error());
        CAPBRIDGE_LET(const auto manifest, (*from)->find(id));
        auto done = restore_backup(**from, (*from)->chunks(), manifest, into(), ledgers_, {});
        if (done) CAPBRIDGE_TRY(end_restore(into()));
        return done;
    }
    std::vector<fs::path> ledgers_;  // that a restore is given

    void erase(const std::string& digest) {
        Erasure one;
        one.id = uuid_v4();
        one.at = wall_clock();
        one.people = {uuid_v4()};
        one.digests = {digest};
        ASSERT_TRUE(append_erasure(dir_.data(), one));
    }
    static void spoil_line(const fs::path& file, int number) {
        auto text = read_file(file).value();
        std::size_t at = 0;
        for (int n = 1; n < number; ++n) at = text.find('\n', at) + 1;
        text[at + 2] = '"';
        std::ofstream(file, std::ios::binary) << text;
    }

    std::vector<fs::path> chunk_files() {
        std::vector<fs::path> out;
        for (const auto& each : fs::recursive_directory_iterator(repository() / "chunks")) {
            if (each.is_regular_file()) out.push_back(each.path());
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    static void spoil(const fs::path& file) {
        auto bytes = read_file(file).value();
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x20);
        std::ofstream(file, std::ios::binary) << bytes;
    }

    static Instant day(int n) { return from_unix_ms(std::int64_t{86'400'000} * n); }
};

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
    for (int n = 0; n < 2; ++n) {
        ASSERT_TRUE(restore_backup(*from, from->chunks(), manifest, into(), {}, {})) << "begun again";
        EXPECT_EQ(open_store(into(), Mode::own).error().code, "restore_unfinished");
        EXPECT_TRUE(open_restored(into()));
    }
    ASSERT_TRUE(end_restore(into()));
    EXPECT_TRUE(open_store(into(), Mode::own));
}

TEST_F(BackupTest, ASpoiltLineOfTheLedgerFailsTheBackupAndHarmsNoOther) {
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
    EXPECT_EQ(mend_ledger(*open_repository(Repository::Use::read), dir_.data(), false).error().code,
              "store_locked");
    store_.reset();
    const auto mended = mend_ledger(*open_repository(Repository::Use::read), dir_.data(), false);
    ASSERT_TRUE(mended) << mended.error().text();
    EXPECT_EQ(mended->came, 1u);
    EXPECT_EQ(read_erasures(dir_.data())->size(), 2u);
}

TEST_F(BackupTest, ALineThatNobodyHasWholeIsGivenUpByWord) {
    erase(std::string(64, 'a'));
    ASSERT_TRUE(back_up(day(1)));
    erase(std::string(64, 'b'));
    const auto data = dir_.data() / erasures_name;
    spoil_line(data, 2);
    store_.reset();
    const auto from = open_repository(Repository::Use::read);
    EXPECT_EQ(mend_ledger(*from, dir_.data(), false).error().code, "bad_erasures");
    EXPECT_FALSE(read_erasures(dir_.data())) << "nothing was changed";
    EXPECT_EQ(mend_ledger(*from, dir_.data(), true)->set_aside, 1u);
    EXPECT_EQ(read_erasures(dir_.data())->size(), 1u);
    EXPECT_THAT(read_file(data.string() + ".damaged").value(), HasSubstr(std::string(64, 'b')));
}

// As versions before this one left it: a spoilt line in the repository too.
TEST_F(BackupTest, ASpoiltLedgerOfTheRepositoryIsSaidAndWrittenAnew) {
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

TEST_F(BackupTest, APruneGivesBackWhatNothingUses) {
    fill(1, 200);
    ASSERT_TRUE(back_up(day(1)));
    fill(201, 200);
    ASSERT_TRUE(back_up(day(2)));
    ASSERT_TRUE(back_up(day(3)));
    const auto before = chunk_files().size();
    {
        auto from = open_repository(Repository::Use::write);
        const auto dry = prune_backups(*from, {1, 0, 0, 0, 0}, true, {}).value();
        EXPECT_THAT(dry.plan.remove, SizeIs(2));
        EXPECT_GT(dry.chunks, 0u);
        EXPECT_EQ(chunk_files().size(), before);
        const auto done = prune_backups(*from, {1, 0, 0, 0, 0}, false, {}).value();
        EXPECT_EQ(done.chunks, dry.chunks);
        EXPECT_EQ(chunk_files().size(), before - done.chunks);
    }
    EXPECT_THAT(verify_backups(*open_repository(Repository::Use::read), {}, day(3), {})->sound, SizeIs(1));
    EXPECT_TRUE(restore());
}

TEST_F(BackupTest, OneFromTheFuturePushesNoneOutAndIsNotTheLatest) {
    const auto now = wall_clock();
    const auto ahead = now + std::chrono::hours{24 * 365 * 4};
    fill(1, 50);
    ASSERT_TRUE(back_up(now - std::chrono::hours{48}));
    ASSERT_TRUE(back_up(ahead));
    ASSERT_TRUE(back_up(now - std::chrono::hours{24}));
    auto from = open_repository(Repository::Use::write);
    const auto last = "backup-" + std::to_string(unix_ms(now - std::chrono::hours{24}));
    const auto future = "backup-" + std::to_string(unix_ms(ahead));
    EXPECT_EQ(from->find("latest")->id, last);
    EXPECT_EQ(from->find(future)->id, future) << "who names it gets it";
    const auto done = prune_backups(*from, {1, 1, 1, 1, 1}, false, {}).value();
    ASSERT_THAT(done.plan.keep, SizeIs(2));
    EXPECT_EQ(done.plan.keep[0].id, future);
    EXPECT_THAT(done.plan.keep[0].why, ElementsAre("its time is still to come"));
    EXPECT_EQ(done.plan.keep[1].id, last);
    EXPECT_THAT(done.plan.remove, SizeIs(1));
    ASSERT_TRUE(from->remove(last));
    EXPECT_EQ(from->find("latest")->id, future) << "when all are, this machine's clock is behind";
    EXPECT_THAT(prune_backups(*from, {1, 0, 0, 0, 0}, false, {})->plan.remove, IsEmpty());
}

TEST_F(BackupTest, ANamedLedgerIsReadOrRefused) {
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

std::vector<Manifest> daily(int first, int last) {
    std::vector<Manifest> out;
    for (int n = first; n <= last; ++n) {
        Manifest one;
        one.id = std::to_string(10000 + n);
        one.taken = from_unix_ms(std::int64_t{86'400'000} * n + 7'200'000);
        out.push_back(std::move(one));
    }
    return out;
}

TEST(PlanPrune, KeepsWhatAnyRuleKeeps) {
    // 2026-01-01 is day 20454, a Thursday.
    const auto backups = daily(20454, 20454 + 99);
    const auto plan = plan_prune(backups, {2, 3, 2, 2, 1}, {});
    std::vector<std::string> kept;
    for (const auto& one : plan.keep) kept.push_back(one.id);
    // Days 97 to 99; the week before ended on Sunday, day 94 (5 April); March ended on day 89.
    EXPECT_THAT(kept, ElementsAre("30553", "30552", "30551", "30548", "30543"));
    EXPECT_EQ(plan.remove.size(), 95u);
}

TEST(PlanPrune, NeverTakesTheLastOneNorTheLastOneVerified) {
    const auto backups = daily(1, 10);
    const auto plan =
        plan_prune(backups, {1, 0, 0, 0, 0}, {{"10009", false}, {"10004", true}, {"10002", true}});
    ASSERT_THAT(plan.keep, SizeIs(2));
    EXPECT_EQ(plan.keep[0].id, "10010");
    EXPECT_EQ(plan.keep[1].id, "10004");
    EXPECT_THAT(plan.keep[1].why, ElementsAre("the last one verified"));
    EXPECT_THAT(plan_prune(backups, {}, {}).remove, IsEmpty()) << "no rule, nothing goes";
    EXPECT_THAT(plan_prune({}, {1, 1, 1, 1, 1}, {}).keep, IsEmpty());
}

}  // namespace
}  // namespace capbridge::store::test
