// The canvas adapter through its ABI, as the host sees it, against a Canvas in memory.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "bridge/testing.hpp"
#include "canvas/schema.hpp"
#include "core/base/json.hpp"

namespace {

using bridge::HttpAnswer;
using bridge::HttpRequest;
using nlohmann::json;

const char* const kSite = "https://canvas.example.org";
const char* const kSettings =
    R"({"url":"https://canvas.example.org/","identifiers":[{"member":"sis_user_id","scheme":"esr-employee","issuer":"nymouth"},
        {"member":"login_id","scheme":"email"}],"page_size":2,"snapshot":true})";

HttpAnswer answer(int status, std::string body = "", bridge::HttpHeaders headers = {}) {
    HttpAnswer out;
    out.status = status;
    out.body = std::move(body);
    out.headers = std::move(headers);
    return out;
}

json progress(int wanted, int met, const json& at = nullptr) {
    return {{"requirement_count", wanted},
            {"requirement_completed_count", met},
            {"next_requirement_url", nullptr},
            {"completed_at", at}};
}

struct Canvas {
    std::map<std::string, std::vector<json>> lists;  // path -> rows
    std::map<std::string, HttpAnswer> others;        // path -> answer
    std::function<std::optional<HttpAnswer>(const std::string& path, const std::string& query)> before;

    void course(const std::string& id, const std::vector<std::pair<int, json>>& learners) {
        lists["/accounts/self/courses"].push_back({{"id", id}, {"name", "Course " + id}});
        auto& bulk = lists["/courses/" + id + "/bulk_user_progress"];
        auto& enrolled = lists["/courses/" + id + "/enrollments"];
        for (const auto& [user, p] : learners) {
            const auto text = std::to_string(user);
            bulk.push_back({{"id", text}, {"display_name", "Secret Name"}, {"progress", p}});
            enrolled.push_back(
                {{"user_id", text},
                 {"sis_user_id", "E" + text},
                 {"user",
                  {{"id", text}, {"name", "Secret Name"}, {"login_id", "u" + text + "@example.org"}}}});
        }
    }
    HttpAnswer operator()(const HttpRequest& request) {
        const std::string prefix = std::string(kSite) + "/api/v1";
        if (!request.url.starts_with(prefix)) return answer(599);
        const auto mark = std::min(request.url.find('?'), request.url.size());
        const auto path = request.url.substr(prefix.size(), mark - prefix.size());
        const auto query = request.url.substr(mark);
        if (before) {
            if (auto special = before(path, query)) return *special;
        }
        if (const auto it = others.find(path); it != others.end()) return it->second;
        const auto it = lists.find(path);
        if (it == lists.end())
            return answer(404, R"({"errors":[{"message":"The specified resource does not exist."}]})");
        const auto at = query.find("page=b");
        const std::size_t from = at == std::string::npos ? 0 : std::stoul(query.substr(at + 6));
        auto rows = json::array();
        for (auto i = from; i < std::min(from + 2, it->second.size()); ++i) rows.push_back(it->second[i]);
        bridge::HttpHeaders headers{{"x-rate-limit-remaining", "598.3"}};
        if (from + 2 < it->second.size())
            headers.emplace_back("link", "<" + prefix + path + "?page=b" + std::to_string(from + 2) +
                                             "&per_page=2>; rel=\"next\"");
        return answer(200, rows.dump(), headers);
    }
};

class CanvasTest : public ::testing::Test {
protected:
    void SetUp() override {
        host.http = [this](const HttpRequest& r) { return canvas(r); };
    }
    bridge::testing::Run pull(const std::string& cursor = "", int until = -1,
                              const std::string& settings = kSettings) {
        bridge::testing::Bench bench(host, "canvas");
        const auto configured = bench.configure(settings);
        return configured.code == BRIDGE_OK ? bench.pull_until(until, cursor) : configured;
    }
    static std::string with(const std::string& member, const json& value) {
        auto settings = json::parse(kSettings);
        settings[member] = value;
        return settings.dump();
    }
    static std::map<std::string, json> by_key(const std::vector<std::string>& records) {
        std::map<std::string, json> out;
        for (const auto& r : records) out[json::parse(r)["key"]] = json::parse(r);
        return out;
    }
    static int count(const bridge::testing::Run& run, const std::string& kind) {
        return static_cast<int>(run.records(kind).size());
    }
    bridge::testing::Host host;
    Canvas canvas;
};

