// The Statement resource over a real store: what is promised by an answer holds for the next request.
#include <set>
#include <thread>

#include "server/lrs_fixture.hpp"

namespace capbridge::server::testing {
namespace {

using StatementsTest = LrsTest;

TEST_F(StatementsTest, WhatIsAcknowledgedCanBeReadAtOnceAndByteForByte) {
    const std::string id = uuid_v4();
    const std::string text = R"({"id":")" + id +
                             R"(", "actor":{"mbox":"mailto:ada@example.org"},"verb":{"id":"x:\u0079"},)"
                             R"("object":{"id":"x:a"},"result":{"score":{"raw":1.50}}})";
    const auto stored = ask("POST", "/xapi/statements", text);
    EXPECT_EQ(200, stored.status) << stored.body;
    EXPECT_EQ("[\"" + id + "\"]", stored.body);
    const auto read = ask("GET", "/xapi/statements?statementId=" + id);
    EXPECT_EQ(200, read.status);
    EXPECT_NE(std::string::npos, read.body.find("\"raw\":1.50")) << read.body;
    EXPECT_NE(std::string::npos, read.body.find("x:\\u0079"));
    EXPECT_EQ(id, read.parsed()["id"]);
    EXPECT_EQ("1.0.0", read.parsed()["version"]);
    EXPECT_EQ("https://bridge.example", read.parsed()["authority"]["account"]["homePage"]);
    EXPECT_LE(read.parsed().value("stored", ""), stored.header("x-experience-api-consistent-through"));
    edition = "2.0.0";
    EXPECT_EQ("2.0.0", ask("GET", "/xapi/statements?statementId=" + id).header("x-experience-api-version"));
}

TEST_F(StatementsTest, ConsistentThroughGoesWithTheClockAndNothingIsStoredBeforeIt) {
    const auto through = [&] {
        return ask("GET", "/xapi/statements").header("x-experience-api-consistent-through");
    };
    ASSERT_EQ(200, post(statement()).status);
    const auto first = through();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    const auto later = through();
    EXPECT_LT(first, later) << "nothing was written, and yet it goes on";
    for (int i = 0; i < 20; ++i) {
        const auto promised = through();
        const auto given = statement();
        ASSERT_EQ(200, post(given).status);
        EXPECT_LT(promised, found("limit=1")[0].value("stored", ""));
    }
    for (const auto* target : {"/xapi/statements?colour=red", "/xapi/statements?statementId=1"})
        EXPECT_NE("", ask("GET", target).header("x-experience-api-consistent-through")) << target;
    EXPECT_NE("", ask("POST", "/xapi/statements", "{").header("x-experience-api-consistent-through"));
}

TEST_F(StatementsTest, VoidingWorksInEitherOrderOfArrival) {
    for (const bool target_first : {true, false}) {
        const auto target = statement();
        const std::string id = target["id"];
        json voiding{{"id", uuid_v4()},
                     {"actor", agent()},
                     {"verb", {{"id", "http://adlnet.gov/expapi/verbs/voided"}}},
                     {"object", {{"objectType", "StatementRef"}, {"id", id}}}};
        ASSERT_EQ(200, post(target_first ? target : voiding).status);
        ASSERT_EQ(200, post(target_first ? voiding : target).status);
        EXPECT_EQ(404, ask("GET", "/xapi/statements?statementId=" + id).status);
        EXPECT_EQ(200, ask("GET", "/xapi/statements?voidedStatementId=" + id).status);
        EXPECT_EQ(200, ask("GET", "/xapi/statements?statementId=" + std::string(voiding["id"])).status);
    }
}

