// Documents: found by their whole key, changed only when the preconditions hold, and merged without losing
// anything however many merge at once.
#include <gmock/gmock.h>

#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/base/json.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* json_type = "application/json";

class DocumentsTest : public StoreTest {
protected:
    Documents& documents() { return store_->documents(); }

    static DocumentKey state(std::string id, std::string registration = "") {
        return {DocumentKey::Kind::state, "https://a.example/1", "mbox|mailto:a@b.example",
                std::move(registration),  std::move(id),         ""};
    }
    static DocumentKey profile(std::string id) {
        return {DocumentKey::Kind::activity_profile, "https://a.example/1", "", "", std::move(id), ""};
    }
    static xapi::Document text(std::string body) { return {"text/plain", std::move(body)}; }
    static xapi::Document object(std::string body) { return {json_type, std::move(body)}; }

    // The error's code, or "".
    static std::string wait(const std::function<void(Documents::Done)>& begin) {
        std::promise<std::string> promise;
        auto answer = promise.get_future();
        begin([&promise](Status status) { promise.set_value(status ? "" : status.error().code); });
        return answer.get();
    }
    std::string put(const DocumentKey& key, const xapi::Document& document, Precondition precondition = {},
                    std::int64_t now = 1000) {
        return wait([&](auto done) {
            documents().put(key, document, precondition, from_unix_ms(now), std::move(done));
        });
    }
    std::string merge(const DocumentKey& key, const xapi::Document& document,
                      Precondition precondition = {}) {
        return wait([&](auto done) {
            documents().merge(key, document, precondition, from_unix_ms(1000), std::move(done));
        });
    }
    std::string remove(const DocumentKey& key, Precondition precondition = {}) {
        return wait([&](auto done) { documents().remove(key, precondition, std::move(done)); });
    }
    std::string remove_all(const DocumentKey& key) {
        return wait([&](auto done) { documents().remove_all(key, std::move(done)); });
    }
    std::string body(const DocumentKey& key) {
        const auto row = documents().get(key);
        return row ? row->document.body : "(none)";
    }
};

Precondition if_match(std::string etag) {
    Precondition out;
    out.match = {std::move(etag)};
    return out;
}
Precondition if_none_match(std::string etag) {
    Precondition out;
    out.none_match = {std::move(etag)};
    return out;
}
Precondition needed() {
    Precondition out;
    out.needed = true;
    return out;
}

TEST_F(DocumentsTest, WhatIsPutIsReadBackByteForByte) {
    const std::string bytes("a\0\xff\r\n", 5);
    ASSERT_EQ(put(state("one"), {"application/octet-stream", bytes}, {}, 1234), "");
    const auto row = documents().get(state("one"));
    ASSERT_TRUE(row);
    EXPECT_EQ(row->id, "one");
    EXPECT_EQ(row->document.content_type, "application/octet-stream");
    EXPECT_EQ(row->document.body, bytes);
    EXPECT_EQ(row->etag, sha1_hex(bytes));
    EXPECT_EQ(row->updated, from_unix_ms(1234));

    ASSERT_EQ(put(state("one"), text("new"), {}, 2000), "");
    EXPECT_EQ(body(state("one")), "new");
    EXPECT_EQ(documents().get(state("one"))->etag, sha1_hex("new"));
    ASSERT_EQ(put(state("empty"), text("")), "");
    EXPECT_EQ(body(state("empty")), "");
    open();
    EXPECT_EQ(body(state("one")), "new") << "after a restart";
}

TEST_F(DocumentsTest, EveryPartOfTheKeyCounts) {
    const auto one = state("id");
    ASSERT_EQ(put(one, text("mine")), "");
    auto other = one;
    other.agent = "mbox|mailto:other@b.example";
    EXPECT_FALSE(documents().get(other));
    other = one;
    other.activity = "https://a.example/2";
    EXPECT_FALSE(documents().get(other));
    other = one;
    other.registration = id(1);
    EXPECT_FALSE(documents().get(other));
    other = one;
    other.owner = "a source";
    EXPECT_FALSE(documents().get(other));
    ASSERT_EQ(put(other, text("of the source")), "");
    EXPECT_EQ(body(one), "mine");
    EXPECT_FALSE(documents().get(state("ID")));
    EXPECT_FALSE(documents().get(profile("id")));
    DocumentKey agent_profile{DocumentKey::Kind::agent_profile, "", one.agent, "", "id", ""};
    EXPECT_FALSE(documents().get(agent_profile));
    ASSERT_EQ(put(agent_profile, text("profile")), "");
    EXPECT_EQ(body(agent_profile), "profile");
    EXPECT_EQ(body(one), "mine");
}

