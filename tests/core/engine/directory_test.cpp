#include "core/engine/directory_world.hpp"

#include <gmock/gmock.h>

#include <ctime>

#include "core/base/log.hpp"

namespace capbridge::engine {
namespace {

using testing::HasSubstr;

json at(json statement, const std::string& day) {
    statement["timestamp"] = day + "T10:00:00Z";
    return statement;
}

TEST(Directory, PeopleAreWhoAnImportKnows) {
    DirectoryWorld w;
    w.people(2);  // 1000 and 1001
    const auto known = w.id_of("esr-employee:demo:1000");
    const auto done = w.tell(
        {person("p0", {number("77", "esr-person"), number("1000")}, {{"name", "Told Name"}}),
         post("a0", {number("77", "esr-person")}, "U1", "2020-01-01"), person("p9", {number("9999")})});
    EXPECT_EQ(done.counts.people_added, 1u);
    EXPECT_EQ(done.counts.people_changed, 1u);
    EXPECT_EQ(w.id_of("esr-person:demo:77"), known);
    EXPECT_EQ(w.find("esr-employee:demo:1000")->name, "Told Name");
    EXPECT_EQ(w.find("esr-employee:demo:1000")->employments.back().unit, "U1");
    // And the other way round: an import later finds whom a directory made.
    const auto made = w.id_of("esr-employee:demo:9999");
    w.ask("people.import", {{"csv", "employee_number,email\n9999,nine@demo.example\n"}, {"issuer", "demo"}});
    EXPECT_EQ(w.id_of("email:nine@demo.example"), made);
    w.expect_rebuild_equal();
}

TEST(Directory, TheSameAgainWritesNothing) {
    DirectoryWorld w;
    const std::vector<Told> told{
        person("p1", {number("1"), address("one@t.example")}),
        post("a1", {number("1"), number("1-2", "esr-assignment")}, "U1"),
        {"unit", {{"id", "U1"}, {"name", "Ward"}}},
        {"archetype_hint", {{"key", "h"}, {"who", json::array({number("1")})}, {"archetype", "shaper"}}}};
    EXPECT_EQ(w.tell(told).decisions, 4u);
    const auto again = w.tell(told);
    EXPECT_EQ(again.decisions, 0u);
    EXPECT_EQ(again.counts.people_same, 1u);
    EXPECT_EQ(again.counts.units, 0u);
    EXPECT_EQ(w.tell(told, {.dry_run = true}).decisions, 0u);
}

TEST(Directory, APostThatComesBeforeItsPersonIsTheirs) {
    DirectoryWorld w;
    w.tell({post("a1", {number("77", "esr-person")}, "U1", "2020-01-01")});
    w.people(1);
    EXPECT_EQ(w.people_count(), 2u);
    w.tell({person("p", {number("77", "esr-person"), number("1000")})});
    EXPECT_EQ(w.people_count(), 1u);
    EXPECT_EQ(w.find("esr-employee:demo:1000")->employments.back().unit, "U1");
    w.expect_rebuild_equal();
}

TEST(Directory, AnAddressThatChangesKeepsWhatWasLearnt) {
    DirectoryWorld w;
    w.mapping();
    w.tell({person("p", {number("1000"), address("old@t.example")})});
    ASSERT_TRUE(post(w, at(statement("old@t.example"), "2026-03-01")));
    ASSERT_TRUE(w.bridge->project());
    EXPECT_EQ(w.attainment(0), "met");
    w.tell({person("p", {number("1000"), address("new@t.example")})});
    EXPECT_EQ(w.attainment(0), "met");
    // What is learnt under it from now on is not theirs: it may be given out again.
    const auto old = w.find("esr-employee:demo:1000")->identifiers.back();
    EXPECT_EQ(old.value, "old@t.example");
    EXPECT_EQ(old.valid_to, parse_day("2026-05-31"));
    w.expect_rebuild_equal();
}

TEST(Directory, ANumberThatIsUsedAgainIsEachOnesForTheirTime) {
    DirectoryWorld w;
    w.mapping();
    w.tell({person("p0", {number("1000")}), person("p1", {number("1001")}),
            post("a0", {number("1000"), number("55", "esr-assignment")}, "U1", "2015-01-01", "2019-12-31"),
            post("a1", {number("1001"), number("55", "esr-assignment")}, "U1", "2021-01-01")});
    const json actor{
        {"account", {{"homePage", "https://bridge.example/id/esr-assignment/demo"}, {"name", "55"}}}};
    auto early = at(statement("x@x.example"), "2018-03-01"), late = at(early, "2026-03-01"),
         between = at(early, "2020-06-01");
    for (auto* each : {&early, &late, &between}) (*each)["actor"] = actor;
    ASSERT_TRUE(post(w, json::array({early, late, between})));
    ASSERT_TRUE(w.bridge->project());
    const auto statements = [&](const std::string& text) {
        const auto known = w.find(text);
        std::vector<std::string> actors;
        for (const auto& i : known->identifiers)
            actors.push_back(people::agent_of(i.scheme, i.issuer, i.value, "https://bridge.example").key());
        return w.bridge->store().projection().facts_of(*known, actors).size();
    };
    EXPECT_EQ(statements("esr-employee:demo:1000"), 1u);
    EXPECT_EQ(statements("esr-employee:demo:1001"), 1u);
    // Nobody's on that day: it waits for somebody to say.
    EXPECT_EQ(w.ask("status")["unresolved_statements"], 1);
    const auto matches = w.ask("identity.matches")["all"];
    EXPECT_EQ(matches["statements"]["resolved"], 2);
    EXPECT_EQ(matches["statements"]["unresolved"], 1);
    w.expect_rebuild_equal();
}

TEST(Directory, SomebodyNewWithAnOldAddressIsNotWhoHadIt) {
    DirectoryWorld w;
    w.tell({person("p0", {number("1000"), address("x@t.example")}),
            post("a0", {number("1000")}, "U1", "2015-01-01", "2019-12-31")});
    w.tell({person("p1", {number("1001"), address("x@t.example")}),
            post("a1", {number("1001")}, "U1", "2021-01-01")});
    EXPECT_EQ(w.people_count(), 2u);
    EXPECT_EQ(w.find("esr-employee:demo:1000")->identifiers.at(1).valid_to, parse_day("2019-12-31"));
    EXPECT_EQ(w.find("esr-employee:demo:1001")->identifiers.at(1).valid_from, parse_day("2021-01-01"));
    EXPECT_EQ(w.id_of("email:x@t.example"), w.id_of("esr-employee:demo:1001"));
}

TEST(Directory, SomebodyKnownByAnAddressOnlyGetsTheirNumber) {
    DirectoryWorld w;
    w.add_source("ad");
    w.tell({person("x", {address("one@t.example")}, {{"name", "One"}})}, {}, {}, "ad");
    const auto before = w.id_of("email:one@t.example");
    w.tell({person("p", {number("1"), address("one@t.example")})});
    EXPECT_EQ(w.id_of("esr-employee:demo:1"), before);
    EXPECT_EQ(w.people_count(), 1u);
}

TEST(Directory, AbsenceMeansGoneInASnapshotOnly) {
    DirectoryWorld w;
    const std::vector<Told> both{person("p1", {number("1")}), person("p2", {number("2")})};
    w.tell(both, {}, "all");
    w.tell({person("p3", {number("3")})});  // of no snapshot
    w.tell({person("p1", {number("1")})});
    EXPECT_EQ(w.people_count(), 3u);
    w.tell({person("p1", {number("1")})}, {}, "other");
    EXPECT_EQ(w.people_count(), 3u);
    w.tell(both, {}, "all");
    w.tell({person("p1", {number("1")})}, {}, "all");
    EXPECT_EQ(w.people_count(), 2u);
    EXPECT_EQ(w.id_of("esr-employee:demo:2"), "");
    w.tell({{"unit", {{"id", "U1"}, {"name", "Ward"}}}}, {}, "all");  // says nothing of people
    EXPECT_EQ(w.people_count(), 2u);
}

TEST(Directory, ARowThatCannotBeReadWithdrawsNobody) {
    DirectoryWorld w;
    w.tell({person("p1", {number("1")}), person("p2", {number("2")})}, {}, "all");
    auto& store = w.bridge->store();
    Directory directory(*w.bridge, *store.sources().source("hr"), 1, {});
    ASSERT_TRUE(directory.snapshot_begin("all"));
    ASSERT_TRUE(directory.take("person", person("p1", {number("1")}).record.dump()));
    const auto bad = directory.take("person", R"({"who":[{"scheme":"esr-employee","value":""}]})");
    EXPECT_EQ(bad.error().code, "rejected_record");
    EXPECT_EQ(bad.error().where, "/who/0/value");
    EXPECT_EQ(
        directory
            .take("archetype_hint",
                  R"({"key":"h","who":[{"scheme":"email","value":"a@b.example"}],"archetype":"juggler"})")
            .error()
            .where,
        "/archetype");
    EXPECT_FALSE(directory.take("person", "not json"));
    ASSERT_TRUE(directory.snapshot_end(true));
    std::vector<store::NewDecision> decisions;
    ASSERT_TRUE(directory.settle(decisions));
    EXPECT_TRUE(decisions.empty());
}

TEST(Directory, ManyLeaversAreHeldForAYes) {
    DirectoryWorld w;
    std::vector<Told> all, leaving;
    for (int i = 0; i < 100; ++i) {
        const auto n = std::to_string(2000 + i);
        all.push_back(post("a" + n, {number(n)}, "U1", "2020-01-01"));
        if (i < 6) leaving.push_back(post("a" + n, {number(n)}, "U1", "2020-01-01", "2026-05-31"));
    }
    w.tell(all);
    const auto before = w.digest();
    const auto held = w.tell(leaving);
    EXPECT_EQ(held.error, "leavers");
    EXPECT_THAT(held.message, HasSubstr("6 of 100"));
    EXPECT_EQ(held.counts.left, 6u);
    EXPECT_EQ(held.counts.people_changed, 0u);
    EXPECT_EQ(held.decisions, 0u);
    EXPECT_EQ(w.digest(), before);
    // A last day that has not come yet, or is today, is no leaving; five are few.
    EXPECT_EQ(w.tell({post("a2000", {number("2000")}, "U1", "2020-01-01", "2026-06-01"),
                      post("a2001", {number("2001")}, "U1", "2020-01-01", "2026-12-31")})
                  .counts.left,
              0u);
    EXPECT_EQ(w.tell({leaving.begin(), leaving.begin() + 5}).error, "");
    const auto accepted = w.tell(leaving, {.accept_leavers = true});
    EXPECT_EQ(accepted.error, "");
    EXPECT_EQ(accepted.counts.left, 1u);
    EXPECT_EQ(w.bridge->store().projection().in_post(*parse_day("2026-06-01")), 94u);
    // Whoever moves to another post has not left.
    std::vector<Told> moving;
    for (int i = 10; i < 30; ++i) {
        const auto n = std::to_string(2000 + i);
        moving.push_back(post("a" + n, {number(n)}, "U1", "2020-01-01", "2026-05-31"));
        moving.push_back(post("b" + n, {number(n)}, "U2", "2026-06-01"));
    }
    EXPECT_EQ(w.tell(moving).error, "");
    std::vector<Told> absent{all.begin() + 50, all.end()};
    EXPECT_EQ(w.tell(absent, {}, "all").error, "");  // first snapshot: nothing is known to be of it
}

TEST(Directory, AHintProposesAndDecidesNothing) {
    DirectoryWorld w;
    const Told hint{"archetype_hint",
                    {{"key", "h"}, {"who", json::array({number("1")})}, {"archetype", "shaper"}}};
    w.tell({person("p", {number("1")}), hint});
    const auto archetypes = [&] {
        return w.ask("person", {{"person", "esr-employee:demo:1"}})["archetypes"];
    };
    ASSERT_EQ(archetypes().size(), 1u);
    EXPECT_EQ(archetypes()[0]["state"], "proposed");
    EXPECT_EQ(archetypes()[0]["origin"], "source:hr");
    w.ask("assign.decide", {{"state", "rejected"}, {"archetype", "shaper"}});
    auto other = hint;
    other.record["because"] = "job title";
    w.tell({other});
    EXPECT_EQ(archetypes()[0]["state"], "rejected");
    w.tell({gone("archetype_hint", "h")});
    EXPECT_EQ(archetypes()[0]["state"], "rejected");
    w.expect_rebuild_equal();
}

TEST(Directory, UnitsAreATree) {
    DirectoryWorld w;
    w.tell({{"unit", {{"id", "3"}, {"name", "Ward"}, {"parent", "2"}, {"code", "ABC"}}},
            {"unit", {{"id", "2"}, {"name", "Surgery"}, {"parent", "1"}}},
            {"unit", {{"id", "1"}, {"name", "Trust"}}},
            {"unit", {{"id", "8"}, {"name", "Ring"}, {"parent", "9"}}},
            {"unit", {{"id", "9"}, {"name", "Ring too"}, {"parent", "8"}}}});
    const auto units = w.ask("unit.list");
    EXPECT_EQ(units["total"], 5);
    std::vector<std::string> shown;
    for (const auto& u : units["units"])
        shown.push_back(std::to_string(u["depth"].get<int>()) + u["name"].get<std::string>());
    EXPECT_EQ(shown, (std::vector<std::string>{"0Trust", "1Surgery", "2Ward", "0Ring", "1Ring too"}));
    EXPECT_EQ(units["units"][2]["code"], "ABC");
    w.tell({gone("unit", "2")});
    EXPECT_EQ(w.ask("unit.list")["units"][1]["depth"], 0);
}

TEST(Directory, ARunThatIsTakenBackLeavesWhatOthersSaid) {
    DirectoryWorld w;
    w.people(1);
    w.add_source("ad");
    const auto first = w.tell({person("p", {number("1000")}, {{"name", "First"}})});
    w.tell({person("x", {number("1000"), address("ad@t.example")})}, {}, {}, "ad");
    const auto second =
        w.tell({person("p", {number("1000")}, {{"name", "Second"}}), person("q", {number("5")})});
    EXPECT_EQ(w.find("esr-employee:demo:1000")->name, "Second");
    w.ask("run.revert", {{"run", second.run}});
    EXPECT_EQ(w.find("esr-employee:demo:1000")->name, "First");
    EXPECT_EQ(w.people_count(), 1u);
    w.ask("run.revert", {{"run", first.run}});
    const auto left = w.find("esr-employee:demo:1000");
    EXPECT_EQ(left->name, "Person 1000");
    EXPECT_EQ(w.id_of("email:ad@t.example"), left->id);
    w.expect_rebuild_equal();
}

TEST(Directory, ThroughASync) {
    DirectoryWorld w;
    w.pull = [](std::string_view, RecordStream& out) -> Status {
        CAPBRIDGE_TRY(out.emit("employment", post("a", {number("1")}, "U1", "2020-01-01").record.dump()));
        CAPBRIDGE_TRY(out.emit("person", person("p", {number("1")}).record.dump()));
        return out.checkpoint("c1");
    };
    w.ask("sync", {{"sources", {"hr"}}});
    EXPECT_EQ(w.find("esr-employee:demo:1")->employments.size(), 1u);
    w.expect_rebuild_equal();
}

// A whole trust in one pull, and three people of it after that.
TEST(Directory, AWholeTrustTakesSeconds) {
    DirectoryWorld w;
    std::vector<Told> all;
    for (int i = 0; i < 13500; ++i) {
        const auto n = std::to_string(100000 + i);
        all.push_back(person("p" + n, {number(n, "esr-person"), number("E" + n), address(n + "@t.example")},
                             {{"name", "Person " + n}, {"valid_from", "2020-01-01"}}));
    }
    for (int i = 0; i < 20000; ++i) {
        const auto n = std::to_string(100000 + i % 13500);
        all.push_back(post("a" + std::to_string(i),
                           {number(n, "esr-person"), number(n + "-" + std::to_string(i), "esr-assignment")},
                           "U" + std::to_string(i % 400), "2020-01-01"));
    }
    // Of the processor, all threads: other work on the machine is not ours.
    const auto clock = [] { return std::clock(); };
    const auto since = [&](std::clock_t start) {
        return static_cast<double>(clock() - start) / static_cast<double>(CLOCKS_PER_SEC);
    };
    auto from = clock();
    EXPECT_EQ(w.tell(all).counts.people_added, 13500u);
    const auto seed = since(from);
    from = clock();
    EXPECT_EQ(w.tell(all).decisions, 0u);
    const auto again = since(from);
    from = clock();
    EXPECT_EQ(w.tell({all[13500], person("p100001", {number("100001", "esr-person"), number("E100001")}),
                      post("a2", {number("100002", "esr-person")}, "U1", "2020-01-01")})
                  .decisions,
              2u);
    const auto delta = since(from);
    std::cout << "seed " << seed << " s, the same again " << again << " s, three people " << delta
              << " s of the processor\n";
    EXPECT_LT(seed, 60);
    EXPECT_LT(delta, 1);
}

}  // namespace
}  // namespace capbridge::engine
