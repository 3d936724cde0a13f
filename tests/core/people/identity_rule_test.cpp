#include "core/people/identity_rule.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/people/directory_record.hpp"
#include "core/people/import.hpp"

namespace capbridge::people {
namespace {

IdentityRule rule(json from, json to, const std::string& value) {
    auto read = identity_rule_from_json(
        {{"id", "r"}, {"from", std::move(from)}, {"to", std::move(to)}, {"value", value}});
    EXPECT_TRUE(read) << (read ? "" : read.error().text());
    return read ? *read : IdentityRule{};
}

TEST(IdentityRule, MakesAnAccountOfANumber) {
    const auto r = rule({{"scheme", "esr-employee"}, {"issuer", "demo"}},
                        {{"scheme", "account:https://l.example"}}, "u{value}");
    EXPECT_EQ(derive(r, {"esr-employee", "demo", "7", {}, parse_day("2026-01-01")}),
              (Identifier{"account:https://l.example", "", "u7", {}, parse_day("2026-01-01")}));
    EXPECT_FALSE(derive(r, {"esr-employee", "other", "7", {}, {}}));
    EXPECT_FALSE(derive(r, {"esr-person", "demo", "7", {}, {}}));
    EXPECT_EQ(to_json(*identity_rule_from_json(to_json(r))), to_json(r));
}

TEST(IdentityRule, MakesAnAddressOfAnother) {
    const auto r = rule({{"scheme", "email"}, {"domain", "Trust.example"}}, {{"scheme", "email"}},
                        "{local}@nhs.example");
    EXPECT_EQ(derive(r, {"email", "", "jane.river@trust.example", {}, {}})->value, "jane.river@nhs.example");
    EXPECT_FALSE(derive(r, {"email", "", "jane.river@mytrust.example", {}, {}}));
    EXPECT_FALSE(derive(r, {"email", "", "jane.river@nhs.example", {}, {}}));
    // What it makes is what it was: nothing new.
    EXPECT_FALSE(derive(rule({{"scheme", "email"}}, {{"scheme", "email"}}, "{local}@{domain}"),
                        {"email", "", "a@b.example", {}, {}}));
    EXPECT_FALSE(derive(rule({{"scheme", "openid"}}, {{"scheme", "email"}}, "{local}@t.example"),
                        {"openid", "", "no address", {}, {}}));
}

TEST(IdentityRule, NamesWhatDoesNotFit) {
    const json good{{"id", "r"}, {"from", {{"scheme", "email"}}}, {"to", {{"scheme", "email"}}}};
    const auto where = [&](const char* pointer, json value) {
        auto bad = good;
        bad[json::json_pointer(pointer)] = std::move(value);
        const auto read = identity_rule_from_json(bad);
        return read ? std::string("accepted") : read.error().where;
    };
    EXPECT_EQ(where("/id", "A b"), "/id");
    EXPECT_EQ(where("/from/scheme", ""), "/from/scheme");
    EXPECT_EQ(where("/to/scheme", "account:"), "/to/scheme");
    EXPECT_EQ(where("/to/scheme", "esr-employee"), "/to/issuer");
    EXPECT_EQ(where("/value", "everybody"), "/value");
    EXPECT_EQ(where("/value", "{domain}"), "/value");
    EXPECT_EQ(where("/value", "{local"), "/value");
    EXPECT_EQ(where("/value", "{local}{}"), "/value");
    EXPECT_EQ(where("/state", "perhaps"), "/state");
    EXPECT_EQ(where("/from", {{"scheme", "openid"}, {"domain", "x"}}), "/from/domain");
    EXPECT_FALSE(identity_rule_from_json(json::array()));
}

TEST(Identifiers, AsTextAndBack) {
    for (const auto* text : {"esr-employee:demo:7", "email:a@b.example", "account:https://l.example/x:17",
                             "registration:GMC:7", "esr-person:demo:8", "crs-uuid:555"}) {
        const auto identifier = identifier_from_text(text);
        ASSERT_TRUE(identifier) << text;
        EXPECT_EQ(text_of(*identifier), text);
    }
    EXPECT_EQ(identifier_from_text("email::A@b.example")->value, "a@b.example");
    EXPECT_EQ(identifier_from_text("openid:https://id.example/x")->value, "https://id.example/x");
    for (const auto* text : {"", "7", ":", "email:", "account:", "a b:c"})
        EXPECT_FALSE(identifier_from_text(text)) << text;
}

TEST(Pattern, StarsAndQuestionMarks) {
    EXPECT_TRUE(matches_pattern("test*", "TEST01"));
    EXPECT_TRUE(matches_pattern("*@demo.example", "a@demo.example"));
    EXPECT_TRUE(matches_pattern("a?c*", "abc"));
    EXPECT_TRUE(matches_pattern("*a*b*", "xxaxxbxx"));
    EXPECT_FALSE(matches_pattern("test*", "my test"));
    EXPECT_FALSE(matches_pattern("a?c", "ac"));
    EXPECT_TRUE(matches_pattern("", ""));
    EXPECT_FALSE(matches_pattern("", "a"));
    // Many stars on a long text end in a moment.
    EXPECT_FALSE(matches_pattern("*a*a*a*a*a*a*a*a*b", std::string(20000, 'a')));
}

TEST(DirectoryRecord, KeepsWhatItKnowsAndSaysWhatIsWrong) {
    const json who = json::array({{{"scheme", "email"}, {"value", " A@B.Example "}, {"issuer", "x"}},
                                  {{"scheme", "esr-employee"}, {"value", "7"}}});
    const auto read = read_directory_record(
        "person", {{"who", who}, {"name", " Test   Person "}, {"revision", "9"}, {"birthday", "x"}}, "demo");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key, "esr-employee|demo|7");
    EXPECT_EQ(read->who[0], (Identifier{"email", "", "a@b.example", {}, {}}));
    EXPECT_EQ(json::parse(read->content),
              json::parse(R"({"name":"Test Person","who":[{"scheme":"email","value":"a@b.example"},
                              {"issuer":"demo","scheme":"esr-employee","value":"7"}]})"));