TEST_F(StatementsTest, PagesOfMoreAreWholeWhileOthersWrite) {
    auto batch = json::array();
    std::set<std::string> expected, seen;
    for (int i = 0; i < 25; ++i) {
        batch.push_back(statement());
        expected.insert(batch.back()["id"]);
    }
    ASSERT_EQ(200, post(batch).status);
    std::string target = "/xapi/statements?limit=10&" + agent_parameter_of(agent());
    for (int pages = 0; !target.empty() && pages < 5; ++pages) {
        const auto page = ask("GET", target).parsed();
        for (const auto& one : page["statements"]) EXPECT_TRUE(seen.insert(one["id"]).second);
        target = page["more"];
        ASSERT_EQ(200, post(statement()).status);
    }
    EXPECT_EQ(expected, seen);
}

TEST_F(StatementsTest, FormatsAskTheStoreForWhatItKnows) {
    auto told = statement(), plain = statement();
    told["object"]["definition"]["name"] = {{"en-GB", "Quiz"}, {"cy", "Cwis"}};
    ASSERT_EQ(200, post(json::array({told, plain})).status);
    const auto in = [&](const std::string& format, const std::string& language) {
        return ask("GET", "/xapi/statements?format=" + format + "&statementId=" + std::string(plain["id"]),
                   "", "Accept-Language: " + language + "\r\n")
            .parsed();
    };
    EXPECT_EQ(json({{"cy", "Cwis"}}), in("canonical", "cy")["object"]["definition"]["name"]);
    EXPECT_EQ(json({{"en-GB", "Quiz"}}), in("canonical", "en")["object"]["definition"]["name"]);
    EXPECT_FALSE(in("exact", "cy")["object"].contains("definition"));
    EXPECT_FALSE(in("ids", "cy")["verb"].contains("display"));
}

TEST_F(StatementsTest, ManyConnectionsAtOnceLoseNothing) {
    start();
    constexpr int connections = 8, each = 25;
    std::atomic<int> good{0};
    std::vector<std::thread> clients;
    for (int c = 0; c < connections; ++c) {
        clients.emplace_back([&] {
            Client client(server->port());
            for (int i = 0; i < each; ++i) {
                const auto body = json::array({statement(), statement()}).dump();
                client.send("POST /xapi/statements HTTP/1.1\r\nHost: a\r\n" + authorization + version +
                            "Content-Type: application/json\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body);
                if (client.receive().status == 200) ++good;
            }
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(connections * each, good);
    EXPECT_EQ(std::size_t{connections * each * 2}, found("limit=500").size());
}

TEST_F(ServerTest, APageIsCutByBytesAndSaysThatThereIsMore) {
    // Of a store with `all` rows of 3 MiB, newest first.
    int all = 7;
    backend.watermark = [&] {
        return store::Journal::Watermark{all, *parse_instant("2026-03-01T10:00:01Z")};
    };
    backend.statements = [&](const store::StatementQuery& query) {
        std::vector<store::StatementRow> rows;
        std::size_t bytes = 0;
        for (std::int64_t seq = query.after_seq > 0 ? query.after_seq - 1 : all; seq > 0; --seq) {
            rows.push_back(FakeBridge::row(seq));
            rows.back().body.insert(1, std::string(3u << 20, ' '));
            bytes += rows.back().body.size();
            if (rows.size() == query.limit || (query.most_bytes > 0 && bytes > query.most_bytes)) break;
        }
        EXPECT_LE(rows.size(), 3u) << "no page reads everything";
        return rows;
    };
    for (const std::string format : {"exact", "ids"}) {
        std::string target = "/xapi/statements?format=" + format;
        std::vector<std::size_t> pages;
        std::set<std::string> seen;
        while (!target.empty() && pages.size() < 10) {
            const auto page = xapi("GET", target).parsed();
            pages.push_back(page["statements"].size());
            for (const auto& one : page["statements"]) EXPECT_TRUE(seen.insert(one["id"]).second);
            target = page["more"];
        }
        EXPECT_EQ((std::vector<std::size_t>{2, 2, 2, 1}), pages) << format;
        EXPECT_EQ(7u, seen.size()) << format;
    }
}

}  // namespace
}  // namespace capbridge::server::testing
