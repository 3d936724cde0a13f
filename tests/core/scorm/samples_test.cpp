// All sample packages against the facts that another program found in them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/scorm/inspect.hpp"

namespace capbridge::scorm {
namespace {

std::set<std::string> codes(const Inspection& inspection) {
    std::set<std::string> out;
    for (const auto& finding : inspection.findings) out.insert(finding.code);
    return out;
}

// Breaches that only the full schemas of LOM metadata show.
bool needs_the_schemas(const std::string& file, const std::string& warning) {
    return file == "2004-3-golf-metadata.zip" && warning == "schema_invalid";
}

void check_verdict(const std::string& file, const json& expected, const Inspection& found) {
    const auto& reject = expected["must_reject"];
    if (reject.is_boolean()) {
        EXPECT_EQ(found.accepted, !reject.get<bool>());
    }
    const auto all = codes(found);
    if (expected["reject_code"].is_string()) {
        EXPECT_TRUE(all.count(expected["reject_code"].get<std::string>())) << expected["reject_code"];
    }
    for (const std::string warning : expected["warnings"]) {
        if (needs_the_schemas(file, warning) || found.format == "cmi5") continue;
        EXPECT_TRUE(all.count(warning)) << warning;
    }
    if (expected.value("xsd_valid", false)) {
        EXPECT_FALSE(all.count("schema_invalid") || all.count("cmi5_schema_invalid"));
    }
}

void check_scorm(const json& expected, const Inspection& found) {
    EXPECT_EQ(found.identifier,
              expected["manifest_id"].is_string() ? expected["manifest_id"].get<std::string>() : "");
    ASSERT_EQ(found.organizations.size(), expected["organizations"].get<std::size_t>());
    for (std::size_t i = 0; i < found.organizations.size(); ++i) {
        const auto& id = expected["organization_ids"][i];
        EXPECT_EQ(found.organizations[i].identifier, id.is_string() ? id.get<std::string>() : "");
    }
    const auto& title = expected["organization_title"];
    EXPECT_EQ(found.title, title.is_string() ? title.get<std::string>() : "");
    std::set<std::string> resources, items;
    for (const auto& sco : found.scos) {
        resources.insert(sco.resource);
        items.insert(sco.identifier);
        const auto& scores = expected["mastery_scores"];
        const std::string written = scores.value(sco.identifier, "");
        if (written.empty()) {
            EXPECT_FALSE(sco.mastery_score);
        } else {
            ASSERT_TRUE(sco.mastery_score);
            EXPECT_DOUBLE_EQ(*sco.mastery_score, std::stod(written));
        }
        std::vector<std::string> own;
        for (const auto& objective : expected["objectives"]) {
            if (objective["owner"] == sco.identifier && objective["id"].is_string())
                own.push_back(objective["id"]);
        }
        if (!own.empty()) {
            EXPECT_EQ(sco.objectives, own) << sco.identifier;
        }
        for (const auto& id : sco.objectives) {
            EXPECT_NE(std::find(expected["objective_ids"].begin(), expected["objective_ids"].end(), id),
                      expected["objective_ids"].end());
        }
    }
    // A SCO without an href is counted there, but launches nothing.
    if (expected["reject_code"] != "nothing_to_launch") {
        EXPECT_EQ(resources.size(), expected["sco_resources_referenced"].get<std::size_t>());
    }
    if (const auto& first = expected["launch_first"]; first.is_object() && first["type"] == "sco") {
        const auto sco = std::find_if(found.scos.begin(), found.scos.end(), [&](const Sco& s) {
            return s.identifier == first["item"].get<std::string>();
        });
        ASSERT_NE(sco, found.scos.end());
        EXPECT_EQ(sco->href, first["href"].get<std::string>());
        EXPECT_EQ(sco->parameters,
                  first["parameters"].is_string() ? first["parameters"].get<std::string>() : "");
        EXPECT_EQ(sco->resource, first["resource"].get<std::string>());
    }
    const auto all = codes(found);
    EXPECT_EQ(all.count("dangling_identifierref") != 0, !expected["dangling_identifierrefs"].empty());
    EXPECT_EQ(all.count("missing_files") != 0, expected["missing_files"].get<int>() != 0);
    EXPECT_EQ(all.count("launch_file_missing") != 0, expected["launch_files_missing"].get<int>() != 0);
}

void check_cmi5(const json& expected, const Inspection& found) {
    EXPECT_EQ(found.identifier, expected["course_id"].get<std::string>());
    EXPECT_EQ(found.title, expected["course_title"].get<std::string>());
    ASSERT_EQ(found.aus.size(), expected["au_count"].get<std::size_t>());
    for (std::size_t i = 0; i < expected["aus"].size(); ++i) {
        const auto& au = expected["aus"][i];
        EXPECT_EQ(found.aus[i].id, au["id"].get<std::string>());
        EXPECT_EQ(found.aus[i].title, au["title"].get<std::string>());
        EXPECT_EQ(found.aus[i].url, au["url"].get<std::string>());
        EXPECT_EQ(found.aus[i].move_on, au["moveOn"].get<std::string>());
        EXPECT_EQ(found.aus[i].mastery_score.has_value(), !au["masteryScore"].is_null());
        if (found.aus[i].mastery_score) {
            EXPECT_DOUBLE_EQ(*found.aus[i].mastery_score, au["masteryScore"].get<double>());
        }
        EXPECT_EQ(found.aus[i].objectives, au["objective_refs"].get<std::vector<std::string>>());
    }
}

TEST(Samples, GiveTheExpectedFacts) {
    const char* shared = std::getenv("CAPBRIDGE_SHARED");
    if (!shared) {
        GTEST_SKIP() << "CAPBRIDGE_SHARED is not set: point it at the folder that holds samples/scorm.";
    }
    const auto folder = std::filesystem::path(shared) / "samples" / "scorm";
    const auto text = read_file(folder / "expected.json");
    ASSERT_TRUE(text);
    const auto document = parse_json(*text);
    ASSERT_TRUE(document);
    std::size_t exact = 0;
    for (const auto& [file, expected] : (*document)["files"].items()) {
        SCOPED_TRACE(file);
        const auto bytes = read_file(folder / file);
        ASSERT_TRUE(bytes);
        const auto found = inspect(MemorySource(*bytes));
        const auto before =
            testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
        EXPECT_EQ(found.bytes, expected["bytes"].get<std::uint64_t>());
        EXPECT_EQ(found.sha256, expected["sha256"].get<std::string>());
        EXPECT_EQ(found.format, expected.value("format", ""));
        EXPECT_EQ(found.version, expected.value("version", ""));
        if (expected.contains("entries")) {
            EXPECT_EQ(found.entries, expected["entries"].get<std::size_t>());
        }
        if (expected.contains("manifest") && expected["manifest"].is_string()) {
            EXPECT_EQ(found.manifest, expected["manifest"].get<std::string>());
        }
        check_verdict(file, expected, found);
        if (expected.value("format", "") == "scorm") check_scorm(expected, found);
        if (expected.value("format", "") == "cmi5") check_cmi5(expected, found);
        if (testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count() == before)
            ++exact;
    }
    RecordProperty("exact", static_cast<int>(exact));
    std::cout << exact << " of " << (*document)["files"].size() << " samples exact\n";
}

}  // namespace
}  // namespace capbridge::scorm
