#include "core/people/compose.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace capbridge::people {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Identifier id(const std::string& scheme, const std::string& value, const std::string& from = "",
              const std::string& to = "") {
    return {scheme, is_world_wide(scheme) ? "" : "demo", value, parse_day(from), parse_day(to)};
}
json who(const std::vector<Identifier>& identifiers) {
    auto out = json::array();
    for (const auto& each : identifiers) out.push_back(to_json(each));
    return out;
}
Said imported(const std::string& person, const std::vector<Identifier>& identifiers,
              const std::vector<Employment>& employments = {}, const std::string& name = "") {
    return {"person", person, person, to_json(Person{person, name, identifiers, employments}).dump()};
}
Said told(const std::string& person, const std::string& kind, const std::string& key, json record,
          const json& former = json::array()) {
    return {
        "directory." + kind, key, person,
        json{{"person", person}, {"source", "hr"}, {"record", std::move(record)}, {"former", former}}.dump()};
}
Said linked(const std::string& person, const Identifier& identifier) {
    return {"identity.link", text_of(identifier), person,
            json{{"person", person}, {"identifier", to_json(identifier)}}.dump()};
}

// Settles everybody among themselves.
std::vector<Person> settled(const std::vector<Composed>& all) {
    std::vector<Person> out;
    for (const auto& one : all) {
        out.push_back(settle(one, [&](const std::string& key) {
            std::vector<const Composed*> claimants;
            for (const auto& other : all) {
                const auto keys = keys_of(other);
                if (std::find(keys.begin(), keys.end(), key) != keys.end()) claimants.push_back(&other);
            }
            return claimants;
        }));
    }
    return out;
}

TEST(Compose, AnImportAloneComesOutAsItWentIn) {
    const Person in{
        "p1",
        "Test Person One",
        {id("esr-employee", "1"), id("email", "one@t.example", "", "2020-01-01"),
         id("account:https://l.example", "z")},
        {{"Ward", "", "Nurse", "", parse_day("2019-01-01"), {}}, {"Theatre", "", "", "", {}, {}}}};
    const auto composed = compose("p1", {{"person", "p1", "p1", to_json(in).dump()}}, {});
    EXPECT_TRUE(composed.exists);
    EXPECT_EQ(settled({composed})[0], in);
}

TEST(Compose, ALinkOrAnAssignmentAloneIsNobody) {
    const Assignment yes{"p1", "shaper", Assignment::State::confirmed, "person", {}, {}, "boss"};
    const auto composed = compose(
        "p1",
        {linked("p1", id("email", "a@t.example")), {"assignment", "p1|shaper", "p1", to_json(yes).dump()}},
        {});
    EXPECT_FALSE(composed.exists);
}

TEST(Compose, SeveralSourcesAreOnePerson) {
    const auto composed = compose(
        "p1",
        {imported("p1", {id("esr-employee", "1")}, {{"Old ward", "", "", "", {}, parse_day("2020-12-31")}},
                  "Imported Name"),
         told("p1", "person", "hr|1",
              {{"who", who({id("esr-person", "77"), id("email", "one@t.example")})}, {"name", "Told Name"}}),
         told("p1", "employment", "hr|a1",
              {{"who", who({id("esr-person", "77"), id("esr-assignment", "1-2")})},
               {"unit", "U1"},
               {"from", "2021-01-01"},
               {"to", "2022-12-31"}}),
         told("p1", "employment", "hr|a2",
              {{"who", who({id("esr-person", "77"), id("esr-assignment", "1-3")})},
               {"unit", "U2"},
               {"from", "2022-01-01"}})},
        {});
    const auto person = settled({composed})[0];
    EXPECT_EQ(person.name, "Told Name");
    EXPECT_THAT(person.identifiers,
                ElementsAre(id("esr-employee", "1"), id("esr-person", "77"), id("email", "one@t.example"),
                            id("esr-assignment", "1-2", "2021-01-01", "2022-12-31"),
                            id("esr-assignment", "1-3", "2022-01-01")));
    ASSERT_EQ(person.employments.size(), 3u);
    EXPECT_EQ(person.employments[0].unit, "Old ward");
    EXPECT_EQ(person.employments[1].unit, "U1");
    EXPECT_EQ(person.employments[2].to, std::nullopt);
}

