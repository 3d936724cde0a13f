// The scorm-cloud adapter through its ABI, as the host sees it, against a SCORM Cloud in memory.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "bridge/testing.hpp"
#include "common/instant.hpp"
#include "core/base/json.hpp"
#include "scorm_cloud/schema.hpp"

namespace {

using bridge::HttpAnswer;
using bridge::HttpRequest;
using nlohmann::json;
using plugins::Micros;

constexpr Micros kSecond = 1'000'000;
const Micros kStart = *plugins::read_instant("2026-03-01T00:00:00Z");
const char* const kSettings = R"({"learner":{"scheme":"esr-employee","issuer":"nymouth"}})";

HttpAnswer answer(int status, std::string body = "") {
    HttpAnswer out;
    out.status = status;
    out.body = std::move(body);
    return out;
}

json registration(int n, const std::string& completion, const std::string& success, int second = -1) {
    const auto updated = plugins::write_instant(kStart + (second < 0 ? n : second) * kSecond);
    return {{"id", "reg-" + std::to_string(n)},
            {"instance", 0},
            {"updated", updated},
            {"registrationCompletion", completion},
            {"registrationSuccess", success},
            {"totalSecondsTracked", 61.4},
            {"firstAccessDate", "2026-02-01T10:00:00.000Z"},
            {"completedDate", completion == "COMPLETED" ? json("2026-02-02T11:00:00.000Z") : json()},
            {"course", {{"id", "AIF-101"}, {"title", "AI basics"}, {"version", 2}}},
            {"learner",
             {{"id", "E" + std::to_string(n)},
              {"email", "severn@example.org"},
              {"firstName", "Secret"},
              {"lastName", "Secret"}}}};
}

class ScormCloudTest : public ::testing::Test {
protected:
    void SetUp() override {
        host.now_ms = kStart / 1000 + 86'400'000;
        host.http = [this](const HttpRequest& r) { return serve(r); };
    }
    HttpAnswer serve(const HttpRequest& request) {
        if (before) {
            if (auto special = before(request.url)) return *special;
        }
        const auto& url = request.url;
        if (const auto at = url.find("?more="); at != std::string::npos) {
            // The rule of the interface: no other filter beside the token.
            return url.find('&') == std::string::npos ? page(std::stoul(url.substr(at + 6 + 14)))
                                                      : answer(400, R"({"message":"more with filters"})");
        }
        if (url.find("datetimeFilter=updated") == std::string::npos ||
            url.find("orderBy=updated_asc") == std::string::npos)
            return answer(400);
        Micros since = INT64_MIN;
        if (const auto at = url.find("&since="); at != std::string::npos) {
            auto text = url.substr(at + 7, url.find('&', at + 1) - at - 7);
            for (auto i = text.find("%3A"); i != std::string::npos; i = text.find("%3A"))
                text.replace(i, 3, ":");
            since = *plugins::read_instant(text);
        }
        view.clear();
        auto sorted = rows;
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const std::string& a, const std::string& b) { return updated(a) < updated(b); });
        for (const auto& row : sorted) {
            if (updated(row) >= since) view.push_back(row);
        }
        return page(0);
    }
    static Micros updated(const std::string& row) {
        const auto at = row.find("\"updated\":\"");
        return at == std::string::npos
                   ? 0
                   : plugins::read_instant(row.substr(at + 11, row.find('"', at + 11) - at - 11)).value_or(0);
    }
    HttpAnswer page(std::size_t from) {
        std::string body = "{\"registrations\":[";
        const auto end = std::min(from + 10, view.size());
        for (auto i = from; i < end; ++i) body += (i > from ? "," : "") + view[i];
        body += "]";
        if (end < view.size()) body += ",\"more\":\"tok/en+=" + std::to_string(end) + "\"";
        return answer(200, body + "}");
    }
    bridge::testing::Run pull(const std::string& cursor = "", int until = -1,
                              const std::string& settings = kSettings) {
        bridge::testing::Bench bench(host, "scorm-cloud");
        const auto configured = bench.configure(settings);
        return configured.code == BRIDGE_OK ? bench.pull_until(until, cursor) : configured;
    }
    static std::map<std::string, json> by_key(const std::vector<std::string>& records) {
        std::map<std::string, json> out;
        for (const auto& r : records) out[json::parse(r)["key"]] = json::parse(r);
        return out;
    }
    static Micros reached(const std::string& cursor) {
        return *plugins::read_instant(json::parse(cursor)["updated"].get<std::string>());
    }
    void add(const json& row) { rows.push_back(row.dump()); }
    static void fits(const std::string& kind, const std::vector<std::string>& records) {
        std::ifstream in(std::string(CAPBRIDGE_REPO) + "/config/schemas/records/" + kind + ".schema.json");
        const auto schema = json::parse(in);
        for (const auto& r : records)
            EXPECT_TRUE(capbridge::validate_json(json::parse(r), schema).empty()) << r;
    }
    bridge::testing::Host host;
    std::vector<std::string> rows, view;
    std::function<std::optional<HttpAnswer>(const std::string& url)> before;
};

