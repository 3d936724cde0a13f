// A deployment's users: trained before go-live and since, a new version's days of grace, who must retrain.
#include "core/competency/rollout.hpp"

#include "core/competency/succession.hpp"
#include "world.hpp"

namespace capbridge::competency::test {
namespace {

json scan(const std::string& id, const std::string& version, const std::string& valid_for = {}) {
    json more = {{"product", {{"name", "ChestScan"}, {"version", version}}}};
    if (!valid_for.empty()) more["valid_for"] = valid_for;
    return mapping(id, claims({"t2-governance-1", "t2-governance-2"}), more);
}

// Asked of Users: two product items and no others, so that everything can be counted by hand.
Rulebook book(const std::vector<json>& mappings, std::vector<Deployment> deployments) {
    const auto set = load_mapping(mapping_file(mappings).dump(2), "mapping.json", hee());
    EXPECT_TRUE(set) << set.error().text();
    auto out = book_of({*set}, std::move(deployments));
    const auto profile = load_profile(
        R"({"id": "two", "version": "1", "asks": [{"id": "two", "demand": "required",
            "items": {"requirements": ["t2-governance-1", "t2-governance-2"]},
            "people": {"archetypes": ["user"]}}]})",
        "two.json", hee());
    EXPECT_TRUE(profile) << profile.error().text();
    out.profile = *profile;
    return out;
}
Deployment live(std::string id, std::string version, std::string_view day_) {
    auto out = deployment(std::move(id), std::move(version));
    out.go_live = day(day_);
    return out;
}

PersonFacts somebody(const std::string& id, const std::vector<Fact>& facts, const Rules& rules) {
    PersonFacts out;
    out.person = person(id);
    out.person.name = "Somebody " + id;
    out.assignments = {is("user")};
    out.assignments[0].person = id;
    out.records = test::fold(facts, out.person, rules);
    return out;
}

ordered_json show(const Rules& rules, const std::string& deployment, std::string_view as_of,
                  const std::vector<PersonFacts>& people) {
    Rollout rollout(rules, rules.deployment_index(deployment), day(as_of));
    for (const auto& each : people) {
        if (rollout.concerns(each.person)) rollout.add(each);
    }
    return rollout.show();
}
ordered_json users(const Rules& rules, const std::string& deployment, std::string_view as_of,
                   const std::vector<PersonFacts>& people, Rollout::Page page = {}) {
    Rollout rollout(rules, rules.deployment_index(deployment), day(as_of));
    for (const auto& each : people) {
        if (rollout.concerns(each.person)) rollout.add(each);
    }
    return rollout.users(page);
}

TEST(Rollout, CountsThoseTrainedByGoLiveAndSince) {
    const Rules rules(book(
        {scan("two", "2"),
         mapping("one", claim("t2-governance-1"), {{"product", {{"name", "ChestScan"}, {"version", "2"}}}})},
        {live("scan-2", "2", "2026-03-01")}));
    const std::vector people{
        somebody("before", {completed("two", "2026-02-20")}, rules),
        somebody("on-the-day", {completed("two", "2026-03-01")}, rules),
        somebody("since", {completed("two", "2026-03-02")}, rules),
        somebody("in-two-steps", {completed("one", "2026-02-01"), completed("two", "2026-04-01", 2)}, rules),
        somebody("never", {}, rules),
        somebody("half", {completed("one", "2026-02-01")}, rules),
    };
    const auto then = show(rules, "scan-2", "2026-05-01", people);
    EXPECT_EQ(then["trained"], (ordered_json{{"on", "2026-03-01"},
                                             {"people", 6},
                                             {"asked", 6},
                                             {"by_go_live", 2},
                                             {"since", 2},
                                             {"not_yet", 2}}));
    ASSERT_EQ(then["items"].size(), 2U);
    EXPECT_EQ(then["items"][0]["requirement"], "t2-governance-1");
    EXPECT_EQ(then["items"][0]["trained"],
              (ordered_json{{"asked", 6}, {"by_go_live", 4}, {"since", 1}, {"not_yet", 1}}));
    EXPECT_EQ(then["items"][1]["trained"],
              (ordered_json{{"asked", 6}, {"by_go_live", 2}, {"since", 2}, {"not_yet", 2}}));
    EXPECT_EQ(then["users"]["trained"], 4);
    EXPECT_EQ(then["users"]["untrained"], 2);
    EXPECT_TRUE(then["retraining"].is_null());
    // On the day itself nothing has come since.
    const auto early = show(rules, "scan-2", "2026-03-01", people);
    EXPECT_EQ(early["trained"]["by_go_live"], 2);
    EXPECT_EQ(early["trained"]["since"], 0);
}

