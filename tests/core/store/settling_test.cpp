// Blocks of postings that settle: what a query finds is the same before, in the midst of it, and after, with
// references and voidings that come late, across a restart, and for a reader beside the owner.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "core/store/sqlite/block_bits.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/settling.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

// What is stored, beside the store: statement n has seq n. References are of one link.
class Model {
public:
    using Key = std::pair<Kind, std::string>;
    void add(int n, const std::set<Key>& keys, int target, bool voids) {
        keys_[n] = keys;
        if (voids) voided_.insert(target);
        if (target != 0) referrers_[target].push_back(n);
        find(n, keys);
        if (const auto known = keys_.find(target); known != keys_.end()) find(n, known->second);
        for (const int referrer : referrers_[n]) find(referrer, keys);
    }
    // Newest first.
    [[nodiscard]] std::vector<std::int64_t> find(const StatementQuery& query) const {
        std::set<int> found;
        bool first = true;
        const auto narrow = [&](const std::optional<std::string>& value, Kind kind) {
            if (!value) return;
            const auto by_key = found_by_.find({kind, *value});
            const auto those = by_key == found_by_.end() ? std::set<int>() : by_key->second;
            if (first) found = those;
            std::erase_if(found, [&](int n) { return !those.contains(n); });
            first = false;
        };
        narrow(query.agent_key, query.related_agents ? Kind::any_agent : Kind::actor);
        narrow(query.activity, query.related_activities ? Kind::any_activity : Kind::object_activity);
        narrow(query.verb, Kind::verb);
        narrow(query.registration, Kind::registration);
        std::erase_if(found, [&](int n) { return voided_.contains(n); });
        return {found.rbegin(), found.rend()};
    }

private:
    void find(int n, const std::set<Key>& keys) {
        for (const auto& key : keys) found_by_[key].insert(n);
    }
    std::map<int, std::set<Key>> keys_;
    std::map<Key, std::set<int>> found_by_;
    std::map<int, std::vector<int>> referrers_;
    std::set<int> voided_;
};

class SettlingTest : public StoreTest {
protected:
    static constexpr int block = BlockBits::size;

