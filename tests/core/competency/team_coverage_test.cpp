// What a team holds together: quorum, single holders, what runs out, who left, and what closes a gap soonest.
#include "core/competency/team_coverage.hpp"

#include <gmock/gmock.h>

#include "small_trust.hpp"

namespace capbridge::competency::test {
namespace {

using testing::ElementsAre;
using Kind = TeamCoverage::State;

constexpr const char* liability = "a2-liability-1";  // Driver

struct Board {
    Board() {
        auto set = load_mapping(
            mapping_file({mapping("law", claim(liability), {{"needs", "passed"}}),
                          mapping("long-law", claim(liability), {{"needs", "passed"}}),
                          mapping("yearly", claim(gdpr_familiar), {{"valid_for", "P1Y"}}),
                          mapping("scan", claim(product_item), {{"product", {{"name", "ChestScan"}}}})})
                .dump(2),
            "mapping.json", hee());
        book = book_of({*set}, {deployment("scan-2")});
        team.id = "ai-board";
        team.version = "1";
        team.name = "AI board";
        team.members = {{"p1", {"driver"}}, {"p2", {}}, {"p3", {"shaper"}}};
        team.requirements = {liability, gdpr_familiar};
    }
    // With the team's archetypes narrowed to none, only its own requirements are needed.
    TeamCoverage coverage(const std::vector<PersonFacts>& people, std::string_view when = "2026-01-01",
                          int days = 90) {
        rules = std::make_unique<Rules>(book);
        TeamCoverage out(*rules, team, day(when), days);
        for (const auto& p : people) out.add(p);
        return out;
    }
    PersonFacts who(const std::string& id, const std::vector<Fact>& facts,
                    std::vector<people::Assignment> assignments = {}) {
        if (!rules) rules = std::make_unique<Rules>(book);
        return somebody(*rules, facts, std::move(assignments), id);
    }
    Rulebook book;
    Team team;
    std::unique_ptr<Rules> rules;
};

const TeamCoverage::Item* item_of(const std::vector<TeamCoverage::Item>& items,
                                  std::string_view requirement) {
    for (const auto& item : items) {
        if (item.requirement == hee().requirement_index(requirement)) return &item;
    }
    return nullptr;
}
ordered_json item_of(const ordered_json& answer, std::string_view requirement) {
    for (const auto& item : answer.at("items")) {
        if (item.at("requirement") == requirement) return item;
    }
    return {};
}

TEST(Team, NeedsItsArchetypesItsRequirementsAndItsDeployment) {
    Board board;
    board.team.archetypes = {"shaper"};
    board.team.requirements = {liability};
    board.team.deployment = "scan-2";
    const auto items = board.coverage({board.who("p1", {})}).items();
    std::size_t expected = 0;
    for (const auto& r : hee().requirements) {
        const bool shaper = r.tier == "advanced" && r.archetypes.front() == "shaper";
        if (counts(r) && (shaper || r.tier == "product-specific" || r.id == liability)) ++expected;
    }
    EXPECT_EQ(items.size(), expected);
    EXPECT_EQ(item_of(items, product_item)->context, "scan-2");
    EXPECT_TRUE(item_of(items, liability)->archetypes.empty()) << "the Driver's, needed for itself";
    EXPECT_EQ(item_of(items, aware), nullptr) << "the foundation is asked of each person";
}

TEST(Team, WithoutArchetypesItNeedsThoseOfItsMembers) {
    Board board;
    const auto driver = hee().archetype_index("driver"), embedder = hee().archetype_index("embedder"),
               shaper = hee().archetype_index("shaper");
    const std::vector confirmed{is("embedder"), is("user", people::Assignment::State::proposed)};
    EXPECT_THAT(board.coverage({board.who("p1", {}), board.who("p2", {}, confirmed)}).archetypes(),
                ElementsAre(driver, embedder))
        << "p3 is nobody yet";
    EXPECT_THAT(board.coverage({board.who("p1", {}, {is("creator")}), board.who("p3", {})}).archetypes(),
                ElementsAre(shaper, driver))
        << "whose archetypes the file says acts in those only";
}

TEST(Team, TheQuorumSaysWhatIsCovered) {
    Board board;
    board.team.archetypes = {"user"};
    const auto law = [](int seq) { return std::vector{passed("law", "2025-05-01", seq)}; };
    const auto one = [&] { return board.who("p1", law(1)); };
    const auto two = [&] { return board.who("p2", law(2)); };
    const auto none = [&] { return board.who("p3", {}); };
    EXPECT_EQ(item_of(board.coverage({none()}).items(), liability)->state, Kind::gap);
    EXPECT_EQ(item_of(board.coverage({one(), none()}).items(), liability)->state, Kind::single_holder);
    EXPECT_EQ(item_of(board.coverage({two(), one()}).items(), liability)->state, Kind::covered);
    board.team.quorum = 2;
    const auto short_of = board.coverage({one(), none()}).answer();
    EXPECT_EQ(item_of(short_of, liability).at("state"), "gap");
    EXPECT_EQ(item_of(short_of, liability).at("missing"), 1);
    EXPECT_EQ(item_of(short_of, liability).at("holders"), ordered_json::array({"p1"}));
    EXPECT_EQ(item_of(board.coverage({one(), two()}).items(), liability)->state, Kind::covered);
    board.team.quorum = 4;
    EXPECT_EQ(item_of(board.coverage({one(), two(), none()}).items(), liability)->state, Kind::gap)
        << "more than there are members";
}

TEST(Team, OneWhoIsNamedTwiceIsOne) {
    Board board;
    board.team.quorum = 2;
    board.team.members = {{"p1", {"driver"}}, {"p1", {}}};  // two members who were merged
    const auto held = board.who("p1", {passed("law", "2025-05-01")}, {is("user")});
    const auto answer = board.coverage({held, held}).answer();
    EXPECT_EQ(item_of(answer, liability).at("held_by"), 1);
    EXPECT_EQ(item_of(answer, liability).at("state"), "gap");
    EXPECT_EQ(answer.at("members").size(), 1U);
    EXPECT_EQ(answer.at("members")[0].at("archetypes"), ordered_json::array({"driver", "user"}));
}

TEST(Team, WhatRunsOutIsToldAndSoIsWhoLeaves) {
    Board board;
    board.team.archetypes = {"user"};
    const auto yearly = board.who("p1", {completed("yearly", "2025-03-01")});  // up to 2026-03-01
    const auto later = board.who("p2", {completed("yearly", "2025-12-01", 2)});
    auto item = *item_of(board.coverage({yearly}).items(), gdpr_familiar);
    EXPECT_EQ(item.state, Kind::expiring);
    EXPECT_EQ(item.covered_until, day("2026-03-01"));
    EXPECT_EQ(item_of(board.coverage({yearly}, "2026-01-01", 30).items(), gdpr_familiar)->state,
              Kind::single_holder)
        << "beyond the days asked about";
    EXPECT_EQ(item_of(board.coverage({yearly, later}).items(), gdpr_familiar)->state, Kind::covered)
        << "another one holds it longer";
    board.team.quorum = 2;
    item = *item_of(board.coverage({yearly, later}).items(), gdpr_familiar);
    EXPECT_EQ(item.state, Kind::expiring) << "then one alone is left";
    EXPECT_EQ(item.covered_until, day("2026-03-01"));
    EXPECT_EQ(item_of(board.coverage({yearly, later}, "2026-03-02").items(), gdpr_familiar)->state,
              Kind::gap);

    board.team.quorum = 1;
    auto leaving = board.who("p1", {passed("law", "2025-05-01")});
    leaving.person.employments[0].to = day("2026-01-31");
    EXPECT_EQ(item_of(board.coverage({leaving}).items(), liability)->state, Kind::expiring);
    const auto gone = board.coverage({leaving}, "2026-02-01").answer();
    EXPECT_EQ(item_of(gone, liability).at("state"), "gap");
    EXPECT_EQ(gone.at("members")[0].at("state"), "left");
    EXPECT_EQ(gone.at("members")[1].at("state"), "unknown");
    EXPECT_TRUE(item_of(gone, liability).at("closes").empty()) << "there is nobody who could";
    EXPECT_EQ(item_of(gone, liability).at("closed_by"), "learning");
}

TEST(Team, SoonestIsWhoHasBegunThenTheShortestLearning) {
    Board board;
    board.team.archetypes = {"driver"};
    const auto p1 = board.who("p1", {}), p3 = board.who("p3", {});
    auto ways = item_of(board.coverage({p3, p1}).answer(), liability).at("closes");
    ASSERT_EQ(ways.size(), 2U);
    EXPECT_EQ(ways[0].at("person"), "p1") << "acts as Driver";
    EXPECT_EQ(ways[0].at("learning_item"), "law") << "20 minutes, not 30";
    EXPECT_EQ(ways[0].at("minutes"), 20);
    EXPECT_EQ(ways[0].at("needs"), "passed");
    const auto begun = board.who("p3", {completed("long-law", "2025-05-01")});  // a pass is needed
    ways = item_of(board.coverage({begun, p1}).answer(), liability).at("closes");
    EXPECT_EQ(ways[0].at("person"), "p3");
    EXPECT_EQ(ways[0].at("learning_item"), "long-law");
    EXPECT_EQ(ways[0].at("begun"), true);

    auto exempt = begun;
    Record waived;
    waived.requirement = hee().requirement_index(liability);
    waived.overriding.kind = Override::Kind::waived;
    exempt.records = {waived};
    ways = item_of(board.coverage({exempt, p1}).answer(), liability).at("closes");
    ASSERT_EQ(ways.size(), 1U) << "nobody is sent to learn what is waived for them";
    EXPECT_EQ(ways[0].at("person"), "p1");
}

TEST(Team, WhatNoLearningGivesIsSaidToBeAnAssessorsToGive) {
    Board board;
    board.team.archetypes = {"creator"};
    const auto answer = board.coverage({board.who("p1", {})}).answer();
    EXPECT_EQ(item_of(answer, gdpr_skill).at("closed_by"), "attestation");
    EXPECT_TRUE(item_of(answer, gdpr_skill).at("closes").empty());
}

TEST(Team, ProductItemsAreOfItsDeploymentAndItsUsers) {
    Board board;
    board.team.archetypes = {"user"};
    board.team.deployment = "scan-2";
    const auto user = board.who("p1", {completed("scan", "2025-05-01")});
    auto stranger = board.who("p2", {});
    stranger.person.employments[0].unit = "Finance";
    auto other = user;  // trained for another deployment
    for (auto& record : other.records) record.context = "scan-9";
    EXPECT_EQ(item_of(board.coverage({user}).items(), product_item)->state, Kind::single_holder);
    EXPECT_EQ(item_of(board.coverage({other}).items(), product_item)->state, Kind::gap);
    const auto answer = board.coverage({stranger}).answer();
    EXPECT_TRUE(item_of(answer, product_item).at("closes").empty()) << "training counts for users only";
    EXPECT_EQ(item_of(answer, product_item).at("group"), "governance");
}

TEST(Team, CountsPerFactorAddUp) {
    Board board;
    board.team.archetypes = {"driver", "shaper", "user"};
    board.team.deployment = "scan-2";
    const auto answer =
        board
            .coverage({board.who("p1", {passed("law", "2025-05-01"), completed("yearly", "2025-11-01", 2)}),
                       board.who("p2", {completed("scan", "2025-05-01", 3)})})
            .answer();
    for (const auto* member : {"items", "covered", "single_holder", "expiring", "gap"}) {
        std::size_t sum = 0;
        for (const auto& factor : answer.at("factors")) sum += factor.at(member).get<std::size_t>();
        EXPECT_EQ(sum, answer.at("counts").at(member).get<std::size_t>()) << member;
    }
    EXPECT_EQ(answer.at("counts").at("items"), answer.at("items").size());
    EXPECT_EQ(answer.at("counts").at("covered").get<std::size_t>() +
                  answer.at("counts").at("gap").get<std::size_t>(),
              answer.at("items").size());
    EXPECT_GE(answer.at("counts").at("covered").get<std::size_t>(), 3U);
    const auto csv = team_csv(answer);
    EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')),
              answer.at("items").size() + 1);
}

TEST(Team, WhatTheFrameworkDoesNotHaveIsTold) {
    Board board;
    board.team.archetypes = {"wizard"};
    board.team.requirements = {"no-such-item", product_item};
    board.team.deployment = "no-such-deployment";
    board.team.members[0].archetypes = {"wizard"};
    const auto answer = board.coverage({board.who("p1", {})}).answer();
    EXPECT_TRUE(answer.at("items").empty());
    EXPECT_EQ(answer.at("problems").size(), 5U) << answer.at("problems").dump(1);
}

// The matrix: what teams cover stands beside what people hold.
TEST(TeamsInMatrix, AreThoseWithAMemberInScopeAndLookedAtWhole) {
    Board board;
    board.team.archetypes = {"driver"};
    board.team.quorum = 2;
    Team other = board.team;
    other.id = "second";
    other.quorum = 1;
    other.members = {{"p3", {}}};
    board.book.teams = {board.team, other};
    board.rules = std::make_unique<Rules>(board.book);
    auto p1 = board.who("p1", {passed("law", "2025-05-01")}),
         p3 = board.who("p3", {passed("law", "2025-05-01", 2)});
    p3.person.employments[0].unit = "Surgery";
    const auto matrix = [&](Scope scope) {
        Question question = on("2026-01-01");
        question.scope = std::move(scope);
        MatrixBuilder builder(*board.rules, question);
        TeamsInMatrix teams(*board.rules, question);
        for (const auto& p : {p1, p3}) {
            builder.add(p);
            if (teams.members().contains(p.person.id)) teams.add(p);
        }
        auto out = builder.finish();
        teams.fill(out);
        return out;
    };
    const auto cell = [](const ordered_json& m, const char* archetype) {
        for (const auto& row : m.at("rows")) {
            if (row.at("archetype") == archetype) return cell_of(row.at("cells"), "factor", "liability");
        }
        return ordered_json();
    };
    auto whole = matrix({});
    EXPECT_EQ(whole.at("teams"), 2);
    EXPECT_EQ(cell(whole, "driver").at("items_covered_by_teams"), 1);
    const auto items = cell(whole, "driver").at("items_total").get<std::size_t>();
    EXPECT_EQ(cell(whole, "driver").at("items_lacking_in_teams"), items - 1);
    EXPECT_TRUE(cell(whole, "creator").at("items_covered_by_teams").is_null()) << "no team needs it";
    for (const auto& row : whole.at("rows"))
        EXPECT_EQ(row.at("teams"),
                  row.at("archetype") == "driver" || row.at("archetype") == "shaper" ? 2 : 0);

    p3.records.clear();
    whole = matrix({});
    EXPECT_EQ(cell(whole, "driver").at("items_covered_by_teams"), 0) << "one holder is no quorum of two";
    Scope surgery;
    surgery.unit = "Surgery";
    EXPECT_EQ(matrix(surgery).at("teams"), 2) << "p3 is in both";
    Scope radiology;
    radiology.unit = "Radiology";
    EXPECT_EQ(matrix(radiology).at("teams"), 1);
    Scope one;
    one.team = "second";
    EXPECT_EQ(matrix(one).at("teams"), 1);
}

}  // namespace
}  // namespace capbridge::competency::test