    const auto where = [](const char* kind, const json& record) {
        const auto bad = read_directory_record(kind, record, "");
        return bad ? std::string("accepted") : bad.error().code + " " + bad.error().where;
    };
    EXPECT_EQ(where("person", json::array()), "rejected_record ");
    EXPECT_EQ(where("person", json::object()), "rejected_record /who");
    EXPECT_EQ(where("person", {{"who", json::array()}}), "rejected_record /who");
    EXPECT_EQ(where("person", {{"who", {7}}}), "rejected_record /who/0");
    EXPECT_EQ(where("person", {{"who", {{{"scheme", "email"}, {"value", " "}}}}}),
              "rejected_record /who/0/value");
    EXPECT_EQ(where("person", {{"who", who}, {"name", 7}}), "rejected_record /name");
    EXPECT_EQ(where("person", {{"who", who}, {"valid_from", "1.2.2026"}}), "rejected_record /valid_from");
    EXPECT_EQ(where("employment", {{"who", who}}), "rejected_record /key");
    EXPECT_EQ(where("employment", {{"who", who}, {"key", "k"}, {"from", "2026-02-01"}, {"to", "2026-01-01"}}),
              "rejected_record /to");
    EXPECT_EQ(where("unit", {{"id", "1"}}), "rejected_record /name");
    EXPECT_EQ(where("archetype_hint", {{"who", who}, {"key", "k"}}), "rejected_record /archetype");
}

