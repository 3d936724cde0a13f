// Packages that we build, read back by our own inspect.
#include "core/scorm/build.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/scorm/inspect.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {
namespace {

framework::Framework small_framework(int requirements = 3) {
    framework::Framework framework;
    framework.id = "tiny";
    framework.version = "1.0.0";
    framework.iri = "https://example.org/frameworks/tiny";
    framework.title = "Tiny & small";
    framework.archetypes = {{"user", "User", "", {}}, {"shaper", "Shaper", "", {}}};
    framework.factors = {{"liability", "Liability", ""}, {"guidelines", "Guidelines", ""}};
    for (int i = 1; i <= requirements; ++i) {
        framework::Requirement requirement;
        requirement.id = "r-" + std::to_string(i);
        requirement.title = "Requirement " + std::to_string(i);
        requirement.archetypes = {i == 1 ? "shaper" : "user"};
        requirement.factor = i % 2 ? "liability" : "guidelines";
        framework.requirements.push_back(requirement);
    }
    return framework;
}

BuildRequest request_for(const framework::Framework& framework, const std::string& version) {
    BuildRequest request;
    request.framework = &framework;
    request.version = version;
    request.requirements = {"r-3", "r-1"};
    request.content = {{"index.html", "<html></html>"}, {"images/a b.png", std::string("\0\1\2", 3)}};
    return request;
}

std::string code_of(const BuildRequest& request) {
    const auto built = build_package(request);
    return built ? "" : built.error().code;
}

TEST(Build, RoundTripsIn12) {
    const auto framework = small_framework();
    const auto built = build_package(request_for(framework, "1.2"));
    ASSERT_TRUE(built) << built.error().text();
    const auto found = inspect(MemorySource(*built));
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.findings.empty());
    EXPECT_EQ(found.version, "1.2");
    EXPECT_EQ(found.title, "Tiny & small");
    EXPECT_EQ(found.entries, 5u);
    ASSERT_EQ(found.scos.size(), 1u);
    EXPECT_EQ(found.scos[0].objectives, (std::vector<std::string>{"r-1", "r-3"}));
}

TEST(Build, RoundTripsIn2004) {
    const auto framework = small_framework();
    const auto built = build_package(request_for(framework, "2004-4"));
    ASSERT_TRUE(built) << built.error().text();
    const auto found = inspect(MemorySource(*built));
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.findings.empty());
    EXPECT_EQ(found.version, "2004 4th");
    ASSERT_EQ(found.scos.size(), 1u);
    EXPECT_EQ(found.scos[0].objectives,
              (std::vector<std::string>{"https://example.org/frameworks/tiny/requirements/r-1",
                                        "https://example.org/frameworks/tiny/requirements/r-3"}));
}

TEST(Build, IsTheSameFileEveryTime) {
    const auto framework = small_framework();
    auto request = request_for(framework, "1.2");
    const auto one = build_package(request);
    std::swap(request.content[0], request.content[1]);
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    const auto two = build_package(request);
    unsetenv("TZ");
    tzset();
    ASSERT_TRUE(one && two);
    EXPECT_EQ(*one, *two);
}

TEST(Build, LaunchDataKeepsToTheLimitOf12) {
    const auto framework = small_framework(200);
    for (const bool all : {false, true}) {
        auto request = request_for(framework, "1.2");
        if (all) request.archetypes = {"user", "shaper"};
        const auto built = build_package(request);
        ASSERT_TRUE(built);
        const MemorySource source(*built);
        const auto archive = ZipArchive::open(source);
        const auto manifest = xml::parse(archive->read("imsmanifest.xml", 1 << 20).value());
        const auto* item = manifest->root.child("organizations")->child("organization")->child("item");
        const std::string text = item->child("datafromlms")->text;
        EXPECT_LE(text.size(), 255u);
        const auto data = parse_json(text);
        ASSERT_TRUE(data);
        EXPECT_EQ((*data)["objectives"].is_array(), !all);
        EXPECT_EQ(inspect(source).scos[0].objectives.size(), all ? 200u : 2u);
    }
}

TEST(Build, SelectsByArchetypeAndFactor) {
    const auto framework = small_framework(5);
    auto request = request_for(framework, "1.2");
    request.requirements.clear();
    request.archetypes = {"user"};
    request.factors = {"liability"};
    const auto selected = select_requirements(request);
    ASSERT_TRUE(selected);
    ASSERT_EQ(selected->size(), 2u);
    EXPECT_EQ((*selected)[0]->id, "r-3");
}

TEST(Build, ObjectivesFileMustBeWellFormed) {
    const auto framework = small_framework();
    const auto built = build_package(request_for(framework, "1.2"));
    const MemorySource source(*built);
    const auto archive = ZipArchive::open(source);
    std::vector<ZipFile> files;
    for (const auto& entry : archive->entries())
        files.push_back({entry.name, archive->read(entry, 1 << 20).value()});
    for (auto& file : files) {
        if (file.path == objectives_file)
            file.bytes = "{\"format\":\"capbridge-objectives\",\"objectives\":[{}]}";
    }
    const auto found = inspect(MemorySource(write_zip(files).value()));
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.has_finding("objectives_file_invalid"));
    EXPECT_TRUE(found.scos[0].objectives.empty());
}

TEST(Build, RefusesBadRequests) {
    const auto framework = small_framework();
    const auto with = [&](const auto& change) {
        auto request = request_for(framework, "2004-4");
        change(request);
        return code_of(request);
    };
    EXPECT_EQ(with([](auto& r) { r.version = "2004"; }), "unknown_version");
    EXPECT_EQ(with([](auto& r) { r.requirements = {"r-9"}; }), "unknown_requirement");
    EXPECT_EQ(with([](auto& r) { r.archetypes = {"nobody"}; }), "unknown_archetype");
    EXPECT_EQ(with([](auto& r) { r.factors = {"nothing"}; }), "unknown_factor");
    EXPECT_EQ(with([](auto& r) { r.requirements = {}; }), "no_requirements");
    EXPECT_EQ(with([](auto& r) {
                  r.requirements = {};
                  r.archetypes = {"shaper"};
                  r.factors = {"guidelines"};
              }),
              "no_requirements");
    EXPECT_EQ(with([](auto& r) { r.content.clear(); }), "content_empty");
    EXPECT_EQ(with([](auto& r) { r.launch = "start.html"; }), "launch_missing");
    EXPECT_EQ(with([](auto& r) { r.title = "\xff"; }), "title_invalid");
    EXPECT_EQ(with([](auto& r) { r.content.push_back({"IMSmanifest.xml", ""}); }), "content_reserved_name");
    EXPECT_EQ(with([](auto& r) {
                  r.content.push_back({"capbridge-scorm.js", ""});
              }),
              "content_reserved_name");
    EXPECT_EQ(with([](auto& r) { r.content.push_back({"INDEX.html", ""}); }), "content_duplicate");
    EXPECT_EQ(with([](auto& r) { r.content.push_back({"../x", ""}); }), "content_path_invalid");
    EXPECT_EQ(with([](auto& r) { r.content.push_back({"a\\x", ""}); }), "content_path_invalid");
    EXPECT_EQ(with([](auto& r) {
                  r.content.push_back({"zeros", std::string(12u << 20, '\0')});
              }),
              "package_not_accepted");
}

}  // namespace
}  // namespace capbridge::scorm
