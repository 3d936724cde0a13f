// The CMI elements that Moodle keeps of a SCO, in both editions: names are translated, words and formats are
// not.
#include "moodle/scorm_tracks.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace moodle_test {
namespace {

using nlohmann::json;

moodle::Tracks tracks(const std::map<std::string, std::string>& elements) {
    json list = json::array();
    for (const auto& [element, value] : elements) list.push_back({{"element", element}, {"value", value}});
    list.push_back({{"element", "timemodified"}, {"value", "1772000000"}});
    return *moodle::Tracks::read({{"data", {{"tracks", list}}}});
}

json sco(const std::map<std::string, std::string>& elements, bool with_interactions = false) {
    return moodle::sco_json("S", "", tracks(elements), with_interactions);
}

TEST(ScormTracks, OfVersionOneTwo) {
    EXPECT_EQ(sco({{"cmi.core.lesson_status", "failed"}}),
              json::parse(R"({"id":"S","edition":"1.2","status":"failed"})"));
    EXPECT_EQ(
        sco({{"cmi.core.lesson_status", "notattempted"},
             {"cmi.core.score.raw", "85,5"},
             {"cmi.core.score.max", ""},
             {"cmi.core.total_time", "0100:00:05.5"},
             {"cmi.core.session_time", "00:00:05"},
             {"cmi.core.lesson_mode", "review"},
             {"cmi.core.credit", "no-credit"},
             {"cmi.objectives_0.id", "o1"},
             {"cmi.objectives_0.status", "passed"},
             {"cmi.objectives_0.score.raw", "5"},
             {"cmi.objectives_1.status", "passed"},
             {"cmi.objectives._count", "2"}}),
        json::parse(
            R"({"id":"S","edition":"1.2","status":"notattempted","score":{"raw":"85,5"},"time":"0100:00:05.5",
        "session_time":"00:00:05","mode":"review","credit":"no-credit","objectives":[{"id":"o1","status":"passed","score":{"raw":"5"}}]})"));
}

TEST(ScormTracks, OfVersion2004) {
    EXPECT_EQ(
        sco({{"status", "completed"},
             {"score_raw", "8"},
             {"cmi.completion_status", "completed"},
             {"cmi.success_status", "unknown"},
             {"cmi.score.scaled", "0.8"},
             {"cmi.score.raw", "8"},
             {"cmi.total_time", "PT5M"},
             {"cmi.objectives.0.id", "o"},
             {"cmi.objectives.0.success_status", "passed"},
             {"cmi.objectives.0.description", "Trust"},
             {"cmi.objectives.0.score.raw", "5"}}),
        json::parse(
            R"({"id":"S","edition":"2004","completion":"completed","success":"unknown","score":{"raw":"8","scaled":"0.8"},
        "time":"PT5M","objectives":[{"id":"o","success":"passed","description":"Trust","score":{"raw":"5"}}]})"));
}

TEST(ScormTracks, OfMoodlesOwnSummaryWhenThereIsNothingElse) {
    EXPECT_EQ(sco({{"status", "passed"}, {"score_raw", "88"}, {"total_time", "00:12:38"}}),
              json::parse(R"({"id":"S","completion":"passed","score":{"raw":"88"},"time":"00:12:38"})"));
}

TEST(ScormTracks, AnswersOnlyWhenAskedFor) {
    const std::map<std::string, std::string> elements{
        {"cmi.core.lesson_status", "passed"},
        {"cmi.interactions_10.id", "i"},
        {"cmi.interactions_10.student_response", "a"},
        {"cmi.interactions_10.time", "09:30:00"},
        {"cmi.interactions_10.result", "wrong"},
        {"cmi.interactions_10.correct_responses.0.pattern", "b"},
        {"cmi.interactions_10.correct_responses._count", "1"},
        {"cmi.interactions_10.objectives.0.id", "o"},
        {"cmi.interactions_11.result", "wrong"}};
    EXPECT_FALSE(sco(elements).contains("interactions"));
    EXPECT_EQ(
        sco(elements, true)["interactions"],
        json::parse(
            R"([{"id":"i","learner_response":"a","timestamp":"09:30:00","result":"wrong","correct_responses":["b"]}])"));
}

TEST(ScormTracks, WhatWasNotOpenedIsNothing) {
    EXPECT_FALSE(moodle::Tracks::read(
        json::parse(R"({"data":{"attempt":1,"tracks":[{"element":"userid","value":7}]}})")));
    EXPECT_FALSE(moodle::Tracks::read(json::parse("[]")));
    EXPECT_FALSE(moodle::Tracks::read(json::parse(R"({"data":[]})")));
}

}  // namespace
}  // namespace moodle_test
