// What a directory's pull comes to at its end: the guard, others' turns in between, and taking it back.
#include "core/engine/directory_world.hpp"

namespace capbridge::engine {
namespace {

// The guard asks who would leave, not how the source says it.
TEST(DirectorySettle, ExplicitWithdrawalsAreHeldToo) {
    DirectoryWorld w;
    std::vector<Told> all, withdrawn;
    for (int i = 0; i < 100; ++i) {
        const auto n = std::to_string(2000 + i);
        all.push_back(person("p" + n, {number(n)}));
        all.push_back(post("a" + n, {number(n)}, "U1", "2020-01-01"));
        if (i < 20) withdrawn.push_back(gone("employment", "a" + n));
    }
    w.tell(all);
    const auto before = w.digest();
    EXPECT_EQ(w.tell(withdrawn).error, "leavers");
    EXPECT_EQ(w.digest(), before);
    // A yes to fifteen is none to twenty; one to nineteen is, and other guards' are not.
    const auto yes = [](const std::string& code, std::size_t count) {
        Directory::Options options;
        options.accepted = {{code, "", "", count, 100}};
        return options;
    };
    EXPECT_EQ(w.tell(withdrawn, yes("leavers", 15)).error, "leavers");
    EXPECT_EQ(w.tell(withdrawn, yes("snapshot_fell", 50)).error, "leavers");
    EXPECT_EQ(w.tell(withdrawn, yes("leavers", 19)).counts.left, 20u);
    std::vector<Told> people;
    for (int i = 20; i < 40; ++i) people.push_back(gone("person", "p" + std::to_string(2000 + i)));
    EXPECT_EQ(w.tell(people).error, "");  // they are still in their posts
}

// Between slices others decide: what was judged before is judged again.
TEST(DirectorySettle, WhatOthersDecideBetweenSlicesIsSeen) {
    DirectoryWorld w;
    std::vector<Told> all;
    for (int i = 0; i < 1000; ++i) {
        const auto n = std::to_string(20000 + i);
        all.push_back(person("p" + n, {address(n + "@t.example")}, {{"name", "P " + n}}));
        all.push_back(post("a" + n, {address(n + "@t.example")}, "U1", "2020-01-01"));
    }
    int lent = 0;
    const auto import = [&](const std::string& n) {
        w.ask("people.import",
              {{"csv", "employee_number,name,email\n7" + n + ",Import,2" + n + "@t.example\n"},
               {"issuer", "demo"}});
    };
    const auto done = w.tell(all, {}, {}, "hr", [&]() -> Status {
        if (++lent == 2) import("0001");
        return {};
    });
    EXPECT_GT(lent, 2);
    EXPECT_EQ(done.error, "");
    // The one who was imported meanwhile is the one whom the source means.
    EXPECT_EQ(w.people_count(), 1000u);
    EXPECT_EQ(done.counts.people_added, 999u);
    EXPECT_EQ(w.id_of("esr-employee:demo:70001"), w.id_of("email:20001@t.example"));
    ASSERT_TRUE(w.find("email:20001@t.example"));
    EXPECT_EQ(w.find("email:20001@t.example")->employments.size(), 1u);
    EXPECT_EQ(w.tell(all).decisions, 0u);
    w.expect_rebuild_equal();
    // Somebody who decides again and again does not keep it from coming to its end.
    for (auto& told : all) {
        if (told.kind == "person") told.record["name"] = "Q";
    }
    int busy = 0;
    EXPECT_EQ(w.tell(all, {}, {}, "hr",
                     [&]() -> Status {
                         import(std::to_string(1000 + ++busy));
                         return {};
                     })
                  .error,
              "");
    EXPECT_GT(busy, 1);
    EXPECT_EQ(w.find("email:20005@t.example")->name, "Q");
}

TEST(DirectorySettle, TakingARunBackTellsBeforeWhatItDoes) {
    DirectoryWorld w;
    const auto first = w.tell({person("p", {number("1")}, {{"name", "First"}}),
                               post("a", {number("1")}, "U1", "2020-01-01"),
                               {"unit", {{"id", "U1"}, {"name", "Ward"}}}});
    const auto second = w.tell({person("p", {number("1")}, {{"name", "Second"}}), person("q", {number("2")}),
                                person("r", {number("3")})});
    w.tell({person("r", {number("3")}, {{"name", "Third"}})});
    const auto kept_of = [&](std::int64_t run) {
        const auto told = w.ask("run.revert", {{"run", run}, {"dry_run", true}});
        EXPECT_EQ(told["people_changed"], told["people_touched"]);
        const auto done = w.ask("run.revert", {{"run", run}});
        for (const auto* same :
             {"facts", "decisions", "decisions_kept", "catalogue_kept", "statements_voided"})
            EXPECT_EQ(told[same], done[same]) << same;
        return std::pair{told["decisions"], told["decisions_kept"]};
    };
    const auto names = [&] {
        std::string out;
        for (const auto* n : {"1", "2", "3"}) {
            const auto found = w.find(std::string("esr-employee:demo:") + n);
            out += found ? found->name + "," : "-,";
        }
        return out;
    };
    EXPECT_EQ(names(), "Second,,Third,");
    // Of three keys one has a later word.
    EXPECT_EQ(kept_of(second.run), (std::pair<ordered_json, ordered_json>({{"directory.person", 2}}, 1)));
    EXPECT_EQ(names(), "First,-,Third,");
    EXPECT_EQ(kept_of(first.run),
              (std::pair<ordered_json, ordered_json>(
                  {{"directory.employment", 1}, {"directory.person", 1}, {"unit", 1}}, 0)));
    EXPECT_EQ(names(), "-,-,Third,");
    // Withdrawals do not say of whom.
    const auto gone_run = w.tell({gone("person", "r")}).run;
    const auto told = w.ask("run.revert", {{"run", gone_run}, {"dry_run", true}});
    EXPECT_EQ(told["decisions"], (ordered_json{{"directory.person", 1}}));
    EXPECT_TRUE(told["people_changed"].is_null());
    w.ask("run.revert", {{"run", gone_run}});
    EXPECT_EQ(names(), "-,-,Third,");
    w.expect_rebuild_equal();
}

}  // namespace
}  // namespace capbridge::engine
