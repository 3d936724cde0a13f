// Packages that we build, read back by our own inspect.
#include "core/scorm/build.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/scorm/builds.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {
namespace {

using namespace test;

TEST(Build, EveryFormatRoundTrips) {
    const auto framework = small_framework();
    for (const auto& version : all_versions) {
        SCOPED_TRACE(version);
        MemoryTarget zip;
        const auto built = build_package(request_for(framework, version), zip);
        ASSERT_TRUE(built) << built.error().text();
        const auto found = inspect(zip);
        EXPECT_TRUE(found.accepted);
        for (const auto& finding : found.findings) ADD_FAILURE() << finding.code << " " << finding.message;
        EXPECT_EQ(found.title, "Tiny & small");
        EXPECT_EQ(found.sha256, built->sha256);
        EXPECT_EQ(found.entries, built->files);
        const std::vector<std::string> expected =
            version == "1.2" ? std::vector<std::string>{"r-1", "r-3"}
            : version == "cmi5"
                ? std::vector<std::string>{built->iri + "/objectives/r-1", built->iri + "/objectives/r-3"}
                : std::vector<std::string>{framework.iri + "/requirements/r-1",
                                           framework.iri + "/requirements/r-3"};
        if (version == "cmi5") {
            ASSERT_EQ(found.aus.size(), 1u);
            EXPECT_EQ(found.aus[0].objectives, expected);
            EXPECT_EQ(found.aus[0].move_on, "Completed");
        } else {
            ASSERT_EQ(found.scos.size(), 1u);
            EXPECT_EQ(found.scos[0].objectives, expected);
            EXPECT_EQ(found.scos[0].identifier, "item-1");
        }
    }
}

TEST(Build, EditionsAreTold) {
    const auto framework = small_framework();
    for (const auto& [version, shown] :
         {std::pair{"1.2", "1.2"}, {"2004-3", "2004 3rd"}, {"2004-4", "2004 4th"}}) {
        MemoryTarget zip;
        ASSERT_TRUE(build_package(three_parts(framework, version), zip));
        EXPECT_EQ(inspect(zip).version, shown);
    }
}

TEST(Build, SeveralPartsKeepTheirScoresAndObjectives) {
    const auto framework = small_framework();
    for (const auto& version : all_versions) {
        SCOPED_TRACE(version);
        MemoryTarget zip;
        const auto built = build_package(three_parts(framework, version), zip);
        ASSERT_TRUE(built) << built.error().text();
        const auto found = inspect(zip);
        for (const auto& finding : found.findings) ADD_FAILURE() << finding.code << " " << finding.message;
        if (version == "cmi5") {
            ASSERT_EQ(found.aus.size(), 3u);
            EXPECT_EQ(found.aus[0].id, built->iri + "/item-read");
            EXPECT_EQ(found.aus[1].move_on, "Passed");
            EXPECT_EQ(found.aus[2].mastery_score, 0.75);
            EXPECT_EQ(found.aus[2].objectives.size(), 2u);
            continue;
        }
        ASSERT_EQ(found.scos.size(), 3u);
        EXPECT_EQ(found.scos[0].identifier, "item-read");  // foundational first, else as given
        EXPECT_EQ(found.scos[1].identifier, "item-quiz");
        EXPECT_EQ(found.scos[2].href, "deeper/index.html");
        EXPECT_EQ(found.scos[2].objectives.size(), 2u);
        if (version == "1.2") {
            EXPECT_EQ(found.scos[1].mastery_score, 80);
        }
    }
}

TEST(Build, IsTheSameFileEveryTime) {
    const auto framework = small_framework();
    auto request = request_for(framework, "1.2");
    MemoryTarget one, two;
    ASSERT_TRUE(build_package(request, one));
    std::swap(request.parts[0].content[0], request.parts[0].content[1]);
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    const auto again = build_package(request, two);
    unsetenv("TZ");
    tzset();
    ASSERT_TRUE(again);
    EXPECT_EQ(one.bytes, two.bytes);
}

TEST(Build, IdentifiersStayWhenThePackageChanges) {
    const auto framework = small_framework();
    auto request = request_for(framework, "1.2");
    MemoryTarget zip;
    const auto one = build_package(request, zip);
    request.requirements = {"r-2"};
    request.version = "cmi5";
    const auto two = build_package(request, zip);
    ASSERT_TRUE(one && two);
    EXPECT_EQ(one->identifier, two->identifier);
    EXPECT_EQ(one->iri, two->iri);
    request.identifier = "https://trust.example/learning/ai-basics";
    const auto named = build_package(request, zip);
    ASSERT_TRUE(named);
    EXPECT_EQ(named->iri, request.identifier);
    EXPECT_NE(entry(zip.bytes, "cmi5.xml").find("\"https://trust.example/learning/ai-basics/item-1\""),
              std::string::npos);
}

TEST(Build, LaunchDataKeepsToTheLimitOf12) {
    const auto framework = small_framework(200);
    for (const bool all : {false, true}) {
        auto request = request_for(framework, "1.2");
        if (all) request.archetypes = {"user", "shaper"};
        MemoryTarget zip;
        ASSERT_TRUE(build_package(request, zip));
        const auto manifest = xml::parse(entry(zip.bytes, "imsmanifest.xml"));
        const auto item = manifest->root.child("organizations").child("organization").child("item");
        const std::string text = item.child("datafromlms").text();
        EXPECT_LE(text.size(), 255u);
        const auto data = parse_json(text);
        ASSERT_TRUE(data);
        EXPECT_EQ((*data)["objectives"].is_array(), !all);
        EXPECT_EQ(inspect(zip).scos[0].objectives.size(), all ? 201u : 2u);
    }
}

TEST(Build, FactsNameObjectivesAndInteractions) {
    const auto framework = small_framework();
    MemoryTarget zip;
    ASSERT_TRUE(build_package(three_parts(framework, "2004-4"), zip));
    const auto facts = parse_json(entry(zip.bytes, "capbridge.json"));
    ASSERT_TRUE(facts);
    EXPECT_EQ((*facts)["objectives"].size(), 4u);
    EXPECT_EQ((*facts)["objectives"][0]["sco"], "item-read");
    EXPECT_EQ((*facts)["objectives"][0]["requirement"], framework.iri + "/requirements/r-1");
    ASSERT_EQ((*facts)["interactions"].size(), 1u);
    EXPECT_EQ((*facts)["interactions"][0]["sco"], "item-quiz");
    EXPECT_EQ((*facts)["interactions"][0]["type"], "choice");
    EXPECT_EQ((*facts)["interactions"][0]["objectives"][0], framework.iri + "/requirements/r-1");
}

TEST(Build, FactsMustBeWellFormed) {
    const auto framework = small_framework();
    MemoryTarget zip;
    ASSERT_TRUE(build_package(request_for(framework, "1.2"), zip));
    const auto archive = ZipArchive::open(zip);
    std::vector<ZipFile> files;
    for (const auto& file : archive->entries())
        files.push_back({file.name, archive->read(file, 1 << 20).value()});
    for (auto& file : files) {
        if (file.path == "capbridge.json") file.bytes = R"({"format":"capbridge-package","objectives":[{}]})";
    }
    const auto bytes = write_zip(files).value();
    const auto found = inspect(MemorySource(bytes));
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.has_finding("objectives_file_invalid"));
    EXPECT_TRUE(found.scos[0].objectives.empty());
}

