#include "core/base/problem.hpp"

#include <gtest/gtest.h>

namespace capbridge {
namespace {

TEST(ErrorText, TellsWhereWhatAndCode) {
    EXPECT_EQ((Error{"invalid_json", "is not JSON", "a.json", 12}).text(),
              "a.json:12: is not JSON [invalid_json]");
    EXPECT_EQ((Error{"not_found", "there is no such file", "a.json", 0}).text(),
              "a.json: there is no such file [not_found]");
    EXPECT_EQ((Error{"internal", "broken", "", 3}).text(), "broken [internal]");
}

TEST(ProblemText, TellsFileLinePointerAndCode) {
    const Problem error{Problem::Severity::error, "unknown_level", "/claims/0/level", "unknown level 'x'",
                        12};
    EXPECT_EQ(error.text("mapping.json"),
              "mapping.json:12: /claims/0/level: unknown level 'x' [unknown_level]");
    const Problem whole{Problem::Severity::error, "type", "", "must be an object", 0};
    EXPECT_EQ(whole.text("a.json"), "a.json: must be an object [type]");
    const Problem warning{Problem::Severity::warning, "unused", "/a", "is unused", 0};
    EXPECT_EQ(warning.text("a.json"), "a.json: warning: /a: is unused [unused]");
}

TEST(Problems, AWarningAloneIsNoError) {
    const Problem warning{Problem::Severity::warning, "unused", "/a", "is unused", 0};
    const Problem error{Problem::Severity::error, "type", "/b", "is wrong", 0};
    EXPECT_FALSE(has_errors({}));
    EXPECT_FALSE(has_errors({warning}));
    EXPECT_TRUE(has_errors({warning, error}));
}

TEST(Problems, TheErrorOfADocumentListsThemALineEach) {
    const Problems problems{{Problem::Severity::error, "type", "/a", "is wrong", 1},
                            {Problem::Severity::error, "type", "/b", "too", 2}};
    EXPECT_EQ(problems_text(problems, "f"), "f:1: /a: is wrong [type]\nf:2: /b: too [type]");
    EXPECT_EQ(problems_text({}, "f"), "");
    const auto error = problems_error(problems, "f");
    EXPECT_EQ(error.code, "invalid_document");
    EXPECT_EQ(error.message, problems_text(problems, "f"));
}

Result<int> half(int number) {
    if (number % 2 != 0) return fail("odd", "is odd", "/n", 7);
    return number / 2;
}
Result<int> quarter(int number) {
    CAPBRIDGE_LET(const int once, half(number));
    CAPBRIDGE_LET(const int twice, half(once));
    return twice;
}
Status is_even(int number) {
    CAPBRIDGE_TRY(half(number));
    return {};
}

TEST(ResultMacros, LeaveWithTheErrorUntouched) {
    EXPECT_EQ(quarter(8).value(), 2);
    const auto refused = quarter(6);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().text(), "/n:7: is odd [odd]");
    EXPECT_TRUE(is_even(2));
    EXPECT_EQ(is_even(3).error().code, "odd");
}

}  // namespace
}  // namespace capbridge