const char* const kDone = "2026-02-03T16:26:08Z";

TEST_F(CanvasTest, MakesCompletionsOfModuleProgress) {
    canvas.course(
        "7", {{1, progress(2, 2, kDone)}, {2, progress(2, 1)}, {3, progress(2, 0)}, {4, progress(2, 2)}});
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message << out.log_message;
    const auto records = by_key(out.records("completion"));
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records.at("course/7/user/1"),
              json::parse(R"({"who":[{"scheme":"esr-employee","issuer":"nymouth","value":"E1"},
        {"scheme":"email","value":"u1@example.org"},{"scheme":"account:https://canvas.example.org","value":"1"}],
        "activity":{"id":"7","iri":"https://canvas.example.org/courses/7","title":"Course 7","type":"course"},
        "key":"course/7/user/1","what":"completed","occurred":{"value":"2026-02-03T16:26:08Z","precision":"instant","basis":"completed"}})"));
    EXPECT_EQ(records.at("course/7/user/2")["what"], "in_progress");
    EXPECT_EQ(records.at("course/7/user/4")["occurred"]["precision"], "unknown");  // no date is invented
    EXPECT_EQ(count(out, "course"), 1);
    EXPECT_EQ(count(out, "snapshot_begin"), 1);
    EXPECT_EQ(count(out, "snapshot_end"), 1);
    for (const auto& e : out.events) EXPECT_EQ(e.text.find("Secret"), std::string::npos);
    for (const char* kind : {"completion", "course", "snapshot_begin"}) {
        std::ifstream in(std::string(CAPBRIDGE_REPO) + "/config/schemas/records/" + kind + ".schema.json");
        const auto schema = json::parse(in);
        for (const auto& r : out.records(kind))
            EXPECT_TRUE(capbridge::validate_json(json::parse(r), schema).empty()) << r;
    }
    EXPECT_EQ(by_key(pull("", -1, with("in_progress", false)).records("completion")).size(), 2u);
}

TEST_F(CanvasTest, ACourseWithoutRequirementsIsPassedOver) {
    canvas.course("7", {{1, progress(1, 1, kDone)}});
    canvas.course("8", {{1, progress(1, 1, kDone)}});
    for (const int status : {400, 200}) {
        canvas.others["/courses/7/bulk_user_progress"] = answer(
            status,
            R"({"error":{"message":"No progress available because this course is not module based."}})");
        const auto out = pull();
        EXPECT_EQ(out.code, BRIDGE_OK);
        EXPECT_EQ(by_key(out.records("completion")).size(), 1u);
        EXPECT_EQ(count(out, "snapshot_end"), 1);  // of course 8: nothing of 7 is withdrawn
    }
}

TEST_F(CanvasTest, AsksOneByOneForThoseWhomTheBulkAnswerLeavesOut) {
    canvas.course("7", {{1, progress(2, 2, kDone)}});
    for (int user = 2; user <= 30; ++user) {
        const auto text = std::to_string(user);
        canvas.lists["/courses/7/enrollments"].push_back(
            {{"user_id", text}, {"sis_user_id", "E" + text}, {"user", json::object()}});
        canvas.others["/courses/7/users/" + text + "/progress"] =
            user == 5 ? answer(400, R"({"error":{"message":"no progress available because ..."}})")
                      : answer(200, progress(1, 1, kDone).dump(), {{"x-rate-limit-remaining", "550"}});
    }
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    EXPECT_EQ(by_key(out.records("completion")).size(), 29u);
    // A Canvas without the bulk address: all one by one.
    canvas.lists.erase("/courses/7/bulk_user_progress");
    canvas.others["/courses/7/users/1/progress"] = answer(200, progress(1, 1, kDone).dump());
    EXPECT_EQ(by_key(pull().records("completion")).size(), 29u);
}