TEST(Build, SelectsByPlaceTierAndLevel) {
    const auto framework = small_framework(5);
    auto request = request_for(framework, "1.2");
    const auto ids = [&] {
        std::string out;
        const auto selected = select_requirements(request);
        if (!selected) return selected.error().code;
        for (const auto* requirement : *selected) out += requirement->id + " ";
        return out;
    };
    request.requirements.clear();
    request.archetypes = {"shaper"};
    EXPECT_EQ(ids(), "r-1 ");
    request.archetypes = {"user"};
    request.factors = {"liability"};
    EXPECT_EQ(ids(), "r-1 r-3 r-5 ");
    request.tiers = {"advanced"};
    EXPECT_EQ(ids(), "r-3 r-5 ");
    request.requirements = {"p-1"};
    EXPECT_EQ(ids(), "r-3 r-5 p-1 ");
    request.levels = {"awareness"};
    EXPECT_EQ(ids(), "p-1 ");
    request.requirements.clear();
    EXPECT_EQ(ids(), "no_requirements");
}

TEST(Build, RefusesBadRequests) {
    const auto framework = small_framework();
    const auto with = [&](const auto& change) {
        auto request = request_for(framework, "2004-4");
        change(request);
        return code_of(request);
    };
    const auto with_file = [&](const std::string& path, const std::string& bytes = "") {
        return with([&](auto& r) { r.parts[0].content.push_back(text_file(path, bytes)); });
    };
    EXPECT_EQ(with([](auto& r) { r.version = "2004"; }), "unknown_version");
    EXPECT_EQ(with([](auto& r) { r.requirements = {"r-9"}; }), "unknown_requirement");
    EXPECT_EQ(with([](auto& r) { r.parts[0].requirements = {"r-9"}; }), "unknown_requirement");
    EXPECT_EQ(with([](auto& r) { r.archetypes = {"nobody"}; }), "unknown_archetype");
    EXPECT_EQ(with([](auto& r) { r.factors = {"nothing"}; }), "unknown_factor");
    EXPECT_EQ(with([](auto& r) { r.tiers = {"sky"}; }), "unknown_tier");
    EXPECT_EQ(with([](auto& r) { r.levels = {"sky"}; }), "unknown_level");
    EXPECT_EQ(with([](auto& r) { r.requirements = {}; }), "no_requirements");
    EXPECT_EQ(with([](auto& r) { r.parts.clear(); }), "no_parts");
    EXPECT_EQ(with([](auto& r) { r.parts[0].content.clear(); }), "content_empty");
    EXPECT_EQ(with([](auto& r) { r.parts[0].launch = "start.html"; }), "launch_missing");
    EXPECT_EQ(with([](auto& r) { r.parts[0].mastery_score = 80; }), "mastery_score_invalid");
    EXPECT_EQ(with([](auto& r) {
                  r.parts[0].interactions = {{"q", "choice", "", {}}, {"q", "choice", "", {}}};
              }),
              "interaction_invalid");
    EXPECT_EQ(with([](auto& r) { r.title = "\xff"; }), "title_invalid");
    EXPECT_EQ(with([](auto& r) { r.language = "en_GB"; }), "language_invalid");
    EXPECT_EQ(with([](auto& r) { r.identifier = "1x"; }), "identifier_invalid");
    EXPECT_EQ(with([](auto& r) { r.identifier = "https://x.example/a b"; }), "identifier_invalid");
    EXPECT_EQ(with([](auto& r) { r.parts.push_back(small_part()); }), "part_name_invalid");
    EXPECT_EQ(with([](auto& r) { r.parts = {small_part("a"), small_part("../b")}; }), "part_name_invalid");
    EXPECT_EQ(with([](auto& r) { r.parts = {small_part("a"), small_part("a")}; }), "part_name_duplicate");
    EXPECT_EQ(with([](auto& r) {
                  r.parts = {small_part("a", {"r-1"}), small_part("b", {"r-2"})};
              }),
              "requirements_unused");
    EXPECT_EQ(with_file("IMSmanifest.xml"), "content_reserved_name");
    EXPECT_EQ(with_file("capbridge-scorm.js"), "content_reserved_name");
    EXPECT_EQ(with_file("capbridge.json"), "content_reserved_name");
    EXPECT_EQ(with_file("INDEX.html"), "content_duplicate");
    EXPECT_EQ(with_file("../x"), "content_path_invalid");
    EXPECT_EQ(with_file("a\\x"), "content_path_invalid");
    EXPECT_EQ(with_file("zeros", std::string(12u << 20, '\0')), "package_not_accepted");
}

class Broken final : public ByteSource {
public:
    [[nodiscard]] std::uint64_t size() const override { return 10; }
    Result<std::size_t> read(std::uint64_t, std::span<char>) const override {
        return fail("read_failed", "The disk is gone.");
    }
};

TEST(Build, SaysWhyContentCannotBeRead) {
    const auto framework = small_framework();
    auto request = request_for(framework, "1.2");
    request.parts[0].content.push_back({"film.mp4", std::make_shared<Broken>()});
    MemoryTarget zip;
    const auto built = build_package(request, zip);
    ASSERT_FALSE(built);
    EXPECT_EQ(built.error().code, "zip_not_written");
    EXPECT_NE(built.error().message.find("The disk is gone."), std::string::npos);
}

}  // namespace
}  // namespace capbridge::scorm
