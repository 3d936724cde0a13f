// The kit's verdict over all rules, and what it says of files and cassettes that are none. The rules
// themselves are tried in tests/e2e/test_kit.py.
#include "adapters/kit/kit.hpp"

#include <nlohmann/json.hpp>

#include "adapters/fixture.hpp"
#include "adapters/kit/stage.hpp"

namespace capbridge::adapters {
namespace {

using Outcome = KitFinding::Outcome;

KitFinding finding(KitLevel level, const std::string& rule, Outcome outcome, bool is_open = false,
                   const std::string& adapter = "a") {
    KitFinding out;
    out.level = level;
    out.rule = rule;
    out.outcome = outcome;
    out.is_open = is_open;
    out.adapter = adapter;
    return out;
}

KitReport up_to_resumes() {
    KitReport report;
    report.findings = {
        finding(KitLevel::loads, "l", Outcome::passed), finding(KitLevel::reads, "r", Outcome::passed),
        finding(KitLevel::resumes, "s", Outcome::passed), finding(KitLevel::hardened, "h", Outcome::passed)};
    return report;
}

TEST(KitReport, ASinkThatWasNeverTriedIsNotHardened) {
    auto report = up_to_resumes();
    report.findings.push_back(finding(KitLevel::writes, "push.works", Outcome::skipped));
    EXPECT_EQ(report.badge(), "hardened") << "it writes nothing back";
    report.findings.push_back(finding(KitLevel::writes, "push.unknown", Outcome::passed));
    report.findings.push_back(finding(KitLevel::writes, "push.works", Outcome::skipped, true));
    EXPECT_EQ(report.badge(), "resumes");
    EXPECT_TRUE(report.to_json()["findings"].back()["open"]);
    report.findings.push_back(finding(KitLevel::writes, "push.works", Outcome::passed, false, "b"));
    EXPECT_EQ(report.badge(), "resumes") << "that was another adapter";
    report.findings.push_back(finding(KitLevel::writes, "push.works", Outcome::passed));
    EXPECT_EQ(report.badge(), "hardened") << "with another cassette it was tried";
    report.findings.push_back(finding(KitLevel::writes, "push.works", Outcome::failed));
    EXPECT_EQ(report.badge(), "resumes");
}

class KitTest : public AdapterTest {
protected:
    Result<KitReport> kit(const fs::path& file, const std::string& only = "",
                          std::vector<fs::path> cassettes = {}) {
        KitOptions options;
        options.file = file;
        options.only = only;
        options.cassettes = std::move(cassettes);
        options.spec = spec;
        return run_kit(options);
    }
    std::string refused(const fs::path& file, const std::string& only = "",
                        std::vector<fs::path> cassettes = {}) {
        const auto report = kit(file, only, std::move(cassettes));
        return report ? "" : report.error().code + ": " + report.error().message;
    }
};

TEST_F(KitTest, WhatIsNoFileOfAnAdapterIsSaid) {
    ASSERT_EQ(::mkfifo((folder.path / "pipe.so").c_str(), 0600), 0);
    folder.write("notes.txt", "none");
    EXPECT_EQ(refused(folder.path / "absent.so"), "adapter_unreadable: there is no such file");
    EXPECT_NE(refused(folder.path).find("that is a folder"), std::string::npos) << refused(folder.path);
    EXPECT_NE(refused(folder.path / "pipe.so").find("no regular file"), std::string::npos);
    EXPECT_NE(refused(folder.path / "notes.txt").find("NAME.so"), std::string::npos);
}

TEST_F(KitTest, ARuleThatDoesNotExistIsAnError) {
    use_sample();
    const auto why = refused(plugins.path / "sample_adapter.so", "nosuchrule");
    EXPECT_TRUE(why.starts_with("bad_rule: ")) << why;
    EXPECT_NE(why.find("push.once"), std::string::npos) << "it says which there are";
    EXPECT_TRUE(kit(plugins.path / "sample_adapter.so", "file.note"));
}

TEST_F(KitTest, ALibraryThatIsNoAdapterPassesNothingForHavingNothing) {
    plugins.write("none.so", "none");
    fs::permissions(plugins.path / "none.so", fs::perms(0755));
    const auto report = kit(plugins.path / "none.so");
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->badge(), "");
    for (const auto& one : report->findings) {
        if (one.outcome == Outcome::passed) {
            EXPECT_EQ(one.rule, "file.owner");
        }
    }
}

TEST_F(KitTest, AFolderThatOthersMayWriteIsSeen) {
    use_sample();
    fs::permissions(plugins.path, fs::perms(0777));
    const auto report = kit(plugins.path / "sample_adapter.so", "file.owner");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->findings[0].outcome, Outcome::failed);
    EXPECT_NE(report->findings[0].why.find("folder"), std::string::npos) << report->findings[0].why;
}

TEST_F(KitTest, BrokenCassettesAreSaid) {
    use_sample();
    const auto file = plugins.path / "sample_adapter.so";
    for (const auto* text :
         {"[]", "null", "7", "\"x\"", "{}", "{\"adapter\":[]}", "{\"adapter\":\"a\",\"settings\":[]}"}) {
        folder.write("source.json", text);
        EXPECT_TRUE(refused(file, "file", {folder.path}).starts_with("bad_cassette: ")) << text;
    }
    folder.write("source.json", R"({"adapter":"test.sample"})");
    for (const auto* text : {"{}", "[7]", "[{}]", R"([{"kind":"k","key":"k","record":[]}])"}) {
        folder.write("push.json", text);
        EXPECT_TRUE(refused(file, "file", {folder.path}).starts_with("bad_cassette: ")) << text;
    }
}

}  // namespace
}  // namespace capbridge::adapters
