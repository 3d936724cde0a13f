// The record schemas and their golden examples, and the csv adapter end to end in its child process.
#include <chrono>
#include <cstdio>

#include "adapters/fixture.hpp"
#include "core/base/files.hpp"

namespace capbridge::adapters {
namespace {

TEST(Records, EachKindHasASchemaWithDescriptionsAndAnExampleThatFits) {
    const fs::path folder = fs::path(CAPBRIDGE_REPO) / "config/schemas/records";
    int kinds = 0;
    for (const auto& file : fs::directory_iterator(folder)) {
        if (!file.is_regular_file()) continue;
        const auto name = file.path().stem().stem().string();
        const auto schema = json::parse(*read_file(file.path()));
        const auto example = json::parse(*read_file(folder / "examples" / (name + ".json")));
        EXPECT_TRUE(validate_json(example, schema).empty())
            << problems_text(validate_json(example, schema), name);
        EXPECT_FALSE(validate_json(json::object(), schema).empty()) << name;
        EXPECT_TRUE(schema.contains("description")) << name;
        for (const auto& [member, rule] : schema["properties"].items())
            EXPECT_TRUE(rule.contains("description") || rule.contains("enum") || rule.contains("minimum"))
                << name << "/" << member;
        ++kinds;
    }
    EXPECT_EQ(kinds, 15);
}

class CsvInItsChild : public AdapterTest {
protected:
    CsvInItsChild() {
        use(fs::path(SHIPPED_PLUGINS) / "csv.so");
        spec.timeouts.pull_idle = std::chrono::milliseconds(10'000);
    }
    const json settings = json::parse(
        R"({"encoding":"windows-1252","columns":{"who":[{"scheme":"esr-employee","issuer":"nymouth","column":"Employee"}],
        "activity":{"column":"Course","title_column":"Title"},"occurred":{"column":"Done","formats":["%d/%m/%Y %H:%M"],"zone":"Europe/London"}}})");
};

TEST_F(CsvInItsChild, ReadsItsFolderThroughTheHost) {
    folder.write(
        "a.csv",
        "Employee,Course,Title,Done\n10000001,AIF-101,Caf\xe9,01/07/2026 09:30\n10000002,AIF-101,x,soon\n");
    ASSERT_TRUE(source("csv", settings, true)->check());
    ASSERT_TRUE(pull("csv", settings, "", true));
    ASSERT_EQ(out.records.size(), 2u);
    const auto completion = json::parse(out.records[0].second);
    EXPECT_EQ(completion["occurred"]["value"], "2026-07-01T08:30:00Z");
    EXPECT_EQ(completion["activity"]["title"], "Caf\u00e9");
    EXPECT_EQ(out.records[1].first, "rejected");
    const auto rejected = json::parse(out.records[1].second);
    EXPECT_EQ(
        rejected,
        json::parse(
            R"({"kind":"completion","key":"esr-employee|10000002|AIF-101","where":"a.csv:3","column":"Done","reason":"the date fits none of the formats"})"));
    EXPECT_TRUE(
        validate_json(rejected, json::parse(*read_file(fs::path(CAPBRIDGE_REPO) /
                                                       "config/schemas/records/rejected.schema.json")))
            .empty());
    const auto cursor = out.cursors.back();
    out = {};
    ASSERT_TRUE(pull("csv", settings, cursor, true));
    EXPECT_TRUE(out.records.empty());
}

TEST_F(CsvInItsChild, SettingsAreCheckedBeforeAnythingRuns) {
    auto bad = settings;
    bad["columns"]["occurred"].erase("zone");
    const auto problems = catalogue().check_settings("csv", bad);
    ASSERT_TRUE(problems);
    ASSERT_EQ(problems->size(), 1u);
    EXPECT_NE((*problems)[0].message.find("Europe/London"), std::string::npos);
}

TEST_F(CsvInItsChild, ThirtyThousandRows) {
    std::string text = "Employee,Course,Title,Done\n";
    for (int i = 0; i < 30'000; ++i)
        text += std::to_string(10'000'000 + i) + ",AIF-101,AI in practice,01/07/2026 09:30\n";
    folder.write("a.csv", text);
    const auto s = source("csv", settings, true);
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(s->pull("", out, cancel));
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)
            .count();
    EXPECT_EQ(out.count("completion"), 30'000u);
    std::printf("[ measured ] 30,000 rows of a file in %lld ms\n", static_cast<long long>(ms));
}

}  // namespace
}  // namespace capbridge::adapters