TEST_F(DocumentsTest, IdsAreOfEveryRegistrationOrOfOne) {
    ASSERT_EQ(put(state("b"), text("1"), {}, 1000), "");
    ASSERT_EQ(put(state("a", id(1)), text("1"), {}, 2000), "");
    ASSERT_EQ(put(state("a", id(2)), text("1"), {}, 3000), "");
    EXPECT_THAT(documents().ids(state(""), {}), ElementsAre("a", "b"));
    EXPECT_THAT(documents().ids(state("", id(1)), {}), ElementsAre("a"));
    EXPECT_THAT(documents().ids(state("", id(3)), {}), IsEmpty());
    EXPECT_THAT(documents().ids(state(""), from_unix_ms(1000)), ElementsAre("a"));
    EXPECT_THAT(documents().ids(state(""), from_unix_ms(999)), ElementsAre("a", "b"));
    EXPECT_THAT(documents().ids(state(""), from_unix_ms(3000)), IsEmpty());
    EXPECT_THAT(documents().ids(profile(""), {}), IsEmpty());
}

TEST_F(DocumentsTest, PreconditionsHoldOrNothingChanges) {
    const auto key = profile("p");
    EXPECT_EQ(put(key, text("x"), if_match("*")), "precondition_failed");
    EXPECT_EQ(put(key, text("x"), if_match(sha1_hex("x"))), "precondition_failed");
    EXPECT_EQ(remove(key, if_match("*")), "precondition_failed");
    EXPECT_FALSE(documents().get(key));

    EXPECT_EQ(put(key, text("one"), needed()), "") << "there is nothing yet to overwrite";
    EXPECT_EQ(put(key, text("two"), needed()), "precondition_needed");
    EXPECT_EQ(put(key, text("two"), if_none_match("*")), "precondition_failed");
    EXPECT_EQ(put(key, text("two"), if_none_match(sha1_hex("one"))), "precondition_failed");
    EXPECT_EQ(put(key, text("two"), if_match(sha1_hex("two"))), "precondition_failed");
    EXPECT_EQ(merge(key, text("two"), if_match(sha1_hex("two"))), "precondition_failed");
    EXPECT_EQ(remove(key, if_match(sha1_hex("two"))), "precondition_failed");
    EXPECT_EQ(remove(key, needed()), "precondition_needed");
    EXPECT_EQ(body(key), "one");

    Precondition either;
    either.match = {sha1_hex("nothing"), sha1_hex("one")};
    either.needed = true;
    EXPECT_EQ(put(key, text("two"), either), "");
    EXPECT_EQ(put(key, text("three"), if_match("*")), "");
    EXPECT_EQ(put(key, text("four"), if_none_match(sha1_hex("one"))), "");
    EXPECT_EQ(body(key), "four");
    EXPECT_EQ(remove(key, if_match(sha1_hex("four"))), "");
    EXPECT_FALSE(documents().get(key));
    EXPECT_EQ(put(key, text("new"), if_none_match("*")), "");
}

TEST_F(DocumentsTest, MergingKeepsWhatTheNewOneDoesNotName) {
    const auto key = state("s");
    ASSERT_EQ(merge(key, object(R"({"x":"foo","y":{"deep":1}})")), "") << "the first one is stored as it is";
    EXPECT_EQ(body(key), R"({"x":"foo","y":{"deep":1}})");
    ASSERT_EQ(merge(key, object(R"({"y":{"other":2},"z":null})")), "");
    const auto row = documents().get(key);
    ASSERT_TRUE(row);
    const auto merged = parse_json(row->document.body);
    ASSERT_TRUE(merged);
    EXPECT_EQ(*merged, *parse_json(R"({"x":"foo","y":{"other":2},"z":null})"));
    EXPECT_EQ(row->etag, sha1_hex(row->document.body));

    const auto before = body(key);
    EXPECT_EQ(merge(key, text("plain")), "not_mergeable");
    EXPECT_EQ(merge(key, object("[1]")), "not_mergeable");
    EXPECT_EQ(merge(key, object("{")), "not_mergeable");
    EXPECT_EQ(body(key), before);
    ASSERT_EQ(merge(state("t"), text("plain")), "");
    EXPECT_EQ(merge(state("t"), object("{}")), "not_mergeable");
    EXPECT_EQ(body(state("t")), "plain");
    EXPECT_EQ(merge(state("u"), object("{")), "not_mergeable");
    EXPECT_FALSE(documents().get(state("u")));
}

