// What the HTTP adapters share (plugins/common): instants, rows out of hostile bodies, links, classes of
// errors.
#include <gtest/gtest.h>

#include "common/answer.hpp"
#include "common/fingerprint.hpp"
#include "common/instant.hpp"
#include "common/link.hpp"
#include "common/rows.hpp"

namespace {

using namespace plugins;

TEST(Instant, ReadsWhatInterfacesWriteAndNothingElse) {
    EXPECT_EQ(read_instant("1970-01-01T00:00:01Z"), 1'000'000);
    EXPECT_EQ(read_instant("1970-01-01T01:00:00.5+01:00"), 500'000);
    EXPECT_EQ(read_instant("1970-01-01T00:00:00+0100"), -3'600'000'000);
    EXPECT_EQ(read_instant("1970-01-01T00:00:00.123456789Z"), 123'456);
    EXPECT_EQ(read_instant("1970-01-01T00:00:00", Bare::utc), 0);
    for (const char* bad :
         {"", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-02-30T00:00:00Z", "1970-01-01T24:00:00Z",
          "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00+1", "1970-01-01T00:00:00Zx", "1970-1-01T00:00:00Z",
          "+970-01-01T00:00:00Z", "1970-01-01T00:00:00+99:00", "1970-01-01T00:00:00Z "})
        EXPECT_FALSE(read_instant(bad)) << bad;
}

TEST(Instant, WritesWhatItReads) {
    for (const char* text : {"2026-03-01T09:30:00Z", "2026-03-01T09:30:00.1Z", "1969-12-31T23:59:59.999999Z",
                             "2000-02-29T00:00:00.000001Z"})
        EXPECT_EQ(write_instant(*read_instant(text)), text);
}

TEST(Instant, ReadsTheDateHeader) {
    EXPECT_EQ(read_http_date("Sun, 01 Mar 2026 09:30:00 GMT"), read_instant("2026-03-01T09:30:00Z"));
    EXPECT_FALSE(read_http_date("Sun, 01 Foo 2026 09:30:00 GMT"));
    EXPECT_FALSE(read_http_date("2026-03-01T09:30:00Z"));
}

TEST(Rows, OneBrokenRowCostsOneRow) {
    const std::string body = "[{\"a\":\"]\\\"\"}, \"\xff\", 1e999, [[1],{\"b\":[]}] ,tru]";
    const auto rows = raw_elements(body);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 5u);
    EXPECT_TRUE(parse_row((*rows)[0]));
    EXPECT_FALSE(parse_row((*rows)[1]));
    EXPECT_EQ((*rows)[3], "[[1],{\"b\":[]}]");
    EXPECT_FALSE(parse_row((*rows)[4]));
}

TEST(Rows, EveryCutIsSeen) {
    const std::string body = R"({"statements":[{"id":"x","n":[1,2]},{}],"more":"/m\"ore"})";
    EXPECT_TRUE(raw_members(body));
    for (std::size_t n = 0; n < body.size(); ++n)
        EXPECT_FALSE(raw_members(std::string_view(body).substr(0, n))) << n;
    EXPECT_FALSE(raw_members(body + "x"));
    EXPECT_EQ(raw_elements("[]")->size(), 0u);
    EXPECT_FALSE(raw_elements("[,]"));
    EXPECT_FALSE(raw_elements("[1,]"));
}

TEST(Rows, NoDepthExhaustsTheStack) {
    const std::string deep = std::string(3'000'000, '[') + std::string(3'000'000, ']');
    const auto rows = raw_elements(deep);
    ASSERT_TRUE(rows);
    EXPECT_FALSE(parse_row((*rows)[0]));
    EXPECT_FALSE(raw_elements(std::string(3'000'000, '[')));
}

TEST(Links, FindsTheNextPage) {
    bridge::HttpAnswer answer;
    answer.headers = {
        {"link",
         "<https://a.example/x?a=1,2>; rel=\"current\", "
         "<https://a.example/x?page=bookmark:WzFd>; rel=\"next\", <https://a.example/>; rel=first"}};
    EXPECT_EQ(link_of(answer, "next"), "https://a.example/x?page=bookmark:WzFd");
    EXPECT_EQ(link_of(answer, "first"), "https://a.example/");
    EXPECT_EQ(link_of(answer, "last"), "");
    answer.headers = {{"link", "<https://a.example/1>; rel=prev"},
                      {"link", "<https://a.example/2>; Rel=\"x NEXT\""}};
    EXPECT_EQ(link_of(answer, "next"), "https://a.example/2");
    answer.headers = {{"link", "<https://a.example/1; rel=next"}};
    EXPECT_EQ(link_of(answer, "next"), "");
}

TEST(Links, StayOnTheOrigin) {
    const std::string base = "https://LRS.example:443/xapi/statements?limit=5";
    EXPECT_EQ(same_origin(base, "/xapi/more?t=1", "it"), "https://LRS.example:443/xapi/more?t=1");
    EXPECT_EQ(same_origin(base, "https://lrs.example/m", "it"), "https://lrs.example/m");
    EXPECT_EQ(same_origin(base, "?t=2", "it"), "https://LRS.example:443/xapi/statements?t=2");
    EXPECT_EQ(same_origin(base, "more?t=2", "it"), "https://LRS.example:443/xapi/more?t=2");
    EXPECT_EQ(resolved("https://h.example", "m"), "https://h.example/m");
    for (const char* elsewhere :
         {"https://evil.example/m", "//evil.example/m", "http://lrs.example/m", "https://lrs.example:444/m"})
        EXPECT_THROW((void)same_origin(base, elsewhere, "it"), bridge::Failure) << elsewhere;
    EXPECT_EQ(origin_of("https://lrs.example@evil.example/"), "");
}

TEST(Fingerprint, TellsPartsApart) {
    EXPECT_EQ(fingerprint({"a", "b"}), fingerprint({"a", "b"}));
    EXPECT_NE(fingerprint({"ab", ""}), fingerprint({"a", "b"}));
    EXPECT_EQ(fingerprint({}).size(), 16u);
}

TEST(Answer, EveryStatusHasItsClass) {
    const auto class_of = [](int status) {
        bridge::HttpAnswer answer;
        answer.status = status;
        try {
            require_success(answer, "it");
        } catch (const bridge::Failure& f) {
            return f.code;
        }
        return std::int32_t{BRIDGE_OK};
    };
    EXPECT_EQ(class_of(200), BRIDGE_OK);
    EXPECT_EQ(class_of(302), BRIDGE_CONFIG);
    EXPECT_EQ(class_of(401), BRIDGE_AUTH);
    EXPECT_EQ(class_of(403), BRIDGE_CONFIG);
    EXPECT_EQ(class_of(404), BRIDGE_NOT_FOUND);
    EXPECT_EQ(class_of(429), BRIDGE_RETRY);
    EXPECT_EQ(class_of(503), BRIDGE_RETRY);
    EXPECT_EQ(class_of(418), BRIDGE_INTERNAL);
}

}  // namespace
