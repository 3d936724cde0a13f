// From a package's structure to a draft of a mapping, and what a mapping file does with suggestions.
#include "core/competency/mapping_draft.hpp"

#include <algorithm>

#include "world.hpp"

namespace capbridge::competency::test {
namespace {

using scorm::Node;

const framework::Vocabulary& words() {
    static const auto loaded =
        framework::load_vocabulary(*framework::shipped_framework("hee-ai-confidence"), "hee");
    return *loaded;
}
std::vector<Suggested> suggested(const scorm::Structure& structure, const std::string& course,
                                 const std::vector<std::string>& lms = {}) {
    static const auto policy = default_policy(hee());
    static const Suggester suggester(hee(), words(), *policy);
    return suggest_for_package(suggester, structure, course, lms);
}

Node node(Node::Kind kind, std::string id, std::string title, std::string launch = {}) {
    Node out;
    out.kind = kind;
    out.identifier = std::move(id);
    out.title = {{"en", std::move(title)}};
    out.launch = std::move(launch);
    out.scorm_type = out.launch.empty() ? "" : "sco";
    return out;
}
scorm::Objective objective(std::string id, std::string title = {}) {
    scorm::Objective out;
    out.id = std::move(id);
    if (!title.empty()) out.title = {{"en", std::move(title)}};
    return out;
}

scorm::Structure five_objectives() {
    scorm::Structure out;
    auto& root = out.roots.emplace_back(node(Node::Kind::organization, "ORG", "Working with AI"));
    for (int n = 1; n <= 2; ++n)
        root.children.push_back(
            node(Node::Kind::item, "SCO" + std::to_string(n), "Part " + std::to_string(n), "i.html"));
    for (int n = 1; n <= 5; ++n)
        root.children[0].objectives.push_back(objective("t1-ai-literacy-" + std::to_string(n)));
    root.children[1].objectives.push_back(objective("obj7"));
    return out;
}

Problems check(const ordered_json& draft) {
    return check_mapping(json::parse(draft.dump()), hee(), draft.dump(2));
}
bool has(const Problems& problems, std::string_view code) {
    return std::any_of(problems.begin(), problems.end(), [&](const auto& p) { return p.code == code; });
}

TEST(MappingDraft, OneItemForEachObjectiveUnderAllItsIds) {
    const auto list = suggested(five_objectives(), "https://bridge.example/packages/P",
                                {"https://moodle.example/course/7", "https://totara.example/c/9"});
    const auto draft = mapping_draft(hee(), {"P kg", "Working with AI"}, list);
    EXPECT_EQ(draft["id"], "p-kg");
    std::size_t objectives = 0;
    for (const auto& item : draft["learning_items"]) {
        const auto ids = item["activities"].get<std::vector<std::string>>();
        if (ids[0].find("/objectives/") == std::string::npos) continue;
        ++objectives;
        EXPECT_EQ(ids.size(), 3u);
        EXPECT_EQ(ids[1], "https://moodle.example/course/7" + ids[0].substr(ids[0].find("/SCO1")));
        EXPECT_EQ(ids[2], "https://totara.example/c/9" + ids[0].substr(ids[0].find("/SCO1")));
    }
    // ai-literacy has four foundational items: the fifth id is nobody's.
    EXPECT_EQ(objectives, 4u);
    for (const auto& mapping : draft["mappings"]) {
        for (const auto& claim : mapping["claims"]) {
            EXPECT_EQ(claim["status"], "suggested");
            EXPECT_TRUE(claim["reason"].is_string());
            EXPECT_GE(claim["score"].get<double>(), 0.5);
        }
    }
}

TEST(MappingDraft, PassesTheCheckAndPublishesNothing) {
    auto draft =
        mapping_draft(hee(), {"P", "T"}, suggested(five_objectives(), "https://b.example/packages/P"));
    const auto problems = check(draft);
    EXPECT_FALSE(has_errors(problems)) << problems_text(problems, "draft");
    EXPECT_TRUE(has(problems, "suggestions_not_accepted"));
    const auto refused = load_mapping(draft.dump(2), "draft.json", hee());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "nothing_accepted");

    // One is accepted, one rejected: only the first is in force.
    draft["mappings"][0]["claims"][0]["status"] = "accepted";
    draft["mappings"][1]["claims"][0]["status"] = "rejected";
    const auto loaded = load_mapping(draft.dump(2), "draft.json", hee());
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(loaded->mappings.size(), 1u);
    EXPECT_EQ(loaded->items.size(), 1u) << "an item of suggestions is not there yet";
    EXPECT_EQ(loaded->items[0].id, loaded->mappings[0].learning_item);
    EXPECT_EQ(loaded->mappings[0].claims.size(), 1u);
}

TEST(MappingDraft, StatusAndScoreAreChecked) {
    auto file = mapping_file({mapping("m", {{{"requirement", "t1-ai-literacy-1"}, {"status", "maybe"}}})});
    EXPECT_TRUE(has_errors(check_mapping(file, hee())));
    file = mapping_file({mapping("m", {{{"requirement", "t1-ai-literacy-1"}, {"score", 1.5}}})});
    EXPECT_TRUE(has(check_mapping(file, hee()), "bad_score"));
    file = mapping_file({mapping(
        "m",
        {{{"requirement", "t1-ai-literacy-1"}, {"status", "accepted"}, {"score", 0.7}, {"reason", "r"}}})});
    EXPECT_TRUE(check_mapping(file, hee()).empty());
    file = mapping_file({mapping("m", {{{"requirement", "no-such"}, {"status", "suggested"}}})});
    EXPECT_TRUE(has(check_mapping(file, hee()), "unknown_requirement")) << "also of a suggestion";
}

TEST(MappingDraft, APackageWithOneThingToLaunchIsOneItem) {
    scorm::Structure structure;
    auto& root = structure.roots.emplace_back(node(Node::Kind::organization, "ORG", "AI in our trust"));
    root.children.push_back(node(Node::Kind::item, "S", "Risk of deskilling", "i.html"));
    root.metadata.emplace();
    root.metadata->typical_learning_time = "PT45M";
    const auto list = suggested(structure, "https://b.example/packages/P");
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].activities,
              (std::vector<std::string>{"https://b.example/packages/P", "https://b.example/packages/P/S"}));
    EXPECT_EQ(list[0].minutes, 45);
    ASSERT_FALSE(list[0].suggestions.list.empty());
    EXPECT_EQ(list[0].suggestions.list[0].topic, "deskilling-risk");
}

