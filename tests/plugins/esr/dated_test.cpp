// Effective dating over files: what a file says of rows that it does not tell.
#include "esr/posts.hpp"
#include "esr/timeline.hpp"
#include "go_file.hpp"

namespace esr_test {
namespace {

class DatedTest : public EsrTest {
protected:
    // The files of day 2, 3, ... are read one after the other; what the last told of employments and numbers.
    Strings told_by_the_last(const std::vector<std::vector<std::string>>& files) {
        std::string cursor;
        Run run;
        host.files.clear();
        for (int i = 0; i < static_cast<int>(files.size()); ++i) {
            put(2 + i, 10 + i, files[static_cast<std::size_t>(i)]);
            run = pull(cursor);
            EXPECT_EQ(run.code, BRIDGE_OK) << run.user_message;
            cursor = run.cursor;
        }
        last = run;
        Strings out;
        for (const auto& e : parsed(run, "employment"))
            out.push_back(e["key"].get<std::string>().substr(3) + " to " + e.value("to", "-"));
        for (const auto& p : parsed(run, "person")) {
            if (p["key"].get<std::string>().starts_with("an:"))
                out.push_back(p["key"].get<std::string>() + " to " + p.value("valid_to", "-"));
        }
        for (const auto& w : withdrawn(run)) out.push_back("- " + w);
        return out;
    }
    Run last;
};

TEST_F(DatedTest, ATerminationInALaterFileEndsAllPosts) {
    EXPECT_EQ(told_by_the_last({{Person{}, position("400", "Estates and Ancillary", "Porter"), Assignment{},
                                 Assignment{.id = "7002", .number = "20001-2", .job = "Medical|Consultant"},
                                 Assignment{.id = "7003", .start = "20210601", .number = "20001-3"},
                                 Assignment{.person = "1002", .id = "7009", .number = "20009"}},
                                {Person{.terminated = "20210430"}}}),
              (Strings{"7001@2020-04-01 to 2021-04-30", "7002@2020-04-01 to 2021-04-30",
                       "an:7001 to 2021-04-30", "an:7002 to 2021-04-30", "- employment as:7003@2021-06-01"}));
    const auto ended = parsed(last, "employment")[0];
    EXPECT_EQ(ended, json({{"key", "as:7001@2020-04-01"},
                           {"who", {{{"scheme", "esr-person"}, {"issuer", "vpd:123"}, {"value", "1001"}}}},
                           {"unit", "300"},
                           {"staff_group", "Estates and Ancillary"},
                           {"job_role", "Porter"},
                           {"position", "400|Staff Nurse|Band 5"},
                           {"from", "2020-04-01"},
                           {"to", "2021-04-30"}}));
}

TEST_F(DatedTest, ATerminationThatIsTakenBackOpensThePosts) {
    EXPECT_EQ(told_by_the_last({{Person{}, Assignment{}}, {Person{.terminated = "20210430"}}, {Person{}}}),
              (Strings{"7001@2020-04-01 to -", "an:7001 to -"}));
    EXPECT_EQ(told_by_the_last({{Person{}, Assignment{}},
                                {Person{.terminated = "20210430"}},
                                {Person{.terminated = "20210531"}}}),
              (Strings{"7001@2020-04-01 to 2021-05-31", "an:7001 to 2021-05-31"}));
}

TEST_F(DatedTest, APostThatComesAfterTheTerminationEndsWithIt) {
    EXPECT_EQ(told_by_the_last({{Person{.terminated = "20210430"}}, {Assignment{}}}),
              (Strings{"7001@2020-04-01 to 2021-04-30", "an:7001 to 2021-04-30"}));
    EXPECT_EQ(told_by_the_last({{Person{.terminated = "20210131"}}, {Assignment{.start = "20210201"}}}),
              Strings{"- employment as:7001@2021-02-01"});
}

TEST_F(DatedTest, WhoLeftLongAgoHasLeft) {
    const std::string left = Person{.start = "20100401", .terminated = "20170430"},
                      post = Assignment{.start = "20150401"};
    const Strings ended{"7001@2015-04-01 to 2017-04-30", "an:7001 to 2017-04-30"};
    EXPECT_EQ(told_by_the_last({{left}, {post}}), ended);
    EXPECT_EQ(told_by_the_last({{post}, {left}}), ended);
    EXPECT_EQ(told_by_the_last({{left, post}, {Assignment{.start = "20150401", .unit = "301"}}}), ended);
    EXPECT_EQ(told_by_the_last({{left, post}, {Assignment{.id = "7002", .start = "20180401"}}}),
              Strings{"- employment as:7002@2018-04-01"});
    // And what is taken back after all these years is open again.
    EXPECT_EQ(told_by_the_last({{left, post}, {Person{.start = "20100401"}}}),
              (Strings{"7001@2015-04-01 to -", "an:7001 to -"}));
}

TEST_F(DatedTest, SomebodyWhoComesBackHasBothTimes) {
    const std::string left = Person{.end = "20210131", .terminated = "20210131"},
                      away = Person{.start = "20210201", .end = "20210228", .terminated = "20210131"},
                      back = Person{.start = "20210301", .hired = "20210301"};
    const std::string first = Assignment{}, second = Assignment{.id = "7002", .start = "20210301"};
    const Strings both{"7001@2020-04-01 to 2021-01-31", "7002@2021-03-01 to -", "an:7001 to 2021-01-31",
                       "an:7002 to -"};
    EXPECT_EQ(told_by_the_last({{left, away, back, first, second}}), both);  // in one file
    EXPECT_EQ(told_by_the_last({{Person{}, first}, {left, away}, {back, second}}),
              (Strings{"7002@2021-03-01 to -", "an:7002 to -"}));
    EXPECT_EQ(told_by_the_last({{Person{}, first}, {left, away}, {back}, {second}}),
              (Strings{"7002@2021-03-01 to -", "an:7002 to -"}));
    // Before the person's row of the return has come, the post waits for it.
    EXPECT_EQ(told_by_the_last({{Person{}, first}, {left, away}, {second}, {back}}),
              (Strings{"7002@2021-03-01 to -", "an:7002 to -"}));
    // And gone again.
    EXPECT_EQ(told_by_the_last({{left, away, back, first, second},
                                {Person{.start = "20210301", .terminated = "20210331"}}}),
              (Strings{"7002@2021-03-01 to 2021-03-31", "an:7002 to 2021-03-31"}));
}

TEST_F(DatedTest, AFirstDayThatIsPutRightLeavesNothingBehind) {
    EXPECT_EQ(told_by_the_last({{Assignment{}}, {Assignment{.start = "20200501"}}}),  // later
              (Strings{"7001@2020-05-01 to -", "an:7001 to -", "- employment as:7001@2020-04-01"}));
    EXPECT_EQ(told_by_the_last({{Assignment{}}, {Assignment{.start = "20200301"}}}),  // earlier
              (Strings{"7001@2020-03-01 to -", "an:7001 to -", "- employment as:7001@2020-04-01"}));
    // Other assignments of the same person stay.
    EXPECT_EQ(told_by_the_last({{Assignment{}, Assignment{.id = "7002"}}, {Assignment{.start = "20200501"}}}),
              (Strings{"7001@2020-05-01 to -", "an:7001 to -", "- employment as:7001@2020-04-01"}));
}

// As ESR writes a change of post: the assignment begins when it always did.
std::string changed(const std::string& start, const std::string& unit, const std::string& end = "",
                    const std::string& status = "ACTIVE_ASSIGN") {
    return row("ASA", 51,
               {{2, "1001"},
                {3, "7001"},
                {4, start},
                {5, end},
                {6, "20200401"},
                {7, "E"},
                {8, "20001"},
                {9, status},
                {28, unit},
                {45, "20210401 000000"}});
}

TEST_F(DatedTest, ANewPostEndsTheOneBefore) {
    EXPECT_EQ(told_by_the_last({{Assignment{}}, {changed("20210401", "301")}}),
              (Strings{"7001@2021-04-01 to -", "7001@2020-04-01 to 2021-03-31", "an:7001 to -"}));
    // When the old row comes too, it is told once.
    EXPECT_EQ(told_by_the_last(
                  {{Assignment{}}, {changed("20210401", "301"), changed("20200401", "300", "20210331")}}),
              (Strings{"7001@2021-04-01 to -", "7001@2020-04-01 to 2021-03-31", "an:7001 to -"}));
    // The first day of a change is put right: the post before it moves with it.
    EXPECT_EQ(told_by_the_last({{Assignment{}}, {changed("20210401", "301")}, {changed("20210315", "301")}}),
              (Strings{"7001@2021-03-15 to -", "7001@2020-04-01 to 2021-03-14", "an:7001 to -",
                       "- employment as:7001@2021-04-01"}));
}

TEST_F(DatedTest, ARowThatSaysEndedEndsTheOneBefore) {
    EXPECT_EQ(told_by_the_last({{Assignment{}}, {changed("20210401", "300", "", "TERM_ASSIGN")}}),
              (Strings{"7001@2020-04-01 to 2021-03-31", "an:7001 to 2021-03-31"}));
    // It may come first.
    EXPECT_EQ(
        told_by_the_last({{changed("20210401", "300", "", "TERM_ASSIGN")}, {Assignment{.end = "20210331"}}}),
        (Strings{"7001@2020-04-01 to 2021-03-31", "an:7001 to 2021-03-31"}));
    // A deletion then takes back what was told.
    EXPECT_EQ(
        told_by_the_last({{Assignment{}}, {changed("20210401", "300", "", "TERM_ASSIGN")}, {"ASD~7001\n"}}),
        (Strings{"- employment as:7001@2020-04-01", "- person an:7001"}));
}

TEST_F(DatedTest, AFullFileSaysAllByItself) {
    put(2, 10, {Person{}, Assignment{}});
    const auto first = pull();
    host.put_file(name(3, 1, "GOF"), full(3, 1, {Person{.terminated = "20210331"}, Assignment{}}));
    const auto second = pull(first.cursor);
    EXPECT_EQ(parsed(second, "employment").size(), 1u);
    EXPECT_EQ(parsed(second, "employment")[0]["to"], "2021-03-31");
    put(4, 12, {Person{}});
    EXPECT_FALSE(parsed(pull(second.cursor), "employment")[0].contains("to"));
}

TEST_F(DatedTest, WhatIsNotRememberedIsSaid) {
    put(3, 11, {changed("20210401", "301")});  // the row of the change alone
    // As the first version wrote it: the first day of each row, and nothing else of it.
    const std::string cursor =
        R"({"v":1,"last":{"name":"x","date":"20210402","sequence":10,"full":false,"to":"20210402 000000"},)"
        R"("memory":{"words":[],"positions":"","definitions":[["501","NHS|CSTF|Fire","P1Y"]],"tombstones":{},)"
        R"("pruned":false,"starts":"07001:)" +
        esr_adapter::base36(20200401) + R"(;"}})";
    const auto out = pull(cursor);
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message << out.log_message;
    EXPECT_EQ(out.records("employment").size(), 1u);
    EXPECT_TRUE(withdrawn(out).empty());
    const bool said = std::any_of(host.log.begin(), host.log.end(), [](const std::string& line) {
        return line.find("too little is remembered") != std::string::npos;
    });
    EXPECT_TRUE(said);
}

