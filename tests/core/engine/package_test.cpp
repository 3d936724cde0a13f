// Packages: kept whole or not at all, versions and what they change, what a revert brings back, and what is
// left when the bridge is opened again.
#include "core/engine/packages.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/files.hpp"
#include "core/engine/world.hpp"
#include "core/scorm/package_index.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::engine {
namespace {

namespace fs = std::filesystem;

struct Item {
    std::string id, title, href;
};

std::string manifest_of(const std::string& identifier, const std::string& title,
                        const std::vector<Item>& items, const std::string& encoding = "UTF-8") {
    std::string tree, resources;
    for (const auto& [id, name, href] : items) {
        tree += "<item identifier=\"" + id + "\" identifierref=\"R-" + id + "\"><title>" + name +
                "</title></item>";
        resources += "<resource identifier=\"R-" + id +
                     "\" type=\"webcontent\" adlcp:scormtype=\"sco\" href=\"" + href + "\"><file href=\"" +
                     href + "\"/></resource>";
    }
    return "<?xml version=\"1.0\" encoding=\"" + encoding + "\"?>\n<manifest identifier=\"" + identifier +
           "\" version=\"1.0\" xmlns=\"http://www.imsproject.org/xsd/imscp_rootv1p1p2\" "
           "xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_rootv1p2\"><metadata><schema>ADL SCORM</schema>"
           "<schemaversion>1.2</schemaversion></metadata><organizations default=\"O\">"
           "<organization identifier=\"O\"><title>" +
           title + "</title>" + tree + "</organization></organizations><resources>" + resources +
           "</resources></manifest>";
}

std::string package_of(const std::string& manifest, const std::vector<Item>& items) {
    std::vector<scorm::ZipFile> files{{"imsmanifest.xml", manifest}};
    for (const auto& item : items) {
        const auto same = [&](const scorm::ZipFile& f) { return f.path == item.href; };
        if (std::none_of(files.begin(), files.end(), same))
            files.push_back({item.href, "<p>" + item.id + "</p>"});
    }
    auto zip = scorm::write_zip(files);
    if (!zip) throw std::runtime_error(zip.error().text());
    return *zip;
}

const std::vector<Item> first_items{{"SCO1", "Reading", "r.html"}, {"SCO2", "Quiz", "q.html"}};

std::string first_package() {
    return package_of(manifest_of("ai-basics", "AI basics", first_items), first_items);
}
std::string second_package() {
    const std::vector<Item> items{{"SCO3", "More", "m.html"}, {"SCO2B", "The quiz", "q.html"}};
    return package_of(manifest_of("ai-basics", "AI basics 2", items), items);
}

class PackageTest : public ::testing::Test {
protected:
    // As a door does it: staged, and cleared away when it was not kept.
    Result<ordered_json> send(const std::string& operation, const std::string& bytes, json params = {}) {
        auto staged = world.bridge->store().packages().stage();
        EXPECT_TRUE(staged && (*staged)->write(bytes) && (*staged)->finish());
        if (params.is_null()) params = json::object();
        params["staged"] = (*staged)->name();
        return run_operation(*world.bridge, operation, params, {"tests"});
    }
    ordered_json add(const std::string& bytes, json params = {}) {
        auto answer = send("package.add", bytes, std::move(params));
        EXPECT_TRUE(answer) << answer.error().text();
        return answer ? *answer : ordered_json();
    }
    ordered_json replace(const std::string& bytes, json params = {}) {
        if (params.is_null()) params = json::object();
        params["package"] = "ai-basics";
        auto answer = send("package.replace", bytes, params);
        EXPECT_TRUE(answer) << answer.error().text();
        return answer ? *answer : ordered_json();
    }
    std::size_t files() {
        std::size_t count = 0;
        std::error_code ec;
        for (const auto& entry : fs::recursive_directory_iterator(world.dir / "packages", ec))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }
    ordered_json show(const char* key = "ai-basics") { return world.ask("package.show", {{"package", key}}); }
    std::vector<std::string> iris() {
        std::vector<std::string> out;
        const auto answer = world.ask("package.activities", {{"package", "ai-basics"}});
        for (const auto& a : answer["activities"]) out.push_back(a["iri"]);
        return out;
    }
    World world;
    const std::string course = "https://bridge.example/packages/ai-basics";
};

TEST_F(PackageTest, IsKeptAndTold) {
    const auto bytes = first_package();
    const auto added = add(bytes, {{"file_name", "C:\\courses\\ai.zip"}});
    EXPECT_EQ(added["key"], "ai-basics");
    EXPECT_EQ(added["changed"], true);
    EXPECT_EQ(added["version"], 1);
    EXPECT_TRUE(added.contains("run"));
    EXPECT_EQ(files(), 1u);
    const auto shown = show();
    EXPECT_EQ(shown["title"], "AI basics");
    EXPECT_EQ(shown["format_version"], "1.2");
    EXPECT_EQ(shown["sha256"], sha256_hex(bytes));
    EXPECT_EQ(shown["bytes"], bytes.size());
    EXPECT_EQ(shown["file_name"], "ai.zip");
    EXPECT_EQ(shown["course"], course);
    EXPECT_EQ(shown["who"], "tests");
    EXPECT_EQ(shown["kinds"]["sco"], 2);
    EXPECT_EQ(iris(), (std::vector<std::string>{course, course + "/SCO1", course + "/SCO2"}));
    EXPECT_EQ(world.ask("package.list")["packages"][0]["launchable"], 2);
    EXPECT_FALSE(world.ask("package.structure", {{"package", "ai-basics"}})["structure"].is_null());

    const auto where = world.ask("package.download", {{"package", "ai-basics"}});
    EXPECT_EQ(read_file(where["path"].get<std::string>()), bytes);
    EXPECT_EQ(where["file_name"], "ai-basics-1.zip");

    // What people see is the same from the journal alone.
    const auto list = world.ask("package.list");
    world.open();
    EXPECT_EQ(world.ask("package.list"), list);
    EXPECT_EQ(show(), shown);
    ASSERT_TRUE(world.bridge->rebuild());
    EXPECT_EQ(show(), shown);
}

TEST_F(PackageTest, TheSameBytesAgainChangeNothing) {
    add(first_package());
    const auto again = add(first_package());
    EXPECT_EQ(again["changed"], false);
    EXPECT_FALSE(again.contains("run"));
    EXPECT_EQ(files(), 1u);
    const auto other = add(first_package(), {{"key", "a second name"}});
    EXPECT_EQ(other["same_bytes_as"], ordered_json::array({"ai-basics"}));
    EXPECT_EQ(other["course"], "https://bridge.example/packages/a%20second%20name");
    EXPECT_EQ(files(), 1u) << "two keys, one file";
    world.ask("package.remove", {{"package", "ai-basics"}, {"purge", true}});
    EXPECT_EQ(files(), 1u) << "the other needs it";
}

TEST_F(PackageTest, OfOneIdentifierWithOtherContentIsAConflict) {
    add(first_package());
    const auto other = send("package.add", second_package());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "conflict");
    EXPECT_NE(other.error().message.find("replace"), std::string::npos);
    EXPECT_EQ(files(), 1u);
    EXPECT_EQ(show()["version"], 1);
}