TEST_F(ScormCloudTest, UnknownIsLeftOutAndNeverANo) {
    add(registration(1, "COMPLETED", "UNKNOWN"));
    add(registration(2, "COMPLETED", "PASSED"));
    add(registration(3, "INCOMPLETE", "FAILED"));
    add(registration(4, "INCOMPLETE", "UNKNOWN"));
    auto fresh = registration(5, "UNKNOWN", "UNKNOWN");
    fresh.erase("firstAccessDate");
    add(fresh);
    add(registration(6, "UNKNOWN", "PASSED"));
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    const auto records = by_key(out.records("completion"));
    ASSERT_EQ(records.size(), 5u);
    EXPECT_EQ(records.at("reg-1/0"),
              json::parse(R"({"who":[{"scheme":"esr-employee","issuer":"nymouth","value":"E1"},
        {"scheme":"email","value":"severn@example.org"}],"activity":{"id":"AIF-101","title":"AI basics","type":"course"},
        "key":"reg-1/0","what":"completed","occurred":{"value":"2026-02-02T11:00:00Z","precision":"instant","basis":"completed"},
        "attempt":1,"duration":"PT61S","revision":"course version 2"})"));
    EXPECT_EQ(records.at("reg-2/0")["what"], "passed");
    EXPECT_EQ(records.at("reg-3/0")["what"], "failed");
    EXPECT_EQ(records.at("reg-3/0")["occurred"]["basis"], "observed");
    EXPECT_EQ(records.at("reg-4/0")["what"], "in_progress");
    EXPECT_EQ(records.at("reg-4/0")["occurred"]["value"], "2026-02-01T10:00:00Z");
    EXPECT_EQ(records.at("reg-6/0")["what"], "passed");
    ASSERT_EQ(out.records("withdraw").size(), 1u);  // nothing is said of it (any more)
    EXPECT_EQ(json::parse(out.records("withdraw")[0])["key"], "reg-5/0");
    fits("completion", out.records("completion"));
    fits("withdraw", out.records("withdraw"));
    for (const auto& e : out.events) EXPECT_EQ(e.text.find("Secret"), std::string::npos);
}

TEST_F(ScormCloudTest, ScoresAreOfAHundredAndInstancesCountFromNothing) {
    auto row = registration(1, "COMPLETED", "PASSED");
    row["score"] = {{"scaled", 93}};
    row["instance"] = 2;
    add(row);
    row = registration(2, "COMPLETED", "PASSED");
    row["score"] = {{"scaled", 930}};
    row["instance"] = -7;
    add(row);
    const auto records = by_key(pull().records("completion"));
    EXPECT_EQ(records.at("reg-1/2")["score"], json::parse(R"({"raw":93.0,"min":0,"max":100,"scaled":0.93})"));
    EXPECT_EQ(records.at("reg-1/2")["attempt"], 3);
    EXPECT_FALSE(records.at("reg-2/0").contains("score"));
}

