// The chain of the audit, and what of it shows when somebody changes the database behind our back.
#include "core/store/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <thread>

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/store/sqlite/database.hpp"
#include "store_test_support.hpp"

namespace capbridge::store::test {
namespace {

class AuditTest : public StoreTest {
protected:
    Audit& audit() { return store_->audit(); }

    static NewAuditEntry entry(std::string what) {
        NewAuditEntry out;
        out.at = from_unix_ms(1'780'000'000'000);
        out.who = "cli:anna";
        out.what = std::move(what);
        out.subject = R"({"run":7})";
        out.from = "socket";
        out.outcome = "ok";
        return out;
    }
    void fill(int count) {
        for (int i = 0; i < count; ++i) ASSERT_TRUE(audit().append(entry("op." + std::to_string(i))));
    }
    // As a shell on the database would, past the triggers.
    void tamper(const std::string& sql) {
        store_.reset();
        {
            Database database(dir_.data() / "capbridge.db", Database::Access::write);
            for (const auto* trigger : {"audit_is_not_changed", "audit_is_not_cut", "audit_goes_on"})
                database.exec(("drop trigger if exists " + std::string(trigger)).c_str());
            database.exec(sql.c_str());
        }
        open();
    }
    AuditVerdict verdict(std::vector<AuditMark> marks = {}) { return verify_audit(audit(), marks); }
};

TEST_F(AuditTest, EntriesAreChainedAndTheChainHolds) {
    EXPECT_EQ(audit().head(), audit_beginning());
    EXPECT_FALSE(audit().anchor());
    fill(5);
    const auto v = verdict();
    EXPECT_EQ(v.code, "") << v.message;
    EXPECT_EQ(v.entries, 5);
    EXPECT_EQ(v.head, audit().head());
    EXPECT_EQ(audit().anchor(), audit().head());
    const auto rows = audit().after(0, 10);
    ASSERT_EQ(rows.size(), 5u);
    for (const auto& row : rows) EXPECT_EQ(sha256_hex(row.text), row.hash);
    EXPECT_THAT(rows[1].text, testing::HasSubstr("\"prev\":\"" + rows[0].hash + "\"}"));
    EXPECT_THAT(export_line(rows[0]), testing::EndsWith(",\"hash\":\"" + rows[0].hash + "\"}"));
}

TEST_F(AuditTest, ItGoesOnAfterAnotherStart) {
    fill(2);
    const auto before = audit().head();
    open();
    EXPECT_EQ(audit().head(), before);
    fill(2);
    EXPECT_EQ(audit().head().n, 4);
    EXPECT_EQ(verdict({before}).code, "");
}

TEST_F(AuditTest, ManyThreadsMakeOneChain) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t)
        threads.emplace_back([this] {
            for (int i = 0; i < 20; ++i) EXPECT_TRUE(audit().append(entry("many")));
        });
    for (auto& thread : threads) thread.join();
    const auto v = verdict();
    EXPECT_EQ(v.code, "") << v.message;
    EXPECT_EQ(v.entries, 120);
    EXPECT_EQ(audit().anchor(), audit().head());
}

TEST_F(AuditTest, TheDatabaseRefusesChanges) {
    fill(3);
    store_.reset();
    Database database(dir_.data() / "capbridge.db", Database::Access::write);
    for (const auto* sql :
         {"update audit set entry = 'x' where n = 2", "delete from audit where n = 3",
          "update audit set n = 9 where n = 3", "insert into audit(n, entry, hash) values (9, 'x', x'00')"})
        EXPECT_THROW(database.exec(sql), Failure) << sql;
}

TEST_F(AuditTest, EveryByteOfARowIsWatched) {
    fill(4);
    const auto size = audit().after(1, 1).front().text.size();
    // A byte of the text, each in its turn, and one of the digest.
    for (std::size_t at = 0; at < size; at += 7) {
        const auto original = audit().after(1, 1).front().text;
        auto changed = original;
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        const auto quoted = [](std::string text) {
            std::string out;
            for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
            return out;
        };
        tamper("update audit set entry = '" + quoted(changed) + "' where n = 2");
        const auto v = verdict();
        EXPECT_EQ(v.code, "altered") << at;
        EXPECT_EQ(v.n, 2) << at;
        EXPECT_EQ(v.entries, 1);
        tamper("update audit set entry = '" + quoted(original) + "' where n = 2");
        ASSERT_EQ(verdict().code, "");
    }
    tamper("update audit set hash = zeroblob(32) where n = 3");
    EXPECT_EQ(verdict().code, "altered");
    EXPECT_EQ(verdict().n, 3);
}

TEST_F(AuditTest, GapsAndOrderAndForgeriesShow) {
    fill(5);
    tamper("delete from audit where n = 3");
    EXPECT_EQ(verdict().code, "missing");
    EXPECT_EQ(verdict().n, 3);
}

TEST_F(AuditTest, TwoEntriesThatChangedPlacesShow) {
    fill(5);
    tamper(
        "update audit set n = 99 where n = 2; update audit set n = 2 where n = 3; update audit set n = 3 "
        "where n = 99");
    EXPECT_EQ(verdict().code, "moved");
    EXPECT_EQ(verdict().n, 2);
}

