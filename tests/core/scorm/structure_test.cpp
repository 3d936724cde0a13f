// What a manifest says about the course, as one tree: SCORM 1.2 and 2004, metadata, sequencing.
#include "core/scorm/structure.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/scorm/inspect.hpp"
#include "manifests.hpp"
#include "zips.hpp"

namespace capbridge::scorm {
namespace {

using test::Made;
using test::make_zip;
using test::manifest_2004;
using test::patched;

Inspection look(const std::string& manifest, std::vector<Made> more = {}) {
    more.push_back({"imsmanifest.xml", manifest});
    more.push_back({"a.html", "<html></html>"});
    return inspect(MemorySource(make_zip(more)));
}

const Node& item(const Inspection& found, std::size_t index = 0) {
    return found.structure.roots.at(0).children.at(index);
}

const std::string rich_1_2 =
    R"(<manifest identifier="m" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="o2"><organization identifier="o1"><title>First</title>
    <item identifier="x" identifierref="r"><title>X</title></item></organization>
   <organization identifier="o2"><title xml:lang="cy">Ail</title>
    <item identifier="mod" isvisible="false"><title>Module</title>
     <item identifier="i" identifierref="r" parameters="?a=1"><title>Part</title>
      <adlcp:prerequisites type="aicc_script">x&amp;y</adlcp:prerequisites>
      <adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>
      <adlcp:timelimitaction>exit,no message</adlcp:timelimitaction>
      <adlcp:datafromlms> launch data </adlcp:datafromlms>
      <adlcp:masteryscore>75.5</adlcp:masteryscore></item></item>
   </organization></organizations>
  <resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="a.html"><file href="a.html"/></resource></resources>
</manifest>)";

TEST(Structure, Of12KeepsEverythingAnItemSays) {
    const auto found = look(rich_1_2);
    ASSERT_TRUE(found.accepted);
    ASSERT_EQ(found.structure.roots.size(), 2u);
    EXPECT_EQ(found.structure.default_root, 1u);
    EXPECT_EQ(found.title, "Ail");
    const auto& root = found.structure.roots[1];
    EXPECT_EQ(root.kind, Node::Kind::organization);
    EXPECT_EQ(root.title[0].language, "cy");
    const auto& module = root.children.at(0);
    EXPECT_FALSE(module.visible);
    EXPECT_FALSE(module.launches());
    const auto& part = module.children.at(0);
    EXPECT_EQ(part.launch, "a.html");
    EXPECT_EQ(part.parameters, "?a=1");
    EXPECT_EQ(part.resource, "r");
    EXPECT_EQ(part.scorm_type, "sco");
    EXPECT_EQ(part.mastery_score, 75.5);
    EXPECT_EQ(part.max_time_allowed, "00:30:00");
    EXPECT_EQ(part.time_limit_action, "exit,no message");
    EXPECT_EQ(part.data_from_lms, "launch data");
    EXPECT_EQ(part.prerequisites, "x&y");
    EXPECT_EQ(part.line, 8u);
    EXPECT_EQ(part.xpath, "/manifest/organizations/organization[2]/item/item");
    EXPECT_TRUE(found.has_finding("several_organizations"));
    ASSERT_EQ(found.scos.size(), 2u);
    EXPECT_EQ(found.scos[1].identifier, "i");
}

TEST(Structure, ReadsSubmanifestsWhereAnItemRefersToThem) {
    const std::string inner = R"(<manifest identifier="sub" xml:base="inner/"><organizations default="so">
      <organization identifier="so"><title>Inside</title><item identifier="si" identifierref="sr"><title>Deep</title></item>
      </organization></organizations><resources><resource identifier="sr" type="webcontent" adlcp:scormtype="sco"
      href="b.html"/></resources></manifest></manifest>)";
    auto manifest = patched(rich_1_2, "</manifest>", inner);
    manifest =
        patched(manifest, "identifier=\"x\" identifierref=\"r\"", "identifier=\"x\" identifierref=\"sub\"");
    const auto found = look(manifest, {{"inner/b.html", "x"}});
    ASSERT_TRUE(found.accepted);
    EXPECT_TRUE(found.has_finding("submanifest"));
    EXPECT_FALSE(found.has_finding("dangling_identifierref"));
    ASSERT_EQ(item(found).children.size(), 1u);
    EXPECT_EQ(item(found).children[0].launch, "inner/b.html");
    EXPECT_EQ(item(found).children[0].identifier, "si");
    // Twice, or in a circle: shown once.
    manifest = patched(manifest, "identifier=\"si\" identifierref=\"sr\"",
                       "identifier=\"si\" identifierref=\"sub\"");
    EXPECT_TRUE(look(manifest).has_finding("submanifest_repeated"));
}