TEST(Rollout, OfADayToComeCountsWhatWillStillHold) {
    const Rules rules(
        book({scan("short", "2", "P1M"), scan("long", "2")}, {live("scan-2", "2", "2026-06-01")}));
    const std::vector people{somebody("a", {completed("short", "2026-03-01")}, rules),
                             somebody("b", {completed("long", "2026-03-01")}, rules)};
    const auto planned = show(rules, "scan-2", "2026-03-10", people);
    EXPECT_EQ(planned["live"], false);
    EXPECT_EQ(planned["trained"]["by_go_live"], 1) << "the month is over by then";
    EXPECT_EQ(planned["trained"]["since"], 0) << "there is no since before the day";
    EXPECT_EQ(planned["trained"]["not_yet"], 1) << "held today, and over by then";
    for (const auto& item : planned["items"]) {
        EXPECT_EQ(item["trained"],
                  (ordered_json{{"asked", 2}, {"by_go_live", 1}, {"since", 0}, {"not_yet", 1}}));
        EXPECT_EQ(item["now"]["held"], 2);
    }
}

TEST(Rollout, UsersAreThoseOfTheGoLiveDayNotOfToday) {
    const Rules rules(book({scan("two", "2")}, {live("scan-2", "2", "2026-03-01")}));
    auto left = somebody("left", {completed("two", "2026-02-01")}, rules);
    left.person.employments[0].to = day("2026-04-01");
    auto came = somebody("came", {}, rules);
    came.person.employments[0].from = day("2026-04-10");
    auto nobody = somebody("not-a-user", {}, rules);
    nobody.assignments.clear();
    auto out = somebody("taken-out", {}, rules);
    out.person.uses = {{"scan-2", false, {}, {}}};
    auto in = somebody("elsewhere", {}, rules);
    in.person.employments[0].unit = "Board";
    in.person.uses = {{"scan-2", true, day("2026-03-05"), {}}};
    const auto answer = show(rules, "scan-2", "2026-05-01", {left, came, nobody, out, in});
    EXPECT_EQ(answer["trained"]["people"], 2) << "left, and who is asked nothing";
    EXPECT_EQ(answer["trained"]["asked"], 1);
    EXPECT_EQ(answer["trained"]["by_go_live"], 1);
    EXPECT_EQ(answer["users"]["people"], 3) << "came, who is asked nothing, and the one by name";
    EXPECT_EQ(answer["users"]["by_name"], 1);
    EXPECT_EQ(answer["users"]["not_asked"], 1);
}

TEST(Rollout, WhatIsWaivedIsNotAsked) {
    const Rules rules(book({scan("two", "2")}, {live("scan-2", "2", "2026-03-01")}));
    auto who = somebody("a", {}, rules);
    for (const char* id : {"t2-governance-1", "t2-governance-2"}) {
        Record record;
        record.requirement = hee().requirement_index(id);
        record.context = "scan-2";
        record.overriding.kind = Override::Kind::waived;
        who.records.push_back(record);
    }
    EXPECT_EQ(show(rules, "scan-2", "2026-05-01", {who})["users"]["not_asked"], 1);
}

class NewVersion : public testing::Test {
protected:
    // 90 days of grace by the default policy: until 2026-08-30.
    NewVersion()
        : rules(book({scan("first", "1"), scan("second", "2")},
                     {live("scan-1", "1", "2025-01-01"), live("scan-2", "2", "2026-06-01")})),
          people{somebody("former", {completed("first", "2025-02-01")}, rules),
                 somebody("both", {completed("first", "2025-02-01"), completed("second", "2026-05-20", 2)},
                          rules),
                 somebody("neither", {}, rules)} {}
    Rules rules;
    std::vector<PersonFacts> people;
};