TEST(ReadCrosswalk, EveryBadRowIsNamedByLineAndColumn) {
    const auto read = read_crosswalk(
        "employee_number,known_scheme,known_value,scheme,value,valid_from,valid_to\n"
        ",,,email,a@t.example,,\n"
        "1.09E+07,,,email,a@t.example,,\n"
        ",no such,7,email,a@t.example,,\n"
        ",email,,email,a@t.example,,\n"
        "1,,,e mail,a@t.example,,\n"
        "1,,,email,,,\n"
        "1,,,email,a@t.example,01/02/2026,\n"
        "1,,,email,a@t.example,,31 Dec\n"
        "1,,,email,a@t.example,2026-02-01,2026-01-01\n"
        "1,,,email,a@t.example,2026-01-01,\n",
        "demo");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->rows_read.size(), 1u);
    std::vector<std::pair<int, std::string>> told;
    for (const auto& e : read->exceptions) told.emplace_back(e.line, e.column);
    EXPECT_EQ(told, (std::vector<std::pair<int, std::string>>{{2, "employee_number"},
                                                              {3, "employee_number"},
                                                              {4, "known_scheme"},
                                                              {5, "known_value"},
                                                              {6, "scheme"},
                                                              {7, "value"},
                                                              {8, "valid_from"},
                                                              {9, "valid_to"},
                                                              {10, "valid_from"}}));
}

TEST(ReadCrosswalk, OnlyKnownSchemesAndAddressesThatAreSome) {
    const auto read = read_crosswalk(
        "employee_number,known_scheme,known_value,scheme,value\n"
        "1,,,foo,x\n"
        "1,,,email,notanemail\n"
        "1,,,mbox,mailto:@t.example\n"
        "1,,,email,a@b@t.example\n"
        ",foo,x,email,a@t.example\n"
        ",email,notanemail,email,a@t.example\n"
        "1,,,account:,x\n"
        "1,,,registration:,x\n"
        "1,,,,x\n"
        "1,,,registration:GMC,7\n"
        "1,,,mbox,mailto:A@t.example\n",
        "demo");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->rows_read.size(), 2u);
    EXPECT_EQ(read->rows_read[1].identifier, (Identifier{"email", "", "a@t.example", {}, {}}));
    std::vector<std::pair<int, std::string>> told;
    for (const auto& e : read->exceptions) told.emplace_back(e.line, e.column);
    EXPECT_EQ(told, (std::vector<std::pair<int, std::string>>{{2, "scheme"},
                                                              {3, "value"},
                                                              {4, "value"},
                                                              {5, "value"},
                                                              {6, "known_scheme"},
                                                              {7, "known_value"},
                                                              {8, "scheme"},
                                                              {9, "scheme"},
                                                              {10, "scheme"}}));
    EXPECT_NE(read->exceptions[0].message.find("account:HOMEPAGE"), std::string::npos);
    EXPECT_EQ(read->exceptions[1].message, "'value' is no e-mail address");
}

TEST(ReadCrosswalk, EmployeeNumbersAndOtherIdentifiers) {
    const auto read = read_crosswalk(
        "scheme,value,employee_number,known_scheme,known_issuer,known_value,valid_from,valid_to\n"
        "account:https://l.example,jr7,101,,,,2024-01-01,\n"
        "esr-person,88,,email,,Tyne@T.example,,\n"
        ",x,101,,,,,\n"
        "email,a@t.example,,,,,,\n"
        "email,a@t.example,101,,,,2024-13-01,\n"
        "email,a@t.example,101,,,,2024-02-01,2024-01-01\n"
        "email,a@t.example,,email,,,,\n",
        "demo");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->rows_read.size(), 2u);
    EXPECT_EQ(read->rows_read[0].known, (Identifier{"esr-employee", "demo", "101", {}, {}}));
    EXPECT_EQ(read->rows_read[0].identifier,
              (Identifier{"account:https://l.example", "", "jr7", parse_day("2024-01-01"), {}}));
    EXPECT_EQ(read->rows_read[1].known, (Identifier{"email", "", "tyne@t.example", {}, {}}));
    EXPECT_EQ(read->rows_read[1].identifier.issuer, "demo");
    std::vector<std::string> codes;
    for (const auto& e : read->exceptions) codes.push_back(std::to_string(e.line) + " " + e.code);
    EXPECT_EQ(codes, (std::vector<std::string>{"4 malformed_id", "5 missing_employee_number", "6 bad_date",
                                               "7 from_after_to", "8 malformed_id"}));
    EXPECT_EQ(read_crosswalk("value\nx\n", "demo").error().code, "missing_column");
}

}  // namespace
}  // namespace capbridge::people
