// Files of a package by exact name, and by nothing else.
#include "core/scorm/package_index.hpp"

#include <gtest/gtest.h>

#include "core/scorm/zips.hpp"

namespace capbridge::scorm {
namespace {

// Owns its bytes, as a file does.
class OwnBytes final : public ByteSource {
public:
    explicit OwnBytes(std::string bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        return MemorySource(bytes_).read(offset, into);
    }

private:
    std::string bytes_;
};

std::unique_ptr<PackageIndex> index_of(const std::vector<test::Made>& files, std::string_view manifest) {
    auto index = PackageIndex::open(std::make_unique<OwnBytes>(test::make_zip(files)), manifest);
    EXPECT_TRUE(index);
    return index ? std::move(*index) : nullptr;
}

TEST(PackageIndex, ReadsByExactName) {
    const auto index = index_of({{"imsmanifest.xml", test::good_manifest}, {"a/index.html", "<p>one</p>"}},
                                "imsmanifest.xml");
    ASSERT_TRUE(index);
    EXPECT_EQ(index->names(), (std::vector<std::string>{"a/index.html", "imsmanifest.xml"}));
    EXPECT_EQ(index->read("a/index.html", 100), "<p>one</p>");
    std::string streamed;
    ASSERT_TRUE(index->stream("a/index.html", [&](std::string_view block) {
        streamed += block;
        return true;
    }));
    EXPECT_EQ(streamed, "<p>one</p>");
    const auto too_large = index->read("a/index.html", 3);
    ASSERT_FALSE(too_large);
    EXPECT_EQ(too_large.error().code, "entry_too_large");
    for (const char* name :
         {"", "/", "a", "a/", "/a/index.html", "./a/index.html", "a//index.html", "A/index.html",
          "a/../a/index.html", "a%2Findex.html", "../../etc/passwd", "a/index.html?x=1", "a\\index.html"}) {
        EXPECT_FALSE(index->has(name)) << name;
        const auto none = index->read(name, 100);
        ASSERT_FALSE(none) << name;
        EXPECT_EQ(none.error().code, "not_found") << name;
    }
}

TEST(PackageIndex, HangsOnTheManifestsFolder) {
    const auto index = index_of({{"course/imsmanifest.xml", "x"},
                                 {"course/a.html", "in"},
                                 {"course\\b.html", "turned"},
                                 {"outside.html", "out"},
                                 {"__MACOSX/course/._a.html", "junk"}},
                                "course/imsmanifest.xml");
    ASSERT_TRUE(index);
    EXPECT_EQ(index->read("a.html", 100), "in");
    EXPECT_EQ(index->read("b.html", 100), "turned");
    EXPECT_FALSE(index->has("outside.html"));
    EXPECT_FALSE(index->has("course/a.html"));
}

TEST(PackageIndex, LeavesOutWhatInspectRefuses) {
    const auto index = index_of(
        {{"imsmanifest.xml", "x"}, {"../up.html", "up"}, {"/abs.html", "abs"}, {"link", "to", 0120777}},
        "imsmanifest.xml");
    ASSERT_TRUE(index);
    EXPECT_EQ(index->names(), std::vector<std::string>{"imsmanifest.xml"});
}

TEST(PackageIndex, OfOneXmlFile) {
    auto index = PackageIndex::open(std::make_unique<OwnBytes>("<courseStructure/>"), "cmi5.xml");
    ASSERT_TRUE(index);
    EXPECT_EQ((*index)->read("cmi5.xml", 100), "<courseStructure/>");
    EXPECT_FALSE((*index)->read("cmi5.xml", 3));
    EXPECT_FALSE((*index)->has("index.html"));
    const auto no_zip = PackageIndex::open(std::make_unique<OwnBytes>("nonsense"), "imsmanifest.xml");
    ASSERT_FALSE(no_zip);
    EXPECT_EQ(no_zip.error().code, "not_a_readable_zip");
}

}  // namespace
}  // namespace capbridge::scorm
