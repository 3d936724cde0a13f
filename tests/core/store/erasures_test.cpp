#include "core/store/erasures.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/store/ledger_lines.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

class Erasures : public testing::Test {
protected:
    Erasures() : dir(fs::temp_directory_path() / ("capbridge-erasures-" + uuid_v4())), other(dir / "other") {
        fs::create_directories(other);
    }
    ~Erasures() override { fs::remove_all(dir); }
    static Erasure one(const std::string& person, const std::vector<std::string>& digests = {"d"}) {
        return {uuid_v4(), *parse_instant("2026-06-01T09:00:00Z"), {person}, "k", digests, {}};
    }
    fs::path dir, other;
};

TEST_F(Erasures, AreReadAsTheyWereWritten) {
    EXPECT_TRUE(read_erasures(dir)->empty());
    const auto first = one("p1", {"a", "b"}), second = one("p2");
    ASSERT_TRUE(append_erasure(dir, first));
    ASSERT_TRUE(append_erasure(dir, second));
    ASSERT_TRUE(append_admission(dir, first.id, *parse_instant("2026-07-01T09:00:00Z")));
    const auto read = *read_erasures(dir);
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].id, first.id);
    EXPECT_EQ(read[0].people, first.people);
    EXPECT_EQ(read[0].digests, first.digests);
    EXPECT_EQ(read[0].at, first.at);
    EXPECT_TRUE(read[0].admitted);
    EXPECT_FALSE(read[1].admitted);
    EXPECT_EQ(fs::status(dir / erasures_name).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

// A crash in the middle of a line: that erasure never was, and the next one is a line of its own.
TEST_F(Erasures, ALineThatWasCutOffNeverWas) {
    ASSERT_TRUE(append_erasure(dir, one("p1")));
    std::ofstream(dir / erasures_name, std::ios::app) << R"({"erasure":"4b)";
    EXPECT_EQ(read_erasures(dir)->size(), 1U);
    ASSERT_TRUE(append_erasure(dir, one("p2")));
    ASSERT_EQ(read_erasures(dir)->size(), 2U);
    EXPECT_EQ((*read_erasures(dir))[1].people.front(), "p2");
}

TEST_F(Erasures, AWholeLineThatCannotBeReadIsAnError) {
    std::ofstream(dir / erasures_name) << "nonsense\n";
    EXPECT_EQ(read_erasures(dir).error().code, "bad_erasures");
    std::ofstream(dir / erasures_name) << R"({"erasure":"x","at":"yesterday"})"
                                       << "\n";
    EXPECT_EQ(read_erasures(dir).error().code, "bad_erasures");
}

TEST_F(Erasures, AreUnitedWithTheirKeys) {
    const auto key = *erasure_key(dir), theirs = *erasure_key(other);
    EXPECT_NE(key.secret, theirs.secret);
    EXPECT_EQ(erasure_key(dir)->secret, key.secret);
    ASSERT_TRUE(append_erasure(dir, one("p1")));
    ASSERT_TRUE(append_erasure(other, one("p2")));
    EXPECT_EQ(*unite_erasures(dir, other), 1U);
    EXPECT_EQ(*unite_erasures(dir, other), 0U);
    EXPECT_EQ(read_erasures(dir)->size(), 2U);
    EXPECT_EQ(read_erasure_keys(dir)->size(), 2U);
    EXPECT_EQ(erasure_key(dir)->secret, key.secret);  // the own one goes on
    EXPECT_EQ(*unite_erasures(other, dir), 1U);
    EXPECT_EQ(*unite_erasures(dir, dir / "nowhere"), 0U);
}

// One byte that a disk has flipped. The line is of no use to anybody else, and is taken whole from there.
TEST_F(Erasures, ASpoiltLineIsNeverPassedOnAndIsReplacedByAWholeOne) {
    const auto first = one("5e8ff9bf-55ba-4508-9d57-86f6ae4a5f26", {std::string(64, 'a')}),
               second = one("6b1c6a52-0c1c-4b7e-9a06-6f2a0c1d2e3f", {std::string(64, 'b')});
    for (const auto& folder : {dir, other}) {
        ASSERT_TRUE(append_erasure(folder, first));
        ASSERT_TRUE(append_erasure(folder, second));
        ASSERT_TRUE(append_admission(folder, first.id, *parse_instant("2026-07-01T09:00:00Z")));
    }
    const auto whole = *read_file(dir / erasures_name);
    for (const auto* place : {"{\"erasure", "{\"admitted"}) {
        auto spoilt = whole;
        spoilt[spoilt.rfind(place)] = 'x';
        std::ofstream(dir / erasures_name) << spoilt;
        const auto refused = read_erasures(dir);
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().message.find("capbridge backup ledger"), std::string::npos);
        const auto third = dir / "third";
        fs::create_directories(third);
        EXPECT_EQ(unite_erasures(third, dir).error().code, "bad_erasures");
        EXPECT_FALSE(fs::exists(third / erasures_name)) << "nothing of it is passed on";
        EXPECT_EQ(unite_erasures(other, dir), 0U) << "there it is whole";
        EXPECT_EQ(*read_file(other / erasures_name), whole);
        EXPECT_EQ(unite_erasures(dir, other), 1U);
        EXPECT_EQ(read_erasures(dir)->size(), 2U);
        std::ofstream(dir / erasures_name) << whole;
    }
    // Two lines that became one, for what stood between them was spoilt.
    auto merged = whole;
    merged[merged.find('\n')] = ' ';
    std::ofstream(dir / erasures_name) << merged;
    auto lines = *read_ledger_lines(dir);
    ASSERT_EQ(lines.bad.size(), 1U);
    unite(lines, *read_ledger_lines(other));
    EXPECT_TRUE(lines.bad.empty());
    EXPECT_EQ(lines.count(), 2U);
    // Where the other has one of them only, the second is not given up unseen.
    lines = *read_ledger_lines(dir);
    std::ofstream(other / erasures_name) << whole.substr(0, whole.find('\n') + 1);
    unite(lines, *read_ledger_lines(other));
    EXPECT_EQ(lines.bad.size(), 1U);
}

