#include "adapters/frame.hpp"

#include <gtest/gtest.h>

#include "adapters/json_slice.hpp"
#include "bridge/adapter.h"

namespace capbridge::adapters {
namespace {

TEST(Frame, ReadsBackWhatItWroteInPiecesOfAnySize) {
    std::string wire;
    append_frame(wire, FrameKind::emit, 0, R"({"kind":"course"})");
    append_frame(wire, FrameKind::result, 0x01020304, "{}");
    for (std::size_t piece : {1u, 2u, 5u, 9u, 100u}) {
        FrameReader reader;
        std::vector<std::string> seen;
        for (std::size_t at = 0; at < wire.size(); at += piece) {
            reader.feed(std::string_view(wire).substr(at, piece));
            for (auto next = reader.next(); next && next->has_value(); next = reader.next()) {
                seen.push_back(std::to_string((*next)->call) + std::string((*next)->body));
            }
        }
        EXPECT_EQ(seen, (std::vector<std::string>{R"(0{"kind":"course"})", "16909060{}"}));
    }
}

TEST(Frame, LayoutIsTheOneOfTheDocument) {
    std::string wire;
    append_frame(wire, FrameKind::hello, 1, "{}");
    EXPECT_EQ(wire, std::string("\x02\0\0\0\x01\0\0\0\x01{}", 11));
}

TEST(Frame, OversizedOrUnknownIsAProtocolErrorForGood) {
    for (const auto& header :
         {std::string("\x01\0\x10\0\0\0\0\0\x20", 9), std::string("\0\0\0\0\0\0\0\0\xee", 9)}) {
        FrameReader reader;
        reader.feed(header);
        ASSERT_FALSE(reader.next());
        std::string sound;
        append_frame(sound, FrameKind::alive, 0, "{}");
        reader.feed(sound);
        const auto next = reader.next();
        ASSERT_FALSE(next);
        EXPECT_EQ(next.error().code, "adapter_protocol");
    }
}

TEST(Frame, ErrorClassesHaveNames) {
    EXPECT_EQ(class_name(BRIDGE_BAD_CURSOR), "bad_cursor");
    EXPECT_EQ(class_name(4711), "internal");
    EXPECT_EQ(class_name(-1), "internal");
    for (int code = BRIDGE_OK; code <= BRIDGE_INTERNAL; ++code) EXPECT_EQ(class_code(class_name(code)), code);
    EXPECT_EQ(class_code("nonsense"), BRIDGE_INTERNAL);
}

TEST(JsonSlice, GivesMembersAsTheyStand) {
    const auto o = JsonObject::slice(
        R"( {"kind" : "a\u00e9\"b", "record":{"n": [1, -2.5e+3, true, null, {}]}, "n":12} )");
    ASSERT_TRUE(o);
    EXPECT_EQ(o->text("kind"), "a\u00e9\"b");
    EXPECT_EQ(o->raw("record"), R"({"n": [1, -2.5e+3, true, null, {}]})");
    EXPECT_TRUE(o->is_object("record"));
    EXPECT_EQ(o->raw("n"), "12");
    EXPECT_EQ(o->text("n"), std::nullopt);
    EXPECT_EQ(o->raw("absent"), "");
}

TEST(JsonSlice, RefusesWhatIsNoJsonObject) {
    for (const char* text : {"",
                             "[]",
                             "1",
                             "{",
                             "{}x",
                             "{} {}",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{\"a\":01}",
                             "{\"a\":+1}",
                             "{\"a\":1.}",
                             "{\"a\":.5}",
                             "{\"a\":1e}",
                             "{\"a\":tru}",
                             "{a:1}",
                             "{\"a\":\"\n\"}",
                             "{\"a\":\"\\x\"}",
                             "{\"a\":\"\\u12g4\"}",
                             "{\"a\":\"\\ud800\"}",
                             "{\"a\":\"\\udc00\"}",
                             "{\"a\":\"\\ud800\\u0041\"}",
                             "{\"a\":[1,]}",
                             "{\"a\":[1 2]}",
                             "{\"a\":'b'}",
                             "{\"a\":\"\xff\"}",
                             "{\"a\":NaN}"}) {
        EXPECT_FALSE(JsonObject::slice(text)) << text;
    }
    EXPECT_TRUE(JsonObject::slice(R"({"a":"\ud83d\ude00"})"));
}

TEST(JsonSlice, SeesWhatMattersAtEveryPlaceOfAString) {
    for (std::size_t length = 0; length < 40; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            const auto with = [&](const std::string& piece) {
                return R"({"a":")" + std::string(at, 'x') + piece + std::string(length - at, '~') + R"("})";
            };
            for (const char* bad : {"\n", "\"", "\\", "\x1f", "\xff", "\xc3", "\\u12"})
                EXPECT_FALSE(JsonObject::slice(with(bad))) << with(bad);
            for (const char* good : {" ", "\x7f", "\xc3\xa9", "\\n", "\\\"", "\xe2\x82\xac", "!", "[", "]"}) {
                const auto text = with(good);
                const auto sliced = JsonObject::slice(text);
                ASSERT_TRUE(sliced) << text;
                EXPECT_EQ(sliced->raw("a").size(), length + std::string(good).size() + 2);
            }
        }
    }
    EXPECT_FALSE(JsonObject::slice("{\"a\":\"" + std::string(100, 'x')));
}

TEST(JsonSlice, BoundsDepth) {
    const auto nested = [](int depth) {
        return "{\"a\":" + std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']') + "}";
    };
    EXPECT_TRUE(JsonObject::slice(nested(63)));
    EXPECT_FALSE(JsonObject::slice(nested(64)));
    EXPECT_FALSE(JsonObject::slice(nested(500'000)));
}

}  // namespace
}  // namespace capbridge::adapters
