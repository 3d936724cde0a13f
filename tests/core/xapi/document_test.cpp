#include "core/xapi/document.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace capbridge::xapi {
namespace {

TEST(IsJsonType, WithOrWithoutParameters) {
    for (const char* type :
         {"application/json", "Application/JSON", "application/json; charset=utf-8", " application/json ;x"})
        EXPECT_TRUE(is_json_type(type)) << type;
    for (const char* type : {"", "text/json", "application/jsonp", "application/x+json", ";application/json"})
        EXPECT_FALSE(is_json_type(type)) << type;
}

TEST(MergeDocuments, TopLevelMembersTheNewOnesWinning) {
    const auto merged = merge_documents({"application/json; charset=utf-8", R"({"a":1,"b":{"x":1},"c":[1]})"},
                                        {"application/json", R"({"b":{"y":2},"d":null})"});
    ASSERT_TRUE(merged);
    EXPECT_EQ(merged->content_type, "application/json");
    EXPECT_EQ(nlohmann::json::parse(merged->body),
              nlohmann::json::parse(R"({"a":1,"b":{"y":2},"c":[1],"d":null})"));
}

TEST(MergeDocuments, OnlyJsonObjectsSentAsSuch) {
    const Document object{"application/json", "{}"};
    for (const auto& other : {Document{"text/plain", "{}"},
                              {"application/json", "[1]"},
                              {"application/json", "{"},
                              {"application/json", ""},
                              {"application/json", "\"x\""},
                              {"", "{}"},
                              {"application/json", R"({"a":1,"a":2})"}}) {
        ASSERT_FALSE(merge_documents(object, other)) << other.body;
        EXPECT_EQ(merge_documents(object, other).error().code, "not_mergeable");
        EXPECT_FALSE(merge_documents(other, object)) << other.body;
    }
    EXPECT_TRUE(merge_documents(object, object));
}

}  // namespace
}  // namespace capbridge::xapi