TEST(Compose, AnImportedPostWithoutAnEndEndsWhenADirectoryTells) {
    const auto composed = compose(
        "p1",
        {imported("p1", {id("esr-employee", "1")}, {{"Ward", "", "", "", {}, {}}}),
         told("p1", "employment", "hr|a1", {{"who", who({id("esr-employee", "1")})}, {"to", "2024-05-31"}})},
        {});
    ASSERT_EQ(composed.employments.size(), 1u);
    EXPECT_EQ(composed.employments[0].to, parse_day("2024-05-31"));
}

TEST(Compose, PeriodsThatMeetAreOne) {
    const auto row = [](const char* key, const char* from, const char* to) {
        json record{{"who", who({id("esr-employee", "1"), id("esr-assignment", "1-2")})}, {"from", from}};
        if (*to != '\0') record["to"] = to;
        return told("p1", "employment", key, std::move(record));
    };
    const auto composed = compose("p1",
                                  {row("a", "2020-01-01", "2020-12-31"), row("b", "2021-01-01", "2021-06-30"),
                                   row("c", "2022-01-01", "")},
                                  {});
    EXPECT_THAT(settled({composed})[0].identifiers,
                ElementsAre(id("esr-employee", "1"), id("esr-assignment", "1-2", "2020-01-01", "2021-06-30"),
                            id("esr-assignment", "1-2", "2022-01-01")));
}

TEST(Compose, DecidedBeatsProposedAndOwnBeatsMerged) {
    const auto assignment = [](const char* person, Assignment::State state) {
        const Assignment a{person, "shaper", state, "person", {}, {}, ""};
        return Said{"assignment", a.key(), person, to_json(a).dump()};
    };
    const auto hint =
        told("p1", "archetype_hint", "h", {{"who", who({id("esr-employee", "1")})}, {"archetype", "shaper"}});
    const auto state = [&](std::vector<Said> said) {
        said.push_back(imported("p1", {id("esr-employee", "1")}));
        return compose("p1", std::move(said), {}).assignments.at(0);
    };
    EXPECT_EQ(state({hint}).origin, "source:hr");
    EXPECT_EQ(state({hint}).state, Assignment::State::proposed);
    EXPECT_EQ(state({hint, assignment("p1", Assignment::State::rejected)}).state,
              Assignment::State::rejected);
    EXPECT_EQ(
        state({assignment("p1", Assignment::State::proposed), assignment("p2", Assignment::State::rejected)})
            .state,
        Assignment::State::rejected);
    const auto both = state(
        {assignment("p1", Assignment::State::rejected), assignment("p2", Assignment::State::confirmed)});
    EXPECT_EQ(both.state, Assignment::State::rejected);
    EXPECT_EQ(both.person, "p1");
}

TEST(Settle, AnAddressGivenOutAgainIsEachOnesForTheirTime) {
    const auto people =
        settled({compose("a",
                         {imported("a", {id("esr-employee", "1"), id("email", "x@t.example")},
                                   {{"W", "", "", "", parse_day("2015-01-01"), parse_day("2019-12-31")}})},
                         {}),
                 compose("b",
                         {imported("b", {id("esr-employee", "2"), id("email", "X@t.example")},
                                   {{"W", "", "", "", parse_day("2021-01-01"), {}}})},
                         {})});
    EXPECT_EQ(people[0].identifiers.at(1), id("email", "x@t.example", "", "2019-12-31"));
    EXPECT_EQ(people[1].identifiers.at(1), id("email", "X@t.example", "2021-01-01"));
}