TEST_F(PackageTest, ThatIsRefusedLeavesNothing) {
    for (const auto& bytes : {std::string("no zip"), std::string(), first_package().substr(0, 300)}) {
        const auto answer = add(bytes);
        EXPECT_EQ(answer["accepted"], false);
        EXPECT_EQ(answer["changed"], false);
        EXPECT_FALSE(answer["findings"].empty());
    }
    EXPECT_EQ(files(), 0u);
    EXPECT_EQ(world.ask("package.list")["total"], 0);
    const auto nameless = package_of(manifest_of("", "Nameless", first_items), first_items);
    const auto answer = send("package.add", nameless);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "package_key_needed");
    EXPECT_EQ(add(nameless, {{"key", "named"}})["key"], "named");
    EXPECT_EQ(send("package.add", nameless, {{"key", std::string(600, 'k')}}).error().code, "bad_parameter");
    EXPECT_EQ(send("package.add", nameless, {{"key", "a\nb"}}).error().code, "bad_parameter");
    EXPECT_EQ(world.refused("package.add", {{"staged", "../../etc/passwd"}}).code, "not_found");
    EXPECT_EQ(world.refused("package.add", {{"staged", uuid_v4()}}).code, "not_found");
    EXPECT_EQ(world.refused("package.show", {{"package", "none"}}).code, "not_found");
    EXPECT_EQ(send("package.replace", first_package(), {{"package", "none"}}).error().code, "not_found");
}

