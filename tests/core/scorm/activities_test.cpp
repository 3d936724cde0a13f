// Activities of a package: IRIs that hang on identifiers and on nothing else.
#include "core/scorm/activities.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/scorm/interactions.hpp"

namespace capbridge::scorm {
namespace {

using Kind = PackageActivity::Kind;

const std::string course = "https://bridge.example/packages/ai-basics";

Node sco(const std::string& id, const std::string& title) {
    Node out;
    out.identifier = id;
    out.title = {{"", title}};
    out.launch = id + "/index.html";
    out.scorm_type = "sco";
    return out;
}

Node folder(const std::string& id, const std::string& title, std::vector<Node> children) {
    Node out;
    out.identifier = id;
    out.title = {{"", title}};
    out.children = std::move(children);
    return out;
}

Node organization(const std::string& id, const std::string& title, std::vector<Node> children) {
    auto out = folder(id, title, std::move(children));
    out.kind = Node::Kind::organization;
    return out;
}

Objective objective(const std::string& id, Texts title = {}) {
    Objective out;
    out.id = id;
    out.title = std::move(title);
    return out;
}

Structure two_modules() {
    auto quiz = sco("SCO2", "Quiz");
    quiz.objectives = {objective("o1", {{"en", "Knows"}, {"cy", "Gŵyr"}}), objective("o 2/x")};
    Structure out;
    out.roots = {
        organization("ORG", "AI basics",
                     {folder("M1", "Module one", {sco("SCO1", "Reading"), quiz}), sco("SCO3", "End")})};
    out.roots[0].objectives = {objective("whole")};
    return out;
}

std::map<std::string, const PackageActivity*> by_iri(const std::vector<PackageActivity>& list) {
    std::map<std::string, const PackageActivity*> out;
    for (const auto& a : list) out[a.iri] = &a;
    EXPECT_EQ(out.size(), list.size()) << "an IRI is there twice";
    return out;
}

std::set<std::string> iris(const std::vector<PackageActivity>& list) {
    std::set<std::string> out;
    for (const auto& a : list) out.insert(a.iri);
    return out;
}

TEST(Activities, HangOnIdentifiers) {
    const auto list = activities_of(two_modules(), course);
    ASSERT_FALSE(list.empty());
    EXPECT_EQ(list.front().iri, course);
    EXPECT_EQ(list.front().kind, Kind::course);
    EXPECT_EQ(list.front().parent, "");
    EXPECT_EQ(list.front().type, "http://adlnet.gov/expapi/activities/course");
    const auto all = by_iri(list);
    EXPECT_EQ(iris(list),
              (std::set<std::string>{course, course + "/objectives/whole", course + "/M1", course + "/SCO1",
                                     course + "/SCO2", course + "/SCO3", course + "/SCO2/objectives/o1",
                                     course + "/SCO2/objectives/o%202%2Fx"}));
    EXPECT_EQ(all.at(course + "/M1")->kind, Kind::module);
    EXPECT_EQ(all.at(course + "/SCO1")->kind, Kind::sco);
    EXPECT_EQ(all.at(course + "/SCO1")->parent, course + "/M1");
    EXPECT_EQ(all.at(course + "/SCO1")->below, "/SCO1");
    EXPECT_EQ(all.at(course + "/SCO1")->launch, "SCO1/index.html");
    const auto& known = *all.at(course + "/SCO2/objectives/o1");
    EXPECT_EQ(known.kind, Kind::objective);
    EXPECT_EQ(known.parent, course + "/SCO2");
    EXPECT_EQ(known.below, "/SCO2/objectives/o1");
    EXPECT_EQ(known.name.size(), 2u);
    EXPECT_EQ(text_in(known.name, "cy"), "Gŵyr");
}

TEST(Activities, StayWhenTheNextVersionIsReorderedAndRetitled) {
    auto next = two_modules();
    auto& root = next.roots[0];
    root.identifier = "ORG-2";
    root.title = {{"", "AI basics, 2027"}};
    std::reverse(root.children.begin(), root.children.end());
    for (auto& child : root.children.back().children) {
        child.title = {{"", "Another title"}};
        child.launch = "elsewhere/" + child.identifier + ".html";
        child.line += 100;
    }
    EXPECT_EQ(iris(activities_of(two_modules(), course)), iris(activities_of(next, course)));
}

TEST(Activities, StayWhenAnItemMovesToAnotherModule) {
    auto next = two_modules();
    auto& children = next.roots[0].children;
    children.push_back(std::move(children[0].children[1]));
    children[0].children.pop_back();
    const auto list = activities_of(next, course);
    EXPECT_EQ(iris(activities_of(two_modules(), course)), iris(list));
    EXPECT_EQ(by_iri(list).at(course + "/SCO2")->parent, course);
}

TEST(Activities, StayWhenAnotherOrganizationBecomesTheDefault) {
    auto one = two_modules();
    one.roots.push_back(
        organization("SHORT", "Short path", {sco("SCO9", "Summary"), sco("SCO1", "Reading")}));
    auto other = one;
    other.default_root = 1;
    const auto first = activities_of(one, course), second = activities_of(other, course);
    for (const char* sco : {"/SCO1", "/SCO2", "/SCO3", "/SCO9", "/M1"}) {
        EXPECT_TRUE(by_iri(first).contains(course + sco)) << sco;
        EXPECT_TRUE(by_iri(second).contains(course + sco)) << sco;
    }
    EXPECT_EQ(by_iri(first).at(course + "/SHORT")->kind, Kind::module);
    EXPECT_EQ(by_iri(first).at(course + "/SCO9")->parent, course + "/SHORT");
    EXPECT_EQ(text_in(first.front().name), "AI basics");
    EXPECT_EQ(text_in(second.front().name), "Short path");
    EXPECT_EQ(first.front().iri, second.front().iri);
}

TEST(Activities, OfCmi5KeepThePublishersIds) {
    Node au;
    au.kind = Node::Kind::au;
    au.identifier = "https://publisher.example/au/1";
    au.title = {{"en-GB", "Unit"}, {"fr", "Unité"}};
    au.launch = "index.html";
    au.activity_type = "http://adlnet.gov/expapi/activities/assessment";
    au.objectives = {objective("https://publisher.example/o/1")};
    Node block;
    block.kind = Node::Kind::block;
    block.identifier = "https://publisher.example/block/1";
    block.children = {au};
    Node root;
    root.kind = Node::Kind::course;
    root.identifier = "https://publisher.example/course";
    root.objectives = {objective("https://publisher.example/o/1", {{"en", "Objective"}})};
    root.children = {block};
    Structure structure;
    structure.roots = {root};
    const auto list = activities_of(structure, course);
    const auto all = by_iri(list);
    EXPECT_EQ(list.front().iri, root.identifier);
    EXPECT_EQ(list.front().type, "https://w3id.org/xapi/cmi5/activitytype/course");
    EXPECT_EQ(all.at(block.identifier)->type, "https://w3id.org/xapi/cmi5/activitytype/block");
    EXPECT_EQ(all.at(block.identifier)->parent, root.identifier);
    EXPECT_EQ(all.at(au.identifier)->kind, Kind::au);
    EXPECT_EQ(all.at(au.identifier)->type, "http://adlnet.gov/expapi/activities/assessment");
    EXPECT_EQ(all.at(au.identifier)->below, "");
    EXPECT_EQ(text_in(all.at(au.identifier)->name, "fr"), "Unité");
    EXPECT_EQ(text_in(all.at("https://publisher.example/o/1")->name), "Objective")
        << "the course's own, with its title";
}

TEST(Activities, TakeLanguagesAndDescriptionsFromMetadata) {
    auto structure = two_modules();
    Lom lom;
    lom.title = {{"en", "AI basics"}, {"de", "KI-Grundlagen"}};
    lom.descriptions = {{{"en", "What everybody should know."}}};
    structure.roots[0].metadata = lom;
    const auto named = activities_of(structure, course).front();
    EXPECT_EQ(named.name.size(), 2u);
    EXPECT_EQ(named.name[0].language, "en") << "metadata says of which language the title is";
    EXPECT_EQ(text_in(named.name, "de"), "KI-Grundlagen");
    EXPECT_EQ(text_in(named.description), "What everybody should know.");
}

TEST(Activities, WithoutAnIdentifierHaveNoneButTheirPartsDo) {
    Structure structure;
    structure.roots = {organization("O", "Course", {folder("", "Nameless", {sco("S", "Part")})})};
    const auto list = activities_of(structure, course);
    EXPECT_EQ(iris(list), (std::set<std::string>{course, course + "/S"}));
    EXPECT_EQ(by_iri(list).at(course + "/S")->parent, course);
    EXPECT_TRUE(activities_of({}, course).empty());
}

TEST(Activities, GiveEachIriOnce) {
    Structure structure;
    structure.roots = {organization("O", "Course", {sco("S", "First"), sco("S", "Second")})};
    structure.default_root = 7;  // points nowhere
    const auto list = activities_of(structure, course);
    EXPECT_EQ(list.size(), 2u);
    EXPECT_EQ(text_in(by_iri(list).at(course + "/S")->name), "First");
}

TEST(Activities, InteractionsComeFromOurOwnFile) {
    auto structure = two_modules();
    const std::string file =
        R"({"interactions":[{"sco":"SCO2","id":"q1","type":"choice","title":"Which?"},
                            {"sco":"SCO2","id":"q1","type":"choice","title":"Twice"},
                            {"sco":"SCO2","id":"q2","type":"fill-in","title":{"en":"Name it","cy":"Enwch"}},
                            {"sco":"NONE","id":"q3"}, {"sco":"SCO1"}, 7]})";
    EXPECT_EQ(add_interactions(file, structure), 2u);
    EXPECT_EQ(add_interactions(file, structure), 0u) << "they are there already";
    const auto list = activities_of(structure, course);
    const auto all = by_iri(list);
    const auto& asked = *all.at(course + "/SCO2/interactions/q2");
    EXPECT_EQ(asked.kind, Kind::interaction);
    EXPECT_EQ(asked.type, "http://adlnet.gov/expapi/activities/cmi.interaction");
    EXPECT_EQ(asked.below, "/SCO2/interactions/q2");
    EXPECT_EQ(text_in(asked.name, "cy"), "Enwch");
    for (const char* bad :
         {"", "{", "[]", R"({"interactions":3})", R"({"interactions":[{"sco":1,"id":{}}]})"})
        EXPECT_EQ(add_interactions(bad, structure), 0u) << bad;
}

TEST(Activities, CourseIri) {
    EXPECT_EQ(course_iri("https://bridge.example", "a b/c"), "https://bridge.example/packages/a%20b%2Fc");
    EXPECT_EQ(course_iri("https://bridge.example/", "x"), "https://bridge.example/packages/x");
    for (const auto kind : {Kind::course, Kind::block, Kind::module, Kind::sco, Kind::asset, Kind::au,
                            Kind::objective, Kind::interaction})
        EXPECT_EQ(kind_of_name(kind_name(kind)), kind);
    EXPECT_FALSE(kind_of_name("lesson"));
}

}  // namespace
}  // namespace capbridge::scorm
