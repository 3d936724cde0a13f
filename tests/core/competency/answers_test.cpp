#include "core/base/text.hpp"
#include "small_trust.hpp"

namespace capbridge::competency::test {
namespace {

TEST(Matrix, ASmallOneIsExactlyThis) {
    const auto rules = small_rules();
    MatrixBuilder builder(*rules, on("2026-03-10"));
    builder.add(somebody(*rules, {completed("intro", "2026-03-01", 1), passed("law", "2026-03-01", 2)},
                         {is("user")}));
    builder.add(somebody(*rules, {completed("intro", "2025-04-01", 3), completed("scan", "2026-01-01", 4)},
                         {is("user"), is("driver", people::Assignment::State::proposed)}, "p2"));
    builder.add(somebody(*rules, {completed("other", "2026-01-01", 5)},
                         {is("driver", people::Assignment::State::proposed)}, "p3"));
    auto left = somebody(*rules, {}, {is("user")}, "p4");
    left.person.employments[0].to = day("2026-03-09");
    builder.add(left);
    const auto matrix = builder.finish();
    EXPECT_EQ(matrix.at("people"), 3);
    EXPECT_EQ(matrix.at("unassigned"), 1);
    EXPECT_EQ(matrix.at("proposed"), 1);
    EXPECT_EQ(matrix.at("watermark"), 17);
    EXPECT_EQ(
        matrix.at("scope").dump(),
        R"({"organisation":"Nymouth","unit":null,"descendants":false,"staff_group":null,"job_role":null,"archetype":null,)"
        R"("team":null,"deployment":null})");
    EXPECT_EQ(
        cell_of(matrix.at("foundation").at("cells"), "factor", "ai-literacy").dump(),
        R"({"factor":"ai-literacy","applicable":true,"kind_split":{"knowledge":{"required":12,"met":4,"expiring":2,)"
        R"("expired":0},"skill":{"required":0,"met":0,"expiring":0,"expired":0}},"people":3,"people_complete":0,)"
        R"("people_partial":2,"people_none":1,"optional":{"asked":0,"met":0},"waived":0,"items_total":4,"items_uncounted":0,"items_held":2,)"
        R"("items_covered_by_teams":null,"next_expiry":"2026-04-01","ceiling":0.5,"reasons":{"no_learning_exists":6,)"
        R"("unmapped_only":2,"met_direct":4},"status":"red"})");
    ASSERT_EQ(matrix.at("rows").size(), 5U);
    const auto& users = matrix.at("rows")[4];
    EXPECT_EQ(users.at("archetype"), "user");
    EXPECT_EQ(users.at("people"), 2);
    EXPECT_EQ(users.at("foundation").dump(), R"({"people_complete":0,"people_ahead":1,"pairs":60,"met":4})");
    EXPECT_EQ(matrix.at("rows")[1].at("proposed"), 2);
    const auto& liability = cell_of(users.at("cells"), "factor", "liability");
    EXPECT_EQ(liability.at("reasons").at("met_implied"), 1)
        << "law gives Drivers' understanding, which includes it";
    EXPECT_EQ(liability.at("items_held"), 1);
    EXPECT_EQ(cell_of(users.at("cells"), "factor", "ai-literacy").at("applicable"), false);
    EXPECT_EQ(cell_of(users.at("cells"), "factor", "ai-literacy").at("status"), "none");
    EXPECT_TRUE(cell_of(users.at("cells"), "factor", "ai-literacy").at("ceiling").is_null())
        << "of nothing there is no share";
    EXPECT_TRUE(liability.at("ceiling").is_number());
    const auto& creators = matrix.at("rows")[2];
    EXPECT_EQ(cell_of(creators.at("cells"), "factor", "cognitive-biases").at("items_uncounted"), 1);
    ASSERT_EQ(matrix.at("products").size(), 1U);
    EXPECT_EQ(matrix.at("products")[0].at("people"), 2);
    EXPECT_EQ(cell_of(matrix.at("products")[0].at("cells"), "group", "governance").at("reasons").dump(),
              R"({"no_learning_exists":6,"not_attempted":1,"met_direct":1})");
}

TEST(Matrix, ScopeLooksAtOneEmploymentAtATime) {
    people::Person p = person();
    p.employments.push_back({"Surgery", "Nursing", "Nurse", "", std::nullopt, std::nullopt});
    const auto as_of = day("2026-03-10");
    const auto rules = small_rules();
    const auto includes = [&](Scope scope, const people::Person& who) {
        return InScope(*rules, scope, as_of)(who);
    };
    Scope post;
    post.unit = "Radiology";
    post.staff_group = "Medical";
    EXPECT_TRUE(includes(post, p));
    post.staff_group = "Nursing";
    EXPECT_FALSE(includes(post, p));
    Scope nurse;
    nurse.job_role = "Nurse";
    EXPECT_TRUE(includes(nurse, p));
    EXPECT_TRUE(includes({}, people::Person{}));
    post.staff_group.clear();
    EXPECT_FALSE(includes(post, people::Person{}));
    Scope users;
    users.deployment = "scan-2";
    EXPECT_TRUE(includes(users, p));
    EXPECT_FALSE(includes(users, people::Person{}));
    auto question = on("2026-03-10");
    question.scope.archetype = "user";
    MatrixBuilder builder(*rules, question);
    builder.add(somebody(*rules, {}, {is("user")}));
    builder.add(somebody(*rules, {}, {is("driver")}));
    const auto matrix = builder.finish();
    EXPECT_EQ(matrix.at("people"), 1);
    ASSERT_EQ(matrix.at("rows").size(), 1U);
    EXPECT_EQ(matrix.at("rows")[0].at("archetype"), "user");
}

TEST(Matrix, StatusOfWhatIsAskedTogetherLooksAtItems) {
    // One of two Users holds each of the items of liability.
    std::vector<std::string> items;
    for (const auto& r : hee().requirements) {
        if (r.table == "A7" && r.factor == "liability" && r.kind == framework::Kind::knowledge)
            items.push_back(r.id);
    }
    const auto rules = rules_of({mapping("all", claims(items))});
    const auto status = [&](std::vector<Fact> facts) {
        MatrixBuilder builder(*rules, on("2026-03-10"));
        builder.add(somebody(*rules, facts, {is("user")}));
        builder.add(somebody(*rules, {}, {is("user")}, "p2"));
        return cell_of(builder.finish().at("rows")[4].at("cells"), "factor", "liability");
    };
    const auto held = status({passed("all", "2026-01-01")});
    if (held.at("kind_split").at("skill").at("required") == 0) {
        EXPECT_EQ(held.at("status"), "green");
    }
    EXPECT_EQ(status({}).at("status"), "red");
    auto soon = passed("all", "2026-01-01");
    soon.expires = day("2026-04-01");
    EXPECT_EQ(status({soon}).at("status"), "amber");
}

TEST(Matrix, AsCsvIsALineACell) {
    const auto rules = small_rules();
    MatrixBuilder builder(*rules, on("2026-03-10"));
    builder.add(somebody(*rules, {completed("intro", "2026-03-01")}, {is("user")}));
    const auto csv = matrix_csv(builder.finish());
    auto lines = split(csv, '\n');
    EXPECT_EQ(lines.size(),
              1U + 10U + 39U + 3U + 1U);  // heading, foundation, ticks of Figure A1, groups, the end
    EXPECT_EQ(lines[1],
              "2026-03-10,foundation,,,ai-literacy,1,4,4,2,0,0,4,2,0,0,50.0,0,1,0,0.0,2,50.0,50.0,2027-03-01,"
              "amber,0,0,0,,,,,\r")
        << "nothing is waived or optional; a foundation has no one ahead of it, and teams are filled in "
           "apart";
}

TEST(PersonRecord, GroupsItemsAndShowsWhatIsHeldBesides) {
    const auto rules = small_rules();
    const auto p = somebody(*rules,
                            {completed("intro", "2026-03-01", 1), passed("law", "2026-03-01", 2),
                             completed("scan", "2026-02-01", 3)},
                            {is("user")});
    const auto record = person_record(p, *rules, on("2026-03-10"));
    EXPECT_EQ(record.at("foundation").dump(),
              R"({"met":2,"required":30,"expiring":0,"expired":0,"complete":false})");
    const auto& first = record.at("factors")[0];
    EXPECT_EQ(first.at("tier"), "foundational");
    EXPECT_TRUE(first.at("archetype").is_null());
    EXPECT_EQ(first.at("status"), "amber");
    EXPECT_EQ(
        first.at("items")[0].dump(),
        R"({"requirement":"t1-ai-literacy-1","title":"Where AI is already used in care","level":"awareness",)"
        R"("kind":"knowledge","context":null,"attainment":"met","demand":"required","override":"none",)"
        R"("reason":"met_direct","valid_to":"2027-03-01","evidence":[{"counts":true,"from":"2026-03-01",)"
        R"("kind":"completed","learning_item":"intro","mapping":"nymouth@3/intro","method":"quiz","statement":"s1","to":"2027-03-01"}]})");
    const auto& open_ended = record.at("products")[0].at("groups")[0].at("items")[0].at("evidence")[0];
    EXPECT_TRUE(open_ended.at("to").is_null());
    EXPECT_TRUE(open_ended.at("method").is_null()) << "its mapping does not say";
    EXPECT_EQ(open_ended.at("from"), "2026-02-01");
    ASSERT_EQ(record.at("products").size(), 1U);
    EXPECT_EQ(record.at("products")[0].at("groups")[0].at("items")[0].at("attainment"), "met");
    bool found = false;
    for (const auto& item : record.at("held")) {
        EXPECT_EQ(item.at("reason"), "held_not_demanded");
        EXPECT_EQ(item.at("demand"), "not_demanded");
        found = found || item.at("requirement") == "a2-liability-1";
    }
    EXPECT_TRUE(found);
    const auto before = person_record(p, *rules, on("2026-02-15"));
    EXPECT_EQ(before.at("foundation").at("met"), 0);
    EXPECT_TRUE(before.at("factors")[0].at("items")[0].at("evidence").empty());
    const auto creator = person_record(somebody(*rules, {}, {is("creator")}), *rules, on("2026-03-10"));
    for (const auto& factor : creator.at("factors")) {
        for (const auto& item : factor.at("items")) {
            EXPECT_EQ(item.at("demand") == "not_demanded", item.at("level").is_null());
        }
    }
}

}  // namespace
}  // namespace capbridge::competency::test