TEST(Structure, Of2004ReadsObjectivesSequencingAndThresholds) {
    const auto found = look(manifest_2004(R"(<imsss:sequencing IDRef="shared">
        <imsss:controlMode choice="false"/>
        <imsss:objectives>
          <imsss:primaryObjective objectiveID="P" satisfiedByMeasure="true">
            <imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure>
            <imsss:mapInfo targetObjectiveID="G1" readSatisfiedStatus="true" writeSatisfiedStatus="true"/>
          </imsss:primaryObjective>
          <imsss:objective objectiveID="S"/>
        </imsss:objectives>
        <imsss:limitConditions attemptAbsoluteDurationLimit="PT30M"/>
        <adlseq:objectives><adlseq:objective objectiveID="P">
          <adlseq:mapInfo targetObjectiveID="G1" readRawScore="false" writeRawScore="true"/></adlseq:objective></adlseq:objectives>
      </imsss:sequencing>
      <adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.6" progressWeight="0.5"/>
      <adlnav:presentation><adlnav:navigationInterface><adlnav:hideLMSUI>previous</adlnav:hideLMSUI>
        <adlnav:hideLMSUI>exit</adlnav:hideLMSUI></adlnav:navigationInterface></adlnav:presentation>)",
                                          R"(<imsss:sequencingCollection><imsss:sequencing ID="shared">
        <imsss:controlMode choice="true" flow="true"/><imsss:deliveryControls tracked="false"/>
      </imsss:sequencing></imsss:sequencingCollection>)"));
    ASSERT_TRUE(found.accepted);
    const auto& part = item(found);
    ASSERT_EQ(part.objectives.size(), 2u);
    EXPECT_TRUE(part.objectives[0].primary);
    EXPECT_TRUE(part.objectives[0].satisfied_by_measure);
    EXPECT_EQ(part.objectives[0].min_normalized_measure, 0.8);
    ASSERT_EQ(part.objectives[0].maps.size(), 1u) << "the two maps of one target are one";
    EXPECT_EQ(part.objectives[0].maps[0].target, "G1");
    EXPECT_EQ(part.objectives[0].maps[0].access,
              (std::vector<std::pair<std::string, bool>>{{"readSatisfiedStatus", true},
                                                         {"writeSatisfiedStatus", true},
                                                         {"readRawScore", false},
                                                         {"writeRawScore", true}}));
    EXPECT_EQ(part.objectives[1].id, "S");
    EXPECT_EQ(part.max_time_allowed, "PT30M");
    ASSERT_TRUE(part.completion_threshold);
    EXPECT_TRUE(part.completion_threshold->by_measure);
    EXPECT_EQ(part.completion_threshold->min_progress, 0.6);
    EXPECT_EQ(part.completion_threshold->progress_weight, 0.5);
    EXPECT_EQ(part.hide_lms_ui, (std::vector<std::string>{"previous", "exit"}));
    ASSERT_TRUE(part.sequencing);
    std::vector<std::string> names;
    for (const auto& child : part.sequencing->children) names.push_back(child.name);
    EXPECT_EQ(names, (std::vector<std::string>{"controlMode", "objectives", "limitConditions", "objectives",
                                               "deliveryControls"}));
    EXPECT_EQ(part.sequencing->children[0].attributes[0].second, "false")
        << "its own stands over the collection's";
}

