// Packages that must be taken, and every kind of package that must not.
#include "core/scorm/inspect.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/scorm/xml.hpp"
#include "core/scorm/zip.hpp"
#include "zips.hpp"

namespace capbridge::scorm {
namespace {

using test::good_manifest;
using test::Made;
using test::make_zip;
using test::patched;

Inspection look(const std::string& bytes, const Limits& limits = {}) {
    return inspect(MemorySource(bytes), limits);
}

std::vector<Made> good_files() {
    return {{"imsmanifest.xml", good_manifest}, {"a/index.html", "<html></html>"}};
}

std::vector<Made> good_and(const Made& more) {
    auto files = good_files();
    files.push_back(more);
    return files;
}

std::string with_manifest(const std::string& manifest) {
    return make_zip({{"imsmanifest.xml", manifest}, {"a/index.html", "<html></html>"}});
}

// Refused, with that reason.
#define EXPECT_REFUSED(inspection, code)                  \
    do {                                                  \
        const Inspection refused = (inspection);          \
        EXPECT_FALSE(refused.accepted);                   \
        EXPECT_TRUE(refused.has_finding(code)) << (code); \
    } while (false)

TEST(Inspect, ReadsAGoodPackage) {
    const auto found = look(make_zip(good_files()));
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.findings.empty());
    EXPECT_EQ(found.version, "1.2");
    EXPECT_EQ(found.title, "Course");
    ASSERT_EQ(found.scos.size(), 1u);
    EXPECT_EQ(found.scos[0].identifier, "i1");
    EXPECT_EQ(found.scos[0].title, "Part one");
    EXPECT_EQ(found.scos[0].href, "a/index.html?x=1");
    EXPECT_EQ(found.scos[0].mastery_score, 80);
    EXPECT_EQ(found.sha256.size(), 64u);
}

TEST(Inspect, GivesTheAgreedJson) {
    const auto out = inspection_json(look(make_zip(good_files())));
    for (const auto* member : {"format", "version", "organizations", "scos", "aus", "findings", "accepted",
                               "title", "identifier", "manifest", "sha256", "bytes", "entries"}) {
        EXPECT_TRUE(out.contains(member)) << member;
    }
    EXPECT_TRUE(out["scos"][0]["parameters"].is_null());
    const auto refused = inspection_json(look("no zip"));
    EXPECT_TRUE(refused["format"].is_null());
    EXPECT_FALSE(refused["accepted"].get<bool>());
    EXPECT_EQ(refused["findings"][0]["severity"], "error");
}

TEST(Inspect, RefusesWhatIsNoZip) {
    EXPECT_REFUSED(look(""), "not_a_readable_zip");
    EXPECT_REFUSED(look("# A text"), "not_a_readable_zip");
    EXPECT_REFUSED(look("<html/>"), "not_a_readable_zip");
    const auto zip = make_zip(good_files());
    EXPECT_REFUSED(look(zip.substr(0, zip.size() * 6 / 10)), "not_a_readable_zip");
    EXPECT_REFUSED(look(std::string("PK\x05\x06", 4) + std::string(18, '\0')), "empty_archive");
}

TEST(Inspect, NeverFailsOnAnyTruncationOrFlippedByte) {
    const auto zip = make_zip(good_files());
    for (std::size_t size = 0; size < zip.size(); ++size) (void)look(zip.substr(0, size));
    for (std::size_t at = 0; at < zip.size(); ++at) {
        for (const char mask : {'\x01', '\x80', '\xff'}) {
            auto flipped = zip;
            flipped[at] = static_cast<char>(flipped[at] ^ mask);
            (void)look(flipped);
        }
    }
}

TEST(Inspect, RefusesAPackageWithoutAManifest) {
    EXPECT_REFUSED(look(make_zip({{"index.html", "x"}})), "no_manifest");
    EXPECT_REFUSED(look(make_zip({{"__MACOSX/imsmanifest.xml", good_manifest}})), "no_manifest");
    EXPECT_REFUSED(look(make_zip({{"course/cmi5.xml", "<x/>"}})), "no_manifest");
}

TEST(Inspect, RefusesBadXml) {
    EXPECT_REFUSED(look(with_manifest("<manifest><a></manifest>")), "not_well_formed_xml");
    EXPECT_REFUSED(look(with_manifest("")), "not_well_formed_xml");
    EXPECT_REFUSED(look(with_manifest("<?xml version=\"1.0\"?>")), "not_well_formed_xml");
    EXPECT_REFUSED(look(with_manifest("<html/>")), "not_a_manifest");
    Limits small;
    small.manifest_bytes = 100;
    EXPECT_REFUSED(look(make_zip(good_files()), small), "manifest_too_large");
}

TEST(Inspect, RefusesADoctypeAndDoesNotExpandIt) {
    const std::string bomb =
        "<?xml version=\"1.0\"?><!DOCTYPE m [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
        "\"&a;&a;&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY x SYSTEM \"file:///etc/passwd\">]><manifest>&b;&x;</manifest>";
    EXPECT_REFUSED(look(with_manifest(bomb)), "doctype_refused");
    EXPECT_REFUSED(look(with_manifest("<!DOCTYPE manifest SYSTEM \"http://127.0.0.1:9/m.dtd\"><manifest/>")),
                   "doctype_refused");
    EXPECT_REFUSED(look(with_manifest("<manifest>&undefined;</manifest>")), "not_well_formed_xml");
}

TEST(Inspect, BoundsAttributesAndWhatFindingsQuote) {
    std::string ampersands;
    for (int i = 0; i < 200'000; ++i) ampersands += "&amp;";
    const auto began = std::chrono::steady_clock::now();
    const auto refused = look(with_manifest("<manifest identifier=\"" + ampersands + "\"/>"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
    EXPECT_FALSE(refused.accepted);
    EXPECT_TRUE(refused.has_finding("attribute_too_long"));

    const auto kept =
        xml::parse("<a b='" + ampersands.substr(0, 5 * 65'536) + "' c='1&amp;&lt;&#38;2&amp;'/>");
    ASSERT_TRUE(kept) << kept.error().text();
    EXPECT_EQ(kept->root.attribute_or("b"), std::string(65'536, '&'));
    EXPECT_EQ(kept->root.attribute_or("c"), "1&<&2&");

    auto manifest = good_manifest;
    manifest.replace(manifest.find("identifier=\""), 12, "identifier=\"" + std::string(60'000, ' '));
    for (const auto& finding : look(with_manifest(manifest)).findings)
        EXPECT_LT(finding.message.size(), 1100u) << finding.code;
    std::string umlauts =
        "<courseStructure xmlns=\"https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd\"><course id=\"";
    for (int i = 0; i < 30'000; ++i) umlauts += "\xC3\xBC";
    const auto quoted = look(make_zip({{"cmi5.xml", umlauts + "\"/></courseStructure>"}}));
    EXPECT_TRUE(quoted.has_finding("cmi5_id_not_iri"));
    for (const auto& finding : quoted.findings) {
        EXPECT_LT(finding.message.size(), 1100u);
        EXPECT_TRUE(is_utf8(finding.message));
    }
}

TEST(Inspect, RefusesDeepXml) {
    std::string deep;
    for (int i = 0; i < 5000; ++i) deep += "<a>";
    EXPECT_REFUSED(look(with_manifest(deep)), "xml_too_deep");
}

TEST(Inspect, RefusesPathsThatEscape) {
    const auto zip = make_zip(good_and({"xxxxx/evil", "x"}));
    EXPECT_REFUSED(look(patched(zip, "xxxxx/evil", "../../evil")), "path_outside_package");
    EXPECT_REFUSED(look(patched(zip, "xxxxx/evil", "a\\..\\..\\ev")), "path_outside_package");
    EXPECT_REFUSED(look(patched(zip, "xxxxx/evil", "/etc/evils")), "path_absolute");
    EXPECT_REFUSED(look(patched(zip, "xxxxx/evil", "\\\\host\\eee")), "path_absolute");
    EXPECT_REFUSED(look(patched(zip, "xxxxx/evil", "C:\\xx\\evil")), "path_drive");
    EXPECT_REFUSED(look(patched(zip, "xxxxx/evil", std::string("abc\0/evils", 10))), "path_nul");
    EXPECT_REFUSED(look(make_zip(good_and({std::string(600, 'n'), "x"}))), "path_too_long");
}

TEST(Inspect, RefusesLinksAndSecrets) {
    EXPECT_REFUSED(look(make_zip(good_and({"link", "/etc/passwd", 0120777}))), "symlink");
    EXPECT_REFUSED(look(make_zip(good_and({"secret.html", "x", 0100644, true}))), "encrypted_entry");
    EXPECT_REFUSED(look(make_zip({{"imsmanifest.xml", good_manifest, 0100644, true}})), "encrypted_entry");
}

TEST(Inspect, FlagsDuplicateNames) {
    EXPECT_REFUSED(look(patched(make_zip(good_and({"a/index.htmX", "x"})), "a/index.htmX", "a/index.html")),
                   "duplicate_entry");
    const auto by_case = look(make_zip(good_and({"A/Index.html", "x"})));
    EXPECT_TRUE(by_case.accepted);
    EXPECT_TRUE(by_case.has_finding("entries_differ_by_case"));
}

TEST(Inspect, RefusesTooManyEntries) {
    Limits small;
    small.entries = 1;
    EXPECT_REFUSED(look(make_zip(good_files()), small), "too_many_entries");
    small.entries = 2;
    EXPECT_TRUE(look(make_zip(good_files()), small).accepted);
}

TEST(Inspect, RefusesBombs) {
    EXPECT_REFUSED(look(make_zip(good_and({"zeros.bin", std::string(12u << 20, '\0')}))),
                   "compression_ratio");
    EXPECT_TRUE(look(make_zip(good_and({"zeros.bin", std::string(9u << 20, '\0')}))).accepted);
    Limits small;
    small.inflated_bytes = 1000;
    EXPECT_REFUSED(look(make_zip(good_and({"large.bin", std::string(2000, 'x')})), small),
                   "inflated_too_large");
}

TEST(Inspect, RefusesDamagedData) {
    std::string noise;
    for (unsigned i = 0, x = 1; i < 3000; ++i)
        noise += static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
    auto zip = make_zip(good_and({"noise.bin", noise}));
    zip[zip.find("noise.bin") + 1000] ^= '\x55';
    EXPECT_REFUSED(look(zip), "entry_damaged");
}

TEST(Inspect, WarnsOfDuplicateAndDanglingIdentifiers) {
    auto manifest =
        patched(good_manifest, "</organization>",
                "<item identifier=\"i1\" identifierref=\"r9\"><title>Two</title></item></organization>");
    manifest = patched(manifest, "</resources>", "<resource identifier=\"r1\" href=\"b.html\"/></resources>");
    const auto found = look(with_manifest(manifest));
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.has_finding("duplicate_item"));
    EXPECT_TRUE(found.has_finding("duplicate_resource"));
    EXPECT_TRUE(found.has_finding("dangling_identifierref"));
    EXPECT_EQ(found.scos.size(), 1u);
}

TEST(Inspect, HrefsNeverClimbOut) {
    for (const std::string href :
         {"../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..\\x.html", "C:/x.html"}) {
        EXPECT_REFUSED(look(with_manifest(patched(good_manifest, "a/index.html?x=1", href))),
                       "all_launch_files_missing");
    }
}

TEST(Inspect, ResolvesXmlBaseOfAllLevels) {
    auto manifest = patched(good_manifest, "<resources>", "<resources xml:base=\"b/\">");
    manifest = patched(manifest, "version=\"1.0\" xmlns", "version=\"1.0\" xml:base=\"top/\" xmlns");
    manifest = patched(manifest, "identifier=\"r1\"", "identifier=\"r1\" xml:base=\"c/\"");
    const auto found = look(
        make_zip({{"imsmanifest.xml", manifest}, {"top/", ""}, {"top/b/c/a/index.html", "<html></html>"}}));
    EXPECT_TRUE(found.accepted);
    ASSERT_EQ(found.scos.size(), 1u);
    EXPECT_EQ(found.scos[0].href, "top/b/c/a/index.html?x=1");
    EXPECT_EQ(found.entries, 2u);
}

TEST(Inspect, ReadsWindows1252ThatSaysUtf8) {
    const auto found = look(with_manifest(patched(good_manifest, "Course", "Caf\xe9 \x96 x")));
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.has_finding("encoding_wrong"));
    EXPECT_EQ(found.title, "Caf\u00e9 \u2013 x");
}

TEST(Inspect, KeepsAmpersandsOfAttributes) {
    const auto found = look(with_manifest(patched(good_manifest, "?x=1", "?x=1&amp;y=&amp;#38;")));
    ASSERT_EQ(found.scos.size(), 1u);
    EXPECT_EQ(found.scos[0].href, "a/index.html?x=1&y=&#38;");
}

TEST(Inspect, LimitsTheFindingsOfACode) {
    std::string items;
    for (int i = 0; i < 50; ++i) {
        items +=
            "<item identifier=\"x" + std::to_string(i) + "\" identifierref=\"none\"><title>t</title></item>";
    }
    const auto found =
        look(with_manifest(patched(good_manifest, "</organization>", items + "</organization>")));
    EXPECT_EQ(found.findings.size(), 20u);
    EXPECT_NE(found.findings.back().message.find("30 more"), std::string::npos);
}

TEST(Zip, ReadsByExactNameOnly) {
    const auto bytes = make_zip(good_files());
    const MemorySource source(bytes);
    const auto archive = ZipArchive::open(source);
    ASSERT_TRUE(archive);
    EXPECT_EQ(archive->read("a/index.html", 100).value(), "<html></html>");
    EXPECT_EQ(archive->read("A/index.html", 100).error().code, "not_found");
    EXPECT_EQ(archive->read("a/index.html", 5).error().code, "entry_too_large");
}

}  // namespace
}  // namespace capbridge::scorm
