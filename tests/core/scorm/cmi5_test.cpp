// What a cmi5 LMS must refuse at import (specification v1, sections 13 and 14; the LMS test suite's tests 201
// to 210).
#include <gtest/gtest.h>

#include "core/scorm/inspect.hpp"
#include "zips.hpp"

namespace capbridge::scorm {
namespace {

using test::make_zip;
using test::patched;

const std::string good = R"(<?xml version="1.0" encoding="utf-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
  <course id="https://example.org/c"><title><langstring lang="en">Course</langstring></title>
    <description><langstring lang="en">About</langstring></description></course>
  <objectives><objective id="https://example.org/o"><title><langstring>O</langstring></title>
    <description><langstring>O</langstring></description></objective></objectives>
  <block id="https://example.org/b"><title><langstring>B</langstring></title>
    <description><langstring>B</langstring></description>
    <au id="https://example.org/a" moveOn="Passed" masteryScore="0.75" launchMethod="OwnWindow">
      <title><langstring>A</langstring></title><description><langstring>A</langstring></description>
      <objectives><objective idref="https://example.org/o"/></objectives>
      <url>index.html?x=1</url></au></block>
</courseStructure>)";

Inspection look(const std::string& structure) {
    return inspect(MemorySource(make_zip({{"cmi5.xml", structure}, {"index.html", "x"}})));
}

Inspection changed(const std::string& from, const std::string& to) {
    EXPECT_NE(good.find(from), std::string::npos) << from;
    return look(patched(good, from, to));
}

#define EXPECT_REFUSED(inspection, code)                  \
    do {                                                  \
        const Inspection refused = (inspection);          \
        EXPECT_FALSE(refused.accepted) << (code);         \
        EXPECT_TRUE(refused.has_finding(code)) << (code); \
    } while (false)

TEST(Cmi5, ReadsAGoodStructure) {
    const auto found = look(good);
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.findings.empty());
    EXPECT_EQ(found.format, "cmi5");
    EXPECT_EQ(found.version, "v1");
    ASSERT_EQ(found.aus.size(), 1u);
    EXPECT_EQ(found.aus[0].move_on, "Passed");
    EXPECT_EQ(found.aus[0].mastery_score, 0.75);
    EXPECT_EQ(found.aus[0].objectives, std::vector<std::string>{"https://example.org/o"});
}

TEST(Cmi5, IdsMustBeIris) {
    for (const std::string id : {"/c", "/o", "/b", "/a"}) {
        EXPECT_REFUSED(changed("id=\"https://example.org" + id + "\"", "id=\"plain" + id + "\""),
                       "cmi5_id_not_iri");
    }
}

TEST(Cmi5, IdsMustBeUnique) {
    const auto begin = good.find("    <au "), end = good.find("</block>");
    const std::string au = good.substr(begin, end - begin);
    EXPECT_REFUSED(changed("</block>", au + "</block>"), "cmi5_duplicate_au_id");
    const auto block_begin = good.find("  <block "), block_end = good.find("</courseStructure>");
    const std::string block = good.substr(block_begin, block_end - block_begin);
    EXPECT_REFUSED(changed("</courseStructure>", block + "</courseStructure>"), "cmi5_duplicate_block_id");
    const auto one = good.find("<objective id"), two = good.find("</objectives>");
    EXPECT_REFUSED(look(std::string(good).insert(two, good.substr(one, two - one))),
                   "cmi5_duplicate_objective_id");
}

TEST(Cmi5, UrlsMustLeadSomewhere) {
    EXPECT_REFUSED(changed("index.html?x=1", "none.html"), "cmi5_au_file_missing");
    EXPECT_REFUSED(changed("index.html?x=1", "../index.html"), "cmi5_au_file_missing");
    EXPECT_REFUSED(changed("index.html?x=1", "http://example.com index.html"), "cmi5_au_url_invalid");
    EXPECT_REFUSED(changed("index.html?x=1", "javascript:alert(1)"), "cmi5_au_url_invalid");
    EXPECT_REFUSED(changed("index.html?x=1", "https:///x"), "cmi5_au_url_invalid");
    EXPECT_REFUSED(changed("index.html?x=1", "index.html?endpoint=x"), "cmi5_au_url_reserved_parameter");
    EXPECT_TRUE(changed("index.html?x=1", "https://example.org/x?y").accepted);
}

TEST(Cmi5, TheSchemaIsAGate) {
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"moveOn=\"Passed\"", "moveOn=\"passed\""},
             {"masteryScore=\"0.75\"", "masteryScore=\"7.5\""},
             {"masteryScore=\"0.75\"", "masteryScore=\"-0.1\""},
             {"masteryScore=\"0.75\"", "masteryScore=\"0.12345\""},
             {"masteryScore=\"0.75\"", "masteryScore=\"nan\""},
             {"launchMethod=\"OwnWindow\"", "launchMethod=\"Popup\""},
             {"launchMethod=\"OwnWindow\"", "unknown=\"x\""},
             {"<url>index.html?x=1</url>", ""},
             {"<url>index.html?x=1</url>", "<url>index.html</url><url>index.html</url>"},
             {"<url>index.html?x=1</url>", "<launchMethod>x</launchMethod><url>index.html</url>"},
             {"<title><langstring>A</langstring></title>", ""},
             {"<title><langstring>A</langstring></title>", "<title>A</title>"},
             {"<title><langstring>A</langstring></title><description>", "<description>"},
             {" idref=\"https://example.org/o\"", ""},
             {"<langstring lang=\"en\">Course</langstring>", ""},
             {"profiles/cmi5/v1/", "profiles/cmi5/draft/"},
             {"</courseStructure>", "<course id=\"https://example.org/2\"/></courseStructure>"},
         }) {
        SCOPED_TRACE(from + " -> " + to);
        EXPECT_REFUSED(changed(from, to), "cmi5_schema_invalid");
    }
    EXPECT_REFUSED(look("<courseStructure/>"), "cmi5_schema_invalid");
    EXPECT_REFUSED(look("<html/>"), "cmi5_schema_invalid");
}

TEST(Cmi5, ExtensionsComeLast) {
    const std::string vendor = "<v:x xmlns:v=\"https://example.org/v\"><v:y/></v:x>";
    EXPECT_TRUE(changed("</courseStructure>", vendor + "</courseStructure>").accepted);
    EXPECT_TRUE(changed("<url>index.html?x=1</url>", "<url>index.html</url>" + vendor).accepted);
    EXPECT_REFUSED(changed("<url>", vendor + "<url>"), "cmi5_schema_invalid");
}

TEST(Cmi5, MayComeAloneWithAbsoluteUrls) {
    EXPECT_REFUSED(inspect(MemorySource(good)), "cmi5_relative_url_without_zip");
    const auto absolute = patched(good, "index.html?x=1", "https://example.org/x");
    EXPECT_TRUE(inspect(MemorySource(absolute)).accepted);
}

}  // namespace
}  // namespace capbridge::scorm
