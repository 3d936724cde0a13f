// POST /api/v1/completions over HTTP.
#include "server/lrs_fixture.hpp"

namespace capbridge::server::testing {
namespace {

class CompletionsTest : public LrsTest {
protected:
    void SetUp() override {
        LrsTest::SetUp();
        uuid = source("lms");
        authorization = credential({"statements/write"}, uuid);
        start();
    }
    Answer post_text(const std::string& body) {
        return send("POST", "/api/v1/completions", authorization + "Content-Type: application/json\r\n",
                    body);
    }
    static json record(int person = 1) { return json::parse(engine::World::completion(person)); }
    std::string uuid;
};

TEST_F(CompletionsTest, TakesAnArrayOneRecordOrAnObjectOfThem) {
    auto answer = post_text(json::array({record(1), record(2), {{"key", "bad"}}}).dump());
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.parsed()["counts"]["added"], 2);
    EXPECT_EQ(answer.parsed()["results"][2]["outcome"], "rejected");
    EXPECT_EQ(post_text(record(1).dump()).parsed()["counts"]["same"], 1);
    EXPECT_EQ(post_text(json{{"completions", json::array({record(3)})}}.dump()).parsed()["counts"]["added"],
              1);
}

TEST_F(CompletionsTest, RefusesWhatItCannotRead) {
    for (const auto* body : {"", "no", "7", R"({"completions": 1})", R"({"completions": [], "more": 1})"})
        EXPECT_EQ(post_text(body).status, 400) << body;
    EXPECT_EQ(send("POST", "/api/v1/completions?x=1", authorization, "[]").status, 400);
    EXPECT_EQ(send("GET", "/api/v1/completions", authorization).status, 405);
    EXPECT_EQ(post_text(json(1001, record()).dump()).status, 400);
}

TEST_F(CompletionsTest, NeedsACredentialThatIsBoundToASource) {
    authorization = credential({"all"});
    const auto answer = post_text(record().dump());
    EXPECT_EQ(answer.status, 403);
    EXPECT_NE(answer.parsed()["message"].get<std::string>().find("bound"), std::string::npos);
    authorization = credential({"statements/read"}, uuid);
    EXPECT_EQ(post_text(record().dump()).status, 403);
    authorization.clear();
    EXPECT_EQ(post_text(record().dump()).status, 401);
}

}  // namespace
}  // namespace capbridge::server::testing
