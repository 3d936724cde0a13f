#include "core/base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace capbridge {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

template <class F>
std::string captured(F&& write) {
    testing::internal::CaptureStderr();
    write();
    return testing::internal::GetCapturedStderr();
}

std::string value_of(const std::string& value) {
    const auto line = captured([&] { log::info("event", {{"key", value}}); });
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    const auto at = line.find("key=");
    return at == std::string::npos ? line : line.substr(at + 4, line.size() - at - 5);
}

TEST(Log, AnEventIsOneLine) {
    const auto line = captured([] { log::warn("run_failed", {{"source", "lms"}, {"rows", "12"}}); });
    EXPECT_THAT(line, testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}"
                                            "Z warning run_failed source=lms rows=12\n"));
    EXPECT_THAT(captured([] { log::error("broken"); }), EndsWith(" error broken\n"));
}

TEST(Log, ValuesAreQuotedWhereTheyMustBe) {
    EXPECT_EQ(value_of("plain/value:1"), "plain/value:1");
    EXPECT_EQ(value_of("two words"), "\"two words\"");
    EXPECT_EQ(value_of(""), "\"\"");
    EXPECT_EQ(value_of("a\"b\\c"), "\"a\\\"b\\\\c\"");
    EXPECT_EQ(value_of("{} {0}"), "\"{} {0}\"") << "a value is no format";
}

TEST(Log, NoValueForgesAnEventOrCommandsATerminal) {
    EXPECT_EQ(value_of("x\n2026-01-01T00:00:00.000Z error forged"),
              "\"x 2026-01-01T00:00:00.000Z error forged\"");
    EXPECT_EQ(value_of("x\r\ny"), "\"x  y\"");
    EXPECT_EQ(value_of("x\ty"), "\"x y\"");
    EXPECT_EQ(value_of("\x1b[2Jx"), "\" [2Jx\"");
    EXPECT_EQ(value_of(std::string("a\0b", 3)), "\"a b\"");
}

TEST(Log, TheLevelDecidesWhatIsWritten) {
    log::set_level(log::Level::warn);
    EXPECT_EQ(captured([] { log::info("quiet"); }), "");
    EXPECT_THAT(captured([] { log::warn("loud"); }), HasSubstr("loud"));
    log::set_level(log::Level::debug);
    EXPECT_THAT(captured([] { log::debug("detail"); }), HasSubstr("debug detail"));
    log::set_level(log::Level::info);
    EXPECT_EQ(captured([] { log::debug("detail"); }), "");
}

}  // namespace
}  // namespace capbridge
