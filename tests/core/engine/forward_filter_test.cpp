// Which statements pass: filters, statement templates of xAPI Profiles, and settings that are refused.
#include "core/engine/forward/filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/engine/forward/settings.hpp"

namespace capbridge::engine {
namespace {

using ::testing::ElementsAre;

const json statement = json::parse(R"({
  "actor": {"objectType": "Group", "mbox": "mailto:Team@x.example", "member": [{"mbox": "mailto:b@x.example"}]},
  "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
  "object": {"id": "https://lms.example/1", "definition": {"type": "https://w3id.org/type/course", "name": {"en": "One"}}},
  "result": {"score": {"scaled": 0.5}, "success": true, "extensions": {"https://x.example/e": [1, 2]}},
  "context": {
    "instructor": {"account": {"homePage": "https://lms.example", "name": "17"}},
    "contextActivities": {
      "parent": [{"id": "https://lms.example/p", "definition": {"type": "https://w3id.org/type/programme"}}],
      "category": [{"id": "https://profiles.example/v1"}]}},
  "attachments": [{"usageType": "https://w3id.org/usage/certificate", "sha2": "00"}]
})");
const auto stored = *parse_instant("2026-03-31T00:00:00Z");

bool passes(const json& filters, const std::string& came_from = "moodle") {
    const auto filter = ForwardFilter::read(filters, std::nullopt);
    EXPECT_TRUE(filter) << filter.error().text();
    return filter &&
           filter->passes(statement, stored, [&](const std::string& source) { return source == came_from; });
}

TEST(ForwardFilter, EveryConditionMustHoldAndOneOfItsEntries) {
    EXPECT_TRUE(passes(json::object()));
    EXPECT_TRUE(ForwardFilter::read(json::object(), std::nullopt)->passes_all());
    EXPECT_TRUE(passes({{"verbs", {"https://v.example", "http://adlnet.gov/expapi/verbs/passed"}}}));
    EXPECT_FALSE(passes({{"verbs", {"http://adlnet.gov/expapi/verbs/failed"}}}));
    EXPECT_FALSE(passes(
        {{"verbs", {"http://adlnet.gov/expapi/verbs/passed"}}, {"activities", {"https://lms.example/2"}}}));
    EXPECT_TRUE(passes({{"activities", {"https://lms.example/1"}}}));
    EXPECT_FALSE(passes({{"activities", {"https://lms.example/p"}}}));
    EXPECT_TRUE(passes({{"activities", {"https://lms.example/p"}}, {"related", true}}));
    EXPECT_TRUE(passes({{"sources", {"a", "moodle"}}}));
    EXPECT_FALSE(passes({{"sources", {"a"}}}));
}

TEST(ForwardFilter, AgentsAreKeysOrObjects) {
    EXPECT_TRUE(passes({{"agents", {"mbox|mailto:TEAM@x.example"}}}));
    EXPECT_TRUE(passes({{"agents", {{{"mbox", "mailto:team@x.example"}, {"name", "T"}}}}}));
    EXPECT_TRUE(passes({{"agents", {"mbox|mailto:b@x.example"}}}));
    EXPECT_FALSE(passes({{"agents", {"account|https://lms.example|17"}}}));
    EXPECT_TRUE(passes({{"agents", {"account|https://lms.example|17"}}, {"related", true}}));
    for (const auto& bad : {json("anna"), json(""), json{{"name", "Anna"}}, json{{"mbox", 3}}}) {
        const auto read = ForwardFilter::read({{"agents", {"mbox|mailto:a@b.example", bad}}}, std::nullopt);
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ("bad_agent", read.error().code);
        EXPECT_EQ("/agents/1", read.error().where);
    }
}

TEST(ForwardFilter, SinceCountsFromThatDayOrInstant) {
    EXPECT_TRUE(passes({{"since", "2026-03-31"}}));
    EXPECT_FALSE(passes({{"since", "2026-04-01"}}));
    EXPECT_FALSE(passes({{"since", "2026-03-31T00:00:00.001Z"}}));
    EXPECT_TRUE(passes({{"since", "2026-03-31T01:00:00+01:00"}}));
    EXPECT_EQ("bad_date", ForwardFilter::read({{"since", "31/03/2026"}}, std::nullopt).error().code);
}

bool follows(const json& determining) {
    auto one = determining;
    one["id"] = "https://p.example/t";
    const auto read =
        read_template(json{{"templates", {json{{"id", "other"}}, one}}}.dump(), "https://p.example/t");
    EXPECT_TRUE(read) << read.error().text();
    return read && read->matches(statement);
}
bool holds(json rule) {
    return follows({{"rules", json::array({std::move(rule)})}});
}

TEST(StatementTemplate, DeterminingProperties) {
    EXPECT_TRUE(follows(json::object()));
    EXPECT_TRUE(follows({{"verb", "http://adlnet.gov/expapi/verbs/passed"},
                         {"objectActivityType", "https://w3id.org/type/course"},
                         {"contextParentActivityType", {"https://w3id.org/type/programme"}},
                         {"attachmentUsageType", {"https://w3id.org/usage/certificate"}}}));
    EXPECT_FALSE(follows({{"verb", "http://adlnet.gov/expapi/verbs/failed"}}));
    EXPECT_FALSE(follows({{"objectActivityType", "https://w3id.org/type/module"}}));
    EXPECT_FALSE(follows({{"contextGroupingActivityType", {"https://w3id.org/type/programme"}}}));
    EXPECT_FALSE(
        follows({{"contextParentActivityType", {"https://w3id.org/type/programme", "https://t.example"}}}));
    EXPECT_FALSE(follows({{"attachmentUsageType", {"https://w3id.org/usage/other"}}}));
}

TEST(StatementTemplate, RulesAskForValuesAtPlaces) {
    EXPECT_TRUE(holds({{"location", "$.result.score.scaled"}, {"presence", "included"}}));
    EXPECT_FALSE(holds({{"location", "$.result.score.raw"}, {"presence", "included"}}));
    EXPECT_TRUE(holds({{"location", "$.result.score.raw"}, {"presence", "excluded"}}));
    EXPECT_FALSE(holds({{"location", "$.result.score"}, {"presence", "excluded"}}));
    EXPECT_TRUE(holds({{"location", "$.result.score.raw"}, {"presence", "recommended"}}));
    EXPECT_TRUE(holds({{"location", "$.result.extensions['https://x.example/e'][*]"}, {"all", {1, 2, 3}}}));
    EXPECT_FALSE(holds({{"location", "$.result.extensions['https://x.example/e'][*]"}, {"all", {1, 3}}}));
    EXPECT_TRUE(holds({{"location", "$.result.extensions[\"https://x.example/e\"][1]"}, {"any", {2}}}));
    EXPECT_FALSE(
        holds({{"location", "$.result.extensions['https://x.example/e'][2]"}, {"presence", "included"}}));
    EXPECT_FALSE(holds({{"location", "$.result.extensions['https://x.example/e'][0]"}, {"none", {1}}}));
    EXPECT_FALSE(holds({{"location", "$.result.success"}, {"any", {false}}}));
    EXPECT_TRUE(holds({{"location", "$.result.success | $.result.completion"}, {"presence", "included"}}));
    // One parent has a type, the category has none.
    EXPECT_TRUE(holds(
        {{"location", "$.context.contextActivities.parent[*].definition.type"}, {"presence", "included"}}));
    EXPECT_FALSE(
        holds({{"location", "$.context.contextActivities.*[*].definition.type"}, {"presence", "included"}}));
    EXPECT_TRUE(holds({{"location", "$.context.contextActivities.parent[*]"},
                       {"selector", "$.id"},
                       {"any", {"https://lms.example/p"}}}));
}

TEST(StatementTemplate, WhatIsNotKnownIsRefused) {
    const auto code = [](const json& one) {
        auto with_id = one;
        with_id["id"] = "t";
        const auto read = read_template(json{{"templates", {with_id}}}.dump(), "t");
        return read ? "read" : read.error().code;
    };
    for (const auto* path : {"result", "$..score", "$.a[?(@.b>1)]", "$.a[0:2]", "$.a[0,1]", "$.a['b','c']",
                             "$.a[", "$a", "$.", "$.a[-1]", "$.length()"})
        EXPECT_EQ("unsupported_path", code({{"rules", {{{"location", path}, {"presence", "included"}}}}}))
            << path;
    EXPECT_EQ("bad_template", code({{"rules", {{{"presence", "included"}}}}}));
    EXPECT_EQ("bad_template", code({{"rules", {{{"location", "$.a"}, {"presence", "maybe"}}}}}));
    EXPECT_EQ("bad_template", code({{"rules", {{{"location", "$.a"}, {"any", 3}}}}}));
    EXPECT_EQ("bad_template", code({{"contextParentActivityType", "https://t.example"}}));
    EXPECT_EQ("unsupported_template", code({{"objectStatementRefTemplate", {"https://t.example"}}}));
    EXPECT_EQ("no_template", read_template(R"({"templates": []})", "t").error().code);
    EXPECT_EQ("no_template", read_template("[]", "t").error().code);
    EXPECT_EQ("invalid_json", read_template("{", "t").error().code);
}

std::vector<std::string> problems(const json& settings, const char* kind = "lrs") {
    std::vector<std::string> out;
    for (const auto& problem : check_target(kind, settings))
        out.push_back(problem.pointer + " " + problem.code);
    return out;
}

TEST(TargetSettings, AreReadWhole) {
    const auto read = read_target("lrs", {{"url", "https://lrs.example/xapi/"},
                                          {"version", "2.0.0"},
                                          {"user", "key"},
                                          {"secret_env", "LRS_SECRET"},
                                          {"batch", 7},
                                          {"timeout_seconds", 5}});
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ("https://lrs.example/xapi", read->url);
    EXPECT_EQ(xapi::Version::v2_0, read->version);
    EXPECT_EQ(7, read->batch);
    EXPECT_EQ(std::chrono::seconds{5}, read->timeout);
    EXPECT_TRUE(read->filter.passes_all());
    EXPECT_EQ("bad_kind", read_target("kafka", {{"url", "https://x.example"}}).error().code);
}

TEST(TargetSettings, EveryMistakeIsNamed) {
    EXPECT_THAT(problems({{"url", "http://lrs.example/xapi"}}), ElementsAre("/url insecure"));
    EXPECT_THAT(problems({{"url", "http://lrs.example/xapi"}, {"allow_http", true}}), ElementsAre());
    EXPECT_THAT(problems({{"url", "https://lrs.example/xapi/statements"}}), ElementsAre("/url bad_url"));
    EXPECT_THAT(problems({{"url", "https://u:p@lrs.example/"}}), ElementsAre("/url bad_url"));
    EXPECT_THAT(problems({{"url", "https://x.example/"}, {"user", "key"}}), ElementsAre("/user no_secret"));
    EXPECT_THAT(problems({{"url", "https://x.example/"}, {"secret_env", "A"}, {"secret_file", "/b"}}),
                ElementsAre("/secret_env two_secrets"));
    EXPECT_THAT(problems({{"url", "https://x.example/"}, {"user", "a"}}, "webhook"),
                ElementsAre("/user unknown_member", "/user no_secret", " no_secret"));
    EXPECT_THAT(problems({{"url", "https://x.example/"}, {"filters", {{"agents", {"anna"}}}}}),
                ElementsAre("/filters/agents/0 bad_agent"));
    EXPECT_THAT(problems({{"url", "https://x.example/"},
                          {"filters", {{"profile", {{"file", "/no/such"}, {"template", "t"}}}}}}),
                ElementsAre("/filters/profile/file not_found"));
    EXPECT_FALSE(problems({{"url", "https://x.example/"}, {"secret", "hush"}}).empty());
    EXPECT_FALSE(problems({{"url", "https://x.example/"}, {"batch", 0}}).empty());
    EXPECT_FALSE(problems({{"url", 3}}).empty());
    EXPECT_FALSE(problems(json::array()).empty());
    EXPECT_FALSE(problems(nullptr).empty());
}

TEST(TargetSettings, PathsHangOnTheirFile) {
    json settings{{"secret_file", "s"},
                  {"ca_file", "/etc/ca.pem"},
                  {"filters", {{"profile", {{"file", "../p.json"}}}}}};
    resolve_target_paths(settings, "/etc/capbridge");
    EXPECT_EQ("/etc/capbridge/s", settings["secret_file"]);
    EXPECT_EQ("/etc/ca.pem", settings["ca_file"]);
    EXPECT_EQ("/etc/p.json", settings["filters"]["profile"]["file"]);
    json odd{{"secret_file", 3}, {"filters", {{"profile", "x"}}}};
    resolve_target_paths(odd, "/etc");
    EXPECT_EQ(3, odd["secret_file"]);
}

TEST(TargetSettings, ASecretIsReadWhereItIsKept) {
    const auto file = std::filesystem::temp_directory_path() / ("capbridge-secret-" + uuid_v4());
    TargetSettings settings;
    EXPECT_EQ("", *read_secret(settings));
    settings.secret.file = file.string();
    EXPECT_EQ("secret", read_secret(settings).error().code);
    ASSERT_TRUE(write_file(file, " hush\n", 0600));
    EXPECT_EQ("hush", *read_secret(settings));
    std::filesystem::permissions(file, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    EXPECT_EQ("secret", read_secret(settings).error().code);
    ASSERT_TRUE(write_file(file, "\n", 0600));
    EXPECT_EQ("secret", read_secret(settings).error().code);
    std::filesystem::remove(file);
    settings = {};
    settings.secret.env = "CAPBRIDGE_TEST_SECRET";
    ::unsetenv("CAPBRIDGE_TEST_SECRET");
    EXPECT_EQ("secret", read_secret(settings).error().code);
    ::setenv("CAPBRIDGE_TEST_SECRET", "hush", 1);
    EXPECT_EQ("hush", *read_secret(settings));
}

}  // namespace
}  // namespace capbridge::engine