TEST_F(CanvasTest, KilledAtAnyCheckpointTheRestIsTheSameSet) {
    for (const char* id : {"7", "12", "9", "1000"})
        canvas.course(id, {{1, progress(1, 1, kDone)}, {2, progress(2, 1)}, {3, progress(1, 1)}});
    const auto whole = pull();
    EXPECT_EQ(json::parse(whole.cursor)["sweep"], 2);
    for (int n = 1; n <= 5; ++n) {
        const auto killed = pull("", n);
        auto both = by_key(killed.durable("completion"));
        const auto rest = pull(killed.cursor);
        EXPECT_EQ(rest.code, BRIDGE_OK);
        both.merge(by_key(rest.records("completion")));
        EXPECT_EQ(both, by_key(whole.records("completion"))) << n;
        const auto left = n < 5 ? 12u - 3u * static_cast<unsigned>(n) : 12u;
        EXPECT_EQ(by_key(rest.records("completion")).size(), left);  // none twice
        EXPECT_EQ(json::parse(rest.cursor)["sweep"], n < 5 ? 2 : 3);
    }
}

TEST_F(CanvasTest, BothShapesOfThrottlingAreWaitedForOrTold) {
    canvas.course("7", {{1, progress(1, 1, kDone)}});
    int refusals = 3;
    const auto shape = answer(403, "403 Forbidden (Rate Limit Exceeded)\n",
                              {{"content-type", "text/plain"}, {"x-rate-limit-remaining", "0.0"}});
    canvas.before = [&](const std::string&, const std::string&) {
        return refusals-- > 0 ? std::optional(shape) : std::nullopt;
    };
    const auto start = host.now_ms;
    const auto out = pull();
    EXPECT_EQ(out.code, BRIDGE_OK) << out.user_message;
    EXPECT_EQ(by_key(out.records("completion")).size(), 1u);
    EXPECT_GE(host.now_ms - start, 7000);  // 1 + 2 + 4 s
    refusals = 1000;
    EXPECT_EQ(pull().code, BRIDGE_RETRY);
    canvas.before = [&](const std::string&, const std::string&) {
        return std::optional(answer(429, "", {{"retry-after", "12"}}));
    };
    const auto told = pull();
    EXPECT_EQ(told.code, BRIDGE_RETRY);
    EXPECT_EQ(told.retry_after_ms, 12000);
}

TEST_F(CanvasTest, AMissingRightIsNoThrottling) {
    canvas.course("7", {{1, progress(1, 1, kDone)}});
    const auto start = host.now_ms;
    for (const auto& [status, text] :
         std::vector<std::pair<int, const char*>>{{403, "forbidden"}, {401, "unauthorized"}}) {
        canvas.others["/courses/7/bulk_user_progress"] =
            answer(status,
                   std::string(R"({"status":")") + text +
                       R"(","errors":[{"message":"user not authorized to perform that action"}]})",
                   {{"content-type", "application/json; charset=utf-8"}, {"x-rate-limit-remaining", "598"}});
        const auto out = pull();
        EXPECT_EQ(out.code, BRIDGE_CONFIG) << status;
        EXPECT_NE(out.user_message.find("'Grades - view all grades'"), std::string::npos) << out.user_message;
    }
    canvas.others["/courses/7/bulk_user_progress"] =
        answer(401, R"({"errors":[{"message":"Insufficient scopes on access token."}]})");
    EXPECT_NE(pull().user_message.find("add the scope"), std::string::npos);
    canvas.others["/courses/7/bulk_user_progress"] = answer(403, "<html>Blocked</html>");
    EXPECT_NE(pull().user_message.find("proxy"), std::string::npos);
    EXPECT_EQ(host.now_ms, start);
    canvas.others["/courses/7/bulk_user_progress"] =
        answer(401, R"({"errors":[{"message":"Invalid access token."}]})");
    EXPECT_EQ(pull().code, BRIDGE_AUTH);
}