TEST(Structure, ThresholdAsTextAndSequencingThatLeadsNowhere) {
    const auto found = look(manifest_2004(
        R"(<imsss:sequencing IDRef="nowhere"/><adlcp:completionThreshold>0.25</adlcp:completionThreshold>)"));
    EXPECT_TRUE(found.has_finding("sequencing_not_found"));
    EXPECT_EQ(item(found).completion_threshold->min_progress, 0.25);
    const auto odd = look(manifest_2004("<adlcp:completionThreshold>2</adlcp:completionThreshold>"));
    EXPECT_TRUE(odd.accepted);
    EXPECT_TRUE(odd.has_finding("value_invalid"));
    EXPECT_FALSE(item(odd).completion_threshold->min_progress);
}

const std::string lom_2004 = R"(<metadata><l:lom xmlns:l="http://ltsc.ieee.org/xsd/LOM"><l:general>
   <l:title><l:string language="en">Safety</l:string><l:string language="de">Sicherheit</l:string></l:title>
   <l:description><l:string language="en">About safety</l:string></l:description>
   <l:keyword><l:string>risk</l:string></l:keyword><l:keyword><l:string>harm</l:string></l:keyword></l:general>
  <l:lifeCycle><l:version><l:string>2.1</l:string></l:version></l:lifeCycle>
  <l:educational><l:typicalLearningTime><l:duration>PT45M</l:duration></l:typicalLearningTime></l:educational>
  <l:classification><l:purpose><l:source>LOMv1.0</l:source><l:value>competency</l:value></l:purpose>
   <l:taxonPath><l:source><l:string language="en">https://example.org/f</l:string></l:source>
    <l:taxon><l:id>t1</l:id><l:entry><l:string language="en">AI</l:string></l:entry></l:taxon>
    <l:taxon><l:id>t1-2</l:id></l:taxon></l:taxonPath></l:classification></l:lom></metadata>)";

TEST(Structure, ReadsLomOf2004InAnyPrefix) {
    const auto found = look(manifest_2004(lom_2004));
    ASSERT_TRUE(item(found).metadata);
    const auto& lom = *item(found).metadata;
    EXPECT_EQ(text_in(lom.title, "de-CH"), "Sicherheit");
    EXPECT_EQ(lom.keywords.size(), 2u);
    EXPECT_EQ(lom.version, "2.1");
    EXPECT_EQ(lom.typical_learning_time, "PT45M");
    ASSERT_EQ(lom.classifications.size(), 1u);
    EXPECT_EQ(lom.classifications[0].purpose, "competency");
    ASSERT_EQ(lom.classifications[0].paths.at(0).taxons.size(), 2u);
    EXPECT_EQ(lom.classifications[0].paths[0].taxons[1].id, "t1-2");
    EXPECT_EQ(text_in(lom.classifications[0].paths[0].source), "https://example.org/f");
    EXPECT_EQ(text_in(item(found).description), "About safety");
    EXPECT_FALSE(found.has_finding("lom_invalid"));
}

TEST(Structure, ReadsImsMdOf12InExternalFiles) {
    const std::string file = R"(<lom xmlns="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"><general>
      <title><langstring xml:lang="en">Basics</langstring></title></general>
      <classification><purpose><source><langstring xml:lang="x-none">LOMv1.0</langstring></source>
        <value><langstring xml:lang="x-none">Educational Objective</langstring></value></purpose>
       <taxonpath><source><langstring xml:lang="en">F</langstring></source>
        <taxon><id>a</id><taxon><id>b</id><entry><langstring xml:lang="en">B</langstring></entry></taxon></taxon></taxonpath>
      </classification></lom>)";
    auto manifest =
        patched(rich_1_2, "<schemaversion>1.2</schemaversion>",
                "<schemaversion>1.2</schemaversion><adlcp:location>meta/course.xml</adlcp:location>");
    const auto found = look(manifest, {{"meta/course.xml", file}});
    ASSERT_TRUE(found.structure.metadata);
    EXPECT_EQ(found.structure.metadata->file, "meta/course.xml");
    EXPECT_EQ(text_in(found.structure.metadata->title), "Basics");
    const auto& classification = found.structure.metadata->classifications.at(0);
    EXPECT_EQ(classification.purpose, "educational objective");
    ASSERT_EQ(classification.paths.at(0).taxons.size(), 2u);
    EXPECT_EQ(classification.paths[0].taxons[1].id, "b");

    EXPECT_TRUE(look(manifest).has_finding("metadata_file_missing"));
    EXPECT_TRUE(look(manifest, {{"meta/course.xml", "<lom>"}}).has_finding("metadata_not_readable"));
    EXPECT_TRUE(
        look(manifest, {{"meta/course.xml", "<!DOCTYPE x><lom/>"}}).has_finding("metadata_not_readable"));
    EXPECT_TRUE(look(manifest, {{"meta/course.xml", "<html/>"}}).has_finding("metadata_not_readable"));
    EXPECT_TRUE(look(manifest, {{"meta/course.xml", "<lom/>"}}).accepted);
}

