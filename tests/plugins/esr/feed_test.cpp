// The chain of files: order, gaps, copies, files that are not whole, full files.
#include "go_file.hpp"

namespace esr_test {
namespace {

using FeedTest = EsrTest;

TEST_F(FeedTest, ReadsInOrderOfDateAndSequenceEachFileOnce) {
    // Written in the wrong order; by modification time the last would come first.
    put(4, 12, {Held{.to = "20250101"}});
    put(2, 10, {Held{.to = "20230101"}});
    put(3, 11, {Held{.to = "20240101"}});
    const auto first = pull();
    ASSERT_EQ(first.code, BRIDGE_OK) << first.user_message;
    Strings ends;
    for (const auto& r : parsed(first, "competency_held")) ends.push_back(r["to"]);
    EXPECT_EQ(ends, (Strings{"2023-01-01", "2024-01-01", "2025-01-01"}));
    EXPECT_TRUE(pull(first.cursor).events.empty());
    put(5, 13, {Held{.id = "9002"}});
    EXPECT_EQ(keys(pull(first.cursor), "competency_held"), Strings{"cm:9002"});
}

TEST_F(FeedTest, AMissingSequenceHoldsUntilItIsAcceptedOrComes) {
    put(2, 10, {Held{}});
    put(4, 12, {Held{.id = "9002"}});
    const auto held = pull();
    EXPECT_EQ(held.code, BRIDGE_CONFIG);
    EXPECT_TRUE(held.user_message.starts_with("feed gap: ")) << held.user_message;
    EXPECT_NE(held.user_message.find("capbridge gap accept"), std::string::npos);
    EXPECT_NE(held.user_message.find("capbridge gap reseed"), std::string::npos);
    const auto gap = parsed(held, "feed_gap");
    ASSERT_EQ(gap.size(), 1u);
    EXPECT_EQ(gap[0], json({{"expected", "sequence 00000011 with the days 2021-04-02 up to 2021-04-03"},
                            {"found", "sequence 00000012"},
                            {"key", name(4, 12)}}));
    EXPECT_EQ(keys(held, "competency_held"), Strings{"cm:9001"});  // what came before it is kept
    EXPECT_EQ(held.durable("competency_held").size(), 1u);

    EXPECT_EQ(pull(held.cursor, {{"accept_gap", "another"}}).code, BRIDGE_CONFIG);
    const auto accepted = pull(held.cursor, {{"accept_gap", gap[0]["key"]}});
    EXPECT_EQ(accepted.code, BRIDGE_OK);
    EXPECT_EQ(keys(accepted, "competency_held"), Strings{"cm:9002"});

    put(3, 11, {Held{.id = "9003"}});  // or the missing file comes
    EXPECT_EQ(keys(pull(held.cursor), "competency_held"), (Strings{"cm:9003", "cm:9002"}));
    EXPECT_TRUE(pull(accepted.cursor).events.empty());  // too late for that one
}

TEST_F(FeedTest, WindowsThatDoNotJoinAreAGap) {
    put(2, 10, {});
    for (const auto& [from, word] : {std::pair{day(3), "a hole"}, std::pair{day(1), "an overlap"}}) {
        host.put_file(name(4, 11), header(name(4, 11), from, day(4)) + std::string(Held{}) + "TRL~1\n");
        const auto held = pull();
        EXPECT_EQ(held.code, BRIDGE_CONFIG);
        ASSERT_EQ(parsed(held, "feed_gap").size(), 1u);
        EXPECT_NE(parsed(held, "feed_gap")[0]["found"].get<std::string>().find(word), std::string::npos);
        EXPECT_TRUE(held.records("competency_held").empty());
    }
}

TEST_F(FeedTest, AFullFileClosesASnapshotAndHealsAGap) {
    put(2, 10, {Held{}});
    const auto first = pull();
    put(4, 12, {Held{.id = "9002"}});  // 11 is missing
    host.put_file(name(5, 99, "GOF"), full(5, 99, {Person{}, Held{.id = "9003"}}));
    put(6, 13, {Held{.id = "9004"}});
    const auto out = pull(first.cursor);
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    Strings kinds;
    for (const auto& e : out.events) {
        if (e.what == Run::Event::What::emit) kinds.push_back(e.kind);
    }
    EXPECT_EQ(kinds,
              (Strings{"snapshot_begin", "person", "competency_held", "snapshot_end", "competency_held"}));
    const auto begin = parsed(out, "snapshot_begin")[0];
    EXPECT_EQ(begin["scope"], "esr:123");
    EXPECT_EQ(begin, parsed(out, "snapshot_end")[0]);
    EXPECT_EQ(begin["kinds"].size(), 5u);
    EXPECT_EQ(keys(out, "competency_held"), (Strings{"cm:9003", "cm:9004"}));
}

TEST_F(FeedTest, FromTheBeginningTheNewestFullFileComesFirst) {
    put(2, 10, {Held{.id = "1"}});
    host.put_file(name(3, 1, "GOF"), full(3, 1, {Held{.id = "2"}}));
    put(3, 11, {Held{.id = "3"}});  // ends with the full file's day: told by it
    put(4, 12, {Held{.id = "4"}});
    host.put_file(name(1, 7, "GOF"), full(1, 7, {Held{.id = "5"}}));
    EXPECT_EQ(keys(pull(), "competency_held"), (Strings{"cm:2", "cm:4"}));
    put(6, 14, {Held{.id = "6"}});  // behind a full file the windows tell
    host.files.erase(name(4, 12));
    EXPECT_EQ(pull().code, BRIDGE_CONFIG);
}

TEST_F(FeedTest, AFileThatIsNotWholeWaitsAndKeepsTheOrder) {
    const auto whole = daily(3, 11, {Held{.id = "9002"}});
    put(2, 10, {Held{}});
    put(4, 12, {Held{.id = "9003"}});
    for (const auto& broken : {std::string(), whole.substr(0, whole.size() - 6), whole.substr(0, 70),
                               whole + std::string(Held{})}) {
        host.put_file(name(3, 11), broken);
        const auto out = pull();
        EXPECT_EQ(out.code, BRIDGE_RETRY) << broken;
        EXPECT_EQ(keys(out, "competency_held"), Strings{"cm:9001"}) << broken;
        EXPECT_EQ(out.user_message.find("9002"), std::string::npos);
    }
    host.put_file(name(3, 11), whole.substr(0, whole.size() - 1));  // no end of line at the end is fine
    EXPECT_EQ(pull().code, BRIDGE_OK);
}

TEST_F(FeedTest, AGapTellsHowManyFilesAndDaysAreMissing) {
    put(2, 10, {});
    const auto first = pull();
    put(9, 17, {});
    const auto held = pull(first.cursor);
    EXPECT_EQ(parsed(held, "feed_gap")[0]["expected"],
              "sequences 00000011 to 00000016 (6 files) with the days 2021-04-02 up to 2021-04-08");
    host.files.erase(name(9, 17));
    host.put_file(name(3, 9), daily(3, 9, {}));  // a younger day with an older number
    EXPECT_EQ(parsed(pull(first.cursor), "feed_gap")[0]["found"], "sequence 00000009: the numbers went back");
}

TEST_F(FeedTest, ACopyOfAFullFileUnderALaterNameHidesNothing) {
    const auto seed = full(2, 10, {Held{.id = "1"}});
    host.put_file(name(2, 10, "GOF"), seed);
    put(3, 11, {Held{.id = "2"}});
    put(4, 12, {Held{.id = "3"}});
    host.put_file(name(5, 13, "GOF"), seed);
    const auto from_the_beginning = pull();
    ASSERT_EQ(from_the_beginning.code, BRIDGE_OK) << from_the_beginning.user_message;
    EXPECT_EQ(keys(from_the_beginning, "competency_held"), (Strings{"cm:1", "cm:2", "cm:3"}));
    EXPECT_TRUE(std::any_of(host.log.begin(), host.log.end(), [](const std::string& line) {
        return line.find(name(5, 13, "GOF") + " is a copy of " + name(2, 10, "GOF")) != std::string::npos;
    }));
    host.files.erase(name(4, 12));
    host.files.erase(name(5, 13, "GOF"));
    const auto first = pull();
    put(4, 12, {Held{.id = "3"}});
    host.put_file(name(5, 13, "GOF"), seed);
    EXPECT_EQ(keys(pull(first.cursor), "competency_held"), Strings{"cm:3"});
}

TEST_F(FeedTest, AFileIsWhatItsHeaderSays) {
    put(2, 10, {Held{.id = "1"}});
    host.put_file(name(9, 90), daily(3, 11, {Held{.id = "2"}}));  // somebody gave it another name
    host.put_file(name(1, 1), daily(4, 12, {Held{.id = "3"}}));
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    EXPECT_EQ(keys(out, "competency_held"), (Strings{"cm:1", "cm:2", "cm:3"}));
    EXPECT_TRUE(pull(out.cursor).events.empty());
    host.put_file(name(4, 12), daily(4, 12, {Held{.id = "3"}}));  // and sent it again under its own
    EXPECT_EQ(keys(pull(), "competency_held"), (Strings{"cm:1", "cm:2", "cm:3"}));
    host.put_file(name(4, 12), daily(4, 12, {Held{.id = "4"}}));  // but not the same
    const auto other = pull();
    EXPECT_EQ(other.code, BRIDGE_CONFIG);
    EXPECT_NE(other.user_message.find(name(1, 1)), std::string::npos) << other.user_message;
}

TEST_F(FeedTest, AFullFileOfTheDayThatWasReadLastIsRead) {
    put(5, 13, {Held{.id = "1"}});
    const auto first = pull();
    host.put_file(name(5, 1, "GOF"), full(5, 1, {Held{.id = "2"}}));
    const auto second = pull(first.cursor);
    EXPECT_EQ(keys(second, "competency_held"), Strings{"cm:2"});
    EXPECT_TRUE(pull(second.cursor).events.empty());
}

TEST_F(FeedTest, ACopyIsPassedOverAndAForeignHeaderIsNot) {
    put(2, 10, {Held{}});
    const auto first = pull();
    host.put_file(name(3, 11), daily(2, 10, {Held{}}));  // sent again under the next name
    const auto copy = pull(first.cursor);
    EXPECT_EQ(copy.code, BRIDGE_OK);
    EXPECT_TRUE(copy.records("competency_held").empty());
    host.put_file(name(3, 11), daily(9, 40, {Held{}}));
    EXPECT_EQ(pull(first.cursor).code, BRIDGE_CONFIG);
    host.put_file(name(3, 11), header(name(3, 11), day(2), day(3), "456") + "TRL~0\n");
    EXPECT_EQ(pull(first.cursor).code, BRIDGE_CONFIG);
    host.put_file(name(3, 11), "Name;Course\nSevern;Fire\n");
    EXPECT_EQ(pull(first.cursor).code, BRIDGE_CONFIG);
}

TEST_F(FeedTest, OtherFilesInTheFolderAreNotOurs) {
    host.put_file("notes.txt", "x");
    host.put_file("GO_456_GDW_GOC_20210402_00000001.DAT", "another trust");
    host.put_file("GO_123_GDW_GDR_20210402_00000001.DAT", "a request");
    host.put_file("GO_123_GDW_GOC_20219999_00000001.DAT", "no day");
    EXPECT_EQ(pull().code, BRIDGE_OK);
    put(2, 10, {});
    host.put_file("GO_123_OTHER_GOC_20210403_00000011.DAT", "x");
    EXPECT_EQ(pull().code, BRIDGE_CONFIG);
    EXPECT_EQ(pull("", {{"destination", "GDW"}}).code, BRIDGE_OK);
}

TEST_F(FeedTest, TheTrailerIsCountedWhereTheSettingsSayHow) {
    host.put_file(name(2, 10), header(name(2, 10), day(1), day(2)) + std::string(Held{}) + "TRL~3\n");
    EXPECT_EQ(pull().code, BRIDGE_OK);
    EXPECT_EQ(pull("", {{"trailer_count", "lines"}}).code, BRIDGE_OK);
    EXPECT_EQ(pull("", {{"trailer_count", "rows"}}).code, BRIDGE_RETRY);
}

TEST_F(FeedTest, CheckLooksAtTheNewestHeader) {
    bridge::testing::Bench bench(host, "esr");
    ASSERT_EQ(bench.configure(R"({"vpd":"123"})").code, BRIDGE_OK);
    EXPECT_EQ(bench.check().code, BRIDGE_OK);
    EXPECT_EQ(host.log.size(), 1u);
    host.put_file(name(2, 10), "junk");
    EXPECT_EQ(bench.check().code, BRIDGE_CONFIG);
    put(2, 10, {});
    EXPECT_EQ(bench.check().code, BRIDGE_OK);
    host.offers_files = false;
    bridge::testing::Bench folderless(host, "esr");
    ASSERT_EQ(folderless.configure(R"({"vpd":"123"})").code, BRIDGE_OK);
    EXPECT_EQ(folderless.check().code, BRIDGE_CONFIG);
}

TEST_F(FeedTest, ACursorThatIsNotOursStartsOver) {
    for (const auto* cursor :
         {"x", "{}", R"({"v":2})", R"({"v":1,"last":{},"memory":{}})",
          R"({"v":1,"last":{"name":"","date":"","sequence":1e300,"full":true,"to":""}})"})
        EXPECT_EQ(pull(cursor).code, BRIDGE_BAD_CURSOR) << cursor;
}

}  // namespace
}  // namespace esr_test
