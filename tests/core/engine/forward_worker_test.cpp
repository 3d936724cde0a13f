// One target's way through the journal: order, cursor, refusals, trouble, restarts.
#include <gmock/gmock.h>

#include "core/base/files.hpp"
#include "core/engine/forward_world.hpp"

namespace capbridge::engine::test {
namespace {

using Next = ForwardTurn::Next;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ForwardWorkerTest : public ForwardTest {};

TEST_F(ForwardWorkerTest, SendsInOrderInBatchesAndMovesTheCursor) {
    const auto last = append(0, 25);
    target({{"batch", 10}});
    EXPECT_EQ(Next::when_appended, run_worker().next);
    EXPECT_EQ(ids(0, 25), lrs.order);
    EXPECT_EQ(last, cursor());
    ASSERT_EQ(3, lrs.requests.size());
    EXPECT_EQ("https://lrs.example/xapi/statements", lrs.requests[0].url);
    EXPECT_EQ("POST", lrs.requests[0].method);
    EXPECT_THAT(lrs.requests[0].headers, ElementsAre(std::pair("X-Experience-API-Version", "1.0.3"),
                                                     std::pair("Content-Type", "application/json")));
    EXPECT_FALSE(lrs.stored.at(id(3))["stored"].is_null());
    EXPECT_EQ(25, state().delivered);
    EXPECT_EQ(Next::when_appended, run_worker().next);
    EXPECT_EQ(3, lrs.requests.size());
    append(25, 26);
    run_worker();
    EXPECT_EQ(ids(0, 26), lrs.order);
}

TEST_F(ForwardWorkerTest, ABatchIsBoundedByBytesButALargeStatementGoesAlone) {
    auto large = statement(1);
    large["result"] = {{"response", std::string(5000, 'x')}};
    append({statement(0), large, statement(2), statement(3)});
    target({{"batch_bytes", 1024}});
    run_worker();
    EXPECT_EQ(ids(0, 4), lrs.order);
    ASSERT_EQ(3, lrs.requests.size());
    EXPECT_GT(lrs.requests[1].body.size(), 5000);
    EXPECT_LT(lrs.requests[2].body.size(), 1100);
}

TEST_F(ForwardWorkerTest, ANewTargetMayBeginNow) {
    append(0, 3);
    target(json::object(), "lrs", "now");
    append(3, 5);
    run_worker();
    EXPECT_EQ(ids(3, 5), lrs.order);
}

TEST_F(ForwardWorkerTest, OtherSettingsSendNothingAgain) {
    append(0, 3);
    target(json::object(), "lrs", "now");
    append(3, 4);
    run_worker();
    ask("forward.put", {{"name", "lrs"},
                        {"kind", "lrs"},
                        {"settings", {{"url", "https://lrs.example/xapi"}, {"batch", 7}}}});
    EXPECT_EQ(Next::when_appended, run_worker().next);
    append(4, 5);
    run_worker();
    EXPECT_EQ(ids(3, 5), lrs.order);
    EXPECT_EQ(2, lrs.requests.size());
}

TEST_F(ForwardWorkerTest, GoesOnWhereItWasAfterARestart) {
    append(0, 20);
    target({{"batch", 5}});
    worker->turn();
    worker->turn();
    open();
    start_worker();
    run_worker();
    EXPECT_EQ(ids(0, 20), lrs.order);
    EXPECT_EQ(4, lrs.requests.size());
}

TEST_F(ForwardWorkerTest, WhatWasDeliveredBeforeItsAnswerWasLostIsNotDeliveredTwice) {
    target();
    for (const bool strict : {false, true}) {
        lrs.refuses_known = strict;
        const auto last = strict ? append(8, 16) : append(0, 8);
        lrs.loses_answers = true;
        EXPECT_EQ(Next::at, run_worker().next);
        EXPECT_EQ(last - 8, cursor());
        lrs.loses_answers = false;
        pass_time(10s);
        EXPECT_EQ(Next::when_appended, run_worker().next);
        EXPECT_EQ(last, cursor());
    }
    EXPECT_EQ(ids(0, 16), lrs.order);
    EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(ForwardWorkerTest, AnotherStatementOfTheSameIdIsADeadLetter) {
    const auto last = append(0, 4);
    target();
    lrs.stored[id(2)] = statement(77, {{"id", id(2)}});
    run_worker();
    ASSERT_EQ(1, dead().size());
    EXPECT_EQ(id(2), dead()[0].statement);
    EXPECT_EQ("conflict", dead()[0].code);
    EXPECT_THAT(lrs.order, ElementsAre(id(0), id(1), id(3)));
    EXPECT_EQ(last, cursor());
    EXPECT_EQ(1, state().refused);
}

TEST_F(ForwardWorkerTest, FindsTheBadStatementsOfABatchAndDeliversTheOthers) {
    const auto last = append(0, 50);
    target();
    lrs.bad = {id(7), id(8), id(49)};
    EXPECT_EQ(Next::when_appended, run_worker().next);
    std::vector<std::string> codes, letters;
    for (const auto& letter : dead()) {
        letters.push_back(letter.statement);
        codes.push_back(letter.code);
        EXPECT_EQ("the target answered 400", letter.message);
        EXPECT_EQ(1, letter.tries);
    }
    EXPECT_THAT(letters, ElementsAre(id(7), id(8), id(49)));
    EXPECT_THAT(codes, ElementsAre("refused", "refused", "refused"));
    EXPECT_EQ(47, lrs.order.size());
    EXPECT_TRUE(std::is_sorted(lrs.order.begin(), lrs.order.end(), [](const auto& a, const auto& b) {
        const auto all = ids(0, 50);
        return std::find(all.begin(), all.end(), a) < std::find(all.begin(), all.end(), b);
    }));
    EXPECT_EQ(last, cursor());
    EXPECT_LT(lrs.requests.size(), 40);
}

TEST_F(ForwardWorkerTest, ATooLargeBatchIsDividedAndATooLargeStatementADeadLetter) {
    auto large = statement(1);
    large["result"] = {{"response", std::string(3000, 'x')}};
    append({statement(0), large, statement(2)});
    lrs.script = [](const net::HttpRequest& request) -> std::optional<FakeTarget::Answer> {
        if (request.body.size() > 1000) return FakeTarget::status(413);
        return std::nullopt;
    };
    target();
    run_worker();
    ASSERT_EQ(1, dead().size());
    EXPECT_EQ("too_large", dead()[0].code);
    EXPECT_THAT(lrs.order, ElementsAre(id(0), id(2)));
}

TEST_F(ForwardWorkerTest, TroubleIsNoStatementsFault) {
    append(0, 3);
    target();
    std::vector<std::pair<FakeTarget::Answer, std::string>> troubles;
    for (const auto& [status, code] :
         std::initializer_list<std::pair<int, const char*>>{{401, "not_allowed"},
                                                            {403, "not_allowed"},
                                                            {404, "not_found"},
                                                            {429, "target_busy"},
                                                            {408, "target_busy"},
                                                            {500, "target_error"},
                                                            {503, "target_error"},
                                                            {302, "unexpected_answer"},
                                                            {418, "unexpected_answer"}})
        troubles.emplace_back(FakeTarget::status(status), code);
    for (const auto* code : {"unreachable", "tls", "timeout", "http", "too_large"})
        troubles.emplace_back(FakeTarget::error(code), code);
    for (const auto& [answer, code] : troubles) {
        lrs.script = [answer = answer](const auto&) { return std::optional(answer); };
        const auto turn = run_worker();
        EXPECT_EQ(Next::at, turn.next);
        EXPECT_EQ(code, state().error_code);
        pass_time(1h);
    }
    EXPECT_EQ(0, cursor());
    EXPECT_THAT(dead(), IsEmpty());
    lrs.script = nullptr;
    EXPECT_EQ(Next::when_appended, run_worker().next);
    EXPECT_EQ(ids(0, 3), lrs.order);
    EXPECT_EQ("", state().error_code);
    EXPECT_EQ(0, state().failures);
}

TEST_F(ForwardWorkerTest, BacksOffLongerAndLongerAndHearsRetryAfter) {
    append(0, 1);
    target();
    lrs.script = [](const auto&) { return std::optional(FakeTarget::status(503)); };
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 11; ++i) {
        const auto turn = run_worker();
        waits.push_back((turn.at - bridge->now()).count());
        const auto tries = lrs.requests.size();
        pass_time(turn.at - bridge->now() - 1ms);
        EXPECT_EQ(turn.at, run_worker().at);  // not yet
        EXPECT_EQ(tries, lrs.requests.size());
        pass_time(1ms);
    }
    EXPECT_THAT(waits,
                ElementsAre(1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 300000, 300000));
    EXPECT_EQ(11, state().failures);

    lrs.script = [](const auto&) {
        return std::optional(FakeTarget::status(429, {{"retry-after", "1200"}}));
    };
    EXPECT_EQ(bridge->now() + 1200s, run_worker().at);
    worker->try_now();
    EXPECT_EQ(Next::at, run_worker().next);
    EXPECT_EQ(13, lrs.requests.size());
    lrs.script = nullptr;
    worker->try_now();
    EXPECT_EQ(Next::when_appended, run_worker().next);
}

TEST_F(ForwardWorkerTest, TroubleInTheMiddleKeepsWhatWasSettled) {
    const auto last = append(0, 8);
    target();
    lrs.bad = {id(1)};
    int posts = 0;
    lrs.script = [&](const auto&) -> std::optional<FakeTarget::Answer> {
        // 8 (400), 4 (400), 2 (400), 1, 1 (bad), then gone
        return ++posts > 5 ? std::optional(FakeTarget::error("unreachable")) : std::nullopt;
    };
    EXPECT_EQ(Next::at, run_worker().next);
    EXPECT_EQ(last - 6, cursor());
    EXPECT_EQ(1, dead().size());
    EXPECT_EQ(1, state().delivered);
    lrs.script = nullptr;
    pass_time(2s);
    run_worker();
    EXPECT_EQ(last, cursor());
    EXPECT_EQ(7, lrs.order.size());
    EXPECT_EQ(1, dead()[0].tries);
}

TEST_F(ForwardWorkerTest, TheConflictCheckMayMeetTroubleToo) {
    append(0, 1);
    target();
    lrs.stored[id(0)] = statement(0);
    lrs.refuses_known = true;
    lrs.script = [](const net::HttpRequest& request) -> std::optional<FakeTarget::Answer> {
        return request.method == "GET" ? std::optional(FakeTarget::error("timeout")) : std::nullopt;
    };
    EXPECT_EQ(Next::at, run_worker().next);
    EXPECT_EQ(0, cursor());
    // One that may write and not read: the target keeps what it has, and a person is told.
    lrs.script = [](const net::HttpRequest& request) -> std::optional<FakeTarget::Answer> {
        return request.method == "GET" ? std::optional(FakeTarget::status(403)) : std::nullopt;
    };
    pass_time(2s);
    EXPECT_EQ(Next::when_appended, run_worker().next);
    EXPECT_EQ("conflict", dead().at(0).code);
}

TEST_F(ForwardWorkerTest, StatementsOf20GoToTargetsOf20Only) {
    append({statement(0), statement(1, {{"version", "2.0.0"}}), statement(2)});
    target();
    run_worker();
    EXPECT_THAT(lrs.order, ElementsAre(id(0), id(2)));
    EXPECT_EQ("version", dead().at(0).code);
    target({{"version", "2.0.0"}});
    EXPECT_THAT(retry_dead_letters(*bridge, client, *bridge->store().outbox().target("lrs"), {}, stopping,
                                   [](auto, auto) {})
                    ->delivered,
                1);
    EXPECT_EQ("2.0.0", lrs.requests.back().headers.at(0).second);
    EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(ForwardWorkerTest, PausedAndRemovedTargetsEnd) {
    append(0, 1);
    target();
    ask("forward.pause", {{"name", "lrs"}});
    EXPECT_EQ(Next::ended, worker->turn().next);
    ask("forward.resume", {{"name", "lrs"}});
    EXPECT_EQ(Next::when_appended, run_worker().next);
    ask("forward.remove", {{"name", "lrs"}});
    EXPECT_EQ(Next::ended, worker->turn().next);
    EXPECT_EQ(1, lrs.requests.size());
}

TEST_F(ForwardWorkerTest, ManyThatAreLeftOutMoveTheCursorToo) {
    std::vector<json> many;
    for (int n = 0; n < 5100; ++n) many.push_back(statement(n * 2));
    const auto last = append(many);
    target({{"filters", {{"verbs", {"http://adlnet.gov/expapi/verbs/failed"}}}}});
    EXPECT_EQ(Next::again, worker->turn().next);
    EXPECT_GT(cursor(), 4900);
    EXPECT_LT(cursor(), last);
    EXPECT_EQ(Next::when_appended, run_worker().next);
    EXPECT_EQ(last, cursor());
    EXPECT_THAT(lrs.requests, IsEmpty());
}

TEST_F(ForwardWorkerTest, WhoGotAStatementHearsThatItIsVoid) {
    const auto voiding = [&](int n, int of) {
        return statement(n, {{"verb", {{"id", "http://adlnet.gov/expapi/verbs/voided"}}},
                             {"object", {{"objectType", "StatementRef"}, {"id", id(of)}}}});
    };
    append({voiding(100, 4)});  // before its target comes
    append({statement(0), statement(1), voiding(101, 0), voiding(102, 1)});
    append({statement(4)});
    target({{"filters", {{"verbs", {"http://adlnet.gov/expapi/verbs/passed"}}}}});
    run_worker();
    EXPECT_THAT(lrs.order, ElementsAre(id(100), id(0), id(101), id(4)));
}

TEST_F(ForwardWorkerTest, ASourceIsWhatItsSyncsStoredAndItsCredentialsPosted) {
    store::SourceRow moodle;
    moodle.name = "moodle";
    moodle.adapter = "csv";
    moodle.settings = "{}";
    const auto uuid = bridge->store().sources().put_source(moodle)->uuid;
    append({statement(0)});
    append({statement(1)}, new_run("moodle"));
    append({statement(2)}, new_run("other"));
    append({statement(3)}, 0, "source:" + uuid);
    append({statement(4)}, 0, "credential:abc");
    target({{"filters", {{"sources", {"moodle", "not-there"}}}}});
    run_worker();
    EXPECT_THAT(lrs.order, ElementsAre(id(1), id(3)));
}

TEST_F(ForwardWorkerTest, AttachmentsGoWithTheirBytesOnceEach) {
    const std::string bytes("certificate\0\r\n--x", 18);
    const auto sha2 = sha256_hex(bytes);
    ASSERT_TRUE(bridge->store().attachments().keep(sha2, bytes));
    const json attachments = json::array({{{"usageType", "https://w3id.org/usage/certificate"},
                                           {"display", {{"en", "Certificate"}}},
                                           {"contentType", "text/x-certificate"},
                                           {"length", bytes.size()},
                                           {"sha2", sha2}}});
    const auto with = [&](store::NewStatement& one) { one.attachments = {sha2}; };
    auto inner = statement(1);
    inner.erase("id");
    inner.erase("version");
    inner["objectType"] = "SubStatement";
    inner["attachments"] = attachments;
    append({statement(0, {{"attachments", attachments}}), statement(1, {{"object", inner}})}, 0, "", with);
    target();
    lrs.script = [](const auto&) { return std::optional(FakeTarget::status(200)); };
    EXPECT_EQ(Next::when_appended, run_worker().next);
    ASSERT_EQ(1, lrs.requests.size());
    const auto& [name, type] = lrs.requests[0].headers.back();
    EXPECT_EQ("Content-Type", name);
    const auto parts = xapi::read_multipart(lrs.requests[0].body, type);
    ASSERT_TRUE(parts) << parts.error().text();
    ASSERT_EQ(2, parts->size());
    EXPECT_EQ(2, json::parse((*parts)[0].bytes).size());
    EXPECT_EQ(bytes, (*parts)[1].bytes);
    EXPECT_EQ(sha2, (*parts)[1].hash);
    EXPECT_EQ("text/x-certificate", (*parts)[1].content_type);

    // Bytes that are gone from the disk are one statement's trouble, not the target's.
    std::filesystem::remove(*bridge->store().attachments().path(sha2));
    append({statement(2, {{"attachments", attachments}})}, 0, "", with);
    append(3, 4);
    EXPECT_EQ(Next::when_appended, run_worker().next);
    EXPECT_EQ("attachment_missing", dead().at(0).code);
    EXPECT_EQ(2, lrs.requests.size());
}

TEST_F(ForwardWorkerTest, WithoutAUserTheSecretIsABearerToken) {
    ::setenv("CAPBRIDGE_TEST_TOKEN", "hush", 1);
    append(0, 1);
    target({{"secret_env", "CAPBRIDGE_TEST_TOKEN"}});
    run_worker();
    EXPECT_EQ("", lrs.requests.at(0).user);
    EXPECT_THAT(lrs.requests[0].headers,
                ::testing::Contains(std::pair<std::string, std::string>("Authorization", "Bearer hush")));
}

TEST_F(ForwardWorkerTest, AWebhookGetsASignedDocument) {
    const auto secret = dir / "secret";
    std::filesystem::create_directories(dir);
    ASSERT_TRUE(write_file(secret, "hush\n", 0600));
    append(0, 3);
    target({{"url", "https://hooks.example/in?x=1"}, {"secret_file", secret.string()}, {"batch", 2}},
           "webhook");
    lrs.script = [](const auto&) { return std::optional(FakeTarget::error("timeout")); };
    run_worker();
    lrs.script = nullptr;
    pass_time(5s);
    run_worker();
    ASSERT_EQ(3, lrs.requests.size());
    const auto header = [&](std::size_t request, const std::string& name) -> std::string {
        for (const auto& [key, value] : lrs.requests[request].headers) {
            if (key == name) return value;
        }
        return "";
    };
    EXPECT_EQ("https://hooks.example/in?x=1", lrs.requests[0].url);
    // The same delivery again, at another time.
    EXPECT_TRUE(is_uuid(header(0, "X-Capbridge-Delivery")));
    EXPECT_EQ(header(0, "X-Capbridge-Delivery"), header(1, "X-Capbridge-Delivery"));
    EXPECT_NE(header(1, "X-Capbridge-Delivery"), header(2, "X-Capbridge-Delivery"));
    EXPECT_EQ("1780304405", header(1, "X-Capbridge-Timestamp"));
    EXPECT_EQ("v1=" + hmac_sha256_hex("hush", "1780304405." + lrs.requests[1].body),
              header(1, "X-Capbridge-Signature"));
    EXPECT_EQ("", header(0, "X-Experience-API-Version"));
    const auto body = json::parse(lrs.requests[1].body);
    EXPECT_EQ("lrs", body["target"]);
    EXPECT_EQ(2, body["statements"].size());
    EXPECT_EQ(ids(0, 3), lrs.order);
}

TEST_F(ForwardWorkerTest, ASecretThatCannotBeReadIsTroubleUntilItIsMended) {
    const auto secret = dir / "secret";
    append(0, 1);
    target({{"user", "key"}, {"secret_file", secret.string()}});
    EXPECT_EQ(Next::at, run_worker().next);
    EXPECT_EQ("secret", state().error_code);
    ASSERT_TRUE(write_file(secret, "hush\n", 0644));
    pass_time(5s);
    run_worker();
    EXPECT_EQ("secret", state().error_code);
    EXPECT_THAT(lrs.requests, IsEmpty());
    ASSERT_TRUE(write_file(secret, "hush\n", 0640));
    pass_time(5s);
    EXPECT_EQ(Next::when_appended, run_worker().next);
    EXPECT_EQ("key", lrs.requests[0].user);
    EXPECT_EQ("hush", lrs.requests[0].secret);
}

TEST_F(ForwardWorkerTest, RetriedDeadLettersAreDeliveredOrTriedAgain) {
    append(0, 5);
    target();
    lrs.bad = {id(1), id(3)};
    run_worker();
    lrs.bad = {id(3)};
    const auto row = *bridge->store().outbox().target("lrs");
    const auto none = [](auto, auto) {};
    EXPECT_EQ("not_found", retry_dead_letters(*bridge, client, row, 1, stopping, none).error().code);
    const auto report = retry_dead_letters(*bridge, client, row, {}, stopping, none);
    ASSERT_TRUE(report);
    EXPECT_EQ(2, report->tried);
    EXPECT_EQ(1, report->delivered);
    EXPECT_EQ(1, report->left);
    EXPECT_EQ(2, dead().at(0).tries);
    EXPECT_EQ(row.cursor, cursor());
    lrs.script = [](const auto&) { return std::optional(FakeTarget::error("unreachable")); };
    const auto troubled = retry_dead_letters(*bridge, client, row, dead()[0].seq, stopping, none);
    EXPECT_EQ("unreachable", troubled->trouble->code);
    EXPECT_EQ(2, dead().at(0).tries);
}

TEST(RetryAfter, IsSecondsOrADate) {
    const auto now = *parse_instant("2026-06-01T09:00:00Z");
    EXPECT_EQ(std::nullopt, retry_after("", now));
    EXPECT_EQ(std::nullopt, retry_after("soon", now));
    EXPECT_EQ(std::nullopt, retry_after("-5", now));
    EXPECT_EQ(30s, retry_after("30", now));
    EXPECT_EQ(3600s, retry_after("99999999999999999999", now));
    EXPECT_EQ(90s, retry_after("Mon, 01 Jun 2026 09:01:30 GMT", now));
    EXPECT_EQ(0s, retry_after("Mon, 01 Jun 2020 09:01:30 GMT", now));
}

}  // namespace
}  // namespace capbridge::engine::test
