// Which keys go along a reference: none between a bound client's statements and another owner's, and no more
// than the one writer can bear. That they do go along is in query_test.cpp.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/postings.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class ReferenceTest : public StoreTest {
protected:
    enum class Client { free, bound };
    void append_as(const std::string& owner, Client client, NewStatement entry) {
        auto one = batch({std::move(entry)}, run_ == 0 ? run_ = run() : run_);
        one.owner = owner;
        one.only_own = client == Client::bound;
        ASSERT_TRUE(journal().append(std::move(one)));
    }
    static std::vector<xapi::Key> verb(const std::string& value) { return {{Kind::verb, value}}; }
    std::vector<std::string> by_verb(const std::string& value) {
        StatementQuery query;
        query.verb = value;
        query.limit = 5000;
        return ids(query);
    }
    std::int64_t postings(const std::string& where = "1") {
        return Database(dir_.data() / "capbridge.db", Database::Access::read)
            .integer("select count(*) from posting where " + where);
    }
    // With the four telling keys, and so many activities besides.
    static NewStatement large(int n, int activities) {
        std::vector<xapi::Key> keys;
        for (int i = 0; i < activities; ++i)
            keys.push_back({Kind::any_activity, "https://x.example/" + std::to_string(i)});
        keys.insert(keys.end(), {{Kind::registration, "r"},
                                 {Kind::object_activity, "x"},
                                 {Kind::any_activity, "x"},
                                 {Kind::actor, "a"},
                                 {Kind::any_agent, "a"},
                                 {Kind::verb, "v"}});
        return statement(n, std::move(keys));
    }
    std::vector<std::size_t> found_by_the_telling_keys() {
        std::vector<std::size_t> out;
        for (auto member : {&StatementQuery::agent_key, &StatementQuery::verb, &StatementQuery::activity,
                            &StatementQuery::registration}) {
            StatementQuery query;
            query.limit = 5000;
            query.*member = member == &StatementQuery::agent_key      ? "a"
                            : member == &StatementQuery::verb         ? "v"
                            : member == &StatementQuery::registration ? "r"
                                                                      : "x";
            out.push_back(ids(query).size());
        }
        return out;
    }

    std::int64_t run_ = 0;
};

TEST_F(ReferenceTest, ABoundClientLearnsNothingOfAForeignStatement) {
    append_as("source:a", Client::bound, statement(1, verb("v")));
    append_as("source:b", Client::bound, referring(2, 1));
    append_as("source:b", Client::bound, voiding(3, 1));
    append_as("source:b", Client::bound, referring(4, 5));
    append_as("source:a", Client::bound, statement(5, verb("v")));
    EXPECT_THAT(by_verb("v"), ElementsAre(id(5), id(1)));
    // One of the two is bound.
    append_as("credential:x", Client::free, referring(6, 1));
    append_as("credential:x", Client::free, statement(7, verb("w")));
    append_as("source:b", Client::bound, referring(8, 7));
    append_as("source:b", Client::bound, referring(9, 10));
    append_as("", Client::free, statement(10, verb("w")));
    EXPECT_THAT(by_verb("v"), ElementsAre(id(5), id(1)));
    EXPECT_THAT(by_verb("w"), ElementsAre(id(10), id(7)));
    // Its own, whoever of the same owner wrote it.
    append_as("source:a", Client::bound, referring(11, 1));
    append_as("source:a", Client::bound, referring(12, 13));
    append_as("source:a", Client::free, statement(13, verb("v")));
    EXPECT_THAT(by_verb("v"), ElementsAre(id(13), id(12), id(11), id(5), id(1)));
}

TEST_F(ReferenceTest, AForeignStatementClosesTheWholeChainInEveryOrder) {
    std::array<int, 4> order{0, 1, 2, 3};  // each refers to the one before
    int round = 0;
    do {
        ++round;
        const int base = round * 10;
        const auto name = [&](int link) { return std::to_string(base + link); };
        const auto make = [&](int link) {
            auto keys = verb(name(link));
            return link == 0 ? statement(base, keys) : referring(base + link, base + link - 1, keys);
        };
        for (const int link : order) {
            // Bound, then of the same source but not bound, then two of somebody else.
            const bool ours = link < 2;
            append_as(ours ? "source:a" : "credential:x", link == 0 ? Client::bound : Client::free,
                      make(link));
        }
        EXPECT_THAT(by_verb(name(0)), UnorderedElementsAre(id(base), id(base + 1)));
        EXPECT_THAT(by_verb(name(1)), UnorderedElementsAre(id(base + 1), id(base + 2), id(base + 3)));
        EXPECT_THAT(by_verb(name(2)), UnorderedElementsAre(id(base + 2), id(base + 3)));
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_EQ(round, 24);
    // Back to the same owner by way of another: what lies between is not ours to know.
    append_as("source:a", Client::bound, statement(1001, verb("far")));
    append_as("credential:x", Client::free, referring(1002, 1001));
    append_as("source:a", Client::bound, referring(1003, 1002));
    EXPECT_THAT(by_verb("far"), ElementsAre(id(1001)));
}

TEST_F(ReferenceTest, ALateTargetOfManyCostsOneAppendABoundedNumberOfPostings) {
    constexpr int referrers = 1000, target = 5000;
    std::vector<std::variant<NewStatement, NewDecision>> entries;
    for (int n = 1; n <= referrers; ++n) entries.emplace_back(referring(n, target));
    append(std::move(entries));
    const auto began = std::chrono::steady_clock::now();
    append({large(target, 10'000)});
    // It was 94 s: ten million postings.
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    EXPECT_LE(postings(), static_cast<std::int64_t>(most_inherited) + 16);
    // The telling keys reach all of them.
    EXPECT_THAT(found_by_the_telling_keys(), ::testing::Each(referrers + 1u));
}

TEST_F(ReferenceTest, ABatchOfReferrersToALargeStatementIsBoundedToo) {
    constexpr int referrers = 1000, target = 5000;
    append({large(target, 10'000)});
    const auto one = append({referring(4999, target)}).last_seq;
    EXPECT_EQ(postings("seq = " + std::to_string(one)), 64) << "all that a statement hands on";
    std::vector<std::variant<NewStatement, NewDecision>> entries;
    for (int n = 1; n <= referrers; ++n) entries.emplace_back(referring(n, target));
    append(std::move(entries));
    EXPECT_LE(postings("seq > " + std::to_string(one)),
              static_cast<std::int64_t>(most_inherited) + 16 * referrers);
    EXPECT_THAT(found_by_the_telling_keys(), ::testing::Each(referrers + 2u));
    // Its own keys are all its own.
    StatementQuery query;
    query.activity = "https://x.example/9999";
    query.related_activities = true;
    EXPECT_THAT(ids(query), ElementsAre(id(target)));
}

TEST_F(ReferenceTest, VoidingManyAtOnceHandsEveryKeyOn) {
    constexpr int count = 1000;
    std::vector<std::variant<NewStatement, NewDecision>> made, voided;
    for (int n = 1; n <= count; ++n) {
        made.emplace_back(large(n, 2));
        voided.emplace_back(voiding(10'000 + n, n));
    }
    append(std::move(made));
    append(std::move(voided));
    EXPECT_THAT(found_by_the_telling_keys(), ::testing::Each(static_cast<std::size_t>(count)));
    StatementQuery query;
    query.activity = "https://x.example/1";
    query.related_activities = true;
    query.limit = 5000;
    EXPECT_EQ(ids(query).size(), static_cast<std::size_t>(count));
}

}  // namespace
}  // namespace capbridge::store::test
