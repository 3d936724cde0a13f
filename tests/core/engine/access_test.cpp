// Credentials as operations: what they may be given, and that no secret is shown twice.
#include <gmock/gmock.h>

#include "core/engine/world.hpp"

namespace capbridge::engine {
namespace {

class AccessOperationsTest : public ::testing::Test {
protected:
    std::optional<store::CredentialRow> check(const ordered_json& made) {
        return world.bridge->store().access().check_credential(made["key"].get<std::string>(),
                                                               made["secret"].get<std::string>());
    }
    World world;
};

TEST_F(AccessOperationsTest, ACredentialIsAddedListedRotatedAndRevoked) {
    auto made = world.ask("credential.add", {{"name", "LMS north"},
                                             {"scopes", {"statements/write", "read", "statements/write"}}});
    EXPECT_EQ(made["scopes"], ordered_json({"statements/write", "read"}));
    EXPECT_TRUE(made["source"].is_null());
    ASSERT_TRUE(check(made));
    EXPECT_EQ(check(made)->scopes, (std::vector<std::string>{"statements/write", "read"}));

    auto listed = world.ask("credential.list")["credentials"];
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0]["key"], made["key"]);
    EXPECT_EQ(listed[0]["name"], "LMS north");
    EXPECT_TRUE(listed[0]["rotated"].is_null());
    EXPECT_TRUE(listed[0]["revoked"].is_null());
    EXPECT_EQ(listed.dump().find(made["secret"].get<std::string>()), std::string::npos);

    const auto rotated = world.ask("credential.rotate", {{"key", made["key"]}});
    EXPECT_EQ(rotated["key"], made["key"]);
    EXPECT_EQ(rotated["name"], "LMS north");
    EXPECT_FALSE(check(made));
    EXPECT_TRUE(check(rotated));
    EXPECT_EQ(world.ask("credential.list")["credentials"][0]["rotated"], "2026-06-01T09:00:00.000Z");

    world.ask("credential.revoke", {{"key", made["key"]}});
    EXPECT_FALSE(check(rotated));
    EXPECT_EQ(world.ask("credential.list")["credentials"][0]["revoked"], "2026-06-01T09:00:00.000Z");
    EXPECT_EQ(world.refused("credential.rotate", {{"key", made["key"]}}).code, "revoked");
}

TEST_F(AccessOperationsTest, BoundToASourceItHasScopesOfXapiOnly) {
    world.source();
    const json base{{"name", "content"}, {"source", "lms"}};
    const auto with = [&](const json& scopes) {
        auto params = base;
        params["scopes"] = scopes;
        return params;
    };
    const auto made = world.ask("credential.add", with({"statements/write", "statements/read", "state"}));
    EXPECT_EQ(made["source"], "lms");
    EXPECT_EQ(check(made)->source, world.bridge->store().sources().source("lms")->uuid);
    EXPECT_EQ(world.ask("credential.list")["credentials"][0]["source"], "lms");
    EXPECT_EQ(world.ask("credential.add", with({"all"}))["scopes"],
              ordered_json({"statements/write", "statements/read", "state", "define", "profile"}))
        << "'all' would open what is not the source's";
    for (const char* scope : {"read", "admin", "statements/read/mine"}) {
        const auto error = world.refused("credential.add", with({"state", scope}));
        EXPECT_EQ(error.code, "bad_parameter");
        EXPECT_EQ(error.where, "/scopes");
    }
    auto unknown = with({"state"});
    unknown["source"] = "nowhere";
    EXPECT_EQ(world.refused("credential.add", unknown).code, "no_such_source");
}

TEST_F(AccessOperationsTest, WhatMakesNoSenseIsRefused) {
    EXPECT_EQ(world.refused("credential.add", {{"name", "x"}}).where, "/scopes");
    EXPECT_EQ(world.refused("credential.add", {{"name", "x"}, {"scopes", json::array()}}).where, "/scopes");
    EXPECT_THAT(world.refused("credential.add", {{"name", "x"}, {"scopes", {"everything"}}}).message,
                testing::HasSubstr("known are: all, all/read, statements/write"));
    EXPECT_EQ(world.refused("credential.add", {{"name", "x"}, {"scopes", {7}}}).code, "bad_parameter");
    EXPECT_EQ(world.refused("credential.add", {{"name", "x"}, {"scopes", "all"}}).code, "bad_parameter");
    EXPECT_EQ(world.refused("credential.add", {{"scopes", {"all"}}}).where, "/name");
    for (const char* name : {"a\nb", "\x1b[31mred", "del\x7f"})
        EXPECT_EQ(world.refused("credential.add", {{"name", name}, {"scopes", {"all"}}}).where, "/name")
            << name;
    EXPECT_EQ(world.ask("credential.add", {{"name", "Caf\u00e9"}, {"scopes", {"all"}}})["name"], "Caf\u00e9");
    EXPECT_EQ(world.refused("credential.rotate", {{"key", "nobody"}}).code, "not_found");
    EXPECT_EQ(world.refused("credential.rotate", json::object()).where, "/key");
    EXPECT_EQ(world.refused("credential.revoke", {{"key", "nobody"}}).code, "not_found");
    EXPECT_EQ(world.ask("credential.list")["credentials"].size(), 1U) << "only the one that was good";
}

}  // namespace
}  // namespace capbridge::engine