TEST_F(CanvasTest, SlowsDownBeforeTheBucketIsFull) {
    canvas.course("7", {{1, progress(1, 1, kDone)}});
    canvas.others["/courses/7/enrollments"] = answer(200, "[]", {{"x-rate-limit-remaining", "50.5"}});
    canvas.course("8", {});
    const auto start = host.now_ms;
    EXPECT_EQ(pull().code, BRIDGE_OK);
    EXPECT_GE(host.now_ms - start, 14'000);
}

TEST_F(CanvasTest, RowsThatComeTwiceAreOneAndExpiredPagesAreAskedAnew) {
    canvas.course("7", {{1, progress(1, 1, kDone)},
                        {2, progress(1, 1)},
                        {1, progress(1, 1, kDone)},
                        {3, progress(1, 1)},
                        {4, progress(1, 1)}});
    int expired = 1;
    canvas.before = [&](const std::string& path, const std::string& query) -> std::optional<HttpAnswer> {
        if (path.ends_with("progress") && query.find("page=b4") != std::string::npos && expired-- > 0)
            return answer(404, "{}");
        return std::nullopt;
    };
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    EXPECT_EQ(out.records("completion").size(), 4u);
    expired = 1000;
    EXPECT_EQ(pull().code, BRIDGE_RETRY);
}

TEST_F(CanvasTest, BrokenRowsAreRejectedByPlaceAndSpoilTheSnapshot) {
    canvas.course("7", {{1, progress(1, 1, kDone)},
                        {2, progress(1, 1, "Secret")},
                        {3, "Secret"},
                        {4, {{"requirement_count", "Secret"}}}});
    auto out = pull();
    ASSERT_EQ(out.rejected().size(), 3u);
    EXPECT_EQ(out.rejected()[0].key, "course/7/user/2");
    EXPECT_EQ(count(out, "snapshot_end"), 1);  // they are known, and count as present
    canvas.others["/courses/7/bulk_user_progress"] =
        answer(200, "[{\"id\":\"1\",\"x\":\"Secret \xff\"},{\"Secret\":1},17]");
    out = pull();
    EXPECT_EQ(out.code, BRIDGE_OK);
    ASSERT_GE(out.rejected().size(), 3u);
    EXPECT_EQ(out.rejected()[0].key, "");
    EXPECT_NE(out.rejected()[0].text.find("page 1, row 1"), std::string::npos);
    EXPECT_EQ(count(out, "snapshot_end"), 0);
    for (const auto& e : out.events) EXPECT_EQ(e.text.find("Secret"), std::string::npos);
}

TEST_F(CanvasTest, EveryTroubleHasItsClass) {
    canvas.course("7", {{1, progress(1, 1, kDone)}, {2, progress(1, 1, kDone)}, {3, progress(1, 1, kDone)}});
    const auto with_bulk = [&](HttpAnswer a) {
        canvas.others["/courses/7/bulk_user_progress"] = std::move(a);
        return pull().code;
    };
    EXPECT_EQ(with_bulk(answer(500)), BRIDGE_RETRY);
    EXPECT_EQ(with_bulk(answer(200, "[{\"id\":")), BRIDGE_RETRY);
    EXPECT_EQ(with_bulk(answer(200, "<html>")), BRIDGE_RETRY);
    EXPECT_NE(pull().user_message.find("sign-in"), std::string::npos);
    EXPECT_EQ(with_bulk(answer(200, "[]", {{"link", "<https://evil.example/x>; rel=next"}})), BRIDGE_CONFIG);
    EXPECT_EQ(with_bulk(answer(
                  200, "[]",
                  {{"link", "<https://canvas.example.org/api/v1/courses/7/bulk_user_progress>; rel=next"}})),
              BRIDGE_RETRY);
    EXPECT_EQ(with_bulk(answer(302)), BRIDGE_CONFIG);
    EXPECT_EQ(with_bulk(answer(200, std::string(100'000, '[') + std::string(100'000, ']'))), BRIDGE_OK);
    canvas.lists.erase("/accounts/self/courses");
    EXPECT_EQ(pull().code, BRIDGE_CONFIG);
}

TEST_F(CanvasTest, WhatIsForCertainNotCompletedIsTakenBack) {
    canvas.course("7", {{1, progress(2, 0)},
                        {2, progress(2, 1)},
                        {3, progress(0, 0)},  // requires nothing any more: says nothing
                        {4, json{{"error", {{"message", "no progress available"}}}}}});
    const auto keys = [&](const bridge::testing::Run& run) {
        std::set<std::string> out;
        for (const auto& r : run.records("withdraw")) out.insert(json::parse(r)["key"]);
        return out;
    };
    EXPECT_EQ(keys(pull()), std::set<std::string>{"course/7/user/1"});
    const auto quiet = pull("", -1, with("in_progress", false));
    EXPECT_EQ(keys(quiet), (std::set<std::string>{"course/7/user/1", "course/7/user/2"}));
}

TEST_F(CanvasTest, ReadsModulesWhenAskedTo) {
    canvas.course("7", {{1, progress(2, 1)}});
    canvas.lists["/courses/7/modules"] = {
        {{"id", "70"}, {"name", "One"}, {"state", "completed"}, {"completed_at", kDone}},
        {{"id", "71"}, {"name", "Two"}, {"state", "locked"}, {"completed_at", nullptr}},
        {{"id", "72"}, {"name", "Three"}, {"state", "started"}}};
    const auto records = by_key(pull("", -1, with("modules", true)).records("completion"));
    ASSERT_EQ(records.size(), 3u);
    const auto& module = records.at("course/7/module/70/user/1");
    EXPECT_EQ(
        module["activity"],
        json::parse(
            R"({"id":"7/modules/70","iri":"https://canvas.example.org/courses/7/modules/70","title":"One","type":"module"})"));
    EXPECT_EQ(module["what"], "completed");
    EXPECT_EQ(records.at("course/7/module/72/user/1")["what"], "in_progress");
    const auto locked = pull("", -1, with("modules", true)).records("withdraw");
    ASSERT_EQ(locked.size(), 1u);
    EXPECT_EQ(json::parse(locked[0])["key"], "course/7/module/71/user/1");
}

TEST_F(CanvasTest, WithoutSisRightsItSaysSo) {
    canvas.course("7", {{1, progress(1, 1, kDone)}});
    canvas.lists["/courses/7/enrollments"] = {{{"user_id", "1"}, {"user", {{"id", "1"}}}}};
    auto out = pull();
    EXPECT_EQ(by_key(out.records("completion")).at("course/7/user/1")["who"].size(), 1u);
    EXPECT_NE(host.log.back().find("SIS data"), std::string::npos);
    out = pull("", -1, with("account_identifier", false));
    ASSERT_EQ(out.rejected().size(), 1u);
    EXPECT_EQ(out.rejected()[0].key, "course/7/user/1");
}

TEST_F(CanvasTest, ReadsOnlyTheCoursesOfTheSettings) {
    canvas.others["/courses/9"] = answer(200, R"({"id":"9","name":"Nine"})");
    canvas.course("9", {{1, progress(1, 1, kDone)}});
    canvas.course("10", {{1, progress(1, 1, kDone)}});
    const auto out = pull("", -1, with("courses", {"9", "11"}));
    EXPECT_EQ(out.code, BRIDGE_OK) << out.user_message;
    EXPECT_EQ(by_key(out.records("completion")).size(), 1u);
}

TEST_F(CanvasTest, AForeignCursorIsNoCursor) {
    for (const char* bad : {"x", "{}", R"({"of":"0","sweep":1,"after":""})"})
        EXPECT_EQ(pull(bad).code, BRIDGE_BAD_CURSOR) << bad;
    canvas.lists["/accounts/self/courses"] = {};
    auto cursor = json::parse(pull().cursor);
    EXPECT_EQ(pull(cursor.dump()).code, BRIDGE_OK);
    cursor["after"] = "x";
    EXPECT_EQ(pull(cursor.dump()).code, BRIDGE_BAD_CURSOR);
}

TEST_F(CanvasTest, CheckIsOneAuthenticatedRequestAndWindsUp) {
    canvas.lists["/accounts/self/courses"] = {};
    bridge::testing::Bench bench(host, "canvas");
    (void)bench.configure(kSettings);
    EXPECT_EQ(bench.check().code, BRIDGE_OK);
    ASSERT_EQ(host.requests.size(), 1u);
    EXPECT_EQ(host.requests[0].auth, "lms");
    canvas.others["/accounts/self/courses"] =
        answer(401, R"({"errors":[{"message":"Invalid access token."}]})");
    EXPECT_EQ(bench.check().code, BRIDGE_AUTH);
    canvas.others["/accounts/self/courses"] = answer(200, "{}");
    EXPECT_EQ(bench.check().code, BRIDGE_CONFIG);
    host.cancelled = true;
    EXPECT_EQ(bench.pull("").code, BRIDGE_CANCELLED);
}

TEST_F(CanvasTest, TheSchemaTakesTheSettings) {
    const auto schema = json::parse(canvas::kDescriptor)["config_schema"];
    EXPECT_TRUE(capbridge::validate_json(json::parse(kSettings), schema).empty());
    for (const char* bad :
         {"{}", R"({"url":"https://x.example","identifiers":[]})",
          R"({"url":"https://x.example","identifiers":[{"member":"name","scheme":"email"}]})"})
        EXPECT_FALSE(capbridge::validate_json(json::parse(bad), schema).empty()) << bad;
    EXPECT_EQ(pull("", -1, with("url", "https://token@canvas.example.org")).code, BRIDGE_CONFIG);
}

}  // namespace
