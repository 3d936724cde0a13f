// Competencies said to others: each change once, whatever happens in between, as the published profile asks,
// and never taken for learning.
#include <gtest/gtest.h>

#include <set>

#include "core/engine/assert/ticker.hpp"
#include "core/engine/assert_world.hpp"
#include "core/engine/forward/template.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::engine {
namespace {

// Each statement follows exactly one of the exported templates, and the rules of xAPI.
void expect_conformance(AssertWorld& a) {
    const auto text = a.w.ask("framework.profile").dump();
    const auto& f = (*a.w.bridge->rules())->framework;
    std::vector<StatementTemplate> templates;
    for (const char* name : {"achieved", "expired", "revoked"}) {
        auto read = read_template(text, framework::template_iri(f, name));
        ASSERT_TRUE(read) << read.error().text();
        templates.push_back(std::move(*read));
    }
    for (const auto& statement : a.said()) {
        int fits = 0;
        for (const auto& one : templates) fits += one.matches(statement) ? 1 : 0;
        EXPECT_EQ(fits, 1) << statement.dump(1);
        EXPECT_FALSE(has_errors(xapi::validate_statement(statement))) << statement.dump(1);
        EXPECT_EQ(statement.dump().find("Person 1"), std::string::npos) << "a person's name";
        // A rule less and it does not fit: the templates do ask for something.
        auto lame = statement;
        lame["context"].erase("registration");
        for (const auto& one : templates) EXPECT_FALSE(one.matches(lame));
        lame = statement;
        lame["result"] = {{"success", true}};
        for (const auto& one : templates) EXPECT_FALSE(one.matches(lame));
    }
}

TEST(Assertions, NothingIsSaidUntilItIsSwitchedOn) {
    AssertWorld a;
    a.pass(0, "2026-06-01");
    EXPECT_EQ(a.w.refused("assertions.send", json::object()).code, "assertions_off");
    EXPECT_EQ(a.w.refused("assertions.backfill", json::object()).code, "assertions_off");
    EXPECT_EQ(a.w.refused("assertions.set", {{"on", true}}).where, "/actor");
    EXPECT_TRUE(a.said().empty());
    a.on();
    EXPECT_EQ(a.counts()["achieved"], 1);
    a.w.ask("assertions.set", {{"on", false}});
    a.pass(1, "2026-06-01");
    EXPECT_EQ(a.w.refused("assertions.send", json::object()).code, "assertions_off");
    EXPECT_EQ(a.said().size(), 1u);
}

TEST(Assertions, AchievedRenewedExpiredAndAchievedAgain) {
    AssertWorld a;
    a.on();
    a.pass(0, "2026-06-01");
    EXPECT_EQ(a.counts()["achieved"], 1);
    EXPECT_EQ(a.last_verb(), "achieved");
    const auto first = a.said().back();
    EXPECT_EQ(first["actor"]["account"]["name"], "1000");
    EXPECT_EQ(first["context"]["extensions"][std::string(framework::tla::evidence)].size(), 1u);
    ASSERT_TRUE(first["context"]["extensions"].contains(std::string(framework::tla::expires)));
    EXPECT_EQ(a.counts()["achieved"], 0);

    a.at("2027-03-01T09:00:00Z");
    a.pass(0, "2027-03-01");
    EXPECT_EQ(a.counts()["renewed"], 1);
    EXPECT_EQ(a.refers_to(), first["id"]);
    EXPECT_GT(a.said().back()["context"]["extensions"][std::string(framework::tla::expires)],
              first["context"]["extensions"][std::string(framework::tla::expires)]);
    EXPECT_EQ(a.counts(), a.counts());

    const auto renewed = a.said().back()["id"];
    a.at("2028-06-01T09:00:00Z");
    EXPECT_EQ(a.counts()["expired"], 1);
    EXPECT_EQ(a.last_verb(), "expired");
    EXPECT_EQ(a.refers_to(), renewed);
    EXPECT_EQ(a.counts()["expired"], 0);

    a.pass(0, "2028-06-01");
    EXPECT_EQ(a.counts()["achieved"], 1);
    const auto all = a.said();
    ASSERT_EQ(all.size(), 4u);
    std::set<json> ids, registrations;
    std::string before;
    for (const auto& s : all) {
        ids.insert(s["id"]);
        registrations.insert(s["context"]["registration"]);
        EXPECT_GT(s["timestamp"].get<std::string>(), before);
        before = s["timestamp"];
    }
    EXPECT_EQ(ids.size(), 4u);
    EXPECT_EQ(registrations.size(), 1u);
    expect_conformance(a);
}

TEST(Assertions, WhatItStoodOnIsVoidedOrRevertedOrFailed) {
    AssertWorld a;
    a.on();
    const auto passed = a.pass(0, "2026-06-01");
    a.pass(1, "2026-06-01");
    EXPECT_EQ(a.counts()["achieved"], 2);
    const auto all = a.said();
    const auto of_0 = all[0]["actor"]["account"]["name"] == "1000" ? all[0]["id"] : all[1]["id"];
    a.void_statement(passed);
    EXPECT_EQ(a.counts()["revoked"], 1);
    const auto revoked = a.said().back();
    EXPECT_EQ(a.last_verb(), "revoked");
    EXPECT_EQ(a.refers_to(), of_0);
    EXPECT_EQ(revoked["object"]["account"]["name"], "1000");
    EXPECT_EQ(revoked["context"]["extensions"][std::string(framework::assertion_extension)]["reason"],
              "revoked");
    // The other's by a failure inside its validity, in a later statement.
    a.at("2026-06-02T09:00:00Z");
    a.pass(1, "2026-06-02", "failed");
    EXPECT_EQ(a.counts()["revoked"], 1);
    EXPECT_EQ(a.said().back()["context"]["extensions"][std::string(framework::assertion_extension)]["reason"],
              "contradicted");
    EXPECT_EQ(a.counts()["revoked"], 0);
    expect_conformance(a);
}

TEST(Assertions, AMappingThatIsTakenBackRevokes) {
    AssertWorld a;
    a.on();
    a.pass(0, "2026-06-01");
    a.counts();
    a.publish("2", "https://lms.example/other");
    EXPECT_EQ(a.counts()["revoked"], 1);
    a.publish("3");
    EXPECT_EQ(a.counts()["achieved"], 1);
    EXPECT_EQ(a.said().size(), 3u);
    expect_conformance(a);
}

TEST(Assertions, WhatABackFillSaidComesBackWithItsMapping) {
    AssertWorld a;
    a.pass(0, "2026-01-10");
    a.on();
    EXPECT_EQ(a.counts()["achieved"], 0);  // it is older than the switch
    a.w.ask("assertions.backfill", {{"dry_run", false}});
    a.publish("2", "https://lms.example/other");
    EXPECT_EQ(a.counts()["revoked"], 1);
    a.publish("3");
    EXPECT_EQ(a.counts()["achieved"], 1);
    EXPECT_EQ(a.counts()["achieved"], 0);
}

TEST(Assertions, BackFillCountsFirstAndIsNeverByItself) {
    AssertWorld a;
    a.pass(0, "2025-09-01");
    a.pass(1, "2026-02-01");
    a.on();
    EXPECT_EQ(a.counts()["achieved"], 0);
    // An old fact that comes late is no news either.
    a.pass(2, "2026-01-01");
    EXPECT_EQ(a.counts()["achieved"], 0);
    const auto would = a.w.ask("assertions.backfill");
    EXPECT_EQ(would["counts"]["achieved"], 3);
    EXPECT_TRUE(would["dry_run"]);
    EXPECT_TRUE(a.said().empty());
    EXPECT_EQ(a.w.ask("assertions.backfill", {{"since", "2026-01-15"}})["counts"]["achieved"], 1);
    EXPECT_EQ(
        a.w.ask("assertions.backfill", {{"since", "2026-01-15"}, {"dry_run", false}})["counts"]["achieved"],
        1);
    EXPECT_EQ(a.said().size(), 1u);
    EXPECT_EQ(a.w.ask("assertions.backfill", {{"dry_run", false}})["counts"]["achieved"], 2);
    EXPECT_EQ(a.w.ask("assertions.backfill", {{"dry_run", false}})["counts"]["achieved"], 0);
    EXPECT_EQ(a.w.refused("assertions.backfill", {{"since", "last week"}}).code, "bad_parameter");
    expect_conformance(a);
}

TEST(Assertions, RebuildAndRestartSayNothingTwiceAndTheFoldIgnoresThem) {
    AssertWorld a;
    a.pass(0, "2026-06-01");
    const auto before = a.w.digest();
    const auto unresolved = a.w.ask("status")["unresolved_actors"];
    const auto unmapped = a.w.ask("status")["unmapped_activities"];
    a.on({{"actor", {"uuid"}}});
    EXPECT_EQ(a.counts()["achieved"], 1);
    EXPECT_EQ(a.w.digest(), before);
    EXPECT_EQ(a.w.ask("status")["unresolved_actors"], unresolved);
    EXPECT_EQ(a.w.ask("status")["unmapped_activities"], unmapped);
    EXPECT_EQ(a.w.ask("rebuild")["digest"], before);
    EXPECT_EQ(a.counts()["achieved"], 0);
    a.reopen();
    EXPECT_EQ(a.counts()["achieved"], 0);
    EXPECT_EQ(a.said().size(), 1u);
}

// A mapping that takes the competency itself as learning: our own word must not feed it.
TEST(Assertions, ALoopGivesNothing) {
    AssertWorld a;
    a.on();
    a.pass(0, "2026-06-01");
    a.counts();
    auto back = a.said().back();
    const auto mapped = back["object"]["id"].get<std::string>();
    a.publish("2", mapped);
    EXPECT_EQ(a.counts()["revoked"], 1);
    const auto before = a.w.digest();
    // As another bridge forwards it, and as a third store does that gives new ids and a result.
    EXPECT_EQ(post(a.w, back)->stored, 0u);
    back["id"] = "8f4f0000-0000-4000-8000-000000000009";
    back["result"] = {{"success", true}, {"completion", true}};
    EXPECT_EQ(post(a.w, back)->stored, 1u);
    ASSERT_TRUE(a.w.bridge->project());
    EXPECT_EQ(a.w.digest(), before);
    EXPECT_EQ(a.counts()["achieved"], 0);
    EXPECT_EQ(a.w.ask("rebuild")["digest"], before);
    // Without our extension it is somebody else's word, which a mapping may take.
    back["id"] = "8f4f0000-0000-4000-8000-000000000010";
    back["context"].erase("extensions");
    EXPECT_EQ(post(a.w, back)->stored, 1u);
    ASSERT_TRUE(a.w.bridge->project());
    EXPECT_NE(a.w.digest(), before);
}

TEST(Assertions, PeopleAreNamedAsChosenOrNotAtAll) {
    AssertWorld a;
    a.pass(0, "2026-06-01");
    a.on({{"actor", {"crs-uuid"}}});
    const auto none = a.counts();
    EXPECT_EQ(none["achieved"], 0);
    EXPECT_EQ(none["no_identifier"], 1);
    a.on({{"actor", {"crs-uuid", "uuid"}}});
    EXPECT_EQ(a.counts()["achieved"], 1);
    EXPECT_EQ(a.said().back()["actor"]["account"]["homePage"], "https://bridge.example/id/person");
    // Whoever was told by one name hears the rest by the same.
    a.on({{"actor", {"email"}}});
    a.at("2028-01-01T00:00:00Z");
    EXPECT_EQ(a.counts()["expired"], 1);
    EXPECT_EQ(a.said().back()["actor"], a.said().front()["actor"]);
}

TEST(Assertions, WhoIsMergedIsNotSaidTwice) {
    AssertWorld a;
    a.on();
    a.pass(0, "2026-06-01");
    a.counts();
    a.w.ask("person.merge",
            {{"from", "esr-employee:demo:1000"}, {"into", "esr-employee:demo:1001"}, {"why", "one person"}});
    const auto after = a.counts();
    EXPECT_EQ(after["achieved"], 0);
    EXPECT_EQ(after["revoked"], 0);
    a.at("2028-01-01T00:00:00Z");
    EXPECT_EQ(a.counts()["expired"], 1);
    EXPECT_EQ(a.said().size(), 2u);
}

TEST(Assertions, ARunThatIsTakenBackVoidsWhatItSaid) {
    AssertWorld a;
    a.on();
    a.pass(0, "2026-06-01");
    const auto run = a.w.ask("assertions.send")["run"];
    a.w.ask("run.revert", {{"run", run}});
    ASSERT_EQ(a.said().size(), 1u);
    const auto row = a.w.bridge->store().journal().statement(a.said()[0]["id"].get<std::string>());
    EXPECT_FALSE(row->voided_by.empty());
    EXPECT_EQ(a.w.ask("assertions.show")["said"]["achieved"], 0);
    EXPECT_EQ(a.counts()["achieved"], 1);  // still on: said again, as a new statement
    EXPECT_EQ(a.said().size(), 2u);
}

TEST(Assertions, SettingsThatSayNothingAreRefused) {
    AssertWorld a;
    const json good{{"on", true}, {"actor", {"uuid"}}};
    for (const auto& [member, value] :
         std::vector<std::pair<std::string, json>>{{"on", "yes"},
                                                   {"since", "soon"},
                                                   {"since", 3},
                                                   {"tiers", {"product-specific"}},
                                                   {"factors", {"no-such-factor"}},
                                                   {"archetypes", {"nobody"}},
                                                   {"archetypes", "shaper"},
                                                   {"actor", json::array()},
                                                   {"actor", {1}},
                                                   {"actor", {""}}}) {
        auto params = good;
        params[member] = value;
        const auto error = a.w.refused("assertions.set", params);
        EXPECT_EQ(error.code, "bad_parameter") << params;
        EXPECT_EQ(error.where, "/" + member) << params;
    }
    EXPECT_TRUE(a.w.ask("assertions.set", good)["changed"]);
    EXPECT_FALSE(a.w.ask("assertions.set", good)["changed"]);
    EXPECT_EQ(a.w.ask("assertions.show")["settings"]["since"], "2026-06-01");
}

TEST(Assertions, OnlyWhatWasChosenIsSaid) {
    AssertWorld a;
    a.pass(0, "2026-06-01");
    a.on({{"tiers", {"advanced"}}});
    EXPECT_EQ(a.counts()["achieved"], 0);
    a.on({{"tiers", json::array()}, {"factors", {"guidelines"}}});
    EXPECT_EQ(a.counts()["achieved"], 0);
    a.on();
    EXPECT_EQ(a.counts()["achieved"], 1);
}

TEST(AssertionTicker, SaysByItselfWhatChangesAndWhatExpires) {
    AssertWorld a;
    a.on();
    const auto wait_for = [&](std::size_t statements) {
        for (int i = 0; i < 500 && a.said().size() < statements; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        return a.said().size();
    };
    const AssertionTicker ticker(*a.w.bridge, std::chrono::milliseconds{5}, std::chrono::milliseconds{5});
    a.pass(0, "2026-06-01");
    ASSERT_EQ(wait_for(1), 1u);
    a.at("2028-01-01T00:00:01Z");  // nobody does anything: a day is over
    ASSERT_EQ(wait_for(2), 2u);
    EXPECT_EQ(a.last_verb(), "expired");
}

}  // namespace
}  // namespace capbridge::engine