    std::string any(const char* what, unsigned of) {
        return what + std::to_string(static_cast<unsigned>(random_()) % of);
    }
    NewStatement make(int n) {
        const auto agent = n % 700 == 0 ? "rare" + std::to_string(n) : any("agent", 4);
        const auto activity = any("activity", agent == "agent0" ? 3 : 5);
        const std::set<Model::Key> keys{{Kind::actor, agent},
                                        {Kind::any_agent, agent},
                                        {Kind::any_agent, any("teacher", 3)},
                                        {Kind::verb, any("verb", 3)},
                                        {Kind::object_activity, activity},
                                        {Kind::any_activity, activity},
                                        {Kind::any_activity, "category"},
                                        {Kind::registration, "walk" + std::to_string(n / 10)}};
        const auto distance = static_cast<int>(random_());
        int target = 0;
        if (n % 500 == 3) target = n - 1 - distance % (n - 1);
        if (n % 500 == 7) target = n + 1 + distance % (2 * block);
        if (target % 500 == 3 || target % 500 == 7) target = 0;  // no chains
        const bool voids = target != 0 && n % 1000 == 507;
        model_.add(n, keys, target, voids);
        std::vector<xapi::Key> given;
        for (const auto& [kind, value] : keys) given.push_back({kind, value});
        auto out = statement(n, std::move(given));
        if (target != 0) (voids ? out.voids : out.refers_to) = id(target);
        return out;
    }
    void append_up_to(int last) {
        const auto run_id = run();
        while (next_ <= last) {
            std::vector<std::variant<NewStatement, NewDecision>> entries;
            for (; next_ <= last && entries.size() < 1000; ++next_) entries.emplace_back(make(next_));
            ASSERT_EQ(append(std::move(entries), run_id).last_seq, next_ - 1);
        }
    }
    std::int64_t number(const std::string& sql) {
        return Database(dir_.data() / "capbridge.db", Database::Access::read).integer(sql);
    }
    void wait_until_settled(std::int64_t seq) {
        for (int i = 0; i < 3000 && number("select seq from settled") < seq; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        ASSERT_EQ(number("select seq from settled"), seq);
        for (int i = 0;
             i < 3000 && number("select count(*) from posting where seq <= " + std::to_string(seq)); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }

    static std::vector<StatementQuery> questions() {
        std::vector<StatementQuery> out;
        const auto ask = [&](auto agent, auto verb, auto activity, auto registration, bool related = false) {
            StatementQuery query;
            const auto given = [](const char* text) {
                return *text == '\0' ? std::optional<std::string>() : std::optional<std::string>(text);
            };
            query.agent_key = given(agent);
            query.verb = given(verb);
            query.activity = given(activity);
            query.registration = given(registration);
            query.related_agents = query.related_activities = related;
            out.push_back(query);
        };
        ask("agent1", "", "", "");
        ask("teacher1", "", "", "", true);
        ask("agent2", "", "category", "", true);
        ask("agent2", "verb1", "activity3", "");
        ask("agent0", "", "activity4", "");  // only by way of references
        ask("rare700", "", "", "");
        ask("rare16100", "", "", "", true);
        ask("rare21000", "verb0", "", "");
        ask("", "", "", "walk1638");  // on both sides of a border
        ask("", "verb2", "", "walk20");
        ask("teacher1", "", "", "");  // as actor: nothing
        return out;
    }
    void expect_all_found(Journal& journal) {
        constexpr std::ptrdiff_t page = 40;
        for (auto query : questions()) {
            auto expected = model_.find(query);
            query.limit = page;
            const auto seqs = [&] {
                std::vector<std::int64_t> out;
                for (const auto& row : journal.statements(query)) out.push_back(row.seq);
                return out;
            };
            const auto size = static_cast<std::ptrdiff_t>(expected.size());
            const auto page_at = [&](std::ptrdiff_t at) {
                return std::vector<std::int64_t>(expected.begin() + at,
                                                 expected.begin() + std::min(size, at + page));
            };
            for (int direction = 0; direction < 2; ++direction) {
                query.ascending = direction == 1;
                query.after_seq = 0;
                EXPECT_EQ(seqs(), page_at(0));
                for (std::ptrdiff_t at = size / 5; at < size; at += size / 5 + 1) {
                    query.after_seq = expected[static_cast<std::size_t>(at)];
                    EXPECT_EQ(seqs(), page_at(at + 1));
                }
                std::reverse(expected.begin(), expected.end());
            }
        }
    }

    Model model_;
    std::minstd_rand random_{17};
    int next_ = 1;
};

TEST_F(SettlingTest, FindsTheSameBeforeAndAfter) {
    append_up_to(block - 100);
    expect_all_found(journal());
    EXPECT_EQ(number("select seq from settled"), 0);
    append_up_to(block + 3000);
    expect_all_found(journal());  // most likely in the midst of it
    wait_until_settled(block - 1);
    expect_all_found(journal());
    EXPECT_EQ(number("select count(*) from posting where seq < " + std::to_string(block)), 0);

    // A second block, and what refers to the first or was waited for by it.
    append_up_to(2 * block + 5000);
    wait_until_settled(2 * block - 1);
    expect_all_found(journal());

    // A reader beside the owner has no memory of the young ones.
    auto reader = open_store(dir_.data(), Mode::read).value();
    expect_all_found(reader->journal());
    append_up_to(2 * block + 6000);
    expect_all_found(reader->journal());
    append_up_to(3 * block + 10);
    wait_until_settled(3 * block - 1);
    expect_all_found(reader->journal());
    expect_all_found(journal());
    open();
    expect_all_found(journal());
}

TEST_F(SettlingTest, GoesOnAfterACrash) {
    append_up_to(block - 10);
    store_.reset();
    {
        // What a crash leaves of a block that was begun: rows that are not settled, with less than there is.
        Database database(dir_.data() / "capbridge.db", Database::Access::write);
        BlockBits one;
        one.set(2);
        for (const auto& [kind, text] : {std::pair{1, "agent1"}, {5, "verb1"}}) {
            database.query("insert into posting_block select ?1, id, 0, ?2 from term where v = ?3")
                .bind(kind, Blob{pack(one)}, text)
                .run();
        }
    }
    {
        const auto reader = open_store(dir_.data(), Mode::read).value();
        expect_all_found(reader->journal());
    }
    open();
    expect_all_found(journal());
    append_up_to(block + 10);
    wait_until_settled(block - 1);
    expect_all_found(journal());
    // Closed at any moment of it.
    for (int i = 2; i < 4; ++i) {
        append_up_to(i * block);
        open();
        expect_all_found(journal());
    }
}

TEST_F(SettlingTest, WhatIsAcknowledgedIsFoundAtOnceWhileBlocksSettle) {
    const auto run_id = run();
    std::atomic<std::int64_t> acknowledged = 0;
    std::atomic<bool> done = false;
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 2; ++reader) {
        readers.emplace_back([&, reader] {
            StatementQuery query;
            query.verb = "v";
            if (reader == 1) query.owner = "source:a";
            query.limit = 30;
            while (!done) {
                const auto before = acknowledged.load();
                const auto watermark = journal().watermark().seq;
                const auto rows = journal().statements(query);
                ASSERT_GE(watermark, before);
                if (before == 0) continue;
                ASSERT_GE(rows.at(0).seq, watermark);
                for (std::size_t i = 1; i < rows.size(); ++i) ASSERT_EQ(rows[i].seq, rows[i - 1].seq - 1);
            }
        });
    }
    for (int n = 1; n < 2 * block + 2000; n += 500) {
        Batch one = batch({}, run_id);
        one.owner = "source:a";
        for (int i = 0; i < 500; ++i) one.entries.emplace_back(statement(n + i, {{Kind::verb, "v"}}));
        const auto appended = journal().append(std::move(one));
        ASSERT_TRUE(appended);
        acknowledged = appended->last_seq;
    }
    wait_until_settled(2 * block - 1);
    done = true;
    for (auto& reader : readers) reader.join();
}

TEST_F(SettlingTest, BlocksWithoutStatementsSettleToo) {
    std::vector<std::variant<NewStatement, NewDecision>> entries;
    for (int i = 0; i < block + 5; ++i)
        entries.emplace_back(NewDecision{"policy", std::to_string(i), "{}", {}});
    append(std::move(entries));
    wait_until_settled(block - 1);
    append({statement(1, {{Kind::verb, "v"}})});
    StatementQuery query;
    query.verb = "v";
    EXPECT_THAT(ids(query), ::testing::ElementsAre(id(1)));
}

TEST_F(SettlingTest, ManyReferrersInASettledBlockAreFoundByALateTarget) {
    std::vector<std::variant<NewStatement, NewDecision>> entries;
    for (int n = 1; n <= 300; ++n) entries.emplace_back(referring(n, 90'000, {{Kind::verb, "early"}}));
    for (int n = 301; n <= block + 5; ++n)
        entries.emplace_back(NewDecision{"policy", std::to_string(n), "{}", {}});
    entries.emplace_back(referring(301, 90'000));  // in the young block
    append(std::move(entries));
    wait_until_settled(block - 1);
    append({statement(90'000, {{Kind::verb, "late"}, {Kind::actor, "late"}})});
    StatementQuery query;
    query.limit = 1000;
    query.verb = "late";
    EXPECT_EQ(ids(query).size(), 302u);
    query.agent_key = "late";
    EXPECT_EQ(ids(query).size(), 302u);
    query.verb = "early";
    EXPECT_EQ(ids(query).size(), 300u);
    EXPECT_EQ(number("select count(*) from posting"), 2) << "settled ones go into their block";
}

TEST_F(SettlingTest, AKeyThatComesWhileItsBlockIsMergedIsNotLost) {
    store_.reset();
    Database database(dir_.data() / "capbridge.db", Database::Access::write);
    Young young;
    Settling settling(database, young);
    settling.load();
    settling.add({5, 7}, {1, 2, 3});
    const std::vector<YoungPosting> own{{1, {6, 8}}};
    young.publish(own, {block - 1, {}});
    settling.step(1);              // the one key of its own
    settling.step(1);              // merging: the first row
    settling.add({1, 7}, {4, 5});  // before the place that it has come to
    settling.step(100);
    EXPECT_EQ(database.integer("select seq from settled"), block - 1);
    EXPECT_EQ(database.integer("select count(*) from posting"), 0);
    const auto settled = [&](int kind, int term) {
        auto rows =
            database.query("select bits from posting_block where kind = ?1 and id = ?2 and block = 0");
        BlockBits bits;
        EXPECT_TRUE(rows.bind(kind, term).step() && add_packed(rows.blob(0), bits));
        return bits;
    };
    EXPECT_EQ(settled(1, 7).count(), 2);
    EXPECT_TRUE(settled(1, 7).test(4));
    EXPECT_EQ(settled(5, 7).count(), 3);
    EXPECT_EQ(settled(6, 8).count(), 1);
}

TEST_F(SettlingTest, ADamagedBlockIsNoticed) {
    append_up_to(block + 10);
    wait_until_settled(block - 1);
    store_.reset();
    {
        Database(dir_.data() / "capbridge.db", Database::Access::write)
            .exec("update posting_block set bits = x'07'");
    }
    open();
    EXPECT_THROW(journal().statements(questions()[0]), Failure);
}

}  // namespace
}  // namespace capbridge::store::test
