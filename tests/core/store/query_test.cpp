// Finding statements: keys, references, voiding, pages, times.
#include <gmock/gmock.h>

#include <chrono>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using QueryTest = StoreTest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<xapi::Key> keys(const std::string& agent, const std::string& verb, const std::string& activity) {
    return {{Kind::actor, agent},
            {Kind::any_agent, agent},
            {Kind::any_agent, "teacher"},
            {Kind::verb, verb},
            {Kind::object_activity, activity},
            {Kind::any_activity, activity},
            {Kind::any_activity, "course"},
            {Kind::registration, "r-" + agent}};
}

StatementQuery by(std::optional<std::string> agent, std::optional<std::string> verb = {},
                  std::optional<std::string> activity = {}, std::optional<std::string> registration = {}) {
    StatementQuery query;
    query.agent_key = std::move(agent);
    query.verb = std::move(verb);
    query.activity = std::move(activity);
    query.registration = std::move(registration);
    return query;
}

TEST_F(QueryTest, ByEachKeyAndAllOfThem) {
    append({statement(1, keys("a", "passed", "x")), statement(2, keys("b", "passed", "y")),
            statement(3, keys("a", "failed", "y"))});
    EXPECT_THAT(ids({}), ElementsAre(id(3), id(2), id(1)));
    EXPECT_THAT(ids(by("a")), ElementsAre(id(3), id(1)));
    EXPECT_THAT(ids(by({}, "passed")), ElementsAre(id(2), id(1)));
    EXPECT_THAT(ids(by({}, {}, "y")), ElementsAre(id(3), id(2)));
    EXPECT_THAT(ids(by({}, {}, {}, "r-b")), ElementsAre(id(2)));
    EXPECT_THAT(ids(by("a", "passed")), ElementsAre(id(1)));
    EXPECT_THAT(ids(by("a", "passed", "x")), ElementsAre(id(1)));
    EXPECT_THAT(ids(by("a", "failed", "y", "r-a")), ElementsAre(id(3)));
    EXPECT_THAT(ids(by("a", "failed", "x")), IsEmpty());
    // Misses: unknown texts, and texts known as another kind of key.
    EXPECT_THAT(ids(by("c")), IsEmpty());
    EXPECT_THAT(ids(by("teacher")), IsEmpty());
    EXPECT_THAT(ids(by({}, "x")), IsEmpty());
    EXPECT_THAT(ids(by({}, {}, "course")), IsEmpty());
    EXPECT_THAT(ids(by({}, {}, {}, "r-c")), IsEmpty());
}

TEST_F(QueryTest, RelatedAgentsAndActivities) {
    append({statement(1, keys("a", "passed", "x")), statement(2, keys("b", "passed", "y"))});
    auto agents = by("teacher");
    agents.related_agents = true;
    EXPECT_THAT(ids(agents), ElementsAre(id(2), id(1)));
    auto activities = by({}, {}, "course");
    activities.related_activities = true;
    EXPECT_THAT(ids(activities), ElementsAre(id(2), id(1)));
    activities.agent_key = "a";
    EXPECT_THAT(ids(activities), ElementsAre(id(1)));
}

TEST_F(QueryTest, VoidingInEitherOrder) {
    append({statement(1, keys("a", "passed", "x"))});
    append({voiding(2, 1)});
    append({voiding(3, 4)});
    append({statement(4, keys("a", "passed", "x"))});
    append({voiding(5, 1), voiding(6, 5), voiding(7, 8), voiding(8, 7)});
    EXPECT_EQ(journal().statement(id(1))->voided_by, id(2)) << "the first one stays";
    EXPECT_EQ(journal().statement(id(4))->voided_by, id(3));
    EXPECT_EQ(journal().statement(id(5))->voided_by, "") << "a voiding statement cannot be voided";
    EXPECT_EQ(journal().statement(id(7))->voided_by, "");
    auto entries = journal().entries(0, 1);
    EXPECT_EQ(std::get<StatementRow>(entries[0]).voided_by, id(2));
    // Found through what they void, as any reference is.
    auto found = by("a");
    found.ascending = true;
    EXPECT_THAT(ids(found), ElementsAre(id(2), id(3), id(5), id(6)));
}

TEST_F(QueryTest, ReferencesInEitherOrderAndInChains) {
    append({statement(1, keys("a", "passed", "x")), referring(2, 1, {{Kind::verb, "commented"}})});
    append({referring(3, 4, {{Kind::verb, "commented"}}), referring(5, 3), referring(6, 5)});
    EXPECT_THAT(ids(by({}, "passed")), ElementsAre(id(2), id(1)));
    append({statement(4, keys("b", "passed", "y"))});
    auto query = by("b");
    query.ascending = true;
    EXPECT_THAT(ids(query), ElementsAre(id(3), id(5), id(6), id(4)));
    EXPECT_THAT(ids(by("b", "commented")), ElementsAre(id(6), id(5), id(3)));
    append({referring(7, 6)});
    EXPECT_THAT(ids(by({}, {}, {}, "r-b")), ElementsAre(id(7), id(4), id(6), id(5), id(3)));
    // A ring, and a statement that refers to itself.
    append({referring(10, 11, {{Kind::verb, "ten"}}), referring(11, 10, {{Kind::verb, "eleven"}}),
            referring(12, 12, keys("z", "v", "w"))});
    EXPECT_THAT(ids(by({}, "ten")), ElementsAre(id(11), id(10)));
    EXPECT_THAT(ids(by({}, "eleven")), ElementsAre(id(11), id(10)));
    EXPECT_THAT(ids(by("z")), ElementsAre(id(12)));
}