TEST_F(Erasures, ASpoiltKeyIsNotPassedOnEither) {
    const auto key = *erasure_key(dir);
    ASSERT_TRUE(unite_erasures(other, dir));
    auto text = *read_file(dir / erasure_keys_name);
    text[50] = 'z';
    std::ofstream(dir / erasure_keys_name) << text;
    EXPECT_EQ(read_ledger_lines(dir)->bad.size(), 1U);
    EXPECT_TRUE(unite_erasures(other, dir));
    EXPECT_EQ(read_erasure_keys(other)->size(), 1U);
    EXPECT_TRUE(unite_erasures(dir, other));
    EXPECT_EQ(erasure_key(dir)->secret, key.secret);
    EXPECT_TRUE(read_ledger_lines(dir)->bad.empty());
}

TEST_F(Erasures, ADigestNeedsTheKey) {
    const auto key = *erasure_key(dir);
    EXPECT_EQ(erased_digest(key, "mbox|mailto:a@b.example"), erased_digest(key, "mbox|mailto:a@b.example"));
    EXPECT_NE(erased_digest(key, "mbox|mailto:a@b.example"),
              erased_digest(*erasure_key(other), "mbox|mailto:a@b.example"));
}

// As an editor or a bad disk leaves it.
TEST_F(Erasures, ALineThatLacksItsEndOnlyIsOne) {
    const auto key = erasure_key(dir).value();
    Erasure erasure = one("p1");
    for (int n = 0; n < 2; ++n) {
        erasure.id = uuid_v4();
        ASSERT_TRUE(append_erasure(dir, erasure));
    }
    for (const auto name : {erasures_name, erasure_keys_name})
        fs::resize_file(dir / name, fs::file_size(dir / name) - 1);
    EXPECT_EQ(read_erasures(dir)->size(), 2u);
    EXPECT_EQ(erasure_key(dir)->secret, key.secret) << "no other key is made";
    erasure.id = uuid_v4();
    ASSERT_TRUE(append_erasure(dir, erasure));
    EXPECT_EQ(read_erasures(dir)->size(), 3u);
    // A torn one was never acknowledged.
    fs::resize_file(dir / erasures_name, fs::file_size(dir / erasures_name) - 40);
    EXPECT_EQ(read_erasures(dir)->size(), 2u);
    erasure.id = uuid_v4();
    ASSERT_TRUE(append_erasure(dir, erasure));
    EXPECT_EQ(read_erasures(dir)->back().id, erasure.id);
}

TEST_F(Erasures, ASpoiltKeyIsNoKeyAndNoReasonForAnother) {
    const auto key = erasure_key(dir).value();
    const Erasure erasure = one("p1");
    ASSERT_TRUE(append_erasure(dir, erasure));
    const auto file = dir / erasure_keys_name;
    auto text = read_file(file).value();
    text[text.size() - 5] = '#';
    ASSERT_TRUE(write_file(file, text, 0600));
    EXPECT_EQ(read_erasure_keys(dir).error().code, "bad_erasures");
    EXPECT_EQ(erasure_key(dir).error().code, "bad_erasures");
    EXPECT_EQ(read_file(file).value(), text);
    fs::resize_file(file, 0);
    EXPECT_EQ(erasure_key(dir).error().code, "bad_erasures");
    fs::remove(file);
    EXPECT_EQ(erasure_key(dir).error().code, "bad_erasures");
}

// Somebody who was erased twice, and a third time after the other copy was made.
TEST_F(Erasures, NoOtherErasureOfAPersonStandsInForASpoiltOne) {
    const std::vector<std::string> digests(8, std::string(64, 'a'));
    const auto first = one("5e8ff9bf-55ba-4508-9d57-86f6ae4a5f26", digests),
               second = one(first.people.front(), digests), third = one(first.people.front(), digests);
    for (const auto& erasure : {first, second}) ASSERT_TRUE(append_erasure(dir, erasure));
    for (const auto& erasure : {first, third}) ASSERT_TRUE(append_erasure(other, erasure));
    auto text = *read_file(dir / erasures_name);
    text[text.find('\n') + 2] = '#';
    std::ofstream(dir / erasures_name) << text;
    auto lines = *read_ledger_lines(dir);
    unite(lines, *read_ledger_lines(other));
    EXPECT_EQ(lines.bad.size(), 1U) << "the second is nowhere";
    ASSERT_TRUE(append_erasure(other, second));
    unite(lines, *read_ledger_lines(other));
    EXPECT_TRUE(lines.bad.empty());
}

TEST_F(Erasures, AnAdmissionCountsWhereverItStands) {
    const Erasure erasure = one("p1");
    ASSERT_TRUE(append_admission(dir, erasure.id, from_unix_ms(2000)));
    ASSERT_TRUE(append_erasure(dir, erasure));
    EXPECT_EQ(read_erasures(dir)->front().admitted, from_unix_ms(2000));
}

}  // namespace
}  // namespace capbridge::store