TEST_F(NewVersion, TheFormersTrainingCountsForTheDaysOfGraceAndMustBeDoneAgain) {
    const auto grace = show(rules, "scan-2", "2026-07-01", people);
    EXPECT_EQ(grace["retraining"]["version_before"]["deployment"], "scan-1");
    EXPECT_EQ(grace["retraining"]["grace_ends"], "2026-08-30");
    EXPECT_EQ(grace["retraining"]["to_retrain"], 1);
    EXPECT_EQ(grace["retraining"]["in_grace"], 1);
    EXPECT_EQ(grace["retraining"]["first_on"], "2026-08-30");
    EXPECT_EQ(grace["items"][0]["now"], (ordered_json{{"asked", 3}, {"held", 2}, {"in_grace", 1}}));
    const auto over = show(rules, "scan-2", "2026-09-01", people);
    EXPECT_EQ(over["retraining"]["to_retrain"], 1);
    EXPECT_EQ(over["retraining"]["in_grace"], 0);
    EXPECT_EQ(over["retraining"]["over"], 1);
    EXPECT_EQ(over["users"]["to_retrain"], 1);
    EXPECT_EQ(over["users"]["trained"], 1);
    EXPECT_EQ(over["users"]["untrained"], 1);
}

TEST(Retraining, WhoNeverLearntOneThingMustStillRepeatTheOther) {
    const Rules rules(book(
        {mapping("part", claim("t2-governance-1"), {{"product", {{"name", "ChestScan"}, {"version", "1"}}}})},
        {live("scan-1", "1", "2025-01-01"), live("scan-2", "2", "2026-06-01")}));
    const std::vector people{somebody("part", {completed("part", "2025-02-01")}, rules)};
    const auto answer = show(rules, "scan-2", "2026-07-01", people);
    EXPECT_EQ(answer["retraining"]["in_grace"], 1);
    EXPECT_EQ(answer["users"]["untrained"], 0);
    EXPECT_EQ(show(rules, "scan-2", "2026-09-01", people)["retraining"]["over"], 1);
}

TEST_F(NewVersion, TheListSaysWhoAndUntilWhenNeedFirst) {
    const auto all = users(rules, "scan-2", "2026-07-01", people);
    ASSERT_EQ(all["total"], 3);
    EXPECT_EQ(all["users"][0]["person"], "former");
    EXPECT_EQ(all["users"][0]["state"], "in_grace");
    EXPECT_EQ(all["users"][0]["retrain_by"], "2026-08-30");
    EXPECT_EQ(all["users"][1]["person"], "neither");
    EXPECT_EQ(all["users"][2]["person"], "both");
    EXPECT_TRUE(all["users"][2]["retrain_by"].is_null());
    Rollout::Page page;
    page.retrain = true;
    EXPECT_EQ(users(rules, "scan-2", "2026-07-01", people, page)["total"], 1);
    page = {};
    page.limit = 1;
    page.offset = 2;
    const auto last = users(rules, "scan-2", "2026-07-01", people, page);
    EXPECT_EQ(last["total"], 3);
    ASSERT_EQ(last["users"].size(), 1U);
    EXPECT_EQ(last["users"][0]["person"], "both");
}

TEST_F(NewVersion, TakesThePlaceOfTheFormerOnItsDay) {
    const auto asked = [&](std::string_view on) {
        std::vector<std::string> out;
        for (const auto& item : demand_of(people[0].person, people[0].assignments, rules, day(on)))
            out.push_back(rules.deployments[static_cast<std::size_t>(item.deployment)].id);
        return out;
    };
    EXPECT_EQ(asked("2026-05-31"), (std::vector<std::string>{"scan-1", "scan-1", "scan-2", "scan-2"}))
        << "both: the new one is prepared for";
    EXPECT_EQ(asked("2026-06-01"), (std::vector<std::string>{"scan-2", "scan-2"}));
    const auto& first = rules.deployments[0];
    EXPECT_EQ(version_after(rules, first)->id, "scan-2");
    EXPECT_EQ(version_before(rules, first), nullptr);
    EXPECT_FALSE(is_replaced(rules, first, day("2026-05-31")));
    EXPECT_TRUE(is_replaced(rules, first, day("2026-06-01")));
}

TEST(Succession, AnotherUnitOrProductOrNoDayIsNoSuccessor) {
    auto elsewhere = live("scan-ed", "3", "2026-07-01");
    elsewhere.unit = "Emergency Department";
    auto other = live("other", "3", "2026-07-01");
    other.product = "Other";
    auto undated = deployment("undated", "4");
    undated.go_live.reset();
    const Rules rules(book({}, {live("scan-1", "1", "2025-01-01"), elsewhere, other, undated}));
    for (const auto& d : rules.deployments) {
        EXPECT_EQ(version_after(rules, d), nullptr) << d.id;
        EXPECT_EQ(version_before(rules, d), nullptr) << d.id;
    }
}

}  // namespace
}  // namespace capbridge::competency::test