TEST_F(ScormCloudTest, AsksByUpdateTimeAndFollowsTheTokenAlone) {
    for (int n = 1; n <= 25; ++n) add(registration(n, "COMPLETED", "PASSED"));
    const auto first = pull();
    ASSERT_EQ(first.code, BRIDGE_OK) << first.user_message;
    EXPECT_EQ(first.records("completion").size(), 25u);
    EXPECT_EQ(host.requests[0].url,
              "https://cloud.scorm.com/api/v2/registrations?datetimeFilter=updated&orderBy=updated_asc");
    EXPECT_EQ(host.requests[1].url, "https://cloud.scorm.com/api/v2/registrations?more=tok%2Fen%2B%3D10");
    EXPECT_EQ(host.requests[0].auth, "lms");
    EXPECT_EQ(reached(first.cursor), kStart + 25 * kSecond);
    add(registration(3, "COMPLETED", "FAILED", 700));
    host.requests.clear();
    const auto second =
        pull(first.cursor, -1, R"({"learner":{"scheme":"esr-employee"},"overlap_minutes":0})");
    EXPECT_NE(host.requests[0].url.find("&since=2026-03-01T00%3A00%3A25Z"), std::string::npos);
    EXPECT_EQ(by_key(second.records("completion")).at("reg-3/0")["what"], "failed");
    EXPECT_EQ(reached(second.cursor), kStart + 700 * kSecond);
}

TEST_F(ScormCloudTest, KilledAtAnyCheckpointTheRestIsTheSameSet) {
    for (int n = 1; n <= 43; ++n) add(registration(n, n % 3 ? "COMPLETED" : "INCOMPLETE", "UNKNOWN", n / 4));
    const auto whole = by_key(pull().records("completion"));
    EXPECT_EQ(whole.size(), 43u);
    for (const auto* settings :
         {kSettings, R"({"learner":{"scheme":"esr-employee","issuer":"nymouth"},"overlap_minutes":0})"}) {
        for (int n = 1; n <= 5; ++n) {
            const auto killed = pull("", n, settings);
            auto both = by_key(killed.durable("completion"));
            const auto rest = pull(killed.cursor, -1, settings);
            EXPECT_GE(reached(rest.cursor), reached(killed.cursor));
            both.merge(by_key(rest.records("completion")));
            EXPECT_EQ(both, whole) << n;
        }
    }
}

TEST_F(ScormCloudTest, AnExpiredTokenIsAskedAnew) {
    for (int n = 1; n <= 35; ++n) add(registration(n, "COMPLETED", "UNKNOWN"));
    int expired = 1;
    before = [&](const std::string& url) {
        return url.find("more=") != std::string::npos && url.ends_with("20") && expired-- > 0
                   ? std::optional(answer(400, R"({"message":"expired"})"))
                   : std::nullopt;
    };
    const auto out = pull();
    EXPECT_EQ(out.code, BRIDGE_OK);
    EXPECT_EQ(by_key(out.records("completion")).size(), 35u);
    before = [&](const std::string& url) {
        return url.find("more=") != std::string::npos ? std::optional(answer(400)) : std::nullopt;
    };
    EXPECT_EQ(pull().code, BRIDGE_RETRY);
}

TEST_F(ScormCloudTest, AWrongClockOrOrderDoesNotHideTheRest) {
    add(registration(1, "COMPLETED", "UNKNOWN"));
    add(registration(2, "COMPLETED", "UNKNOWN", 400 * 86400));
    EXPECT_EQ(reached(pull().cursor), host.now_ms * 1000);
    rows.clear();
    for (int n = 30; n >= 1; --n) add(registration(n, "COMPLETED", "UNKNOWN"));
    before = [&](const std::string& url) -> std::optional<HttpAnswer> {
        if (url.find("more=") != std::string::npos) return std::nullopt;
        view = rows;  // orderBy is ignored
        return page(0);
    };
    EXPECT_EQ(json::parse(pull("", 2).cursor)["updated"], "");
    EXPECT_EQ(reached(pull().cursor), kStart + 30 * kSecond);
}