TEST(Settle, AtTheSameTimeNobodyHasItUntilAPersonSays) {
    std::vector<Said> a{imported("a", {id("esr-employee", "1"), id("email", "x@t.example")})};
    const std::vector<Said> b{imported("b", {id("esr-employee", "2"), id("email", "x@t.example")})};
    auto people = settled({compose("a", a, {}), compose("b", b, {})});
    EXPECT_THAT(people[0].identifiers, ElementsAre(id("esr-employee", "1")));
    EXPECT_THAT(people[1].identifiers, ElementsAre(id("esr-employee", "2")));
    a.push_back(linked("a", id("email", "x@t.example", "2020-01-01", "2020-12-31")));
    people = settled({compose("a", a, {}), compose("b", b, {})});
    EXPECT_THAT(people[0].identifiers,
                ElementsAre(id("esr-employee", "1"), id("email", "x@t.example", "2020-01-01", "2020-12-31")));
}

TEST(Settle, ALinkTakesOnlyItsDays) {
    const auto people =
        settled({compose("a",
                         {imported("a", {id("esr-employee", "1")}),
                          linked("a", id("email", "x@t.example", "2020-01-01", "2020-12-31"))},
                         {}),
                 compose("b", {imported("b", {id("esr-employee", "2"), id("email", "x@t.example")})}, {})});
    EXPECT_THAT(people[1].identifiers,
                ElementsAre(id("esr-employee", "2"), id("email", "x@t.example", "", "2019-12-31"),
                            id("email", "x@t.example", "2021-01-01")));
}

TEST(Settle, NobodyGetsAnotherOnesEmployeeNumber) {
    std::vector<Identifier> lost;
    const auto a = compose("a", {imported("a", {id("esr-employee", "1")})}, {});
    const auto b = compose("b", {imported("b", {id("esr-employee", "2"), id("esr-employee", "1")})}, {});
    const auto person = settle(
        b,
        [&](const std::string&) {
            return std::vector<const Composed*>{&a, &b};
        },
        &lost);
    EXPECT_THAT(person.identifiers, ElementsAre(id("esr-employee", "2")));
    EXPECT_THAT(lost, ElementsAre(id("esr-employee", "1")));
}

TEST(Settle, WhoHadAnAddressGivesWayToWhoHasIt) {
    const auto former = json::array({to_json(id("email", "x@t.example", "", "2026-01-31"))});
    const auto a =
        compose("a", {told("a", "person", "1", {{"who", who({id("esr-employee", "1")})}}, former)}, {});
    EXPECT_EQ(settled({a})[0].identifiers.at(1), id("email", "x@t.example", "", "2026-01-31"));
    const auto b = compose(
        "b",
        {told("b", "person", "2", {{"who", who({id("esr-employee", "2"), id("email", "x@t.example")})}})},
        {});
    const auto people = settled({a, b});
    EXPECT_EQ(people[0].identifiers.size(), 1u);
    EXPECT_EQ(people[1].identifiers.at(1), id("email", "x@t.example"));
}

TEST(Settle, ARuleYieldsToWhatIsSaid) {
    const auto rule = *identity_rule_from_json({{"id", "lms"},
                                                {"from", {{"scheme", "esr-employee"}, {"issuer", "demo"}}},
                                                {"to", {{"scheme", "account:https://l.example"}}},
                                                {"state", "automatic"}});
    const std::string account = "account:https://l.example";
    const auto a = compose("a", {imported("a", {id("esr-employee", "1")})}, {rule});
    EXPECT_EQ(settled({a})[0].identifiers.at(1), id(account, "1"));
    const auto b = compose("b", {imported("b", {id("esr-employee", "2"), id(account, "1")})}, {rule});
    const auto people = settled({a, b});
    EXPECT_THAT(people[0].identifiers, ElementsAre(id("esr-employee", "1")));
    EXPECT_THAT(people[1].identifiers,
                ElementsAre(id("esr-employee", "2"), id(account, "1"), id(account, "2")));
}