TEST_F(PackageTest, ADryRunKeepsNothing) {
    const auto dry = add(first_package(), {{"dry_run", true}});
    EXPECT_EQ(dry["dry_run"], true);
    EXPECT_EQ(dry["key"], "ai-basics");
    EXPECT_FALSE(dry.contains("run"));
    EXPECT_EQ(files(), 0u);
    EXPECT_EQ(world.ask("package.list")["total"], 0);
    add(first_package());
    const auto replaced = replace(second_package(), {{"dry_run", true}});
    EXPECT_EQ(replaced["changes"]["counts"]["likely_renamed"], 1);
    EXPECT_EQ(show()["version"], 1);
    EXPECT_EQ(files(), 1u);
}

TEST_F(PackageTest, ReplacedTellsWhatChangesAndARevertBringsItBack) {
    const auto first = add(first_package());
    const auto second = replace(second_package());
    EXPECT_EQ(second["version"], 2);
    const auto& counts = second["changes"]["counts"];
    EXPECT_EQ(counts["removed"], 1);
    EXPECT_EQ(counts["added"], 1);
    EXPECT_EQ(counts["likely_renamed"], 1);
    EXPECT_EQ(counts["retitled"], 1) << "the course";
    EXPECT_EQ(second["changes"]["removed"][0]["iri"], course + "/SCO1");
    EXPECT_EQ(second["changes"]["likely_renamed"][0]["after"]["iri"], course + "/SCO2B");
    EXPECT_EQ(second["changes"]["likely_renamed"][0]["same"], "launch");
    EXPECT_EQ(files(), 2u);
    const auto shown = show();
    EXPECT_EQ(shown["earlier"][0]["version"], 1);
    EXPECT_EQ(shown["earlier"][0]["run"], first["run"]);
    EXPECT_EQ(world.ask("package.show", {{"package", "ai-basics"}, {"version", 1}})["title"], "AI basics");
    EXPECT_EQ(world.ask("package.diff", {{"package", "ai-basics"}})["counts"], counts);
    EXPECT_EQ(world.refused("package.show", {{"package", "ai-basics"}, {"version", 9}}).code, "not_found");

    world.ask("run.revert", {{"run", second["run"]}});
    EXPECT_EQ(show()["version"], 1);
    EXPECT_EQ(show()["title"], "AI basics");
    EXPECT_TRUE(show()["stored"]);
    EXPECT_EQ(iris(), (std::vector<std::string>{course, course + "/SCO1", course + "/SCO2"}));
    EXPECT_EQ(files(), 1u) << "nobody can want the second any more";

    world.ask("run.revert", {{"run", first["run"]}});
    EXPECT_EQ(world.ask("package.list")["total"], 0);
    EXPECT_EQ(files(), 0u);
}

TEST_F(PackageTest, AnEarlierVersionMayBeTheNextOne) {
    add(first_package());
    replace(second_package());
    const auto third = replace(first_package());
    EXPECT_EQ(third["version"], 3);
    EXPECT_EQ(files(), 2u);
    EXPECT_EQ(show()["earlier"].size(), 2u);
    EXPECT_EQ(replace(first_package())["changed"], false);
}

