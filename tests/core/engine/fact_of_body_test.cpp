#include "core/engine/new_statement.hpp"

#include "core/engine/posting.hpp"

#include <gtest/gtest.h>

namespace capbridge::engine {
namespace {

void expect_same(const json& statement) {
    const auto whole = fact_of(statement);
    const auto body = fact_of_body(statement.dump());
    ASSERT_TRUE(body);
    ASSERT_EQ(whole.has_value(), body->has_value()) << statement;
    if (!whole) return;
    const auto &a = whole->fact, &b = (*body)->fact;
    EXPECT_EQ(whole->actor, (*body)->actor);
    EXPECT_EQ(std::tie(a.activity, a.what, a.score, a.expires),
              std::tie(b.activity, b.what, b.score, b.expires));
    EXPECT_EQ(a.occurred.at, b.occurred.at);
    EXPECT_EQ(a.occurred.precision, b.occurred.precision);
}

TEST(FactOfBody, IsTheFactOfTheStatement) {
    auto s = statement("P1@Demo.Example");
    s["id"] = "11111111-1111-4111-8111-111111111111";
    s["object"]["definition"] = {{"name", {{"en", "A course"}}}};
    expect_same(s);
    s["result"] = {{"success", true}, {"completion", true}, {"score", {{"raw", 7}, {"max", 10}}}};
    expect_same(s);
    s["result"]["success"] = false;
    s["context"] = {
        {"registration", "22222222-2222-4222-8222-222222222222"},
        {"extensions",
         {{std::string(xapi::extension::occurred), {{"precision", "day"}, {"value", "2025-03-04"}}},
          {std::string(xapi::extension::expires), "2027-03-04"}}}};
    expect_same(s);
    s["context"]["extensions"][std::string(xapi::extension::occurred)] = {{"precision", "unknown"}};
    expect_same(s);
    s["actor"] = {{"objectType", "Group"}, {"member", {{{"mbox", "mailto:a@b.c"}}}}};
    expect_same(s);
    s["actor"] = {{"account", {{"homePage", "https://x.example"}, {"name", "7"}}}};
    s.erase("timestamp");
    expect_same(s);
    s["object"] = {{"objectType", "StatementRef"}, {"id", "33333333-3333-4333-8333-333333333333"}};
    expect_same(s);
    s["verb"]["id"] = "http://adlnet.gov/expapi/verbs/voided";
    expect_same(s);
}

TEST(FactOfBody, TellsOfADamagedStore) {
    for (const char* text : {"", "[]", "{", "\x01"}) {
        const auto fact = fact_of_body(text);
        ASSERT_FALSE(fact);
        EXPECT_EQ(fact.error().code, "store_damaged");
    }
}

}  // namespace
}  // namespace capbridge::engine
