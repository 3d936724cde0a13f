// Which differences count between two statements of one id; the plain cases are in statement_test.cpp.
#include <gtest/gtest.h>

#include "core/xapi/statement.hpp"
#include "sample.hpp"

namespace capbridge::xapi {
namespace {

json with(json statement, const std::string& at, const json& value) {
    statement[json::json_pointer(at)] = value;
    return statement;
}

void same(const json& a, const json& b) {
    EXPECT_TRUE(equivalent(a, b)) << a << "\n" << b;
    EXPECT_TRUE(equivalent(b, a)) << a << "\n" << b;
}
void other(const json& a, const json& b) {
    EXPECT_FALSE(equivalent(a, b)) << a << "\n" << b;
    EXPECT_FALSE(equivalent(b, a)) << a << "\n" << b;
}

const auto& full = full_statement();

TEST(Equivalent, TimesAreTheSameWhateverTheirOffset) {
    same(full, with(full, "/timestamp", "2026-03-01T03:30:00-05:00"));
    other(full, with(full, "/timestamp", "2026-03-01T09:30:00Z"));
    auto inner = small_statement();
    inner["objectType"] = "SubStatement";
    inner["timestamp"] = "2026-03-01T09:30:00+01:00";
    auto outer = small_statement();
    outer["object"] = inner;
    same(outer, with(outer, "/object/timestamp", "2026-03-01T08:30:00.000Z"));
    other(outer, with(outer, "/object/timestamp", "2026-03-01T08:30:00.001Z"));
    auto without = outer;
    without["object"].erase("timestamp");
    other(outer, without);
}

TEST(Equivalent, DurationsAreTheSameToAHundredthOfASecond) {
    const auto lasting = [](const char* duration) { return with(full, "/result/duration", duration); };
    same(lasting("P1DT12H36M0.1237S"), lasting("P1DT12H36M0.12S"));
    same(lasting("PT1.50S"), lasting("PT1.5S"));
    other(lasting("PT0.13S"), lasting("PT0.12S"));
    other(lasting("PT60S"), lasting("PT1M"));
}

TEST(Equivalent, MembersOfAGroupAndContextActivitiesHaveNoOrder) {
    auto turned = full;
    for (const char* at : {"/actor/member", "/context/contextActivities/grouping", "/authority/member"}) {
        auto& list = turned[json::json_pointer(at)];
        std::reverse(list.begin(), list.end());
    }
    same(full, turned);
    same(full, with(full, "/context/contextActivities/parent",
                    json::array({{{"id", "https://lms.example/parent"}}})));
    other(full, with(full, "/context/contextActivities/parent", {{"id", "https://lms.example/else"}}));
    auto fewer = full;
    fewer["actor"]["member"].erase(0);
    other(full, fewer);
}

TEST(Equivalent, ChoicesAreNotComparedButExtensionsAre) {
    same(full, with(full, "/object/definition/choices", json::array()));
    same(full, with(full, "/context/contextActivities/grouping/0/definition", {{"name", {{"en", "x"}}}}));
    other(full, with(full, "/result/extensions/https:~1~1e.example~1y", {{"deep", {2}}}));
    other(full, with(full, "/context/extensions/https:~1~1e.example~1new", 1));
}

TEST(Equivalent, CaseOfWhatHasNone) {
    same(full, with(full, "/actor/mbox", "mailto:TEAM@trust.example"));
    same(full, with(full, "/context/registration", "EC531277-B57B-4C15-8D91-D292C5B2B8F7"));
    same(full, with(full, "/attachments/0/sha2",
                    "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"));
    other(full, with(full, "/verb/id", "http://adlnet.gov/expapi/verbs/Completed"));
    other(full, with(full, "/context/platform", "lms"));
}

TEST(Equivalent, AttachmentsByTheirContent) {
    auto two = full;
    two["attachments"].push_back(with(full, "/attachments/0/length", 4)["attachments"][0]);
    auto turned = two;
    std::reverse(turned["attachments"].begin(), turned["attachments"].end());
    same(two, turned);
    other(full, two);
    other(full, with(full, "/attachments/0/sha2", std::string(64, '0')));
}

TEST(Equivalent, ContextAgentsHaveNoOrderEither) {
    const auto a = json::parse(R"({"objectType":"contextAgent","agent":{"mbox":"mailto:a@b"}})");
    const auto b =
        json::parse(R"({"objectType":"contextAgent","agent":{"objectType":"Agent","mbox":"mailto:B@b"}})");
    auto lower = b;
    lower["agent"] = {{"mbox", "mailto:b@b"}};
    same(with(full, "/context/contextAgents", {a, b}), with(full, "/context/contextAgents", {lower, a}));
    other(with(full, "/context/contextAgents", {a, b}),
          with(full, "/context/contextAgents", json::array({a})));
}

TEST(Equivalent, NumbersByTheirValue) {
    same(full, with(full, "/result/score/raw", 5.0));
    other(full, with(full, "/result/score/raw", 5.1));
}

TEST(Equivalent, AnyJsonIsCompared) {
    for (
        const char* text :
        {"null", "1", "[]", "{}",
         R"({"actor":{"member":[1,null]},"object":7,"context":{"contextActivities":{"parent":5}},"timestamp":1,"result":{"duration":[]},"attachments":[1]})"}) {
        const auto value = json::parse(text);
        same(value, value);
        other(value, small_statement());
    }
}

}  // namespace
}  // namespace capbridge::xapi
