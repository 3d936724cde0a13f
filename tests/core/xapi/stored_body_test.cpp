// What a store makes of a statement's text: complete_statement and stored_body go together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/ids.hpp"
#include "core/xapi/statement.hpp"
#include "core/xapi/verbatim.hpp"
#include "sample.hpp"

namespace capbridge::xapi {
namespace {

const json authority{{"mbox", "mailto:lrs@trust.example"}};
const std::string ids = R"("id":"6690e6c9-3ef0-4ed3-8b37-7f3964730bee","version":"1.0.0")";
const std::string ours = R"(,"authority":{"mbox":"mailto:lrs@trust.example"})";

// The stored text; checks that it says just what the completed value does.
std::string stored(const std::string& text, Version version = Version::v1_0_3, const json& by = authority) {
    auto statement = json::parse(text);
    complete_statement(statement, by, version);
    auto out = stored_body(text, statement);
    auto read = json::parse(out, nullptr, false);
    read["id"] = lower_uuid(read["id"].get<std::string>());  // which stays as the client wrote it
    EXPECT_EQ(read, statement) << out;
    return out;
}

TEST(StoredBody, AddsWhatIsMissingBehindTheRest) {
    EXPECT_EQ(stored("{" + ids + "}"), "{" + ids + ours + "}");
    EXPECT_EQ(stored("{ " + ids + " \n} \n"), "{ " + ids + ours + "}");
    const auto alone = json::parse(stored(R"({"actor":{"mbox":"mailto:a@b"}})"));
    EXPECT_TRUE(is_uuid(alone["id"].get<std::string>()));
    EXPECT_EQ(alone["version"], "1.0.0");
    EXPECT_EQ(json::parse(stored("{}", Version::v2_0))["version"], "2.0.0");
}

TEST(StoredBody, LeavesTheSpellingAlone) {
    const std::string odd =
        "{ \"result\" : {\"score\":{\"raw\":1.50e1,\"scaled\":-0.0}},\n\t\"actor\":{\"name\":\"\\u00e9 } "
        "\\\" {\"}, " +
        ids + "}";
    EXPECT_EQ(stored(odd), odd.substr(0, odd.size() - 1) + ours + "}");
}

TEST(StoredBody, KeepsTheVersionThatAStatementBrings) {
    const std::string text = R"({"version":"1.0.3","id":"6690e6c9-3ef0-4ed3-8b37-7f3964730bee"})";
    EXPECT_EQ(stored(text, Version::v2_0), text.substr(0, text.size() - 1) + ours + "}");
}

TEST(StoredBody, ReplacesTheAuthorityWhereItStands) {
    EXPECT_EQ(stored(R"({"authority": {"mbox":"mailto:me@b","name":"}"} ,)" + ids + "}"),
              R"({"authority": {"mbox":"mailto:lrs@trust.example"} ,)" + ids + "}");
    const std::string same = R"({"authority": {"mbox" : "mailto:lrs@trust.example"},)" + ids + "}";
    EXPECT_EQ(stored(same), same) << "an import keeps what it brings, as it is written";
}

TEST(StoredBody, TakesStoredOutWhereverItStands) {
    const std::string time = R"("stored": "2026-03-01T08:31:00Z")";
    EXPECT_EQ(stored("{" + time + ", " + ids + "}"), "{ " + ids + ours + "}");
    EXPECT_EQ(stored("{" + ids + " , " + time + "}"), "{" + ids + ours + "}");
    EXPECT_EQ(stored("{\"id\":\"6690e6c9-3ef0-4ed3-8b37-7f3964730bee\"," + time + ",\"version\":\"1.0.0\"}"),
              "{" + ids + ours + "}");
    EXPECT_EQ(json::parse(stored("{" + time + "}")).size(), 3u);
    EXPECT_EQ(json::parse(stored("{\"authority\":{}," + time + "," + ids + "}")).size(), 3u);
}

TEST(StoredBody, SeesMembersThroughEscapes) {
    EXPECT_EQ(
        json::parse(
            stored(
                R"({"\u0073tored":"2026-03-01T08:31:00Z","\u0069d":"6690e6c9-3ef0-4ed3-8b37-7f3964730bee"})"))
            .size(),
        3u);
}

TEST(StoredBody, InnerMembersOfTheSameNameAreNotMeant) {
    const std::string text =
        R"({"object":{"id":"urn:x","stored":1,"authority":2,"timestamp":3},)" + ids + "}";
    EXPECT_EQ(stored(text), text.substr(0, text.size() - 1) + ours + "}");
}

TEST(StoredBody, TimesGoToUtcIn2_0Only) {
    const auto at = [](const std::string& time, Version version) {
        const auto text = R"({"timestamp": ")" + time + "\"," + ids + "}";
        return json::parse(stored(text, version))["timestamp"];
    };
    const std::string local = "2023-05-04T12:00:00-05:00";
    EXPECT_EQ(at(local, Version::v1_0_3), local);
    EXPECT_EQ(at(local, Version::v2_0), "2023-05-04T17:00:00Z");
    EXPECT_EQ(at("2023-05-04T00:30:00.123456+01:00", Version::v2_0), "2023-05-03T23:30:00.123456Z");
    EXPECT_EQ(at("2023-05-04T12:00:00.5Z", Version::v2_0), "2023-05-04T12:00:00.5Z");
    EXPECT_EQ(at("2023-05-04T12:00:00,5+00:00", Version::v2_0), "2023-05-04T12:00:00.5Z");
    const auto inner =
        R"({"object":{"objectType":"SubStatement", "timestamp": ")" + local + "\"}," + ids + "}";
    EXPECT_EQ(json::parse(stored(inner, Version::v2_0))["object"]["timestamp"], "2023-05-04T17:00:00Z");
    EXPECT_EQ(json::parse(stored(inner))["object"]["timestamp"], local);
}