TEST_F(DocumentsTest, RemovingAndRemovingAll) {
    EXPECT_EQ(remove(state("s")), "");
    EXPECT_EQ(remove_all(state("")), "");
    ASSERT_EQ(put(state("a"), text("1")), "");
    ASSERT_EQ(put(state("b", id(1)), text("1")), "");
    ASSERT_EQ(put(state("c", id(1)), text("1")), "");
    ASSERT_EQ(put(state("d", id(2)), text("1")), "");
    auto of_source = state("e");
    of_source.owner = "a source";
    ASSERT_EQ(put(of_source, text("1")), "");
    ASSERT_EQ(remove(state("b", id(1))), "");
    EXPECT_THAT(documents().ids(state(""), {}), ElementsAre("a", "c", "d"));
    ASSERT_EQ(remove_all(state("", id(1))), "");
    EXPECT_THAT(documents().ids(state(""), {}), ElementsAre("a", "d"));
    ASSERT_EQ(remove_all(state("")), "");
    EXPECT_THAT(documents().ids(state(""), {}), IsEmpty());
    EXPECT_EQ(body(of_source), "1") << "another owner's";
}

TEST_F(DocumentsTest, ManyMergesAtOnceLoseNothing) {
    constexpr int threads = 8, each = 50;
    std::vector<std::thread> clients;
    std::atomic<int> refused{0};
    for (int t = 0; t < threads; ++t) {
        clients.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                const auto member = std::to_string(t) + "-" + std::to_string(i);
                if (!merge(state("shared"), object("{\"" + member + "\":1}")).empty()) ++refused;
            }
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(refused, 0);
    const auto all = parse_json(body(state("shared")));
    ASSERT_TRUE(all);
    EXPECT_EQ(all->size(), std::size_t{threads * each});
}

TEST_F(DocumentsTest, OneOfManyWhoOverwriteTheSameWins) {
    ASSERT_EQ(put(state("s"), text("first")), "");
    std::vector<std::thread> clients;
    std::atomic<int> won{0}, lost{0};
    for (int t = 0; t < 8; ++t) {
        clients.emplace_back([&, t] {
            const auto code = put(state("s"), text(std::to_string(t)), if_match(sha1_hex("first")));
            ++(code.empty() ? won : lost);
            EXPECT_TRUE(code.empty() || code == "precondition_failed") << code;
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(lost, 7);
}

TEST_F(DocumentsTest, AFullDiskLeavesTheOldDocument) {
    ASSERT_EQ(put(state("s"), text("old")), "");
    SqliteOptions options;
    options.max_page_count = 1;  // as large as it is already, and no larger
    open(Mode::own, options);
    EXPECT_EQ(put(state("s"), text(std::string(1u << 20, 'x'))), "store_full");
    EXPECT_EQ(body(state("s")), "old");
    open();
    EXPECT_EQ(put(state("s"), text("new")), "");
}

TEST_F(DocumentsTest, AReaderReadsAndIsRefusedToWrite) {
    ASSERT_EQ(put(state("s"), text("1")), "");
    open(Mode::read);
    EXPECT_EQ(body(state("s")), "1");
    EXPECT_EQ(put(state("s"), text("2")), "read_only");
    EXPECT_EQ(merge(state("s"), object("{}")), "read_only");
    EXPECT_EQ(remove(state("s")), "read_only");
    EXPECT_EQ(remove_all(state("")), "read_only");
}

}  // namespace
}  // namespace capbridge::store::test
