// Statements from a file into the journal and out again: bad lines stay out, the same again is no error.
#include <gmock/gmock.h>

#include "core/engine/world.hpp"

namespace capbridge::engine {
namespace {

std::string uuid(int n) {
    return uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", std::to_string(n));
}

json statement(int n) {
    return {{"id", uuid(n)},
            {"actor", {{"mbox", "mailto:a" + std::to_string(n % 3) + "@b.example"}}},
            {"verb", {{"id", "http://adlnet.gov/expapi/verbs/completed"}}},
            {"object", {{"id", "https://a.example/" + std::to_string(n % 2)}}},
            {"timestamp", "2026-03-01T08:30:00.000Z"}};
}

class StatementImportTest : public ::testing::Test {
protected:
    static json lines(const std::vector<std::string>& texts) {
        auto out = json::array();
        for (std::size_t i = 0; i < texts.size(); ++i) out.push_back({{"line", i + 1}, {"text", texts[i]}});
        return out;
    }
    ordered_json import(const std::vector<std::string>& texts) {
        return world.ask("statements.import", {{"name", "f.jsonl"}, {"lines", lines(texts)}, {"last", true}});
    }
    // Line, code and pointer of each bad line.
    static std::vector<std::string> bad(const ordered_json& answer) {
        std::vector<std::string> out;
        for (const auto& one : answer["bad"])
            out.push_back(std::to_string(one["line"].get<int>()) + " " + one["code"].get<std::string>() +
                          " " + one["pointer"].get<std::string>());
        return out;
    }
    std::vector<std::string> exported(json params = json::object()) {
        std::vector<std::string> out;
        params["limit"] = 2;
        for (bool more = true; more;) {
            const auto answer = world.ask("statements.export", params);
            for (const auto& one : answer["statements"])
                out.push_back(json::parse(one["text"].get<std::string>())["id"].get<std::string>());
            params["after_seq"] = answer["last_seq"];
            params["up_to_seq"] = answer["up_to_seq"];
            more = answer["more"].get<bool>();
        }
        return out;
    }
    World world;
};

TEST_F(StatementImportTest, GoodLinesAreStoredAndBadOnesAreTold) {
    auto no_verb = statement(3);
    no_verb.erase("verb");
    auto bad_actor = statement(4);
    bad_actor["actor"] = {{"mbox", "nobody"}};
    auto of_two = statement(6);
    of_two["version"] = "2.0.0";
    of_two["context"] = {
        {"contextAgents", {{{"objectType", "contextAgent"}, {"agent", {{"mbox", "mailto:z@b.example"}}}}}}};
    auto not_of_one = of_two;
    not_of_one["version"] = "1.0.3";
    not_of_one["id"] = uuid(7);
    const auto answer = import({statement(1).dump(), "{", no_verb.dump(), bad_actor.dump(), "[]",
                                of_two.dump(), not_of_one.dump(), statement(2).dump()});
    EXPECT_EQ(answer["stored"], 3);
    EXPECT_EQ(answer["same"], 0);
    EXPECT_EQ(answer["rejected"], 5);
    const auto found = bad(answer);
    EXPECT_THAT(found, testing::Contains("2 invalid_json "));
    EXPECT_THAT(found, testing::Contains("5 invalid_statement "));
    EXPECT_THAT(found, testing::Contains(testing::StartsWith("3 ")));
    EXPECT_THAT(found,
                testing::Contains(testing::AllOf(testing::StartsWith("4 "), testing::HasSubstr(" /actor"))));
    EXPECT_THAT(
        found, testing::Contains(testing::AllOf(testing::StartsWith("7 "), testing::HasSubstr(" /context"))));
    EXPECT_THAT(exported(), testing::ElementsAre(uuid(1), uuid(6), uuid(2)));

    const auto run = world.ask("run.show", {{"run", answer["run"]}});
    EXPECT_EQ(run["kind"], "import");
    EXPECT_EQ(run["outcome"], "ok");
    EXPECT_EQ(run["statements"], 3);
    EXPECT_EQ(run["counts"], ordered_json({{"read", 8}, {"new", 3}, {"same", 0}, {"rejected", 5}}));
    EXPECT_EQ(run["rejected"][0]["where"], "line 2");
}

TEST_F(StatementImportTest, TheSameAgainIsTheSameAndAnotherIsAConflict) {
    import({statement(1).dump(), statement(2).dump()});
    auto other = statement(2);
    other["verb"]["id"] = "http://adlnet.gov/expapi/verbs/passed";
    const auto answer = import({statement(1).dump(), other.dump(), statement(3).dump(), statement(3).dump()});
    EXPECT_EQ(answer["stored"], 1);
    EXPECT_EQ(answer["same"], 2) << "also within one batch";
    EXPECT_THAT(bad(answer), testing::ElementsAre("2 statement_conflict "));
    EXPECT_THAT(exported(), testing::ElementsAre(uuid(1), uuid(2), uuid(3)));
}

TEST_F(StatementImportTest, ManyBadLinesAreAllTold) {
    std::vector<std::string> texts;
    for (int i = 0; i < 200; ++i) {
        auto one = statement(i);
        if (i % 2 == 0) one.erase("actor");
        texts.push_back(one.dump());
    }
    const auto answer = import(texts);
    EXPECT_EQ(answer["stored"], 100);
    EXPECT_EQ(answer["rejected"], 100);
}

TEST_F(StatementImportTest, TheAuthorityOfTheFileStays) {
    auto with = statement(1);
    with["authority"] = {{"objectType", "Agent"},
                         {"account", {{"homePage", "https://other.example"}, {"name", "k"}}}};
    with["stored"] = "2020-01-01T00:00:00.000Z";
    import({with.dump(), statement(2).dump()});
    const auto text = [&](int n) {
        return json::parse(world.bridge->store().journal().statement(uuid(n))->text());
    };
    EXPECT_EQ(text(1)["authority"], with["authority"]);
    EXPECT_NE(text(1)["stored"], with["stored"]);
    EXPECT_EQ(text(2)["authority"]["account"]["homePage"], "https://bridge.example");
}

TEST_F(StatementImportTest, SeveralBatchesAreOneRunThatCanBeTakenBack) {
    json params{{"name", "f"}, {"lines", lines({statement(1).dump()})}};
    const auto first = world.ask("statements.import", params);
    params["run"] = first["run"];
    params["lines"] = lines({statement(2).dump(), "?"});
    params["last"] = true;
    EXPECT_EQ(world.ask("statements.import", params)["run"], first["run"]);
    const auto run = world.ask("run.show", {{"run", first["run"]}});
    EXPECT_EQ(run["statements"], 2);
    EXPECT_EQ(run["counts"], ordered_json({{"read", 3}, {"new", 2}, {"same", 0}, {"rejected", 1}}));

    EXPECT_EQ(world.ask("run.revert", {{"run", first["run"]}})["counts"]["voided"], 2);
    EXPECT_FALSE(world.bridge->store().journal().statement(uuid(1))->voided_by.empty());
    EXPECT_EQ(world.refused("statements.import", params).code, "bad_parameter") << "it was taken back";
    params["run"] = 1;
    EXPECT_EQ(world.refused("statements.import", params).code, "bad_parameter") << "no import";
    params["run"] = 4711;
    EXPECT_EQ(world.refused("statements.import", params).code, "bad_parameter");
}

TEST_F(StatementImportTest, ACheckStoresNothing) {
    import({statement(1).dump()});
    auto other = statement(1);
    other["object"]["id"] = "https://a.example/other";
    auto bad_one = statement(2);
    bad_one["verb"] = 5;
    const auto answer =
        world.ask("statements.check", {{"lines", lines({statement(1).dump(), other.dump(), bad_one.dump(),
                                                        statement(3).dump(), statement(3).dump(), "x"})}});
    EXPECT_EQ(answer["stored"], 1);
    EXPECT_EQ(answer["same"], 2);
    EXPECT_EQ(answer["rejected"], 3);
    EXPECT_THAT(exported(), testing::ElementsAre(uuid(1)));
}

TEST_F(StatementImportTest, AttachmentsComeWithTheirBytes) {
    const std::string bytes("%PDF\0", 5);
    auto with = statement(1);
    with["attachments"] = {{{"usageType", "http://a.example/certificate"},
                            {"display", {{"en", "Certificate"}}},
                            {"contentType", "application/pdf"},
                            {"length", bytes.size()},
                            {"sha2", sha256_hex(bytes)}}};
    auto batch = lines({with.dump()});
    const auto without = world.ask("statements.import", {{"lines", batch}});
    EXPECT_EQ(without["stored"], 0);
    EXPECT_EQ(without["rejected"], 1) << "its bytes are nowhere";
    batch[0]["attachments"] = {{{"sha2", sha256_hex(bytes)}, {"content", base64(bytes)}}};
    const auto done = world.ask("statements.import", {{"lines", batch}});
    EXPECT_EQ(done["stored"], 1) << done.dump(1);
    EXPECT_EQ(world.bridge->store().attachments().read(sha256_hex(bytes)), bytes);
    const auto page = world.ask("statements.export");
    ASSERT_EQ(page["statements"][0]["attachments"].size(), 1u);
    EXPECT_EQ(page["statements"][0]["attachments"][0]["sha2"], sha256_hex(bytes));
    EXPECT_TRUE(std::filesystem::exists(page["statements"][0]["attachments"][0]["path"].get<std::string>()));
}

TEST_F(StatementImportTest, AnExportIsFilteredAndHasVoidedOnesToo) {
    auto voiding = statement(9);
    voiding["verb"]["id"] = "http://adlnet.gov/expapi/verbs/voided";
    voiding["object"] = {{"objectType", "StatementRef"}, {"id", uuid(1)}};
    import({statement(1).dump(), statement(2).dump(), statement(3).dump(), voiding.dump()});
    const auto first = world.ask("statements.export")["statements"][0];
    EXPECT_EQ(first["voided_by"], uuid(9));
    EXPECT_THAT(exported(), testing::ElementsAre(uuid(1), uuid(2), uuid(3), uuid(9)));
    EXPECT_THAT(exported({{"agent", "mailto:a1@b.example"}}), testing::ElementsAre(uuid(1), uuid(9)))
        << "with what refers to it";
    EXPECT_THAT(exported({{"agent", "mbox|mailto:a2@b.example"}}), testing::ElementsAre(uuid(2)));
    EXPECT_THAT(exported({{"agent", R"({"mbox":"mailto:a2@b.example"})"}}), testing::ElementsAre(uuid(2)));
    EXPECT_THAT(exported({{"activity", "https://a.example/0"}}), testing::ElementsAre(uuid(2)));
    EXPECT_TRUE(exported({{"verb", "http://nothing.example"}}).empty());
    // Of one commit, so all are of one day.
    const auto stored = json::parse(first["text"].get<std::string>())["stored"].get<std::string>();
    const auto day = *parse_day(stored.substr(0, 10));
    const auto before = format_day(day - std::chrono::days{1}),
               after = format_day(day + std::chrono::days{1});
    EXPECT_TRUE(exported({{"until", before}}).empty());
    EXPECT_EQ(exported({{"until", format_day(day)}}).size(), 4u);
    EXPECT_EQ(exported({{"since", format_day(day)}}).size(), 4u);
    EXPECT_TRUE(exported({{"since", after}}).empty());
    EXPECT_EQ(exported({{"until", stored}}).size(), 4u) << "until is inclusive";
    EXPECT_TRUE(exported({{"since", stored}}).empty()) << "since is exclusive";
    EXPECT_EQ(world.refused("statements.export", {{"since", "yesterday"}}).where, "/since");
    EXPECT_EQ(world.refused("statements.export", {{"agent", "Ada"}}).where, "/agent");
    EXPECT_EQ(world.refused("statements.export", {{"registration", "x"}}).where, "/registration");
    EXPECT_EQ(world.refused("statements.export", {{"source", "x"}}).code, "no_such_source");
}

}  // namespace
}  // namespace capbridge::engine