TEST(StoredBody, ASingleContextActivityBecomesAList) {
    const std::string context =
        R"("context" : {"platform":"x", "contextActivities":{"parent": {"id":"urn:a"} ,)"
        R"("other":[{"id":"urn:b"}],"category":{"id":"urn:c"}}})";
    const std::string listed =
        R"("context" : {"platform":"x", "contextActivities":{"parent": [{"id":"urn:a"}] ,)"
        R"("other":[{"id":"urn:b"}],"category":[{"id":"urn:c"}]}})";
    for (const auto version : {Version::v1_0_3, Version::v2_0}) {
        EXPECT_EQ(stored("{" + context + "," + ids + "}", version), "{" + listed + "," + ids + ours + "}");
        EXPECT_EQ(
            stored(R"({"object":{)" + context + R"(,"objectType":"SubStatement"},)" + ids + "}", version),
            R"({"object":{)" + listed + R"(,"objectType":"SubStatement"},)" + ids + ours + "}");
    }
}

TEST(StoredBody, TheFullStatementIsValidInBothEditions) {
    for (const auto version : {Version::v1_0_3, Version::v2_0}) {
        const auto body = stored(full_statement().dump(2), version);
        EXPECT_THAT(validate_statement(json::parse(with_stored(body, Instant{}, true)), "", version),
                    testing::IsEmpty());
    }
}

TEST(StoredBody, TheSameRequestBodySlicedApart) {
    const std::string body = " [ {" + ids + "} , {\"x\":[\"]\",{}], " + ids + "}]";
    const auto slices = statement_slices(body);
    ASSERT_EQ(slices.size(), 2u);
    EXPECT_EQ(slices[0], "{" + ids + "}");
    EXPECT_EQ(slices[1], "{\"x\":[\"]\",{}], " + ids + "}");
    EXPECT_THAT(statement_slices(" {\"a\":[1,\"\\\\\"]} "), testing::ElementsAre("{\"a\":[1,\"\\\\\"]}"));
    for (const char* text : {"", "[]", " [ ] ", "7", "\"x\""})
        EXPECT_THAT(statement_slices(text), testing::IsEmpty());
}

}  // namespace
}  // namespace capbridge::xapi
