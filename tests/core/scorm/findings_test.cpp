// Where findings say that something is, and the oddities of real packages, each with its finding.
#include "core/scorm/findings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/scorm/inspect.hpp"
#include "manifests.hpp"
#include "zips.hpp"

namespace capbridge::scorm {
namespace {

using test::good_manifest;
using test::Made;
using test::make_zip;
using test::patched;

Inspection look(const std::string& manifest, std::vector<Made> more = {}) {
    more.push_back({"imsmanifest.xml", manifest});
    more.push_back({"a/index.html", "<html></html>"});
    return inspect(MemorySource(make_zip(more)));
}

const Finding& the(const Inspection& found, const std::string& code) {
    static const Finding none;
    const auto at = std::find_if(found.findings.begin(), found.findings.end(),
                                 [&](const Finding& f) { return f.code == code; });
    EXPECT_NE(at, found.findings.end()) << code;
    return at == found.findings.end() ? none : *at;
}

std::string utf16(const std::string& ascii, bool big_endian, bool mark) {
    std::string out = !mark ? "" : big_endian ? "\xfe\xff" : "\xff\xfe";
    for (const char c : ascii) out += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
    return out;
}

TEST(Findings, SayWhereAndWhatToDo) {
    const auto found = look(patched(good_manifest, "identifierref=\"r1\"", "identifierref=\"r2\""));
    const auto& finding = the(found, "dangling_identifierref");
    EXPECT_EQ(finding.severity, Finding::Severity::warning);
    EXPECT_EQ(finding.entry, "imsmanifest.xml");
    EXPECT_EQ(finding.line, 5u + 1u);
    EXPECT_EQ(finding.where, "imsmanifest.xml:6");
    EXPECT_EQ(finding.xpath, "/manifest/organizations/organization/item");
    EXPECT_FALSE(finding.remedy.empty());
    const auto json = inspection_json(found)["findings"];
    EXPECT_TRUE(json[0].contains("xpath"));
    EXPECT_TRUE(json[0].contains("remedy"));
    for (const auto& one : found.findings) EXPECT_FALSE(one.message.empty());
}

TEST(Findings, NumberLikeNamedSiblings) {
    auto manifest =
        patched(good_manifest, "</organization>",
                "<item identifier=\"i2\" identifierref=\"none\"><title>t</title></item></organization>");
    EXPECT_EQ(the(look(manifest), "dangling_identifierref").xpath,
              "/manifest/organizations/organization/item[2]");
}

TEST(Findings, OfCmi5NameTheRequirement) {
    const std::string structure =
        "<courseStructure xmlns=\"https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd\"><course "
        "id=\"c\"/>"
        "<au id=\"https://example.org/a\"><url>none.html?fetch=1</url></au></courseStructure>";
    const auto found = inspect(MemorySource(make_zip({{"cmi5.xml", structure}})));
    EXPECT_EQ(the(found, "cmi5_id_not_iri").rule, "3.0.0.0-1");
    EXPECT_EQ(the(found, "cmi5_au_file_missing").rule, "14.1.0.0-4");
    EXPECT_EQ(the(found, "cmi5_au_url_reserved_parameter").rule, "8.1.0.0-6");
    EXPECT_EQ(the(found, "cmi5_schema_invalid").rule, "13.2.0.0-1");
    EXPECT_EQ(inspection_json(found)["findings"][0].count("rule"), 1u);
    EXPECT_EQ(the(inspect(MemorySource(make_zip({{"x/cmi5.xml", structure}}))), "no_manifest").rule,
              "14.1.0.0-2");
}

TEST(Oddities, EveryEncodingIsRead) {
    const auto title = [](const std::string& manifest, const std::string& code) {
        const auto found = look(manifest);
        EXPECT_TRUE(found.accepted) << code;
        if (!code.empty()) {
            EXPECT_TRUE(found.has_finding(code)) << code;
        }
        return found.title;
    };
    const auto named = patched(good_manifest, "Course", "Caf\xc3\xa9");
    EXPECT_EQ(title("\xef\xbb\xbf" + named, "bom"), "Café");
    for (const bool big : {false, true}) {
        const auto said = patched(good_manifest, "UTF-8", "UTF-16");
        EXPECT_EQ(title(utf16(said, big, true), "bom"), "Course");
        EXPECT_EQ(title(utf16(said, big, false), "utf16_without_mark"), "Course");
        EXPECT_EQ(title(utf16(good_manifest, big, true), "encoding_wrong"), "Course") << "it says UTF-8";
        EXPECT_EQ(title(utf16(good_manifest.substr(good_manifest.find("<manifest")), big, false),
                        "utf16_without_mark"),
                  "Course")
            << "and without a declaration";
    }
    EXPECT_EQ(title(patched(good_manifest, "UTF-8", "UTF-16"), "encoding_wrong"), "Course") << "it is not";
    const auto latin = patched(good_manifest, "Course", "Caf\xe9");
    EXPECT_EQ(title(patched(latin, "UTF-8", "ISO-8859-1"), "encoding_iso-8859-1"), "Café");
    EXPECT_EQ(title(patched(latin, "UTF-8", "windows-1252"), "encoding_windows-1252"), "Café");
    EXPECT_EQ(title(latin, "encoding_wrong"), "Café");
    EXPECT_EQ(title(patched(latin, " encoding=\"UTF-8\"", ""), "encoding_wrong"), "Café");
    EXPECT_EQ(title(patched(latin, "UTF-8", "no-such-thing"), "encoding_wrong"), "Café");
    EXPECT_EQ(title(patched(named, "UTF-8", "no-such-thing"), "encoding_wrong"), "Café");
    const auto quotes = patched(good_manifest, "Course", "\x93\x81\x94");
    EXPECT_EQ(title(patched(quotes, "UTF-8", "ISO-8859-1"), "encoding_wrong"), "\u201c\ufffd\u201d");
}

TEST(Oddities, EditionsAndNamespaces) {
    const auto version = [](const std::string& manifest, const std::string& code) {
        const auto found = look(manifest, {{"a.html", "x"}});
        EXPECT_TRUE(found.accepted) << code;
        EXPECT_TRUE(found.has_finding(code)) << code;
        return found.version;
    };
    const auto of_2004 = test::manifest_2004("");
    EXPECT_EQ(version(patched(of_2004, "2004 4th Edition", "something"), "edition_unclear"), "2004");
    EXPECT_EQ(version(patched(of_2004, "2004 4th Edition", "1.2"), "version_mixed"), "1.2");
    EXPECT_EQ(
        version(patched(of_2004, "<schemaversion>2004 4th Edition</schemaversion>", ""), "no_schemaversion"),
        "2004");
    EXPECT_EQ(
        version(patched(of_2004, "http://www.imsglobal.org/xsd/imscp_v1p1", "urn:else"), "namespace_unknown"),
        "2004 4th");
    EXPECT_EQ(version(patched(good_manifest, "http://www.imsproject.org/xsd/imscp_rootv1p1p2", "urn:else"),
                      "namespace_unknown"),
              "1.2");
    EXPECT_EQ(version(patched(good_manifest, "xmlns=\"http://www.imsproject.org/xsd/imscp_rootv1p1p2\"", ""),
                      "no_namespace"),
              "1.2");
    EXPECT_EQ(version(patched(good_manifest, "xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_rootv1p2\"", ""),
                      "namespace_undeclared"),
              "1.2");
}

TEST(Oddities, FilesAndOrganizations) {
    const auto has = [](const Inspection& found, const std::string& code) {
        EXPECT_TRUE(found.accepted);
        EXPECT_TRUE(found.has_finding(code)) << code;
    };
    has(look(good_manifest, {{"extra.css", "x"}}), "unlisted_files");
    EXPECT_FALSE(look(good_manifest, {{"imscp_rootv1p1p2.xsd", "x"}}).has_finding("unlisted_files"));
    has(look(patched(good_manifest, "<file href", "<file href=\"b.css\"/><file href")), "missing_files");
    has(look(patched(good_manifest, "default=\"o1\"", "default=\"o9\"")), "default_organization_not_found");
    has(look(patched(good_manifest, "default=\"o1\"", "")), "no_default_organization");
    has(look(patched(good_manifest, "</organization>",
                     "<item identifier=\"e\"><title>Empty</title></item></organization>")),
        "item_without_launch");
    has(look(patched(good_manifest, "a/index.html", "a\\index.html")), "backslash_in_href");
    has(look(patched(good_manifest, "a/index.html", "A/index.html")), "href_differs_by_case");
    has(look(patched(good_manifest, ">80<", ">eighty<")), "mastery_score_invalid");
    const auto encoded = look(patched(good_manifest, "a/index.html", "a/in%64ex.html"));
    EXPECT_TRUE(encoded.accepted);
    EXPECT_FALSE(encoded.has_finding("launch_file_missing"));
    const auto slashes = look(patched(good_manifest, "a/index.html", "a\\index.html"));
    EXPECT_EQ(slashes.structure.roots[0].children[0].launch, "a/index.html?x=1");
    EXPECT_EQ(slashes.scos[0].href, "a\\index.html?x=1") << "the flat view keeps what was written";
}

TEST(Oddities, ThousandsOfFiles) {
    std::string files;
    std::vector<Made> more;
    for (int i = 0; i < 3000; ++i) {
        const std::string name = "media/part-" + std::to_string(i) + ".png";
        files += "<file href=\"" + name + "\"/>";
        if (i % 2) more.push_back({name, "x"});
    }
    const auto found =
        look(patched(good_manifest, "<file href=\"a/index.html\"/>", "<file href=\"a/index.html\"/>" + files),
             more);
    EXPECT_TRUE(found.accepted);
    EXPECT_NE(the(found, "missing_files").message.find("1500 of 3001"), std::string::npos);
    EXPECT_EQ(the(found, "missing_files").xpath, "/manifest/resources/resource/file[2]");
}

TEST(Limits, OfTheManifest) {
    EXPECT_TRUE(look("<manifest><title>" + std::string(2u << 20, 'x') + "</title></manifest>")
                    .has_finding("text_too_long"));
    std::string many = "<manifest>";
    for (int i = 0; i < 1'000'001; ++i) many += "<a/>";
    EXPECT_TRUE(look(many + "</manifest>").has_finding("xml_too_large"));
    const auto base = std::string(5000, 'b');
    const auto found = look(patched(good_manifest, "<resources>", "<resources xml:base=\"" + base + "/\">"));
    EXPECT_TRUE(found.has_finding("href_too_long"));
}

}  // namespace
}  // namespace capbridge::scorm