TEST_F(QueryTest, ALongChainIsFollowedForSixteenLinksWhicheverEndCameFirst) {
    constexpr int length = 2000;  // statement n refers to n - 1
    for (const int first : {1, 10'001}) {
        std::vector<std::variant<NewStatement, NewDecision>> entries;
        for (int i = 0; i < length; ++i) {
            const int n = first == 1 ? first + i : first + length - 1 - i;
            const std::vector<xapi::Key> verb{{Kind::verb, "v" + std::to_string(n)}};
            entries.emplace_back(n == first ? statement(n, verb) : referring(n, n - 1, verb));
        }
        const auto began = std::chrono::steady_clock::now();
        append(std::move(entries));
        // A fraction of a second in a release build; without an end to what is followed it was 25 s.
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
        for (const int n : {first, first + 900}) {
            const auto found = ids(by({}, "v" + std::to_string(n)));
            EXPECT_EQ(found.size(), 17u);
            EXPECT_THAT(found, ::testing::Contains(id(n + 16)));
        }
    }
}

TEST_F(QueryTest, AReferrerIsFoundThoughItsTargetIsVoid) {
    append({statement(1, keys("a", "passed", "x")), referring(2, 1), voiding(3, 1)});
    EXPECT_THAT(ids(by("a")), ElementsAre(id(3), id(2)));
}

TEST_F(QueryTest, Pages) {
    for (int i = 1; i <= 7; ++i)
        append({statement(i, keys("a", "passed", "x")), statement(100 + i, keys("b", "passed", "x"))});
    auto query = by("a");
    query.limit = 3;
    query.up_to_seq = journal().watermark().seq;
    const auto first = journal().statements(query);
    ASSERT_EQ(first.size(), 3u);
    EXPECT_EQ(first[0].id, id(7));
    append({statement(8, keys("a", "passed", "x"))});
    query.after_seq = first.back().seq;
    EXPECT_THAT(ids(query), ElementsAre(id(4), id(3), id(2)));
    query.limit = 10;
    EXPECT_THAT(ids(query), ElementsAre(id(4), id(3), id(2), id(1)));
    query.ascending = true;
    EXPECT_THAT(ids(query), ElementsAre(id(6), id(7))) << "the page chain does not see what came later";
}

TEST_F(QueryTest, APageEndsWithTheBodyThatPassesItsBytes) {
    for (int i = 1; i <= 5; ++i) {
        auto one = statement(i, keys("a", "passed", "x"));
        one.body.resize(1000, ' ');
        append({one});
    }
    for (const bool ascending : {false, true}) {
        for (auto query : {by({}), by("a", "passed")}) {
            query.ascending = ascending;
            const auto rows_within = [&](std::size_t bytes) {
                query.most_bytes = bytes;
                return ids(query).size();
            };
            EXPECT_EQ(rows_within(0), 5u);
            EXPECT_EQ(rows_within(1), 1u);
            EXPECT_EQ(rows_within(1999), 2u);
            EXPECT_EQ(rows_within(2000), 3u);
            EXPECT_EQ(rows_within(2999), 3u);
            EXPECT_EQ(rows_within(5000), 5u);
            query.limit = 2;
            EXPECT_EQ(rows_within(2500), 2u);
            query.after_seq = journal().statements(query).back().seq;
            query.limit = 100;
            EXPECT_EQ(rows_within(1500), 2u) << "the next page counts anew";
        }
    }
}

TEST_F(QueryTest, SinceIsExclusiveAndUntilInclusive) {
    auto now = std::make_shared<std::atomic<std::int64_t>>(0);
    open(Mode::own, {[now] { return from_unix_ms(now->load()); }, 0});
    for (int i = 1; i <= 5; ++i) {
        *now = 1000 * i;
        append({statement(i, keys("a", "passed", "x")), statement(100 + i, keys("b", "passed", "x"))});
        append({NewDecision{"policy", "x", "{}", {}}});
    }
    auto query = by("a");
    query.since = from_unix_ms(2000);
    EXPECT_THAT(ids(query), ElementsAre(id(5), id(4), id(3)));
    query.until = from_unix_ms(4000);
    EXPECT_THAT(ids(query), ElementsAre(id(4), id(3)));
    query.since = from_unix_ms(3999);
    EXPECT_THAT(ids(query), ElementsAre(id(4)));
    query.since = from_unix_ms(4000);
    EXPECT_THAT(ids(query), IsEmpty());
    query = by({});
    query.until = from_unix_ms(1000);
    EXPECT_THAT(ids(query), ElementsAre(id(101), id(1)));
    query.until = from_unix_ms(999);
    EXPECT_THAT(ids(query), IsEmpty());
    query.until = from_unix_ms(9999);
    query.since = from_unix_ms(5000);
    EXPECT_THAT(ids(query), IsEmpty());
}

}  // namespace
}  // namespace capbridge::store::test
