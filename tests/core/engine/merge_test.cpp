#include <gmock/gmock.h>

#include "core/engine/directory_world.hpp"

namespace capbridge::engine {
namespace {

std::string who(int i) {
    return "esr-employee:demo:" + std::to_string(1000 + i);
}
void say(World& w, const std::string& mbox) {
    ASSERT_TRUE(post(w, statement(mbox)));
    ASSERT_TRUE(w.bridge->project());
}

TEST(Merge, TheOtherOnesLearningAndArchetypesCount) {
    DirectoryWorld w;
    w.people(3);
    w.mapping();
    say(w, "p1000@demo.example");
    const auto first = w.id_of(who(0)), second = w.id_of(who(1));
    w.ask("assign.import", {{"csv", "employee_number,archetype\n1000,shaper\n"}, {"issuer", "demo"}});
    const auto apart = w.digest();
    const auto merged = w.ask("person.merge", {{"from", who(0)}, {"into", who(1)}, {"why", "married"}});
    EXPECT_EQ(merged["person"], second);
    EXPECT_EQ(w.people_count(), 2u);
    EXPECT_EQ(w.attainment(1), "met");
    EXPECT_EQ(w.attainment(0), "met");  // the old number is theirs too
    const auto shown = w.ask("person", {{"person", first}});
    EXPECT_EQ(shown["id"], second);
    EXPECT_EQ(shown["merged"], ordered_json::array({first}));
    EXPECT_EQ(shown["archetypes"][0]["archetype"], "shaper");
    EXPECT_EQ(shown["employments"].size(), 1u);  // both said the same
    EXPECT_EQ(w.ask("person.merges")["merges"][0]["why"], "married");
    EXPECT_EQ(w.refused("person.merge", {{"from", first}, {"into", second}}).code, "same_person");
    w.expect_rebuild_equal();
    w.ask("person.unmerge", {{"person", first}});
    EXPECT_EQ(w.digest(), apart);
    EXPECT_EQ(w.attainment(1), "none");
    EXPECT_EQ(w.refused("person.unmerge", {{"person", first}}).code, "not_found");
    EXPECT_EQ(w.refused("person.merge", {{"from", "7"}, {"into", second}}).where, "from");
    w.expect_rebuild_equal();
}

TEST(Merge, AChainEndsAtTheLastAndARingAtTheFirst) {
    DirectoryWorld w;
    w.people(4);
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(w.id_of(who(i)));
    w.ask("person.merge", {{"from", ids[0]}, {"into", ids[1]}});
    const auto unmerged = w.ask("person.merge", {{"from", ids[1]}, {"into", ids[2]}})["run"];
    EXPECT_EQ(w.id_of(who(0)), ids[2]);
    EXPECT_EQ(w.bridge->store().projection().merged_into(ids[2]).size(), 2u);
    w.expect_rebuild_equal();
    // Taking the first merge back, merging the other way and taking that back makes a ring of decisions.
    const auto gone = w.ask("person.unmerge", {{"person", ids[0]}})["run"];
    EXPECT_EQ(w.id_of(who(0)), ids[0]);
    w.ask("person.merge", {{"from", ids[2]}, {"into", ids[0]}});
    EXPECT_EQ(w.id_of(who(1)), ids[0]);
    w.ask("run.revert", {{"run", gone}});  // 0 -> 1 -> 2 -> 0
    const auto first = std::min({ids[0], ids[1], ids[2]});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(w.id_of(who(i)), first);
    EXPECT_EQ(w.people_count(), 2u);
    w.expect_rebuild_equal();
    w.ask("run.revert", {{"run", unmerged}});  // 2 -> 0 -> 1
    for (int i = 0; i < 3; ++i) EXPECT_EQ(w.id_of(who(i)), ids[1]);
    w.expect_rebuild_equal();
}

TEST(Merge, AnImportBelowAMergeMayBeTakenBack) {
    DirectoryWorld w;
    w.people(2);
    w.mapping();
    const auto import = w.ask(
        "people.import", {{"csv", "employee_number,email\n1000,new@demo.example\n"}, {"issuer", "demo"}});
    say(w, "new@demo.example");
    w.ask("person.merge", {{"from", who(0)}, {"into", who(1)}});
    EXPECT_EQ(w.attainment(1), "met");
    w.ask("run.revert", {{"run", import["run"]}});
    EXPECT_EQ(w.attainment(1), "none");
    EXPECT_EQ(w.people_count(), 1u);
    w.expect_rebuild_equal();
    // The one below is gone altogether: the merge stands and says nothing.
    const auto runs = w.ask("run.list")["runs"];
    w.ask("run.revert", {{"run", runs[runs.size() - 2]["id"]}});  // the first import
    EXPECT_EQ(w.people_count(), 0u);
    w.expect_rebuild_equal();
}

TEST(Merge, ADirectorysWordsStayWithWhomTheyAreAbout) {
    DirectoryWorld w;
    w.tell({person("p0", {number("1000")}), post("a0", {number("1000")}, "U0", "2020-01-01"),
            person("p1", {number("1001")})});
    const auto first = w.id_of(who(0));
    w.ask("person.merge", {{"from", who(0)}, {"into", who(1)}});
    w.tell(
        {post("a0", {number("1000")}, "U9", "2020-01-01"), post("b0", {number("1000")}, "U8", "2024-01-01")});
    EXPECT_EQ(w.find(who(1))->employments.size(), 2u);
    w.ask("person.unmerge", {{"person", first}});
    EXPECT_EQ(w.find(who(0))->employments.size(), 2u);
    EXPECT_EQ(w.find(who(1))->employments.size(), 0u);
    w.expect_rebuild_equal();
}

// Whatever people, sources and decisions do in whatever order: the journal alone gives the same.
TEST(Merge, RebuildEqualsIncrementalAfterARandomHistory) {
    for (const std::uint32_t seed : {1u, 2u, 3u, 4u, 5u, 6u}) {
        DirectoryWorld w;
        w.mapping();
        w.add_source("ad");
        std::uint32_t dice = seed;
        const auto roll = [&](std::uint32_t sides) {
            dice = dice * 1664525 + 1013904223;
            return static_cast<int>((dice >> 16) % sides);
        };
        const auto mail = [&] { return "p" + std::to_string(1000 + roll(8)) + "@demo.example"; };
        std::vector<std::int64_t> runs;
        const auto keep = [&](const ordered_json& answer) {
            if (answer.contains("run")) runs.push_back(answer["run"].get<std::int64_t>());
        };
        const auto attempt = [&](std::string_view operation, const json& params) {
            const auto done = run_operation(*w.bridge, operation, params, {"tests"});
            if (done) keep(*done);
        };
        for (int round = 0; round < 80; ++round) {
            const auto n = std::to_string(1000 + roll(6));
            const auto day = "20" + std::to_string(15 + roll(10)) + "-01-01";
            switch (roll(13)) {
                case 0:
                    attempt("people.import", {{"csv", "employee_number,email,from\n" + n + "," + mail() +
                                                          "," + (roll(2) == 0 ? day : "") + "\n"},
                                              {"issuer", "demo"}});
                    break;
                case 1:
                    runs.push_back(
                        w.tell({person("p" + std::to_string(roll(6)), {number(n), address(mail())})}, {}, {},
                               roll(2) == 0 ? "hr" : "ad")
                            .run);
                    break;
                case 2:
                    runs.push_back(
                        w.tell({post("a" + std::to_string(roll(6)),
                                     {number(n), number(std::to_string(roll(4)), "esr-assignment")}, "U", day,
                                     roll(2) == 0 ? "2025-12-31" : "")},
                               {.accept_leavers = true})
                            .run);
                    break;
                case 3:
                    runs.push_back(w.tell({gone(roll(2) == 0 ? "person" : "employment",
                                                (roll(2) == 0 ? "p" : "a") + std::to_string(roll(6)))},
                                          {.accept_leavers = true})
                                       .run);
                    break;
                case 4:
                    attempt("person.merge", {{"from", who(roll(6))}, {"into", who(roll(6))}});
                    break;
                case 5: {
                    const auto merges = w.ask("person.merges")["merges"];
                    if (!merges.empty())
                        attempt("person.unmerge",
                                {{"person", merges[static_cast<std::size_t>(
                                                roll(static_cast<std::uint32_t>(merges.size())))]["from"]}});
                    break;
                }
                case 6:
                    attempt("identity.link",
                            {{"links", {{{"person", who(roll(6))}, {"identifier", "email:" + mail()}}}}});
                    break;
                case 7:
                    say(w, mail());
                    break;
                case 8: {  // of overlapping days, for the person behind whatever merges there are
                    json identifier{{"scheme", "email"}, {"value", mail()}, {"valid_from", day}};
                    if (roll(2) == 0) identifier["valid_to"] = "20" + std::to_string(25 + roll(5)) + "-06-30";
                    attempt("identity.link",
                            {{"links", {{{"person", who(roll(6))}, {"identifier", identifier}}}}});
                    break;
                }
                case 9:
                    attempt("identity.unlink", {{"identifier", "email:" + mail()}});
                    break;
                case 10:
                    attempt("identity.rule.put",
                            {{"rule",
                              {{"id", roll(2) == 0 ? "r" : "other"},
                               {"from", {{"scheme", "esr-employee"}, {"issuer", "demo"}}},
                               {"to", {{"scheme", "email"}}},
                               {"value", roll(2) == 0 ? "p{value}@demo.example" : "p100{value}@demo.example"},
                               {"state", roll(2) == 0 ? "automatic" : "propose"}}}});
                    break;
                case 11: {  // one who was merged is merged on, and somebody is linked below it
                    const int a = roll(6), b = (a + 1) % 6, c = (a + 2) % 6;
                    const auto first = w.id_of(who(a));
                    attempt("person.merge", {{"from", who(a)}, {"into", who(b)}});
                    attempt("identity.link",
                            {{"links", {{{"person", who(a)}, {"identifier", "email:" + mail()}}}}});
                    attempt("person.merge", {{"from", who(b)}, {"into", who(c)}});
                    attempt("identity.link",
                            {{"links", {{{"person", who(b)}, {"identifier", "email:" + mail()}}}}});
                    if (!first.empty() && roll(2) == 0) attempt("person.unmerge", {{"person", first}});
                    break;
                }
                default:
                    if (!runs.empty())
                        attempt("run.revert", {{"run", runs[static_cast<std::size_t>(
                                                           roll(static_cast<std::uint32_t>(runs.size())))]}});
            }
            if (round % 20 == 19) {
                attempt("identity.rule.put", {{"rule",
                                               {{"id", "r"},
                                                {"from", {{"scheme", "esr-employee"}, {"issuer", "demo"}}},
                                                {"to", {{"scheme", "email"}}},
                                                {"value", "p{value}@demo.example"},
                                                {"state", round % 40 == 19 ? "automatic" : "propose"}}}});
                const auto before = w.digest();
                ASSERT_EQ(w.ask("rebuild")["digest"], before) << "seed " << seed << " round " << round;
                EXPECT_TRUE(w.bridge->store().projection().stale().empty());
            }
        }
    }
}

}  // namespace
}  // namespace capbridge::engine
