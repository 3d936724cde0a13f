#include "core/net/syslog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/base/text.hpp"

namespace capbridge::net {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

SyslogMessage message() {
    SyslogMessage out;
    out.at = *parse_instant("2026-03-01T08:30:00.120Z");
    out.severity = 4;
    out.msgid = "store.commit_failed";
    out.fields = {{"code", "store_full"}};
    out.text = "store.commit_failed";
    return out;
}

TEST(Syslog, AMessageIsOfRfc5424) {
    EXPECT_THAT(syslog_text(message(), 16, "bridge1"),
                MatchesRegex("<132>1 2026-03-01T08:30:00.120Z bridge1 capbridge [0-9]+ store.commit_failed "
                             "\\[capbridge@32473 code=\"store_full\"\\] store.commit_failed"));
    SyslogMessage empty;
    EXPECT_THAT(syslog_text(empty, 1, ""), MatchesRegex("<14>1 [^ ]+ - capbridge [0-9]+ - -"));
}

TEST(Syslog, ValuesAreEscapedAndNamesAreClean) {
    auto m = message();
    m.fields = {{"a=b]\" c", "x\"y]z\\\nq"}};
    EXPECT_THAT(syslog_text(m, 16, "h"), HasSubstr(R"([capbridge@32473 a_b__c="x\"y\]z\\ q"] )"));
    m.msgid = "with blank and a name that is much longer than thirty-two characters";
    const auto text = syslog_text(m, 16, "host with blank\n");
    EXPECT_THAT(text, HasSubstr(" hostwithblank capbridge "));
    EXPECT_THAT(text, HasSubstr(" withblankandanamethatismuchlonge "));
}

TEST(Syslog, WhatIsTooLongIsCutBetweenCharacters) {
    auto m = message();
    m.text.clear();
    for (int i = 0; i < 40'000; ++i) m.text += "\xC3\xA9";
    m.fields = {};
    for (int i = 0; i < 100; ++i) m.fields.emplace_back("f" + std::to_string(i), std::string(10'000, 'v'));
    const auto text = syslog_text(m, 16, "h");
    EXPECT_TRUE(is_utf8(text));
    EXPECT_LT(text.size(), 128u << 10);
}

TEST(Syslog, FramesCountOctets) {
    EXPECT_EQ(syslog_frame("\xC3\xA9"), "2 \xC3\xA9");
}

TEST(Syslog, NobodyWaitsForAServerThatIsNotThere) {
    SyslogTarget target;
    target.host = "127.0.0.1";
    target.port = 1;  // nothing listens there
    const auto began = std::chrono::steady_clock::now();
    {
        const auto sender = start_syslog(target, {}, 10);
        for (int i = 0; i < 1000; ++i) sender->put(message());
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{1});
        const auto state = sender->state();
        EXPECT_GE(state.dropped, 900u);
        EXPECT_LE(state.waiting, 210u);
        EXPECT_FALSE(state.connected);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{5});
    EXPECT_EQ(try_syslog(target).error().code, "unreachable");
}

}  // namespace
}  // namespace capbridge::net