TEST_F(PackageTest, TellsWhichMappingsNameWhatGoes) {
    add(first_package());
    const json mapping{
        {"id", "demo"},
        {"version", "1"},
        {"title", "Demo"},
        {"framework", "hee-ai-confidence"},
        {"learning_items",
         {{{"id", "whole"}, {"title", "Whole"}, {"activities", {course, "https://lms.example/course/7"}}},
          {{"id", "quiz"},
           {"title", "Quiz"},
           {"activities", {course + "/SCO2", "https://lms.example/course/7/SCO2"}}},
          {{"id", "other"}, {"title", "Other"}, {"activities", {"https://other.example/SCO2"}}}}},
        {"mappings",
         {{{"id", "m1"},
           {"learning_item", "quiz"},
           {"claims", {{{"requirement", "t1-ai-literacy-1"}}}},
           {"needs", "completed"},
           {"method", "quiz"}}}}};
    const auto published =
        world.ask("package.publish_mapping", {{"package", "ai-basics"}, {"text", mapping.dump(2)}});
    EXPECT_EQ(published["activities_named"], 2);
    world.people(3);
    world.ask("source.put",
              {{"name", "lms"}, {"adapter", "script"}, {"activity_base", "https://lms.example/course/7/"}});
    world.pull = [](std::string_view, RecordStream& out) -> Status {
        CAPBRIDGE_TRY(out.emit("completion", World::completion(0, "completed", "2026-03-01", "SCO2")));
        CAPBRIDGE_TRY(out.emit("completion", World::completion(1, "completed", "2026-03-01", "SCO2")));
        return out.checkpoint("1");
    };
    world.sync();

    const auto effects = replace(second_package(), {{"dry_run", true}})["mappings"];
    EXPECT_EQ(effects["total"], 1) << effects.dump(1);
    EXPECT_EQ(effects["people"], 2);
    const auto& item = effects["learning_items"][0];
    EXPECT_EQ(item["mapping"], "demo@1");
    EXPECT_EQ(item["learning_item"], "quiz");
    EXPECT_EQ(item["mappings"], ordered_json::array({"m1"}));
    EXPECT_EQ(item["activities"].size(), 2u) << "ours, and the LMS's";
    EXPECT_EQ(item["activities"][0]["likely_now"], course + "/SCO2B");
    const auto removed = world.ask("package.remove", {{"package", "ai-basics"}, {"dry_run", true}});
    EXPECT_EQ(removed["mappings"]["total"], 2) << "the course goes too";

    auto foreign = mapping;
    foreign["learning_items"] = {mapping["learning_items"][2]};
    EXPECT_EQ(
        world.refused("package.publish_mapping", {{"package", "ai-basics"}, {"text", foreign.dump()}}).code,
        "bad_parameter");
}

TEST_F(PackageTest, RemovedComesBackByARevertUntilItIsPurged) {
    add(first_package());
    replace(second_package());
    const auto removed = world.ask("package.remove", {{"package", "ai-basics"}});
    EXPECT_EQ(removed["files_kept_until"], "2026-07-01");
    EXPECT_EQ(world.ask("package.list")["total"], 0);
    world.open();
    EXPECT_EQ(files(), 2u) << "a start removes nothing that may come back";
    world.ask("run.revert", {{"run", removed["run"]}});
    EXPECT_EQ(show()["version"], 2);
    EXPECT_TRUE(show()["stored"]);
    EXPECT_EQ(files(), 2u);

    world.ask("package.remove", {{"package", "ai-basics"}});
    const auto purged = world.ask("package.remove", {{"package", "ai-basics"}, {"purge", true}});
    EXPECT_EQ(files(), 0u);
    EXPECT_EQ(world.refused("package.remove", {{"package", "ai-basics"}}).code, "not_found");
    world.ask("run.revert", {{"run", purged["run"]}});

    // What was known is known; the bytes have to be brought again.
    add(first_package());
    EXPECT_EQ(show()["version"], 1);
    EXPECT_EQ(files(), 1u);
}

// The wrong file under the key of a removed package, and both taken back again.
TEST_F(PackageTest, RemovedComesBackAlsoWhenAnotherOneWasAddedMeanwhile) {
    add(first_package());
    const auto removed = world.ask("package.remove", {{"package", "ai-basics"}});
    const auto wrong = add(second_package());
    EXPECT_EQ(files(), 2u);
    const auto again = world.ask("package.remove", {{"package", "ai-basics"}});
    EXPECT_EQ(files(), 2u);
    for (const auto& run : {again["run"], wrong["run"], removed["run"]})
        world.ask("run.revert", {{"run", run}});
    EXPECT_EQ(show()["title"], "AI basics");
    EXPECT_TRUE(show()["stored"]);
    EXPECT_EQ(files(), 1u);
}