TEST(EsrTimelineTest, DaysAndServices) {
    using esr_adapter::day_before;
    using esr_adapter::employed_until;
    using esr_adapter::kNever;
    EXPECT_EQ(day_before(20210301), 20210228);
    EXPECT_EQ(day_before(20200101), 20191231);
    EXPECT_EQ(employed_until({}, 20200101), kNever);
    EXPECT_EQ(employed_until({{20200101, 20210131}}, 20200601), 20210131);
    EXPECT_EQ(employed_until({{20200101, 20210131}}, 20210201), 0);
    EXPECT_EQ(employed_until({{20200101, 20210131}, {20210301, kNever}}, 20210301), kNever);
    EXPECT_EQ(employed_until({{20200101, 20210131}, {20210301, kNever}}, 20210215), 0);
}

TEST(EsrPostsTest, ComeBackAsTheyWere) {
    using namespace esr_adapter;
    esr_adapter::Assignment assignment{"1001", "0200-2", 20200401, 20300101, {}};
    assignment.posts[19650228].end = 20200331;
    auto& post = assignment.posts[20200401];
    post.known = true;
    post.unit = "300";
    post.position = "A.1_x";
    post.title = "a/b,c:d;e";
    post.job = "Zoë|x";
    assignment.posts[20240229].ended = true;
    Words words;
    const auto text = packed_assignment(assignment, words);
    EXPECT_EQ(unpacked_assignment(text, words.list()), assignment) << text;
    EXPECT_EQ(text.find_first_of(":;"), std::string::npos);
    const Service service{{20200401, 20210131}, {20210301, kNever}};
    EXPECT_EQ(unpacked_service(packed_service(service)), service);
    for (const auto* bad : {"", "1/2", "1/2/3/4,5", "1/2/3/4,5/6/7/8", "1/2/3/4,zzzzzzzzzzzzzzzzzz/"})
        EXPECT_THROW(unpacked_assignment(bad, {}), std::exception) << bad;
}

}  // namespace
}  // namespace esr_test
