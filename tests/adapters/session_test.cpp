// The wire between the host and an adapter's process: what only shows when the host's half is played by the
// test.
#include "adapters/session.hpp"

#include <map>

#include "adapters/fixture.hpp"
#include "bridge/adapter.h"
#include "core/base/ids.hpp"

namespace capbridge::adapters {
namespace {

// Answers http_send as it is told to, and counts what came.
class FakeWeb : public Session::Listener {
public:
    std::function<Status(const Frame&, const json& requests, Session&)> answer;
    std::vector<std::size_t> questions;  // how many requests each had
    std::vector<json> requests, records;

    Status on_frame(const Frame& frame, Session& session) override {
        if (frame.kind == FrameKind::emit) records.push_back(json::parse(frame.body)["record"]);
        if (frame.kind != FrameKind::http_send) return {};
        const auto body = json::parse(frame.body);
        questions.push_back(body["requests"].size());
        for (const auto& r : body["requests"]) requests.push_back(r);
        return answer(frame, body["requests"], session);
    }
};

Status tell(Session& session, const Frame& frame, FrameKind kind, const json& body) {
    return session.tell(kind, frame.call, body.dump());
}

class SessionTest : public AdapterTest {
protected:
    SessionTest() { use_sample(); }
    Status pull_with(FakeWeb& web, const json& settings, const std::atomic<bool>* stop = nullptr) {
        CAPBRIDGE_LET(const auto adapter, catalogue().find("test.sample"));
        CAPBRIDGE_LET(const auto session, open_session(spec, adapter, web));
        CAPBRIDGE_TRY(configure(*session, spec, adapter.id, settings, false, web, true));
        auto done = session->call(FrameKind::pull, {{"cursor", ""}}, {milliseconds(10'000)}, web, stop);
        if (!done) return fail(std::move(done).error());
        return {};
    }
    using milliseconds = std::chrono::milliseconds;
};

TEST_F(SessionTest, HttpAnswersReachTheOneWhoAskedWhateverTheirOrder) {
    FakeWeb web;
    const std::string page(700'000, 'p');
    web.answer = [&](const Frame& frame, const json& requests, Session& session) -> Status {
        for (std::size_t i = requests.size(); i-- > 0;) {
            CAPBRIDGE_TRY(
                tell(session, frame, FrameKind::http_head,
                     {{"index", i}, {"status", 200 + i}, {"headers", {{"content-type", "text/x"}}}}));
        }
        for (std::size_t at = 0; at < page.size(); at += kMaxHttpChunk) {
            for (std::size_t i = 0; i < requests.size(); ++i)
                CAPBRIDGE_TRY(tell(session, frame, FrameKind::http_body,
                                   {{"index", i}, {"base64", base64(page.substr(at, kMaxHttpChunk))}}));
        }
        for (std::size_t i = 0; i < requests.size(); ++i)
            CAPBRIDGE_TRY(tell(session, frame, FrameKind::http_end, {{"index", i}, {"class", "ok"}}));
        return session.answer(frame.call, json::object());
    };
    const auto pulled = pull_with(web, {{"do", "http"}, {"requests", 3}, {"size", 10}});
    ASSERT_TRUE(pulled) << pulled.error().text();
    ASSERT_EQ(web.records.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(web.records[i]["status"], 200 + i);
        EXPECT_EQ(web.records[i]["size"], 700'000);
        EXPECT_EQ(web.records[i]["type"], "text/x");
        EXPECT_EQ(web.records[i]["code"], 0);
    }
    EXPECT_EQ(web.requests[0]["method"], "POST");
    EXPECT_EQ(web.requests[0]["url"], "https://lms.example.org/0");
    EXPECT_EQ(web.requests[0]["headers"]["accept"], "text/\"plain\"");
    EXPECT_EQ(web.requests[0]["auth"], "lms");
    EXPECT_EQ(web.requests[0]["safe"], true);
    EXPECT_EQ(web.requests[0]["timeout_ms"], 1000);
    EXPECT_EQ(web.requests[0]["body"], "bbbbbbbbbb");
    EXPECT_FALSE(web.requests[1].contains("safe"));
    EXPECT_EQ(web.requests[1]["body_base64"], base64("\xff\x01"
                                                     "bbbbbbbbbb"));
}

Status end_all(const Frame& frame, const json& requests, Session& session) {
    for (std::size_t i = 0; i < requests.size(); ++i)
        CAPBRIDGE_TRY(tell(session, frame, FrameKind::http_end,
                           {{"index", i}, {"class", "retry"}, {"user", "Busy."}, {"retry_after_ms", 1234}}));
    return session.answer(frame.call, json::object());
}

TEST_F(SessionTest, ManyRequestsAreSplitIntoFrames) {
    FakeWeb many;
    many.answer = end_all;
    ASSERT_TRUE(pull_with(many, {{"do", "http"}, {"requests", 150}, {"size", 10}}));
    EXPECT_EQ(many.questions, (std::vector<std::size_t>{64, 64, 22}));
    ASSERT_EQ(many.records.size(), 150u);
    EXPECT_EQ(many.requests[149]["url"], "https://lms.example.org/149");
    EXPECT_EQ(many.records[149]["code"], BRIDGE_RETRY);
    EXPECT_EQ(many.records[149]["retry"], 1234);
    EXPECT_EQ(many.records[149]["why"], "Busy.");

    FakeWeb large;
    large.answer = end_all;
    ASSERT_TRUE(pull_with(large, {{"do", "http"}, {"requests", 5}, {"size", 500'000}}));
    EXPECT_EQ(large.questions, (std::vector<std::size_t>{1, 1, 2, 1})) << "the second is base64, and longer";
    EXPECT_EQ(large.records.size(), 5u);

    FakeWeb too_large;
    too_large.answer = end_all;
    ASSERT_TRUE(pull_with(too_large, {{"do", "http"}, {"requests", 1}, {"size", 1'200'000}}));
    EXPECT_TRUE(too_large.questions.empty());
    EXPECT_EQ(too_large.records[0]["code"], BRIDGE_REJECTED);
}

TEST_F(SessionTest, WhatTheHostRefusesOrForgetsStillEndsEachRequest) {
    FakeWeb web;
    web.answer = [](const Frame& frame, const json&, Session& session) {
        return session.refuse(frame.call, "unsupported", "Not here.");
    };
    ASSERT_TRUE(pull_with(web, {{"do", "http"}, {"requests", 2}, {"size", 1}}));
    EXPECT_EQ(web.records[1]["code"], BRIDGE_UNSUPPORTED);
    EXPECT_EQ(web.records[1]["why"], "Not here.");

    FakeWeb forgetful;
    forgetful.answer = [](const Frame& frame, const json&, Session& session) -> Status {
        CAPBRIDGE_TRY(tell(session, frame, FrameKind::http_head, {{"index", 99}, {"status", 200}}));
        CAPBRIDGE_TRY(tell(session, frame, FrameKind::http_head, {{"index", 0}, {"status", 200}}));
        CAPBRIDGE_TRY(tell(session, frame, FrameKind::http_body, {{"index", 0}, {"base64", "not base64!"}}));
        CAPBRIDGE_TRY(tell(session, frame, FrameKind::http_end, {{"index", 0}, {"class", "ok"}}));
        return session.answer(frame.call, json::object());
    };
    ASSERT_TRUE(pull_with(forgetful, {{"do", "http"}, {"requests", 2}, {"size", 1}}));
    EXPECT_EQ(forgetful.records[0]["code"], BRIDGE_INTERNAL);
    EXPECT_EQ(forgetful.records[1]["code"], BRIDGE_INTERNAL);
}

TEST_F(SessionTest, ACancelEndsTheRequestsThatWereNotSent) {
    FakeWeb web;
    std::atomic<bool> stop = false;
    web.answer = [&](const Frame& frame, const json&, Session& session) {
        stop = true;
        return session.refuse(frame.call, "cancelled", "Cancelled.");
    };
    const auto pulled = pull_with(web, {{"do", "http"}, {"requests", 200}, {"size", 1}}, &stop);
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, "adapter_cancelled");
    EXPECT_EQ(web.questions.size(), 1u);
}

TEST_F(SessionTest, TheSandboxIsReported) {
    const auto sandbox = catalogue().sandbox();
    ASSERT_TRUE(sandbox.is_object());
    EXPECT_TRUE(sandbox["missing"].is_array());
    EXPECT_TRUE(sandbox["landlock"].is_number());
    EXPECT_TRUE(sandbox["seccomp"].is_boolean());
}

// ---- writing back, and finding accounts ----

class PushTest : public SessionTest {
protected:
    // The keys pushed, each with its receipt or error.
    std::map<std::string, Result<json>> heard;
    Status push(std::vector<std::string> keys) {
        heard.clear();
        std::size_t at = 0;
        return source("test.sample", {{"do", "push"}})
            ->push(
                [&]() -> std::optional<engine::PushItem> {
                    if (at == keys.size()) return std::nullopt;
                    return engine::PushItem{"competency_held", keys[at++], {{"n", at}}, json{{"old", at}}};
                },
                [&](const engine::PushItem& item, const Result<json>& receipt) {
                    heard.emplace(item.key, receipt);
                    return on_done ? on_done() : Status{};
                },
                cancel);
    }
    std::function<Status()> on_done;
};

TEST_F(PushTest, ReceiptsComeBackAndOneRejectedRecordStopsNothing) {
    const auto pushed = push({"a", "rejected", "no receipt", "b"});
    ASSERT_TRUE(pushed) << pushed.error().text();
    ASSERT_EQ(heard.size(), 4u);
    EXPECT_EQ((*heard.at("a"))["kind"], "competency_held");
    EXPECT_EQ((*heard.at("a"))["record"]["n"], 1);
    EXPECT_EQ((*heard.at("a"))["previous"]["old"], 1);
    EXPECT_EQ(heard.at("rejected").error().code, "adapter_rejected");
    EXPECT_TRUE(heard.at("no receipt")->is_null());
    EXPECT_EQ((*heard.at("b"))["times"], 2) << "one process for all of them";
}

TEST_F(PushTest, EveryOtherErrorEndsThePushingAndIsHeard) {
    for (const auto& [key, code] : std::map<std::string, std::string>{
             {"later", "adapter_retry"}, {"crash", "adapter_crashed"}, {"no json", "adapter_internal"}}) {
        const auto pushed = push({"a", key, "b"});
        ASSERT_FALSE(pushed) << key;
        EXPECT_EQ(pushed.error().code, code);
        EXPECT_EQ(heard.at(key).error().code, code);
        EXPECT_EQ(heard.count("b"), 0u);
    }
    on_done = [] { return Status(fail("disk_full", "")); };
    EXPECT_EQ(push({"a", "b"}).error().code, "disk_full");
    EXPECT_EQ(heard.size(), 1u);
    cancel = true;
    EXPECT_EQ(push({"a"}).error().code, "adapter_cancelled");
    EXPECT_TRUE(push({})) << "nothing to do needs no process";
}

TEST_F(SessionTest, AccountsAreFoundInPartsOfFiveHundred) {
    auto identifiers = json::array();
    for (int i = 0; i < 1'234; ++i)
        identifiers.push_back({{"scheme", "email"}, {"issuer", ""}, {"value", std::to_string(i)}});
    const auto found = source("test.sample", {{"do", "find"}})->find_users(identifiers, cancel);
    ASSERT_TRUE(found) << found.error().text();
    ASSERT_EQ(found->size(), 617u);
    for (std::size_t i = 0; i < found->size(); ++i) {
        EXPECT_EQ((*found)[i]["index"], 2 * i);
        EXPECT_EQ((*found)[i]["identifiers"][0]["value"], "u" + std::to_string(2 * i));
    }
    const auto liar =
        source("test.sample", {{"do", "liar"}})->find_users(json::array({identifiers[0]}), cancel);
    ASSERT_FALSE(liar);
    EXPECT_EQ(liar.error().code, "adapter_protocol");
    EXPECT_EQ(source("test.no_source", json::object())->find_users(identifiers, cancel).error().code,
              "adapter_unsupported");
}

}  // namespace
}  // namespace capbridge::adapters
