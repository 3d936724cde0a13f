#include <gmock/gmock.h>

#include "core/engine/directory_world.hpp"

namespace capbridge::engine {
namespace {

const std::string lms = "https://lms.example";

json by_account(const std::string& name, const std::string& called = "") {
    auto out = statement("x@x.example");
    out["actor"] = {{"account", {{"homePage", lms}, {"name", name}}}};
    if (!called.empty()) out["actor"]["name"] = called;
    return out;
}
void say(World& w, const json& statements) {
    const auto posted = post(w, statements);
    ASSERT_TRUE(posted) << (posted ? "" : posted.error().text());
    ASSERT_TRUE(w.bridge->project());
}
json lms_rule(const std::string& state) {
    return {{"id", "lms"},
            {"from", {{"scheme", "esr-employee"}, {"issuer", "demo"}}},
            {"to", {{"scheme", "account:" + lms}}},
            {"state", state}};
}

TEST(Identity, AnUnknownActorWaitsAndIsLinkedAtOnce) {
    DirectoryWorld w;
    w.people(2);
    w.mapping();
    say(w, by_account("jr7"));
    EXPECT_EQ(w.attainment(0), "none");
    const auto review = w.ask("identity.review");
    EXPECT_EQ(review["total"], 1);
    EXPECT_EQ(review["actors"][0]["text"], "account:https://lms.example:jr7");
    w.ask("identity.link",
          {{"links",
            {{{"person", "esr-employee:demo:1000"}, {"identifier", "account:https://lms.example:jr7"}}}}});
    EXPECT_EQ(w.attainment(0), "met");
    EXPECT_EQ(w.ask("identity.review")["total"], 0);
    // Linked to somebody else: the first one has it no more.
    w.ask("identity.link",
          {{"links",
            {{{"person", "esr-employee:demo:1001"}, {"identifier", "account:https://lms.example:jr7"}}}}});
    EXPECT_EQ(w.attainment(0), "none");
    EXPECT_EQ(w.attainment(1), "met");
    w.expect_rebuild_equal();
    w.ask("identity.unlink", {{"identifier", "account:https://lms.example:jr7"}});
    EXPECT_EQ(w.attainment(1), "none");
    EXPECT_EQ(w.refused("identity.unlink", {{"identifier", "email:a@b.example"}}).code, "not_found");
    EXPECT_EQ(
        w.refused("identity.link", {{"links", {{{"person", "7"}, {"identifier", "email:a@b.example"}}}}})
            .code,
        "not_found");
    EXPECT_EQ(w.refused("identity.link", json::object()).where, "/links");
    w.expect_rebuild_equal();
}

json link_of(int person, const std::string& value, const std::string& from = "", const std::string& to = "") {
    json identifier{{"scheme", "account:" + lms}, {"value", value}};
    if (!from.empty()) identifier["valid_from"] = from;
    if (!to.empty()) identifier["valid_to"] = to;
    return {
        {"links",
         {{{"person", "esr-employee:demo:" + std::to_string(1000 + person)}, {"identifier", identifier}}}}};
}

TEST(Identity, ALaterLinkWinsForItsDaysAndTheRestStays) {
    DirectoryWorld w;
    w.people(3);
    w.ask("identity.link", link_of(0, "x", "2020-01-01"));
    const auto second = w.ask("identity.link", link_of(1, "x", "2022-01-01", "2022-12-31"))["run"];
    w.ask("identity.link", link_of(2, "x", "2024-01-01"));
    const auto days = [&](int person) {
        std::vector<std::string> out;
        const auto found = w.find("esr-employee:demo:" + std::to_string(1000 + person));
        for (const auto& id : found->identifiers) {
            if (id.value == "x")
                out.push_back((id.valid_from ? format_day(*id.valid_from) : "") + ".." +
                              (id.valid_to ? format_day(*id.valid_to) : ""));
        }
        return out;
    };
    using testing::ElementsAre;
    EXPECT_THAT(days(0), ElementsAre("2020-01-01..2021-12-31", "2023-01-01..2023-12-31"));
    EXPECT_THAT(days(1), ElementsAre("2022-01-01..2022-12-31"));
    EXPECT_THAT(days(2), ElementsAre("2024-01-01.."));
    EXPECT_TRUE(w.ask("identity.review")["contested"].empty());
    w.expect_rebuild_equal();
    w.ask("run.revert", {{"run", second}});
    EXPECT_THAT(days(0), ElementsAre("2020-01-01..2023-12-31"));
    EXPECT_THAT(days(1), testing::IsEmpty());
    w.expect_rebuild_equal();
    // From the same day as an earlier one, but shorter: the rest stays there.
    w.ask("identity.link", link_of(1, "x", "2020-01-01", "2020-12-31"));
    EXPECT_THAT(days(0), ElementsAre("2021-01-01..2023-12-31"));
    EXPECT_THAT(days(1), ElementsAre("2020-01-01..2020-12-31"));
    w.expect_rebuild_equal();
}

TEST(Identity, UnlinkingOneLeavesThoseThatBeginLikeIt) {
    DirectoryWorld w;
    w.people(2);
    w.ask("identity.link", link_of(0, "x"));
    w.ask("identity.link", link_of(0, "x|y"));
    w.ask("identity.link", link_of(1, "x|2026-01-01"));
    EXPECT_EQ(w.ask("identity.unlink", {{"identifier", "account:" + lms + ":x"}})["counts"]["unlinked"], 1);
    EXPECT_FALSE(w.find("account:" + lms + ":x"));
    EXPECT_TRUE(w.find("account:" + lms + ":x|y"));
    EXPECT_TRUE(w.find("account:" + lms + ":x|2026-01-01"));
    w.expect_rebuild_equal();
}

TEST(Identity, ACrosswalkLinksManyAndSaysWhatDoesNotFit) {
    DirectoryWorld w;
    w.people(3);
    w.mapping();
    say(w, by_account("a0"));
    const json params{{"csv",
                       "scheme,value,employee_number,valid_from,valid_to\n"
                       "account:https://lms.example,a0,1000,2026-01-01,\n"
                       "account:https://lms.example,a0,1001,2025-01-01,2025-12-31\n"
                       "account:https://lms.example,a0,1002,2026-02-01,\n"
                       "email,p1001@demo.example,1000,,\n"
                       "email,q@demo.example,7777,,\n"},
                      {"issuer", "demo"}};
    auto dry = params;
    dry["dry_run"] = true;
    const auto before = w.digest();
    EXPECT_EQ(w.ask("identity.crosswalk", dry)["counts"]["linked"], 2);
    EXPECT_EQ(w.digest(), before);
    const auto done = w.ask("identity.crosswalk", params);
    EXPECT_EQ(done["counts"]["linked"], 2);
    EXPECT_EQ(done["counts"]["conflicts"], 2);
    EXPECT_EQ(done["counts"]["unknown_people"], 1);
    EXPECT_EQ(done["exceptions"][0]["line"], 4);
    EXPECT_EQ(done["exceptions"].dump().find("7777"), std::string::npos);
    EXPECT_EQ(w.attainment(0), "met");
    EXPECT_EQ(w.ask("identity.crosswalk", params)["counts"]["same"], 2);
    w.expect_rebuild_equal();
    w.ask("run.revert", {{"run", done["run"]}});
    EXPECT_EQ(w.digest(), before);
}

TEST(Identity, ARuleIsSeenBeforeItIsInForce) {
    DirectoryWorld w;
    w.people(3);
    w.mapping();
    say(w, json::array({by_account("1000"), by_account("1001"), by_account("nobody")}));
    const auto seen = w.ask("identity.rule.preview", {{"rule", lms_rule("automatic")}});
    EXPECT_EQ(seen["people"], 3);
    EXPECT_EQ(seen["would_resolve"]["actors"], 2);
    EXPECT_EQ(w.attainment(0), "none");
    w.ask("identity.rule.put", {{"rule", lms_rule("propose")}});
    EXPECT_EQ(w.attainment(0), "none");
    const auto review = w.ask("identity.review");
    for (const auto& actor : review["actors"]) {
        if (actor["value"] == "nobody") {
            EXPECT_TRUE(actor["candidates"].empty());
        } else {
            EXPECT_EQ(actor["candidates"][0]["because"], "rule:lms");
        }
    }
    EXPECT_EQ(w.ask("identity.accept", {{"rule", "lms"}, {"pattern", "*0"}})["counts"]["linked"], 1);
    EXPECT_EQ(w.attainment(0), "met");
    EXPECT_EQ(w.attainment(1), "none");
    const auto put = w.ask("identity.rule.put", {{"rule", lms_rule("automatic")}});
    EXPECT_EQ(w.attainment(1), "met");
    say(w, by_account("1002"));  // and whoever comes later
    EXPECT_EQ(w.attainment(2), "met");
    w.expect_rebuild_equal();
    w.ask("run.revert", {{"run", put["run"]}});
    EXPECT_EQ(w.attainment(2), "none");
    w.ask("identity.rule.remove", {{"id", "lms"}});
    EXPECT_EQ(w.ask("identity.rule.list")["rules"].size(), 0u);
    EXPECT_EQ(w.refused("identity.rule.remove", {{"id", "lms"}}).code, "not_found");
    EXPECT_EQ(w.refused("identity.rule.put", {{"rule", {{"id", "x"}}}}).where, "/from/scheme");
    w.expect_rebuild_equal();
}

TEST(Identity, TheReviewSaysWhoItMayBeAndWhy) {
    DirectoryWorld w;
    w.people(3);
    say(w, json::array({by_account("1000"), by_account("p1001"), by_account("zz", "person 1002"),
                        by_account("test01"), by_account("test02"), by_account("test02"),
                        statement("p1002@other.example")}));
    auto review = w.ask("identity.review");
    EXPECT_EQ(review["total"], 6);
    EXPECT_EQ(review["statements"], 7);
    EXPECT_EQ(review["actors"][0]["value"], "test02");  // most statements first
    std::map<std::string, std::string> why;
    for (const auto& actor : review["actors"]) {
        why[actor["value"]] = actor["candidates"].empty() ? "" : actor["candidates"][0]["because"];
    }
    EXPECT_EQ(why, (std::map<std::string, std::string>{{"1000", "same_number"},
                                                       {"p1001", "same_local_part"},
                                                       {"zz", "same_name"},
                                                       {"p1002@other.example", "same_local_part"},
                                                       {"test01", ""},
                                                       {"test02", ""}}));
    w.ask("identity.ignore", {{"pattern", "test*"}});
    review = w.ask("identity.review");
    EXPECT_EQ(review["total"], 4);
    EXPECT_EQ(review["ignored"]["actors"], 2);
    EXPECT_EQ(review["ignored"]["statements"], 3);
    EXPECT_EQ(w.ask("identity.review", {{"pattern", "*@other.example"}})["total"], 1);
    EXPECT_EQ(w.ask("identity.review", {{"limit", 1}, {"offset", 1}})["actors"].size(), 1u);
    EXPECT_EQ(w.refused("identity.ignore", {{"pattern", "**"}}).where, "/pattern");
    w.ask("identity.ignore", {{"pattern", "test*"}, {"undo", true}});
    EXPECT_EQ(w.ask("identity.review")["total"], 6);
    EXPECT_EQ(w.refused("identity.accept", json::object()).where, "/pattern");
    const auto dry = w.ask("identity.accept", {{"because", "same_local_part"}, {"dry_run", true}});
    EXPECT_EQ(dry["counts"]["linked"], 2);
    w.ask("identity.accept", {{"because", "same_local_part"}});
    EXPECT_EQ(w.ask("identity.review")["total"], 4);
    w.expect_rebuild_equal();
}

TEST(Identity, OthersProposeAndAPersonDecides) {
    DirectoryWorld w;
    w.people(1);
    say(w, by_account("jr7"));
    const json proposal{{"source", "lms"},
                        {"proposals",
                         {{{"a", {{"scheme", "account:" + lms}, {"value", "jr7"}}},
                           {"b", {{"scheme", "email"}, {"value", "p1000@demo.example"}}},
                           {"because", "the profile has this address"}}}}};
    EXPECT_EQ(w.ask("identity.propose", proposal)["counts"]["proposed"], 1);
    EXPECT_EQ(w.ask("identity.propose", proposal)["counts"]["same"], 1);
    const auto candidate = w.ask("identity.review")["actors"][0]["candidates"][0];
    EXPECT_EQ(candidate["because"], "proposal");
    EXPECT_EQ(candidate["says"], "the profile has this address");
    EXPECT_EQ(w.ask("identity.accept", {{"because", "proposal"}})["counts"]["linked"], 1);
    EXPECT_EQ(w.ask("identity.review")["total"], 0);
    EXPECT_EQ(w.refused("identity.propose", {{"source", "lms"}, {"proposals", {{{"a", 7}}}}}).where,
              "/proposals/0/a");
}

TEST(Identity, MatchesPerSourceAndScheme) {
    DirectoryWorld w;
    w.people(2);
    w.source();
    w.pull = [](std::string_view, RecordStream& out) -> Status {
        for (const int i : {0, 1, 7}) CAPBRIDGE_TRY(out.emit("completion", World::completion(i)));
        return {};
    };
    w.sync();
    say(w, by_account("jr7"));
    const auto matches = w.ask("identity.matches");
    EXPECT_EQ(matches["all"]["statements"]["unresolved"], 2);
    ASSERT_EQ(matches["sources"].size(), 2u);
    const auto of_lms = w.ask("identity.matches", {{"source", "lms"}})["sources"];
    ASSERT_EQ(of_lms.size(), 1u);
    EXPECT_EQ(of_lms[0]["source"], "lms");
    EXPECT_EQ(of_lms[0]["statements"]["resolved"], 2);
    EXPECT_EQ(of_lms[0]["actors"]["unresolved"], 1);
    EXPECT_EQ(of_lms[0]["schemes"][0]["scheme"], "esr-employee");
    EXPECT_NEAR(of_lms[0]["rate"].get<double>(), 2.0 / 3, 0.001);
    EXPECT_EQ(w.refused("identity.matches", {{"source", "none"}}).code, "not_found");
}

TEST(Identity, AnAddressOfTwoAtOnceIsShownAndSettledByAPerson) {
    DirectoryWorld w;
    w.mapping();
    w.tell({person("p0", {number("1000"), address("x@t.example")}),
            person("p1", {number("1001"), address("x@t.example")})});
    say(w, statement("x@t.example"));
    auto review = w.ask("identity.review");
    ASSERT_EQ(review["contested"].size(), 1u);
    EXPECT_EQ(review["contested"][0]["claimed_by"].size(), 2u);
    EXPECT_TRUE(review["contested"][0]["held_by"].empty());
    EXPECT_EQ(review["actors"][0]["candidates"].size(), 2u);
    w.ask("identity.link",
          {{"links", {{{"person", "esr-employee:demo:1001"}, {"identifier", "email:x@t.example"}}}}});
    EXPECT_EQ(w.attainment(1), "met");
    EXPECT_EQ(w.attainment(0), "none");
    EXPECT_TRUE(w.ask("identity.review")["contested"].empty());  // a person has decided it
    w.expect_rebuild_equal();
}

TEST(Identity, AnImportedAddressThatChangesKeepsWhatWasLearnt) {
    DirectoryWorld w;
    w.mapping();
    const auto import = [&](const std::string& mail) {
        return w.ask("people.import",
                     {{"csv", "employee_number,email\n1000," + mail + "\n"}, {"issuer", "demo"}})["counts"];
    };
    import("old@t.example");
    say(w, statement("old@t.example"));
    EXPECT_EQ(w.attainment(0), "met");
    EXPECT_EQ(import("new@t.example")["changed"], 1);
    EXPECT_EQ(w.attainment(0), "met");
    EXPECT_EQ(import("new@t.example")["same"], 1);
    w.expect_rebuild_equal();
}

}  // namespace
}  // namespace capbridge::engine
