// Words, marks and times of run-time data, one table for each kind of trap.
#include "core/xapi/scorm_values.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/xapi/duration.hpp"

namespace capbridge::xapi {
namespace {

std::string places(const LeftOuts& left_out) {
    std::string out;
    for (const auto& one : left_out) out += (out.empty() ? "" : " ") + one.where;
    return out;
}

TEST(CmiStatus, UnknownSaysNothingAndOneWordIsNotTwo) {
    struct Case {
        const char* from;
        bool completed;
        std::optional<bool> success;
        bool begun;
        const char* left_out;
    };
    const std::vector<Case> cases{
        // 1.2: one word for two things
        {R"({"status":"passed"})", false, true, true, ""},
        {R"({"status":"completed"})", true, {}, true, ""},
        {R"({"status":"failed"})", false, false, true, ""},
        {R"({"status":"incomplete"})", false, {}, true, ""},
        {R"({"status":"browsed"})", false, {}, true, ""},
        {R"({"status":"not attempted"})", false, {}, false, ""},
        {R"({"status":"notattempted"})", false, {}, false, ""},
        {R"({"status":""})", false, {}, false, ""},
        {R"({"status":" Passed "})", false, true, true, ""},
        // 2004: two words
        {R"({"completion":"completed","success":"unknown"})", true, {}, true, ""},
        {R"({"completion":"completed","success":"failed"})", true, false, true, ""},
        {R"({"completion":"incomplete","success":"passed"})", false, true, true, ""},
        {R"({"completion":"unknown","success":"unknown"})", false, {}, false, ""},
        {R"({"completion":"not attempted","success":""})", false, {}, false, ""},
        // as systems spell them
        {R"({"completion":"COMPLETED","success":"PASSED"})", true, true, true, ""},
        {R"({"completion":"NOT_ATTEMPTED","success":"UNKNOWN"})", false, {}, false, ""},
        {R"({"completion":"passed"})", false, true, true, ""},
        {R"({"status":"passed","completion":"completed"})", true, true, true, ""},
        {R"({"status":"passed","success":"failed"})", false, false, true, ""},
        // what is no word of SCORM is told, and no more
        {R"({"status":"bestanden"})", false, {}, false, "/x/status"},
        {R"({"status":"p"})", false, {}, false, "/x/status"},
        {R"({"completion":"done","success":"passed"})", false, true, false, "/x/completion"},
        {R"({"completion":"completed","success":"completed"})", true, {}, true, "/x/success"},
        {R"({"completion":true,"success":1})", false, {}, false, "/x/completion /x/success"},
        {R"({"completion":null})", false, {}, false, ""},
        {R"({})", false, {}, false, ""},
        {R"([])", false, {}, false, ""},
    };
    for (const auto& c : cases) {
        LeftOuts left_out;
        const auto status = read_status(json::parse(c.from), "/x", left_out);
        EXPECT_EQ(status.completed, c.completed) << c.from;
        EXPECT_EQ(status.success, c.success) << c.from;
        EXPECT_EQ(status.begun, c.begun) << c.from;
        EXPECT_EQ(places(left_out), c.left_out) << c.from;
    }
}

std::string text(const Score& score) {
    json out = json::object();
    if (score.scaled) out["scaled"] = *score.scaled;
    if (score.raw) out["raw"] = *score.raw;
    if (score.min) out["min"] = *score.min;
    if (score.max) out["max"] = *score.max;
    return out.dump();
}

TEST(CmiScore, IsScaledWhereItsRangeIsKnownAndLeftOutWhereItIsBroken) {
    constexpr auto v12 = Edition::v1_2, v2004 = Edition::v2004, any = Edition::unknown;
    struct Case {
        Edition edition;
        const char* score;
        const char* is;
        const char* left_out;
    };
    const std::vector<Case> cases{
        {v12, R"({"raw":"80","min":"0","max":"100"})", R"({"max":100.0,"min":0.0,"raw":80.0,"scaled":0.8})",
         ""},
        {v2004, R"({"raw":15,"min":10,"max":20})", R"({"max":20.0,"min":10.0,"raw":15.0,"scaled":0.5})", ""},
        {any, R"({"raw":5,"max":10})", R"({"max":10.0,"raw":5.0,"scaled":0.5})", ""},
        {v2004, R"({"raw":8,"max":10,"scaled":0.75})", R"({"max":10.0,"raw":8.0,"scaled":0.75})", ""},
        // of a hundred without a max: in 1.2 only
        {v12, R"({"raw":"80"})", R"({"raw":80.0,"scaled":0.8})", ""},
        {v2004, R"({"raw":"80"})", R"({"raw":80.0})", ""},
        {any, R"({"raw":"80"})", R"({"raw":80.0})", ""},
        {v12, R"({"raw":8,"max":10})", R"({"max":10.0,"raw":8.0,"scaled":0.8})", ""},
        {v12, R"({"raw":"101"})", "{}", "/score/raw"},
        {v12, R"({"raw":-1})", "{}", "/score/raw"},
        {v12, R"({"raw":60,"min":50})", R"({"min":50.0,"raw":60.0,"scaled":0.2})", ""},
        // outside its range: left out, not bent
        {v12, R"({"raw":105,"min":0,"max":100})", "{}", "/score/raw"},
        {v2004, R"({"raw":-5,"min":0,"max":10,"scaled":0.1})", R"({"scaled":0.1})", "/score/raw"},
        {v2004, R"({"scaled":1.01})", "{}", "/score/scaled"},
        {v2004, R"({"scaled":80,"raw":80,"max":100})", R"({"max":100.0,"raw":80.0,"scaled":0.8})",
         "/score/scaled"},
        {v2004, R"({"scaled":-1})", R"({"scaled":-1.0})", ""},
        {v2004, R"({"scaled":"-0.25"})", R"({"scaled":-0.25})", ""},
        // a range that is none
        {v12, R"({"raw":80,"min":100,"max":0})", R"({"raw":80.0})", "/score/min"},
        {v12, R"({"raw":0,"min":0,"max":0})", R"({"raw":0.0})", "/score/min"},
        {v2004, R"({"raw":-5,"max":10})", R"({"max":10.0,"raw":-5.0})", ""},
        // as they are written
        {v12, R"({"raw":"80%"})", R"({"raw":80.0,"scaled":0.8})", ""},
        {any, R"({"raw":"80 %"})", R"({"raw":80.0,"scaled":0.8})", ""},
        {any, R"({"raw":"80%","max":"50"})", "{}", "/score/raw"},
        {any, R"({"raw":"80%","max":200})", "{}", "/score/raw"},
        {any, R"({"scaled":"80%"})", R"({"scaled":0.8})", ""},
        {v12, R"({"raw":"85,5"})", R"({"raw":85.5,"scaled":0.855})", ""},
        {v2004, R"({"scaled":"0,800"})", R"({"scaled":0.8})", ""},
        {v2004, R"({"raw":"1,000"})", "{}", "/score/raw"},
        {v2004, R"({"raw":"1.000,5"})", "{}", "/score/raw"},
        {v12, R"({"raw":" 80 ","max":"+100"})", R"({"max":100.0,"raw":80.0,"scaled":0.8})", ""},
        {v12, R"({"raw":"","min":"","max":""})", "{}", ""},
        {v12, R"({"raw":null})", "{}", ""},
        {v12, R"({"raw":"NaN","max":"100"})", R"({"max":100.0})", "/score/raw"},
        {v12, R"({"raw":"Infinity"})", "{}", "/score/raw"},
        {v12, R"({"raw":"undefined"})", "{}", "/score/raw"},
        {v12, R"({"raw":"1e999"})", "{}", "/score/raw"},
        {v12, R"({"raw":"80 points"})", "{}", "/score/raw"},
        {v12, R"({"raw":true,"max":[1]})", "{}", "/score/raw /score/max"},
        {v12, R"([80])", "{}", "/score"},
        {v12, R"("80")", "{}", "/score"},
    };
    for (const auto& c : cases) {
        LeftOuts left_out;
        const auto score = read_cmi_score({{"score", json::parse(c.score)}}, c.edition, "", left_out);
        EXPECT_EQ(text(score), c.is) << c.score;
        EXPECT_EQ(places(left_out), c.left_out) << c.score;
    }
}

TEST(CmiTime, OfEveryFormatBecomesIso8601) {
    const std::vector<std::pair<json, const char*>> cases{
        // SCORM 1.2: HHHH:MM:SS.SS
        {"00:12:38", "PT12M38S"},
        {"0000:12:38.50", "PT12M38.5S"},
        {"0100:00:05.5", "PT100H5.5S"},
        {"1:02:03", "PT1H2M3S"},
        {"36:00:00", "PT36H"},
        {"00:75:90", "PT75M90S"},
        {"00:00:00", "PT0S"},
        {"00:00:00.004", "PT0S"},
        {"00:00:59.999", "PT59.99S"},
        // SCORM 2004: ISO 8601, to the hundredth
        {"PT1H30M", "PT1H30M"},
        {"P1DT2H", "P1DT2H"},
        {"P1Y2M3DT4H5M6.78S", "P1Y2M3DT4H5M6.78S"},
        {"PT0.056S", "PT0.05S"},
        {"PT5.50S", "PT5.5S"},
        {"PT5,5S", "PT5.5S"},
        {"pt5m", "PT5M"},
        // seconds, and clocks without colons
        {61.4, "PT61.4S"},
        {0, "PT0S"},
        {120, "PT120S"},
        {"120.5", "PT120.5S"},
        {"001238", "PT12M38S"},
        {"00123850", "PT12H38M50S"},
        {"0010203.25", "PT1H2M3.25S"},
        // none of them
        {"120530", nullptr},  // five past noon, or 33 hours
        {"006138", nullptr},
        {"12:38", nullptr},
        {"00:12", nullptr},
        {"00:12:38:50", nullptr},
        {"00:12:xx", nullptr},
        {"-00:12:38", nullptr},
        {"PT", nullptr},
        {"P", nullptr},
        {"PT-5S", nullptr},
        {"P1.5D", nullptr},
        {"five minutes", nullptr},
        {"NaN", nullptr},
        {"", nullptr},
        {-1, nullptr},
        {1e300, nullptr},
        {true, nullptr},
        {json::array(), nullptr},
        {std::string(100, '1'), nullptr},
        {"PT" + std::string(40, '9') + "S", nullptr},
    };
    for (const auto& [from, is] : cases) {
        const auto duration = cmi_duration(from);
        EXPECT_EQ(duration.value_or("none"), is == nullptr ? "none" : is) << from;
        EXPECT_TRUE(!duration || is_duration(*duration)) << from;
    }
}

TEST(CmiTime, OfTheLastSessionIsNeverAddedToThatOfAll) {
    const std::vector<std::tuple<const char*, const char*, const char*>> cases{
        {R"({"time":"PT10M","session_time":"PT4M"})", "PT10M", ""},
        {R"({"session_time":"00:04:00"})", "PT4M", ""},
        {R"({"time":"","session_time":"00:04:00"})", "PT4M", ""},
        {R"({"time":"00:00:00","session_time":"00:04:00"})", "PT4M", ""},
        {R"({"time":"00:00:00","session_time":"00:00:00"})", "", ""},
        {R"({"time":"long","session_time":"00:04:00"})", "", "/time"},
        {R"({})", "", ""},
    };
    for (const auto& [from, is, where] : cases) {
        LeftOuts left_out;
        EXPECT_EQ(read_time(json::parse(from), "", left_out), is) << from;
        EXPECT_EQ(places(left_out), where) << from;
    }
}

TEST(CmiEdition, IsReadOfWhatSystemsCallIt) {
    for (const auto* name : {"1.2", "SCORM_1.2", "SCORM 1.2", "AICC"})
        EXPECT_EQ(edition_of(name), Edition::v1_2) << name;
    for (const auto* name : {"2004", "SCORM_2004_4TH_EDITION", "2004 3rd Edition", "SCORM_1.3", "CAM 1.3"})
        EXPECT_EQ(edition_of(name), Edition::v2004) << name;
    for (const auto* name : {"", "cmi5", "two"}) EXPECT_EQ(edition_of(name), Edition::unknown) << name;
}

}  // namespace
}  // namespace capbridge::xapi
