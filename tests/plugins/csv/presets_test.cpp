// The presets of config/presets: each reads its sample wholly, and its settings pass the adapter's schema.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "bridge/testing.hpp"
#include "core/base/json.hpp"
#include "csv/schema.hpp"

namespace {

using nlohmann::json;
const std::filesystem::path kPresets = std::filesystem::path(CAPBRIDGE_REPO) / "config/presets";

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct Sample {
    json preset;
    bridge::testing::Run run;
    std::vector<json> completions;
};

Sample read(const std::string& name) {
    Sample out;
    out.preset = json::parse(bytes_of(kPresets / (name + ".json")));
    bridge::testing::Host host;
    host.put_file("report.csv", bytes_of(kPresets / out.preset.at("sample").get<std::string>()));
    bridge::testing::Bench bench(host, out.preset.at("adapter").get<std::string>());
    out.run = bench.configure(out.preset.at("settings").dump());
    if (out.run.code == BRIDGE_OK) out.run = bench.pull("");
    for (const auto& r : out.run.records("completion")) out.completions.push_back(json::parse(r));
    return out;
}

TEST(Presets, EachReadsItsSampleWithoutARejection) {
    const std::map<std::string, std::size_t> expected{
        {"elfh", 5}, {"esr-bi", 6}, {"totara", 4}, {"kallidus", 5}};
    const auto record_schema =
        json::parse(bytes_of(kPresets.parent_path() / "schemas/records/completion.schema.json"));
    const auto settings_schema = json::parse(csv_adapter::kDescriptor).at("config_schema");
    std::set<std::string> seen;
    for (const auto& entry : std::filesystem::directory_iterator(kPresets)) {
        if (entry.path().extension() != ".json") continue;
        const auto name = entry.path().stem().string();
        seen.insert(name);
        const auto sample = read(name);
        EXPECT_FALSE(sample.preset.value("title", "").empty());
        EXPECT_TRUE(capbridge::validate_json(sample.preset.at("settings"), settings_schema).empty()) << name;
        EXPECT_EQ(sample.run.code, BRIDGE_OK) << name << sample.run.user_message;
        for (const auto& r : sample.run.rejected()) ADD_FAILURE() << name << " " << r.text;
        ASSERT_TRUE(expected.contains(name)) << name;
        EXPECT_EQ(sample.completions.size(), expected.at(name)) << name;
        std::set<std::string> keys;
        for (const auto& c : sample.completions) {
            EXPECT_TRUE(capbridge::validate_json(c, record_schema).empty()) << c;
            EXPECT_TRUE(keys.insert(c["key"]).second) << name << ": two rows are one fact";
            if (c["what"] != "in_progress") {
                EXPECT_NE(c["occurred"]["precision"], "unknown") << c;
            }
        }
    }
    EXPECT_EQ(seen.size(), expected.size());
}

TEST(Presets, EsrBiKnowsCompetenciesDatesAndNoExpiry) {
    const auto c = read("esr-bi").completions;
    ASSERT_EQ(c.size(), 6u);
    EXPECT_EQ(
        c[0]["activity"],
        json({{"id", "NHS|CSTF|Fire Safety - 2 Years"}, {"title", "Fire Safety"}, {"type", "competency"}}));
    EXPECT_EQ(c[0]["occurred"]["value"], "2025-12-02");
    EXPECT_EQ(c[0]["expires"], "2027-11-30");  // the row's own date, not two years on
    EXPECT_EQ(c[1]["occurred"]["value"], "2025-12-02");
    EXPECT_EQ(c[1]["activity"]["title"], "Equality, Diversity and Human Rights");
    EXPECT_EQ(c[2]["expires"], "2027-01-15");  // the text's year
    EXPECT_FALSE(c[3].contains("expires"));    // "No expiry"
    EXPECT_EQ(c[5]["activity"]["title"], "CNST");
    EXPECT_FALSE(c[5].contains("expires"));
}

TEST(Presets, OthersHaveTheirOwnTurns) {
    const auto elfh = read("elfh").completions;
    EXPECT_EQ(elfh[2]["what"], "passed");
    EXPECT_EQ(elfh[2]["score"]["raw"], 92);
    EXPECT_EQ(elfh[2]["attempt"], 2);
    EXPECT_EQ(elfh[0]["duration"], "PT1865S");
    const auto totara = read("totara").completions;
    EXPECT_EQ(totara[0]["activity"]["title"], "AI in Practice:\nwhat to ask");  // a line break within quotes
    EXPECT_EQ(totara[0]["occurred"]["value"], "2026-03-02T09:15:00Z");
    EXPECT_EQ(totara[2]["occurred"]["precision"], "day");
    const auto kallidus = read("kallidus").completions;
    EXPECT_EQ(kallidus[0]["activity"]["title"], "AI Awareness – Foundation");
    EXPECT_FALSE(kallidus[3].contains("expires"));  // "Does not expire"
    EXPECT_EQ(kallidus[2]["score"]["raw"], 75);
}

}  // namespace