TEST_F(ScormCloudTest, BrokenRowsAreRejectedByPlaceOnly) {
    rows.push_back("{\"id\":\"Secret \xff\"}");
    rows.push_back("17");
    rows.push_back(R"({"id":{"Secret":1},"updated":"2026-03-01T00:00:00Z"})");
    rows.push_back(R"({"id":"r","updated":"Secret"})");
    rows.push_back(
        R"({"id":"r","updated":"2026-03-01T00:00:00Z","registrationCompletion":"COMPLETED","learner":"Secret"})");
    rows.push_back(
        R"({"id":"r","updated":"2026-03-01T00:00:00Z","registrationCompletion":"COMPLETED","learner":{"id":"E1"},"course":[1]})");
    rows.push_back(std::string(5000, '[') + std::string(5000, ']'));
    add(registration(1, "COMPLETED", "PASSED"));
    const auto out = pull();
    EXPECT_EQ(out.code, BRIDGE_OK);
    EXPECT_EQ(out.records("completion").size(), 1u);
    ASSERT_EQ(out.rejected().size(), 7u);
    for (const auto& r : out.rejected()) EXPECT_EQ(r.text.find("Secret"), std::string::npos);
}

TEST_F(ScormCloudTest, EveryTroubleHasItsClass) {
    for (int n = 1; n <= 25; ++n) add(registration(n, "COMPLETED", "UNKNOWN"));
    const auto with = [&](const HttpAnswer& a, bool later) {
        before = [=](const std::string& url) {
            return (url.find("more=") != std::string::npos) == later ? std::optional(a) : std::nullopt;
        };
        return pull().code;
    };
    for (const bool later : {false, true}) {
        EXPECT_EQ(with(answer(401, R"({"error":"bad key"})"), later), BRIDGE_AUTH);
        EXPECT_EQ(with(answer(403, R"({"message":"no"})"), later), BRIDGE_CONFIG);
        EXPECT_EQ(with(answer(429), later), BRIDGE_RETRY);
        EXPECT_EQ(with(answer(500), later), BRIDGE_RETRY);
        EXPECT_EQ(with(answer(200, "{\"registrations\":[{\"id\""), later), BRIDGE_RETRY);
    }
    EXPECT_EQ(with(answer(400), false), BRIDGE_CONFIG);
    EXPECT_EQ(with(answer(200, R"({"registrations":[],"more":"x"})"), true),
              BRIDGE_RETRY);  // round and round
    before = nullptr;
    EXPECT_EQ(pull("x").code, BRIDGE_BAD_CURSOR);
    EXPECT_EQ(pull(pull().cursor, -1, R"({"learner":{"scheme":"email"},"course":"other"})").code,
              BRIDGE_BAD_CURSOR);
    host.cancelled = true;
    EXPECT_EQ(pull().code, BRIDGE_CANCELLED);
}