TEST_F(PackageTest, ALostFileComesBackWithTheSameBytes) {
    add(first_package());
    fs::remove_all(world.dir / "packages");
    EXPECT_FALSE(show()["stored"]);
    EXPECT_EQ(world.refused("package.structure", {{"package", "ai-basics"}}).code, "not_found");
    const auto again = add(first_package());
    EXPECT_EQ(again["changed"], false);
    EXPECT_EQ(again["file_restored"], true);
    EXPECT_TRUE(show()["stored"]);
}

TEST_F(PackageTest, ACrashBetweenFileAndDecisionLeavesNothing) {
    add(first_package());
    const auto orphan = second_package();
    auto staged = world.bridge->store().packages().stage();
    ASSERT_TRUE(staged && (*staged)->write(orphan) && (*staged)->finish());
    ASSERT_TRUE(world.bridge->store().packages().keep((*staged)->name(), sha256_hex(orphan)));
    EXPECT_EQ(files(), 2u);
    world.open();
    EXPECT_EQ(files(), 1u);
    EXPECT_TRUE(show()["stored"]);
}

TEST_F(PackageTest, ActivitiesStayWhenTheManifestIsReorderedAndEncodedOtherwise) {
    const std::vector<Item> items{{"SCO1", "L\xc3\xa9sen", "r.html"}, {"SCO2", "Quiz", "q.html"}};
    const std::vector<Item> turned{{"SCO2", "Quiz", "q.html"}, {"SCO1", "L\xe9sen", "r.html"}};
    add(package_of(manifest_of("ai-basics", "AI", items), items));
    const auto before = iris();
    const auto done = replace(package_of(manifest_of("ai-basics", "AI", turned, "ISO-8859-1"), turned), {});
    EXPECT_EQ(done["changes"]["counts"]["unchanged"], 3) << done["changes"].dump(1);
    auto after = iris();
    std::sort(after.begin(), after.end());
    EXPECT_EQ(before, after);
}

TEST_F(PackageTest, DefinesItsActivitiesWhereStatementsAreSilent) {
    EXPECT_FALSE(definition_of_activity(*world.bridge, course + "/SCO1"));
    add(first_package());
    const auto told = definition_of_activity(*world.bridge, course + "/SCO1");
    ASSERT_TRUE(told);
    auto definition = json::parse(*told);
    EXPECT_EQ(definition["type"], "http://adlnet.gov/expapi/activities/lesson");
    EXPECT_EQ(definition["name"]["und"], "Reading");
    world.ask("package.remove", {{"package", "ai-basics"}});
    EXPECT_FALSE(definition_of_activity(*world.bridge, course + "/SCO1"));
}

TEST_F(PackageTest, ItsCourseAndScosAreLearningThatExists) {
    add(first_package());
    const auto list = world.ask("learning.list");
    EXPECT_EQ(list["counts"]["not_yet_looked_at"], 3);
    for (const auto& line : list["learning"]) EXPECT_EQ(line["activities"][0]["package"], "ai-basics");
    const auto done = world.ask("learning.triage", {{"activities", {course + "/SCO2"}},
                                                    {"relevance", "irrelevant"},
                                                    {"why", "the course is looked at as a whole"}});
    EXPECT_EQ(done["counts"]["changed"], 1);
    world.ask("run.revert", {{"run", add(second_package(), {{"key", "again"}})["run"]}});
    EXPECT_EQ(world.ask("learning.list")["total"], 3);
}

TEST_F(PackageTest, IsReadByExactNameForAPlayer) {
    add(first_package());
    const auto shown = show();
    auto source = world.bridge->store().packages().open(shown["sha256"].get<std::string>());
    ASSERT_TRUE(source);
    auto index = scorm::PackageIndex::open(std::move(*source), shown["manifest"].get<std::string>());
    ASSERT_TRUE(index);
    EXPECT_EQ((*index)->read("q.html", 1000), "<p>SCO2</p>");
    EXPECT_FALSE((*index)->has("../capbridge.db"));
}

}  // namespace
}  // namespace capbridge::engine