TEST(Structure, MetadataOfResourcesAndFilesTellsWhatAnItemTeaches) {
    auto manifest = manifest_2004("");
    manifest = patched(manifest, "<file href=\"a.html\"/>",
                       lom_2004 + "<file href=\"a.html\">" + lom_2004 + "</file>");
    const auto found = look(manifest);
    ASSERT_TRUE(item(found).metadata);
    EXPECT_EQ(item(found).metadata->classifications.size(), 2u);
    EXPECT_EQ(item(found).metadata->title.size(), 2u);
}

TEST(Structure, LomHasRulesOfItsOwn) {
    const auto breach = [&](const std::string& from, const std::string& to) {
        return look(manifest_2004(patched(lom_2004, from, to))).has_finding("lom_invalid");
    };
    EXPECT_TRUE(breach("<l:keyword><l:string>risk</l:string></l:keyword>", "<l:keyword>risk</l:keyword>"));
    EXPECT_TRUE(breach("<l:value>competency</l:value>", "<l:value>competence</l:value>"));
    EXPECT_TRUE(breach("l:lifeCycle>", "l:lifetime>"));
    EXPECT_FALSE(breach("<l:source>LOMv1.0</l:source><l:value>competency</l:value>",
                        "<l:source>ours</l:source><l:value>competence</l:value>"));
}

TEST(Structure, ChoosesTheLanguageThatFits) {
    const Texts texts{{"fr", "F"}, {"en-US", "E"}, {"cy", "C"}};
    EXPECT_EQ(text_in(texts, "cy"), "C");
    EXPECT_EQ(text_in(texts, "en-GB"), "E");
    EXPECT_EQ(text_in(texts, "de"), "E") << "else English";
    EXPECT_EQ(text_in({{"fr", "F"}}, "de"), "F") << "else the first";
    EXPECT_EQ(text_in({}, "de"), "");
}

TEST(Structure, AsJsonSaysWhatTheManifestSays) {
    const auto json = inspection_json(look(manifest_2004(lom_2004)))["structure"];
    const auto& node = json["roots"][0]["children"][0];
    EXPECT_EQ(node["kind"], "item");
    EXPECT_EQ(node["metadata"]["classifications"][0]["taxon_paths"][0]["taxons"][0]["id"], "t1");
    EXPECT_FALSE(node.contains("mastery_score"));
}

TEST(Structure, RepeatedDataIsBounded) {
    std::string items, rules;
    for (int i = 0; i < 600; ++i) {
        items += "<item identifier=\"n" + std::to_string(i) +
                 "\" identifierref=\"r\"><title>t</title><imsss:sequencing "
                 "IDRef=\"shared\"/></item>";
        rules += "<imsss:rule a=\"1\"/>";
    }
    auto manifest = manifest_2004("", "<imsss:sequencingCollection><imsss:sequencing ID=\"shared\">" + rules +
                                          "</imsss:sequencing></imsss:sequencingCollection>");
    const auto found = look(patched(manifest, "</organization>", items + "</organization>"));
    EXPECT_FALSE(found.accepted);
    EXPECT_TRUE(found.has_finding("sequencing_too_large"));

    Limits few;
    few.items = 10;
    const auto zip =
        make_zip({{"imsmanifest.xml", patched(manifest, "</organization>", items + "</organization>")},
                  {"a.html", "x"}});
    const auto many = inspect(MemorySource(zip), few);
    EXPECT_TRUE(many.has_finding("too_many_items"));
    EXPECT_FALSE(many.accepted);
}

}  // namespace
}  // namespace capbridge::scorm