TEST_F(AuditTest, AnEntryWithAFreshDigestDoesNotFollow) {
    fill(3);
    auto text = audit().after(1, 1).front().text;
    text.replace(text.find("cli:anna"), 8, "cli:eve_");
    store_.reset();
    {
        Database database(dir_.data() / "capbridge.db", Database::Access::write);
        database.exec("drop trigger audit_is_not_changed");
        database.query("update audit set entry = ?1, hash = ?2 where n = 2")
            .bind(text, Blob{sha256(text)})
            .run();
    }
    open();
    const auto v = verdict();
    EXPECT_EQ(v.code, "forged") << "the next entry has the old digest";
    EXPECT_EQ(v.n, 3);
}

TEST_F(AuditTest, ACutEndShowsByTheMarkThatWasKept) {
    fill(5);
    const auto kept = audit().head();
    tamper("delete from audit where n > 3");
    EXPECT_EQ(verdict().code, "") << "what is left holds together";
    const auto anchor = audit().anchor();
    ASSERT_TRUE(anchor);
    EXPECT_EQ(*anchor, kept) << "audit.head still says so";
    const auto v = verdict({kept});
    EXPECT_EQ(v.code, "cut");
    EXPECT_EQ(v.n, 4);
}

TEST_F(AuditTest, AChainThatWasWrittenAnewShowsByTheMark) {
    fill(3);
    auto kept = audit().head();
    kept.hash[0] = kept.hash[0] == '0' ? '1' : '0';
    EXPECT_EQ(verdict({kept}).code, "rewritten");
    EXPECT_EQ(verdict({audit().head(), kept}).code, "rewritten");
}

TEST_F(AuditTest, IntentsWithoutOutcomeAreKnown) {
    auto intent = entry("run.revert");
    intent.phase = "intent";
    intent.outcome.clear();
    const auto first = audit().append(intent), second = audit().append(intent);
    ASSERT_TRUE(first && second);
    EXPECT_THAT(audit().open(), testing::ElementsAre(first->n, second->n));
    auto outcome = entry("run.revert");
    outcome.phase = "outcome";
    outcome.of = first->n;
    ASSERT_TRUE(audit().append(outcome));
    open();
    EXPECT_THAT(audit().open(), testing::ElementsAre(second->n));
}

TEST_F(AuditTest, TextsAreBoundedAndWellFormed) {
    auto big = entry("big");
    big.why = std::string(100'000, 'w') + "\xff";
    big.who = "bad \xff\xfe utf-8\n{\"n\":1}";
    big.subject = R"({"list":")" + std::string(5000, 'x') + "\"}";
    big.details = "no object";
    ASSERT_TRUE(audit().append(big));
    const auto row = audit().after(0, 1).front();
    EXPECT_LT(row.text.size(), 4000u);
    EXPECT_TRUE(is_utf8(row.text));
    EXPECT_EQ(row.text.find('\n'), std::string::npos);
    EXPECT_EQ(verdict().code, "");
}

TEST_F(AuditTest, ListsGoBackwardsByPieces) {
    fill(3);
    ASSERT_TRUE(audit().append(entry("other")));
    fill(2);
    const auto found = audit().before(1000, 10, {"\"what\":\"other\""});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].n, 4);
    EXPECT_EQ(audit().before(4, 2, {}).front().n, 3);
}

TEST_F(AuditTest, DigestsNeedTheStoresKey) {
    const auto mine = audit().digest("12345678");
    EXPECT_EQ(mine, audit().digest("12345678"));
    EXPECT_NE(mine, sha256_hex("12345678"));
}

TEST_F(AuditTest, ASpoiltHeadFileIsSaidToBeSpoilt) {
    fill(1);
    ASSERT_TRUE(write_file(dir_.data() / "audit.head", "garbage"));
    const auto anchor = audit().anchor();
    ASSERT_TRUE(anchor);
    EXPECT_EQ(anchor->hash, "");
    EXPECT_EQ(audit_mark("12:abc"), std::nullopt);
    EXPECT_EQ(audit_mark("-1:" + std::string(64, '0')), std::nullopt);
    EXPECT_EQ(audit_mark(text_of(audit().head())), audit().head());
}

TEST_F(AuditTest, AReaderReadsAndDoesNotWrite) {
    fill(2);
    open(Mode::read);
    EXPECT_EQ(verdict().entries, 2);
    EXPECT_EQ(audit().append(entry("x")).error().code, "read_only");
}

TEST_F(AuditTest, AFullDiskRefusesTheEntry) {
    SqliteOptions options;
    options.max_page_count = 1;  // SQLite takes what there is already as the least
    open(Mode::own, options);
    Status last;
    for (int i = 0; i < 2000 && last; ++i) {
        auto big = entry("big");
        big.why = std::string(500, 'w');
        const auto done = audit().append(big);
        if (!done) last = fail(done.error());
    }
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, "store_full");
    EXPECT_EQ(verdict().code, "");
}

}  // namespace
}  // namespace capbridge::store::test