TEST(FormerIdentifiers, KeepsAddressesThatAreGoneWithTheirDays) {
    const auto until = *parse_day("2026-05-31");
    auto former =
        former_identifiers(who({id("esr-employee", "1"), id("email", "a@t.example")}), json::array(),
                           who({id("esr-employee", "9"), id("email", "b@t.example")}), {}, until);
    EXPECT_EQ(former, who({id("email", "a@t.example", "", "2026-05-31")}));
    // Said again: no longer former. Not said: stays as it was.
    EXPECT_THAT(former_identifiers(who({id("email", "b@t.example")}), former,
                                   who({id("email", "A@t.example"), id("email", "b@t.example")}), {}, until),
                IsEmpty());
    EXPECT_EQ(former_identifiers(who({id("email", "b@t.example")}), former, who({id("email", "b@t.example")}),
                                 {}, until),
              former);
}

TEST(Compose, WhatIsNotReadableIsLeftOut) {
    for (const auto* payload : {"", "[]", "{", "{\"record\":7}", "{\"identifier\":[]}"}) {
        for (const auto* kind : {"person", "directory.person", "directory.employment", "identity.link",
                                 "assignment", "directory.archetype_hint", "other"}) {
            EXPECT_NO_THROW(settled({compose("a", {{kind, "k", "a", payload}}, {})}));
        }
    }
}

Said linked_at(std::int64_t seq, const std::string& person, const Identifier& identifier) {
    auto out = linked(person, identifier);
    out.key += "|" + person + std::to_string(seq);
    out.seq = seq;
    return out;
}

TEST(Compose, TheLaterLinkTakesItsDaysAndLeavesTheRest) {
    const auto all = [](const std::string& from, const std::string& to) {
        return id("account:https://l.example", "x", from, to);
    };
    const std::vector<Said> of_a{imported("a", {id("esr-employee", "1")}),
                                 linked_at(5, "a", all("2020-01-01", "2024-12-31"))};
    for (const bool b_is_later : {true, false}) {
        const std::vector<Said> of_b{imported("b", {id("esr-employee", "2")}),
                                     linked_at(b_is_later ? 9 : 3, "b", all("2022-01-01", "2026-12-31"))};
        const auto people = settled({compose("a", of_a, {}), compose("b", of_b, {})});
        if (b_is_later) {
            EXPECT_THAT(people[0].identifiers,
                        ElementsAre(id("esr-employee", "1"), all("2020-01-01", "2021-12-31")));
            EXPECT_THAT(people[1].identifiers,
                        ElementsAre(id("esr-employee", "2"), all("2022-01-01", "2026-12-31")));
        } else {
            EXPECT_THAT(people[0].identifiers,
                        ElementsAre(id("esr-employee", "1"), all("2020-01-01", "2024-12-31")));
            EXPECT_THAT(people[1].identifiers,
                        ElementsAre(id("esr-employee", "2"), all("2025-01-01", "2026-12-31")));
        }
    }
    // In the middle: the earlier one keeps both sides.
    const auto people =
        settled({compose("a", of_a, {}), compose("b",
                                                 {imported("b", {id("esr-employee", "2")}),
                                                  linked_at(9, "b", all("2022-01-01", "2022-12-31"))},
                                                 {})});
    EXPECT_THAT(people[0].identifiers, ElementsAre(id("esr-employee", "1"), all("2020-01-01", "2021-12-31"),
                                                   all("2023-01-01", "2024-12-31")));
}

TEST(Compose, WhatALinkDecidesIsNoDispute) {
    const auto mail = id("email", "x@t.example");
    const auto key = identifier_key(mail);
    const auto a = compose("a", {imported("a", {id("esr-employee", "1"), mail})}, {}),
               b = compose("b", {imported("b", {id("esr-employee", "2"), mail})}, {});
    EXPECT_TRUE(claims_beyond_links(a, key, {&a, &b}));
    auto for_a_time = mail;
    for_a_time.valid_to = parse_day("2024-12-31");
    const auto some = compose("b", {imported("b", {mail}), linked_at(3, "b", for_a_time)}, {}),
               whole = compose("b", {imported("b", {mail}), linked_at(3, "b", mail)}, {});
    EXPECT_TRUE(claims_beyond_links(a, key, {&a, &some}));
    EXPECT_FALSE(claims_beyond_links(a, key, {&a, &whole}));
}

}  // namespace
}  // namespace capbridge::people