TEST(MappingDraft, Cmi5KeepsItsIdsAndTheAuSpeaksForItsObjectives) {
    scorm::Structure structure;
    auto& root = structure.roots.emplace_back(node(Node::Kind::course, "https://pub.example/c", "Course"));
    root.objectives = {objective("https://pub.example/o/t1-liability-1", "Liability")};
    for (const char* id : {"https://pub.example/au1", "https://pub.example/au2"})
        root.children.push_back(node(Node::Kind::au, id, "Unit", "i.html"));
    root.children[0].objectives = {objective("https://pub.example/o/t1-liability-1")};
    const auto list =
        suggested(structure, "https://b.example/packages/P", {"https://moodle.example/course/7"});
    const auto au = std::find_if(list.begin(), list.end(),
                                 [](const auto& p) { return p.activities[0] == "https://pub.example/au1"; });
    ASSERT_NE(au, list.end());
    EXPECT_EQ(au->activities.size(), 1u) << "an LMS gives an AU no id of its own";
    ASSERT_FALSE(au->suggestions.list.empty());
    EXPECT_EQ(au->suggestions.list[0].requirements[0], "t1-liability-1");
    for (const auto& piece : list) EXPECT_NE(piece.kind, "objective");
    EXPECT_EQ(list[0].activities,
              (std::vector<std::string>{"https://pub.example/c", "https://moodle.example/course/7"}));
}

TEST(MappingDraft, MetadataOfThePackageSpeakForTheCourse) {
    scorm::Structure structure;
    auto& root = structure.roots.emplace_back(node(Node::Kind::organization, "ORG", "Course 12"));
    root.children.push_back(node(Node::Kind::item, "A", "One", "a.html"));
    root.children.push_back(node(Node::Kind::item, "B", "Two", "b.html"));
    auto& lom = structure.metadata.emplace();
    lom.keywords = {{{"en", "deskilling; black-box AI, whatever"}}};
    scorm::Classification competency{"competency", {{{{"", hee().iri}}, {{"t1-liability-1", {}}}}}, {}, {}};
    lom.classifications = {competency};
    auto& own = root.children[1].metadata.emplace();
    own.classifications = {competency};
    const auto list = suggested(structure, "https://b.example/packages/P");
    const auto claims = [&](std::size_t i, std::string_view id) {
        for (const auto& s : list[i].suggestions.list) {
            if (s.requirements[0] == id) return true;
        }
        return false;
    };
    ASSERT_EQ(list.size(), 3u);
    EXPECT_TRUE(claims(0, "t1-liability-1"));
    EXPECT_FALSE(claims(1, "t1-liability-1"));
    EXPECT_TRUE(claims(2, "t1-liability-1"));
    const auto& of_course = list[0].suggestions.list;
    EXPECT_TRUE(std::any_of(of_course.begin(), of_course.end(),
                            [](const auto& s) { return s.topic == "black-box-ai"; }));
}

TEST(MappingDraft, AGlobalObjectiveMayBeNamedAfterARequirement) {
    auto structure = five_objectives();
    structure.roots[0].children[1].objectives[0].maps = {{hee().iri + "/requirements/t1-liability-1", {}}};
    const auto list = suggested(structure, "https://b.example/packages/P");
    const auto it = std::find_if(list.begin(), list.end(), [](const auto& p) {
        return p.activities[0].ends_with("/SCO2/objectives/obj7");
    });
    ASSERT_NE(it, list.end());
    ASSERT_FALSE(it->suggestions.list.empty());
    EXPECT_EQ(it->suggestions.list[0].requirements[0], "t1-liability-1");
}

TEST(MappingDraft, WithoutAnIdOfTheCourseOnlyThoseOfLmssStay) {
    const auto draft =
        mapping_draft(hee(), {"P", "T"}, suggested(five_objectives(), "", {"https://lms.example/7"}));
    ASSERT_FALSE(draft["learning_items"].empty());
    for (const auto& item : draft["learning_items"]) {
        for (const auto& id : item["activities"])
            EXPECT_TRUE(id.get<std::string>().starts_with("https://lms.example/7")) << id;
    }
    EXPECT_TRUE(
        mapping_draft(hee(), {"P", "T"}, suggested({}, "https://b.example/p"))["learning_items"].empty());
}

TEST(MappingDraft, ShortNames) {
    EXPECT_EQ(short_name("Moving & handling: level 2", "x"), "moving-handling-level-2");
    EXPECT_EQ(short_name("手", "x"), "x");
    EXPECT_EQ(short_name("--A--", "x"), "a");
    EXPECT_LE(short_name(std::string(500, 'a') + " b", "x").size(), 60u);
}

}  // namespace
}  // namespace capbridge::competency::test
