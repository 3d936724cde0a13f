#include "core/base/log_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "core/base/log_context.hpp"

namespace capbridge {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class LogSettings : public testing::Test {
protected:
    ~LogSettings() override {
        log::set_tap({});
        log::set_format(log::Format::plain);
        log::set_levels({});
    }
    template <class F>
    static std::string captured(F&& write) {
        testing::internal::CaptureStderr();
        write();
        return testing::internal::GetCapturedStderr();
    }
};

TEST_F(LogSettings, JsonLinesHaveOneObjectEach) {
    log::set_format(log::Format::json);
    const auto line = captured([] {
        log::warn("store.commit_failed", {{"code", "store_full"}, {"text", "a \"b\"\n\xff"}});
    });
    ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["level"], "warning");
    EXPECT_EQ(json["event"], "store.commit_failed");
    EXPECT_EQ(json["component"], "store");
    EXPECT_EQ(json["fields"]["code"], "store_full");
    EXPECT_THAT(json["time"].get<std::string>(), testing::MatchesRegex("[0-9-]{10}T[0-9:.]{12}Z"));
    EXPECT_FALSE(json.contains("request"));
}

TEST_F(LogSettings, EveryLineOfARequestHasItsIds) {
    const log::Scope scope({"abc-1", log::Trace{std::string(32, 'a'), std::string(16, 'b'), "01"}});
    EXPECT_THAT(captured([] {
                    log::info("event", {{"k", "v"}});
                }),
                EndsWith(" event k=v request=abc-1 trace=" + std::string(32, 'a') + "\n"));
    {
        const log::Scope inner({"other"});
        EXPECT_THAT(captured([] { log::info("event"); }), EndsWith(" event request=other\n"));
    }
    EXPECT_EQ(log::context().request, "abc-1");
    std::string elsewhere;
    std::thread([&] { elsewhere = log::context().request; }).join();
    EXPECT_EQ(elsewhere, "");
}

TEST_F(LogSettings, AComponentMayHaveALevelOfItsOwn) {
    log::set_levels({log::Level::warn, {{"store", log::Level::debug}}});
    EXPECT_THAT(captured([] { log::debug("store.settled"); }), HasSubstr("store.settled"));
    EXPECT_EQ(captured([] { log::info("http.answer"); }), "");
    EXPECT_EQ(captured([] { log::info("serving"); }), "");
}

TEST_F(LogSettings, ALevelForAWhileGoesBackByItself) {
    using namespace std::chrono_literals;
    log::set_levels({log::Level::info, {}});
    log::set_level_for(log::Level::debug, "http", 1s);
    EXPECT_THAT(captured([] { log::debug("http.detail"); }), HasSubstr("http.detail"));
    EXPECT_EQ(captured([] { log::debug("store.detail"); }), "");
    ASSERT_EQ(log::present().for_now.size(), 1u);
    std::this_thread::sleep_for(1100ms);
    EXPECT_EQ(captured([] { log::debug("http.detail"); }), "");
    EXPECT_TRUE(log::present().for_now.empty());
    EXPECT_EQ(log::present().levels.all, log::Level::info);
}

TEST_F(LogSettings, TheTapHearsWhatIsWritten) {
    std::vector<std::string> heard;
    log::set_tap([&](const log::Line& line) { heard.push_back(line.event); });
    captured([] {
        log::info("one");
        log::debug("two");
    });
    log::set_tap({});
    captured([] { log::info("three"); });
    EXPECT_THAT(heard, testing::ElementsAre("one"));
}

TEST(LogContext, IdsThatComeAreTakenWhenTheyAreSane) {
    EXPECT_EQ(log::request_id("abc-DEF_1.2:3"), "abc-DEF_1.2:3");
    for (const std::string bad : {"", "a b", "a\nb", "a@b.example", "\xff", "a\"b"}) {
        const auto made = log::request_id(bad);
        EXPECT_EQ(made.size(), 16u) << bad;
        EXPECT_NE(made, log::request_id(bad));
    }
    EXPECT_EQ(log::request_id(std::string(65, 'a')).size(), 16u);
}

TEST(LogContext, ATraceIsContinuedWithASpanOfOurs) {
    const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736";
    const auto trace = log::continue_trace("00-" + id + "-00f067aa0ba902b7-01");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->id, id);
    EXPECT_NE(trace->span, "00f067aa0ba902b7");
    EXPECT_EQ(log::traceparent(*trace), "00-" + id + "-" + trace->span + "-01");
    EXPECT_TRUE(log::continue_trace("cc-" + id + "-00f067aa0ba902b7-01-what-is-new"));
    const std::string parent = "-00f067aa0ba902b7";
    const std::vector<std::string> spoilt{"",
                                          "00",
                                          "00-" + id + parent,
                                          "ff-" + id + parent + "-01",
                                          "00-" + id + parent + "-01-more",
                                          "00-" + std::string(32, '0') + parent + "-01",
                                          "00-" + id + "-0000000000000000-01",
                                          "00-4BF92F3577B34DA6A3CE929D0E0E4736" + parent + "-01",
                                          "00_" + id + parent + "-01",
                                          "cc-" + id + parent + "-01x"};
    for (const auto& bad : spoilt) EXPECT_FALSE(log::continue_trace(bad)) << bad;
}

}  // namespace
}  // namespace capbridge
