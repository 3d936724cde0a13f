// "token_issuers" of a configuration: what is read, and that every fault has its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/configuration.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/signer.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

class TokenIssuersTest : public ::testing::Test {
protected:
    void SetUp() override {
        dir = fs::temp_directory_path() / ("capbridge-" + random_token(9));
        fs::create_directory(dir);
        write("keys.json", json{{"keys", {test_signer().jwk()}}}.dump());
    }
    void TearDown() override { fs::remove_all(dir); }

    void write(const std::string& name, const std::string& text) {
        ASSERT_TRUE(write_file(dir / name, text, 0600));
    }
    Checked check(const std::string& text) {
        write("c.json", text);
        return check_configuration(dir / "c.json", {}, nullptr);
    }
    std::vector<std::string> problems(const std::string& text) {
        auto found = split(check(text).problems, '\n');
        for (auto& line : found) {
            if (line.starts_with(dir.string() + "/")) line.erase(0, dir.string().size() + 1);
        }
        return found;
    }
    fs::path dir;
};

TEST_F(TokenIssuersTest, AnIssuerIsReadWithItsKeys) {
    const auto checked = check(R"({"token_issuers": [
        {"issuer": "https://a.example", "audience": "capbridge", "keys": "keys.json"},
        {"issuer": "https://b.example", "audience": "lrs", "keys": "keys.json", "scope_claim": "/roles",
         "scopes": {"writer": ["statements/write", "state"], "nobody": []}, "source": "lms"}]})");
    EXPECT_TRUE(checked.ok) << checked.problems;
    ASSERT_EQ(checked.configuration.token_issuers.size(), 2u);
    const auto& a = checked.configuration.token_issuers[0];
    EXPECT_EQ(a.scope_claim, "scope");
    EXPECT_FALSE(a.scopes);
    const auto& b = checked.configuration.token_issuers[1];
    EXPECT_EQ(b.issuer, "https://b.example");
    EXPECT_EQ(b.audience, "lrs");
    EXPECT_EQ(b.source, "lms");
    EXPECT_EQ(b.scope_claim, "/roles");
    ASSERT_TRUE(b.scopes);
    EXPECT_EQ(b.scopes->at("writer"), (std::vector<std::string>{"statements/write", "state"}));
    EXPECT_TRUE(engine::TokenIssuers::make(checked.configuration.token_issuers));
}

TEST_F(TokenIssuersTest, EveryFaultHasItsPlace) {
    write("empty.json", "{\"keys\": []}");
    write("broken.json", "{");
    EXPECT_THAT(
        problems(R"({"token_issuers": [
{"issuer": "i", "audience": "a", "keys": "missing.json"},
{"issuer": "i1", "audience": "a", "keys": "empty.json"},
{"issuer": "i2", "audience": "a", "keys": "broken.json"},
{"issuer": "i3", "audience": "a"},
{"issuer": "i4", "audience": "a", "keys": "keys.json",
"scopes": {"x": ["everything"]}},
{"issuer": "i5", "audience": "a", "keys": "keys.json", "source": "s",
"scopes": {"x": ["read"]}},
{"issuer": "i4", "audience": "a", "keys": "keys.json"},
{"issuer": "i6", "audience": "a", "keys": "keys.json", "scope_claim": "/~"},
"i7"]})"),
        testing::ElementsAre(
            "c.json:2: /token_issuers/0/keys: 'missing.json' there is no such file [not_found]",
            testing::AllOf(
                testing::StartsWith("c.json:3: /token_issuers/1/keys: 'empty.json' is of no use: "),
                testing::EndsWith("[bad_key_set]")),
            testing::StartsWith("c.json:4: /token_issuers/2/keys: 'broken.json' is of no use: "),
            testing::StartsWith("c.json:5: /token_issuers/3: 'keys' is missing"),
            testing::StartsWith("c.json:7: /token_issuers/4/scopes/x/0: "),
            testing::StartsWith("c.json:9: /token_issuers/5/scopes: 'read' is for what belongs to no source"),
            "c.json:10: /token_issuers/6/issuer: 'i4' is there twice for the audience 'a' [duplicate_issuer]",
            "c.json:11: /token_issuers/7/scope_claim: '/~' is not a JSON pointer [bad_parameter]",
            testing::StartsWith("c.json:12: /token_issuers/8: should be an object")));
    EXPECT_FALSE(check(R"({"token_issuers": [{"issuer": "i", "audience": "a", "keys": "no"}]})").ok);
    EXPECT_FALSE(check(R"({"token_issuers": 7})").ok);
}

TEST_F(TokenIssuersTest, AnEmptyMapIsNotNoMap) {
    const auto checked = check(R"({"token_issuers": [
        {"issuer": "https://a.example", "audience": "capbridge", "keys": "keys.json", "scopes": {}}]})");
    ASSERT_EQ(checked.configuration.token_issuers.size(), 1u) << checked.problems;
    ASSERT_TRUE(checked.configuration.token_issuers[0].scopes);
    EXPECT_TRUE(checked.configuration.token_issuers[0].scopes->empty());
}

}  // namespace
}  // namespace capbridge::cli
