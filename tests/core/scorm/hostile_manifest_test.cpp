// Packages of a few kilobytes that would unfold into gigabytes or hours: what a few lines say many times over
// is bounded, and reading stops when it is asked to.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/scorm/inspect.hpp"
#include "core/scorm/interactions.hpp"
#include "core/scorm/lom.hpp"
#include "manifests.hpp"
#include "zips.hpp"

namespace capbridge::scorm {
namespace {

using test::good_manifest;
using test::Made;
using test::make_zip;
using test::manifest_2004;
using test::patched;

Inspection look(const std::string& manifest, std::vector<Made> more = {}, const Limits& limits = {},
                const Checks& checks = {}) {
    more.push_back({"imsmanifest.xml", manifest});
    more.push_back({"a/index.html", "<html></html>"});
    more.push_back({"a.html", "<html></html>"});
    return inspect(MemorySource(make_zip(more)), limits, checks);
}

const Node& course(const Inspection& found) {
    return found.structure.roots.at(0);
}

// good_manifest, its one item `count` times over; @ is the number of each.
std::string items_of(std::size_t count, const std::string& item) {
    std::string items;
    for (std::size_t i = 0; i < count; ++i) items += patched(item, "@", std::to_string(i));
    const auto from = good_manifest.find("<item"), to = good_manifest.find("</item>") + 7;
    return good_manifest.substr(0, from) + items + good_manifest.substr(to);
}

std::string lom_file(const std::string& keyword, std::size_t count) {
    std::string out = "<lom xmlns=\"http://www.imsglobal.org/xsd/imsmd_rootv1p2p1\"><general>";
    for (std::size_t i = 0; i < count; ++i)
        out += "<keyword><langstring>" + keyword + std::to_string(i) + "</langstring></keyword>";
    return out + "</general></lom>";
}

// Generous, for slow machines and builds without optimization; what it guards against takes minutes.
class Soon {
public:
    ~Soon() { EXPECT_LT(std::chrono::steady_clock::now() - began_, std::chrono::seconds(20)); }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

TEST(Hostile, ObjectivesOfCapbridgeJsonGoToTheFirstOfAnIdentifier) {
    const Soon soon;
    nlohmann::json facts{{"format", "capbridge-package"}, {"objectives", nlohmann::json::array()}};
    for (int i = 0; i < 15'000; ++i)
        facts["objectives"].push_back({{"sco", "A"}, {"id", std::to_string(i)}, {"title", "T"}});
    facts["objectives"].push_back({{"sco", "A"}, {"id", "7"}, {"title", "again"}});
    const auto manifest =
        items_of(2'000, R"(<item identifier="A" identifierref="r1"><title>t</title></item>)");
    const auto found = look(manifest, {{"capbridge.json", facts.dump()}});
    EXPECT_TRUE(found.accepted);
    ASSERT_EQ(course(found).children.size(), 2'000u);
    const auto& first = course(found).children[0].objectives;
    ASSERT_EQ(first.size(), 15'000u) << "each id once";
    EXPECT_EQ(first[7].id, "7");
    EXPECT_EQ(text_in(first[7].title), "T");
    EXPECT_TRUE(course(found).children[1].objectives.empty());
    EXPECT_TRUE(course(found).children[1'999].objectives.empty());
}

TEST(Hostile, CapbridgeJsonIsBounded) {
    nlohmann::json facts{{"format", "capbridge-package"}, {"objectives", nlohmann::json::array()}};
    for (int i = 0; i < 20'001; ++i) facts["objectives"].push_back({{"sco", "A"}, {"id", std::to_string(i)}});
    const auto manifest = items_of(1, R"(<item identifier="A" identifierref="r1"><title>t</title></item>)");
    const auto found = look(manifest, {{"capbridge.json", facts.dump()}});
    EXPECT_TRUE(found.has_finding("objectives_file_invalid"));
    EXPECT_TRUE(course(found).children.at(0).objectives.empty());
}

TEST(Hostile, InteractionsOfCapbridgeJsonAreLookedUp) {
    const Soon soon;
    nlohmann::json facts{{"interactions", nlohmann::json::array()}};
    auto& list = facts["interactions"];
    for (int i = 0; i < 9'999; ++i) list.push_back({{"sco", "A"}, {"id", std::to_string(i)}});
    for (int i = 0; i < 100'000; ++i) list.push_back({{"sco", "A"}, {"id", "9998"}});
    Structure structure;
    structure.roots.resize(1);
    structure.roots[0].identifier = "A";
    EXPECT_EQ(add_interactions(facts.dump(), structure), 9'999u);
    EXPECT_EQ(structure.roots[0].interactions.size(), 9'999u);
}

TEST(Hostile, NamesAreBounded) {
    const std::string longest(256, 'p'), longer(257, 'p');
    const auto with = [](const std::string& prefix) {
        const auto items = items_of(3, "<" + prefix + ":item identifier=\"A@\" identifierref=\"r1\"/>");
        return look(patched(
            items, "<organizations ",
            "<organizations xmlns:" + prefix + "=\"http://www.imsproject.org/xsd/imscp_rootv1p1p2\" "));
    };
    const auto kept = with(longest);
    EXPECT_TRUE(kept.accepted);
    EXPECT_EQ(course(kept).children.at(1).xpath,
              "/manifest/organizations/organization/" + longest + ":item[2]");
    const auto refused = with(longer);
    EXPECT_FALSE(refused.accepted);
    EXPECT_TRUE(refused.has_finding("name_too_long"));
    for (const auto& manifest : {"<" + longer + "/>", "<a " + longer + "=''/>", "<" + longer + ":a/>",
                                 "<a xmlns:" + longer + "='u' " + longer + ":b=''/>"})
        EXPECT_TRUE(look(manifest).has_finding("name_too_long")) << manifest;
}

TEST(Hostile, AttributesOfATagAreBounded) {
    const Soon soon;
    const auto with = [](int count) {
        std::string attributes;
        for (int i = 0; i < count; ++i) attributes += " a" + std::to_string(i) + "='&gt; \"'";
        return patched(good_manifest, "<title>Course", "<title" + attributes + ">Course");
    };
    EXPECT_TRUE(look(with(100)).accepted);
    const auto refused = look(with(101));
    EXPECT_FALSE(refused.accepted);
    ASSERT_TRUE(refused.has_finding("xml_too_large"));
    EXPECT_EQ(refused.findings.at(0).line, 5u);
    EXPECT_TRUE(look(with(200'000)).has_finding("xml_too_large"));

    std::string utf16 = "\xff\xfe";
    for (const char c : with(101)) utf16.append({c, '\0'});
    EXPECT_TRUE(look(utf16).has_finding("xml_too_large"));
    // What only looks like attributes.
    std::string quotes;
    for (int i = 0; i < 500; ++i) quotes += " a=\"b\" isn't";
    EXPECT_TRUE(
        look(patched(good_manifest, "<title>Course", "<!-- " + quotes + " --><title>" + quotes)).accepted);
}

TEST(Hostile, AttributesAroundAnElementAreBounded) {
    const auto with = [](int depth, bool nested) {
        std::string attributes, open, close;
        for (int i = 0; i < 90; ++i) attributes += " a" + std::to_string(i) + "=''";
        for (int i = 0; i < depth; ++i) {
            open += "<x" + attributes + (nested ? ">" : "/>");
            if (nested) close += "</x>";
        }
        return patched(good_manifest, "<metadata>", "<metadata>" + open + close);
    };
    EXPECT_TRUE(look(with(11, true)).accepted);
    EXPECT_TRUE(look(with(12, true)).has_finding("xml_too_large"));
    EXPECT_TRUE(look(with(50, false)).accepted) << "beside each other";
}

TEST(Hostile, NamespacesInForceAreBounded) {
    const auto with = [](int count) {
        std::string open, close;
        for (int i = 0; i < count; ++i) {
            open += "<x xmlns:n" + std::to_string(i) + "='u'>";
            close += "</x>";
        }
        return patched(good_manifest, "<metadata>", "<metadata>" + open + close);
    };
    Limits few;
    few.xml_namespaces = 20;
    EXPECT_TRUE(look(with(15), {}, few).accepted);
    EXPECT_TRUE(look(with(21), {}, few).has_finding("xml_too_large"));
}

TEST(Hostile, PathsAreBoundedWhateverTheirDepth) {
    const std::string prefix(200, 'p'), name = prefix + ":item";
    std::string open, close;
    for (int i = 0; i < 90; ++i) {
        open += "<" + name + " identifier=\"D" + std::to_string(i) + "\" identifierref=\"r1\">";
        close += "</" + name + ">";
    }
    std::string inner;
    for (int i = 0; i < 100; ++i) inner += "<" + name + " identifier=\"I\" identifierref=\"r1\"/>";
    auto manifest = items_of(1, open + inner + close);
    manifest =
        patched(manifest, "<organizations ",
                "<organizations xmlns:" + prefix + "=\"http://www.imsproject.org/xsd/imscp_rootv1p1p2\" ");
    const auto found = look(manifest);
    EXPECT_TRUE(found.accepted);
    const Node* node = &course(found);
    std::size_t depth = 0;
    for (; !node->children.empty(); node = &node->children.front(), ++depth) {
        EXPECT_LE(node->xpath.size(), Limits{}.xpath_bytes);
        EXPECT_GT(node->line, 0u);
        EXPECT_EQ(node->xpath.empty(), depth > 9) << depth;
    }
    EXPECT_EQ(depth, 91u);
    EXPECT_TRUE(node->xpath.empty());
}

TEST(Hostile, BlocksOfCmi5HaveBoundedPathsToo) {
    const std::string prefix(200, 'p');
    const std::string texts =
        "<{}:title><{}:langstring>t</{}:langstring></{}:title><{}:description>"
        "<{}:langstring>t</{}:langstring></{}:description>";
    std::string xml =
        "<{}:courseStructure xmlns:{}=\"https://w3id.org/xapi/profiles/cmi5/v1/"
        "CourseStructure.xsd\"><{}:course id=\"urn:c\">" +
        texts + "</{}:course>";
    std::string close = "</{}:courseStructure>";
    for (int i = 0; i < 20; ++i) {
        xml += "<{}:block id=\"urn:b" + std::to_string(i) + "\">" + texts;
        close = "</{}:block>" + close;
    }
    xml += "<{}:au id=\"urn:a\">" + texts + "<{}:url>https://example.org/</{}:url></{}:au>" + close;
    const auto found = inspect(MemorySource(patched(xml, "{}", prefix)));
    EXPECT_TRUE(found.accepted);
    const Node* node = &course(found);
    for (; !node->children.empty(); node = &node->children.front())
        EXPECT_LE(node->xpath.size(), Limits{}.xpath_bytes);
    EXPECT_EQ(node->identifier, "urn:a");
    EXPECT_TRUE(node->xpath.empty());
}

TEST(Hostile, AMetadataFileCountsForEachItemThatNamesIt) {
    Limits few;
    few.metadata_text_bytes = 100'000;
    const auto manifest =
        items_of(300, R"(<item identifier="A@" identifierref="r1"><title>t</title><metadata>)"
                      R"(<adlcp:location>m.xml</adlcp:location></metadata></item>)");
    const std::vector<Made> file{{"m.xml", lom_file(std::string(1'000, 'k'), 5)}};
    const auto found = look(manifest, file, few);
    EXPECT_TRUE(found.accepted);
    EXPECT_TRUE(found.has_finding("metadata_too_large"));
    EXPECT_FALSE(found.has_finding("too_many_metadata_files")) << "it is one file";
    std::size_t bytes = 0;
    for (const auto& item : course(found).children) bytes += item.metadata ? text_bytes(*item.metadata) : 0;
    EXPECT_GT(bytes, 50'000u);
    EXPECT_LE(bytes, 100'000u);
    EXPECT_FALSE(look(manifest, file).has_finding("metadata_too_large"));
}

TEST(Hostile, AMetadataFileIsMergedOnceForAnOwner) {
    const Soon soon;
    std::string locations;
    for (int i = 0; i < 2'000; ++i) locations += "<adlcp:location>m.xml</adlcp:location>";
    locations += "<adlcp:location>n.xml</adlcp:location>";
    const auto found =
        look(items_of(1, "<item identifier=\"A\" identifierref=\"r1\"><title>t</title><metadata>" +
                             locations + "</metadata></item>"),
             {{"m.xml", lom_file("k", 3'000)}, {"n.xml", lom_file("n", 2)}});
    EXPECT_TRUE(found.accepted);
    ASSERT_TRUE(course(found).children.at(0).metadata);
    EXPECT_EQ(course(found).children[0].metadata->keywords.size(), 3'002u);
}

TEST(Hostile, AnUnreadableMetadataFileIsToldOnce) {
    const auto found =
        look(items_of(3, R"(<item identifier="A@" identifierref="r1"><title>t</title><metadata>)"
                         R"(<adlcp:location>m.xml</adlcp:location></metadata></item>)"),
             {{"m.xml", "<lom>"}});
    std::size_t told = 0;
    for (const auto& finding : found.findings) told += finding.code == "metadata_not_readable";
    EXPECT_EQ(told, 1u);
}

TEST(Hostile, TheBytesOfAllMetadataFilesAreCounted) {
    Limits few;
    few.metadata_read_bytes = 20'000;
    std::vector<Made> files;
    for (int i = 0; i < 10; ++i) {
        files.push_back({"m" + std::to_string(i) + ".xml",
                         patched(lom_file("k", 1), "<general>", "<general>" + std::string(4'000, ' '))});
    }
    const auto found =
        look(items_of(10, R"(<item identifier="A@" identifierref="r1"><title>t</title><metadata>)"
                          R"(<adlcp:location>m@.xml</adlcp:location></metadata></item>)"),
             files, few);
    EXPECT_TRUE(found.has_finding("metadata_too_large"));
    EXPECT_TRUE(course(found).children.at(3).metadata);
    EXPECT_FALSE(course(found).children.at(6).metadata);
}

std::string sequencing_collection(const std::string& inside) {
    return "<imsss:sequencingCollection><imsss:sequencing ID=\"S\">" + inside +
           "</imsss:sequencing></imsss:sequencingCollection>";
}

std::string with_items(const std::string& manifest, int count, const std::string& own = {}) {
    std::string items;
    for (int i = 0; i < count; ++i) {
        items += "<item identifier=\"n" + std::to_string(i) +
                 "\" identifierref=\"r\"><title>t</title><imsss:sequencing IDRef=\"S\">" + own +
                 "</imsss:sequencing></item>";
    }
    return patched(manifest, "</organization>", items + "</organization>");
}

TEST(Hostile, TextsAndAttributesOfSequencingAreCounted) {
    Limits few;
    few.sequencing_bytes = 100'000;
    const std::string filler(5'000, 'x');
    for (const auto& inside : {"<imsss:rollupRules>" + filler + "</imsss:rollupRules>",
                               "<imsss:rollupRules a=\"" + filler + "\"/>"}) {
        const auto manifest = manifest_2004("", sequencing_collection(inside));
        const auto many = look(with_items(manifest, 100), {}, few);
        EXPECT_FALSE(many.accepted);
        EXPECT_TRUE(many.has_finding("sequencing_too_large"));
        std::size_t kept = 0;
        for (const auto& item : course(many).children) kept += item.sequencing.has_value();
        EXPECT_LE(kept, 20u);
        EXPECT_TRUE(look(with_items(manifest, 10), {}, few).accepted);
    }
}

TEST(Hostile, SequencingOfItsOwnIsComparedWithTheCollectionsQuickly) {
    const Soon soon;
    std::string own, shared, same;
    for (int i = 0; i < 40'000; ++i) {
        own += "<imsss:a" + std::to_string(i) + "/>";
        shared += "<imsss:b" + std::to_string(i) + "/>";
        same += "<imsss:x/>";
    }
    EXPECT_TRUE(look(with_items(manifest_2004("", sequencing_collection(shared)), 1, own)).accepted);
    // What each item overrides is looked at for each of them, and so it counts.
    const auto many = look(with_items(manifest_2004("", sequencing_collection(same)), 5'000, "<imsss:x/>"));
    EXPECT_TRUE(many.has_finding("sequencing_too_large"));
}

TEST(Hostile, MapsOfAnObjectiveAreJoinedQuickly) {
    const Soon soon;
    std::string maps;
    for (int i = 0; i < 40'000; ++i)
        maps += "<imsss:mapInfo targetObjectiveID=\"t" + std::to_string(i) + "\"/>";
    const auto found = look(manifest_2004(
        "<imsss:sequencing><imsss:objectives><imsss:objective objectiveID=\"o\">" + maps +
        "</imsss:objective></imsss:objectives><adlseq:objectives><adlseq:objective objectiveID=\"o\">"
        "<adlseq:mapInfo targetObjectiveID=\"t7\" readRawScore=\"true\"/>"
        "<adlseq:mapInfo "
        "targetObjectiveID=\"new\"/></adlseq:objective></adlseq:objectives></imsss:sequencing>"));
    EXPECT_TRUE(found.accepted);
    const auto& objectives = course(found).children.at(0).objectives;
    ASSERT_EQ(objectives.size(), 1u);
    ASSERT_EQ(objectives[0].maps.size(), 40'001u);
    EXPECT_EQ(objectives[0].maps[7].access.size(), 1u);
    EXPECT_EQ(objectives[0].maps[40'000].target, "new");
}

TEST(Hostile, ReadingStopsWhenAsked) {
    const auto manifest =
        items_of(1'000, R"(<item identifier="A@" identifierref="r1"><title>t</title></item>)");
    int asked = 0;
    Checks checks;
    checks.stopping = [&] { return ++asked > 100; };
    const auto stopped = look(manifest, {}, {}, checks);
    EXPECT_FALSE(stopped.accepted);
    EXPECT_TRUE(stopped.has_finding("reading_stopped"));
    EXPECT_LT(stopped.structure.roots.empty() ? 0u : course(stopped).children.size(), 100u);
    EXPECT_LT(asked, 200);

    std::string structure =
        "<courseStructure xmlns=\"https://w3id.org/xapi/profiles/cmi5/v1/"
        "CourseStructure.xsd\">";
    for (int i = 0; i < 1'000; ++i) structure += "<block id=\"urn:" + std::to_string(i) + "\"/>";
    asked = 0;
    const auto cmi5 = inspect(MemorySource(structure + "</courseStructure>"), {}, checks);
    EXPECT_TRUE(cmi5.has_finding("reading_stopped"));
    EXPECT_LE(course(cmi5).children.size(), 101u);

    checks.stopping = [] { return false; };
    EXPECT_TRUE(look(manifest, {}, {}, checks).accepted);
}

}  // namespace
}  // namespace capbridge::scorm