TEST_F(ScormCloudTest, ReadsTheRunTimeDataWhenAskedTo) {
    auto row = registration(1, "COMPLETED", "PASSED");
    row["activityDetails"] = json::parse(R"({"id":"org","title":"Course","children":[
      {"id":"item_1","title":"One","activityCompletion":"COMPLETED","activitySuccess":"PASSED","timeTracked":"0000:12:00",
       "runtime":{"completionStatus":"completed","runtimeSuccessStatus":"PASSED","scoreRaw":"80","scoreMin":"0","scoreMax":"100","scoreScaled":"0.8",
        "totalTime":"0000:12:30.25","suspendData":"Secret","location":"Secret",
        "runtimeObjectives":[{"id":"obj_1","runtimeObjectiveSuccessStatus":"PASSED","runtimeObjectiveCompletionStatus":"UNKNOWN","scoreScaled":""}],
        "runtimeInteractions":[{"id":"q1","type":"Choice","learnerResponse":"Secret","result":"correct","latency":"00:00:05","correctResponses":["Secret"]}]}},
      {"id":"item_2","title":"Two","activityCompletion":"UNKNOWN"}]})");
    add(row);
    EXPECT_TRUE(pull().records("scorm_attempt").empty());
    const auto out =
        pull("", -1, R"({"learner":{"scheme":"esr-employee","issuer":"nymouth"},"detail":true})");
    EXPECT_NE(host.requests.back().url.find("includeChildResults=true"), std::string::npos);
    ASSERT_EQ(out.records("scorm_attempt").size(), 1u);
    fits("scorm_attempt", out.records("scorm_attempt"));
    const auto attempt = json::parse(out.records("scorm_attempt")[0]);
    ASSERT_EQ(attempt["scos"].size(), 1u);
    EXPECT_EQ(attempt["scos"][0],
              json::parse(R"({"id":"item_1","title":"One","completion":"completed","success":"PASSED",
        "score":{"raw":"80","min":"0","max":"100","scaled":"0.8"},"time":"0000:12:30.25",
        "objectives":[{"id":"obj_1","completion":"UNKNOWN","success":"PASSED"}]})"));
    EXPECT_EQ(attempt.dump().find("Secret"), std::string::npos);
    EXPECT_EQ(out.records("completion").size(), 1u);
    // Learners' answers, and only they, when they are asked for as well.
    const auto asked =
        pull("", -1,
             R"({"learner":{"scheme":"esr-employee","issuer":"nymouth"},"detail":true,"interactions":true})");
    ASSERT_EQ(asked.records("scorm_attempt").size(), 1u);
    fits("scorm_attempt", asked.records("scorm_attempt"));
    EXPECT_EQ(
        json::parse(asked.records("scorm_attempt")[0])["scos"][0]["interactions"],
        json::parse(
            R"([{"id":"q1","type":"Choice","result":"correct","latency":"00:00:05","learner_response":"Secret",
        "correct_responses":["Secret"]}])"));
    EXPECT_EQ(asked.records("scorm_attempt")[0].find("suspend"), std::string::npos);
    EXPECT_EQ(
        pull(out.cursor, -1,
             R"({"learner":{"scheme":"esr-employee","issuer":"nymouth"},"detail":true,"interactions":true})")
            .code,
        BRIDGE_BAD_CURSOR);
}

TEST_F(ScormCloudTest, AResetTakesTheRunTimeDataBackToo) {
    auto row = registration(1, "UNKNOWN", "UNKNOWN");
    row.erase("firstAccessDate");
    add(row);
    const auto out = pull("", -1, R"({"learner":{"scheme":"esr-employee"},"detail":true})");
    ASSERT_EQ(out.records("withdraw").size(), 2u);
    EXPECT_EQ(json::parse(out.records("withdraw")[1]),
              json::parse(R"({"kind":"scorm_attempt","key":"reg-1/0"})"));
    fits("withdraw", out.records("withdraw"));
    EXPECT_EQ(pull().records("withdraw").size(), 1u);
}

TEST_F(ScormCloudTest, CheckIsOneAuthenticatedRequest) {
    bridge::testing::Bench bench(host, "scorm-cloud");
    (void)bench.configure(kSettings);
    EXPECT_EQ(bench.check().code, BRIDGE_OK);
    ASSERT_EQ(host.requests.size(), 1u);
    EXPECT_EQ(host.requests[0].auth, "lms");
    for (const auto& [a, code] :
         std::vector<std::pair<HttpAnswer, std::int32_t>>{{answer(401), BRIDGE_AUTH},
                                                          {answer(404), BRIDGE_CONFIG},
                                                          {answer(200, "[]"), BRIDGE_CONFIG},
                                                          {answer(503), BRIDGE_RETRY}}) {
        before = [&a = a](const std::string&) { return std::optional(a); };
        EXPECT_EQ(bench.check().code, code) << a.status;
    }
    const auto schema = json::parse(scorm_cloud::kDescriptor)["config_schema"];
    EXPECT_TRUE(capbridge::validate_json(json::parse(kSettings), schema).empty());
    for (const char* bad :
         {"{}", R"({"learner":{"scheme":"name"}})", R"({"learner":{"scheme":"email"},"password":"x"})"})
        EXPECT_FALSE(capbridge::validate_json(json::parse(bad), schema).empty()) << bad;
}

}  // namespace
